import Digests
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// The digest of a quote without PCR file that the logs of the boot do not give, beside one log.
public struct UnexplainedDigest: Equatable, Sendable {
  public enum Search: Equatable, Sendable {
    /// Every register but one may be taken as calculated, and changes of that one tried.
    case possible(QuotedDigest)
    /// Why nothing can be tried, as the end of a sentence.
    case notTestable(String)
  }

  /// Registers that the digest is over, ascending.
  public let registers: [Int]
  /// Known banks that the digest is over, ascending.
  public let banks: [HashAlgorithm]
  /// Registers that no log extends, so that a possible search takes them to hold what they do after a reset.
  public let withoutLog: [Int]
  public let search: Search
}

extension BootCorrelation {
  /// What can be tested of a quote of which neither the values nor a replay that gives its digest are known. Nil for other quotes,
  /// and when the log extends none of its registers.
  public func unexplainedDigest(of quote: VerifiedQuote, beside log: CorrelatedEventLog) -> UnexplainedDigest? {
    guard log.place != .confidentialGuest, quote.provenRegisters == nil, replayedRegisters[quote.quote.file] == nil,
      let information = quote.information, !information.selection.isEmpty
    else { return nil }
    let order = information.selection.order
    let own = log.replay.firmwareValues
    guard order.contains(where: { entry in entry.bank.map { own[$0, entry.register] != nil } ?? false }) else {
      return nil
    }
    let known = own.merged(userSpaceValues(behind: log))
    let registers = Set(order.map(\.register)).sorted()
    let listed = Set(chains.flatMap(\.extendedRegisters))
    let search: UnexplainedDigest.Search =
      log.place == .firmware
      ? search(quote, information, known, listed: registers.filter(listed.contains))
      : .notTestable("hypotheses are about logs of firmware, not of user space")
    var withoutLog: Set<Int> = []
    if case .possible(let quoted) = search {
      withoutLog = Set(quoted.entries.filter { known[$0.bank, $0.register] == nil }.map(\.register))
    }
    return UnexplainedDigest(
      registers: registers, banks: Set(order.compactMap(\.bank)).sorted(), withoutLog: withoutLog.sorted(),
      search: search)
  }

  /// The values of a quote that another log gave by its digest, with the registers that no first part of this firmware's log gives.
  /// Nil where there is no such register. Registers that other logs extend, too, are left out.
  public func registersNotGiven(
    by log: CorrelatedEventLog, of quote: VerifiedQuote
  ) -> (registers: [Int], values: RegisterValues)? {
    guard case .firmware = log.place, let values = replayedRegisters[quote.quote.file] else { return nil }
    let shared = Set(
      chains.flatMap(\.extendedRegisters)
        + eventLogs.filter { $0.place == .userSpace }.flatMap { further in
          values.banks.flatMap { further.replay.registers(extendedIn: $0) }
        })
    let own = log.replay.firmwareValues
    let registers = values.banks.flatMap { bank -> [Int] in
      let observed = Dictionary(
        uniqueKeysWithValues: own.registers(of: bank).filter { !shared.contains($0) }.compactMap { register in
          values[bank, register].map { (register, $0) }
        })
      guard !observed.isEmpty, case .none(let mismatching) = log.replay.match(observed, bank: bank) else { return [] }
      return mismatching
    }
    return registers.isEmpty ? nil : (Set(registers).sorted(), values)
  }

  private func search(
    _ quote: VerifiedQuote, _ information: QuoteInformation, _ known: RegisterValues, listed: [Int]
  ) -> UnexplainedDigest.Search {
    guard listed.isEmpty else {
      let names = listed.map(String.init).joined(separator: ",")
      return .notTestable("PCR \(names) is of a measurement list, any number of whose records it may hold")
    }
    guard let algorithm = quote.digestAlgorithm else { return .notTestable("the hash that made it is not known here") }
    var entries: [QuotedDigest.Entry] = []
    for (bank, register) in information.selection.order {
      guard let bank else { return .notTestable("a bank that it is over is not known here") }
      entries.append(
        .init(
          bank: bank, register: register,
          calculated: known[bank, register] ?? resetValue(ofRegister: register, bank: bank)))
    }
    return .possible(QuotedDigest(algorithm: algorithm, digest: information.digest, entries: entries))
  }

  /// What the longest log of user space leaves, going on from this firmware's log.
  private func userSpaceValues(behind log: CorrelatedEventLog) -> RegisterValues {
    let further = eventLogs.filter { $0.place == .userSpace }.max {
      $0.replay.log.events.count < $1.replay.log.events.count
    }
    return further.map { EventLogReplay($0.replay.log, after: log.replay).firmwareValues } ?? RegisterValues()
  }
}
