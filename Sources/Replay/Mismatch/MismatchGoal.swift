import Digests
import TCGEventLog

/// What a change must give to explain a register.
enum MismatchGoal {
  /// The value of the register in each bank.
  case values([HashAlgorithm: [UInt8]])
  /// The digest of a quote over this register and others, which hold what was calculated.
  case digest(QuotedDigest)
}

extension MismatchSearch {
  /// Nil when no bank can be compared, or the events of the register, or the first of them, give every value.
  init?(_ question: MismatchSearches.RegisterQuestion, constants: [MismatchConstant]) {
    guard (0...23).contains(question.register) else { return nil }
    var observed: [HashAlgorithm: [UInt8]] = [:]
    var sequences: [BankSequence] = []
    for (bank, value) in question.observed.sorted(by: { $0.key < $1.key })
    where question.replay.log.banks.contains(bank) && value.count == bank.digestByteCount {
      // A register without any event may lack its only one.
      guard let sequence = BankSequence(question.replay, question.register, bank, mayBeEmpty: true) else { continue }
      observed[bank] = value
      sequences.append(sequence)
    }
    let differing = sequences.filter { $0.end != observed[$0.bank] }
    guard !differing.isEmpty, !(question.mayEndEarlier && Self.isFirstPart(sequences, observed)) else { return nil }
    self.init(
      replay: question.replay, register: question.register, goal: .values(observed), sequences: sequences,
      differing: differing, constants: constants, others: question.others, followers: question.followers,
      mayEndEarlier: question.mayEndEarlier)
  }

  /// Nil when the log does not extend the register in each bank of the digest, or another log does so, too, or the calculated
  /// values give the digest.
  init?(_ question: MismatchSearches.DigestQuestion, register: Int, constants: [MismatchConstant]) {
    guard (0...23).contains(register), !question.quoted.isGiven(register, by: [:]) else { return nil }
    var sequences: [BankSequence] = []
    for entry in question.quoted.entries where entry.register == register {
      guard question.replay.log.banks.contains(entry.bank),
        let sequence = BankSequence(question.replay, register, entry.bank), sequence.end == entry.calculated
      else { return nil }
      sequences.append(sequence)
    }
    guard !sequences.isEmpty else { return nil }
    self.init(
      replay: question.replay, register: register, goal: .digest(question.quoted), sequences: sequences,
      differing: sequences, constants: constants, others: question.others, followers: question.followers,
      mayEndEarlier: false)
  }

  /// A value read before the last events were extended contradicts no event.
  private static func isFirstPart(_ sequences: [BankSequence], _ observed: [HashAlgorithm: [UInt8]]) -> Bool {
    guard let first = sequences.first else { return false }
    return first.prefixes.indices.contains { count in
      sequences.allSatisfy { $0.prefixes[count] == observed[$0.bank] }
    }
  }

  /// Whether what is wanted is given when the register ends as `end` says; the end is nil when nothing is known of it.
  ///
  /// - parameter areBanksFree: banks that fit may stay as the log says, for the change may be one of a single bank.
  func fits(
    areBanksFree: Bool = false, _ allowance: inout HashAllowance,
    _ end: (BankSequence, inout HashAllowance) -> [UInt8]?
  ) -> Bool {
    switch goal {
    case .values(let wanted):
      for sequence in areBanksFree ? differing : sequences {
        guard end(sequence, &allowance) == wanted[sequence.bank] else { return false }
      }
      return true
    case .digest(let quoted):
      var ends: [HashAlgorithm: [UInt8]] = [:]
      for sequence in sequences { ends[sequence.bank] = end(sequence, &allowance) }
      // Of which bank the change is, nobody knows.
      let alone = areBanksFree && sequences.count > 1 ? sequences.map { Set([$0.bank]) } : []
      return ([Set(sequences.map(\.bank))] + alone).contains { banks in
        guard banks.allSatisfy({ ends[$0] != nil }) else { return false }
        allowance.spend(quoted.blockCount)
        return quoted.isGiven(register, by: ends.filter { banks.contains($0.key) })
      }
    }
  }
}
