import Archives
import ByteReading
import Digests
import Hashing

/// Files up to this size are read whole, whatever they are; of a larger one, the beginning tells whether it is a log.
private let smallByteCount = 16 << 20
/// A larger log is not kept in memory.
private let largestLogByteCount = 2 << 30
/// An archive inside an archive is opened up to this size.
private let largestInnerArchiveByteCount = 256 << 20

/// Reads files one after the other: each is hashed and recognised, archives and evidence documents are followed by what
/// they hold. Nothing is written anywhere, and all archives of one reader share one budget.
struct EvidenceReader {
  private(set) var files: [EvidenceFile] = []
  private var paths: Set<String> = []
  private var budget = Budget()

  /// Bounds over all archives of a case.
  private struct Budget {
    static let memberCount = 100_000
    static let unpackedByteCount: UInt64 = 16 << 30
    static let keptByteCount = 2 << 30
    /// Archives in archives.
    static let depth = 4
    /// How often one zip is opened.
    static let restarts = 100

    var memberCount = Self.memberCount
    var unpackedByteCount = Self.unpackedByteCount
    var keptByteCount = Self.keptByteCount

    var limits: ArchiveLimits { ArchiveLimits(memberCount: memberCount, unpackedByteCount: unpackedByteCount) }

    mutating func spend(_ reader: ArchiveReader, known: Int) {
      memberCount -= min(memberCount, reader.memberCount - min(known, reader.memberCount))
      spend(reader.unpackedByteCount)
    }

    mutating func spend(_ unpacked: UInt64) { unpackedByteCount -= min(unpackedByteCount, unpacked) }
  }

  /// What the bytes of a file turned out to be.
  private struct Reading {
    var content: EvidenceContent
    var packing: EvidencePacking?
  }

  // MARK: Files

  mutating func add(_ file: EvidenceFile) {
    paths.insert(file.path)
    files.append(file)
  }

  /// Reads the file at a place. Memory is bounded: a large file that is no log is only hashed.
  ///
  /// - parameter members: what the paths of an archive's members begin with; its own path and a slash unless given.
  @discardableResult
  mutating func add(fileAt place: FilePath, path: String, members: String? = nil) throws(FileError) -> Int {
    let file = try OpenFile(place)
    if file.byteCount <= smallByteCount { return add(try contents(of: place), path: path, members: members) }
    let head = try file.next(1 << 20)
    let reading: Reading
    switch Packing(head) {
    case .closed(let name): reading = Reading(content: .archive, packing: EvidencePacking(kind: name))
    case let packing?:
      do {
        reading = try unpack(FileSource(path: place.bytes), packing, path, members ?? path + "/", depth: 0)
      } catch {
        throw FileError(path: place.text, reason: error.message)
      }
    case nil:
      if isDocument(head), file.byteCount <= largestDocumentByteCount {
        return add(try contents(of: place), path: path)
      }
      if !isLog(head) {
        reading = Reading(content: .unrecognised(nil))
      } else if file.byteCount <= largestLogByteCount {
        return add(try contents(of: place), path: path)
      } else {
        reading = Reading(content: .unreadable("a log of more than 2 GiB, which only 'inquest replay' reads"))
      }
    }
    let (size, digest) = try sha256(head, then: file)
    add(EvidenceFile(path: path, size: size, sha256: digest, content: reading.content, packing: reading.packing))
    return files.count - 1
  }

