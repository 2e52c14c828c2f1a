import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests

/// How the header vouches for the payload as a whole.
enum RPMPayloadTie {
  /// By a strong digest of the payload, which holds.
  case strong
  /// Not at all, or by a weak digest only: each file stands for itself.
  case none
  /// The payload does not have the digest that the header gives.
  case contradicted
}

/// Unpacks the payload of an RPM package piece by piece, hashes its files and compares them with the header.
struct RPMPayloadReader {
  private let description: RPMDescription
  private let name: String
  private let options: BuildOptions
  private(set) var problems: [ReferenceProblem] = []
  /// By the index of the file in the header's list.
  private var contents: [Int: Content] = [:]

  struct Content {
    var digests: [ReferenceDigest]
    var content: FileContent
    var image: BootImageCollector.Outcome
  }

  init(_ description: RPMDescription, name: String, options: BuildOptions) {
    self.description = description
    self.name = name
    self.options = options
  }

  /// Reads what can be read; the rest is a problem.
  mutating func read(path: FilePath, offset: Int, _ tie: RPMPayloadTie) {
    let algorithms = options.algorithms + [description.fileDigestAlgorithm].compactMap { $0 }
    guard let stream = FileDigestStream(algorithms) else {
      problems.append(
        ReferenceProblem(.damaged, source: name, message: "OpenSSL lacks one of the algorithms that are needed."))
      return
    }
    var receiver = Receiver(description, stream)
    var archive = CpioStream(
      file: name, maximumPathByteCount: options.limits.pathByteCount, maximumEntryCount: options.limits.memberCount)
    do {
      let source = try FileSource(path: path.bytes, startingAt: offset)
      let unpacked = try Decompression(source, compression, limits: options.limits.archive)
      while true {
        // Safe: the piece is used up before the next call.
        let piece = unsafe try unpacked.nextPiece()
        if unsafe piece.isEmpty { break }
        try archive.add(unsafe piece.bytes, to: &receiver)
      }
      try archive.finish()
    } catch let error as ParseError {
      problems.append(
        ReferenceProblem(
          .damaged, source: name, subject: "payload",
          message: "\(error.field) at byte \(error.offset) of the unpacked payload is not what it should be.",
          expected: error.expected, actual: error.found))
    } catch let error as ArchiveError {
      let kind: ReferenceProblem.Kind = if case .limit = error.kind { .refused } else { .damaged }
      problems.append(
        ReferenceProblem(
          kind, source: name, subject: "payload", offset: error.offset.map { $0 + offset },
          message: "The payload: \(error.message)."))
    } catch {
      problems.append(ReferenceProblem(.damaged, source: name, subject: "payload", message: "\(error)"))
    }
    if archive.hasTrailingContent {
      problems.append(
        ReferenceProblem(.damaged, source: name, subject: "payload", message: "Bytes follow the end of the archive."))
    }
    contents = receiver.contents
    problems += receiver.problems(source: name)
    compare(isWhole: archive.isAtEnd, tie)
  }

  /// Nil, so that the first bytes decide, where the header names none that is known here.
  private var compression: Compression? {
    switch description.payload.compressor {
    case "gzip": .gzip
    case "bzip2": .bzip2
    case "xz": .xz
    case "lzma": .lzma
    case "zstd": .zstd
    default: nil
    }
  }

  /// Drops digests of files that are not the header's; nobody vouches for them.
  private mutating func compare(isWhole: Bool, _ tie: RPMPayloadTie) {
    for (index, file) in description.files.enumerated() where file.kind == .regular {
      guard let content = contents[index] else {
        if isWhole && !file.flags.contains(.ghost) {
          problems.append(
            ReferenceProblem(
              .payloadDiffers, source: name, subject: escapedText(file.path),
              message: "The header lists the file and the payload does not hold it."))
        }
        continue
      }
      guard let algorithm = description.fileDigestAlgorithm, !file.digest.isEmpty,
        let found = content.digests.first(where: { $0.algorithm == algorithm })?.bytes, found != file.digest
      else {
        // Of a payload that is not the header's, only what a strong digest of the header names is the vendor's.
        if tie == .contradicted, file.digest.isEmpty || description.fileDigestAlgorithm?.strength != .strong {
          contents[index] = nil
        }
        continue
      }
      contents[index] = nil
      problems.append(
        ReferenceProblem(
          .payloadDiffers, source: name, subject: escapedText(file.path),
          message: "The payload's file does not have the \(algorithm.name) that the header gives.",
          expected: hexText(file.digest), actual: hexText(found)))
    }
  }

