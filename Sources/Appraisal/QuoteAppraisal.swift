import Digests
import QuoteVerification
import TPMStructures

/// What a rule about one quote says: its checks, and findings that still lack host, boot and capture.
public struct QuoteOutcome: Equatable, Sendable {
  public var checks: [AttestationResult.Check]
  public var findings: [Finding]

  init(_ checks: [AttestationResult.Check] = [], _ findings: [Finding] = []) {
    self.checks = checks
    self.findings = findings
  }
}

/// A verified statement with what the rules need to know beside it.
public struct QuoteCircumstances: Sendable {
  /// Something says that the statement is meant to be a quote.
  public var hasRoleOfQuote: Bool
  /// Nonces that the user says were sent; from outside the case.
  public var expectedNonces: [[UInt8]]
  /// Nonces archived with the quote, each with its file.
  public var archivedNonces: [(file: String, bytes: [UInt8])]
  /// Values that the replay gives for a quote whose PCR file is absent.
  public var replayedRegisters: RegisterValues?
  /// The logs give other values than the quoted ones although every quoted register has a log.
  public var isContradictedByReplay: Bool
  /// A nonce was sent, and this quote, which a system made for its own log, is of those that cannot answer one.
  public var leavesNonceOpen: Bool

  public init(
    hasRoleOfQuote: Bool, expectedNonces: [[UInt8]] = [], archivedNonces: [(file: String, bytes: [UInt8])] = [],
    replayedRegisters: RegisterValues? = nil, isContradictedByReplay: Bool = false, leavesNonceOpen: Bool = false
  ) {
    self.hasRoleOfQuote = hasRoleOfQuote
    self.expectedNonces = expectedNonces
    self.archivedNonces = archivedNonces
    self.replayedRegisters = replayedRegisters
    self.isContradictedByReplay = isContradictedByReplay
    self.leavesNonceOpen = leavesNonceOpen
  }
}

/// Runs every rule about quotes over one of them. All rules run, whatever the others say.
///
/// The five whole checks come first, in the order of `Check.Name`, then the finer ones.
public func appraise(_ quote: VerifiedQuote, _ circumstances: QuoteCircumstances) -> QuoteOutcome {
  let outcomes = [
    SignatureRule().appraise(quote),
    StructureRule().appraise(quote, circumstances),
    NonceRule().appraise(quote, circumstances),
    KeyRule().appraise(quote),
    RegisterDigestRule().appraise(quote, circumstances),
    WeakAlgorithmRule().appraise(quote),
  ]
  let checks = outcomes.flatMap(\.checks)
  return QuoteOutcome(
    checks.filter { $0.part == nil } + checks.filter { $0.part != nil }, outcomes.flatMap(\.findings))
}

extension VerifiedQuote {
  /// A statement of a TPM about something else than registers; nothing says that it was meant to be a quote.
  func isOtherStatement(_ circumstances: QuoteCircumstances) -> Bool {
    guard let attestation else { return false }
    return information == nil && !circumstances.hasRoleOfQuote && attestation.isGeneratedByTPM
  }

  var file: String { quote.file }
}
