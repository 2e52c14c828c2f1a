import ByteReading
import Digests
import Hashing
import PublicKeys
import TPMStructures

/// Verifies statements with the keys and anchors of one run.
public struct QuoteVerifier: Sendable {
  let ring: KeyRing
  let anchors: [Certificate]

  public init(ring: KeyRing, anchors: [Certificate]) {
    self.ring = ring
    self.anchors = anchors
  }

  /// - parameter time: when the statement was collected, seconds since 1970-01-01 UTC; nil when nobody says.
  /// - parameter isLocal: whether a key belongs to the host of the statement. Any key may verify it, but only the
  ///   failure of the host's own keys says that the signature is bad.
  public func verify(
    _ quote: UnverifiedQuote, at time: Int64?,
    isLocal: (KnownKey) -> Bool = { _ in true }
  ) -> VerifiedQuote {
    let (signature, key) = verifySignature(of: quote, isLocal: isLocal)
    return VerifiedQuote(
      quote: quote, signature: signature, key: key,
      name: key.flatMap { key in quote.attestation.value.map { name(of: key, signed: $0.qualifiedSigner) } },
      trust: key.map { trust(in: $0, at: time) },
      registers: registers(of: quote))
  }

  // MARK: Signature

  private func verifySignature(
    of quote: UnverifiedQuote, isLocal: (KnownKey) -> Bool
  ) -> (VerifiedQuote.SignatureOutcome, KnownKey?) {
    guard let attestation = quote.attestation.value else { return (.missing, nil) }
    let attempts: [Attempt]
    switch quote.signature {
    case .absent: return (.missing, nil)
    case .unreadable(let error): return (.unreadable(error), nil)
    case .present(.unsupported(let scheme)): return (.unsupported(scheme: scheme), nil)
    case .present(let signature):
      // With a hash that nobody here knows, a signature is neither good nor bad.
      if let scheme = signature.schemeOfUnknownHash { return (.unsupported(scheme: scheme), nil) }
      attempts = Self.attempts(signature)
    }
    let named = ring.key(withQualifiedName: attestation.qualifiedSigner)
    // The named key first: most statements cost one verification, however many keys the case holds.
    let keys = (named.map { [$0] } ?? []) + ring.keys
    for key in keys {
      for attempt in attempts where key.key.isRSA == (attempt.scheme != .ecdsa) {
        if case .verifies(let salt) = key.key.verify(
          attempt.bytes, scheme: attempt.scheme, hash: attempt.hash, message: attestation.signedBytes)
        {
          return (.verifies(.init(scheme: attempt.scheme, hash: attempt.hash, saltLength: salt)), key)
        }
      }
    }
    if let named { return (.invalid(triedKeys: 1), named) }
    let candidates = ring.keys.filter { key in
      isLocal(key) && key.isKnownForAttestation && attempts.contains { key.fits($0.scheme, $0.hash) }
    }
    if candidates.isEmpty { return (.noKey, nil) }
    return (.invalid(triedKeys: candidates.count), nil)
  }

  private struct Attempt {
    var scheme: SignatureScheme
    var hash: HashAlgorithm
    var bytes: [UInt8]
  }

  /// How a signature may be read. A bare one tells neither scheme nor hash, so all of them are tried.
  private static func attempts(_ signature: Signature) -> [Attempt] {
    func one(_ scheme: SignatureScheme, _ raw: UInt16, _ bytes: [UInt8]) -> [Attempt] {
      guard let hash = HashAlgorithm(rawValue: raw) else { return [] }
      return [Attempt(scheme: scheme, hash: hash, bytes: bytes)]
    }
    switch signature {
    case .rsassa(let hash, let bytes): return one(.rsassa, hash, bytes)
    case .rsapss(let hash, let bytes): return one(.rsapss, hash, bytes)
    // Numbers longer than any curve's make no signature, so it verifies with no key.
    case .ecdsa(let hash, let r, let s): return one(.ecdsa, hash, ecdsaSignature(r: r, s: s) ?? [])
    case .bare(let bytes):
      return [SignatureScheme.rsassa, .rsapss, .ecdsa].flatMap { scheme in
        [HashAlgorithm.sha256, .sha1, .sha384, .sha512].map { Attempt(scheme: scheme, hash: $0, bytes: bytes) }
      }
    case .unsupported: return []
    }
  }

  // MARK: Key

