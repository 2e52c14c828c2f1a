import Archives
import ByteReading
import Digests
import ReferenceManifests

/// The members of a package's `data.tar`, hashed as they stream by.
struct DebianPayload {
  private let contents: PayloadDigests
  /// The package's own digests.
  private let lines: [[UInt8]: DebianFileLists.DigestLine]
  /// Those that no member has answered yet.
  private var unanswered: [[UInt8]: DebianFileLists.DigestLine]
  private var files: [ReferenceFile] = []
  private var isWhole = false

  // Symbolic links of the package, and the folder last found to lie below none of them.
  private var links: Set<[UInt8]> = []
  private var clearFolder: [UInt8] = []
  // Paths of `files`, as far as hard links made it necessary to look.
  private var places: [[UInt8]: Int] = [:]
  private var placedCount = 0

  init(_ digestLines: [[UInt8]: DebianFileLists.DigestLine], _ contents: PayloadDigests) {
    lines = digestLines
    unanswered = digestLines
    self.contents = contents
  }

  mutating func read(
    _ source: any ByteSource, _ compression: Compression, _ options: BuildOptions, _ problems: inout ProblemList
  ) {
    do {
      let limits = options.limits.archive
      let stream = try Decompression(source, compression, limits: limits)
      let archive = try ArchiveReader(stream, .tar, limits: limits)
      while let member = try archive.next() { try read(member, of: archive, &problems) }
      isWhole = true
      if try archive.drain().hasContent {
        problems.add(.damaged, "Bytes follow the end of data.tar. dpkg would not unpack them.")
      }
    } catch {
      problems.add(error, of: "data.tar")
    }
  }

