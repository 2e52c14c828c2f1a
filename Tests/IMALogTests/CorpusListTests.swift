import IMALog
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent)) struct CorpusListTests {
  /// Files of the index that hold no record: an invalid one and an empty one, made for negative tests.
  static let empty = ["invalid_ima_log.txt", "empty_ima_log.txt"]

  static func paths(kind: String) throws -> [String] {
    try Corpus.index("ima").filter { $0["kind"]?.hasPrefix(kind) == true }.compactMap { $0["file"] }
      .filter { path in !empty.contains { path.hasSuffix($0) } }.map { "ima/" + $0 }
  }

  @Test func everyListOfTheIndexIsDetectedAndReadWhole() throws {
    for path in try Self.paths(kind: "ima binary") + Self.paths(kind: "ima ascii") {
      let parsed = try readList(path)
      #expect(parsed.isWhole, "\(path): \(parsed.problems.first?.description ?? "") \(parsed.unread)")
      let whole = measurements(parsed.value)
      #expect(!whole.isEmpty && whole.allSatisfy { $0.fieldProblem == nil }, "\(path)")
      #expect(
        whole.map(\.byteCount).reduce(0, +) + parsed.value.skipped.map(\.count).reduce(0, +)
          == (try Corpus.bytes(path).count))
    }
    for name in Self.empty {
      #expect(
        MeasurementListFormat.detect(try Corpus.bytes("ima/keylime+rust-keylime/keylime/test-data/" + name)) == nil)
    }
  }

  @Test func recordsOfABinaryListWrittenBackAreTheFile() throws {
    for path in try Self.paths(kind: "ima binary") {
      let bytes = try Corpus.bytes(path)
      let list = try readList(path).value
      var written: [UInt8] = []
      for record in measurements(list) {
        written += Build.word(UInt32(record.registerIndex)) + record.recordedTemplateDigest
        written += Build.field(record.templateName)
        let isLegacy = record.templateName == Array("ima".utf8)
        written += isLegacy ? record.templateData : Build.field(record.templateData)
      }
      #expect(written == bytes, "\(path)")
    }
  }

  @Test func listsOfOneBootAgreeAsFarAsBothGo() throws {
    let folder = "ima/immune-gmbh+guard-oss/apisrv/test/h12ssl."
    let series = try ["before", "created", "changed", "delete"].map {
      try readList(folder + $0 + ".measurements").value
    }
    for (earlier, later) in zip(series, series.dropFirst()) { #expect(later.firstDifference(from: earlier) == nil) }
    let text = try readList(folder + "ascii_measurements").value
    #expect(try readList(folder + "binary_measurements").value.firstDifference(from: text) == nil)
    let charra = "ima/Fraunhofer-SIT+charra/logs/ima/"
    #expect(
      try readList(charra + "ascii_runtime_measurements").value
        .firstDifference(from: readList(charra + "binary_runtime_measurements").value) == nil)
    // Four lists of one boot, a bank each.
    let banks = try [1, 256, 384, 512].map { try readList("ima/kgoldman+ibmtss/utils/sha\($0).log").value }
    #expect(banks.map(\.templateDigestByteCount) == [20, 32, 48, 64])
    for bank in banks { #expect(bank.firstDifference(from: banks[0]) == nil && bank.count == banks[0].count) }
  }

  @Test func signaturesOfTheCorpusAreFound() throws {
    let acs = measurements(try readList("ima/kgoldman+acs/acs/imasig.log").value)
    #expect(acs.count == 1083 && acs.filter { $0.signature != nil }.count == 899)
    let tss = measurements(try readList("ima/kgoldman+ibmtss/utils/sha256.log").value)
    #expect(tss.filter { $0.signature != nil }.count == 21)
  }
}
