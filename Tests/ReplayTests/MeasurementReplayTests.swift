import ByteReading
import Digests
import Foundation
import Hashing
import IMALog
import Replay
import TestSupport
import Testing

func readList(_ path: String) throws -> Parsed<MeasurementList> {
  let bytes = try Corpus.bytes(path)
  let format = try #require(MeasurementListFormat.detect(bytes), "\(path) is a list")
  return MeasurementList.parse(bytes, file: path, format: format)
}

/// Values as `tpm2_pcrread` prints them: `  sha1:` and `    10: 0xCA5B...`.
func readRegisters(_ path: String) throws -> RegisterValues {
  var values = RegisterValues()
  var bank: HashAlgorithm?
  for line in String(decoding: try Corpus.bytes(path), as: UTF8.self).split(separator: "\n") {
    let parts = line.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
    if parts.count == 1 {
      bank = HashAlgorithm(name: parts[0])
    } else if let bank, let register = Int(parts[0]) {
      values[bank, register] = bytesOfHex(String(parts[1].dropFirst(2)))
    }
  }
  return values
}

private func targets(_ id: String, _ values: RegisterValues, rules: [ExtendRule]) -> [RegisterTarget] {
  rules.enumerated().map { index, rule in
    RegisterTarget(
      id: "\(id) \(rule.bank.name)", rule: index,
      values: Dictionary(
        uniqueKeysWithValues: values.registers(of: rule.bank).compactMap { register in
          values[rule.bank, register].map { (register, $0) }
        }))
  }
}

