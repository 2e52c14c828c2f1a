import Appraisal
import BootStory
import Hashing
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
      #expect(finding.effect == .none, "\(path): \(finding.message)")
      counts[finding.code.rawValue, default: 0] += 1
    }
  }
  #expect(
    counts == [
      "event.separator-repeated": 13, "event.separator-missing": 5, "secureboot.dma-unprotected": 3,
      "secureboot.dbx-missing": 3,
      "event.exit-boot-services-failed": 1, "secureboot.disabled": 44, "boot.option-weakens": 13,
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

/// Firmware of Google closed RTMR 0 twice and RTMR 1 never, and mended it.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func aRegisterOfAGuestThatIsClosedTwiceIsNamed() throws {
  let folder = "eventlog/google__go-eventlog/testdata/eventlogs/ccel/"
  let found = try findings(folder + "cos-113-intel-tdx-dupe-separator.bin").filter {
    $0.code.rawValue.hasPrefix("event.")
  }
  #expect(found.map(\.code) == [.eventSeparatorRepeated, .eventSeparatorMissing])
  #expect(found.first?.message == "RTMR 0 has a second separator.")
  #expect(found.last?.message.hasPrefix("RTMR 1 is extended and has no separator") == true)
  // One for each register, and one for each PCR that a register stands for.
  for name in ["cos-113-intel-tdx.bin", "event_log.bin"] {
    #expect(try findings(folder + name).filter { $0.code.rawValue.hasPrefix("event.") } == [], "\(name)")
  }
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func anImageLoadedBehindTheEndOfTheBootServicesIsNamed() throws {
  let found = try order { log in
    var late = log.events[log.events.count - 1]
    late.index = log.events.count
    late.recordedType = .efiBootServicesApplication
    late.registerIndex = 4
    log.events.append(late)
  }
  #expect(found.map(\.code) == [.eventAfterSeparator])
  #expect(found.first?.message.contains("after the end of the boot services") == true)
}

/// A log without register 7 is read by the same rules: leaving its events out switches nothing off.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func withoutRegisterSevenItsSeparatorIsMissing() throws {
  let found = try order { log in
    log.events.removeAll { $0.registerIndex == 7 }
    for index in log.events.indices { log.events[index].index = index }
  }
  #expect(found.map(\.code) == [.eventSeparatorMissing])
  #expect(found.first?.message.hasPrefix("PCR 7 has no event at all") == true)
}

/// Windows opens registers above 7 with text; a separator of firmware holds none.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func aTextInASeparatorOfFirmwareIsUnexpected() throws {
  let found = try order { log in
    let index = log.events.firstIndex { $0.recordedType == .separator && $0.registerIndex == 7 } ?? 0
    log.events[index].data = Array("WBCL".utf8)
  }
  #expect(found.map(\.code) == [.eventSeparatorUnexpected])
}

/// As data with their own digest, and as the digest of other data; firmware of either byte order.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"), arguments: [[UInt8(1), 0, 0, 0], [0, 0, 0, 1]])
func aSeparatorOfAnErrorIsNamed(number: [UInt8]) throws {
  for data in [number, Array("failure".utf8)] {
    let found = try order { log in
      let index = log.events.firstIndex { $0.recordedType == .separator && $0.registerIndex == 2 } ?? 0
      log.events[index].data = data
      for place in log.events[index].digests.indices {
        guard let digest = log.events[index].digests[place].algorithm?.digest(of: number) else { continue }
        log.events[index].digests[place].bytes = digest
      }
    }
    #expect(found.map(\.code) == [.eventSeparatorError])
  }
}
