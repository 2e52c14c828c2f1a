import Archives
import ByteReading
import Digests
import Hashing
import ReferenceManifests

/// What one layer of an image changes, read in one pass: every file hashed, nothing unpacked.
///
/// Source: OCI image specification 1.1, "Image Layer Filesystem Changeset".
struct ImageLayer {
  enum Change {
    case entry(ReferenceFile)
    /// One more name of the file at `target`, of this layer or one below.
    case hardLink(path: [UInt8], target: [UInt8])
    /// The path and all below it is gone from the layers below.
    case whiteout([UInt8])
    /// Everything in the folder is gone from the layers below.
    case opaqueFolder([UInt8])
  }

  /// In the order of the archive.
  private(set) var changes: [Change] = []
  /// SHA-256 of the tar archive, not compressed; nil when it could not be read to its end.
  private(set) var contentSHA256: [UInt8]?
  /// False when the archive broke off or was refused: what was read before is kept.
  private(set) var isWhole = false
  private(set) var problems: ProblemList

  init(name: String) { problems = ProblemList(source: name) }

  /// Reads a tar archive, compressed or not: the content tells, whatever the media type said.
  mutating func read(_ source: any ByteSource, _ contents: PayloadDigests, _ budget: inout ImageBudget) {
    guard let whole = FileDigestStream([.sha256]) else {
      return problems.add(.damaged, "OpenSSL on this machine lacks SHA-256.")
    }
    do {
      let limits = budget.limits
      let stream = try WatchedSource(Decompression(source, limits: limits), blockByteCount: 512) {
        whole.add($0)
      }
      defer { budget.take(unpacked: stream.byteCount) }
      let archive = try ArchiveReader(stream, .tar, limits: limits)
      while let member = try archive.next() {
        guard budget.takeEntry(pathByteCount: member.path.count + member.linkByteCount) else {
          return problems.add(.refused, "The layers of the archive hold more files than may be held.")
        }
        try read(member, of: archive, contents)
      }
      let isCutOff = self.isCutOff(stream)
      if try archive.drain().hasContent {
        problems.add(.damaged, "Bytes follow the end of the tar archive. They are not unpacked.")
      }
      isWhole = !isCutOff
    } catch {
      problems.add(error, of: "layer")
    }
    if isWhole { contentSHA256 = whole.finish()?.first }
  }

  /// True when the archive ends within a file's content, and not merely without the zeros that fill its last block. The
  /// file is taken away.
  private mutating func isCutOff(_ stream: WatchedSource) -> Bool {
    guard stream.paddingByteCount > 0 else { return false }
    if case .entry(let file)? = changes.last, file.kind == .regular {
      if (file.byteCount ?? 0) % 512 == stream.byteCount % 512 { return false }
      changes.removeLast()
    }
    problems.add(.damaged, "The tar archive is cut off. What was read before is kept.")
    return true
  }

  private mutating func read(
    _ member: ArchiveMember, of archive: ArchiveReader, _ contents: PayloadDigests
  ) throws(ArchiveError) {
    guard let path = safePath(member.path) else {
      return problems.add(.refused, "A member whose path leads out with “..”, or is empty.", subject: member.path)
    }
    if let warning = member.warning {
      problems.add(.damaged, "The header is odd: \(escapedText(warning.utf8)).", subject: path)
    }
    if isWhiteout(path, of: member) { return }
    var file = ReferenceFile(path: path, mode: member.mode)
    switch member.kind {
    case .regular:
      let content = try contents.read(extra: nil) { (body) throws(ArchiveError) in try archive.forEachPiece(body) }
      file.byteCount = content.byteCount
      file.digests = content.digests
      file.content = content.content
      switch content.image {
      case .image(let image): file.image = image
      case .noImage: break
      case .tooLarge: problems.add(.unrecognised, BootImageCollector.tooLarge, subject: path)
      }
    case .directory: file.kind = .directory
    // Links are kept as they stand: within a container they end at its own root.
    case .symbolicLink(let target): file.kind = .symbolicLink(target: target)
    case .hardLink(let target):
      guard let target = safePath(target) else {
        return problems.add(
          .refused, "A hard link that leads out of the image.", subject: path, actual: escapedText(target))
      }
      changes.append(.hardLink(path: path, target: target))
      return
    case .other: file.kind = .other
    }
    changes.append(.entry(file))
  }

  private static let mark = Array(".wh.".utf8)
  private static let opaqueMark = Array(".wh..wh..opq".utf8)

  /// True when the member is a mark, and so no file of the image.
  private mutating func isWhiteout(_ path: [UInt8], of member: ArchiveMember) -> Bool {
    let name = lastComponent(of: path)
    guard name.starts(with: Self.mark) else { return false }
    let place = folder(of: path)
    if name == Self.opaqueMark {
      changes.append(.opaqueFolder(place.count > 1 ? Array(place.dropLast()) : place))
      return true
    }
    // What else begins so are records of aufs, which no other runtime unpacks.
    if name.starts(with: Self.mark + Self.mark) { return true }
    let removed = Array(name.dropFirst(Self.mark.count))
    guard !removed.isEmpty, removed != Array(".".utf8), removed != Array("..".utf8) else {
      problems.add(.refused, "A mark that removes no name, but a folder above.", subject: member.path)
      return true
    }
    changes.append(.whiteout(place + removed))
    return true
  }
}

/// The path from the image's root; nil when it is empty or leads out of it. A leading slash is the image's root: tools that
/// build images write it, and runtimes take it so.
private func safePath(_ path: [UInt8]) -> [UInt8]? {
  guard let path = absolutePath(path),
    !path.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) })
  else { return nil }
  return path
}

/// What may still be held and unpacked of one archive or folder of images, all layers together.
struct ImageBudget {
  private let bounds: BuildLimits
  private var entryCount: Int
  private var pathByteCount: Int
  private var unpackedByteCount: UInt64

  /// - parameter packedByteCount: of all that is going to be read, which bounds what may come out of it.
  init(_ limits: BuildLimits, packedByteCount: Int) {
    bounds = limits
    entryCount = limits.imageFileCount
    pathByteCount = 256 << 20
    let (byRatio, overflow) = UInt64(max(packedByteCount, 1)).multipliedReportingOverflow(by: limits.ratio)
    let whole = limits.unpackedByteCount.multipliedReportingOverflow(by: 4)
    unpackedByteCount = min(
      whole.overflow ? .max : whole.partialValue, overflow ? .max : max(byRatio, ArchiveLimits.ratioFloor))
  }

  /// The bounds of the next layer.
  var limits: ArchiveLimits {
    var limits = bounds.archive
    limits.unpackedByteCount = min(limits.unpackedByteCount, unpackedByteCount)
    return limits
  }

  mutating func take(unpacked: UInt64) { unpackedByteCount -= min(unpacked, unpackedByteCount) }

  /// False when the entry is one too many.
  mutating func takeEntry(pathByteCount count: Int) -> Bool {
    guard entryCount > 0, count <= pathByteCount else { return false }
    entryCount -= 1
    pathByteCount -= count
    return true
  }
}

extension BuildLimits {
  /// Files of all layers of an archive: the largest images have some 500,000.
  var imageFileCount: Int {
    let (count, overflow) = memberCount.multipliedReportingOverflow(by: 4)
    return overflow ? .max : count
  }
}

extension ArchiveMember {
  fileprivate var linkByteCount: Int {
    switch kind {
    case .symbolicLink(let target), .hardLink(let target): target.count
    default: 0
    }
  }
}
