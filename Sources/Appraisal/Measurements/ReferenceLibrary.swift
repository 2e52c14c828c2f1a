import Digests
import ReferenceManifests
import ReferenceStore

/// Where a package comes from, and whether that counts.
public struct ReferenceOrigin: Hashable, Sendable {
  public enum Standing: Hashable, Sendable {
    /// A good signature of a key that counts vouches for it, directly or through indexes.
    case signed(by: String)
    /// Nobody signed it; the person who gave the store answers for it.
    case unsigned
    /// Proven bad, or not enough for the policy; it explains nothing.
    case refused(why: String)
  }

  /// The store's file name.
  public var store: String
  /// The source the package was read from, then the one that vouches for it, and so on.
  public var chain: [ReferenceSource]
  public var standing: Standing
}

/// Several stores as one, with what the policy lets count. Answers are kept, since the same packages are asked for again
/// and again.
final class ReferenceLibrary {
  struct PackageKey: Hashable {
    var store: Int
    var package: Int64
  }

  /// A file of a store that counts or not.
  struct Candidate {
    var file: KnownFile
    var key: PackageKey
  }

  let stores: [ReferenceStore]
  private let policy: Policy
  private let asOf: String?
  private(set) var origins: [ReferenceOrigin] = []
  private var packages: [PackageKey: KnownPackage] = [:]
  private var originOfPackage: [PackageKey: Int] = [:]
  private var originNumbers: [ReferenceOrigin: Int] = [:]
  private var newer: [PackageKey: NewerVersion?] = [:]
  private var histories: [String: [Version]] = [:]
  /// SHA-256 of sources that explain nothing, by store.
  private var badSources: [Set<[UInt8]>] = []
  /// SHA-256 of sources that lie in a repository which does not list them, or lists other bytes, by store.
  private var unlistedSources: [Set<[UInt8]>] = []
  /// Algorithms of which some store has digests.
  let algorithms: Set<FileDigestAlgorithm>
  /// Packages that are images of containers.
  private let images: Set<PackageKey>
  private var links = LinkedFolders()
  /// Those of images hold for their own paths only.
  private var linksOfImage: [PackageKey: LinkedFolders] = [:]
  private var followed: [LinkedFolders.Link: Bool] = [:]

  /// - parameter asOf: RFC 3339; versions published later do not supersede. Nil: every newer version does.
  init(_ stores: [ReferenceStore], policy: Policy, asOf: String?) throws(StoreError) {
    self.stores = stores
    self.policy = policy
    self.asOf = asOf
    var algorithms: Set<FileDigestAlgorithm> = []
    for store in stores {
      algorithms.formUnion(try store.algorithms())
      badSources.append(try store.sourcesWithProblems(Self.damning))
      unlistedSources.append(try store.sourcesWithProblems([.notListed, .linkBroken]))
    }
    self.algorithms = algorithms
    var images: Set<PackageKey> = []
    for (number, store) in stores.enumerated() {
      for image in try store.packages(format: .image) { images.insert(PackageKey(store: number, package: image.id)) }
    }
    self.images = images
    for (number, store) in stores.enumerated() {
      for file in try store.symbolicLinks() {
        let key = PackageKey(store: number, package: file.package)
        if images.contains(key) {
          linksOfImage[key, default: LinkedFolders()].add(file, of: key)
        } else {
          links.add(file, of: key)
        }
      }
    }
  }

  /// Faults after which a source explains nothing.
  private static let damning: Set<ReferenceProblem.Kind> = [
    .signatureInvalid, .keyRevoked, .payloadDiffers, .refused,
  ]

  func isImage(_ key: PackageKey) -> Bool { images.contains(key) }

  /// The packages of the images of these names or identifiers.
  func images(_ names: [String]) throws(StoreError) -> Set<PackageKey> {
    var found: Set<PackageKey> = []
    for (number, store) in stores.enumerated() {
      for name in names {
        for image in try store.packages(ofImage: name) { found.insert(PackageKey(store: number, package: image.id)) }
      }
    }
    return found
  }

  /// True when a package that counts ships the link, and no package has a folder in its place. Asked only of links that some
  /// measured path leads to: there are thousands of others.
  private func follows(_ link: LinkedFolders.Link) throws(StoreError) -> Bool {
    if let known = followed[link] { return known }
    var isFolder = false
    // An image has one thing at a path, and no say in the host's.
    if !isImage(link.package) {
      isFolder = try files(at: [link.path]).joined().contains { $0.file.kind == .directory && !isImage($0.key) }
    }
    let doesCount = try counts(link.package)
    let isFollowed = doesCount && !isFolder
    followed[link] = isFollowed
    return isFollowed
  }

