import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import OpenPGP
import ReferenceManifests

/// An RPM repository as it was mirrored to disk: `repodata` beside the packages.
///
/// The chain of trust is followed link by link: `repomd.xml.asc` → `repomd.xml` → `primary.xml` → `.rpm`. A link that does
/// not hold is a problem that names it, what lies behind it is read all the same, and a source's `vouchedBy` is set only
/// where its own link holds.
///
/// Source: createrepo_c(8); dnf.conf(5), `repo_gpgcheck`.
public enum RPMRepository {
  /// Reads the metadata in `folder` and gives a task for every package there. `name` is what the folder is called in
  /// `ReferenceSource.path`. Nil when there is no `repodata/repomd.xml`, so that the folder is no repository.
  public static func plan(folder: FilePath, name: String, options: BuildOptions) -> BuildPlan? {
    let listing = FolderListing(folder, name: name)
    guard listing.contains(RPMRepositoryBuilder.indexPath) else { return nil }
    var builder = RPMRepositoryBuilder(listing: listing, name: name, options: options)
    builder.readIndex()
    return builder.finish()
  }
}

/// Follows the chain of one repository from its index to the packages.
struct RPMRepositoryBuilder {
  static let indexPath = Array("repodata/repomd.xml".utf8)

  private let listing: FolderListing
  private let name: String
  private let options: BuildOptions
  private var plan = BuildPlan()
  /// By the path below the repository's root.
  private var listed: [[UInt8]: Listed] = [:]
  private var distribution = ""

  /// What the list of packages says of one.
  private struct Listed: Sendable {
    var package: RepositoryPackages.Package
    /// SHA-256 of the list.
    var list: [UInt8]
    var listPath: String
  }

  init(listing: FolderListing, name: String, options: BuildOptions) {
    self.listing = listing
    self.name = name
    self.options = options
    plan.problems = listing.problems
  }

  // MARK: Index

  mutating func readIndex() {
    guard let bytes = contents(Self.indexPath), let sha256 = FileDigestAlgorithm.sha256.digest(of: bytes) else {
      return
    }
    let path = sourcePath(Self.indexPath)
    var problems = ProblemList(source: path)
    let signatures = verify(bytes, &problems)
    let index = RepositoryIndex(bytes, file: path)
    for problem in index.problems { problems.add(problem) }
    distribution = distribution(of: index)
    let source = ReferenceSource(
      kind: .repositoryIndex, path: path, byteCount: bytes.count, sha256: sha256, signatures: signatures,
      date: index.entries.compactMap(\.date).max(), distribution: distribution)
    let place = plan.readings.count
    plan.readings.append(ManifestReading(source: source))
    for entry in index.entries { read(entry, of: source, &problems) }
    if listed.isEmpty, !index.entries.contains(where: { $0.type == "primary" }) {
      problems.add(.fileMissing, "Link \(path) → primary: the index names no list of packages.")
    }
    plan.readings[place].problems = problems.all
  }

  /// Texts of the index's tags, each once.
  private func distribution(of index: RepositoryIndex) -> String {
    var seen: Set<String> = []
    return index.tags.filter { !$0.isEmpty && seen.insert($0).inserted }.map { escapedText($0.utf8) }
      .joined(separator: " ")
  }

  private func verify(_ bytes: [UInt8], _ problems: inout ProblemList) -> [SourceSignature] {
    let link = "repomd.xml.asc → repomd.xml"
    let detached = Self.indexPath + Array(".asc".utf8)
    guard listing.contains(detached) else {
      problems.add(.unsigned, "Link \(link): there is no repomd.xml.asc.")
      return []
    }
    let read = listing.contents(detached, limit: options.limits.heldByteCount)
    if let failure = read.failure { problems.add(.damaged, "repomd.xml.asc cannot be read: \(failure).") }
    let signatures = options.keys.verify(detached: read.bytes, over: bytes)
    for var problem in RPMTrust.problems(of: signatures, source: sourcePath(Self.indexPath), subject: nil) {
      problem.message = "Link \(link): \(problem.message)"
      problems.add(problem)
    }
    return signatures
  }

  // MARK: Metadata

