import Appraisal
import ByteReading
import Correlation
import Digests
import IMALog
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// Quoted against replayed values: for each bank and register, what the last authentic quote that covers it says.
struct RegisterTable {
  let rows: [AttestationResult.Register]

  init(_ examined: ExaminedBoot) {
    let authentic = examined.authentic
    let quotes = examined.statements.map(\.statement.quote).filter { authentic.contains($0.quote.file) }
      .sorted { Self.order($0) < Self.order($1) }
    var rows: [Place: AttestationResult.Register] = [:]
    // A log of user space goes on from the firmware's values, so it has the last word.
    let logs = examined.correlation.eventLogs
    for log in logs.filter({ $0.place == .firmware }).reversed() + logs.filter({ $0.place == .userSpace }).reversed() {
      for bank in log.replay.values.banks {
        for register in log.replay.registers(extendedIn: bank) {
          rows[Place(bank: bank, index: register)] = .init(
            bank: bank, index: register, observed: nil,
            calculated: log.replay.values[bank, register].map { hexText($0) }, state: .notQuoted, log: log.file)
        }
      }
    }
    for chain in examined.correlation.chains.reversed() {
      for bank in chain.values.banks {
        for register in chain.values.registers(of: bank) {
          rows[Place(bank: bank, index: register)] = .init(
            bank: bank, index: register, observed: nil, calculated: chain.values[bank, register].map { hexText($0) },
            state: .notQuoted, log: chain.chain.longest.file)
        }
      }
    }
    for quote in quotes { Self.take(quote, examined, into: &rows) }
    self.rows = rows.sorted { ($0.key.bank, $0.key.index) < ($1.key.bank, $1.key.index) }.map(\.value)
  }

  private struct Place: Hashable {
    var bank: HashAlgorithm
    var index: Int
  }

  private static func order(_ quote: VerifiedQuote) -> (UInt32, UInt64, String) {
    (quote.attestation?.clock.restartCount ?? 0, quote.attestation?.clock.clock ?? 0, quote.quote.file)
  }

  private static func take(
    _ quote: VerifiedQuote, _ examined: ExaminedBoot, into rows: inout [Place: AttestationResult.Register]
  ) {
    let file = quote.quote.file
    guard let values = quote.provenRegisters ?? examined.correlation.replayedRegisters[file] else { return }
    let matches = examined.correlation.matches.filter { $0.source == .quote(file) }
    for bank in values.banks {
      for register in values.registers(of: bank) {
        let place = Place(bank: bank, index: register)
        let observed = values[bank, register].map { hexText($0) }
        var row = rows[place] ?? .init(bank: bank, index: register, observed: nil, calculated: nil, state: .unexplained)
        row.observed = observed
        row.quote = file
        let own = matches.filter { $0.bank == bank && $0.registers.contains(register) }
        if let match = own.first(where: { $0.found != nil }) {
          row.calculated = observed
          row.state = .matches
          row.log = match.log
        } else if let match = own.first(where: { if case .mismatch = $0.outcome { true } else { false } }) {
          // Of the registers that were compared some may hold what the log gives.
          row.state = Self.isKept(register, match, row.observed, row.calculated) ? .matches : .mismatch
          row.log = match.log
          row.meaning = match.unlogged[register].map { "what the whole log gives, with \($0.words)" }
        } else {
          row.state = values[bank, register] == resetValue(ofRegister: register, bank: bank) ? .atReset : .unexplained
          row.meaning = values[bank, register].flatMap { unloggedMeaning(ofRegister: register, value: $0) }
        }
        rows[place] = row
      }
    }
  }

  private static func isKept(_ register: Int, _ match: LogMatch, _ observed: String?, _ calculated: String?) -> Bool {
    guard case .mismatch(let registers) = match.outcome else { return true }
    return !registers.contains(register) && observed == calculated
  }
}
