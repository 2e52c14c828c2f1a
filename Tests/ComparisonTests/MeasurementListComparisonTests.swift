import Digests
import Hashing
import IMALog
import Testing

@testable import Comparison

/// A record of template `ima-ng` with a SHA-1 template digest, made by hand.
private struct MadeRecord {
  var path: String
  var digest: UInt8
  var recorded: [UInt8]?
  var template = "ima-ng"
  var more: [[UInt8]] = []

  init(_ path: String, _ digest: UInt8 = 1, recorded: [UInt8]? = nil) {
    self.path = path
    self.digest = digest
    self.recorded = recorded
  }

  var data: [UInt8] {
    let fields = [Array("sha256:\0".utf8) + [UInt8](repeating: digest, count: 32), Array(path.utf8) + [0]] + more
    return fields.flatMap { little(UInt32($0.count)) + $0 }
  }

  var bytes: [UInt8] {
    little(UInt32(10)) + (recorded ?? HashAlgorithm.sha1.digest(of: data) ?? []) + little(UInt32(template.utf8.count))
      + Array(template.utf8) + little(UInt32(data.count)) + data
  }
}

private func list(_ records: [MadeRecord]) -> MeasurementList {
  MeasurementList.parse(
    records.flatMap(\.bytes), file: "list.bin",
    format: .binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
  ).value
}

private func compared(
  _ old: [MadeRecord], _ new: [MadeRecord], showsAll: Bool = false
) -> MeasurementListComparison {
  MeasurementListComparison(list(old), list(new), showsAll: showsAll)
}

private let records = ["boot_aggregate", "/init", "/usr/bin/id", "/usr/bin/whoami", "/etc/hosts"].map { MadeRecord($0) }

@Suite struct MeasurementListComparisonTests {
  @Test func aListDoesNotDifferFromItself() {
    let same = compared(records, records, showsAll: true)
    #expect(same.isEmpty && same.prefix == .same && same.common == 5 && same.reordered.isEmpty)
  }

  @Test func anotherDigestOfAPathIsAChange() {
    var new = records
    new[3] = MadeRecord("/usr/bin/whoami", 9)
    let comparison = compared(records, new)
    let difference = comparison.differences.first
    #expect(comparison.differences.count == 1 && difference?.kind == .changed && difference?.path == "/usr/bin/whoami")
    #expect(difference?.fields.map(\.name) == ["file digest"])
    #expect(difference?.fields[0].old == "sha256:" + String(repeating: "01", count: 32))
    #expect(difference?.fields[0].new == "sha256:" + String(repeating: "09", count: 32))
    #expect(difference?.meaning == "" && comparison.prefix == nil)
  }

  @Test func anEditThatLeavesTheTemplateDigestIsSaidSo() throws {
    var new = records
    new[3] = MadeRecord("/usr/bin/whoami", 9, recorded: HashAlgorithm.sha1.digest(of: records[3].data))
    let difference = try #require(compared(records, new).differences.first)
    #expect(
      difference.meaning
        == "the data differ, the template digest is the same: in the second list the template digest is not that of the data"
    )
  }

  @Test func anEditOfTheTemplateDigestAloneIsSaidSo() throws {
    var new = records
    new[3].recorded = [UInt8](repeating: 7, count: 20)
    let difference = try #require(compared(records, new).differences.first)
    #expect(difference.fields.map(\.name) == ["template digest"])
    #expect(difference.meaning.hasPrefix("only the template digest differs, the data are the same: in the second list"))
    var violation = records
    violation[3].recorded = [UInt8](repeating: 0, count: 20)
    #expect(compared(records, violation).differences.first?.fields.map(\.name) == ["violation", "template digest"])
  }

  @Test func aPathThatIsGoneOrAddedIsNamed() {
    var shorter = records
    shorter.remove(at: 2)
    let gone = compared(records, shorter)
    #expect(gone.differences.map(\.kind) == [.gone] && gone.differences[0].path == "/usr/bin/id")
    #expect(gone.differences[0].old?.record == 2 && !gone.differences[0].isPathInBoth && gone.reordered.isEmpty)
    let added = compared(shorter, records)
    #expect(added.differences.map(\.kind) == [.added] && added.differences[0].new?.record == 2)
    let second = compared(records, records + [MadeRecord("/init", 8)])
    #expect(second.differences.map(\.kind) == [.added] && second.differences[0].isPathInBoth)
    #expect(second.prefix == .newIsLonger)
    #expect(compared(records, Array(records.dropLast(2))).prefix == .newIsShorter)
  }

  @Test func anotherOrderAloneIsCountedAndNoDifference() {
    let new = [records[0], records[4], records[1], records[2], records[3]]
    let comparison = compared(records, new)
    #expect(comparison.isEmpty && comparison.prefix == nil)
    #expect(comparison.reordered.map(\.old) == [4] && comparison.reordered.map(\.new) == [1])
  }

  @Test func numbersOfProcessesAreLeftOutWhileTheTemplateDigestsAreThoseOfTheData() {
    func record(_ pid: String) -> MadeRecord {
      var record = MadeRecord("/usr/bin/id")
      record.template = "d-ng|n-ng|pid"
      record.more = [Array(pid.utf8)]
      return record
    }
    let usual = compared([record("412")], [record("413")])
    #expect(usual.leftOut == 1 && usual.isEmpty)
    let all = compared([record("412")], [record("413")], showsAll: true)
    #expect(all.leftOut == 0 && all.differences.first?.fields == [FieldDifference(name: "pid", old: "412", new: "413")])
    var edited = record("413")
    edited.recorded = HashAlgorithm.sha1.digest(of: record("412").data)
    let stale = compared([record("412")], [edited])
    #expect(stale.leftOut == 0 && stale.differences.first?.meaning.contains("in the second list") == true)
  }

  @Test func noBitFlipOfARecordIsHidden() {
    let bytes = records.flatMap(\.bytes)
    let old = list(records)
    for place in bytes.indices {
      var flipped = bytes
      flipped[place] ^= 1 << UInt8(place % 8)
      let new = MeasurementList.parse(
        flipped, file: "list.bin", format: .binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
      ).value
      #expect(!MeasurementListComparison(old, new).isEmpty, "byte \(place)")
    }
  }
}
