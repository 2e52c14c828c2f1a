import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import OpenPGP
import ReferenceManifests

/// Follows the chain of one repository from its releases to the packages.
struct DebianRepositoryBuilder {
  let listing: FolderListing
  let name: String
  let options: BuildOptions

  private var plan = BuildPlan()
  private var table = DebianIndexTable()
  /// Index files that a release led to.
  private var readIndexes: Set<[UInt8]> = []

  init(listing: FolderListing, name: String, options: BuildOptions) {
    self.listing = listing
    self.name = name
    self.options = options
    plan.problems = listing.problems
  }

  /// Reads one release with the indexes that it leads to.
  mutating func read(_ file: DebianReleaseFile) {
    guard let bytes = contents(file.path), let sha256 = FileDigestAlgorithm.sha256.digest(of: bytes) else { return }
    let path = sourcePath(file.path)
    var problems = ProblemList(source: path)
    let (text, signatures) = verify(bytes, file, &problems)
    let parsed = DebianRelease.read(text, file: path)
    for problem in parsed.problems { problems.add(problem) }
    let release = parsed.value
    let source = ReferenceSource(
      kind: .debianRelease, path: path, byteCount: bytes.count, sha256: sha256, signatures: signatures,
      date: release.date, validUntil: release.validUntil, distribution: release.distribution)
    let place = plan.readings.count
    plan.readings.append(ManifestReading(source: source))
    readIndexes(of: release, file, source, &problems)
    plan.readings[place].problems = problems.all
  }

  /// Tasks for the packages, and what the indexes name that is not there.
  consuming func finish() -> BuildPlan {
    let packages = listing.paths.filter { $0.dropping(suffix: ".deb") != nil }
    reportMissing(packages)
    let (table, options, listing) = (table, options, listing)
    plan.tasks = packages.map { path in
      let (label, file, byteCount) = (sourcePath(path), listing.place(path), listing.byteCount(path) ?? 0)
      let target = ReadingTask.Target(file: file, kind: .deb) { table.known(sha256: $0, byteCount: byteCount) }
      return ReadingTask(label: label, byteCount: byteCount, target: target) {
        var reading = DebianPackageReader.read(path: file, name: label, options: options)
        table.vouch(for: &reading, at: path)
        return [reading]
      }
    }
    return plan
  }

  /// Missing packages that are named one by one; a mirror of a part of a release lacks tens of thousands.
  private static let namedMissingCount = 20

  private mutating func reportMissing(_ packages: [[UInt8]]) {
    let missing = Dictionary(grouping: table.missing(from: packages), by: \.indexPath)
    for (index, listings) in missing.sorted(by: { $0.key < $1.key }) {
      for listing in listings.prefix(Self.namedMissingCount) {
        plan.problems.append(
          ReferenceProblem(
            .fileMissing, source: index, subject: escapedText(listing.entry.path),
            message: "Link \(index) → .deb: the package is not in the repository."))
      }
      guard listings.count > Self.namedMissingCount else { continue }
      plan.problems.append(
        ReferenceProblem(
          .fileMissing, source: index,
          message:
            "Link \(index) → .deb: \(listings.count - Self.namedMissingCount) more packages are not in the repository.")
      )
    }
  }

  // MARK: Signatures

  /// The text that may be believed as far as the signatures go, and the signatures.
  private func verify(
    _ bytes: [UInt8], _ file: DebianReleaseFile, _ problems: inout ProblemList
  ) -> (text: [UInt8], signatures: [SourceSignature]) {
    if file.isClearSigned {
      guard let (text, signatures) = options.keys.verify(cleartext: bytes) else {
        problems.add(.unsigned, "Link signature → InRelease: the file is not clear-signed.")
        return (bytes, [])
      }
      report(signatures, link: "signature → InRelease", &problems)
      return (text, signatures)
    }
    let detached = file.path + Array(".gpg".utf8)
    guard listing.contains(detached) else {
      problems.add(.unsigned, "Link Release.gpg → Release: there is no Release.gpg.")
      return (bytes, [])
    }
    let read = readFile(detached)
    if let failure = read.failure { problems.add(.damaged, "Release.gpg cannot be read: \(failure).") }
    let signatures = options.keys.verify(detached: read.bytes, over: bytes)
    report(signatures, link: "Release.gpg → Release", &problems)
    return (bytes, signatures)
  }