  // MARK: Files

  func files(with digests: [FileDigest]) throws(StoreError) -> [[Candidate]] {
    var all = [[Candidate]](repeating: [], count: digests.count)
    for (number, store) in stores.enumerated() {
      for (index, files) in try store.files(with: digests).enumerated() {
        all[index] += files.map { Candidate(file: $0, key: PackageKey(store: number, package: $0.package)) }
      }
    }
    return all
  }

  func files(at paths: [[UInt8]]) throws(StoreError) -> [[Candidate]] {
    var all = [[Candidate]](repeating: [], count: paths.count)
    for (number, store) in stores.enumerated() {
      for (index, files) in try store.files(at: paths).enumerated() {
        all[index] += files.map { Candidate(file: $0, key: PackageKey(store: number, package: $0.package)) }
      }
    }
    return all
  }

  /// The digests of each file, by package and file.
  func digests(of files: [Candidate]) throws(StoreError) -> [PackageKey: [Int64: [ReferenceDigest]]] {
    var all: [PackageKey: [Int64: [ReferenceDigest]]] = [:]
    for (number, store) in stores.enumerated() {
      let own = files.filter { $0.key.store == number }
      for (file, digests) in zip(own, try store.digests(of: own.map(\.file))) {
        all[file.key, default: [:]][file.file.id] = digests
      }
    }
    return all
  }

  /// True when a library of that soname is in a store.
  func holdsLibrary(_ soname: [UInt8]) throws(StoreError) -> Bool {
    for store in stores where try store.holdsLibrary(soname) { return true }
    return false
  }