  fileprivate func sorted(startingWith own: Int) -> [EvidenceFile] {
    let others = files.indices.filter { $0 != own }.map { files[$0] }
    return [files[own]] + others.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Reads bytes that are already in memory. Gives the place of the file in `files`; what it holds stands around it.
  @discardableResult
  mutating func add(_ bytes: [UInt8], path: String, members: String? = nil, depth: Int = 0) -> Int {
    let reading =
      switch Packing(Array(bytes.prefix(Packing.headByteCount))) {
      case .closed(let name): Reading(content: .archive, packing: EvidencePacking(kind: name))
      case let packing?: unpack(MemorySource(bytes), packing, path, members ?? path + "/", depth: depth)
      case nil: Reading(content: identify(bytes, path: path))
      }
    add(
      EvidenceFile(
        path: path, size: bytes.count, sha256: HashAlgorithm.sha256.digest(of: bytes), content: reading.content,
        packing: reading.packing))
    let place = files.count - 1
    if case .document(let document) = reading.content {
      for part in document.parts {
        add(
          EvidenceFile(
            path: unused(path + "/" + part.name), size: part.bytes.count,
            sha256: HashAlgorithm.sha256.digest(of: part.bytes), content: part.content))
      }
    }
    return place
  }

  private func sha256(_ head: [UInt8], then file: OpenFile) throws(FileError) -> (size: Int, digest: [UInt8]?) {
    guard var digest = DigestStream(.sha256) else { return (file.byteCount, nil) }
    var size = 0
    var piece = head
    while !piece.isEmpty {
      digest.add(piece)
      size += piece.count
      piece = try file.next(1 << 20)
    }
    return (size, digest.finish())
  }

  /// A member may have the path of one before it; a number keeps the two apart.
  private mutating func unused(_ path: String) -> String {
    guard paths.contains(path) else { return path }
    var number = 2
    while paths.contains("\(path)-\(number)") { number += 1 }
    return "\(path)-\(number)"
  }

  // MARK: Archives

  private mutating func unpack(
    _ source: any SeekableSource, _ packing: Packing, _ path: String, _ members: String, depth: Int
  ) -> Reading {
    guard depth < Budget.depth else {
      return Reading(content: .refused("archives are nested more than \(Budget.depth) deep"))
    }
    switch packing {
    case .closed(let name): return Reading(content: .archive, packing: EvidencePacking(kind: name))
    case .archive(let format, let name):
      return Reading(content: .archive, packing: readMembers(source, format, name, members, depth: depth))
    case .compressed(let compression):
      do {
        let stream = try WatchedSource(
          Decompression(source, compression, limits: budget.limits), headByteCount: Packing.headByteCount,
          blockByteCount: 1)
        return decompress(stream, compression, path, members, depth: depth)
      } catch {
        let packing = EvidencePacking(kind: compression.rawValue, problems: [problem(error)])
        return Reading(content: .archive, packing: packing)
      }
    }
  }

  /// One compressed file is what it unpacks to; an archive in it is read as it comes.
  private mutating func decompress(
    _ stream: WatchedSource, _ compression: Compression, _ path: String, _ members: String, depth: Int
  ) -> Reading {
    switch Packing(Array(stream.head.prefix(Packing.headByteCount))) {
    case .archive(let format, let name) where format != .zip:
      let kind = "\(name), \(compression.rawValue)"
      return Reading(content: .archive, packing: readMembers(stream, format, kind, members, depth: depth))
    case let inner:
      let unpacked = collect(stream, expecting: nil)
      budget.spend(UInt64(unpacked.size))
      var packing = EvidencePacking(kind: compression.rawValue)
      if let error = unpacked.error { packing.problems.append(problem(error)) }
      guard let bytes = unpacked.bytes else {
        return Reading(content: unpacked.isRefused ? .unreadable(Self.tooMuch) : .unrecognised(nil), packing: packing)
      }
      guard let inner else { return Reading(content: identify(bytes, path: plainPath(path)), packing: packing) }
      var reading = unpack(MemorySource(bytes), inner, plainPath(path), members, depth: depth + 1)
      let own = reading.packing
      reading.packing = EvidencePacking(
        kind: [own?.kind, packing.kind].compactMap { $0 }.joined(separator: ", "), memberCount: own?.memberCount,
        problems: packing.problems + (own?.problems ?? []))
      return reading
    }
  }

  /// Reads every member. libarchive gives a zip up at the first member that does not unpack, so the rest of it is read by
  /// opening it anew: its directory says where the others stand.
  private mutating func readMembers(
    _ source: any ByteSource, _ format: ArchiveReader.Format, _ kind: String, _ prefix: String, depth: Int
  ) -> EvidencePacking {
    var packing = EvidencePacking(kind: kind, memberCount: 0)
    var places: [[UInt8]: Int] = [:]
    for _ in 0..<Budget.restarts {
      let known = packing.memberCount ?? 0
      do {
        try readMembers(behind: known, of: source, format, prefix, &packing, &places, depth: depth)
        return packing
      } catch {
        packing.problems.append(problem(error))
        guard let source = source as? any SeekableSource, format == .zip, error.kind != .unreadable,
          (packing.memberCount ?? 0) > known
        else { return packing }
        if case .limit = error.kind { return packing }
        do { try source.seek(to: 0) } catch { return packing }
      }
    }
    packing.problems.append(.init(isRefusal: false, text: "too many of its members are damaged"))
    return packing
  }

  private mutating func readMembers(
    behind known: Int, of source: any ByteSource, _ format: ArchiveReader.Format, _ prefix: String,
    _ packing: inout EvidencePacking, _ places: inout [[UInt8]: Int], depth: Int
  ) throws(ArchiveError) {
    let reader = try ArchiveReader(source, format, limits: budget.limits)
    defer { budget.spend(reader, known: known) }
    while let member = try reader.next() {
      if reader.memberCount <= known { continue }
      packing.memberCount = reader.memberCount
      do {
        try add(member, of: reader, prefix, &places, depth: depth)
      } catch  where error.kind == .damagedMember {
        packing.problems.append(problem(error, of: member))
      }
    }
    if format != .zip, try reader.drain().hasContent {
      packing.problems.append(.init(isRefusal: false, text: "bytes follow the end of the archive"))
    }
  }

  /// - parameter places: where the file of each member's path stands in `files`.
  private mutating func add(
    _ member: ArchiveMember, of reader: ArchiveReader, _ prefix: String, _ places: inout [[UInt8]: Int], depth: Int
  ) throws(ArchiveError) {
    let components = Self.components(member.path)
    let names = components.isEmpty ? [Array("member-\(reader.memberCount)".utf8)] : components
    let path = unused(prefix + names.map { escapedText($0) }.joined(separator: "/"))
    func refuse(_ content: EvidenceContent) -> EvidenceFile {
      EvidenceFile(path: path, size: Int(clamping: member.byteCount ?? 0), sha256: nil, content: content)
    }
    if member.kind == .directory { return }
    if member.path.first == UInt8(ascii: "/") || components.contains(Array("..".utf8)) {
      return add(refuse(.refused("a member of an archive whose path leads out of it")))
    }
    switch member.kind {
    case .directory: break
    case .symbolicLink: add(refuse(.unreadable("a symbolic link, which is not followed")))
    case .other: add(refuse(.unreadable("neither a file nor a folder")))
    case .hardLink(let target):
      guard let place = places[Self.key(target)] else {
        return add(refuse(.unreadable("a hard link to something that is not in the archive")))
      }
      var file = files[place]
      file.path = path
      add(file)
    case .regular:
      let unpacked = collect(reader.memberData, expecting: member.byteCount)
      if case .limit? = unpacked.error?.kind {
        add(refuse(.unreadable("it lies where the archive was given up")))
      } else if unpacked.error != nil, unpacked.size == 0 {
        add(refuse(.unreadable("it does not unpack")))
      } else if let bytes = unpacked.bytes {
        places[Self.key(member.path)] = add(bytes, path: path, depth: depth + 1)
      } else {
        add(
          EvidenceFile(
            path: path, size: unpacked.size, sha256: unpacked.sha256,
            content: unpacked.isRefused ? .unreadable(Self.tooMuch) : .unrecognised(nil)))
      }
      if let error = unpacked.error { throw error }
    }
  }

  private static func components(_ path: [UInt8]) -> [[UInt8]] {
    path.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
  }

  private static func key(_ path: [UInt8]) -> [UInt8] { Array(components(path).joined(separator: [UInt8(ascii: "/")])) }

  private static let tooMuch =
    "what archives of the case hold is more than the \(Budget.keptByteCount >> 30) GiB that are read"

  private func problem(_ error: ArchiveError, of member: ArchiveMember? = nil) -> EvidencePacking.Problem {
    let place = member.map { "'\(escapedText($0.path))': " } ?? ""
    if case .limit = error.kind { return .init(isRefusal: true, text: "\(place)it \(error.message)") }
    return .init(isRefusal: false, text: place + escapedText(error.message.utf8))
  }

  // MARK: Members in memory

  private struct Unpacked {
    var size = 0
    /// Nil when there are too many to keep, or the content is none that is read.
    var bytes: [UInt8]? = []
    var sha256: [UInt8]?
    /// It would be read, but for the budget.
    var isRefused = false
    var error: ArchiveError?
  }

  /// What a source gives, kept as far as it is of use and hashed in any case. What came before a fault is kept.
  private mutating func collect(_ source: any ByteSource, expecting byteCount: UInt64?) -> Unpacked {
    var unpacked = Unpacked()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(clamping: min(byteCount ?? 0, UInt64(smallByteCount))))
    var limit = smallByteCount
    var digest: FileDigestStream?
    var isRefused = false
    do throws(ArchiveError) {
      try source.forEachPiece { piece in
        unpacked.size += piece.byteCount
        if let digest { return digest.add(piece) }
        // Safe: the piece lives through the call.
        unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        if bytes.count > limit { limit = largest(bytes) }
        isRefused = bytes.count > budget.keptByteCount
        guard bytes.count > limit || isRefused else { return }
        digest = FileDigestStream([.sha256])
        digest?.add(bytes)
        bytes = []
      }
    } catch {
      unpacked.error = error
    }
    unpacked.isRefused = isRefused
    if let digest {
      unpacked.bytes = nil
      unpacked.sha256 = digest.finish()?.first
    } else {
      budget.keptByteCount -= bytes.count
      unpacked.bytes = bytes
    }
    return unpacked
  }