  /// One good signature is enough, as with apt: archives sign with several keys, of which some are too new or too old to be
  /// given. A signature that is wrong is said even so.
  private func report(_ signatures: [SourceSignature], link: String, _ problems: inout ProblemList) {
    if signatures.isEmpty { problems.add(.unsigned, "Link \(link): there is no signature.") }
    let isVouchedFor = signatures.contains { $0.status == .good }
    for signature in signatures where !isVouchedFor || signature.status == .bad {
      guard let (kind, words) = signature.status.problem else { continue }
      let key = signature.key.isEmpty ? "" : " (key \(signature.key))"
      problems.add(kind, "Link \(link): \(words)\(key). \(signature.detail)".trimmingBlankEnd())
    }
  }

  // MARK: Indexes

  private mutating func readIndexes(
    of release: DebianRelease, _ file: DebianReleaseFile, _ source: ReferenceSource, _ problems: inout ProblemList
  ) {
    let entries = release.entries.filter { isIndex($0.path) }
    let named = Dictionary(grouping: entries) { stem(of: $0.path) }
    var foundCount = 0
    for (stem, variants) in named.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let places = places(of: stem, variants, file)
      foundCount += places.count
      for (place, path) in places { read(place, as: path, variants, file, source) }
      if places.isEmpty, isExpected(stem, variants, file) {
        problems.add(
          .fileMissing, "Link \(source.path) → Packages: the index is not in the repository.", subject: stem)
      }
    }
    foundCount += readFlatIndexes(entries, file, source)
    if foundCount == 0 {
      problems.add(
        .fileMissing, "Link \(source.path) → Packages: no index that the release names is in the repository.")
    }
  }

  private static let suffixes = ["", ".gz", ".bz2", ".xz", ".lzma", ".lz4", ".zst"].map { Array($0.utf8) }

  private func stem(of path: [UInt8]) -> [UInt8] {
    let suffixes = [".gz", ".bz2", ".xz", ".lzma", ".lz4", ".zst"]
    return suffixes.lazy.compactMap { path.dropping(suffix: $0) }.first ?? path
  }

  private func isIndex(_ path: [UInt8]) -> Bool { lastComponent(of: stem(of: path)) == Array("Packages".utf8) }

  /// Files of one index, in whatever compression they are kept: under its name, or under its digest (`by-hash`).
  private func places(
    of stem: [UInt8], _ variants: [DebianRelease.Entry], _ file: DebianReleaseFile
  ) -> [(place: [UInt8], path: [UInt8])] {
    let named = Self.suffixes.map { stem + $0 }.map { (file.place(of: $0), $0) }.filter { listing.contains($0.0) }
    if !named.isEmpty { return named }
    return variants.map { entry in
      (file.place(of: folder(of: stem) + Array("by-hash/SHA256/\(hexText(entry.sha256))".utf8)), entry.path)
    }.filter { listing.contains($0.0) }
  }

  /// A mirror of some architectures is no fault. An index is missed when its folder is there; an index of no packages is
  /// commonly left out.
  private func isExpected(_ stem: [UInt8], _ variants: [DebianRelease.Entry], _ file: DebianReleaseFile) -> Bool {
    let folder = file.place(of: folder(of: stem))
    guard !file.isFlattened, folder != file.prefix else { return false }
    let isEmpty = variants.contains { $0.path == stem && $0.byteCount == 0 }
    return !isEmpty && listing.containsFolder(folder)
  }

  /// Indexes that lie beside the release whatever their path in it is, as in a folder copied together by hand.
  private mutating func readFlatIndexes(
    _ entries: [DebianRelease.Entry], _ file: DebianReleaseFile, _ source: ReferenceSource
  ) -> Int {
    guard !file.isFlattened else { return 0 }
    let places = Self.suffixes.map { file.prefix + Array("Packages".utf8) + $0 }
      .filter { listing.contains($0) && !readIndexes.contains($0) }
    for place in places { read(place, as: nil, entries, file, source) }
    return places.count
  }

  /// Reads the index at `place`. `path` is its path in the release; nil when only its digest can tell which it is.
  private mutating func read(
    _ place: [UInt8], as path: [UInt8]?, _ entries: [DebianRelease.Entry], _ file: DebianReleaseFile,
    _ release: ReferenceSource
  ) {
    readIndexes.insert(place)
    guard let bytes = contents(place), let sha256 = FileDigestAlgorithm.sha256.digest(of: bytes) else { return }
    let sourcePath = sourcePath(place)
    var problems = ProblemList(source: sourcePath)
    let text = unpacked(bytes, &problems)
    var source = ReferenceSource(
      kind: .debianPackages, path: sourcePath, byteCount: bytes.count, sha256: sha256,
      distribution: release.distribution)
    if holds(bytes.count, sha256, path, entries) || (text != bytes && holds(text, path, entries)) {
      source.vouchedBy = release.sha256
    } else {
      let entry = path.flatMap { path in entries.first { $0.path == path } ?? entries.first }
      problems.add(
        .linkBroken, "Link \(release.path) → \(sourcePath): the index is not the one that the release names.",
        expected: entry.map { "\($0.byteCount) bytes, SHA-256 \(hexText($0.sha256))" },
        actual: "\(bytes.count) bytes, SHA-256 \(hexText(sha256))")
    }
    let parsed = DebianIndexEntry.read(text, file: sourcePath)
    for problem in parsed.problems { problems.add(problem) }
    for entry in parsed.value {
      table.add(
        .init(
          entry: entry, index: sha256, indexPath: sourcePath, distribution: release.distribution, root: file.root))
    }
    plan.readings.append(ManifestReading(source: source, problems: problems.all))
  }

  /// apt keeps indexes packed anew, so the unpacked text counts as well.
  private func holds(_ text: [UInt8], _ path: [UInt8]?, _ entries: [DebianRelease.Entry]) -> Bool {
    guard let sha256 = FileDigestAlgorithm.sha256.digest(of: text) else { return false }
    return holds(text.count, sha256, path.map(stem(of:)), entries)
  }

  private func holds(
    _ byteCount: Int, _ sha256: [UInt8], _ path: [UInt8]?, _ entries: [DebianRelease.Entry]
  ) -> Bool {
    entries.contains { entry in
      (path == nil || entry.path == path) && entry.byteCount == byteCount && entry.sha256 == sha256
    }
  }

  private func unpacked(_ bytes: [UInt8], _ problems: inout ProblemList) -> [UInt8] {
    do {
      return try Decompression(MemorySource(bytes), limits: options.limits.archive)
        .remainingBytes(limit: options.limits.heldByteCount)
    } catch {
      problems.add(error, of: "Packages")
      return []
    }
  }

  // MARK: Files

  private func sourcePath(_ path: [UInt8]) -> String { "\(name)/\(escapedText(path))" }

  /// The bytes of a file; nil, with a problem of the plan, when it cannot be read.
  private mutating func contents(_ path: [UInt8]) -> [UInt8]? {
    let read = readFile(path)
    guard let failure = read.failure else { return read.bytes }
    plan.problems.append(
      ReferenceProblem(.damaged, source: sourcePath(path), message: "Cannot be read: \(failure)."))
    return nil
  }

  private func readFile(_ path: [UInt8]) -> (bytes: [UInt8], failure: String?) {
    listing.contents(path, limit: options.limits.heldByteCount)
  }
}

extension SourceSignature.Status {
  /// The problem that this is when no other signature is good; nil for a good one.
  fileprivate var problem: (kind: ReferenceProblem.Kind, words: String)? {
    switch self {
    case .good: nil
    case .keyExpired: (.keyExpired, "the key had expired when it signed")
    case .keyRevoked: (.keyRevoked, "the key is revoked")
    case .weak: (.signatureInvalid, "the signature is made with an algorithm too weak to show anything")
    case .bad: (.signatureInvalid, "the signature does not verify")
    case .keyMissing: (.keyMissing, "no given key made the signature")
    case .unsupported: (.signatureUnsupported, "the signature cannot be verified here")
    }
  }
}

extension String {
  fileprivate func trimmingBlankEnd() -> String { hasSuffix(" ") ? String(dropLast()) : self }
}
