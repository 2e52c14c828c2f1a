import Foundation

/// A JSON document of an image that says something else than such a document must.
public struct ImageDocumentError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is missing or wrong, to be read after the document's name.
  public var description: String
}

/// The list at the top of an image layout, or below it: one image for several platforms.
///
/// Source: OCI image specification 1.1, "OCI Image Index Specification"; Docker image manifest version 2, schema 2,
/// "Manifest List".
public struct ImageIndex: Hashable, Sendable {
  public var manifests: [ImageDescriptor]

  public init(_ bytes: [UInt8]) throws(ImageDocumentError) {
    let object = try imageObject(bytes)
    manifests = try descriptors(object["manifests"], "manifests")
  }
}

/// What one image is made of.
///
/// Source: OCI image specification 1.1, "OCI Image Manifest Specification".
public struct ImageManifest: Hashable, Sendable {
  public var configuration: ImageDescriptor
  /// The lowest first.
  public var layers: [ImageDescriptor]

  public init(_ bytes: [UInt8]) throws(ImageDocumentError) {
    let object = try imageObject(bytes)
    guard let configuration = ImageDescriptor(object["config"]) else {
      throw ImageDocumentError(description: "has no config with a digest")
    }
    self.configuration = configuration
    layers = try descriptors(object["layers"], "layers")
  }
}

/// An image's configuration: its digest is the image's identifier, and it names the layers by what they unpack to.
///
/// Source: OCI image specification 1.1, "OCI Image Configuration".
public struct ImageConfiguration: Hashable, Sendable {
  public var architecture: String
  public var variant: String
  public var system: String
  /// RFC 3339; nil where it does not say, or not so.
  public var createdAt: String?
  /// SHA-256 of each layer's tar archive, not compressed, the lowest first.
  public var layers: [[UInt8]]

  public init(_ bytes: [UInt8]) throws(ImageDocumentError) {
    let object = try imageObject(bytes)
    architecture = object["architecture"] as? String ?? ""
    variant = object["variant"] as? String ?? ""
    system = object["os"] as? String ?? ""
    createdAt = (object["created"] as? String).flatMap { isTime($0) ? $0 : nil }
    guard let digests = (object["rootfs"] as? [String: Any])?["diff_ids"] as? [Any] else {
      throw ImageDocumentError(description: "has no rootfs.diff_ids")
    }
    layers = []
    for digest in digests {
      guard let text = digest as? String, let bytes = imageDigest(text) else {
        throw ImageDocumentError(description: "has a diff_id that is no SHA-256 digest")
      }
      layers.append(bytes)
    }
  }
}

/// What `docker save` writes as `manifest.json`: the images of the archive with their tags and the paths of their parts.
///
/// Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
public struct SavedImages: Hashable, Sendable {
  public struct Image: Hashable, Sendable {
    /// Path within the archive.
    public var configuration: String
    public var tags: [String]
    /// Paths within the archive, the lowest layer first.
    public var layers: [String]
  }

  public var images: [Image]

  public init(_ bytes: [UInt8]) throws(ImageDocumentError) {
    guard let entries = jsonValue(bytes) as? [Any] else { throw ImageDocumentError(description: "is no JSON list") }
    images = []
    for entry in entries {
      guard let object = entry as? [String: Any], let configuration = object["Config"] as? String,
        let layers = (object["Layers"] as? [Any])?.map({ $0 as? String }), !layers.contains(nil)
      else { throw ImageDocumentError(description: "has an image without Config and Layers") }
      images.append(
        Image(
          configuration: configuration, tags: (object["RepoTags"] as? [Any] ?? []).compactMap { $0 as? String },
          layers: layers.compactMap { $0 }))
    }
  }
}

private func imageObject(_ bytes: [UInt8]) throws(ImageDocumentError) -> [String: Any] {
  guard let object = jsonObject(bytes) else { throw ImageDocumentError(description: "is no JSON object") }
  return object
}

private func descriptors(_ value: Any?, _ name: String) throws(ImageDocumentError) -> [ImageDescriptor] {
  guard let values = value as? [Any] else { throw ImageDocumentError(description: "has no list \(name)") }
  var all: [ImageDescriptor] = []
  for value in values {
    guard let descriptor = ImageDescriptor(value) else {
      throw ImageDocumentError(description: "has an entry of \(name) without a digest")
    }
    all.append(descriptor)
  }
  return all
}

private func jsonValue(_ bytes: [UInt8]) -> Any? {
  do { return try JSONSerialization.jsonObject(with: Data(bytes)) } catch { return nil }
}

/// Enough to be compared by its first ten characters.
private func isTime(_ text: String) -> Bool {
  let start = Array(text.utf8.prefix(11))
  let isShaped = start.enumerated().allSatisfy { index, byte in
    switch index {
    case 4, 7: byte == UInt8(ascii: "-")
    case 10: byte == UInt8(ascii: "T")
    default: (0x30...0x39).contains(byte)
    }
  }
  return start.count == 11 && isShaped && text.utf8.count <= 40
}
