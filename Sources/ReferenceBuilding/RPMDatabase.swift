import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import OpenPGP
import ReferenceManifests
import ReferenceStore

/// The database of installed packages in the image of a system.
///
/// Each package's header in it still is the one that the vendor signed, region for region, so each becomes a source of its
/// own, with its own signatures: the database of a machine that nobody trusts is a signed manifest, package by package.
/// Only what the installation added (file states) is nobody's word.
///
/// Source: rpm, lib/backend/sqlite.c and lib/backend/ndb/rpmpkg.c; lib/rpmdb.c for what is stored.
public struct RPMDatabase {
  private enum Backend: Sendable {
    case sqlite, ndb, berkeley
  }

  /// Places of the database in an image, and none for its own folder. Each is tried, since one is often a link to another.
  private static let folders: [String] = ["", "usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"]
  private static let fileNames: [(name: String, backend: Backend)] = [
    ("rpmdb.sqlite", .sqlite), ("Packages.db", .ndb), ("Packages", .berkeley),
  ]

  /// What there is to read at `path`: a database file, the folder it lies in, or the root of an image. Nil when there is
  /// none. `name` is the path that is shown.
  ///
  /// Links are not followed: in an image they can lead into the system that looks at it.
  public static func plan(path: FilePath, name: String, options: BuildOptions) -> BuildPlan? {
    var tasks: [ReadingTask] = []
    if let byteCount = fileSize(path) {
      let known = fileNames.first { $0.name == path.lastComponent }?.backend
      if let known, hasMark(path, known) { tasks.append(task(path, name, byteCount, known, options)) }
    } else {
      for folder in folders {
        let parts = folder.split(separator: "/").map { Array($0.utf8) }
        guard let place = descend(path, parts) else { continue }
        let shown = folder.isEmpty ? name : name + "/" + folder
        for (fileName, backend) in fileNames {
          let file = place.appending(Array(fileName.utf8))
          guard let byteCount = fileSize(file), hasMark(file, backend) else { continue }
          tasks.append(task(file, shown + "/" + fileName, byteCount, backend, options))
        }
      }
    }
    return tasks.isEmpty ? nil : BuildPlan(tasks: tasks)
  }

  private static func task(
    _ file: FilePath, _ name: String, _ byteCount: Int, _ backend: Backend, _ options: BuildOptions
  ) -> ReadingTask {
    ReadingTask(label: name, byteCount: byteCount) {
      var reader = RPMDatabaseReader(file: file, name: name, options: options)
      switch backend {
      case .sqlite: return reader.readSQLite()
      case .ndb: return reader.readNDB()
      case .berkeley: return reader.refuse()
      }
    }
  }

  private static func descend(_ root: FilePath, _ parts: [[UInt8]]) -> FilePath? {
    var place = root
    for part in parts {
      place = place.appending(part)
      guard lookedAt(place) == .folder else { return nil }
    }
    return place
  }

  private static func fileSize(_ path: FilePath) -> Int? {
    if case .file(let byteCount) = lookedAt(path) { return byteCount }
    return nil
  }

  /// Nil when nothing stands there; what cannot be looked at is no place of a database either.
  fileprivate static func lookedAt(_ path: FilePath) -> FileKind? {
    do { return try kind(of: path, following: false) } catch { return nil }
  }

  /// `Packages` is also the name of an index of Debian, so that the first bytes must agree.
  private static func hasMark(_ file: FilePath, _ backend: Backend) -> Bool {
    let start: [UInt8]
    do { start = try OpenFile(file).next(16) } catch { return true }
    switch backend {
    // Also when it is damaged, and when it is empty.
    case .sqlite: return true
    case .ndb: return start.starts(with: NDBDatabase.magic)
    // Berkeley DB's hash and btree magic at byte 12, in either order of bytes.
    case .berkeley:
      let magic = Array(start.suffix(4))
      let known: [[UInt8]] = [[0x61, 0x15, 6, 0], [0, 6, 0x15, 0x61], [0x62, 0x31, 5, 0], [0, 5, 0x31, 0x62]]
      return start.count == 16 && known.contains(magic)
    }
  }
}

/// Reads one database file.
private struct RPMDatabaseReader {
  let file: FilePath
  let name: String
  let options: BuildOptions
  private var readings: [ManifestReading] = []
  /// Faults of the database as a whole.
  private var problems: ProblemList

  init(file: FilePath, name: String, options: BuildOptions) {
    self.file = file
    self.name = name
    self.options = options
    problems = ProblemList(source: name)
  }

  /// Reads a private copy, with the changes that SQLite has not yet moved into the file (`-wal`), and never touches the
  /// file's own folder.
  mutating func readSQLite() -> [ManifestReading] {
    do {
      let copies = try PrivateCopy()
      let copy = try copies.add(file, as: "rpmdb.sqlite")
      try addLog(to: copies)
      try ForeignRows.forEach(
        ofTable: "Packages", column: "blob", in: String(decoding: copy.bytes, as: UTF8.self),
        maximumByteCount: min(options.limits.heldByteCount, 1 << 28), maximumCount: options.limits.memberCount
      ) { add($1, number: $0, offset: nil) }
    } catch let error as FileError {
      problems.add(.damaged, error.reason + ".")
    } catch {
      problems.add(.damaged, "The SQLite file: \(error).")
    }
    return finish()
  }

