import Digests
import Hashing
import TCGEventLog
import TestSupport
import Testing

@testable import Replay

/// One change of a made log, of the kind of one hypothesis, with what a TPM holds that saw it.
///
/// The register is calculated here by itself, from what is extended, and never by the search that is tested.
struct MadeMismatch {
  /// What is extended, of which each bank has its own digest.
  typealias Extend = (HashAlgorithm) -> [UInt8]?

  static let banks: [HashAlgorithm] = [.sha1, .sha256]

  var register = 4
  var log: EventLog
  var observed: [HashAlgorithm: [UInt8]] = [:]
  var constants: [MismatchConstant] = []
  var others: [NamedEventLog] = []
  var followers: [EventLog] = []
  /// What was extended instead of what the log says, to add to.
  private var extends: [Extend] = []
  private var locality: UInt8 = 0

  private static func measured(_ text: String) -> Extend { measured(Array(text.utf8)) }
  private static func measured(_ bytes: [UInt8]) -> Extend { { $0.digest(of: bytes) } }
  private static func filled(_ byte: UInt8) -> Extend { { [UInt8](repeating: byte, count: $0.digestByteCount) } }

  private static func records(_ names: [String], register: Int = 4) throws -> [[UInt8]] {
    try names.map { try RecordBytes.event(register: UInt32(register), type: .action, data: Array($0.utf8)) }
  }

  private static func parsed(_ records: [[UInt8]]) throws -> EventLog {
    try #require(EventLog.parse(RecordBytes.header() + records.flatMap { $0 }, file: "log.bin")).value
  }

