import Archives
import ByteReading
import Digests
import Hashing
import ReferenceManifests

/// What an archive or a folder of images holds, each member read once: documents are held, everything else is read as a
/// layer, since the manifest that tells which is which may come last.
struct ImageBlobs {
  struct Blob {
    var path: [UInt8]
    var sha256: [UInt8]
    var byteCount: Int
    var body: Body
  }

  enum Body {
    /// JSON, to all appearance.
    case document([UInt8])
    case layer(ImageLayer)
    /// A document that is too large to be one.
    case tooLarge
  }

  private var blobs: [[UInt8]: Blob] = [:]
  private var links: [[UInt8]: [UInt8]] = [:]
  private let name: String
  private let contents: PayloadDigests
  private var budget: ImageBudget
  private var documentRoom = 64 << 20
  private static let documentByteCount = 4 << 20

  init(name: String, contents: PayloadDigests, budget: ImageBudget) {
    self.name = name
    self.contents = contents
    self.budget = budget
  }

  func label(_ path: [UInt8]) -> String { "\(name)/\(escapedText(path))" }

  /// Reads a member at a path relative to the archive's root.
  ///
  /// - throws: when the archive that the member lies in cannot be read on.
  mutating func add(_ path: [UInt8], _ member: any ByteSource) throws(ArchiveError) {
    guard let whole = FileDigestStream([.sha256]) else { return }
    let source = try WatchedSource(member, headByteCount: 512) { whole.add($0) }
    let body: Body
    if Self.isDocument(source.head) {
      body = try document(source)
    } else {
      var layer = ImageLayer(name: label(path))
      layer.read(source, contents, &budget)
      body = .layer(layer)
    }
    // A fault within the member is the layer's; one of what it lies in is met again here.
    _ = try source.drain()
    blobs[path] = Blob(
      path: path, sha256: whole.finish()?.first ?? [], byteCount: Int(clamping: source.byteCount), body: body)
  }

  /// One more name of another member, as old versions of `docker save` write for layers that two images share.
  mutating func add(link path: [UInt8], to target: [UInt8]) { links[path] = target }

  func contains(_ path: [UInt8]) -> Bool { blobs[path] != nil || links[path] != nil }

  /// The member at a path, links followed.
  func blob(at path: [UInt8]) -> Blob? {
    var path = path
    for _ in 0..<8 {
      guard blobs[path] == nil, let target = links[path] else { break }
      path = target
    }
    return blobs[path]
  }

  /// Tar archives may begin with any name, and so with a brace; their magic tells.
  private static func isDocument(_ head: [UInt8]) -> Bool {
    guard let first = head.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else { return false }
    let isTar = head.count >= 262 && head[257..<262].elementsEqual("ustar".utf8)
    return [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(first) && !isTar
  }

  private mutating func document(_ source: WatchedSource) throws(ArchiveError) -> Body {
    do {
      let bytes = try source.remainingBytes(limit: min(documentRoom, Self.documentByteCount))
      documentRoom -= bytes.count
      return .document(bytes)
    } catch {
      guard case .limit(.unpackedByteCount) = error.kind else { throw error }
      return .tooLarge
    }
  }
}
