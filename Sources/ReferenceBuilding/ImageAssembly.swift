import ByteReading
import Digests
import ReferenceManifests

/// The images of one archive or layout, put together from its blobs, with every link of their chains checked: index →
/// manifest → configuration and layers by digest and size, configuration → layers by what they unpack to.
///
/// What a link's fault is about is the blob that is not what it should be, and an image that is made of such a blob has it
/// as its source: the same image from an archive without fault still counts.
struct ImageAssembly {
  private let blobs: ImageBlobs
  private let options: BuildOptions
  private var readings: [ManifestReading] = []
  private var problems: [[UInt8]: ProblemList] = [:]
  private var places: [[UInt8]: Int] = [:]
  private var images: [Parts] = []
  private var visits = 0

  /// Indexes below indexes, and descriptors in all of them.
  private static let depth = 4
  private static let visitLimit = 1000
  /// Names of one image that are kept.
  private static let tagLimit = 16

  init(_ blobs: ImageBlobs, options: BuildOptions) {
    self.blobs = blobs
    self.options = options
  }

  /// A blob that something names, with what it says of it.
  private struct Part: Hashable {
    var path: [UInt8]
    /// Nil where only a path is given.
    var sha256: [UInt8]?
    var byteCount: Int?
  }

  private struct Parts {
    var configuration: Part
    var layers: [Part]
    var names: Set<String>
    /// Path of the document that names the parts.
    var namedBy: [UInt8]

    func isSame(as other: Parts) -> Bool {
      configuration.path == other.configuration.path && layers.map(\.path) == other.layers.map(\.path)
    }
  }

  /// One reading for each document and layer of an image, in the order in which they were met.
  mutating func finish() -> [ManifestReading] {
    let index = Array("index.json".utf8)
    let saved = Array("manifest.json".utf8)
    if blobs.contains(index) { readIndex(Part(path: index), namedBy: nil, name: nil, depth: 0) }
    if blobs.contains(saved) { readSaved(saved) }
    // What images share is read once and yet put together for each.
    let (room, overflow) = options.limits.imageFileCount.multipliedReportingOverflow(by: 2)
    var changeRoom = overflow ? .max : room
    for image in images { assemble(image, &changeRoom) }
    for (path, place) in places { readings[place].problems = problems[path]?.all ?? [] }
    return readings
  }

  // MARK: Sources and faults

  /// Enters the blob as a source; nothing happens when it is one already.
  private mutating func enter(_ blob: ImageBlobs.Blob, _ kind: ReferenceSource.Kind, namedBy: [UInt8]?) {
    guard places[blob.path] == nil else { return }
    let label = blobs.label(blob.path)
    places[blob.path] = readings.count
    problems[blob.path] = ProblemList(source: label)
    readings.append(
      ManifestReading(
        source: ReferenceSource(
          kind: kind, path: label, byteCount: blob.byteCount, sha256: blob.sha256,
          vouchedBy: namedBy.flatMap { blobs.blob(at: $0)?.sha256 })))
    if case .layer(let layer) = blob.body, kind == .imageLayer { problems[blob.path]?.add(layer.problems.all) }
  }

  private mutating func note(
    _ kind: ReferenceProblem.Kind, _ message: String, at path: [UInt8], subject: String? = nil,
    expected: String? = nil, actual: String? = nil
  ) {
    problems[path]?.add(
      kind, message, subject: subject.map { Array($0.utf8) }, expected: expected, actual: actual)
  }

  /// The blob of a part; nil, told at the document that names it, when it is not there.
  private mutating func blob(_ part: Part, namedBy: [UInt8], _ what: String) -> ImageBlobs.Blob? {
    if let blob = blobs.blob(at: part.path) { return blob }
    note(
      .fileMissing, "It names \(what) that is not there.", at: namedBy,
      subject: String(decoding: part.path, as: UTF8.self))
    return nil
  }

  /// False, told at the blob, when it is not what the document says of it.
  private mutating func holds(_ part: Part, _ blob: ImageBlobs.Blob, _ link: String) -> Bool {
    guard part.sha256 ?? blob.sha256 == blob.sha256, part.byteCount ?? blob.byteCount == blob.byteCount else {
      note(
        .linkBroken, "Link \(link): the blob is not the one that is named.", at: blob.path,
        expected: text(part.byteCount, part.sha256), actual: text(blob.byteCount, blob.sha256))
      return false
    }
    return true
  }

  private func text(_ byteCount: Int?, _ sha256: [UInt8]?) -> String {
    [byteCount.map { "\($0) bytes" }, sha256.map { "SHA-256 \(hexText($0))" }].compactMap { $0 }.joined(separator: ", ")
  }

