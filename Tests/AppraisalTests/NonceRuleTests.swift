import ByteReading
import Digests
import Hashing
import QuoteVerification
import SampleEvidence
import TPMStructures
import Testing

@testable import Appraisal

@Suite struct NonceRuleTests {
  private let sent: [UInt8] = [1, 2, 3, 4]

  private func appraise(
    carried: [UInt8], expected: [[UInt8]] = [], archived: [[UInt8]] = []
  ) throws -> QuoteOutcome {
    var quote = MadeQuote("q.attest")
    quote.nonce = carried
    return NonceRule().appraise(
      try quote.verified(),
      QuoteCircumstances(
        hasRoleOfQuote: true, expectedNonces: expected, archivedNonces: archived.map { ("nonce.hex", $0) }))
  }

  @Test func theNonceThatWasSentPassesAmongOthers() throws {
    let outcome = try appraise(carried: sent, expected: [[9], sent])
    #expect(outcome.whole(.nonce) == .passed)
    #expect(outcome.findings.isEmpty)
    #expect(outcome.checks.first?.actual == "01020304")
  }

  @Test(arguments: [HashAlgorithm.sha1, .sha256, .sha384, .sha512])
  func aNonceMayBeCarriedAsItsHash(algorithm: HashAlgorithm) throws {
    let outcome = try appraise(carried: try #require(algorithm.digest(of: sent)), expected: [sent])
    #expect(outcome.whole(.nonce) == .passed)
    #expect(outcome.checks.first?.message == "The nonce that was sent, as its \(algorithm.name) hash.")
  }

  @Test(arguments: [[], [1, 2, 3], [1, 2, 3, 4, 0], [1, 2, 3, 5]] as [[UInt8]])
  func anyOtherNonceIsAMismatch(carried: [UInt8]) throws {
    let outcome = try appraise(carried: carried, expected: [sent])
    #expect(outcome.whole(.nonce) == .failed)
    #expect(outcome.codes == ["quote.nonce-mismatch"])
    #expect(outcome.findings.first?.effect == .untrusted)
    #expect(outcome.findings.first?.expected == "01020304")
  }

  /// The hash of nothing is well known.
  @Test func anEmptyNonceIsNotAnsweredByAHashOfNothing() throws {
    let hash = try #require(HashAlgorithm.sha256.digest(of: []))
    #expect(try appraise(carried: hash, expected: [[]]).whole(.nonce) == .failed)
    #expect(try appraise(carried: [], expected: [[]]).whole(.nonce) == .passed)
  }

  @Test func aNonceFromOutsideDecidesWhateverWasArchived() throws {
    #expect(try appraise(carried: sent, expected: [[9]], archived: [sent]).whole(.nonce) == .failed)
    #expect(try appraise(carried: sent, expected: [sent], archived: [[9]]).whole(.nonce) == .passed)
  }

  @Test func anArchivedNonceThatAgreesDoesNotShowFreshness() throws {
    let outcome = try appraise(carried: sent, archived: [[9], sent])
    #expect(outcome.whole(.nonce) == .undetermined)
    #expect(outcome.codes == ["quote.nonce-unknown"])
    #expect(outcome.findings.first?.effect == Effect.none)
    #expect(outcome.findings.first?.message.contains("archived with the quote") == true)
  }

  @Test func anArchivedNonceThatDiffersIsAMismatchThatNamesItsFile() throws {
    let outcome = try appraise(carried: sent, archived: [[9]])
    #expect(outcome.codes == ["quote.nonce-mismatch"])
    #expect(outcome.findings.first?.message == "The quote carries another nonce than nonce.hex.")
  }

  @Test func withoutAnyNonceToCompareFreshnessIsUnknown() throws {
    #expect(try appraise(carried: sent).checks.map(\.message) == ["Missing: the nonce that was sent."])
    let empty = try appraise(carried: [])
    #expect(empty.checks.map(\.message) == ["The quote carries no nonce."])
    #expect(empty.checks.map(\.actual) == ["none"])
    #expect(empty.codes == ["quote.nonce-unknown"])
  }

  @Test func aStatementThatIsNoQuoteAndAnUnreadableOneAreNotJudged() throws {
    let statement = try attestation(MadeQuote("c.attest").certification)
    let error = ParseError(file: "q", offset: 0, field: "f", expected: "a", found: "b")
    let parts: [(UnverifiedQuote.Part<Attestation>, AttestationResult.Check.Outcome)] = [
      (.present(statement), .notApplicable), (.unreadable(error), .undetermined), (.absent, .undetermined),
    ]
    for (part, expected) in parts {
      let quote = QuoteVerifier(ring: KeyRing([]), anchors: [])
        .verify(UnverifiedQuote(file: "c.attest", attestation: part), at: nil)
      let circumstances = QuoteCircumstances(hasRoleOfQuote: false, expectedNonces: [[1]])
      let outcome = NonceRule().appraise(quote, circumstances)
      #expect(outcome.whole(.nonce) == expected)
      #expect(outcome.findings.isEmpty)
    }
  }
}
