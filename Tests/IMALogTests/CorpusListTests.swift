import IMALog
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent)) struct CorpusListTests {
  /// Files of the index that hold no record: an invalid one and an empty one, made for negative tests.
  static let empty = ["invalid_ima_log.txt", "empty_ima_log.txt"]

  static func paths(kind: String) throws -> [String] {
    try ["ima", "seed"].flatMap { folder in
      try Corpus.index(folder).filter { $0["kind"]?.lowercased().hasPrefix(kind) == true }.compactMap { $0["file"] }
        .filter { path in !empty.contains { path.hasSuffix($0) } }.map { folder + "/" + $0 }
    }
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

  @Test(arguments: CorpusListFact.all)
  func listsHaveTheTemplatesSignaturesAndViolationsOfTheIndex(fact: CorpusListFact) throws {
    let list = try readList(fact.path).value
    let whole = measurements(list)
    let templates = Dictionary(grouping: whole) { String(decoding: $0.templateName, as: UTF8.self) }
    #expect(templates.mapValues(\.count) == fact.templates)
    #expect(whole.filter { $0.signature != nil }.count == fact.signatures)
    #expect(whole.filter(\.isViolation).count == fact.violations)
    #expect(list.beginsWithBootAggregate == fact.beginsWithBootAggregate)
    #expect(fact.kernelStarts == nil || list.kernelStarts == fact.kernelStarts)
  }

  @Test func theTableHasEveryListOfTheIndex() throws {
    let lists = try Self.paths(kind: "ima binary") + Self.paths(kind: "ima ascii")
    #expect(Set(CorpusListFact.all.map(\.path)) == Set(lists) && lists.count == 35)
  }
}

/// What a list of the corpus holds. Where its index gives a number, that stands here.
struct CorpusListFact: Sendable, CustomTestStringConvertible {
  var path: String
  var templates: [String: Int]
  var signatures = 0
  var violations = 0
  var beginsWithBootAggregate = true
  /// Nil where the list was put together by hand.
  var kernelStarts: [Int]? = [0]
  var testDescription: String { path }

  static let all = guardOSS + ibm + keylime + redHat + others

  private static let guardOSS = [
    ("apisrv/test/h12ssl.ascii_measurements", 2380, 2), ("apisrv/test/h12ssl.binary_measurements", 2365, 2),
    ("apisrv/test/h12ssl.before.measurements", 4797, 6), ("apisrv/test/h12ssl.created.measurements", 4872, 6),
    ("apisrv/test/h12ssl.changed.measurements", 4878, 6), ("apisrv/test/h12ssl.delete.measurements", 4878, 6),
    ("derived/h12ssl.values.binary_runtime_measurements", 5071, 9),
  ].map { path, count, violations in
    CorpusListFact(
      path: "ima/immune-gmbh+guard-oss/" + path, templates: ["ima-ng": count], violations: violations)
  }

  private static let ibm =
    [1, 256, 384, 512].map {
      CorpusListFact(path: "ima/kgoldman+ibmtss/utils/sha\($0).log", templates: ["ima-sig": 362], signatures: 21)
    } + [
      CorpusListFact(path: "ima/kgoldman+acs/acs/imasig.log", templates: ["ima-sig": 1083], signatures: 899),
      CorpusListFact(
        path: "ima/kgoldman+ibmtss/utils/imatest.log",
        templates: [
          "ima": 1, "ima-ng": 1, "ima-sig": 3, "ima-modsig": 2, "ima-sigv2": 1, "ima-ngv2": 1, "ima-buf": 1,
          "evm-sig": 1, "d-ng|sig": 1, "n-ng|d-ng": 1, "n-ng|sig|d-ng": 1, "n-ng|sig": 1, "n": 1, "sig": 1,
        ], signatures: 2, violations: 1, beginsWithBootAggregate: false, kernelStarts: nil),
    ]

  /// Lists of unit tests, some of whose template digests are zero, then real ones.
  private static let keylime =
    ["sha1", "sha384", "sha512", "sm3_256", "unknown"].map {
      CorpusListFact(
        path: "ima/keylime+keylime/test/data/create-runtime-policy/ima-log-\($0)", templates: ["ima-ng": 2],
        violations: 1)
    } + [
      CorpusListFact(
        path: "ima/keylime+keylime/test/data/create-runtime-policy/ima-log-sha256", templates: ["ima-ng": 2]),
      CorpusListFact(
        path: "ima/keylime+keylime/extracted/test_ima_verification.MEASUREMENTS.txt", templates: ["ima-sig": 3]),
      CorpusListFact(
        path: "ima/keylime+keylime/extracted/test_ima_verification.SIGNATURES.txt", templates: ["ima-sig": 2],
        signatures: 2, beginsWithBootAggregate: false, kernelStarts: []),
      CorpusListFact(
        path: "ima/keylime+keylime/extracted/test_ima_verification.BAD_SIGNATURES.txt", templates: ["ima-sig": 1],
        signatures: 1, beginsWithBootAggregate: false, kernelStarts: []),
      CorpusListFact(
        path: "ima/keylime+keylime/extracted/test_ima_verification.KEYRINGS.txt", templates: ["ima-buf": 1],
        beginsWithBootAggregate: false, kernelStarts: []),
      CorpusListFact(
        path: "ima/keylime+keylime/archive/ima/ascii_runtime_measurements_ima", templates: ["ima": 867], violations: 9),
      CorpusListFact(
        path: "ima/keylime+rust-keylime/keylime-agent/test-data/ima/ascii_runtime_measurements",
        templates: ["ima-ng": 826]),
      CorpusListFact(
        path: "ima/keylime+rust-keylime/keylime/test-data/ima_log.txt", templates: ["ima-ng": 1]),
    ]

  private static let redHat =
    [2, 3].map {
      CorpusListFact(
        path: "ima/RedHat-SP-Security+keylime-tests/functional/keylime_create_policy-static-data/test\($0)/"
          + "ascii_runtime_measurements-1", templates: ["ima-sig": 4], signatures: 3)
    } + [
      CorpusListFact(
        path: "ima/RedHat-SP-Security+keylime-tests/functional/keylime_create_policy-static-data/test2/"
          + "ascii_runtime_measurements-2", templates: ["ima-buf": 11], beginsWithBootAggregate: false,
        kernelStarts: []),
      // The index says three keys; one of the three buffers is a device-mapper table.
      CorpusListFact(
        path: "ima/RedHat-SP-Security+keylime-tests/functional/keylime-policy-commands/ima_log.txt",
        templates: ["ima-ng": 2, "ima-buf": 3]),
    ]

  private static let others = [
    CorpusListFact(
      path: "ima/Fraunhofer-SIT+charra/logs/ima/ascii_runtime_measurements", templates: ["ima-ng": 1646]),
    CorpusListFact(
      path: "ima/Fraunhofer-SIT+charra/logs/ima/binary_runtime_measurements", templates: ["ima-ng": 1650]),
    CorpusListFact(
      path: "ima/hpe-security-lab+keylime-perf-tests/data/ima_log.txt", templates: ["ima-ng": 780]),
    CorpusListFact(
      path: "seed/SECURED-FP7+secured-verifier/db/measurements/ascii_runtime_measurements", templates: ["ima": 434]),
    CorpusListFact(
      path: "seed/lsubash+intel-secl/pkg/tagent/test/mockImaDir/ascii_runtime_measurements",
      templates: ["ima-sig": 101], violations: 2),
  ]
}
