import ByteReading
import Digests
import ReferenceManifests

/// What the indexes of a repository say about its packages, and the last link of the chain: from an index to a `.deb`.
struct DebianIndexTable: Sendable {
  /// One package that one index names.
  struct Listing: Sendable {
    var entry: DebianIndexEntry
    /// SHA-256 and path of the index.
    var index: [UInt8]
    var indexPath: String
    var distribution: String
    /// Folder, in the listing of the input, that `entry.path` is relative to, with a slash at its end.
    var root: [UInt8]
  }

  private var byDigest: [[UInt8]: Listing] = [:]
  private var byName: [[UInt8]: [Listing]] = [:]
  private(set) var listings: [Listing] = []

  /// The first listing of a digest counts; the same package stands in several suites.
  mutating func add(_ listing: Listing) {
    listings.append(listing)
    if byDigest[listing.entry.sha256] == nil { byDigest[listing.entry.sha256] = listing }
    let names = Set(
      [lastComponent(of: listing.entry.path), Array(listing.entry.control.fileName.utf8)].map(Self.plainName))
    for name in names { byName[name, default: []].append(listing) }
  }

  /// Enters into the reading of the `.deb` at `path` which index vouches for it, or why none does.
  func vouch(for reading: inout ManifestReading, at path: [UInt8]) {
    let source = reading.source.path
    let problem = { (kind: ReferenceProblem.Kind, message: String, expected: String?, actual: String?) in
      ReferenceProblem(kind, source: source, message: message, expected: expected, actual: actual)
    }
    if let listing = byDigest[reading.source.sha256] {
      guard listing.entry.byteCount == reading.source.byteCount else {
        return reading.problems.append(
          problem(
            .linkBroken, "Link \(listing.indexPath) → .deb: the index gives this digest with another size.",
            "\(listing.entry.byteCount) bytes", "\(reading.source.byteCount) bytes"))
      }
      if let package = reading.packages.first, Self.identity(package) != Self.identity(listing.entry.control) {
        return reading.problems.append(
          problem(
            .linkBroken, "Link \(listing.indexPath) → .deb: the index gives this digest to another package.",
            Self.identity(listing.entry.control), Self.identity(package)))
      }
      reading.source.vouchedBy = listing.index
      reading.source.distribution = listing.distribution
      for index in reading.packages.indices { reading.packages[index].distribution = listing.distribution }
    } else if let listing = listing(named: path, or: reading.packages.first) {
      reading.problems.append(
        problem(
          .linkBroken, "Link \(listing.indexPath) → .deb: the file is not the one that the index names.",
          "\(listing.entry.byteCount) bytes, SHA-256 \(hexText(listing.entry.sha256))",
          "\(reading.source.byteCount) bytes, SHA-256 \(hexText(reading.source.sha256))"))
    } else {
      reading.problems.append(problem(.notListed, "No index of the repository names this package.", nil, nil))
    }
  }

  /// What the indexes say of a `.deb` that was read before; nil when it must be read, so that a broken link or a missing
  /// listing is told.
  func known(sha256: [UInt8], byteCount: Int) -> ReadingTask.Known? {
    guard let listing = byDigest[sha256], listing.entry.byteCount == byteCount else { return nil }
    return ReadingTask.Known(distribution: listing.distribution, vouchedBy: listing.index)
  }

  /// Listings of which no file of that name is among `paths`, sorted by index and path, each name once an index.
  func missing(from paths: [[UInt8]]) -> [Listing] {
    let names = Set(paths.map { Self.plainName(lastComponent(of: $0)) })
    return listings.filter { listing in
      !names.contains(Self.plainName(lastComponent(of: listing.entry.path)))
        && !names.contains(Self.plainName(Array(listing.entry.control.fileName.utf8)))
    }
  }

  private func listing(named path: [UInt8], or package: ReferencePackage?) -> Listing? {
    if let listing = listings(named: lastComponent(of: path)).first(where: { $0.root + $0.entry.plainPath == path }) {
      return listing
    }
    if let listing = listings(named: lastComponent(of: path)).first { return listing }
    guard let package else { return nil }
    let name = DebianControl.fileName(package.name, package.version, package.architecture)
    return listings(named: Array(name.utf8)).first { Self.identity($0.entry.control) == Self.identity(package) }
  }

  private func listings(named name: [UInt8]) -> [Listing] { byName[Self.plainName(name)] ?? [] }

  private static func identity(_ package: ReferencePackage) -> String {
    "\(package.name) \(package.version) \(package.architecture)"
  }

  private static func identity(_ control: DebianControl) -> String {
    "\(control.name) \(control.version) \(control.architecture)"
  }

  /// `NAME_VERSION_ARCHITECTURE.deb` without the version's epoch, which apt's cache keeps in the name (`%3a`) and pools
  /// leave out.
  private static func plainName(_ name: [UInt8]) -> [UInt8] {
    guard let start = name.firstIndex(of: UInt8(ascii: "_")),
      let percent = name[start...].firstIndex(of: UInt8(ascii: "%")), percent + 3 <= name.count,
      String(decoding: name[percent..<percent + 3], as: UTF8.self).lowercased() == "%3a"
    else { return name }
    return Array(name[...start] + name[(percent + 3)...])
  }
}

extension DebianIndexEntry {
  /// `path` without the `./` that indexes of flat repositories begin with.
  var plainPath: [UInt8] { path.starts(with: Array("./".utf8)) ? Array(path.dropFirst(2)) : path }
}