@Suite struct MeasurementReplayTests {
  static let rules = [ExtendRule(.sha1), ExtendRule(.sha256)]

  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [
      ("vmA-secureboot-ima-ng/boot1", [(472, 486), (507, 519), (889, 901), (909, 921)]),
      ("vmA-secureboot-ima-ng/boot2", [(477, 489), (498, 510)]),
      ("vmB-nosb-ima-sig/boot1", [(477, 485), (529, 535)]),
      ("vmE-containers/boot1", [(475, 483), (758, 764), (818, 824), (945, 951)]),
      ("vmG-legacy-ima-sha1/boot1", [(472, 480), (526, 532)]),
    ])
  func registersReadAroundTheQuotesAreThoseOfTheKnownPrefixes(boot: String, counts: [(Int, Int)]) throws {
    var replay = MeasurementReplay(rules: Self.rules)
    for quote in counts.indices {
      for moment in ["before", "after"] {
        let values = try readRegisters("lab/\(boot)/q\(quote)/pcrread-\(moment).txt")
        replay.targets += targets("q\(quote) \(moment)", values, rules: Self.rules)
      }
    }
    let list = try readList("lab/\(boot)/q\(counts.count - 1)/ima-after.bin")
    #expect(list.isWhole)
    let result = try replay.run(list.value)
    #expect(result.templateHashMismatches == [])
    #expect(result.extendedRegisters == [10])
    for (quote, (before, after)) in counts.enumerated() {
      for bank in ["sha1", "sha256"] {
        #expect(result.matches["q\(quote) before \(bank)"]?.combined == before...before)
        #expect(result.matches["q\(quote) after \(bank)"]?.combined == after...after)
      }
    }
  }

  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [("vmB-nosb-ima-sig", 429), ("vmG-legacy-ima-sha1", 421)])
  func aBankWithoutAKernelHashHoldsPaddedSHA1(vm: String, count: Int) throws {
    let text = String(decoding: try Corpus.bytes("lab/\(vm)/boot1/tpm.txt"), as: UTF8.self)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("pcr-sha384/10 ") })
    let value = try #require(bytesOfHex(String(line.split(separator: " ")[1])))
    let replay = MeasurementReplay(
      rules: [ExtendRule(.sha384), ExtendRule(.sha384, .paddedSHA1)],
      targets: [
        RegisterTarget(id: "plain", rule: 0, values: [10: value]),
        RegisterTarget(id: "padded", rule: 1, values: [10: value]),
      ])
    let result = try replay.run(try readList("lab/\(vm)/boot1/q0/ima-after.bin").value)
    #expect(result.matches["plain"]?.combined == nil)
    #expect(result.matches["padded"]?.combined == count...count)
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: CorpusFact.all)
  func listsOfTheCorpusGiveTheStatedCountsAndValues(fact: CorpusFact) throws {
    let banks: [HashAlgorithm] = [.sha1, .sha256, .sha384, .sha512]
    let parsed = try readList(fact.folder + "/" + fact.path)
    #expect(parsed.isWhole && parsed.value.count == fact.count)
    let result = try MeasurementReplay(rules: banks.map { ExtendRule($0) }).run(parsed.value)
    #expect(result.recordCount == fact.count)
    if let violations = fact.violations { #expect(result.violations.count == violations) }
    #expect(result.templateHashMismatches == fact.mismatches)
    for (index, stated) in [fact.sha1, fact.sha256, fact.sha384, fact.sha512].enumerated() where !stated.isEmpty {
      #expect(hexText(result.values[index][10] ?? []).hasPrefix(stated), "\(banks[index].name)")
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func quotesWithoutValuesAreFoundByTheirDigest() throws {
    let rules = Self.rules
    // `quote-ecc-sha256-pcr10` and `quote-rsa-sha256` of q0, whose digests and prefixes are in truth.json.
    let values = try readRegisters("lab/vmA-secureboot-ima-ng/boot1/q0/pcrread-before.txt")
    let fixed = (0...9).flatMap { values[.sha256, $0] ?? [] }
    let pieces: [CompositeTarget.Piece] = [
      .fixed(fixed), .register(rule: 1, register: 10), .fixed(values[.sha256, 14] ?? []),
    ]
    func digest(_ hex: String) throws -> [UInt8] { try #require(bytesOfHex(hex)) }
    let composites = [
      CompositeTarget(
        id: "ecc", algorithm: .sha256, pieces: [.register(rule: 1, register: 10)],
        digest: try digest("00e9d34b61979564170131c952946ab53fcb6967129938a5a5c08d1090a45858")),
      CompositeTarget(
        id: "rsa", algorithm: .sha256, pieces: pieces,
        digest: try digest("e495ef969fa0718335738deb4b713e6c2a99660024ce04c54910716feeb3e04d")),
      CompositeTarget(
        id: "other", algorithm: .sha256, pieces: [.register(rule: 1, register: 10)],
        digest: Array(repeating: 1, count: 32)),
    ]
    let list = try readList("lab/vmA-secureboot-ima-ng/boot1/q3/ima-after.bin").value
    let result = try MeasurementReplay(rules: rules, compositeTargets: composites).run(list)
    #expect(result.compositeMatches == ["ecc": 484...484, "rsa": 473...473])
  }

  @Test(.enabled(if: Corpus.isPresent))
  func forgedListsShowWhatWasDone() throws {
    let replay = MeasurementReplay(rules: Self.rules)
    func run(_ name: String) throws -> ReplayedMeasurements {
      try replay.run(
        MeasurementStream(
          try Corpus.bytes("lab/vmA-tampered-logs/\(name).ima.bin"), file: name,
          format: .binary(byteOrder: .littleEndian, templateDigestByteCount: 20)))
    }
    let honest = try replay.run(try readList("lab/vmA-secureboot-ima-ng/boot1/q2/ima-after.bin").value)
    #expect(honest.violations == [617, 621] && honest.templateHashMismatches == [])
    let edited = try run("ima-digest-edited")
    #expect(edited.templateHashMismatches == [520] && edited.values != honest.values && edited.recordCount == 901)
    let hidden = try run("ima-violation-hidden")
    #expect(hidden.violations == [621] && hidden.values != honest.values)
    let deleted = try run("ima-entry-deleted")
    #expect(deleted.recordCount == 900 && deleted.templateHashMismatches == [] && deleted.values != honest.values)
    let cut = try run("ima-truncated-600")
    #expect(cut.recordCount == 600 && cut.problems == [])
    let cutInside = try run("ima-truncated-mid-entry")
    #expect(cutInside.recordCount == 600 && cutInside.problems.count == 1 && cutInside.unread == 76524..<76554)
    let badLength = try run("ima-bad-length")
    #expect(badLength.recordCount == 700 && badLength.problems.map(\.field) == ["template name length"])
    #expect(badLength.unread.upperBound == 113606)
  }

  @Test(
    .enabled(if: Corpus.isPresent && Tool.isInstalled("evmctl")),
    arguments: [
      "vmA-secureboot-ima-ng/boot1/q0", "vmA-secureboot-ima-ng/boot1/q3", "vmA-secureboot-ima-ng/boot2/q1",
      "vmB-nosb-ima-sig/boot1/q1", "vmG-legacy-ima-sha1/boot1/q1",
    ])
  func evmctlAgrees(capture: String) throws {
    let boot = capture.split(separator: "/").dropLast().joined(separator: "/")
    let quote = capture.split(separator: "/").last ?? ""
    let registers = { (bank: String) in Corpus.url("lab/\(boot)/independent/\(quote).pcrs-\(bank)").path }
    let values = try readRegisters("lab/\(capture)/pcrread-after.txt")
    let replay = MeasurementReplay(rules: Self.rules, targets: targets("after", values, rules: Self.rules))
    for list in ["before", "after"] {
      let path = "lab/\(capture)/ima-\(list).bin"
      let parsed = try readList(path)
      let result = try replay.run(parsed.value)
      let isMatch = ["sha1", "sha256"].allSatisfy { result.matches["after \($0)"]?.combined != nil }
      let peer = try Tool.run(
        "evmctl",
        [
          "ima_measurement", "--ignore-violations", "--pcrs", "sha1,\(registers("sha1"))", "--pcrs",
          "sha256,\(registers("sha256"))", Corpus.url(path).path,
        ])
      #expect(isMatch == (peer.status == 0))
      #expect(isMatch == (list == "after"))
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: [2, 3, 8])
  func anyNumberOfJobsGivesTheSameResult(jobs: Int) throws {
    let bytes = try Corpus.bytes("ima/immune-gmbh+guard-oss/derived/h12ssl.values.binary_runtime_measurements")
    // Several batches, with a cut end.
    let long = Array(repeating: bytes, count: 6).flatMap { $0 }.dropLast(5)
    let list = parseLong(Array(long))
    var replay = MeasurementReplay(
      rules: Self.rules + [ExtendRule(.sha384, .paddedSHA1)],
      targets: [
        RegisterTarget(
          id: "start", rule: 0, values: [10: Array(repeating: 0, count: 20), 3: Array(repeating: 0, count: 20)])
      ],
      compositeTargets: [
        CompositeTarget(
          id: "start", algorithm: .sha1, pieces: [.register(rule: 0, register: 10)],
          digest: HashAlgorithm.sha1.digest(of: Array(repeating: 0, count: 20)) ?? [])
      ])
    let half = try MeasurementReplay(rules: Self.rules, until: 20_000).run(list)
    #expect(half.recordCount == 20_000)
    replay.targets.append(RegisterTarget(id: "half", rule: 1, values: half.values[1]))
    let one = try replay.run(list)
    #expect(one.matches["half"]?.combined == 20_000...20_000)
    let start = try #require(one.matches["start"])
    #expect(start.ranges == [10: 0...0, 3: 0...one.recordCount])
    #expect(start.comparedRegisters == [10] && start.combined == 0...0)
    #expect(one.compositeMatches["start"] == 0...0)
    replay.jobs = jobs
    #expect(try replay.run(list) == one)
    #expect(one.recordCount == list.count && one.violations.count == 54)
  }

  private func parseLong(_ bytes: [UInt8]) -> MeasurementList {
    MeasurementList.parse(
      bytes, file: "long", format: .binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
    ).value
  }
}

@Suite struct MeasurementReplayByHandTests {
  /// Three records: register 10, register 11, and one that no TPM has; then a violation in register 10.
  private let text = [
    ("10", "aa", "/a"), ("11", "aa", "/b"), ("40", "aa", "/c"), ("10", "00", "/d"), ("11", "aa", "/e"),
  ].map { register, byte, name in
    "\(register) \(String(repeating: byte, count: 20)) ima-ng sha256:\(String(repeating: "d1", count: 32)) \(name)\n"
  }.joined()

  private var list: MeasurementList { MeasurementList.parse(Array(text.utf8), file: "list", format: .ascii).value }

  private func chain(_ bank: HashAlgorithm, _ indexes: [Int], start: [UInt8]? = nil) throws -> [UInt8] {
    var value = start ?? Array(repeating: 0, count: bank.digestByteCount)
    for index in indexes {
      let record = list.record(at: index)
      let hash = try #require(bank.digest(of: record.hashedBytes))
      value = try #require(
        bank.extend(value, with: record.isViolation ? Array(repeating: 0xff, count: bank.digestByteCount) : hash))
    }
    return value
  }

  @Test func eachRecordExtendsItsRegisterAndViolationsExtendOnes() throws {
    let result = try MeasurementReplay(rules: [ExtendRule(.sha1), ExtendRule(.sha512)]).run(list)
    #expect(result.recordCount == 5 && result.extendedRegisters == [10, 11] && result.recordCountBeyondRegisters == 1)
    #expect(result.violations == [3] && result.templateHashMismatches == [0, 1, 2, 4])
    #expect(result.values[0] == [10: try chain(.sha1, [0, 3]), 11: try chain(.sha1, [1, 4])])
    #expect(result.values[1] == [10: try chain(.sha512, [0, 3]), 11: try chain(.sha512, [1, 4])])
  }

  @Test func aTargetHoldsFromOneExtendOfItsRegisterToTheNext() throws {
    let values = [10: try chain(.sha256, [0]), 11: try chain(.sha256, [1]), 0: [UInt8](repeating: 0, count: 32)]
    var replay = MeasurementReplay(rules: [ExtendRule(.sha256)])
    replay.targets = [RegisterTarget(id: "quote", rule: 0, values: values)]
    let match = try #require(try replay.run(list).matches["quote"])
    #expect(match.ranges == [10: 1...3, 11: 2...4, 0: 0...5])
    #expect(match.comparedRegisters == [10, 11] && match.combined == 2...3)
    // Values that never held at the same time.
    replay.targets[0].values[10] = try chain(.sha256, [0, 3])
    replay.targets[0].values[11] = Array(repeating: 0, count: 32)
    let apart = try #require(try replay.run(list).matches["quote"])
    #expect(apart.ranges[10] == 4...5 && apart.ranges[11] == 0...1 && apart.combined == nil)
    // Values of registers that the list does not extend say nothing about it.
    replay.targets[0].values = [0: Array(repeating: 0, count: 32)]
    let unrelated = try #require(try replay.run(list).matches["quote"])
    #expect(unrelated.comparedRegisters == [] && unrelated.combined == nil)
  }

  @Test func aCompositeHoldsUntilOneOfItsRegistersChanges() throws {
    let both: [UInt8] = try chain(.sha256, [0]) + [1, 2] + (try chain(.sha256, [1]))
    let target = CompositeTarget(
      id: "quote", algorithm: .sha1,
      pieces: [.register(rule: 0, register: 10), .fixed([1, 2]), .register(rule: 0, register: 11)],
      digest: try #require(HashAlgorithm.sha1.digest(of: both)))
    let result = try MeasurementReplay(rules: [ExtendRule(.sha256)], compositeTargets: [target]).run(list)
    #expect(result.compositeMatches == ["quote": 2...3])
  }

  @Test func paddedBanksExtendSHA1AndZeros() throws {
    let result = try MeasurementReplay(rules: [ExtendRule(.sha384, .paddedSHA1)]).run(list)
    var value = [UInt8](repeating: 0, count: 48)
    let hash = try #require(HashAlgorithm.sha1.digest(of: list.record(at: 0).hashedBytes))
    for digest in [hash, Array(repeating: 0xff, count: 20)] {
      value = try #require(HashAlgorithm.sha384.extend(value, with: digest + Array(repeating: 0, count: 28)))
    }
    #expect(result.values[0][10] == value)
  }

  @Test func startValuesReplaceThoseOfAResetAndMissingOnesAreUnknown() throws {
    var start = RegisterValues()
    start[.sha256, 10] = Array(repeating: 5, count: 32)
    var replay = MeasurementReplay(rules: [ExtendRule(.sha256)], startValues: start, until: 4)
    replay.targets = [RegisterTarget(id: "quote", rule: 0, values: [11: Array(repeating: 0, count: 32)])]
    let result = try replay.run(list)
    #expect(result.values == [[10: try chain(.sha256, [0, 3], start: Array(repeating: 5, count: 32))]])
    #expect(result.matches["quote"]?.ranges == [:] && result.recordCount == 4)
  }

  @Test func anEmptyListHasNoRecordsAndTheStartValues() throws {
    let replay = MeasurementReplay(
      rules: [ExtendRule(.sha1)],
      targets: [RegisterTarget(id: "a", rule: 0, values: [10: Array(repeating: 0, count: 20)])])
    let result = try replay.run(MeasurementStream([], file: "list", format: .ascii))
    #expect(result.recordCount == 0 && result.matches["a"]?.ranges == [10: 0...0] && result.values == [[:]])
    #expect(try MeasurementReplay(rules: [ExtendRule(.sha1)], until: 0).run(list).recordCount == 0)
  }

  @Test func requestsThatMakeNoSenseAreRefused() {
    for replay in [
      MeasurementReplay(rules: [], targets: [RegisterTarget(id: "a", rule: 0, values: [:])]),
      MeasurementReplay(
        rules: [ExtendRule(.sha1)],
        compositeTargets: [
          CompositeTarget(id: "a", algorithm: .sha1, pieces: [.register(rule: 0, register: 24)], digest: [])
        ]),
    ] {
      #expect(throws: MeasurementReplay.Failure.self) { try replay.run(list) }
    }
  }
}

/// What INDEX.tsv of the corpus says about a list; hexadecimal values may be beginnings.
struct CorpusFact: Sendable, CustomTestStringConvertible {
  var folder = "ima"
  var path: String
  var count: Int
  var violations: Int?
  var mismatches: [Int] = []
  var sha1 = ""
  var sha256 = ""
  var sha384 = ""
  var sha512 = ""
  var testDescription: String { path }

  private static let guardOSS = "immune-gmbh+guard-oss/"
  private static let fourBanks = ["sha1", "sha256", "sha384", "sha512"].map {
    CorpusFact(
      path: "kgoldman+ibmtss/utils/\($0).log", count: 362, sha1: "9be6bac02bf18d09d17e726c2df00bca4e8831ea",
      sha256: "7fac48c81837d6d29046008aef0cdad8c2745cc98c3340cbba9bfdf39b4124b8", sha384: "e8923687", sha512: "698dab0f"
    )
  }
  static let all =
    fourBanks + [
      CorpusFact(
        path: guardOSS + "apisrv/test/h12ssl.ascii_measurements", count: 2380, violations: 2,
        sha1: "5cd6fd5308dd67bd03a2d35e786e2a4ff17972f2"),
      CorpusFact(
        path: guardOSS + "apisrv/test/h12ssl.binary_measurements", count: 2365, violations: 2,
        sha1: "2bb0c97734a8b7f19d732be845e08819ddec5705",
        sha256: "dc997aed564a8becc63563f6652750db443f5b514d66b15b475851be86622b25"),
      CorpusFact(path: guardOSS + "apisrv/test/h12ssl.before.measurements", count: 4797, violations: 6),
      CorpusFact(path: guardOSS + "apisrv/test/h12ssl.created.measurements", count: 4872),
      CorpusFact(path: guardOSS + "apisrv/test/h12ssl.changed.measurements", count: 4878),
      CorpusFact(path: guardOSS + "apisrv/test/h12ssl.delete.measurements", count: 4878),
      CorpusFact(path: guardOSS + "derived/h12ssl.values.binary_runtime_measurements", count: 5071, violations: 9),
      CorpusFact(
        path: "kgoldman+ibmtss/utils/imatest.log", count: 17, violations: 1,
        sha1: "0ff68e1da514770e85581bffe693809776302a63"),
      CorpusFact(path: "kgoldman+acs/acs/imasig.log", count: 1083, mismatches: [1079]),
      CorpusFact(path: "Fraunhofer-SIT+charra/logs/ima/ascii_runtime_measurements", count: 1646),
      CorpusFact(
        path: "Fraunhofer-SIT+charra/logs/ima/binary_runtime_measurements", count: 1650,
        sha256: "9842c6f3a154484c12df027b9becd4e7fe9590b9a877936504b079a7b894af56"),
      CorpusFact(
        path: "keylime+keylime/archive/ima/ascii_runtime_measurements_ima", count: 867, violations: 9,
        sha1: "93aacc9ec455c429c1a2d291650e40e7655565d8"),
      CorpusFact(
        path: "keylime+rust-keylime/keylime-agent/test-data/ima/ascii_runtime_measurements", count: 826,
        sha1: "82231c67a69da98dc5b3aa10f6343d33109225fc"),
      CorpusFact(
        path: "RedHat-SP-Security+keylime-tests/functional/keylime_create_policy-static-data/test2/"
          + "ascii_runtime_measurements-1", count: 4),
      CorpusFact(
        path: "RedHat-SP-Security+keylime-tests/functional/keylime_create_policy-static-data/test2/"
          + "ascii_runtime_measurements-2", count: 11),
      CorpusFact(
        path: "RedHat-SP-Security+keylime-tests/functional/keylime_create_policy-static-data/test3/"
          + "ascii_runtime_measurements-1", count: 4),
      CorpusFact(path: "RedHat-SP-Security+keylime-tests/functional/keylime-policy-commands/ima_log.txt", count: 5),
      CorpusFact(
        folder: "seed", path: "SECURED-FP7+secured-verifier/db/measurements/ascii_runtime_measurements", count: 434,
        violations: 0, sha1: "a093be6c5536b773b0b0b3e85ae8bfdcc93f8c57"),
      CorpusFact(
        folder: "seed", path: "lsubash+intel-secl/pkg/tagent/test/mockImaDir/ascii_runtime_measurements", count: 101,
        violations: 2),
      CorpusFact(path: "keylime+keylime/test/data/create-runtime-policy/ima-log-sha256", count: 2, violations: 0),
      CorpusFact(
        path: "keylime+keylime/extracted/test_ima_verification.MEASUREMENTS.txt", count: 3, violations: 0),
      CorpusFact(path: "keylime+keylime/extracted/test_ima_verification.SIGNATURES.txt", count: 2),
      // Its signature was damaged for the test that it comes from.
      CorpusFact(
        path: "keylime+keylime/extracted/test_ima_verification.BAD_SIGNATURES.txt", count: 1, mismatches: [0]),
      CorpusFact(path: "keylime+keylime/extracted/test_ima_verification.KEYRINGS.txt", count: 1),
      CorpusFact(path: "keylime+rust-keylime/keylime/test-data/ima_log.txt", count: 1),
      CorpusFact(
        path: "hpe-security-lab+keylime-perf-tests/data/ima_log.txt", count: 780,
        sha256: "0a1447c37555073b670b94072e7aaf60ace6bd320a7c81fe8dec9a10289b85c8"),
    ]
}