  /// The members, conffiles marked. Reports what the package's own list names and the payload lacks.
  mutating func files(conffiles: Set<[UInt8]>, _ problems: inout ProblemList) -> [ReferenceFile] {
    if isWhole {
      for path in unanswered.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        problems.add(.payloadDiffers, "md5sums names a file that data.tar does not hold.", subject: path)
      }
    }
    return files.map { file in
      var file = file
      if conffiles.contains(file.path) { file.flags.insert(.configuration) }
      return file
    }
  }

  /// The list of the package's files that dpkg writes when it unpacks the package, under the paths where dpkg keeps it:
  /// dpkg reads the lists of all packages whenever it runs.
  ///
  /// Source: dpkg, src/main/unpack.c and lib/dpkg/db-fsys-files.c, `write_filelist_except`.
  func list(of package: DebianControl) -> [ReferenceFile] {
    let root = Array("/".utf8)
    let text: [UInt8] = files.flatMap { file in (file.path == root ? root + Array(".".utf8) : file.path) + [0x0a] }
    let content = contents.read(text)
    return package.infoPrefixes.map { prefix in
      ReferenceFile(
        path: prefix + Array("list".utf8), byteCount: content.byteCount, mode: 0o644, flags: .packageRecord,
        digests: content.digests, content: content.content)
    }
  }

  private mutating func read(
    _ member: ArchiveMember, of archive: ArchiveReader, _ problems: inout ProblemList
  ) throws(ArchiveError) {
    guard let path = safePath(member, &problems) else { return }
    if let warning = member.warning {
      problems.add(.damaged, "The header is odd: \(escapedText(warning.utf8)).", subject: path)
    }
    var file = ReferenceFile(path: path, mode: member.mode)
    switch member.kind {
    case .regular:
      let line = unanswered.removeValue(forKey: path)
      let content = try contents.read(extra: line?.algorithm) { (body) throws(ArchiveError) in
        try archive.forEachPiece(body)
      }
      file.byteCount = content.byteCount
      file.digests = content.digests
      file.content = content.content
      switch content.image {
      case .image(let image): file.image = image
      case .noImage: break
      case .tooLarge: problems.add(.unrecognised, BootImageCollector.tooLarge, subject: path)
      }
      if let line { compare(line, with: content, &problems) }
    case .directory: file.kind = .directory
    case .symbolicLink(let target):
      guard !leadsOut(target, from: path) else {
        return problems.add(
          .refused, "A symbolic link that leads out of the file system's root.", subject: path,
          actual: escapedText(target))
      }
      file.kind = .symbolicLink(target: target)
      links.insert(path)
      clearFolder = []
    case .hardLink(let target):
      guard let linked = linkedFile(path, target, &problems) else { return }
      file = linked
    case .other: file.kind = .other
    }
    files.append(file)
  }

  private func compare(
    _ line: DebianFileLists.DigestLine, with content: PayloadDigests.Content, _ problems: inout ProblemList
  ) {
    guard content.extra != line.digest else { return }
    problems.add(
      .payloadDiffers, "The file is not what the package's own md5sums says.", subject: line.path,
      expected: "\(line.algorithm.name) \(hexText(line.digest))", actual: hexText(content.extra ?? []))
  }

  /// The absolute path of a member; nil, with a problem, when it leads out of the place where the package is unpacked.
  private mutating func safePath(_ member: ArchiveMember, _ problems: inout ProblemList) -> [UInt8]? {
    guard member.path.first != UInt8(ascii: "/"), let path = absolutePath(member.path) else {
      problems.add(.refused, "A member whose path is absolute or empty.", subject: member.path)
      return nil
    }
    let parts = path.split(separator: UInt8(ascii: "/"))
    guard !parts.contains(where: { $0.elementsEqual("..".utf8) }) else {
      problems.add(.refused, "A member whose path leads out with “..”.", subject: member.path)
      return nil
    }
    let folder = Array(path.prefix(path.count - (parts.last?.count ?? 0)))
    guard isClear(folder) else {
      problems.add(.refused, "A member that lies below a symbolic link of the same package.", subject: member.path)
      return nil
    }
    return path
  }

  /// True when no folder on the way is a symbolic link of the package.
  private mutating func isClear(_ folder: [UInt8]) -> Bool {
    if links.isEmpty || folder == clearFolder { return true }
    for (index, byte) in folder.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
      if links.contains(Array(folder[..<index])) { return false }
    }
    clearFolder = folder
    return true
  }

  /// True when the target climbs above the root, which no honest package needs.
  private func leadsOut(_ target: [UInt8], from path: [UInt8]) -> Bool {
    let slash = UInt8(ascii: "/")
    var depth = target.first == slash ? 0 : path.split(separator: slash).count - 1
    for part in target.split(separator: slash) where !part.elementsEqual(".".utf8) {
      depth += part.elementsEqual("..".utf8) ? -1 : 1
      if depth < 0 { return true }
    }
    return false
  }

  /// A further name of a member that came before, with what is known of it.
  private mutating func linkedFile(
    _ path: [UInt8], _ target: [UInt8], _ problems: inout ProblemList
  ) -> ReferenceFile? {
    guard target.first != UInt8(ascii: "/"), let absolute = absolutePath(target),
      !absolute.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) })
    else {
      problems.add(.refused, "A hard link that leads out of the package.", subject: path, actual: escapedText(target))
      return nil
    }
    while placedCount < files.count {
      places[files[placedCount].path] = placedCount
      placedCount += 1
    }
    guard let place = places[absolute] else {
      problems.add(
        .refused, "A hard link to a file that the package does not hold before it.", subject: path,
        actual: escapedText(target))
      return nil
    }
    var file = files[place]
    file.path = path
    if let line = unanswered.removeValue(forKey: path) { checkLinked(line, to: absolute, file, &problems) }
    return file
  }

  /// Names of one file must have one digest in the package's own list. That of the first name was compared with the
  /// content, which is not at hand any more.
  private func checkLinked(
    _ line: DebianFileLists.DigestLine, to target: [UInt8], _ file: ReferenceFile, _ problems: inout ProblemList
  ) {
    let computed = file.digests.first { $0.algorithm == line.algorithm }?.bytes
    let listed = lines[target].flatMap { $0.algorithm == line.algorithm ? $0.digest : nil }
    guard let known = computed ?? listed, known != line.digest else { return }
    problems.add(
      .payloadDiffers, "The file is not what the package's own md5sums says.", subject: line.path,
      expected: "\(line.algorithm.name) \(hexText(line.digest))", actual: hexText(known))
  }
}
