import COpenSSL

/// An X.509 certificate.
///
/// Source: RFC 5280; the use of attestation keys: TCG EK Credential Profile and AIK certificate OID 2.23.133.8.3.
public struct Certificate: Hashable, Sendable {
  /// The certificate alone: padding as some TPMs return it from NV is cut off.
  public let der: [UInt8]
  /// Where in `der` lies what its issuer signed, `tbsCertificate`; empty when it is not told.
  private let signedRange: Range<Int>
  /// RFC 2253 text, escaped.
  public let subject: String
  public let issuer: String
  /// Seconds since 1970-01-01 UTC.
  public let notBefore: Int64
  public let notAfter: Int64
  public let key: PublicKey
  /// The extended key usage is absent or names the use of attestation keys.
  public let allowsAttestation: Bool
  /// The extended key usage names the use of attestation keys.
  public let namesAttestation: Bool
  /// May issue certificates.
  public let isAuthority: Bool
  /// The key usage is absent or allows digital signatures.
  public let allowsSigning: Bool

  /// Reads DER; bytes of 0xff or 0x00 that follow it are padding.
  public init?(der bytes: [UInt8]) {
    guard bytes.first == 0x30, let found = readCertificate(bytes) else { return nil }
    let rest = bytes.dropFirst(found.byteCount)
    guard rest.allSatisfy({ $0 == 0xff }) || rest.allSatisfy({ $0 == 0 }) else { return nil }
    let cut = Array(bytes.prefix(found.byteCount))
    guard let key = PublicKey(certificate: cut) else { return nil }
    der = cut
    signedRange = found.signedRange.upperBound <= cut.count ? found.signedRange : 0..<0
    subject = found.subject
    issuer = found.issuer
    notBefore = found.notBefore
    notAfter = found.notAfter
    allowsAttestation = found.allowsAttestation
    allowsSigning = found.allowsSigning
    namesAttestation = found.namesAttestation
    isAuthority = found.isAuthority
    self.key = key
  }

  /// What the issuer signed, `tbsCertificate` in DER. Lists of revocations have its digest.
  public var signedPart: [UInt8] { Array(der[signedRange]) }

  public func isValid(at time: Int64) -> Bool { (notBefore...max(notBefore, notAfter)).contains(time) }
}

private struct CertificateFields {
  var byteCount: Int
  var signedRange: Range<Int>
  var subject: String
  var issuer: String
  var notBefore: Int64
  var notAfter: Int64
  var allowsAttestation: Bool
  var allowsSigning: Bool
  var namesAttestation: Bool
  var isAuthority: Bool
}

private func readCertificate(_ bytes: [UInt8]) -> CertificateFields? {
  var fields = cossl_certificate()
  // Safe: the bytes are passed with their count; the structure is filled by the callee.
  guard unsafe cossl_certificate_read(bytes, bytes.count, &fields) == 1 else { return nil }
  return CertificateFields(
    byteCount: fields.der_count, signedRange: fields.signed_start..<fields.signed_start + fields.signed_count,
    subject: text(of: fields.subject), issuer: text(of: fields.issuer),
    notBefore: fields.not_before, notAfter: fields.not_after, allowsAttestation: fields.attestation_use > 0,
    allowsSigning: fields.signs == 1, namesAttestation: fields.attestation_use == 2,
    isAuthority: fields.is_authority == 1)
}

/// The text of a C array of characters that ends with NUL; Swift sees such an array as a tuple.
private func text<Characters: BitwiseCopyable>(of characters: Characters) -> String {
  // Safe: only the bytes of the value itself are read.
  unsafe withUnsafeBytes(of: characters) { bytes in
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// What became of building a chain from a certificate to an anchor.
public enum ChainOutcome: Equatable, Sendable {
  case holds
  /// An issuer or the anchor is absent: nothing is proven either way.
  case incomplete(String)
  /// A certificate of the chain was outside its validity at the time asked about.
  case outsideValidity(String)
  /// The chain is wrong: a bad signature, an issuer that is no CA, another use.
  case refused(String)
}

/// Builds and verifies the chain of `leaf` over `others` to one of `anchors`.
///
/// `time` is in seconds since 1970-01-01 UTC; nil leaves validity periods alone.
///
/// Source: RFC 5280, section 6.
public func verifyChain(
  of leaf: Certificate, over others: [Certificate], to anchors: [Certificate], at time: Int64?
) -> ChainOutcome {
  var message = [CChar](repeating: 0, count: 256)
  var place = [CChar](repeating: 0, count: 512)
  let row = others.flatMap(\.der)
  let roots = anchors.flatMap(\.der)
  // Safe: every array is passed with its count; the two texts have the room the function asks for.
  let code = unsafe cossl_chain_verify(
    leaf.der, leaf.der.count, row, row.count, roots, roots.count, time == nil ? 0 : 1, time ?? 0, &message, &place)
  guard code != 0 else {
    if !leaf.allowsAttestation { return .refused("the extended key usage is for something else than attestation") }
    if !leaf.allowsSigning { return .refused("the key usage does not allow digital signatures") }
    return .holds
  }
  let subject = string(place)
  let sentence = string(message) + (subject.isEmpty ? "" : " (certificate \(subject))")
  switch cossl_chain_error_kind(code) {
  case 1: return .incomplete(sentence)
  case 2: return .outsideValidity(sentence)
  default: return .refused(sentence)
  }
}