  /// Reads one file of metadata, where it is of a kind that is used. Others say nothing that a reference is made of.
  private mutating func read(_ entry: RepositoryIndex.Entry, of index: ReferenceSource, _ problems: inout ProblemList) {
    guard ["primary", "filelists-ext", "updateinfo"].contains(entry.type), let path = entry.location else { return }
    guard listing.contains(path) else {
      problems.add(
        .fileMissing, "Link \(index.path) → \(entry.type): the file is not in the repository.", subject: path)
      return
    }
    guard let bytes = contents(path), let sha256 = FileDigestAlgorithm.sha256.digest(of: bytes) else { return }
    let shown = sourcePath(path)
    var faults = ProblemList(source: shown)
    var source = ReferenceSource(
      kind: entry.type == "updateinfo" ? .updateInformation : .repositoryMetadata, path: shown, byteCount: bytes.count,
      sha256: sha256, date: entry.date, distribution: distribution)
    let link = RepositoryLink(from: index.path, to: shown)
    if link.check(entry.checksum, entry.byteCount, bytes, &faults) { source.vouchedBy = index.sha256 }
    let text = unpacked(bytes, entry, &faults)
    if let text, let checksum = entry.openChecksum {
      _ = RepositoryLink(from: index.path, to: shown + ", unpacked").check(checksum, entry.openByteCount, text, &faults)
    }
    var reading = ManifestReading(source: source)
    if let text { read(text, entry.type, &reading, &faults) }
    reading.problems = faults.all
    plan.readings.append(reading)
  }

  private mutating func read(
    _ text: [UInt8], _ type: String, _ reading: inout ManifestReading, _ problems: inout ProblemList
  ) {
    let path = reading.source.path
    let faults: [ParseError]
    switch type {
    case "primary":
      let list = RepositoryPackages(text, file: path)
      faults = list.problems
      add(list.packages, reading.source)
    case "filelists-ext":
      let list = RepositoryFileDigests(text, file: path)
      faults = list.problems
      reading.packages = list.packages
      for index in reading.packages.indices { reading.packages[index].distribution = distribution }
    default:
      let information = UpdateInformation(text, file: path)
      faults = information.problems
      reading.updates = information.updates(distribution: distribution)
    }
    for fault in faults { problems.add(fault) }
  }

  private mutating func add(_ packages: [RepositoryPackages.Package], _ source: ReferenceSource) {
    for package in packages {
      guard let location = package.location else { continue }
      listed[location] = Listed(package: package, list: source.sha256, listPath: source.path)
    }
  }

  /// Nil, with a problem, when it cannot be unpacked.
  private func unpacked(
    _ bytes: [UInt8], _ entry: RepositoryIndex.Entry, _ problems: inout ProblemList
  ) -> [UInt8]? {
    do throws(ArchiveError) {
      return try Decompression(MemorySource(bytes), limits: options.limits.archive)
        .remainingBytes(limit: options.limits.heldByteCount)
    } catch {
      problems.add(error, of: entry.type)
      return nil
    }
  }

  // MARK: Packages

  /// Tasks for the packages, and what the list names that is not there.
  consuming func finish() -> BuildPlan {
    let packages = listing.paths.filter { $0.dropping(suffix: ".rpm") != nil }
    reportMissing(Set(packages))
    for path in packages {
      let task = task(path)
      plan.tasks.append(task)
    }
    return plan
  }

  private func task(_ path: [UInt8]) -> ReadingTask {
    let (label, file, listed) = (sourcePath(path), listing.place(path), listed[path])
    let (options, distribution) = (options, distribution)
    let byteCount = listing.byteCount(path) ?? 0
    let target = ReadingTask.Target(file: file, kind: .rpm) { sha256 in
      listed.flatMap { Self.known($0, distribution, sha256: sha256, byteCount: byteCount) }
    }
    return ReadingTask(label: label, byteCount: byteCount, target: target) {
      var reading = RPMPackageReader.read(path: file, name: label, options: options)
      if !distribution.isEmpty {
        for index in reading.packages.indices { reading.packages[index].distribution = distribution }
        reading.source.distribution = distribution
      }
      Self.vouch(for: &reading, file, listed)
      return [reading]
    }
  }

  /// What the list says of a file with this digest; nil, so that the fault is told, when that is not the one it names.
  private static func known(
    _ listed: Listed, _ distribution: String, sha256: [UInt8], byteCount: Int
  ) -> ReadingTask.Known? {
    let isNamed = listed.package.checksum == MetadataChecksum(.sha256, sha256)
    guard isNamed, listed.package.byteCount.map({ $0 == UInt64(byteCount) }) != false else { return nil }
    return ReadingTask.Known(distribution: distribution, vouchedBy: listed.list)
  }

  /// Packages that are named one by one; a mirror of a part of a repository lacks thousands.
  private static let namedMissingCount = 20

  private mutating func reportMissing(_ packages: Set<[UInt8]>) {
    let missing = listed.filter { !packages.contains($0.key) }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (path, entry) in missing.prefix(Self.namedMissingCount) {
      plan.problems.append(
        ReferenceProblem(
          .fileMissing, source: entry.listPath, subject: escapedText(path),
          message: "Link \(entry.listPath) → .rpm: the package is not in the repository."))
    }
    guard missing.count > Self.namedMissingCount, let first = missing.first?.value else { return }
    plan.problems.append(
      ReferenceProblem(
        .fileMissing, source: first.listPath,
        message:
          "Link \(first.listPath) → .rpm: \(missing.count - Self.namedMissingCount) more packages are not in the repository."
      ))
  }

