import Appraisal
import BootStory
import Replay
import TCGEventLog
import TestSupport
import Testing

/// What the rules about the start say of one log, as `code`.
private func findings(_ path: String) throws -> [Finding] {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let checks = checkEventDigests(log)
  let story = BootStory(log, checks: checks)
  return SecureBootRule().appraise(story.secureBoot, in: log, file: path) { _ in true }
    + EventOrderRule().appraise(log, checks: checks, file: path)
    + KernelOptionRule().appraise(story, in: log, checks: checks, file: path)
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func nothingCriticalIsSaidOfGenuineLogs() throws {
  var counts: [String: Int] = [:]
  for path in try EventLogCorpus.paths() {
    for finding in try findings(path) {
      #expect(finding.severity != .critical, "\(path): \(finding.message)")
      #expect(finding.effect == .none)
      counts[finding.code.rawValue, default: 0] += 1
    }
  }
  #expect(
    counts == [
      "event.separator-repeated": 8, "secureboot.dma-unprotected": 3, "secureboot.dbx-missing": 3,
      "event.exit-boot-services-failed": 1, "secureboot.disabled": 44, "boot.option-weakens": 11,
      "secureboot.setup-mode": 20, "event.after-separator": 4, "secureboot.state-undetermined": 5,
    ])
}

private func order(_ edit: (inout EventLog) -> Void) throws -> [Finding] {
  let path = "lab/vmA-secureboot-ima-ng/boot1/q0/binary_bios_measurements"
  var log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  edit(&log)
  return EventOrderRule().appraise(log, checks: checkEventDigests(log), file: path)
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func aSeparatorUnderAnotherTypeIsNamed() throws {
  #expect(try order { _ in } == [])
  let found = try order { $0.events[14].recordedType = .efiAction }
  #expect(found.map(\.code) == [.eventSeparatorRelabelled])
  #expect(found.map(\.record) == [14])
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func aSeparatorThatIsMovedToAnotherRegisterIsDoubledThereAndMissingHere() throws {
  let found = try order { $0.events[14].registerIndex = 1 }
  #expect(found.map(\.code) == [.eventSeparatorRepeated, .eventSeparatorMissing])
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func anEventOfFirmwareBehindItsSeparatorIsNamed() throws {
  let found = try order { $0.events[22].registerIndex = 0 }
  #expect(found.map(\.code) == [.eventAfterSeparator])
}
