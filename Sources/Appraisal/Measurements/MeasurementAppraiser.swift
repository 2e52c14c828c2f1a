import ByteReading
import Digests
import Hashing
import IMALog
import ReferenceManifests
import ReferenceStore

/// Everything the references and the policy say of one measurement list.
public struct MeasurementAppraisal: Sendable {
  /// One entry for each path and digest, in the order of their first records.
  public var measurements: [AppraisedMeasurement]
  /// For each record of the list the index of its entry.
  public var entryOfRecord: [UInt32]
  /// Number of records made while the initramfs was the root file system; nil when that cannot be told.
  public var initramfsRecords: Int?
  /// Where the packages named in the entries come from.
  public var origins: [ReferenceOrigin]
  /// Libraries that known executables need and that are neither measured nor in a store.
  public var missingLibraries: [MissingLibrary]
  public var level: IntegrityLevel
  /// For each context the images of the stores whose files may stand there; none for the host, nor for a container whose
  /// image nobody knows.
  public var imagesOfContext: [[PackageReference]] = []

  public struct MissingLibrary: Hashable, Sendable {
    public var library: [UInt8]
    /// The measured file that needs it.
    public var neededBy: [UInt8]
    public var record: Int
  }

  /// Number of records of each status, in the order of `MeasurementStatus`.
  public var recordsByStatus: [(status: MeasurementStatus, count: Int)] {
    var counts: [MeasurementStatus: Int] = [:]
    for entry in measurements { counts[entry.status, default: 0] += entry.records.count }
    return MeasurementStatus.allCases.compactMap { status in counts[status].map { (status, $0) } }
  }

  /// Records that passed by a class or an exemption.
  public var notVerified: Int {
    measurements.filter { $0.passedBy != nil }.reduce(0) { $0 + $1.records.count }
  }
}

/// Compares measurement lists with the references, as the policy says.
public struct MeasurementAppraiser {
  let library: ReferenceLibrary
  let policy: Policy

  /// - parameter asOf: RFC 3339; package versions published later do not supersede. Nil: version order alone decides.
  public init(stores: [ReferenceStore], policy: Policy, asOf: String?) throws(StoreError) {
    library = try ReferenceLibrary(stores, policy: policy, asOf: asOf)
    self.policy = policy
  }

  /// Appraises every record in its context.
  ///
  /// The same path and digest in two contexts are two entries, since a file may be known for a container and not for the
  /// host.
  ///
  /// - parameter contexts: the first is the host.
  /// - parameter contextOfRecord: for the index of a record that of its context; one that is not there is the host's.
  public func appraise(
    _ list: MeasurementList, contexts: [AppraisalContext] = [.host], contextOfRecord: (Int) -> Int = { _ in 0 }
  ) throws(StoreError) -> MeasurementAppraisal {
    let places = try contexts.map { context throws(StoreError) in try place(of: context) }
    let measured = MeasuredFiles(list) { record in
      let context = contextOfRecord(record)
      return contexts.indices.contains(context) ? context : 0
    }
    let placeOfFile = measured.files.map { places.isEmpty ? .host : places[$0.context] }
    let found = try library.files(with: measured.files.map { $0.digest ?? FileDigest(.sha256, []) })
    var aliases: [[PathAlias]] = []
    aliases.reserveCapacity(measured.files.count)
    for (file, place) in zip(measured.files, placeOfFile) {
      aliases.append(
        try library.candidates(for: file.path, isInitramfs: file.isInitramfs, images: place.images))
    }
    let listed = try listings(of: aliases)
    let owners = zip(listed, placeOfFile).map { files, place in files.filter { isOwner($0.file, of: place) } }
    var entries: [AppraisedMeasurement] = []
    entries.reserveCapacity(measured.files.count)
    for (index, file) in measured.files.enumerated() {
      let evidence = Evidence(
        file: file, place: placeOfFile[index], found: found[index], aliases: aliases[index], owners: owners[index],
        listed: placeOfFile[index] == .host ? owners[index] : listed[index])
      var entry = try appraise(evidence)
      entry.context = file.context
      entries.append(entry)
    }
    recompute(&entries, measured.files)
    try fillExpected(&entries, owners)
    let missing = try missingLibraries(measured.files, found)
    let images = try places.map { place throws(StoreError) in try references(place.images) }
    return MeasurementAppraisal(
      measurements: entries, entryOfRecord: measured.fileOfRecord, initramfsRecords: measured.initramfsRecords,
      origins: library.origins, missingLibraries: missing, level: level(of: entries, missingLibraries: missing),
      imagesOfContext: images)
  }

  // MARK: Contexts

  /// A context with its images as the stores have them.
  enum Place: Equatable {
    case host
    /// Empty when the image is not known.
    case container(Set<ReferenceLibrary.PackageKey>)