  private mutating func document(_ blob: ImageBlobs.Blob) -> [UInt8]? {
    switch blob.body {
    case .document(let bytes): return bytes
    case .layer: note(.unrecognised, "It is no JSON document.", at: blob.path)
    case .tooLarge: note(.refused, "The document is too large to be held.", at: blob.path)
    }
    return nil
  }

  // MARK: Indexes and manifests

  private mutating func readIndex(_ part: Part, namedBy: [UInt8]?, name: String?, depth: Int) {
    guard let blob = blobs.blob(at: part.path) else { return }
    enter(blob, .imageIndex, namedBy: namedBy)
    if let namedBy { _ = holds(part, blob, "\(blobs.label(namedBy)) → index") }
    guard let bytes = document(blob) else { return }
    do {
      for descriptor in try ImageIndex(bytes).manifests {
        visits += 1
        guard visits <= Self.visitLimit, depth < Self.depth else {
          return note(.refused, "More indexes and manifests than are looked at.", at: blob.path)
        }
        visit(descriptor, of: blob.path, name: descriptor.name ?? name, depth: depth)
      }
    } catch {
      note(.damaged, "The index \(error).", at: blob.path)
    }
  }

  private mutating func visit(_ descriptor: ImageDescriptor, of index: [UInt8], name: String?, depth: Int) {
    let platform = descriptor.platform?.text ?? ""
    if descriptor.isAttestation {
      return note(
        .unrecognised, "Not read: it says how an image was built and is none itself.", at: index,
        subject: descriptor.digest)
    }
    guard let part = part(descriptor, of: index) else { return }
    guard let blob = blobs.blob(at: part.path) else {
      let whose = platform.isEmpty ? "" : " for \(platform)"
      return note(.fileMissing, "It names an image\(whose) that is not there.", at: index, subject: descriptor.digest)
    }
    if case .document(let bytes) = blob.body, (try? ImageIndex(bytes)) != nil {
      // One index at two places is read once: it names the same images.
      if places[blob.path] == nil { readIndex(part, namedBy: index, name: name, depth: depth + 1) }
      return
    }
    readManifest(part, blob, namedBy: index, name: name)
  }

  private mutating func readManifest(_ part: Part, _ blob: ImageBlobs.Blob, namedBy index: [UInt8], name: String?) {
    enter(blob, .imageManifest, namedBy: index)
    _ = holds(part, blob, "\(blobs.label(index)) → manifest")
    guard let bytes = document(blob) else { return }
    do {
      let manifest = try ImageManifest(bytes)
      guard let configuration = self.part(manifest.configuration, of: blob.path) else { return }
      var layers: [Part] = []
      for layer in manifest.layers {
        guard let part = self.part(layer, of: blob.path) else { return }
        layers.append(part)
      }
      add(
        Parts(
          configuration: configuration, layers: layers, names: Set(name.map { [$0] } ?? []), namedBy: blob.path))
    } catch {
      note(.damaged, "The manifest \(error).", at: blob.path)
    }
  }

  private mutating func part(_ descriptor: ImageDescriptor, of document: [UInt8]) -> Part? {
    guard let path = descriptor.path else {
      note(
        .unrecognised, "Not read: a digest that cannot be checked here.", at: document, subject: descriptor.digest)
      return nil
    }
    return Part(path: Array(path.utf8), sha256: descriptor.sha256, byteCount: descriptor.byteCount)
  }

  private mutating func readSaved(_ path: [UInt8]) {
    guard let blob = blobs.blob(at: path) else { return }
    enter(blob, .savedImages, namedBy: nil)
    guard let bytes = document(blob) else { return }
    do {
      for image in try SavedImages(bytes).images {
        add(
          Parts(
            configuration: Self.savedPart(image.configuration), layers: image.layers.map(Self.savedPart),
            names: Set(image.tags), namedBy: path))
      }
    } catch {
      note(.damaged, "manifest.json \(error).", at: path)
    }
  }

  /// Names of blobs and of configurations are digests; old layers have names of another kind.
  private static func savedPart(_ path: String) -> Part {
    let bytes = Array(path.utf8)
    let name = String(decoding: lastComponent(of: bytes), as: UTF8.self)
    let stem = name.hasSuffix(".json") ? String(name.dropLast(".json".count)) : name
    return Part(path: bytes, sha256: imageDigest("sha256:" + stem))
  }

  /// An image that the index and `manifest.json` both name is one, under all its names.
  private mutating func add(_ image: Parts) {
    if let known = images.firstIndex(where: { $0.isSame(as: image) }) {
      images[known].names.formUnion(image.names)
    } else if images.count < Self.visitLimit {
      images.append(image)
    }
  }

