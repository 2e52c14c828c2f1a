import Digests
import Hashing
import ReferenceManifests

/// Images made by hand, so that they can hold what no tool would write.
struct MadeImage {
  /// The lowest first, as tar archives, not compressed.
  var layers: [[UInt8]]
  /// As they lie in the archive, by the number of the layer, where that is not the archive itself.
  var packed: [Int: [UInt8]] = [:]
  var tags = ["made:latest"]
  var architecture = "amd64"
  /// What the configuration says of the layers, where that is not the truth.
  var contentDigests: [String]?

  init(_ layers: [[MadePackage.Entry]]) { self.layers = layers.map { MadePackage.tar($0) } }

  var configuration: [UInt8] {
    let digests = contentDigests ?? layers.map { "sha256:" + hexDigest($0) }
    let list = digests.map { "\"\($0)\"" }.joined(separator: ",")
    return Array(
      "{\"architecture\":\"\(architecture)\",\"os\":\"linux\",\"created\":\"2024-05-01T00:00:00.5Z\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\(list)]}}"
        .utf8)
  }

  var identifier: String { "sha256:" + hexDigest(configuration) }

  private var blobs: [[UInt8]] { layers.indices.map { packed[$0] ?? layers[$0] } }

  var manifest: [UInt8] {
    let list = blobs.map(Self.descriptor).joined(separator: ",")
    return Array("{\"schemaVersion\":2,\"config\":\(Self.descriptor(configuration)),\"layers\":[\(list)]}".utf8)
  }

  static func descriptor(_ blob: [UInt8]) -> String { descriptor(blob, "") }

  static func descriptor(_ blob: [UInt8], _ more: String) -> String {
    "{\"mediaType\":\"x\",\"digest\":\"sha256:\(hexDigest(blob))\",\"size\":\(blob.count)\(more)}"
  }

  /// Members of an OCI layout with these images, each under its first tag.
  static func layout(_ images: [MadeImage]) -> [(path: String, bytes: [UInt8])] {
    let entries = images.map { image in
      let platform = ",\"platform\":{\"os\":\"linux\",\"architecture\":\"\(image.architecture)\"}"
      let name = image.tags.first.map { ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"\($0)\"}" } ?? ""
      return descriptor(image.manifest, platform + name)
    }
    return [
      ("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8)),
      ("index.json", Array("{\"schemaVersion\":2,\"manifests\":[\(entries.joined(separator: ","))]}".utf8)),
    ] + images.flatMap(\.members)
  }

  /// The blobs of the image, by their names.
  var members: [(path: String, bytes: [UInt8])] {
    ([configuration, manifest] + blobs).map { ("blobs/sha256/" + hexDigest($0), $0) }
  }

  /// What old versions of `docker save` write: layers before the manifest.
  static func saved(_ images: [MadeImage]) -> [(path: String, bytes: [UInt8])] {
    var members: [(path: String, bytes: [UInt8])] = []
    var entries: [String] = []
    for image in images {
      let layers = image.blobs.map { (hexDigest(Array("id".utf8) + $0) + "/layer.tar", $0) }
      members += layers + [(hexDigest(image.configuration) + ".json", image.configuration)]
      let tags = image.tags.map { "\"\($0)\"" }.joined(separator: ",")
      let paths = layers.map { "\"\($0.0)\"" }.joined(separator: ",")
      entries.append(
        "{\"Config\":\"\(hexDigest(image.configuration)).json\",\"RepoTags\":[\(tags)],\"Layers\":[\(paths)]}")
    }
    return members + [("manifest.json", Array("[\(entries.joined(separator: ","))]".utf8))]
  }

  static func tar(_ members: [(path: String, bytes: [UInt8])]) -> [UInt8] {
    MadePackage.tar(members.map { .bytes($0.path, $0.bytes) })
  }
}

func hexDigest(_ bytes: [UInt8]) -> String {
  (HashAlgorithm.sha256.digest(of: bytes) ?? []).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