    var images: Set<ReferenceLibrary.PackageKey> {
      if case .container(let images) = self { images } else { [] }
    }
  }

  func place(of context: AppraisalContext) throws(StoreError) -> Place {
    switch context {
    case .host: .host
    case .container(let images): .container(try library.images(images))
    }
  }

  func references(_ images: Set<ReferenceLibrary.PackageKey>) throws(StoreError) -> [PackageReference] {
    var all: [PackageReference] = []
    for image in images { if let reference = try library.reference(image) { all.append(reference) } }
    return all.sorted { ($0.name, $0.version, $0.architecture) < ($1.name, $1.version, $1.architecture) }
  }

  /// Packages own the paths of the host, an image those of its containers, and nobody those of a container whose image is
  /// not known.
  private func isOwner(_ candidate: ReferenceLibrary.Candidate, of place: Place) -> Bool {
    switch place {
    case .host: !library.isImage(candidate.key)
    case .container(let images): images.contains(candidate.key)
    }
  }

  /// True when the file may stand at its own path in the place: of other images only the content is known there.
  private func mayStand(_ candidate: ReferenceLibrary.Candidate, in evidence: Evidence) -> Bool {
    guard library.isImage(candidate.key) else { return true }
    switch evidence.place {
    case .host: return evidence.aliases.contains { $0.rule == .container && $0.path == candidate.file.path }
    case .container(let images): return images.isEmpty || images.contains(candidate.key)
    }
  }

  // MARK: One file

  /// A file of a package at a path that may be the measured one.
  typealias Owner = (alias: PathAlias, file: ReferenceLibrary.Candidate)

  struct Evidence {
    var file: MeasuredFiles.File
    var place: Place
    /// Files of any package with this content.
    var found: [ReferenceLibrary.Candidate]
    var aliases: [PathAlias]
    /// Files at one of the aliases, each with its alias, of the packages that own paths in the place.
    var owners: [Owner]
    /// The same of whatever package shows what the path is for.
    var listed: [Owner]
  }

  private func listings(
    of aliases: [[PathAlias]]
  ) throws(StoreError) -> [[Owner]] {
    let unique = Array(Set(aliases.joined().map(\.path))).sorted { $0.lexicographicallyPrecedes($1) }
    let files = Dictionary(zip(unique, try library.files(at: unique)), uniquingKeysWith: { first, _ in first })
    return aliases.map { list in
      list.flatMap { alias in (files[alias.path] ?? []).filter { $0.file.kind == .regular }.map { (alias, $0) } }
    }
  }

  private func appraise(_ evidence: Evidence) throws(StoreError) -> AppraisedMeasurement {
    let file = evidence.file
    switch file.kind {
    case .notAFile(let what): return entry(file, .notAFile, .data, what)
    case .violation:
      return entry(file, .violation, .code, "The kernel recorded a violation: it does not know what was read.")
    case .file: break
    }
    guard let digest = file.digest else {
      return notAssessable(
        file,
        "The record has no digest of an algorithm that references can have (\(file.algorithmName)).")
    }
    if digest.algorithm.digest(of: []) == digest.bytes {
      return entry(file, .emptyFile, .data, "The file was empty when it was measured.")
    }
    if let match = try appraiseContent(evidence, digest) { return match }
    if let passed = try exemption(evidence, digest) { return passed }
    if let classed = try rule(of: policy.classes, evidence, digest), classed.fileClass != .configuration {
      var result = entry(file, .classed, classed.fileClass, classed.reason)
      result.passedBy = classed.name
      return result
    }
    var result = try appraiseWithoutMatch(evidence, digest)
    if let refusal = try refusal(of: evidence.found) {
      result.reason += " References that do not count have this content: \(refusal)."
    }
    return result
  }

  /// Files that mkinitramfs writes, from the scripts that are known at their places.
  private func recompute(_ entries: inout [AppraisedMeasurement], _ files: [MeasuredFiles.File]) {
    let known = zip(entries, files).filter { entry, file in
      [.known, .superseded].contains(entry.status) && entry.rule == .initramfs
        && PathAlias.candidates(for: file.path, isInitramfs: true).contains {
          $0.rule == .initramfs && $0.path == entry.packagedPath
        }
    }
    var contents = InitramfsContent(known.map(\.1))
    for (index, file) in files.enumerated() where [.unknown, .changed].contains(entries[index].status) {
      guard let content = contents.recomputed(file) else { continue }
      entries[index] = entry(file, .recomputed, .code, "Made with the initramfs; \(content) has this digest.")
    }
  }

  func accepted(
    _ candidates: [ReferenceLibrary.Candidate]
  ) throws(StoreError) -> [ReferenceLibrary.Candidate] {
    var accepted: [ReferenceLibrary.Candidate] = []
    for candidate in candidates where try library.counts(candidate.key) { accepted.append(candidate) }
    return accepted
  }