  // MARK: One image

  private mutating func assemble(_ image: Parts, _ changeRoom: inout Int) {
    guard let blob = blob(image.configuration, namedBy: image.namedBy, "a configuration") else { return }
    enter(blob, .imageConfiguration, namedBy: image.namedBy)
    // The blob that is not what it should be; the configuration, when all are.
    var source = blob.path
    _ = holds(image.configuration, blob, "\(blobs.label(image.namedBy)) → configuration")
    guard let bytes = document(blob) else { return }
    let configuration: ImageConfiguration
    do { configuration = try ImageConfiguration(bytes) } catch {
      return note(.unrecognised, "Not read: it is no image's configuration, it \(error).", at: blob.path)
    }
    guard configuration.layers.count == image.layers.count else {
      return note(
        .linkBroken, "Link configuration → layers: the numbers of layers differ.", at: image.namedBy,
        subject: hexText(blob.sha256), expected: "\(configuration.layers.count) layers",
        actual: "\(image.layers.count) layers")
    }
    var fileSystem = ImageFileSystem(nodeLimit: options.limits.imageFileCount)
    for (part, content) in zip(image.layers, configuration.layers) {
      guard let layer = self.layer(part, of: image, content: content, faulty: &source, blob.path) else { return }
      guard layer.1.changes.count <= changeRoom else {
        return note(
          .refused, "The images of the archive have more files than may be held.", at: image.namedBy,
          subject: hexText(blob.sha256))
      }
      changeRoom -= layer.1.changes.count
      if !apply(layer.1, of: layer.0, to: &fileSystem), source == blob.path { source = layer.0 }
    }
    if image.names.count > Self.tagLimit {
      note(
        .unrecognised, "Only the first \(Self.tagLimit) of its names are kept.", at: image.namedBy,
        subject: hexText(blob.sha256))
    }
    add(package(image, configuration, blob, fileSystem.files()), from: source)
  }

  /// The layer and its path; nil when it is not there.
  private mutating func layer(
    _ part: Part, of image: Parts, content: [UInt8], faulty: inout [UInt8], _ configuration: [UInt8]
  ) -> ([UInt8], ImageLayer)? {
    guard let blob = blob(part, namedBy: image.namedBy, "a layer") else { return nil }
    enter(blob, .imageLayer, namedBy: image.namedBy)
    guard case .layer(let layer) = blob.body else {
      note(.linkBroken, "Link configuration → layer: it is no tar archive.", at: blob.path)
      return nil
    }
    var isGood = holds(part, blob, "\(blobs.label(image.namedBy)) → layer")
    if layer.contentSHA256 != content {
      note(
        .linkBroken, "Link configuration → layer: it does not unpack to what the configuration names.", at: blob.path,
        expected: "SHA-256 \(hexText(content))",
        actual: layer.contentSHA256.map { "SHA-256 \(hexText($0))" } ?? "a layer that cannot be read to its end")
      isGood = false
    }
    if layer.problems.all.contains(where: { $0.kind == .refused }) { isGood = false }
    if !isGood, faulty == configuration { faulty = blob.path }
    return (blob.path, layer)
  }

  /// False when the layer was refused.
  private mutating func apply(_ layer: ImageLayer, of path: [UInt8], to fileSystem: inout ImageFileSystem) -> Bool {
    var found = ProblemList(source: blobs.label(path))
    fileSystem.apply(layer, &found)
    // A layer that two images share is told of once.
    let told = Set(problems[path]?.all ?? [])
    problems[path]?.add(found.all.filter { !told.contains($0) })
    return !found.all.contains { $0.kind == .refused }
  }

  private func package(
    _ image: Parts, _ configuration: ImageConfiguration, _ blob: ImageBlobs.Blob, _ files: [ReferenceFile]
  ) -> ReferencePackage {
    let names = image.names.sorted().prefix(Self.tagLimit).map { escapedText($0.utf8) }
    let variant = configuration.variant.isEmpty ? "" : "/" + configuration.variant
    return ReferencePackage(
      format: .image, name: names.isEmpty ? "image" : names.joined(separator: ", "),
      version: "sha256:" + hexText(blob.sha256), architecture: escapedText((configuration.architecture + variant).utf8),
      distribution: escapedText(configuration.system.utf8), date: configuration.createdAt, files: files)
  }

  private mutating func add(_ package: ReferencePackage, from path: [UInt8]) {
    if let place = places[path] { readings[place].packages.append(package) }
  }
}
