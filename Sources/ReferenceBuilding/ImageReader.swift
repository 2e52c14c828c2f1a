import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests

/// Reads images of containers: what `docker save` writes, OCI layouts as folder or archive, and plain archives of a root
/// file system, as `docker export` writes and `docker import` takes.
///
/// Every archive is read as a stream and nothing is unpacked to disk.
///
/// Source: OCI image specification 1.1; Docker image specification 1.2.
public enum ImageReader {
  /// Reads the file at `path`; `name` is what it is called in `ReferenceSource.path` and in problems. Nil when it is no
  /// archive, or one of something else.
  public static func read(path: FilePath, name: String, options: BuildOptions) -> [ManifestReading]? {
    switch Shape(of: path, options) {
    case .repository: readArchive(path, name, options)
    case .fileSystem: [readFileSystem(path, name, options)]
    case nil: nil
    }
  }

  /// True when a folder of these entries is an image layout, or what `docker save` wrote, unpacked.
  static func isLayout(_ entries: [[UInt8]]) -> Bool {
    let names = Set(entries)
    let holds = { (name: String) in names.contains(Array(name.utf8)) }
    if holds("oci-layout") || (holds("index.json") && holds("blobs")) { return true }
    return holds("manifest.json") && (holds("repositories") || entries.contains(where: isHexName))
  }

  /// Reads an image layout that is a folder.
  static func read(folder: FilePath, name: String, options: BuildOptions) -> [ManifestReading] {
    let listing = FolderListing(folder, name: name)
    let byteCount = listing.paths.reduce(0) { $0 &+ (listing.byteCount($1) ?? 0) }
    var failures = listing.problems
    guard let contents = PayloadDigests(options.algorithms) else { return [failed(name, noDigest)] }
    var blobs = ImageBlobs(
      name: name, contents: contents, budget: ImageBudget(options.limits, packedByteCount: byteCount))
    for path in listing.paths.prefix(options.limits.memberCount) {
      do {
        try blobs.add(path, FileSource(path: listing.place(path).bytes))
      } catch {
        failures.append(
          ReferenceProblem(.damaged, source: blobs.label(path), message: "Cannot be read: \(error.message)."))
      }
    }
    var assembly = ImageAssembly(blobs, options: options)
    return assembly.finish()
      + failures.map { problem in
        ManifestReading(
          source: ReferenceSource(kind: .imageArchive, path: problem.source, byteCount: 0, sha256: []),
          problems: [problem])
      }
  }

  private static let noDigest = "OpenSSL on this machine lacks a digest that is wanted."

  private static func failed(_ name: String, _ message: String) -> ManifestReading {
    ManifestReading(
      source: ReferenceSource(kind: .imageArchive, path: name, byteCount: 0, sha256: []),
      problems: [ReferenceProblem(.damaged, source: name, message: message)])
  }

  // MARK: Archives

  private static func readArchive(_ path: FilePath, _ name: String, _ options: BuildOptions) -> [ManifestReading] {
    guard let whole = FileDigestStream([.sha256]), let contents = PayloadDigests(options.algorithms) else {
      return [failed(name, noDigest)]
    }
    var problems = ProblemList(source: name)
    do {
      let file = try FileSource(path: path.bytes) { whole.add($0) }
      var blobs = ImageBlobs(
        name: name, contents: contents, budget: ImageBudget(options.limits, packedByteCount: file.byteCount))
      read(file, into: &blobs, options, &problems)
      // After a fault, too, so that the digest covers all of the file.
      do { _ = try file.drain() } catch { problems.add(error, of: "file") }
      var assembly = ImageAssembly(blobs, options: options)
      let readings = assembly.finish()
      if readings.allSatisfy({ $0.packages.isEmpty }) {
        problems.add(.unrecognised, "No image could be put together from what the archive holds.")
      }
      let source = ReferenceSource(
        kind: .imageArchive, path: name, byteCount: file.readCount, sha256: whole.finish()?.first ?? [])
      return [ManifestReading(source: source, problems: problems.all)] + readings
    } catch {
      return [failed(name, "Cannot be opened: \(error.message).")]
    }
  }

  private static func read(
    _ file: FileSource, into blobs: inout ImageBlobs, _ options: BuildOptions, _ problems: inout ProblemList
  ) {
    do {
      let limits = options.limits.archive
      let archive = try ArchiveReader(Decompression(file, limits: limits), .tar, limits: limits)
      while let member = try archive.next() {
        if member.kind == .directory || member.kind == .other { continue }
        guard let path = relativePath(member.path) else {
          problems.add(.refused, "A member whose path leads out with “..”, or is empty.", subject: member.path)
          continue
        }
        if blobs.contains(path) {
          problems.add(.damaged, "Two members of one name; the last one counts.", subject: path)
        }
        switch member.kind {
        case .regular: try blobs.add(path, archive.memberData)
        case .hardLink(let target): if let target = relativePath(target) { blobs.add(link: path, to: target) }
        case .symbolicLink(let target):
          if let target = joined(folder(of: path), target) { blobs.add(link: path, to: target) }
        case .directory, .other: break
        }
      }
      if try archive.drain().hasContent {
        problems.add(.damaged, "Bytes follow the end of the archive. They are not read.")
      }
    } catch {
      problems.add(error, of: "archive")
    }
  }

