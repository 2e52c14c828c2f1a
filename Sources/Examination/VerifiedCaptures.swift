import Appraisal
import ByteReading
import EvidenceIntake
import PublicKeys
import QuoteVerification
import TPMStructures

/// A capture whose statements were verified.
struct VerifiedCapture: Sendable {
  var capture: DiscoveredCapture
  var quotes: [Statement]
  /// RFC 3339, the collector's word.
  var collectedAt: String?
  var time: Int64?

  struct Statement: Sendable {
    var quote: VerifiedQuote
    var hasRoleOfQuote: Bool
    var expectedNonces: [[UInt8]]
    var archivedNonces: [(file: String, bytes: [UInt8])]
  }
}

/// Step 5: the keys of the case and of the command line in one ring, and every statement verified with it.
struct VerifiedCaptures: Sendable {
  let captures: [VerifiedCapture]
  let ring: KeyRing

  init(_ captures: [DiscoveredCapture], evidence: EvidenceSet, statements: CaseStatements, trust: TrustInput) {
    let ring = KeyRing(trust.pinned + evidence.files.flatMap { keySources($0.content, file: $0.path) })
    let verifier = QuoteVerifier(ring: ring, anchors: trust.anchors)
    let tops = Set(captures.map(\.topFolder))
    self.ring = ring
    let first = captures.map { capture in
      let text = statements.collectedAt(capture.folder) ?? trust.collectedAtText
      let time = text.flatMap(secondsSinceEpoch) ?? trust.asOf
      let isLocal = { (key: KnownKey) in
        key.isPinned
          || key.files.contains { file in
            let top = file.split(separator: "/").count > 1 ? String(file.split(separator: "/")[0]) : ""
            // Keys in a folder of their own belong to nobody else.
            return top == capture.topFolder || !tops.contains(top)
          }
      }
      var quotes = capture.quotes.map { discovered in
        verifier.verify(discovered.quote, at: time, isLocal: isLocal)
      }
      Self.pairByVerifying(
        &quotes, capture: capture, evidence: evidence, verifier: verifier, time: time, isLocal: isLocal)
      return VerifiedCapture(
        capture: capture,
        quotes: zip(quotes, capture.quotes).map { quote, discovered in
          VerifiedCapture.Statement(
            quote: quote, hasRoleOfQuote: discovered.hasRoleOfQuote || quote.quote.registerFile != nil,
            expectedNonces: trust.nonces + [statements.expectedNonce(capture.folder)].compactMap { $0 },
            archivedNonces: Self.archivedNonces(capture, quote.quote.file, statements))
        }, collectedAt: text, time: text.flatMap(secondsSinceEpoch))
    }
    self.captures = Self.withAbsentSigners(first)
  }

  /// A name that several statements carry, none of which any key verified, is that of a key that is not archived.
  ///
  /// One statement alone whose name and signature fit nothing is taken for altered.
  private static func withAbsentSigners(_ captures: [VerifiedCapture]) -> [VerifiedCapture] {
    var counts: [[UInt8]: Int] = [:]
    var known: Set<[UInt8]> = []
    for statement in captures.flatMap(\.quotes) {
      guard let signer = statement.quote.attestation?.qualifiedSigner else { continue }
      counts[signer, default: 0] += 1
      if case .verifies = statement.quote.signature { known.insert(signer) }
    }
    return captures.map { capture in
      var capture = capture
      for index in capture.quotes.indices {
        let quote = capture.quotes[index].quote
        guard let signer = quote.attestation?.qualifiedSigner, counts[signer, default: 0] > 1, !known.contains(signer)
        else { continue }
        capture.quotes[index].quote = quote.withAbsentSigner
      }
      return capture
    }
  }

  /// A nonce file of the quote's own stem, else the ones that are no other quote's, else the description's claim.
  private static func archivedNonces(
    _ capture: DiscoveredCapture, _ quote: String, _ statements: CaseStatements
  ) -> [(file: String, bytes: [UInt8])] {
    func stem(_ path: String) -> String {
      let name = path.split(separator: "/").last ?? ""
      return String(name.split(separator: ".").first ?? "")
    }
    let own = capture.nonces.filter { stem($0.file) == stem(quote) }
    if !own.isEmpty { return own }
    let stems = Set(capture.quotes.map { stem($0.quote.file) })
    let common = capture.nonces.filter { !stems.contains(stem($0.file)) }
    if !common.isEmpty { return common }
    return statements.claimedNonce(capture.folder).map { [("inquest.yaml", $0)] } ?? []
  }

  /// Statements that no signature was found for by name: a signature of the folder that verifies is theirs.
  private static func pairByVerifying(
    _ quotes: inout [VerifiedQuote], capture: DiscoveredCapture, evidence: EvidenceSet, verifier: QuoteVerifier,
    time: Int64?, isLocal: (KnownKey) -> Bool
  ) {
    let used = Set(quotes.compactMap(\.quote.signatureFile))
    let usedRegisters = Set(quotes.compactMap(\.quote.registerFile))
    for index in quotes.indices where quotes[index].quote.signatureFile == nil {
      for file in evidence.files where file.folder == capture.folder && !used.contains(file.path) {
        guard case .signature(let signature) = file.content else { continue }
        var attempt = quotes[index].quote
        attempt.signatureFile = file.path
        attempt.signature = .present(signature)
        let verified = verifier.verify(attempt, at: time, isLocal: isLocal)
        if case .verifies = verified.signature {
          quotes[index] = verified
          break
        }
      }
    }
    for index in quotes.indices where quotes[index].quote.registerFile == nil && quotes[index].information != nil {
      for file in evidence.files where file.folder == capture.folder && !usedRegisters.contains(file.path) {
        guard case .registerFile(let registers) = file.content else { continue }
        var attempt = quotes[index].quote
        attempt.registerFile = file.path
        attempt.registers = .present(.labelled(registers))
        let verified = verifier.verify(attempt, at: time, isLocal: isLocal)
        if case .hashToDigest? = verified.registers {
          quotes[index] = verified
          break
        }
      }
    }
  }
}