  /// Why the first of the candidates that do not count does not.
  private func refusal(of candidates: [ReferenceLibrary.Candidate]) throws(StoreError) -> String? {
    for candidate in candidates {
      if case .refused(let why) = try library.standing(of: candidate.key) { return why }
    }
    return nil
  }

  func entry(
    _ file: MeasuredFiles.File, _ status: MeasurementStatus, _ fileClass: FileClass, _ reason: String
  ) -> AppraisedMeasurement {
    AppraisedMeasurement(
      path: file.path, algorithm: file.algorithmName, digest: file.digestBytes, records: file.records,
      status: status, fileClass: fileClass, reason: reason)
  }

  /// Nothing shows what the file is, so it weighs as if it were unknown.
  func notAssessable(_ file: MeasuredFiles.File, _ reason: String) -> AppraisedMeasurement {
    var result = entry(file, .notAssessable, .code, reason)
    result.severity = 10
    return result
  }

  // MARK: Content that some package has

  /// Nil when no package has this content, or when the path belongs to a package that has other content there.
  private func appraiseContent(_ evidence: Evidence, _ digest: FileDigest) throws(StoreError) -> AppraisedMeasurement? {
    guard !evidence.found.isEmpty else { return nil }
    let accepted = try self.accepted(evidence.found)
    // What does not count takes nothing away: the file is judged as if the reference were not there.
    guard !accepted.isEmpty else { return nil }
    guard digest.algorithm.strength != .broken else {
      return notAssessable(
        evidence.file, "The list has \(digest.algorithm.name) digests only, which show nothing against an attacker.")
    }
    // A package that does not count explains nothing, and yet its path is no place for another program.
    let owners = evidence.owners.filter { !$0.file.file.algorithms.isEmpty }
    let own = accepted.filter { mayStand($0, in: evidence) }
    // Where the image of a container has the path, nothing else may stand there, however genuine it is.
    let isTaken = evidence.place != .host && !owners.isEmpty
    let atPath = own.filter { !isTaken || isOwner($0, of: evidence.place) }.compactMap { candidate in
      rule(evidence, candidate, owners).map { (candidate, $0) }
    }
    if !atPath.isEmpty { return try known(evidence, atPath) }
    // The content of one program over the path of another is a change.
    guard owners.isEmpty else { return nil }
    return try knownElsewhere(evidence, own.isEmpty ? accepted : own)
  }

  /// The rule by which the measured path is the candidate's; nil when it is another file.
  func rule(
    _ evidence: Evidence, _ candidate: ReferenceLibrary.Candidate, _ owners: [Owner]
  ) -> PathAlias.Rule? {
    if let alias = evidence.aliases.first(where: { $0.path == candidate.file.path }) {
      // A link that some package ships does not take a path from the package that lists it.
      let isTaken = owners.contains { [.same, .mergedUsr].contains($0.alias.rule) }
      return alias.rule == .linkedFolder && isTaken ? nil : alias.rule
    }
    let flags = candidate.file.flags
    if flags.contains(.packageRecord), lastName(candidate.file.path) == lastName(evidence.file.path),
      candidate.file.path.dropFirst().firstIndex(of: UInt8(ascii: "/")) == nil
    {
      return .packageFile
    }
    let scriptlet = Array("/var/tmp/rpm-tmp.".utf8)
    if flags.contains(.maintainerScript), candidate.file.path.starts(with: scriptlet),
      evidence.file.path.starts(with: scriptlet)
    {
      return .unpacking
    }
    // The whole initramfs is made of copies; one program there has many names.
    guard evidence.file.isInitramfs else { return nil }
    return owners.isEmpty || lastName(candidate.file.path).elementsEqual("busybox".utf8) ? .initramfs : nil
  }

  private func lastName(_ path: [UInt8]) -> ArraySlice<UInt8> { path.split(separator: UInt8(ascii: "/")).last ?? [] }

  private func known(
    _ evidence: Evidence, _ matches: [(ReferenceLibrary.Candidate, PathAlias.Rule)]
  ) throws(StoreError) -> AppraisedMeasurement {
    let ranked = try ranked(matches.map(\.0))
    guard let best = ranked.first else {
      return entry(evidence.file, .unknown, .code, "The package is not in the store.")
    }
    let rule = matches.first { $0.0.file.id == best.candidate.file.id && $0.0.key == best.candidate.key }?.1
    let fileClass = Self.fileClass(of: best.candidate.file)
    var result = entry(evidence.file, best.newer == nil ? .known : .superseded, fileClass.fileClass, fileClass.how)
    result.rule = rule
    result.package = best.reference
    result.alsoIn = Self.titles(ranked.dropFirst(), except: best.reference.title)
    result.supersededBy = best.newer
    if best.candidate.file.path != evidence.file.path { result.packagedPath = best.candidate.file.path }
    if result.fileClass != .data { result.severity = best.newer?.type.severity ?? 0 }
    return result
  }