  init(_ hypothesis: MismatchHypothesis, _ random: inout SeededGenerator) throws {
    let seed = UInt64.random(in: 0...UInt64.max, using: &random)
    let count = Int.random(in: 5...10, using: &random)
    let names = (0..<count).map { "\(seed) event \($0)" }
    let plain = names.map { Self.measured($0) }
    // Behind the last event a change could be a first part, which is no mismatch.
    let place = Int.random(in: 0..<count - 3, using: &random)
    let length = Int.random(in: 2...count - place - 1, using: &random)
    let second = Int.random(in: place + 2..<count, using: &random)
    func own(_ names: [String]) throws -> EventLog { try Self.parsed(Self.records(names)) }
    log = try own(names)
    extends = plain
    switch hypothesis {
    case .startupLocality:
      register = 0
      let told: UInt8? = [nil, 0, 3, 4].randomElement(using: &random) ?? nil
      let start = told.map { [RecordBytes.startupLocality($0)] } ?? []
      log = try Self.parsed(start + Self.records(names, register: 0))
      locality = [0, 3, 4].filter { $0 != told ?? 0 }.randomElement(using: &random) ?? 3
    case .hcrtmMissing:
      register = 0
      locality = 4
      log = try Self.parsed(Self.records(names, register: 0))
      let isOfAnotherLog = Bool.random(using: &random)
      let code = isOfAnotherLog ? "\(seed) code" : "HCRTM"
      if isOfAnotherLog {
        let digests = Self.banks.map { ($0.rawValue, $0.digest(of: Array(code.utf8)) ?? []) }
        let event = RecordBytes.record(
          register: 0, type: .efiHCRTMEvent, digests: digests, data: Array("HCRTM".utf8))
        others = [NamedEventLog("other", try Self.parsed([event]))]
      }
      extends.insert(Self.measured(code), at: 0)
    case .paddedSHA1:
      extends = names.map { name in
        { bank in
          let digest = HashAlgorithm.sha1.digest(of: Array(name.utf8)) ?? []
          return digest + [UInt8](repeating: 0, count: bank.digestByteCount - digest.count)
        }
      }
    case .noActionExtended:
      var records = try Self.records(names)
      records.insert(RecordBytes.noAction(Array("note".utf8), register: 4), at: place)
      log = try Self.parsed(records)
      extends.insert(Bool.random(using: &random) ? Self.filled(0) : Self.measured("note"), at: place)
    case .separatorValue, .separatorMissing:
      let values: [[UInt8]] = [[0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [1, 0, 0, 0], [0, 0, 0, 1]]
      let logged = values.randomElement(using: &random) ?? []
      let seen = values.filter { $0 != logged }.randomElement(using: &random) ?? []
      if hypothesis == .separatorValue {
        var records = try Self.records(names)
        records.insert(try RecordBytes.event(register: 4, type: .separator, data: logged), at: place)
        log = try Self.parsed(records)
      }
      extends.insert(Self.measured(seen), at: place)
    case .exitBootServicesMissing:
      extends.insert(
        contentsOf: ["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"].map {
          Self.measured($0)
        }, at: place)
    case .constantMissing:
      let all = MismatchConstant.published + [MismatchConstant("\(seed) given")]
      constants = [all[all.count - 1]]
      extends.insert(Self.measured(all.randomElement(using: &random)?.bytes ?? []), at: place)
    case .constantsTrailing:
      let isGiven = Bool.random(using: &random)
      if isGiven { constants = (0..<3).map { MismatchConstant("\(seed) given \($0)") } }
      let start = Int.random(in: 0..<MismatchConstant.phases.count - 2, using: &random)
      let chosen =
        isGiven
        ? (0..<Int.random(in: 2...4, using: &random)).compactMap { _ in constants.randomElement(using: &random) }
        : [start, start + 2].map { MismatchConstant.phases[$0] }
      extends += chosen.map { Self.measured($0.bytes) }
    case .userSpaceLog:
      let further = (0..<Int.random(in: 1...4, using: &random)).map { "\(seed) user space \($0)" }
      followers = [try Self.parsed(Self.records(further))]
      extends += further.map { Self.measured($0) }
    case .eventRemoved:
      others = [NamedEventLog("other", try own(names))]
      log = try own(names.enumerated().filter { $0.offset != place }.map(\.element))
    case .eventsRemoved:
      others = [NamedEventLog("other", try own(names))]
      let missing = place..<place + length
      log = try own(names.enumerated().filter { !missing.contains($0.offset) }.map(\.element))
    case .eventReplaced:
      others = [NamedEventLog("other", try own(names))]
      log = try own(names.enumerated().map { $0.offset == place ? "\(seed) instead" : $0.element })
    case .filledDigest:
      extends.insert(Self.filled(Bool.random(using: &random) ? 0 : 0xff), at: place)
    case .eventAdded: extends.remove(at: place)
    case .eventsAdded: extends.removeSubrange(place..<place + length)
    case .eventTwice: extends.insert(plain[place], at: place)
    case .eventsTwice: extends.insert(contentsOf: plain[place..<place + length], at: place)
    case .eventsSwapped: extends.swapAt(place, place + 1)
    case .eventsExchanged: extends.swapAt(place, second)
    case .digestEdited:
      var records = try Self.records(names)
      let isOfSHA1 = Bool.random(using: &random)
      let data = Array(names[place].utf8)
      let digests = Self.banks.map { bank in
        let isEdited = isOfSHA1 == (bank == .sha1)
        return (bank.rawValue, bank.digest(of: isEdited ? Array("edited".utf8) : data) ?? [])
      }
      records[place] = RecordBytes.record(register: 4, type: .action, digests: digests, data: data)
      log = try Self.parsed(records)
    }
    observed = try registers(extends)
    if case .paddedSHA1 = hypothesis { #expect(observed[.sha1] == (try registers(plain))[.sha1]) }
  }

  private func registers(_ extends: [Extend]) throws -> [HashAlgorithm: [UInt8]] {
    var values: [HashAlgorithm: [UInt8]] = [:]
    for bank in Self.banks {
      var value = [UInt8](repeating: 0, count: bank.digestByteCount - 1) + [locality]
      for extend in extends {
        let digest = try #require(extend(bank))
        value = try #require(bank.extend(value, with: digest))
      }
      values[bank] = value
    }
    return values
  }

  /// The same, and something that nobody knows behind it.
  func withSomethingStrange() throws -> MadeMismatch {
    var made = self
    made.observed = try made.registers(extends + [Self.measured("strange")])
    return made
  }

  /// The digest of a quote over this register, between two that are as calculated.
  var quoted: QuotedDigest {
    let replay = EventLogReplay(log)
    let entries = Self.banks.flatMap { bank in
      [20, register, 23].map { register in
        QuotedDigest.Entry(
          bank: bank, register: register,
          calculated: replay.values[bank, register] ?? resetValue(ofRegister: register, bank: bank))
      }
    }
    let truth = entries.flatMap { $0.register == register ? observed[$0.bank] ?? [] : $0.calculated }
    return QuotedDigest(algorithm: .sha256, digest: HashAlgorithm.sha256.digest(of: truth) ?? [], entries: entries)
  }

  func search() throws -> RegisterMismatch? {
    RegisterMismatch(
      EventLogReplay(log), register: register, observed: observed, constants: constants, others: others,
      followers: followers)
  }

  func searchByDigest(budget: Int = MismatchSearches.defaultBudget) -> DigestMismatch? {
    let question = MismatchSearches.DigestQuestion(
      EventLogReplay(log), quoted, others: others, followers: followers)
    return MismatchSearches(digests: [question], constants: constants, budget: budget).digests[0]
  }
}
