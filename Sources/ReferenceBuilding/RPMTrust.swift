import Digests
import ReferenceManifests

/// What signatures and digests of RPM headers mean for a manifest.
enum RPMTrust {
  /// One good signature of several is enough; a bad one is always a problem. Where none is good, each says why.
  static func problems(of signatures: [SourceSignature], source: String, subject: String?) -> [ReferenceProblem] {
    guard !signatures.isEmpty else {
      return [ReferenceProblem(.unsigned, source: source, subject: subject, message: "Nothing signs the header.")]
    }
    let isVouchedFor = signatures.contains { $0.status == .good }
    return signatures.compactMap { signature in
      guard !isVouchedFor || signature.status == .bad, let kind = problemKind(signature.status) else { return nil }
      return ReferenceProblem(
        kind, source: source, subject: subject, message: joined(sentence(signature.status), signature.detail),
        actual: [signature.scheme, signature.key].filter { !$0.isEmpty }.joined(separator: ", key "))
    }
  }

  private static func problemKind(_ status: SourceSignature.Status) -> ReferenceProblem.Kind? {
    switch status {
    case .good: nil
    case .keyExpired: .keyExpired
    case .keyRevoked: .keyRevoked
    case .weak: .signatureInvalid
    case .bad: .signatureInvalid
    case .keyMissing: .keyMissing
    case .unsupported: .signatureUnsupported
    }
  }

  private static func sentence(_ status: SourceSignature.Status) -> String {
    switch status {
    case .good: "The signature holds."
    case .keyExpired: "The key had expired when it signed."
    case .keyRevoked: "The key that signed is revoked."
    case .weak: "The signature holds, but its algorithms are too weak to show anything."
    case .bad: "The signature does not hold."
    case .keyMissing: "None of the given keys made the signature."
    case .unsupported: "The signature cannot be verified here."
    }
  }

  static func problem(of digest: RPMHeaderDigest, source: String, subject: String?) -> ReferenceProblem {
    ReferenceProblem(
      .payloadDiffers, source: source, subject: subject,
      message: "The header does not have the \(digest.algorithm.name) that goes with it.", expected: digest.recorded,
      actual: digest.calculated)
  }

  static func joined(_ first: String, _ second: String) -> String {
    [first, second].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