  /// Adds the digests that the header does not have to the files of `package`.
  func apply(to package: inout ReferencePackage) {
    var byPath: [[UInt8]: Content] = [:]
    for (index, content) in contents { byPath[Receiver.installed(description.files[index].path)] = content }
    for index in package.files.indices where !package.files[index].flags.contains(.maintainerScript) {
      guard let content = byPath[package.files[index].path] else { continue }
      let known = package.files[index].digests.map(\.algorithm)
      package.files[index].digests += content.digests.filter {
        options.algorithms.contains($0.algorithm) && !known.contains($0.algorithm)
      }
      package.files[index].digests.sort { $0.algorithm < $1.algorithm }
      package.files[index].content = content.content
      if case .image(let image) = content.image { package.files[index].image = image }
    }
  }
}

/// Takes the files of a payload as they come.
private struct Receiver: CpioStream.Receiver {
  private let files: [RPMFile]
  private let stream: FileDigestStream
  private var byPath: [[UInt8]: Int] = [:]
  private var byIndex: [Int: Int] = [:]
  /// Names of a file whose data come with its last name.
  private var waiting: [CpioStream.Inode: [Int]] = [:]
  /// In stripped archives, by the number of the inode in the header.
  private var linked: [UInt64: [Int]] = [:]
  private var present: (index: Int, entry: CpioStream.Entry)?
  private var scanner = FileContentScanner()
  private var images = BootImageCollector()
  private(set) var contents: [Int: RPMPayloadReader.Content] = [:]
  private var unlisted: [String] = []
  private var unlistedCount = 0

  init(_ description: RPMDescription, _ stream: FileDigestStream) {
    files = description.files
    self.stream = stream
    for (index, file) in files.enumerated() {
      byPath[Self.installed(file.path)] = index
      byIndex[file.index] = index
      if let inode = file.inode, file.kind == .regular, !file.flags.contains(.ghost) {
        linked[inode, default: []].append(index)
      }
    }
  }

  /// Source packages have bare names, archives begin theirs with a dot.
  static func installed(_ path: [UInt8]) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    if path.first == slash { return path }
    return path.starts(with: Array("./".utf8)) ? Array(path.dropFirst()) : [slash] + path
  }

  func byteCount(ofFile number: Int) -> UInt64? {
    guard let index = byIndex[number] else { return nil }
    let file = files[index]
    switch file.kind {
    case .regular:
      // All names of a file but the last come without data.
      let names = file.inode.flatMap { linked[$0] } ?? [index]
      return names.last == index ? file.byteCount ?? 0 : 0
    case .symbolicLink: return file.byteCount ?? 0
    case .directory, .other: return 0
    }
  }

  mutating func begin(_ entry: CpioStream.Entry) {
    scanner = FileContentScanner()
    images = BootImageCollector()
    switch entry.name {
    case .index(let index): present = byIndex[index].map { ($0, entry) }
    case .path(let path):
      present = byPath[Self.installed(path)].map { ($0, entry) }
      if present == nil {
        unlistedCount += 1
        if unlisted.count < 20 { unlisted.append(escapedText(path)) }
      }
    }
  }

  mutating func add(_ piece: RawSpan) {
    guard isHashed else { return }
    stream.add(piece)
    scanner.add(piece)
    images.add(piece)
  }

  private var isHashed: Bool { present.map { files[$0.index].kind == .regular } ?? false }

  mutating func end() {
    guard isHashed, let present else { return }
    let digests = stream.finish() ?? []
    let names = namesOfData(present.index, present.entry)
    if names.isEmpty { return }
    let content = RPMPayloadReader.Content(
      digests: zip(stream.algorithms, digests).map { ReferenceDigest($0, $1, origin: .payload) },
      content: scanner.finish(), image: images.finish())
    for index in names { contents[index] = content }
  }

  /// All names of the file whose data just ended; none when they are still to come.
  private mutating func namesOfData(_ index: Int, _ entry: CpioStream.Entry) -> [Int] {
    let isPlaceholder = entry.byteCount == 0 && (files[index].byteCount ?? 0) > 0
    guard let inode = entry.inode else {
      if isPlaceholder { return [] }
      return files[index].inode.flatMap { linked[$0] } ?? [index]
    }
    if isPlaceholder {
      waiting[inode, default: []].append(index)
      return []
    }
    return (waiting.removeValue(forKey: inode) ?? []) + [index]
  }

  func problems(source: String) -> [ReferenceProblem] {
    let tooLarge = contents.keys.sorted().compactMap { index -> ReferenceProblem? in
      guard case .tooLarge? = contents[index]?.image else { return nil }
      return ReferenceProblem(
        .unrecognised, source: source, subject: escapedText(files[index].path), message: BootImageCollector.tooLarge)
    }
    return tooLarge + unlistedFiles(source: source)
  }

  private func unlistedFiles(source: String) -> [ReferenceProblem] {
    var found = unlisted.map {
      ReferenceProblem(
        .payloadDiffers, source: source, subject: $0, message: "The payload holds a file that the header does not list."
      )
    }
    if unlistedCount > unlisted.count {
      found.append(
        ReferenceProblem(
          .payloadDiffers, source: source,
          message: "The payload holds \(unlistedCount - unlisted.count) more files that the header does not list."))
    }
    return found
  }
}
