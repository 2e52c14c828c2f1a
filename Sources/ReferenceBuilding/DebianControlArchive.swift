import Archives
import ByteReading
import Digests
import ReferenceManifests

/// The members of a package's `control.tar`, held whole: they are small, and dpkg keeps them, too.
///
/// Source: deb-control(5), dpkg(1), "FILES".
struct DebianControlArchive {
  /// Members in the order of the archive; names without `./`.
  private(set) var members: [(name: [UInt8], mode: UInt16, bytes: [UInt8])] = []

  /// Scripts that dpkg or debconf runs.
  private static let scripts = ["preinst", "postinst", "prerm", "postrm", "config"].map { Array($0.utf8) }

  mutating func read(
    _ source: any ByteSource, _ compression: Compression, _ options: BuildOptions, _ problems: inout ProblemList
  ) {
    do {
      let limits = options.limits.archive
      let stream = try Decompression(source, compression, limits: limits)
      let archive = try ArchiveReader(stream, .tar, limits: limits)
      var room = options.limits.heldByteCount
      while let member = try archive.next() {
        guard let name = plainName(member) else {
          if member.kind != .directory {
            problems.add(.refused, "A control member that is no plain file.", subject: member.path)
          }
          continue
        }
        let bytes = try archive.memberData.remainingBytes(limit: room)
        room -= bytes.count
        members.append((name, member.mode, bytes))
      }
      if try archive.drain().hasContent {
        problems.add(.damaged, "Bytes follow the end of control.tar. dpkg would not read them.")
      }
    } catch {
      problems.add(error, of: "control.tar")
    }
  }

  /// The member's name when it is a regular file at the top, which is all that dpkg keeps.
  private func plainName(_ member: ArchiveMember) -> [UInt8]? {
    guard member.kind == .regular, member.path.first != UInt8(ascii: "/"), let path = absolutePath(member.path) else {
      return nil
    }
    let name = path.dropFirst()
    return name.isEmpty || name.contains(UInt8(ascii: "/")) || name.elementsEqual("..".utf8) ? nil : Array(name)
  }

  private func bytes(of name: String) -> [UInt8]? { members.first { $0.name.elementsEqual(name.utf8) }?.bytes }

  /// What `control` says; nil when that is no package.
  func package(_ problems: inout ProblemList) -> DebianControl? {
    let subject = Array("control".utf8)
    guard let bytes = bytes(of: "control") else {
      problems.add(.damaged, "There is no control file, so nobody knows which package this is.")
      return nil
    }
    var reader = DebianParagraphReader(bytes, file: "control")
    let paragraph = reader.next()
    for problem in reader.problems { problems.add(problem, subject: subject) }
    do {
      return try DebianControl(paragraph ?? DebianParagraph(), file: "control")
    } catch {
      problems.add(error, subject: subject)
      return nil
    }
  }

  /// The package's own digests by path; lines that cannot be read are problems.
  func digestLines(_ problems: inout ProblemList) -> [[UInt8]: DebianFileLists.DigestLine] {
    let parsed = DebianFileLists.digests(bytes(of: "md5sums") ?? [], file: "md5sums")
    for problem in parsed.problems { problems.add(problem, subject: Array("md5sums".utf8)) }
    return Dictionary(parsed.value.map { ($0.path, $0) }) { first, _ in first }
  }

  /// Paths of the conffiles that the package ships.
  func conffiles(_ problems: inout ProblemList) -> Set<[UInt8]> {
    let parsed = DebianFileLists.conffiles(bytes(of: "conffiles") ?? [], file: "conffiles")
    for problem in parsed.problems { problems.add(problem, subject: Array("conffiles".utf8)) }
    return Set(parsed.value.filter { !$0.isRemovedOnUpgrade }.map(\.path))
  }

  /// Every member under the paths where dpkg puts it: `tmp.ci` while it unpacks, `info` afterwards. Packages of several
  /// architectures that lie beside each other have the architecture in the name there; they are given under both names,
  /// because dpkg before 1.16 and foreign tools write the plain one. `control` itself goes into `status`.
  func files(of package: DebianControl, _ contents: PayloadDigests) -> [ReferenceFile] {
    members.flatMap { member in
      let content = contents.read(member.bytes)
      let isScript = Self.scripts.contains(member.name)
      let kept = member.name == Array("control".utf8) ? [] : package.infoPrefixes
      return (kept + [Array("/var/lib/dpkg/tmp.ci/".utf8)]).map { folder in
        ReferenceFile(
          path: folder + member.name, byteCount: content.byteCount, mode: member.mode,
          flags: isScript ? .maintainerScript : .packageRecord, digests: content.digests, content: content.content)
      }
    }
  }
}

extension DebianControl {
  /// What the paths of the package's records begin with; the record's name follows.
  var infoPrefixes: [[UInt8]] {
    let names = isCoinstallable ? [name, "\(name):\(architecture)"] : [name]
    return names.map { Array("/var/lib/dpkg/info/\($0).".utf8) }
  }
}
