import ByteReading
import Digests
import Hashing
import PublicKeys
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// A quote that Windows put into its log, held against the records before it.
///
/// Whose key signed is asked elsewhere: without one, the quote shows at most that the log is whole.
public struct TrustPointCheck: Sendable {
  public enum Statement: Sendable {
    case attestation(Attestation)
    case tpm12(TPM12Quote)
    case unreadable(ParseError)
  }

  public enum Outcome: Equatable, Sendable {
    /// The records before it give the signed digest.
    case reproduced
    /// They do when one record is left out: firmware logged what it did not extend, or somebody put the record in.
    case reproducedWithout(record: Int)
    case differs(expected: [UInt8], actual: [UInt8])
    case notComputable(String)
  }

  public let trustPoint: TrustPoint
  public let statement: Statement
  /// Selected registers by bank; a TPM 1.2 has SHA-1 alone.
  public let selection: RegisterSelection
  public let outcome: Outcome

  /// - parameter replay: of the log that holds the quote.
  public init(_ trustPoint: TrustPoint, in replay: EventLogReplay, file: String) {
    self.trustPoint = trustPoint
    statement = Self.statement(trustPoint, file)
    switch statement {
    case .attestation(let attestation):
      guard case .quote(let information) = attestation.attested else {
        selection = RegisterSelection(banks: [])
        outcome = .notComputable("the statement is a \(attestation.attested.kind) and no quote")
        return
      }
      selection = information.selection
      outcome = Self.outcome(information, at: trustPoint.record, in: replay)
    case .tpm12(let quote):
      selection = RegisterSelection(banks: [
        .init(rawAlgorithm: HashAlgorithm.sha1.rawValue, registers: quote.registers)
      ])
      outcome = Self.outcome(quote, selection, at: trustPoint.record, in: replay)
    case .unreadable(let error):
      selection = RegisterSelection(banks: [])
      outcome = .notComputable(error.description)
    }
  }

  /// The statement with its signature, for a verifier; nil when it is none of TPM 2.0.
  ///
  /// Windows signs with RSA, PKCS #1 v1.5 and SHA-1, and says so nowhere.
  public static func unverifiedQuote(_ trustPoint: TrustPoint, name: String, file: String) -> UnverifiedQuote? {
    guard case .attestation(let attestation) = statement(trustPoint, file), attestation.isGeneratedByTPM,
      case .quote = attestation.attested, let signature = trustPoint.signature
    else { return nil }
    return UnverifiedQuote(
      file: name, attestation: .present(attestation), signatureFile: name,
      signature: .present(.rsassa(hash: HashAlgorithm.sha1.rawValue, signature)))
  }

  private static func statement(_ trustPoint: TrustPoint, _ file: String) -> Statement {
    let bytes = trustPoint.statement ?? []
    do {
      if TPM12Quote.isLikely(bytes) {
        return .tpm12(
          try bytes.read(file: file, byteOrder: .bigEndian) { reader throws(ParseError) in
            try TPM12Quote(from: &reader)
          })
      }
      return .attestation(
        try bytes.read(file: file, byteOrder: .bigEndian) { reader throws(ParseError) in
          try Attestation(from: &reader)
        })
    } catch {
      var error = error
      error.offset += trustPoint.offset
      return .unreadable(error)
    }
  }

  private static func outcome(_ quote: QuoteInformation, at record: Int, in replay: EventLogReplay) -> Outcome {
    guard let algorithm = HashAlgorithm.allCases.first(where: { $0.digestByteCount == quote.digest.count }) else {
      return .notComputable("a digest of \(quote.digest.count) bytes is of no known hash")
    }
    return outcome(quote.digest, quote.selection, at: record, in: replay) { values in
      pcrDigest(of: values, selection: quote.selection, algorithm: algorithm)
    }
  }

  private static func outcome(
    _ quote: TPM12Quote, _ selection: RegisterSelection, at record: Int, in replay: EventLogReplay
  ) -> Outcome {
    outcome(quote.digest, selection, at: record, in: replay) { values in
      HashAlgorithm.sha1.digest(of: quote.composite(quote.registers.compactMap { values[.sha1, $0] }))
    }
  }

  private static func outcome(
    _ quoted: [UInt8], _ selection: RegisterSelection, at record: Int, in replay: EventLogReplay,
    digest: (RegisterValues) -> [UInt8]?
  ) -> Outcome {
    var values = RegisterValues()
    for (bank, register) in selection.order {
      guard let bank, let value = replay.value(ofRegister: register, bank: bank, afterRecords: record) else {
        return .notComputable("the log has no digests of a bank that is quoted")
      }
      values[bank, register] = value
    }
    guard let actual = digest(values) else { return .notComputable("nothing that can be computed is quoted") }
    if actual == quoted { return .reproduced }
    let without = recordTooMany(values, selection, before: record, in: replay) { digest($0) == quoted }
    return without.map { .reproducedWithout(record: $0) } ?? .differs(expected: quoted, actual: actual)
  }

  /// The first record without which the values are accepted; nil when there is none, or more than one bank is quoted.
  private static func recordTooMany(
    _ values: RegisterValues, _ selection: RegisterSelection, before end: Int, in replay: EventLogReplay,
    isAccepted: (RegisterValues) -> Bool
  ) -> Int? {
    guard selection.banks.count == 1, let bank = selection.banks[0].algorithm else { return nil }
    for register in selection.banks[0].registers {
      guard let start = replay.value(ofRegister: register, bank: bank, afterRecords: 0) else { return nil }
      let events = replay.log.events.prefix(end).filter {
        $0.registerIndex == UInt32(register) && $0.recordedType != .noAction
      }
      // A register has tens of events; the search grows with their square.
      guard events.count <= 500 else { continue }
      var before = start
      for index in events.indices {
        var value = before
        for event in events[(index + 1)...] { value = extended(value, event, bank) }
        var changed = values
        changed[bank, register] = value
        if isAccepted(changed) { return events[index].index }
        before = extended(before, events[index], bank)
      }
    }
    return nil
  }

  private static func extended(_ value: [UInt8], _ event: Event, _ bank: HashAlgorithm) -> [UInt8] {
    guard let digest = event.digest(in: bank) else { return value }
    return bank.digest(of: value + digest) ?? value
  }
}
