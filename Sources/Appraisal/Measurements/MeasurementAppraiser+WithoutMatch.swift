import ByteReading
import Digests
import Hashing
import ReferenceManifests
import ReferenceStore

// What is said of a file whose content no package has, and whether it matters: code, configuration or data.
extension MeasurementAppraiser {
  // MARK: Content that no package has

  func exemption(_ evidence: Evidence, _ digest: FileDigest) throws(StoreError) -> AppraisedMeasurement? {
    guard let rule = try rule(of: policy.exemptions, evidence, digest) else { return nil }
    var result = entry(evidence.file, .exempt, rule.fileClass, rule.reason)
    result.passedBy = rule.name
    return result
  }

  /// The first rule that covers the file. What a package lists as code passes by its digest only, whatever the rule calls it.
  func rule(of rules: [FileRule], _ evidence: Evidence, _ digest: FileDigest) throws(StoreError) -> FileRule? {
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

  func appraiseWithoutMatch(
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

  func accepted(_ all: [Owner]) throws(StoreError) -> [Owner] {
    var owners: [Owner] = []
    for owner in all where try library.counts(owner.file.key) { owners.append(owner) }
    return owners
  }

  func changed(
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
  func fillExpected(
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

  func unknown(
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
}

extension KnownFile {
  /// The package itself shows that the file is run: not merely that nothing shows otherwise.
  fileprivate var isMarkedAsCode: Bool {
    if mode == nil, content == nil { return false }
    return MeasurementAppraiser.fileClass(of: self).fileClass == .code
  }
}
