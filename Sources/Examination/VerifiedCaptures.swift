import Appraisal
import ByteReading
import Correlation
import EvidenceIntake
import PublicKeys
import QuoteVerification
import TCGEventLog
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
    /// The record of an event log that holds it; nil for a file of its own. Nobody sent a nonce for such a quote: what it
    /// carries is a time.
    var record: Int?
    /// The user sent a nonce, and no quote of a trusted key is there that could answer it but those in logs.
    var leavesNonceOpen = false
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
    let documents = Set(evidence.files.filter { if case .document = $0.content { true } else { false } }.map(\.path))
    self.ring = ring
    let first = captures.map { capture in
      let text = statements.collectedAt(capture.folder, commandLine: trust.collectedAtText)
      let time = text.flatMap(secondsSinceEpoch) ?? trust.asOf
      let isLocal = { (key: KnownKey) in
        key.isPinned
          || key.files.contains { file in
            let folder = parentFolder(of: file)
            // What another tool wrote as one document has its key in it or beside it.
            if documents.contains(capture.folder) {
              return folder == capture.folder || folder == parentFolder(of: capture.folder)
            }
            let top = evidence.topFolder(of: folder)
            // Keys in a folder of their own belong to nobody else.
            return top == capture.topFolder || !tops.contains(top)
          }
      }
      var quotes = capture.quotes.map { discovered in
        verifier.verify(discovered.quote, at: time, isLocal: isLocal)
      }
      Self.pairByVerifying(
        &quotes, capture: capture, evidence: evidence, verifier: verifier, time: time, isLocal: isLocal)
      let nonces = FolderNonces(capture, statements, quotes)
      return VerifiedCapture(
        capture: capture,
        quotes: zip(quotes, capture.quotes).map { quote, discovered in
          VerifiedCapture.Statement(
            quote: quote, hasRoleOfQuote: discovered.hasRoleOfQuote || quote.quote.registerFile != nil,
            expectedNonces: [],
            archivedNonces: Self.archivedNonces(of: quote, in: nonces))
        } + Self.quotesInLogs(of: capture, evidence, verifier, time: time, isLocal: isLocal), collectedAt: text,
        time: text.flatMap(secondsSinceEpoch))
    }
    let answers = AnsweredNonces(first.flatMap(\.quotes).map(\.quote))
    // A quote of nobody's key beside it answers for nobody.
    let leavesNonceOpen =
      !trust.nonces.isEmpty
      && !first.contains { capture in
        capture.quotes.contains { $0.record == nil && $0.quote.isAuthentic && $0.quote.isOfTrustedKey }
      }
    self.captures = Self.withAbsentSigners(first).map { capture in
      var capture = capture
      for index in capture.quotes.indices where capture.quotes[index].record != nil {
        capture.quotes[index].leavesNonceOpen = leavesNonceOpen
      }
      for index in capture.quotes.indices where capture.quotes[index].record == nil {
        capture.quotes[index].expectedNonces = Self.expected(
          trust, statements, capture.capture, capture.quotes[index].quote, answers)
      }
      return capture
    }
  }

  /// The quotes that Windows put into the event logs of a capture, those whose signature a known key made. The others
  /// prove nothing, and condemn nothing: their keys stay on their machines.
  private static func quotesInLogs(
    of capture: DiscoveredCapture, _ evidence: EvidenceSet, _ verifier: QuoteVerifier, time: Int64?,
    isLocal: (KnownKey) -> Bool
  ) -> [VerifiedCapture.Statement] {
    capture.eventLogs.flatMap { index -> [VerifiedCapture.Statement] in
      let file = evidence.files[index]
      guard case .eventLog(let log) = file.content, file.duplicateOf == nil else { return [] }
      return log.value.trustPoints.prefix(16).compactMap { point in
        let name = trustPointName(file.path, point.record)
        guard let quote = TrustPointCheck.unverifiedQuote(point, name: name, file: file.path) else { return nil }
        let verified = verifier.verify(quote, at: time, isLocal: isLocal)
        guard case .verifies = verified.signature else { return nil }
        return VerifiedCapture.Statement(
          quote: verified, hasRoleOfQuote: true, expectedNonces: [], archivedNonces: [], record: point.record)
      }
    }
  }

  /// Nonces that some quote carries.
  private struct AnsweredNonces {
    private var byTrusted: Set<[UInt8]> = []
    private var byAny: Set<[UInt8]> = []

    init(_ quotes: [VerifiedQuote]) {
      for quote in quotes where quote.isAuthentic {
        guard let nonce = quote.attestation?.nonce else { continue }
        byAny.insert(nonce)
        if quote.isOfTrustedKey { byTrusted.insert(nonce) }
      }
    }

    /// Anybody can answer with a key of his own, so nothing but a trusted key answers in the place of a trusted one.
    func isAnswered(_ nonce: [UInt8], besides quote: VerifiedQuote) -> Bool {
      (quote.isOfTrustedKey ? byTrusted : byAny).contains(nonce)
    }
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

  /// The nonce that the user names for this capture; else those for the case, of which one that some quote answers says
  /// nothing about the others.
  private static func expected(
    _ trust: TrustInput, _ statements: CaseStatements, _ capture: DiscoveredCapture, _ quote: VerifiedQuote,
    _ answers: AnsweredNonces
  ) -> [[UInt8]] {
    if let own = statements.expectedNonce(capture.folder) { return [own] }
    let carried = quote.attestation?.nonce
    return trust.nonces.filter { $0 == carried || !answers.isAnswered($0, besides: quote) }
  }

  /// A nonce file of the quote's own stem, else the common ones of the folder, else the description's claim. A common
  /// nonce that another quote of the folder answers says nothing against this one.
  private static func archivedNonces(
    of quote: VerifiedQuote, in folder: FolderNonces
  ) -> [(file: String, bytes: [UInt8])] {
    if let own = folder.byStem[FolderNonces.stem(quote.quote.file)] { return own }
    // Text may be the nonce itself or some spelling of it, so it can only agree.
    func isText(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { (0x20..<0x7f).contains($0) } }
    let answered = quote.attestation?.nonce
    return folder.common.filter { nonce in
      nonce.bytes == answered || (!isText(nonce.bytes) && !folder.answered.contains(nonce.bytes))
    }
  }

  /// The nonces of one folder: those named like a quote, and the rest.
  private struct FolderNonces {
    var byStem: [String: [(file: String, bytes: [UInt8])]] = [:]
    var common: [(file: String, bytes: [UInt8])] = []
    /// Nonces that some quote of the folder carries.
    var answered: Set<[UInt8]>

    init(_ capture: DiscoveredCapture, _ statements: CaseStatements, _ quotes: [VerifiedQuote]) {
      let stems = Set(quotes.map { Self.stem($0.quote.file) })
      for nonce in capture.nonces {
        let stem = Self.stem(nonce.file)
        if stems.contains(stem) { byStem[stem, default: []].append(nonce) } else { common.append(nonce) }
      }
      if common.isEmpty, let claimed = statements.claimedNonce(capture.folder) { common = [("inquest.yaml", claimed)] }
      answered = Set(quotes.compactMap { $0.attestation?.nonce })
    }

    static func stem(_ path: String) -> String {
      let name = path.split(separator: "/").last ?? ""
      return String(name.split(separator: ".").first ?? "")
    }
  }

  /// Statements that no signature or PCR file was found for by name: one of the folder that verifies is theirs. Nothing is
  /// paired that does not fit, so a stray file condemns nothing. The attempts of one folder are bounded.
  private static func pairByVerifying(
    _ quotes: inout [VerifiedQuote], capture: DiscoveredCapture, evidence: EvidenceSet, verifier: QuoteVerifier,
    time: Int64?, isLocal: (KnownKey) -> Bool
  ) {
    let used = Set(quotes.compactMap(\.quote.signatureFile)).union(quotes.compactMap(\.quote.registerFile))
    let open = quotes.indices.filter {
      quotes[$0].quote.signatureFile == nil || quotes[$0].quote.registerFile == nil
    }
    guard !open.isEmpty else { return }
    var signatures: [(String, Signature)] = []
    var registerFiles: [(String, UnverifiedQuote.RegisterPart)] = []
    for file in evidence.files where file.folder == capture.folder && !used.contains(file.path) {
      switch file.content {
      case .signature(let signature): signatures.append((file.path, signature))
      case .registerFile(let registers): registerFiles.append((file.path, .labelled(registers)))
      case .registerListing(let listing): registerFiles.append((file.path, .listed(listing.values)))
      default: break
      }
    }
    var attempts = 0
    for index in open {
      for (path, signature) in signatures where quotes[index].quote.signatureFile == nil && attempts < 4096 {
        attempts += 1
        var attempt = quotes[index].quote
        attempt.signatureFile = path
        attempt.signature = .present(signature)
        let verified = verifier.verify(attempt, at: time, isLocal: isLocal)
        if case .verifies = verified.signature { quotes[index] = verified }
      }
      for (path, registers) in registerFiles
      where quotes[index].quote.registerFile == nil && quotes[index].information != nil && attempts < 4096 {
        attempts += 1
        var attempt = quotes[index].quote
        attempt.registerFile = path
        attempt.registers = .present(registers)
        let verified = verifier.verify(attempt, at: time, isLocal: isLocal)
        if case .hashToDigest? = verified.registers { quotes[index] = verified }
      }
    }
  }
}

private func parentFolder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

/// What a quote inside an event log is called among the quotes.
func trustPointName(_ file: String, _ record: Int) -> String { "\(file)#record-\(record)" }