  /// The paths to look for, those through folders that packages ship as links included. In a container the links of its
  /// images hold, and those of packages only where it has no image.
  func candidates(
    for path: [UInt8], isInitramfs: Bool, images: Set<PackageKey> = []
  ) throws(StoreError) -> [PathAlias] {
    var all = PathAlias.candidates(for: path, isInitramfs: isInitramfs)
    let links = images.isEmpty ? [self.links] : images.compactMap { linksOfImage[$0] }
    for alias in all {
      var found: Set<[UInt8]> = []
      for (link, rest) in links.flatMap({ $0.leading(to: alias.path) }) where try follows(link) {
        found.insert(link.path + rest)
      }
      for path in found.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        all.append(PathAlias(path: path, rule: .linkedFolder))
      }
    }
    return all
  }

  // MARK: Packages

  func package(_ key: PackageKey) throws(StoreError) -> KnownPackage? {
    if let known = packages[key] { return known }
    let package = try stores[key.store].package(key.package)
    packages[key] = package
    return package
  }

  func reference(_ candidate: Candidate) throws(StoreError) -> PackageReference? {
    var reference = try reference(candidate.key)
    reference?.digestOrigin = candidate.file.origin
    // An owner of the path has another content, and its signature says nothing of this one.
    if candidate.file.origin != nil { reference?.fileSignature = candidate.file.signature }
    return reference
  }

  func reference(_ key: PackageKey) throws(StoreError) -> PackageReference? {
    guard let package = try package(key) else { return nil }
    return PackageReference(
      format: package.format, name: package.name, version: package.version, architecture: package.architecture,
      distribution: package.distribution, origin: try origin(of: key))
  }

  /// True when nothing speaks against the package, and it is enough for the policy.
  func counts(_ key: PackageKey) throws(StoreError) -> Bool {
    if case .refused = try standing(of: key) { return false }
    return true
  }

  func isSigned(_ key: PackageKey) throws(StoreError) -> Bool {
    if case .signed = try standing(of: key) { return true }
    return false
  }

  func standing(of key: PackageKey) throws(StoreError) -> ReferenceOrigin.Standing {
    origins[try origin(of: key)].standing
  }

  /// Index into `origins`. The best of the sources that a package was read from speaks for it.
  private func origin(of key: PackageKey) throws(StoreError) -> Int {
    if let known = originOfPackage[key] { return known }
    let store = stores[key.store]
    var best: ReferenceOrigin?
    if let package = try package(key) {
      for source in try store.sources(of: package) {
        let origin = try origin(of: source, in: key.store)
        if best.map({ origin.rank < $0.rank }) ?? true { best = origin }
      }
    }
    let origin = best ?? ReferenceOrigin(store: store.name, chain: [], standing: .refused(why: "no source is recorded"))
    let number = originNumbers[origin] ?? origins.count
    if number == origins.count {
      origins.append(origin)
      originNumbers[origin] = number
    }
    originOfPackage[key] = number
    return number
  }

  private func origin(of source: ReferenceSource, in store: Int) throws(StoreError) -> ReferenceOrigin {
    var chain = [source]
    // Bounded: a store that was tampered with could make its sources vouch for each other in a ring.
    while let voucher = chain.last?.vouchedBy, chain.count < 8 {
      guard let next = try stores[store].sources(sha256: voucher).first else { break }
      chain.append(next)
    }
    return ReferenceOrigin(store: stores[store].name, chain: chain, standing: standing(of: chain, in: store))
  }

  private func standing(of chain: [ReferenceSource], in store: Int) -> ReferenceOrigin.Standing {
    if let bad = chain.first(where: { badSources[store].contains($0.sha256) }) {
      return .refused(why: "\(bad.path) was found faulty when the store was built")
    }
    // A package in a repository that no index names could have been put there by anybody. A signed index elsewhere that
    // names the same bytes outweighs that.
    let unlisted = chain.first { unlistedSources[store].contains($0.sha256) }
    if let unlisted, unlisted.vouchedBy == nil { return .refused(why: Self.notListed(unlisted)) }
    let good = chain.lazy.flatMap(\.signatures).first { signature in
      signature.status == .good && (self.policy.allowedSigners.isEmpty || self.allows(signature.key))
    }
    if let good { return .signed(by: good.signer.isEmpty ? good.key : good.signer) }
    if let unlisted { return .refused(why: Self.notListed(unlisted)) }
    if chain.contains(where: { $0.signatures.contains { $0.status == .bad } }) {
      return .refused(why: "its signature is bad")
    }
    if policy.requiresSignedReferences || !policy.allowedSigners.isEmpty {
      return .refused(why: "no signature of a key that the policy allows vouches for it")
    }
    return .unsigned
  }

  private static func notListed(_ source: ReferenceSource) -> String {
    "\(source.path) lay in a repository that does not list it"
  }

  private func allows(_ key: String) -> Bool {
    policy.allowedSigners.contains { key == $0 || ($0.count >= 16 && key.hasSuffix($0)) }
  }

  // MARK: Newer versions

  private struct Version {
    var version: String
    /// Compared with the package's source version.
    var isSource: Bool
    var architecture: String?
    var distribution: String
    var type: UpdateType
    var date: String?
    var advisory: String?

    init(
      version: String, isSource: Bool, architecture: String?, distribution: String, type: UpdateType, date: String?,
      advisory: String? = nil
    ) {
      self.version = version
      self.isSource = isSource
      self.architecture = architecture
      self.distribution = distribution
      self.type = type
      self.date = date
      self.advisory = advisory
    }

    init(_ update: PackageUpdate) {
      self.init(
        version: update.version, isSource: update.namesSource, architecture: nil, distribution: update.distribution,
        type: update.type, date: update.date, advisory: update.advisory)
    }
  }

  /// The newest version that was published until the date, with the worst of what came after the package's own.
  func newerVersion(than key: PackageKey) throws(StoreError) -> NewerVersion? {
    if let known = newer[key] { return known }
    let found: NewerVersion?
    if let package = try package(key), !package.version.isEmpty, package.format != .image {
      found = newest(of: try history(of: package), after: package)
    } else {
      found = nil
    }
    newer[key] = .some(found)
    return found
  }

  /// The entry that weighs most, and of several the newest: version, type, date and advisory belong together.
  private func newest(of history: [Version], after package: KnownPackage) -> NewerVersion? {
    // A feed without dates says nothing of when; another one may know of the same version.
    let dates = Dictionary(
      history.compactMap { entry in entry.date.map { (entry.version, $0) } }, uniquingKeysWith: { min($0, $1) })
    let later = history.filter { entry in
      let own = entry.isSource ? package.sourceVersion : package.version
      return precedes(own, entry.version, package.format) && isPublished(entry.date ?? dates[entry.version])
        && Self.sameArchitecture(entry.architecture, package.architecture)
        && sameDistribution(entry.distribution, package.distribution)
    }
    let worst = later.map(\.type.severity).max() ?? 0
    let newest = later.filter { $0.type.severity == worst }.max { left, right in
      if precedes(left.version, right.version, package.format) { return true }
      if precedes(right.version, left.version, package.format) { return false }
      // Of one version, what names an advisory and a date says more.
      return (left.advisory == nil ? 0 : 1, left.date == nil ? 0 : 1)
        < (right.advisory == nil ? 0 : 1, right.date == nil ? 0 : 1)
    }
    return newest.map { entry in
      NewerVersion(
        version: entry.version, type: entry.type, date: entry.date ?? dates[entry.version], advisory: entry.advisory)
    }
  }

  /// A package for every architecture takes the place of one for a single one, and the other way.
  private static func sameArchitecture(_ newer: String?, _ own: String) -> Bool {
    guard let newer, newer != own else { return true }
    return ["all", "noarch"].contains(newer) || ["all", "noarch"].contains(own)
  }

  private func history(of package: KnownPackage) throws(StoreError) -> [Version] {
    let name = "\(package.format.rawValue) \(package.name) \(package.sourceName)"
    if let known = histories[name] { return known }
    var all: [Version] = []
    var held: [KnownPackage] = []
    for (number, store) in stores.enumerated() {
      for update in try store.updates(of: package.name, isSource: false, format: package.format) {
        all.append(Version(update))
      }
      for update in try store.updates(of: package.sourceName, isSource: true, format: package.format) {
        all.append(Version(update))
      }
      for other in try store.packages(named: package.name, format: package.format) {
        if try counts(PackageKey(store: number, package: other.id)) { held.append(other) }
      }
    }
    for other in held {
      let isExplained = all.contains { $0.version == ($0.isSource ? other.sourceVersion : other.version) }
      all.append(
        Version(
          version: other.version, isSource: false, architecture: other.architecture, distribution: other.distribution,
          type: isExplained ? .newPackage : .unknown, date: other.date))
    }
    histories[name] = all
    return all
  }

  private func isPublished(_ date: String?) -> Bool {
    guard let asOf, let date else { return true }
    // RFC 3339 in UTC: the order of the texts is that of the days.
    return date.prefix(10) <= asOf.prefix(10)
  }

  private func precedes(_ left: String, _ right: String, _ format: ReferencePackage.Format) -> Bool {
    versionPrecedes(left, right, format: format)
  }

  /// `Debian bookworm-security` continues `Debian bookworm`; nothing said fits everything.
  private func sameDistribution(_ left: String, _ right: String) -> Bool {
    left.isEmpty || right.isEmpty || Self.family(left) == Self.family(right)
  }

  private static func family(_ distribution: String) -> String {
    for suffix in ["-proposed-updates", "-security", "-updates", "-backports"] where distribution.hasSuffix(suffix) {
      return String(distribution.dropLast(suffix.count))
    }
    return distribution
  }
}

