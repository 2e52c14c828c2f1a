import ByteReading
import Digests
import PublicKeys
import TPMStructures

/// The files of one statement, parsed but not yet believed.
public struct UnverifiedQuote: Sendable {
  public enum Part<Value: Sendable>: Sendable {
    case absent
    case unreadable(ParseError)
    case present(Value)

    public var value: Value? {
      if case .present(let value) = self { value } else { nil }
    }
  }

  public var file: String
  public var attestation: Part<Attestation>
  public var signatureFile: String?
  public var signature: Part<Signature>
  public var registerFile: String?
  public var registers: Part<RegisterPart>

  /// What a PCR file may be.
  public enum RegisterPart: Sendable {
    /// It labels its values itself, in the order of a selection.
    case labelled(RegisterFile)
    /// Values by bank and register, among which those of the signed selection are taken.
    case listed(RegisterValues)
    /// Values only; the signed selection labels them.
    case bare([UInt8])
  }

  public init(
    file: String, attestation: Part<Attestation>, signatureFile: String? = nil, signature: Part<Signature> = .absent,
    registerFile: String? = nil, registers: Part<RegisterPart> = .absent
  ) {
    self.file = file
    self.attestation = attestation
    self.signatureFile = signatureFile
    self.signature = signature
    self.registerFile = registerFile
    self.registers = registers
  }
}

/// A statement with everything that was verified about it. Only `QuoteVerifier` makes one.
public struct VerifiedQuote: Sendable {
  /// Who signed, as far as it is proven.
  public enum SignatureOutcome: Equatable, Sendable {
    case verifies(SignatureUse)
    /// No signature beside the statement.
    case missing
    /// The signature file cannot be read.
    case unreadable(ParseError)
    /// The key that ought to have signed did not, nor did any other known key that fits.
    case invalid(triedKeys: Int)
    /// No key that could have signed is known.
    case noKey
    /// A scheme that cannot be verified by others, or a hash that we do not know.
    case unsupported(scheme: UInt16)
  }

  public struct SignatureUse: Equatable, Sendable {
    public var scheme: SignatureScheme
    public var hash: HashAlgorithm
    /// Bytes; RSAPSS only.
    public var saltLength: Int?
  }

  /// Does the signed qualified name belong to the key?
  public enum NameOutcome: Equatable, Sendable {
    case matches
    /// The statement names another known key, or the name is of another algorithm than the key's.
    case differs(expected: String, actual: String)
    /// What is missing to compute it.
    case notComputable(missing: String)
  }

  /// Why the key is to be believed.
  public enum TrustOutcome: Equatable, Sendable {
    case pinned
    case anchored(certificate: String)
    /// The chain holds but for the validity periods, which cannot be judged without a time.
    case validityUndetermined(certificate: String)
    case expired(certificate: String, String)
    case refused(certificate: String, String)
    /// What is missing: an anchor, a certificate, an issuer.
    case unanchored(missing: String)
  }

  /// The quoted digest against the archived values.
  public enum RegisterOutcome: Equatable, Sendable {
    case hashToDigest(RegisterValues)
    case differ(expected: [UInt8], actual: [UInt8])
    /// The file labels other registers than the signature covers.
    case otherSelection(labelled: RegisterSelection)
    case unreadable(String)
    /// Nothing is selected, so the digest says nothing about any register.
    case emptySelection
    case notSupplied
    /// A bank of the selection, or the hash, is unknown here.
    case notComputable(String)
  }

  public let quote: UnverifiedQuote
  public private(set) var signature: SignatureOutcome
  public let key: KnownKey?
  public let name: NameOutcome?
  public let trust: TrustOutcome?
  public let registers: RegisterOutcome?

  public var attestation: Attestation? { quote.attestation.value }

  public var information: QuoteInformation? {
    if case .quote(let information)? = attestation?.attested { information } else { nil }
  }

  /// Signed, by the key it names as far as that can be told, and a well-formed quote of a TPM. Says nothing about
  /// whether the key is to be trusted.
  public var isAuthentic: Bool {
    guard case .verifies = signature, let attestation, attestation.isGeneratedByTPM, information != nil else {
      return false
    }
    if case .differs? = name { return false }
    return true
  }

  /// Hash that made the PCR digest: that of the signature's scheme, or the one of the digest's size.
  public var digestAlgorithm: HashAlgorithm? { Self.digestAlgorithm(quote) }

  static func digestAlgorithm(_ quote: UnverifiedQuote) -> HashAlgorithm? {
    if let hash = quote.signature.value?.hash { return hash }
    guard case .quote(let information)? = quote.attestation.value?.attested else { return nil }
    return [HashAlgorithm.sha1, .sha256, .sha384, .sha512].first { $0.digestByteCount == information.digest.count }
  }

  /// The same, after it became known that the key that signed is not archived: that the others did not sign then says
  /// nothing. A signature that the named key did not make stays invalid.
  public var withAbsentSigner: VerifiedQuote {
    var quote = self
    if case .invalid = signature, key == nil { quote.signature = .noKey }
    return quote
  }

  /// Values that hash to the signed digest.
  public var provenRegisters: RegisterValues? {
    if case .hashToDigest(let values)? = registers { values } else { nil }
  }
}

extension Signature {
  /// Hash of the signature scheme; nil for a bare signature and for schemes we do not know.
  var hash: HashAlgorithm? {
    switch self {
    case .rsassa(let hash, _), .rsapss(let hash, _), .ecdsa(let hash, _, _): HashAlgorithm(rawValue: hash)
    case .unsupported, .bare: nil
    }
  }

  /// The scheme's number when the hash is one that we do not know.
  var schemeOfUnknownHash: UInt16? {
    guard hash == nil else { return nil }
    return switch self {
    case .rsassa: SignatureScheme.rsassa.rawValue
    case .rsapss: SignatureScheme.rsapss.rawValue
    case .ecdsa: SignatureScheme.ecdsa.rawValue
    case .unsupported, .bare: nil
    }
  }
}