  private mutating func addLog(to copies: PrivateCopy) throws(FileError) {
    let log = FilePath(bytes: file.bytes + Array("-wal".utf8))
    switch RPMDatabase.lookedAt(log) {
    case nil: break
    case .file: _ = try copies.add(log, as: "rpmdb.sqlite-wal")
    default:
      problems.add(.refused, "What stands in the place of its log (rpmdb.sqlite-wal) is no file and is not read.")
    }
    // A journal can name other files, which SQLite would look for.
    if RPMDatabase.lookedAt(FilePath(bytes: file.bytes + Array("-journal".utf8))) != nil {
      problems.add(
        .damaged, "A journal (rpmdb.sqlite-journal) lies beside it and is not applied: a change was not finished.")
    }
  }

  mutating func readNDB() -> [ManifestReading] {
    do {
      let bytes = try FileSource(path: file.bytes).remainingBytes(limit: options.limits.heldByteCount)
      let database = try NDBDatabase(bytes, file: name)
      for problem in database.problems { problems.add(problem) }
      for blob in database.blobs {
        add(Array(bytes[blob.range]), number: Int64(blob.package), offset: blob.range.lowerBound)
      }
    } catch let error as ParseError {
      problems.add(error)
    } catch let error as ArchiveError {
      problems.add(error, of: "The file")
    } catch {
      problems.add(.damaged, "\(error).")
    }
    return finish()
  }

  mutating func refuse() -> [ManifestReading] {
    problems.add(
      .unrecognised, "A database of Berkeley DB, which is not read. Its packages are not part of the references.")
    return finish()
  }

  /// The database itself first, then its packages by name.
  private func finish() -> [ManifestReading] {
    var source = ReferenceSource(kind: .rpmDatabase, path: name, byteCount: 0, sha256: [])
    var problems = problems
    do {
      let whole = try RPMFileDigests(path: file, headers: nil, payload: nil, algorithms: [])
      source.byteCount = whole.byteCount
      source.sha256 = whole.sha256
    } catch {
      problems.add(error, of: "The file")
    }
    return [ManifestReading(source: source, problems: problems.all)]
      + readings.sorted { ($0.source.path, hexText($0.source.sha256)) < ($1.source.path, hexText($1.source.sha256)) }
  }

  // MARK: One package

  private mutating func add(_ blob: [UInt8]?, number: Int64, offset: Int?) {
    guard let blob else {
      problems.add(.refused, "The header of package number \(number) is more than may be held in memory.")
      return
    }
    do throws(ParseError) {
      let header = try RPMHeader(stored: blob, file: name, base: offset ?? 0)
      readings.append(reading(header, blob))
    } catch {
      problems.add(
        .damaged, "The header of package number \(number): \(error.field) is not what it should be.", offset: offset,
        expected: error.expected, actual: error.found)
    }
  }

  private func reading(_ header: RPMHeader, _ blob: [UInt8]) -> ManifestReading {
    let description = RPMDescription(header)
    let source = "\(name)#\(description.fullName)"
    var problems = ProblemList(source: source)
    problems.add(header.problems.map { ReferenceProblem(error: $0, source: source) })
    let (package, faults) = description.referencePackage(source: source, algorithms: options.algorithms)
    problems.add(faults)
    // Keys that were imported are kept as packages without files; nobody signs them.
    let isKey = description.name == "gpg-pubkey" && description.files.isEmpty
    let (signatures, signatureFaults) = verify(header)
    problems.add(signatureFaults.map { ReferenceProblem(error: $0, source: source) })
    if !isKey { problems.add(RPMTrust.problems(of: signatures, source: source, subject: nil)) }
    let (digests, digestFaults) = RPMHeaderDigest.list(of: header, in: header)
    problems.add(digestFaults.map { ReferenceProblem(error: $0, source: source) })
    problems.add(digests.filter { !$0.holds }.map { RPMTrust.problem(of: $0, source: source, subject: nil) })
    if description.fileDigestAlgorithm?.strength == .broken, description.files.contains(where: { !$0.digest.isEmpty }) {
      problems.add(.weakDigest, "The header has MD5 digests only, and those can be forged.")
    }
    return ManifestReading(
      source: ReferenceSource(
        kind: .rpmDatabase, path: source, byteCount: blob.count, sha256: HashAlgorithm.sha256.digest(of: blob) ?? [],
        signatures: signatures, date: package.date, distribution: package.distribution),
      packages: isKey ? [] : [package], problems: problems.all)
  }

  private func verify(_ header: RPMHeader) -> (signatures: [SourceSignature], problems: [ParseError]) {
    let (found, problems) = RPMSignature.list(ofStored: header)
    // Signatures over the payload count only where nothing else signs: they cannot be verified without it.
    let overHeader = found.filter { $0.coverage == .header }
    let signatures = (overHeader.isEmpty ? found : overHeader).flatMap { signature -> [SourceSignature] in
      guard signature.coverage == .header, let message = header.signedBytes else {
        let detail = "Covers the payload, too, which a database does not keep."
        return [SourceSignature(status: .unsupported, scheme: "OpenPGP", key: "", detail: detail)]
      }
      return options.keys.verify(detached: signature.bytes, over: message)
    }
    return (signatures, problems)
  }
}
