import ByteReading
import Digests
import Hashing

extension RPMDescription {
  /// Bytes of one path that a manifest may hold, as Linux has it (`PATH_MAX`).
  public static let maximumPathByteCount = 4096

  /// The package as a manifest: its files with the header's digests, then its scriptlets.
  ///
  /// `source` is the name that problems carry. Files whose path could not be one of an installed file are left out with a
  /// problem each. Files of source packages have no folder; they get the root's. Scriptlets get digests of their text in
  /// `algorithms`.
  public func referencePackage(
    source: String, algorithms: [FileDigestAlgorithm]
  ) -> (package: ReferencePackage, problems: [ReferenceProblem]) {
    var problems = self.problems.map { ReferenceProblem(error: $0, source: source) }
    var package = ReferencePackage(
      format: .rpm, name: name, version: version, architecture: architecture,
      distribution: distribution.isEmpty ? vendor : distribution,
      date: buildTime.flatMap { Int64(exactly: $0) }.flatMap { rfc3339Text(secondsSince1970: $0) })
    if let origin = sourceOrigin {
      if origin.name != name { package.sourceName = origin.name }
      if origin.version != versionWithoutEpoch { package.sourceVersion = origin.version }
    }
    for file in files {
      guard let path = file.installedPath(isSource: isSource) else {
        problems.append(
          ReferenceProblem(
            .refused, source: source, subject: escapedText(file.path.prefix(Self.maximumPathByteCount)),
            message: "The file list holds a path that leads elsewhere or is no absolute path."))
        continue
      }
      package.files.append(reference(file, path: path, source: source, problems: &problems))
    }
    package.files += scriptlets.compactMap { $0.referenceFile(algorithms) }
    return (package, problems)
  }

  var isSource: Bool { architecture == "src" }

  /// Name and version of the source package, from its file's name.
  private var sourceOrigin: (name: String, version: String)? {
    guard let sourceRPM, let end = sourceRPM.lastIndex(of: "."),
      let architecture = sourceRPM[..<end].lastIndex(of: "."),
      let release = sourceRPM[..<architecture].lastIndex(of: "-"),
      let version = sourceRPM[..<release].lastIndex(of: "-")
    else { return nil }
    return (
      String(sourceRPM[..<version]), String(sourceRPM[sourceRPM.index(after: version)..<architecture])
    )
  }

  private func reference(
    _ file: RPMFile, path: [UInt8], source: String, problems: inout [ReferenceProblem]
  ) -> ReferenceFile {
    var reference = ReferenceFile(
      path: path, kind: file.kind, byteCount: file.byteCount, mode: file.mode.map { $0 & 0o7777 },
      flags: file.referenceFlags, signature: file.signature)
    guard file.kind == .regular, !file.digest.isEmpty, let algorithm = fileDigestAlgorithm else { return reference }
    guard file.digest.count == algorithm.digestByteCount else {
      problems.append(
        ReferenceProblem(
          .damaged, source: source, subject: escapedText(path),
          message: "The header's digest does not have the length of its algorithm.",
          expected: "\(algorithm.digestByteCount) bytes (\(algorithm.name))", actual: "\(file.digest.count) bytes"))
      return reference
    }
    reference.digests = [ReferenceDigest(algorithm, file.digest, origin: .header)]
    return reference
  }
}

extension RPMFile {
  private static let typeMask: UInt16 = 0o170000

  /// By the type bits of the mode; by the link target where the header has no modes.
  public var kind: ReferenceFile.Kind {
    switch mode.map({ $0 & Self.typeMask }) {
    case 0o040000: .directory
    case 0o120000: .symbolicLink(target: linkTarget)
    case 0o100000: .regular
    case nil, 0: linkTarget.isEmpty ? .regular : .symbolicLink(target: linkTarget)
    default: .other
    }
  }

  var referenceFlags: ReferenceFile.Flags {
    var found: ReferenceFile.Flags = []
    if flags.contains(.configuration) { found.insert(.configuration) }
    if flags.contains(.ghost) { found.insert(.ghost) }
    if flags.contains(.documentation) { found.insert(.documentation) }
    if flags.contains(.license) { found.insert(.license) }
    if flags.contains(.noReplace) { found.insert(.noReplace) }
    if let state, state != .normal { found.insert(.notInstalled) }
    return found
  }

  /// Nil for a path that is not absolute, is too long, holds NUL or climbs with `..`.
  func installedPath(isSource: Bool) -> [UInt8]? {
    let slash = UInt8(ascii: "/")
    let full = isSource && path.first != slash ? [slash] + path : path
    guard full.first == slash, full.count <= RPMDescription.maximumPathByteCount, full.count > 1 || kind == .directory,
      !full.contains(0), !full.split(separator: slash).contains([UInt8(ascii: "."), UInt8(ascii: ".")])
    else { return nil }
    return full
  }
}

extension RPMScriptlet {
  /// The file as which rpm runs the scriptlet: `/var/tmp/rpm-tmp.` and the scriptlet's name in the place of random
  /// letters. Nil for what never becomes a file. Without digest where rpm changes the text before.
  func referenceFile(_ algorithms: [FileDigestAlgorithm]) -> ReferenceFile? {
    guard !isEmbedded else { return nil }
    let digests =
      isExpanded
      ? []
      : algorithms.compactMap { algorithm in
        algorithm.digest(of: text).map { ReferenceDigest(algorithm, $0, origin: .header) }
      }
    return ReferenceFile(
      path: Array("/var/tmp/rpm-tmp.\(name)".utf8), byteCount: UInt64(text.count), flags: .maintainerScript,
      digests: digests)
  }
}

extension ReferenceProblem {
  /// A damaged value of a source.
  public init(_ kind: Kind = .damaged, error: ParseError, source: String) {
    self.init(
      kind, source: source, offset: error.offset, message: "\(error.field) is not what it should be.",
      expected: error.expected, actual: error.found)
  }
}
