import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests

/// The state while one database of dpkg is read.
struct DpkgDatabaseReader {
  private let place: DpkgDatabase.Place
  private let options: BuildOptions
  private var problems: ProblemList
  /// Lines of the listing whose digest identifies the database.
  private var digestLines: [(path: [UInt8], line: String)] = []
  private var byteCount = 0
  /// Names in `info`.
  private var infoNames: Set<[UInt8]> = []
  private var diversions: [[UInt8]: DebianFileLists.Diversion] = [:]

  init(_ place: DpkgDatabase.Place, options: BuildOptions) {
    self.place = place
    self.options = options
    problems = ProblemList(source: place.name)
  }

  mutating func read() -> ManifestReading {
    var reading = ManifestReading(
      source: ReferenceSource(kind: .dpkgDatabase, path: place.name, byteCount: 0, sha256: []))
    let (status, sha256) = contents(place.status, called: "status") ?? ([], [])
    if let folder = place.folder { readFolder(folder) }
    reading.packages = packages(of: status)
    reading.source.byteCount = byteCount
    reading.source.sha256 = place.folder == nil ? sha256 : listingDigest
    if reading.packages.contains(where: { $0.files.contains { !$0.digests.isEmpty } }) {
      problems.add(
        .weakDigest,
        "dpkg records MD5 digests only, and nothing protects its records: a match shows what the system claims.")
    }
    reading.problems = problems.all
    return reading
  }

  private var listingDigest: [UInt8] {
    let lines = digestLines.sorted { $0.path.lexicographicallyPrecedes($1.path) }.map(\.line)
    return FileDigestAlgorithm.sha256.digest(of: Array(lines.joined().utf8)) ?? []
  }

  private mutating func readFolder(_ folder: FilePath) {
    do {
      infoNames = Set(try names(in: folder.appending(Array("info".utf8))))
    } catch {
      problems.add(.fileMissing, "The folder info cannot be read: \(error.reason).")
    }
    let path = folder.appending(Array("diversions".utf8))
    guard (try? kind(of: path, following: true)) != nil, let (bytes, _) = contents(path, called: "diversions") else {
      return
    }
    let parsed = DebianFileLists.diversions(bytes, file: "diversions")
    for problem in parsed.problems { problems.add(problem, subject: Array("diversions".utf8)) }
    diversions = Dictionary(parsed.value.map { ($0.from, $0) }) { first, _ in first }
  }

  private mutating func packages(of status: [UInt8]) -> [ReferencePackage] {
    var reader = DebianParagraphReader(status, file: place.name)
    var packages: [ReferencePackage] = []
    while let paragraph = reader.next() {
      do {
        var faults: [ParseError] = []
        let entry = try DpkgStatusEntry(paragraph, file: place.name, problems: &faults)
        for fault in faults { problems.add(fault) }
        if let entry { packages.append(package(entry)) }
      } catch {
        problems.add(error)
      }
    }
    for problem in reader.problems { problems.add(problem) }
    return packages
  }

  private mutating func package(_ entry: DpkgStatusEntry) -> ReferencePackage {
    let control = entry.control
    return ReferencePackage(
      format: .deb, name: control.name, version: control.version, architecture: control.architecture,
      sourceName: control.sourceName, sourceVersion: control.sourceVersion, files: files(entry))
  }

  private mutating func files(_ entry: DpkgStatusEntry) -> [ReferenceFile] {
    let digests = infoList(entry.control, "md5sums", DebianFileLists.digests)
    let paths = infoList(entry.control, "list", DebianFileLists.paths)
    let folders = Set(paths.map { parent(of: $0) })
    var files: [[UInt8]: ReferenceFile] = [:]
    for path in paths { files[path] = ReferenceFile(path: path, kind: folders.contains(path) ? .directory : .regular) }
    for line in digests {
      files[line.path, default: ReferenceFile(path: line.path)].digests = [
        ReferenceDigest(line.algorithm, line.digest, origin: .systemRecord)
      ]
      // A path that others lie below is a link to a folder in one of the two lists; the digest says that it is a file.
      files[line.path]?.kind = .regular
    }
    for conffile in entry.conffiles {
      var file = files[conffile.path] ?? ReferenceFile(path: conffile.path)
      file.flags.insert(.configuration)
      if let md5 = conffile.md5 { file.digests = [ReferenceDigest(.md5, md5, origin: .systemRecord)] }
      files[conffile.path] = file
    }
    return files.values.map { diverted($0, of: entry.control.name) }
      .sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }

  /// The file where it lies: a diversion moves the files of every package but the one that asked for it.
  private func diverted(_ file: ReferenceFile, of package: String) -> ReferenceFile {
    guard let diversion = diversions[file.path], diversion.package != package, file.kind != .directory else {
      return file
    }
    var file = file
    file.path = diversion.to
    file.flags.insert(.diverted)
    return file
  }

  /// A list in `info`, under the package's name with or without its architecture. Only the list of paths must be there.
  private mutating func infoList<Line>(
    _ control: DebianControl, _ suffix: String, _ parse: ([UInt8], String) -> Parsed<[Line]>
  ) -> [Line] {
    guard let folder = place.folder else { return [] }
    let names = ["\(control.name):\(control.architecture).\(suffix)", "\(control.name).\(suffix)"].map {
      Array($0.utf8)
    }
    guard let name = names.first(where: infoNames.contains) else {
      if suffix == "list" {
        problems.add(.fileMissing, "dpkg has no list of the package's paths.", subject: Array(control.name.utf8))
      }
      return []
    }
    let called = "info/\(escapedText(name))"
    let path = folder.appending(Array("info".utf8)).appending(name)
    guard let (bytes, _) = contents(path, called: called) else { return [] }
    let parsed = parse(bytes, called)
    for problem in parsed.problems { problems.add(problem, subject: Array(called.utf8)) }
    return parsed.value
  }

  /// The bytes of one file of the database with their SHA-256; nil, with a problem, when they cannot be had.
  private mutating func contents(_ path: FilePath, called name: String) -> (bytes: [UInt8], sha256: [UInt8])? {
    let (bytes, failure) = heldContents(of: path, limit: options.limits.heldByteCount)
    if let failure {
      problems.add(.damaged, "The file cannot be read: \(failure).", subject: Array(name.utf8))
      return nil
    }
    guard let sha256 = FileDigestAlgorithm.sha256.digest(of: bytes) else {
      problems.add(.damaged, "OpenSSL on this machine lacks SHA-256.", subject: Array(name.utf8))
      return nil
    }
    byteCount += bytes.count
    digestLines.append((Array(name.utf8), "\(hexText(sha256))  \(name)\n"))
    return (bytes, sha256)
  }

  private func parent(of path: [UInt8]) -> [UInt8] {
    let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? 0
    return slash == 0 ? [UInt8(ascii: "/")] : Array(path[..<slash])
  }
}
