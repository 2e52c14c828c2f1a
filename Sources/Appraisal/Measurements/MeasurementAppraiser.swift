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
  private let library: ReferenceLibrary
  private let policy: Policy

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
  private enum Place: Equatable {
    case host
    /// Empty when the image is not known.
    case container(Set<ReferenceLibrary.PackageKey>)

    var images: Set<ReferenceLibrary.PackageKey> {
      if case .container(let images) = self { images } else { [] }
    }
  }

  private func place(of context: AppraisalContext) throws(StoreError) -> Place {
    switch context {
    case .host: .host
    case .container(let images): .container(try library.images(images))
    }
  }

  private func references(_ images: Set<ReferenceLibrary.PackageKey>) throws(StoreError) -> [PackageReference] {
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
  private typealias Owner = (alias: PathAlias, file: ReferenceLibrary.Candidate)

  private struct Evidence {
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

  private func accepted(
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

  private func entry(
    _ file: MeasuredFiles.File, _ status: MeasurementStatus, _ fileClass: FileClass, _ reason: String
  ) -> AppraisedMeasurement {
    AppraisedMeasurement(
      path: file.path, algorithm: file.algorithmName, digest: file.digestBytes, records: file.records,
      status: status, fileClass: fileClass, reason: reason)
  }

  /// Nothing shows what the file is, so it weighs as if it were unknown.
  private func notAssessable(_ file: MeasuredFiles.File, _ reason: String) -> AppraisedMeasurement {
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
  private func rule(
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

  private struct Ranked {
    var candidate: ReferenceLibrary.Candidate
    var reference: PackageReference
    var newer: NewerVersion?
    var isSigned: Bool
  }

  /// Best first: signed before unsigned; packages before lists and images, which know no newer version; not superseded before
  /// superseded; then by name, version and path.
  private func ranked(_ candidates: [ReferenceLibrary.Candidate]) throws(StoreError) -> [Ranked] {
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

  private static func titles(_ ranked: ArraySlice<Ranked>, except own: String) -> [String] {
    Array(Set(ranked.map(\.reference.title)).subtracting([own]).sorted().prefix(5))
  }

  // MARK: Content that no package has

  private func exemption(_ evidence: Evidence, _ digest: FileDigest) throws(StoreError) -> AppraisedMeasurement? {
    guard let rule = try rule(of: policy.exemptions, evidence, digest) else { return nil }
    var result = entry(evidence.file, .exempt, rule.fileClass, rule.reason)
    result.passedBy = rule.name
    return result
  }

  /// The first rule that covers the file. What a package lists as code passes by its digest only, whatever the rule calls it.
  private func rule(of rules: [FileRule], _ evidence: Evidence, _ digest: FileDigest) throws(StoreError) -> FileRule? {
    let own = FileRule.ExpectedDigest(algorithm: digest.algorithm, bytes: digest.bytes)
    // A container's own path counts only for what is the container's.
    let samePlace: Set<PathAlias.Rule> =
      evidence.place == .host ? [.same, .mergedUsr, .newRoot] : [.same, .mergedUsr, .newRoot, .container]
    let paths = evidence.aliases.filter { samePlace.contains($0.rule) }.map(\.path)
    let isCode = try accepted(evidence.listed).contains { owner in
      samePlace.contains(owner.alias.rule) && owner.file.file.isMarkedAsCode
    }
    return rules.first { $0.covers(paths, own, isInitramfs: evidence.file.isInitramfs, onlyByDigest: isCode) }
  }

  private func appraiseWithoutMatch(
    _ evidence: Evidence, _ digest: FileDigest
  ) throws(StoreError) -> AppraisedMeasurement {
    let file = evidence.file
    let owners = try accepted(evidence.owners)
    let comparable = owners.filter { $0.file.file.algorithms.contains(digest.algorithm) }
    if let first = comparable.first { return try changed(evidence, digest, comparable, first) }
    if let owner = owners.first(where: { !$0.file.file.algorithms.isEmpty }) {
      return try notComparable(file, digest, owner.file)
    }
    if library.algorithms.isEmpty {
      return notAssessable(file, "The references have no files: add packages, images or lists of digests.")
    }
    if !library.algorithms.contains(digest.algorithm) {
      let held = library.algorithms.sorted().map(\.name).joined(separator: ", ")
      return notAssessable(
        file,
        "The references have no \(digest.algorithm.name) digests (only \(held)); build them with '--algorithms \(digest.algorithm.name)'."
      )
    }
    return try unknown(evidence, digest, owners.first?.file)
  }

  private func accepted(_ all: [Owner]) throws(StoreError) -> [Owner] {
    var owners: [Owner] = []
    for owner in all where try library.counts(owner.file.key) { owners.append(owner) }
    return owners
  }

  private func changed(
    _ evidence: Evidence, _ digest: FileDigest, _ owners: [Owner],
    _ first: Owner
  ) throws(StoreError) -> AppraisedMeasurement {
    let ranked = try ranked(owners.map(\.file))
    let owner = ranked.first
    let told = try classOfChanged(evidence, digest, owners.map(\.file))
    var result = entry(evidence.file, .changed, told.fileClass, told.how)
    result.package = owner?.reference
    result.package?.digestOrigin = nil
    result.alsoIn = Self.titles(ranked.dropFirst(), except: owner?.reference.title ?? "")
    result.rule = first.alias.rule
    if first.alias.path != evidence.file.path { result.packagedPath = first.alias.path }
    result.passedBy = told.passedBy
    if told.passedBy == nil, told.fileClass != .data { result.severity = 10 }
    return result
  }

  /// What the owners of changed files have there. The digests of files are looked for in one pass, for all files together.
  private func fillExpected(
    _ entries: inout [AppraisedMeasurement], _ owners: [[Owner]]
  ) throws(StoreError) {
    let changed = entries.indices.filter { entries[$0].status == .changed }
    guard !changed.isEmpty else { return }
    let digests = try library.digests(of: changed.flatMap { owners[$0].map(\.file) })
    for index in changed {
      let all = owners[index].flatMap { digests[$0.file.key]?[$0.file.file.id] ?? [] }
      let texts = all.filter { $0.algorithm.name == entries[index].algorithm }.map { hexText($0.bytes) }
      entries[index].expected = Set(texts).sorted().prefix(5).map { "\(entries[index].algorithm):\($0)" }
    }
  }

  private func notComparable(
    _ file: MeasuredFiles.File, _ digest: FileDigest, _ owner: ReferenceLibrary.Candidate
  ) throws(StoreError) -> AppraisedMeasurement {
    let held = owner.file.algorithms.map(\.name).joined(separator: ", ")
    let title = try library.reference(owner)?.title ?? "a package"
    var result = entry(
      file, .notAssessable, .code,
      "\(title) lists this path with \(held) digests only, and the list has \(digest.algorithm.name): build the references with '--algorithms \(digest.algorithm.name)' from the packages themselves."
    )
    result.package = try library.reference(owner)
    result.severity = 10
    return result
  }

  private func unknown(
    _ evidence: Evidence, _ digest: FileDigest, _ owner: ReferenceLibrary.Candidate?
  ) throws(StoreError) -> AppraisedMeasurement {
    let file = evidence.file
    if let rule = try rule(of: policy.classes, evidence, digest) {
      var result = entry(file, .unknown, rule.fileClass, rule.reason)
      result.passedBy = rule.name
      return result
    }
    var result = entry(
      file, .unknown, .code, "No package has this content or lists this path; nothing shows that it is not code.")
    if let owner, let reference = try library.reference(owner) {
      result.package = reference
      result.reason = "\(reference.title) lists this path without a digest; nothing shows what the content should be."
    }
    result.severity = 10
    return result
  }

  // MARK: Code, configuration, data

  private func classOfChanged(
    _ evidence: Evidence, _ digest: FileDigest, _ owners: [ReferenceLibrary.Candidate]
  ) throws(StoreError) -> (fileClass: FileClass, how: String, passedBy: String?) {
    if policy.codePaths.contains(where: { pattern in evidence.aliases.contains { pattern.matches($0.path) } }) {
      return (.code, "The policy names this path as configuration that runs commands.", nil)
    }
    if let rule = try rule(of: policy.classes, evidence, digest), rule.fileClass == .configuration {
      return (.configuration, rule.reason, rule.name)
    }
    // What was changed could hold anything now: only what every version has as plain configuration counts as that. A list
    // that says nothing of the kind of its files has no voice. Outside /etc, only a signed package is believed.
    let telling = owners.filter { $0.file.mode != nil || $0.file.content != nil || !$0.file.flags.isEmpty }
    for owner in telling {
      let isSigned = try library.isSigned(owner.key)
      let isBelieved = isSigned || owner.file.path.starts(with: "/etc/".utf8)
      let isPlain =
        owner.file.flags.contains(.configuration) && Self.fileClass(of: owner.file).fileClass == .configuration
      guard isBelieved, isPlain else {
        return (
          .code, "The package does not mark it as plain configuration, so nothing shows that it is not code.", nil
        )
      }
    }
    return telling.isEmpty
      ? (.code, "No reference says what kind of file it is, so it counts as code.", nil)
      : (.configuration, "The package marks it as configuration, and it is neither executable nor a script.", nil)
  }

  /// How a packaged file is used, as its package shows it.
  static func fileClass(of file: KnownFile) -> (fileClass: FileClass, how: String) {
    switch file.content {
    case .elf(let information): return (.code, information.type == .relocatable ? "An ELF object." : "An ELF file.")
    case .script: return (.code, "Starts with '#!'.")
    case .pe: return (.code, "A PE image.")
    case .empty, .other, nil: break
    }
    if file.flags.contains(.maintainerScript) { return (.code, "A maintainer script.") }
    if let mode = file.mode, mode & 0o111 != 0 { return (.code, "The package marks it as executable.") }
    if let ending = codeEnding(of: file.path) { return (.code, "Its name ends with '\(ending)'.") }
    if file.flags.contains(.configuration) { return (.configuration, "The package marks it as configuration.") }
    if file.flags.contains(.packageRecord) { return (.data, "A record of the package manager.") }
    if file.content == nil, file.mode == nil {
      return (.code, "The reference does not say what kind of file it is, so it counts as code.")
    }
    return (.data, "Neither executable, nor a script, nor of a name that programs load.")
  }

  /// Endings of files that are run without being executable.
  private static let codeEndings = [
    ".so", ".ko", ".ko.xz", ".ko.zst", ".ko.gz", ".py", ".pyc", ".pl", ".pm", ".rb", ".sh", ".js", ".mjs", ".lua",
    ".tcl",
    ".php", ".jar", ".class", ".el", ".elc", ".awk", ".efi", ".bpf.o", ".service", ".rules", ".socket", ".timer",
    ".path",
    ".mount", ".target",
  ]

  private static func codeEnding(of path: [UInt8]) -> String? {
    let name = path.split(separator: UInt8(ascii: "/")).last ?? []
    let found = codeEndings.first { name.count > $0.utf8.count && name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    // Libraries carry their version behind the ending.
    return found
      ?? (name.split(separator: UInt8(ascii: ".")).dropFirst().contains { $0.elementsEqual("so".utf8) } ? ".so" : nil)
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

extension KnownFile {
  /// The package itself shows that the file is run: not merely that nothing shows otherwise.
  fileprivate var isMarkedAsCode: Bool {
    if mode == nil, content == nil { return false }
    return MeasurementAppraiser.fileClass(of: self).fileClass == .code
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
