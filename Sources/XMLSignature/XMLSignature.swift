import ByteReading
import CXMLSignature

/// What became of the signature that an XML document carries in itself.
///
/// Source: XML Signature Syntax and Processing 1.1, section 4.5; only the form that TCG RIMs use: one enveloped signature below
/// the root over the whole document, SHA-2, RSA PKCS#1 1.5 or ECDSA.
public enum XMLSignatureOutcome: Equatable, Sendable {
  case valid
  /// Valid over the document without its text nodes of blanks only. Makers of RIMs sign that form and then indent the file;
  /// read strictly, the signature is not valid.
  case validWithoutBlanks
  case unsigned
  /// The document is not what was signed.
  case digestDiffers
  /// The document is what was signed, by another key.
  case keyDiffers
  /// The signature leaves parts of the document out or uses what is not accepted; says what.
  case refused(String)
  /// Not well-formed, or with a DOCTYPE; says what.
  case malformed(String)

  /// Whether the key made the signature, in either form.
  public var isValid: Bool { self == .valid || self == .validWithoutBlanks }
}

/// Verifies the signature of `document` with a public key, the DER of a SubjectPublicKeyInfo.
///
/// No key that the document brings is looked at, and nothing outside of the document is opened.
public func verifyXMLSignature(of document: [UInt8], with key: [UInt8]) -> XMLSignatureOutcome {
  let strict = verification(document, key, withoutBlanks: false)
  guard case .digestDiffers = strict else { return strict }
  let lenient = verification(document, key, withoutBlanks: true)
  return lenient == .valid ? .validWithoutBlanks : lenient
}

private func verification(_ document: [UInt8], _ key: [UInt8], withoutBlanks: Bool) -> XMLSignatureOutcome {
  var message = [UInt8](repeating: 0, count: 256)
  // Safe: the three buffers live through the call, which keeps none of them and writes no more than `message` holds.
  let outcome = unsafe document.withUnsafeBufferPointer { document in
    unsafe key.withUnsafeBufferPointer { key in
      unsafe message.withUnsafeMutableBytes { message in
        unsafe cxmlsig_verify(
          document.baseAddress, document.count, key.baseAddress, key.count, withoutBlanks ? 1 : 0,
          message.baseAddress?.assumingMemoryBound(to: CChar.self), message.count)
      }
    }
  }
  let reason = escapedText(message.prefix { $0 != 0 })
  switch Int(outcome) {
  case Int(CXMLSIG_VALID): return .valid
  case Int(CXMLSIG_UNSIGNED): return .unsigned
  case Int(CXMLSIG_DIGEST_DIFFERS): return .digestDiffers
  case Int(CXMLSIG_VALUE_DIFFERS): return .keyDiffers
  case Int(CXMLSIG_MALFORMED): return .malformed(reason)
  default: return .refused(reason)
  }
}
