import Digests

/// What an appraisal has to look at before a verdict may be `trusted`, and what a site lets pass.
///
/// `docs/policy.md` documents the file that says it; `policies/default.yaml` is the one that holds where none is given.
public struct Policy: Equatable, Sendable {
  public enum Scope: String, CaseIterable, Sendable {
    /// Content must be compared with reference values.
    case assess
    /// Content is not looked at: proof that it was measured is enough.
    case outOfScope = "out-of-scope"
  }

  /// What is asked of the images that booted.
  public enum BootScope: String, CaseIterable, Sendable {
    /// They are looked up where references hold images; one that no reference has is a warning.
    case report
    /// References must have each of them: an unknown one makes the boot untrusted, and without references it is open.
    case assess
    /// They are not looked up. Revocations are found all the same.
    case outOfScope = "out-of-scope"
  }

  /// Path as the user gave it; nil for the default.
  public var file: String?
  /// Content of the IMA list.
  public var measurements: Scope
  /// Boot loaders, kernels and drivers that event logs name.
  public var boot: BootScope
  /// The least level that a boot must have; nil when any will do.
  public var requiredLevel: IntegrityLevel?
  /// Date at which packages are called superseded, RFC 3339; nil for the time of the capture.
  public var asOf: String?
  /// Certificates that attestation keys must lead to: paths relative to the policy file.
  public var trustAnchors: [String]
  /// Only references that a good signature of one of these keys vouches for count; empty when every source counts.
  /// Upper-case hexadecimal fingerprints.
  public var allowedSigners: [String]
  /// Only references that a good signature vouches for count.
  public var requiresSignedReferences: Bool
  /// What a status weighs for each class of file, where it differs from `FileWeights`' own.
  public var weights: [MeasurementStatus: FileWeights]
  /// Files that are made on the machine, data and configuration, in the order of the file.
  public var classes: [FileRule]
  /// What the site answers for itself.
  public var exemptions: [FileRule]
  /// Configuration that names commands or libraries to be run: judged as code although a package lists it as configuration.
  public var codePaths: [PathPattern]

  public init(file: String? = nil, measurements: Scope = .assess) {
    self.file = file
    self.measurements = measurements
    boot = .report
    trustAnchors = []
    allowedSigners = []
    requiresSignedReferences = false
    weights = [:]
    classes = []
    exemptions = []
    codePaths = []
  }

  /// The weight of a status for a class of file.
  public func weight(of status: MeasurementStatus, for fileClass: FileClass) -> Severity? {
    (weights[status] ?? FileWeights.standard(of: status))?[fileClass]
  }
}

/// How much a finding weighs for code, configuration and data.
public struct FileWeights: Equatable, Sendable {
  public var code: Severity
  public var configuration: Severity
  public var data: Severity

  public init(code: Severity, configuration: Severity, data: Severity) {
    self.code = code
    self.configuration = configuration
    self.data = data
  }

  public subscript(fileClass: FileClass) -> Severity {
    switch fileClass {
    case .code: code
    case .configuration: configuration
    case .data: data
    }
  }

  /// The weights of the contract's table of codes; nil for a status that is no finding.
  static func standard(of status: MeasurementStatus) -> FileWeights? {
    switch status {
    case .unknown, .changed: FileWeights(code: .critical, configuration: .warning, data: .notice)
    case .superseded: FileWeights(code: .warning, configuration: .warning, data: .notice)
    case .knownElsewhere: FileWeights(code: .notice, configuration: .notice, data: .info)
    default: nil
    }
  }
}

/// Some files that are told by path, and where wanted by digest, with the reason why they pass.
public struct FileRule: Equatable, Sendable {
  public var name: String
  /// Shown beside every count of what passed.
  public var reason: String
  public var fileClass: FileClass
  public var files: [Entry]
  /// Holds only for records made while the initramfs was the root file system.
  public var isOfInitramfs: Bool

  public struct Entry: Equatable, Sendable {
    public var path: PathPattern
    /// Algorithm and digest the file must have; nil when any content passes.
    public var digest: ExpectedDigest?

    public init(path: PathPattern, digest: ExpectedDigest? = nil) {
      self.path = path
      self.digest = digest
    }
  }

