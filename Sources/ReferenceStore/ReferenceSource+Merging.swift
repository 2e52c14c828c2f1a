import ReferenceManifests

extension ReferenceSource {
  /// What two readings of the same bytes say together. The order of the two has no influence.
  func merged(with other: ReferenceSource) -> ReferenceSource {
    guard self != other else { return self }
    var merged = self
    merged.path = min(path, other.path)
    merged.vouchedBy = [vouchedBy, other.vouchedBy].compactMap { $0 }.min { $0.lexicographicallyPrecedes($1) }
    merged.date = [date, other.date].compactMap { $0 }.min()
    merged.validUntil = [validUntil, other.validUntil].compactMap { $0 }.min()
    merged.distribution = max(distribution, other.distribution)
    if signatures.isEmpty {
      merged.signatures = other.signatures
    } else if !other.signatures.isEmpty, signatures != other.signatures {
      merged.signatures = Self.merged(signatures + other.signatures)
    }
    return merged
  }

  /// Each signature once. One that was verified in one run and lacked its key in another was verified; one whose key was
  /// revoked in any run is no good one.
  private static func merged(_ signatures: [SourceSignature]) -> [SourceSignature] {
    var best: [String: SourceSignature] = [:]
    for signature in signatures {
      // The key is known by its fingerprint once it is there, and before that by the last digits of it.
      let name = "\(signature.key.suffix(16)) \(signature.createdAt ?? "")"
      if let known = best[name], !signature.saysMore(than: known) { continue }
      best[name] = signature
    }
    return best.sorted { $0.key < $1.key }.map(\.value)
  }
}

extension SourceSignature {
  fileprivate func saysMore(than other: SourceSignature) -> Bool {
    if (status == .keyRevoked) != (other.status == .keyRevoked) { return status == .keyRevoked }
    if (status == .keyMissing) != (other.status == .keyMissing) { return other.status == .keyMissing }
    return "\(status.rawValue) \(scheme) \(key) \(signer) \(detail)"
      < "\(other.status.rawValue) \(other.scheme) \(other.key) \(other.signer) \(other.detail)"
  }
}
