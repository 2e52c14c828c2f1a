import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests

/// Reads one `.deb`: every member of the payload hashed, the maintainer scripts and the other control members under the
/// paths where dpkg puts them, and the package file itself under the name that apt gives it.
///
/// Nothing is written to disk, and the payload is never held: the file is read once, in pieces that go through `ar`, the
/// decompression, `tar` and the digests.
///
/// Source: deb(5), deb-control(5); dpkg, src/main/unpack.c for the paths.
public enum DebianPackageReader {
  /// Reads the file at `path`; `name` is what it is called in `ReferenceSource.path` and in problems. What cannot be read
  /// is a problem of the reading. A file that is no package gives a reading without packages.
  public static func read(path: FilePath, name: String, options: BuildOptions) -> ManifestReading {
    let failed = { (message: String) in
      ManifestReading(
        source: ReferenceSource(kind: .deb, path: name, byteCount: 0, sha256: []),
        problems: [ReferenceProblem(.damaged, source: name, message: message)])
    }
    guard let whole = FileDigestStream(options.algorithms + [.sha256]),
      let contents = PayloadDigests(options.algorithms)
    else { return failed("OpenSSL on this machine lacks a digest that is wanted.") }
    do {
      let file = try FileSource(path: path.bytes) { whole.add($0) }
      var reading = DebianPackageReading(name: name, options: options, contents: contents)
      reading.read(file)
      return reading.finish(file, whole: whole)
    } catch {
      return failed("Cannot be opened: \(error.message).")
    }
  }
}

/// The state while one package is read.
private struct DebianPackageReading {
  let options: BuildOptions
  let contents: PayloadDigests
  var problems: ProblemList
  var name: String

  var builtAt: String?
  var control: DebianControlArchive?
  var payload: DebianPayload?

  init(name: String, options: BuildOptions, contents: PayloadDigests) {
    self.name = name
    self.options = options
    self.contents = contents
    problems = ProblemList(source: name)
  }

  /// Reads the members of the `ar` and then the file to its end, so that its own digests cover all of it.
  mutating func read(_ file: FileSource) {
    do {
      let archive = try ArchiveReader(file, .ar, limits: options.limits.archive)
      while let member = try archive.next() { read(member, of: archive) }
      if control == nil { problems.add(.damaged, "There is no control.tar, so nobody knows which package this is.") }
      if payload == nil { problems.add(.damaged, "There is no data.tar: the package ships no files.") }
      if try archive.drain().hasContent {
        problems.add(.damaged, "Bytes follow the end of the ar archive. dpkg would not read them.")
      }
    } catch {
      problems.add(error, of: "ar")
    }
    // After a fault, too.
    do { _ = try file.drain() } catch { problems.add(error, of: "file") }
  }

  /// Source: deb(5): `debian-binary`, then members whose name begins with `_`, control.tar, more of those, data.tar.
  private mutating func read(_ member: ArchiveMember, of archive: ArchiveReader) {
    if member.path == Array("debian-binary".utf8) {
      builtAt = member.modifiedAt.flatMap { $0 > 0 ? rfc3339Text(secondsSince1970: $0) : nil }
      checkVersion(archive)
    } else if let compression = compression(of: member, stem: "control.tar"), control == nil {
      var control = DebianControlArchive()
      control.read(archive.memberData, compression, options, &problems)
      self.control = control
    } else if let compression = compression(of: member, stem: "data.tar"), payload == nil {
      if control == nil { problems.add(.damaged, "data.tar comes before control.tar. dpkg would refuse this.") }
      var payload = DebianPayload(control?.digestLines(&problems) ?? [:], contents)
      payload.read(archive.memberData, compression, options, &problems)
      self.payload = payload
    } else if member.path.first != UInt8(ascii: "_") {
      problems.add(.unrecognised, "A member that dpkg does not read; it is not looked into.", subject: member.path)
    }
  }

  private mutating func checkVersion(_ archive: ArchiveReader) {
    do {
      let version = try archive.memberData.remainingBytes(limit: 1 << 16)
      guard !version.starts(with: Array("2.".utf8)) else { return }
      problems.add(
        .damaged, "debian-binary names a version of the format that is not known.", expected: "2.0",
        actual: escapedText(version.prefix(20)))
    } catch {
      problems.add(error, of: "debian-binary")
    }
  }

  /// Nil when the member has another name. dpkg goes by the name, too.
  private func compression(of member: ArchiveMember, stem: String) -> Compression? {
    guard member.path.starts(with: Array(stem.utf8)) else { return nil }
    switch String(decoding: member.path.dropFirst(stem.utf8.count), as: UTF8.self) {
    case "": return Compression.none
    case ".gz": return .gzip
    case ".xz": return .xz
    case ".zst": return .zstd
    case ".bz2": return .bzip2
    case ".lzma": return .lzma
    default: return nil
    }
  }

  mutating func finish(_ file: FileSource, whole: FileDigestStream) -> ManifestReading {
    let digests = Dictionary(
      uniqueKeysWithValues: zip(whole.algorithms, whole.finish() ?? whole.algorithms.map { _ in [] }))
    let source = ReferenceSource(
      kind: .deb, path: name, byteCount: file.readCount, sha256: digests[.sha256] ?? [], date: builtAt)
    var reading = ManifestReading(source: source)
    if let control, let package = control.package(&problems) {
      let own = ReferenceFile(
        path: Array("/\(package.fileName)".utf8), byteCount: UInt64(file.readCount), flags: .packageRecord,
        digests: options.algorithms.compactMap { algorithm in
          digests[algorithm].map { ReferenceDigest(algorithm, $0, origin: .payload) }
        }, content: .other)
      let files = payload?.files(conffiles: control.conffiles(&problems), &problems) ?? []
      let records = control.files(of: package, contents) + (payload?.list(of: package) ?? [])
      let all = files + records + [own]
      reading.packages = [
        ReferencePackage(
          format: .deb, name: package.name, version: package.version, architecture: package.architecture,
          sourceName: package.sourceName, sourceVersion: package.sourceVersion, date: builtAt,
          files: all.sorted { $0.path.lexicographicallyPrecedes($1.path) })
      ]
    }
    reading.problems = problems.all
    return reading
  }
}
