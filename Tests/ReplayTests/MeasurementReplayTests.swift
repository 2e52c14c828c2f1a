import ByteReading
import Digests
import Foundation
import Hashing
import IMALog
import Replay
import TestSupport
import Testing

/// A list of the lab: its set and boot, and where its register values lie.
private let lab = "lab/vmA-secureboot-ima-ng/boot1"

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
}