extension ReferenceOrigin {
  /// Better is less.
  fileprivate var rank: Int {
    switch standing {
    case .signed: 0
    case .unsigned: 1
    case .refused: 2
    }
  }
}

extension UpdateType {
  /// The weight for the levels (contract, section 5).
  public var severity: Int {
    switch self {
    case .newPackage, .testing, .release: 0
    case .enhancement, .updates: 2
    case .bugfix: 3
    case .security, .unknown: 4
    }
  }
}

/// Folders that packages ship as symbolic links: a file that the kernel names by its real path may be listed under the link.
struct LinkedFolders {
  struct Link: Hashable {
    var path: [UInt8]
    var package: ReferenceLibrary.PackageKey
  }

  /// From the real path of a folder to the links that lead to it.
  private var links: [[UInt8]: [Link]] = [:]
  /// Links to one folder that are looked at: more are no honest package's.
  private static let limit = 64

  mutating func add(_ file: KnownFile, of package: ReferenceLibrary.PackageKey) {
    guard case .symbolicLink(let target) = file.kind, let real = Self.resolve(target, from: file.path),
      real != file.path
    else { return }
    let link = Link(path: file.path, package: package)
    if links[real, default: []].count < Self.limit { links[real, default: []].append(link) }
  }

  /// The links to folders above the path, each with the rest of the path.
  func leading(to path: [UInt8]) -> [(link: Link, rest: ArraySlice<UInt8>)] {
    guard !links.isEmpty else { return [] }
    var found: [(link: Link, rest: ArraySlice<UInt8>)] = []
    for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
      found += (links[Array(path[..<index])] ?? []).map { ($0, path[index...]) }
    }
    return found
  }

  /// The absolute path that a link's target stands for; nil when it leads above the root.
  private static func resolve(_ target: [UInt8], from link: [UInt8]) -> [UInt8]? {
    let slash = UInt8(ascii: "/")
    var names: [ArraySlice<UInt8>] = target.first == slash ? [] : link.split(separator: slash).dropLast()
    for name in target.split(separator: slash) {
      if name.elementsEqual("..".utf8) {
        guard names.popLast() != nil else { return nil }
      } else if !name.elementsEqual(".".utf8) {
        names.append(name)
      }
    }
    return names.isEmpty ? nil : names.flatMap { [slash] + $0 }
  }
}
