import Appraisal
import Examination
import Foundation
import TestSupport
import Testing

/// One small trusted case, and every way to hit one byte of it or cut it short.
///
/// The case (`Fixtures/flip`, made by its `make.py`) holds a quote of a pinned software key over the replay of real
/// events and seven records, the last of which follows the quote.
@Suite struct FlipTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures/flip")

  /// What became of the case after one change.
  private enum Effect: Equatable {
    /// Not trusted any more.
    case caught
    /// Still trusted, with a finding that was not there before.
    case noted
    /// The bytes are bound by nothing.
    case unseen
  }

  @Test func theUntouchedCaseIsTrusted() throws {
    #expect(try examined(Self.fixtures.appendingPathComponent("case")).verdict == .trusted)
  }

  /// The numbers are those of `docs/what-binds-what.md`: bytes whose change nothing binds.
  @Test(arguments: [
    ("quote.attest", 0), ("quote.sig", 0), ("binary_bios_measurements", 159), ("binary_runtime_measurements", 107),
  ])
  func everyFlippedByteThatSomethingBindsIsFound(file: String, unbound: Int) throws {
    let bytes = try untouched(file)
    let effects = try changes(to: file) {
      (0..<bytes.count).map { index in
        var flipped = bytes
        flipped[index] ^= 0x01
        return flipped
      }
    }
    let open = effects.indices.filter { effects[$0] != .caught }
    #expect(open.count == unbound, "\(file): not caught at \(ranges(open))")
    let bound = open.filter { !Self.isUnbound(file, at: $0, of: bytes) }
    #expect(bound.isEmpty, "\(file): bound by something, and not caught: \(ranges(bound))")
  }

  @Test(arguments: [
    "quote.attest", "quote.sig", "quote.pcrs", "binary_bios_measurements", "binary_runtime_measurements",
  ])
  func noTruncationIsTrustedUnlessOnlyUnprovenRecordsWereCut(file: String) throws {
    let bytes = try untouched(file)
    let effects = try changes(to: file) { (0..<bytes.count).map { Array(bytes.prefix($0)) } }
    let trusted = effects.indices.filter { effects[$0] != .caught }
    switch file {
    // The last record is 92 bytes long and follows the quote; a cut inside it leaves the proven part whole.
    case "binary_runtime_measurements": #expect(trusted.first == bytes.count - Self.tailByteCount(bytes))
    // Without its PCR file a quote is known by its digest, which the replay gives. Only what is left of a cut at 624
    // bytes has the size of bare values, which then do not hash to the digest.
    case "quote.pcrs": #expect((0..<bytes.count).filter { !trusted.contains($0) } == [624])
    default: #expect(trusted.isEmpty, "\(file): \(ranges(trusted))")
    }
  }

  @Test func aHitPCRFileIsNeverBelieved() throws {
    let bytes = try untouched("quote.pcrs")
    let effects = try changes(to: "quote.pcrs") {
      (0..<bytes.count).map { index in
        var flipped = bytes
        flipped[index] ^= 0x01
        return flipped
      }
    }
    // Padding and unused slots are not read; whatever is read is compared with the signed digest and selection.
    let unseen = effects.indices.filter { effects[$0] == .unseen && !Self.isUnusedInPCRFile($0) }
    #expect(unseen.isEmpty, "\(ranges(unseen))")
  }

  // MARK: What nothing binds

  /// Fields that no signature, replayed digest or recomputed hash covers.
  private static func isUnbound(_ file: String, at index: Int, of bytes: [UInt8]) -> Bool {
    switch file {
    case "binary_runtime_measurements":
      // The name of the template of each record, which is not hashed; the content of a violation, for which ones are
      // extended; and all of the record behind the quote.
      return index >= bytes.count - tailByteCount(bytes) || templateNames(bytes).contains { $0.contains(index) }
        || violationContents(bytes).contains { $0.contains(index) }
    case "binary_bios_measurements": return unboundRanges(bytes).contains { $0.contains(index) }
    default: return false
    }
  }

  private static func integer(_ bytes: [UInt8], _ at: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }

  private static func recordStarts(_ bytes: [UInt8]) -> [Int] {
    var starts: [Int] = []
    var at = 0
    while at < bytes.count {
      starts.append(at)
      let name = integer(bytes, at + 24)
      at += 32 + name + integer(bytes, at + 28 + name)
    }
    return starts
  }

  private static func templateNames(_ bytes: [UInt8]) -> [Range<Int>] {
    recordStarts(bytes).map { $0 + 28..<$0 + 28 + integer(bytes, $0 + 24) }
  }

  private static func violationContents(_ bytes: [UInt8]) -> [Range<Int>] {
    recordStarts(bytes).filter { start in bytes[start + 4..<start + 24].allSatisfy { $0 == 0 } }.map { start in
      let name = integer(bytes, start + 24)
      return start + 32 + name..<start + 32 + name + integer(bytes, start + 28 + name)
    }
  }

  private static func tailByteCount(_ bytes: [UInt8]) -> Int { bytes.count - (recordStarts(bytes).last ?? 0) }

  /// The header but for its algorithm table; the type of every event; data whose digest is of content elsewhere.
  private static func unboundRanges(_ bytes: [UInt8]) -> [Range<Int>] {
    let headerEnd = 32 + integer(bytes, 28)
    var ranges = [0..<headerEnd]
    var at = headerEnd
    while at < bytes.count {
      let type = integer(bytes, at + 4)
      ranges.append(at + 4..<at + 8)
      var cursor = at + 12
      for _ in 0..<integer(bytes, at + 8) { cursor += 2 + (bytes[cursor] == 4 ? 20 : 32) }
      let data = cursor + 4..<cursor + 4 + integer(bytes, cursor)
      let label = Array(bytes[data].prefix { $0 != 0x20 })
      switch type {
      // Firmware blobs: the digest is of the firmware. S-CRTM version: alone in its class, so a known deviation fits.
      case 0x8000_0008, 0x8: ranges.append(data)
      // GRUB hashes the text behind its label, without the NUL.
      case 0xd:
        ranges.append(data.lowerBound..<data.lowerBound + label.count + 1)
        ranges.append(data.upperBound - 1..<data.upperBound)
      default: break
      }
      at = data.upperBound
    }
    return ranges
  }

  /// Padding bytes, slots beyond the counts, and the room behind each value.
  private static func isUnusedInPCRFile(_ index: Int) -> Bool {
    if index < 4 { return false }
    if index < 132 {
      let slot = (index - 4) / 8
      // The size of a bitmap may say 2 or 3: the third byte selects nothing.
      return slot >= 2 || (index - 4) % 8 >= 6 || (index - 4) % 8 == 2
    }
    if index < 136 { return false }
    let list = (index - 136) / 532
    let inside = (index - 136) % 532
    if inside < 4 { return false }
    let slot = list * 8 + (inside - 4) / 66
    let place = (inside - 4) % 66
    return place >= 2 + (slot < 12 ? 20 : 32)
  }

  // MARK: Running

  private func untouched(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Self.fixtures.appendingPathComponent("case/" + file)))
  }

  private func examined(_ folder: URL) throws -> AttestationResult {
    try examine(
      request(
        folder, keys: [Self.fixtures.appendingPathComponent("keys/key.pem")],
        policy: samples.appendingPathComponent("policies/proof-only.yaml")))
  }

  private func changes(to file: String, _ variants: () -> [[UInt8]]) throws -> [Effect] {
    let scratch = try ScratchCase()
    try scratch.copy(Self.fixtures.appendingPathComponent("case"), to: "")
    let before = Set(try examined(scratch.folder).findings.map(\.message))
    return try variants().map { bytes in
      try scratch.write(bytes, to: file)
      let result = try examined(scratch.folder)
      if result.verdict != .trusted { return .caught }
      return result.findings.contains { !before.contains($0.message) } ? .noted : .unseen
    }
  }

  private func ranges(_ indexes: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for index in indexes {
      if let last = runs.last, last.upperBound + 1 == index {
        runs[runs.count - 1] = last.lowerBound...index
      } else {
        runs.append(index...index)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
  }
}