  public struct ExpectedDigest: Equatable, Sendable {
    public var algorithm: FileDigestAlgorithm
    public var bytes: [UInt8]

    public init(algorithm: FileDigestAlgorithm, bytes: [UInt8]) {
      self.algorithm = algorithm
      self.bytes = bytes
    }
  }

  public init(name: String, reason: String, fileClass: FileClass, files: [Entry], isOfInitramfs: Bool = false) {
    self.name = name
    self.reason = reason
    self.fileClass = fileClass
    self.files = files
    self.isOfInitramfs = isOfInitramfs
  }

  /// - parameter paths: the measured path, and others that are the same place by the rules of `PathAlias`.
  func covers(_ paths: [[UInt8]], _ digest: ExpectedDigest, isInitramfs: Bool, onlyByDigest: Bool) -> Bool {
    guard isInitramfs || !isOfInitramfs else { return false }
    return files.contains { entry in
      (entry.digest == nil ? !onlyByDigest : entry.digest == digest) && paths.contains { entry.path.matches($0) }
    }
  }
}

/// A path in which a part may be left open. `*` stands for any characters within one name, `{hex}` for one or more
/// lower-case hexadecimal digits, `{digits}` for one or more decimal digits. Nothing stands for a whole tree of folders.
public struct PathPattern: Equatable, Sendable {
  public let text: String
  private let names: [[Part]]

  private enum Part: Equatable {
    case byte(UInt8)
    case any
    case hex
    case digits
  }

  /// Nil when the text is no absolute path.
  public init?(_ text: String) {
    let names = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard names.count > 1, names[0].isEmpty, !names.dropFirst().contains(where: \.isEmpty) else { return nil }
    self.text = text
    self.names = names.dropFirst().map { Self.parts(of: Array($0)) }
  }

  /// True when the last name has nothing fixed but dots: the pattern covers what lies in a folder, whatever it is called.
  public var coversFolder: Bool {
    names.last?.allSatisfy { part in
      if case .byte(let byte) = part { byte == UInt8(ascii: ".") } else { true }
    } == true
  }

  private static func parts(of name: [UInt8]) -> [Part] {
    var parts: [Part] = []
    var rest = name[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "*") {
        parts.append(.any)
        rest = rest.dropFirst()
      } else if rest.starts(with: "{hex}".utf8) {
        parts.append(.hex)
        rest = rest.dropFirst(5)
      } else if rest.starts(with: "{digits}".utf8) {
        parts.append(.digits)
        rest = rest.dropFirst(8)
      } else {
        parts.append(.byte(byte))
        rest = rest.dropFirst()
      }
    }
    return parts
  }

  public func matches(_ path: [UInt8]) -> Bool {
    let given = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard given.count == names.count + 1, given[0].isEmpty else { return false }
    return zip(given.dropFirst(), names).allSatisfy { name, parts in
      // `.` and `..` are never meant by an open part.
      !name.elementsEqual([UInt8(ascii: ".")]) && !name.elementsEqual(Array("..".utf8))
        && Self.matches(name, parts[...])
    }
  }

  /// Depth is that of the pattern, which the user wrote; each open part tries the longest run first.
  private static func matches(_ name: ArraySlice<UInt8>, _ parts: ArraySlice<Part>) -> Bool {
    guard let part = parts.first else { return name.isEmpty }
    let rest = parts.dropFirst()
    switch part {
    case .byte(let byte): return name.first == byte && matches(name.dropFirst(), rest)
    case .any: return run(name, atLeast: 0, rest) { _ in true }
    case .hex: return run(name, atLeast: 1, rest) { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    case .digits: return run(name, atLeast: 1, rest) { (0x30...0x39).contains($0) }
    }
  }

  private static func run(
    _ name: ArraySlice<UInt8>, atLeast least: Int, _ rest: ArraySlice<Part>, _ belongs: (UInt8) -> Bool
  ) -> Bool {
    let longest = name.prefix(while: belongs).count
    guard longest >= least else { return false }
    return stride(from: longest, through: least, by: -1).contains { matches(name.dropFirst($0), rest) }
  }
}