  /// How much of something that begins so is kept.
  private func largest(_ head: [UInt8]) -> Int {
    if Packing(Array(head.prefix(Packing.headByteCount))) != nil { return largestInnerArchiveByteCount }
    if isDocument(head) { return largestDocumentByteCount }
    return isLog(head) ? largestLogByteCount : smallByteCount
  }
}

/// A path without the ending that says how the file is compressed.
func plainPath(_ path: String) -> String {
  guard let suffix = Packing.suffixes.first(where: { path.lowercased().hasSuffix($0) }) else { return path }
  return String(path.dropLast(suffix.count))
}

/// Hashes and recognises the bytes of one file; what an archive or a document holds is left out.
public func evidenceFile(_ bytes: [UInt8], path: String) -> EvidenceFile {
  var reader = EvidenceReader()
  let place = reader.add(bytes, path: path)
  return reader.files[place]
}

/// Reads, hashes and recognises one file; what an archive or a document holds is left out.
public func evidenceFile(at place: FilePath, path: String) throws(FileError) -> EvidenceFile {
  var reader = EvidenceReader()
  let own = try reader.add(fileAt: place, path: path)
  return reader.files[own]
}

/// A file and, when it is an archive or an evidence document, behind it what it holds, sorted by path.
public func evidenceFiles(at place: FilePath, path: String) throws(FileError) -> [EvidenceFile] {
  var reader = EvidenceReader()
  let own = try reader.add(fileAt: place, path: path)
  return reader.sorted(startingWith: own)
}

public func evidenceFiles(_ bytes: [UInt8], path: String) -> [EvidenceFile] {
  var reader = EvidenceReader()
  let own = reader.add(bytes, path: path)
  return reader.sorted(startingWith: own)
}