  private func name(of key: KnownKey, signed qualifiedName: [UInt8]) -> VerifiedQuote.NameOutcome {
    if let named = ring.key(withQualifiedName: qualifiedName) {
      if named.key == key.key { return .matches }
      return .differs(
        expected: "a qualified name of the key that signed (SHA-256 \(hexText(key.fingerprint)))",
        actual: "\(hexText(qualifiedName)), which is that of \(named.files.joined(separator: ", "))")
    }
    if key.publicAreas.isEmpty {
      return .notComputable(missing: "the key's TPM public area, which its name is made of")
    }
    let algorithms = key.publicAreas.map { [UInt8($0.rawNameAlgorithm >> 8), UInt8($0.rawNameAlgorithm & 0xff)] }
    if !algorithms.contains(where: { qualifiedName.starts(with: $0) }) {
      return .differs(
        expected: "a qualified name made with hash \(algorithms.map { "0x" + hexText($0) }.joined(separator: " or "))",
        actual: hexText(qualifiedName))
    }
    return .notComputable(missing: "the public area of the key's parent, which its qualified name is made of")
  }

  private func trust(in key: KnownKey, at time: Int64?) -> VerifiedQuote.TrustOutcome {
    if key.isPinned { return .pinned }
    if anchors.isEmpty { return .unanchored(missing: "a trust anchor (--trust-anchor) or a pinned key (--key)") }
    if key.certificates.isEmpty { return .unanchored(missing: "a certificate of the key") }
    let outcomes = key.certificates.map { trust(in: $0, at: time) }
    return outcomes.min { rank($0) < rank($1) } ?? .unanchored(missing: "a certificate of the key")
  }

  private func trust(in certificate: Certificate, at time: Int64?) -> VerifiedQuote.TrustOutcome {
    let subject = certificate.subject
    let others = ring.certificates.filter { $0 != certificate }
    switch verifyChain(of: certificate, over: others, to: anchors, at: nil) {
    case .refused(let reason): return .refused(certificate: subject, reason)
    case .incomplete(let reason): return .unanchored(missing: "an issuer: \(reason)")
    case .outsideValidity(let reason): return .expired(certificate: subject, reason)
    case .holds: break
    }
    guard certificate.namesAttestation else {
      return .unanchored(
        missing: "a certificate that names the use of attestation keys (2.23.133.8.3); that of \(subject) names none")
    }
    guard let time else { return .validityUndetermined(certificate: subject) }
    switch verifyChain(of: certificate, over: others, to: anchors, at: time) {
    case .holds: return .anchored(certificate: subject)
    case .outsideValidity(let reason): return .expired(certificate: subject, reason)
    case .incomplete(let reason): return .unanchored(missing: "an issuer: \(reason)")
    case .refused(let reason): return .refused(certificate: subject, reason)
    }
  }

  /// One good certificate is enough, so the best outcome of all counts.
  private func rank(_ outcome: VerifiedQuote.TrustOutcome) -> Int {
    switch outcome {
    case .pinned: 0
    case .anchored: 1
    case .validityUndetermined: 2
    case .expired: 3
    case .refused: 4
    case .unanchored: 5
    }
  }

  // MARK: Registers

  private func registers(of quote: UnverifiedQuote) -> VerifiedQuote.RegisterOutcome? {
    guard case .quote(let information)? = quote.attestation.value?.attested else { return nil }
    if information.selection.isEmpty { return .emptySelection }
    let values: RegisterValues
    switch quote.registers {
    case .absent: return .notSupplied
    case .unreadable(let error): return .unreadable(error.description)
    case .present(.labelled(let file)):
      guard file.selection.selectsSame(as: information.selection) else {
        return .otherSelection(labelled: file.selection)
      }
      values = file.registerValues
    case .present(.listed(let all)):
      var selected = RegisterValues()
      for (bank, register) in information.selection.order {
        guard let bank, let value = all[bank, register] else {
          return .unreadable("it lacks PCR \(register) of the signed selection")
        }
        selected[bank, register] = value
      }
      values = selected
    case .present(.bare(let bytes)):
      guard let split = registerValues(ofBareValues: bytes, selection: information.selection) else {
        return .unreadable("\(bytes.count) bytes do not fit the signed selection")
      }
      values = split
    }
    guard let algorithm = VerifiedQuote.digestAlgorithm(quote) else {
      return .notComputable("the hash of the signature scheme is not known")
    }
    guard let digest = pcrDigest(of: values, selection: information.selection, algorithm: algorithm) else {
      return .notComputable("a bank of the selection is not known")
    }
    return digest == information.digest ? .hashToDigest(values) : .differ(expected: information.digest, actual: digest)
  }
}

/// The digest that a TPM makes of register values: their hash one after another in the order of the selection.
///
/// Nil when a selected value is not there or its bank is unknown.
///
/// Source: TPM 2.0 Library, Part 1, section 17.6.1, "Attesting to PCR".
public func pcrDigest(
  of values: RegisterValues, selection: RegisterSelection, algorithm: HashAlgorithm
) -> [UInt8]? {
  var all: [UInt8] = []
  for (bank, register) in selection.order {
    guard let bank, let value = values[bank, register] else { return nil }
    all += value
  }
  return algorithm.digest(of: all)
}