  /// Compares a package's file with the list.
  private static func vouch(for reading: inout ManifestReading, _ file: FilePath, _ listed: Listed?) {
    let source = reading.source
    guard let listed else {
      reading.problems.append(
        ReferenceProblem(.notListed, source: source.path, message: "No list of the repository names the package."))
      return
    }
    var problems = ProblemList(source: source.path)
    let link = RepositoryLink(from: listed.listPath, to: source.path)
    let checksum = listed.package.checksum
    let digest = checksum.flatMap { checksum in
      checksum.algorithm == .sha256 ? source.sha256 : fileDigest(file, checksum.algorithm)
    }
    if link.check(checksum, listed.package.byteCount, digest: digest, byteCount: source.byteCount, &problems),
      isSame(listed.package, reading.packages.first, link, &problems)
    {
      reading.source.vouchedBy = listed.list
    }
    reading.problems += problems.all
  }

  /// The list must not give one package's digest to another. A package that could not be read is a problem of its own.
  private static func isSame(
    _ listed: RepositoryPackages.Package, _ found: ReferencePackage?, _ link: RepositoryLink,
    _ problems: inout ProblemList
  ) -> Bool {
    guard let found else { return true }
    let isSame =
      listed.name == found.name && listed.architecture == found.architecture
      && VersionOrder(of: listed.version, to: found.version, format: .rpm) == .same
    if !isSame {
      problems.add(
        .linkBroken, "Link \(link.from) → \(link.to): the list gives this digest to another package.",
        expected: "\(listed.name) \(listed.version) \(listed.architecture)",
        actual: "\(found.name) \(found.version) \(found.architecture)")
    }
    return isSame
  }

  private static func fileDigest(_ file: FilePath, _ algorithm: FileDigestAlgorithm) -> [UInt8]? {
    guard let stream = FileDigestStream([algorithm]) else { return nil }
    do throws(ArchiveError) {
      try FileSource(path: file.bytes).forEachPiece { stream.add($0) }
    } catch {
      // The package's own reading says why it cannot be read; without a digest the link does not hold.
      return nil
    }
    return stream.finish()?.first
  }

  // MARK: Files

  private func sourcePath(_ path: [UInt8]) -> String { "\(name)/\(escapedText(path))" }

  /// The bytes of a file; nil, with a problem of the plan, when it cannot be read.
  private mutating func contents(_ path: [UInt8]) -> [UInt8]? {
    let read = listing.contents(path, limit: options.limits.heldByteCount)
    guard let failure = read.failure else { return read.bytes }
    plan.problems.append(
      ReferenceProblem(.damaged, source: sourcePath(path), message: "Cannot be read: \(failure)."))
    return nil
  }
}

/// One link of the chain: a file that names another with size and digest.
private struct RepositoryLink {
  var from: String
  var to: String

  /// True when the link holds and its digest shows something.
  func check(
    _ checksum: MetadataChecksum?, _ byteCount: UInt64?, _ bytes: [UInt8], _ problems: inout ProblemList
  ) -> Bool {
    check(
      checksum, byteCount, digest: checksum?.algorithm.digest(of: bytes), byteCount: bytes.count, &problems)
  }

  func check(
    _ checksum: MetadataChecksum?, _ expected: UInt64?, digest: [UInt8]?, byteCount: Int, _ problems: inout ProblemList
  ) -> Bool {
    guard let checksum else {
      problems.add(.linkBroken, "Link \(from) → \(to): no digest is given.")
      return false
    }
    guard digest == checksum.bytes, expected.map({ $0 == UInt64(byteCount) }) != false else {
      problems.add(
        .linkBroken, "Link \(from) → \(to): the file is not the one that is named.",
        expected: text(expected, checksum.algorithm, checksum.bytes),
        actual: text(UInt64(byteCount), checksum.algorithm, digest ?? []))
      return false
    }
    guard checksum.algorithm.strength == .strong else {
      problems.add(
        .weakDigest, "Link \(from) → \(to): only its \(checksum.algorithm.name) is given, and that can be forged.")
      return checksum.algorithm.strength == .weak
    }
    return true
  }

  private func text(_ byteCount: UInt64?, _ algorithm: FileDigestAlgorithm, _ digest: [UInt8]) -> String {
    (byteCount.map { "\($0) bytes, " } ?? "") + "\(algorithm.name) \(hexText(digest))"
  }
}
