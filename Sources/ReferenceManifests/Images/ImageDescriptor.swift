/// One link of an image's chain: which blob is meant, and for what platform.
///
/// Source: OCI image specification 1.1, "OCI Content Descriptors" and "OCI Image Index Specification".
public struct ImageDescriptor: Hashable, Sendable {
  /// The blob's digest as written, for example `sha256:` and 64 digits.
  public var digest: String
  /// Bytes; nil where the descriptor does not say.
  public var byteCount: Int?
  /// Shown, never relied on: what a blob is shows in its content.
  public var mediaType: String
  public var platform: Platform?
  public var annotations: [String: String]

  public struct Platform: Hashable, Sendable {
    public var system: String
    public var architecture: String
    /// For example `v8`; empty when there is none.
    public var variant: String

    /// For example `linux/arm64/v8`.
    public var text: String { [system, architecture, variant].filter { !$0.isEmpty }.joined(separator: "/") }
  }

  /// Nil when the value is no object with a digest.
  init?(_ value: Any?) {
    guard let object = value as? [String: Any], let digest = object["digest"] as? String else { return nil }
    self.digest = digest
    byteCount = (object["size"] as? Int).flatMap { $0 >= 0 ? $0 : nil }
    mediaType = object["mediaType"] as? String ?? ""
    platform = (object["platform"] as? [String: Any]).map { platform in
      Platform(
        system: platform["os"] as? String ?? "", architecture: platform["architecture"] as? String ?? "",
        variant: platform["variant"] as? String ?? "")
    }
    annotations = (object["annotations"] as? [String: Any] ?? [:]).compactMapValues { $0 as? String }
  }

  /// The 32 bytes of a SHA-256 digest; nil for any other, which cannot be checked here.
  public var sha256: [UInt8]? { imageDigest(digest) }

  /// Where a layout keeps the blob; nil for a digest that cannot be checked, so that no digest names another place.
  ///
  /// Source: OCI image specification 1.1, "Image Layout Specification".
  public var path: String? { sha256 == nil ? nil : "blobs/sha256/" + digest.dropFirst("sha256:".count) }

  /// What builders add beside an image to say how it was made: no image, though it stands in the index.
  ///
  /// Source: BuildKit, "Image Attestation Storage".
  public var isAttestation: Bool {
    annotations["vnd.docker.reference.type"] != nil
      || platform.map { $0.system == "unknown" && $0.architecture == "unknown" } == true
  }

  /// The name that tools give the image, the whole one first; nil when nobody named it.
  public var name: String? {
    annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"]
  }
}

/// The bytes of `sha256:` and 64 lower-case hexadecimal digits; nil for every other text.
public func imageDigest(_ text: some StringProtocol) -> [UInt8]? {
  guard text.hasPrefix("sha256:") else { return nil }
  let digits = Array(text.utf8.dropFirst("sha256:".utf8.count))
  guard digits.count == 64 else { return nil }
  let values = digits.compactMap { digit -> UInt8? in
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
  guard values.count == 64 else { return nil }
  return stride(from: 0, to: 64, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