  private func knownElsewhere(
    _ evidence: Evidence, _ matches: [ReferenceLibrary.Candidate]
  ) throws(StoreError) -> AppraisedMeasurement {
    let ranked = try ranked(matches)
    guard let best = ranked.first else {
      return entry(evidence.file, .unknown, .code, "The package is not in the store.")
    }
    let fileClass = Self.fileClass(of: best.candidate.file)
    var result = entry(
      evidence.file, .knownElsewhere, fileClass.fileClass,
      "The content is that of '\(escapedText(best.candidate.file.path))' \(best.reference.format == .image ? "in the" : "of") \(best.reference.title)."
    )
    result.package = best.reference
    result.alsoIn = Self.titles(ranked.dropFirst(), except: best.reference.title)
    result.packagedPath = best.candidate.file.path
    result.supersededBy = best.newer
    if result.fileClass != .data { result.severity = max(1, best.newer?.type.severity ?? 0) }
    return result
  }

  struct Ranked {
    var candidate: ReferenceLibrary.Candidate
    var reference: PackageReference
    var newer: NewerVersion?
    var isSigned: Bool
  }

  /// Best first: signed before unsigned; packages before lists and images, which know no newer version; not superseded before
  /// superseded; then by name, version and path.
  func ranked(_ candidates: [ReferenceLibrary.Candidate]) throws(StoreError) -> [Ranked] {
    var all: [Ranked] = []
    for candidate in candidates {
      guard let reference = try library.reference(candidate) else { continue }
      var isSigned = false
      if case .signed = try library.standing(of: candidate.key) { isSigned = true }
      all.append(
        Ranked(
          candidate: candidate, reference: reference, newer: try library.newerVersion(than: candidate.key),
          isSigned: isSigned))
    }
    return all.sorted { left, right in
      let a = (left.isSigned ? 0 : 1, left.reference.format.rank, left.newer?.type.severity ?? -1)
      let b = (right.isSigned ? 0 : 1, right.reference.format.rank, right.newer?.type.severity ?? -1)
      if a != b { return a < b }
      let names = [left.reference.name, left.reference.version, left.reference.architecture]
      let others = [right.reference.name, right.reference.version, right.reference.architecture]
      if names != others { return names.lexicographicallyPrecedes(others) }
      return left.candidate.file.path.lexicographicallyPrecedes(right.candidate.file.path)
    }
  }

  static func titles(_ ranked: ArraySlice<Ranked>, except own: String) -> [String] {
    Array(Set(ranked.map(\.reference.title)).subtracting([own]).sorted().prefix(5))
  }

  // MARK: Libraries and level

  /// The libraries that known ELF files need, by name: each must be measured or in a store.
  private func missingLibraries(
    _ files: [MeasuredFiles.File], _ found: [[ReferenceLibrary.Candidate]]
  ) throws(StoreError) -> [MeasurementAppraisal.MissingLibrary] {
    let measured = Set(files.map { Array(lastName($0.path)) })
    var resolved: [[UInt8]: Bool] = [:]
    var missing: [MeasurementAppraisal.MissingLibrary] = []
    for (index, file) in files.enumerated() {
      guard case .elf(let information)? = found[index].first?.file.content else { continue }
      for library in information.needed where !measured.contains(library) {
        let isHeld: Bool
        if let known = resolved[library] { isHeld = known } else { isHeld = try self.library.holdsLibrary(library) }
        resolved[library] = isHeld
        if !isHeld { missing.append(.init(library: library, neededBy: file.path, record: file.records.first ?? 0)) }
      }
    }
    return missing
  }

  /// Worst weight over code and configuration that no class and no exemption covers (contract, section 5).
  private func level(
    of entries: [AppraisedMeasurement], missingLibraries: [MeasurementAppraisal.MissingLibrary]
  ) -> IntegrityLevel {
    let knowsCode = entries.contains {
      $0.fileClass == .code && [.known, .superseded, .knownElsewhere].contains($0.status)
    }
    guard knowsCode, missingLibraries.isEmpty else { return .l1 }
    return IntegrityLevel(worst: entries.compactMap(\.severity).max() ?? 0)
  }
}

extension ReferencePackage.Format {
  /// Less says more of a file.
  fileprivate var rank: Int {
    switch self {
    case .deb, .rpm: 0
    case .list: 1
    case .image: 2
    }
  }
}

extension IntegrityLevel {
  /// The level of the worst weight (contract, section 5).
  public init(worst: Int) {
    switch worst {
    case ..<1: self = .l4
    case ..<4: self = .l3
    case ..<10: self = .l2
    default: self = .l1
    }
  }
}