  // MARK: Root file systems

  /// A plain archive of a root file system is an image of one layer: what `docker import` makes of it. The layer's digest
  /// stands where the image's identifier would, since that is only made on import.
  private static func readFileSystem(_ path: FilePath, _ name: String, _ options: BuildOptions) -> ManifestReading {
    guard let whole = FileDigestStream([.sha256]), let contents = PayloadDigests(options.algorithms) else {
      return failed(name, noDigest)
    }
    do {
      let file = try FileSource(path: path.bytes) { whole.add($0) }
      var budget = ImageBudget(options.limits, packedByteCount: file.byteCount)
      var layer = ImageLayer(name: name)
      layer.read(file, contents, &budget)
      var problems = layer.problems
      do { _ = try file.drain() } catch { problems.add(error, of: "file") }
      var fileSystem = ImageFileSystem(nodeLimit: options.limits.imageFileCount)
      fileSystem.apply(layer, &problems)
      let source = ReferenceSource(
        kind: .imageLayer, path: name, byteCount: file.readCount, sha256: whole.finish()?.first ?? [])
      let package = ReferencePackage(
        format: .image, name: stem(of: name),
        version: layer.contentSHA256.map { "sha256:" + hexText($0) } ?? "", files: fileSystem.files())
      return ManifestReading(source: source, packages: [package], problems: problems.all)
    } catch {
      return failed(name, "Cannot be opened: \(error.message).")
    }
  }

  /// The file's name without the endings of archives: what whoever imports it calls the image, more often than not.
  private static func stem(of name: String) -> String {
    var stem = name.split(separator: "/").last.map(String.init) ?? name
    for ending in [".gz", ".tgz", ".xz", ".zst", ".bz2", ".tar"] where stem.hasSuffix(ending) && stem != ending {
      stem = String(stem.dropLast(ending.count))
    }
    return stem
  }
}

/// What an archive is, as its first members tell.
private enum Shape {
  case repository, fileSystem

  /// Members that are looked at: what tells stands at the beginning.
  private static let memberLimit = 10_000

  init?(of path: FilePath, _ options: BuildOptions) {
    do {
      guard Self.mayBeArchive(try OpenFile(path).next(512)) else { return nil }
    } catch { return nil }
    var found: Shape?
    // An archive that breaks off is told by what came before, and the fault is met again when it is read.
    do {
      let limits = options.limits.archive
      let archive = try ArchiveReader(
        Decompression(FileSource(path: path.bytes), limits: limits), .tar, limits: limits)
      while let member = try archive.next(), archive.memberCount <= Self.memberLimit {
        guard let path = relativePath(member.path), let top = path.split(separator: UInt8(ascii: "/")).first else {
          continue
        }
        switch Self.kind(of: top, isFile: member.kind == .regular && path.count == top.count) {
        case .repository?: found = .repository
        case .fileSystem?:
          self = .fileSystem
          return
        case nil: continue
        }
        if !Self.isWeak(top) { break }
      }
    } catch {
      if found == nil { return nil }
    }
    guard let found else { return nil }
    self = found
  }

  /// Names that other archives have as well: only the lack of a file system makes them tell.
  private static func isWeak(_ top: ArraySlice<UInt8>) -> Bool {
    ["index.json", "manifest.json"].contains { top.elementsEqual($0.utf8) }
  }

  private static func kind(of top: ArraySlice<UInt8>, isFile: Bool) -> Shape? {
    let name = String(decoding: top, as: UTF8.self)
    if ["oci-layout", "index.json", "manifest.json", "blobs"].contains(name) || isHexName(Array(top)) {
      return .repository
    }
    return ["usr", "etc", "bin"].contains(name) && !isFile ? .fileSystem : nil
  }

  private static func mayBeArchive(_ head: [UInt8]) -> Bool {
    let marks: [[UInt8]] = [
      [0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], [0xfd, 0x37, 0x7a, 0x58, 0x5a], Array("BZh".utf8),
    ]
    return marks.contains { head.starts(with: $0) }
      || (head.count >= 262 && head[257..<262].elementsEqual("ustar".utf8))
  }
}

/// A path without its leading slash and dots; nil when it is empty or leads out.
private func relativePath(_ path: [UInt8]) -> [UInt8]? { joined([], path) }

/// The target of a link that stands in a folder, relative to the archive's root; nil when it is empty or leads out.
private func joined(_ folder: [UInt8], _ target: [UInt8]) -> [UInt8]? {
  let slash = UInt8(ascii: "/")
  var names: [ArraySlice<UInt8>] = []
  for name in (folder + target).split(separator: slash) where !name.elementsEqual(".".utf8) {
    if name.elementsEqual("..".utf8) {
      // Only a link may climb, and not above the root.
      guard !folder.isEmpty, names.popLast() != nil else { return nil }
    } else {
      names.append(name)
    }
  }
  return names.isEmpty ? nil : Array(names.joined(separator: [slash]))
}

/// 64 hexadecimal digits, as old archives of `docker save` name folders and configurations.
private func isHexName(_ name: [UInt8]) -> Bool {
  let stem = name.dropping(suffix: ".json") ?? name
  return stem.count == 64 && stem.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}
