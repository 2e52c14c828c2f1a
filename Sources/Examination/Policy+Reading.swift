import Appraisal
import ByteReading
import Digests
import Yams

/// Why a policy could not be used.
public struct PolicyError: Error, Equatable, Sendable, CustomStringConvertible {
  public var file: String
  public var reason: String
  public var description: String { "\(file): \(reason)" }
}

extension Policy {
  /// The policy that holds where none is given: `policies/default.yaml`.
  public static let standard: Policy = {
    do {
      return try Policy(Array(DefaultPolicy.text.utf8), file: "default")
    } catch {
      // The text is ours, and a test reads it.
      preconditionFailure("the default policy can't be read: \(error)")
    }
  }()

  /// Reads a policy file. Everything in it must be understood: a policy that is half read would decide otherwise than
  /// its author meant. Classes, code paths and weights that it does not speak of are those of the default policy.
  public init(_ bytes: [UInt8], file: String) throws(PolicyError) {
    guard bytes.count <= 1 << 20, !hasAliases(bytes) else {
      throw PolicyError(file: file, reason: "too large, or uses YAML aliases")
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw PolicyError(file: file, reason: "not valid YAML")
    }
    guard let mapping = root?.mapping else {
      throw PolicyError(file: file, reason: "a mapping was expected at the top")
    }
    self = try PolicyReader(file: file).policy(mapping)
  }
}

/// Reads the nodes of one policy file.
private struct PolicyReader {
  let file: String

  func policy(_ mapping: Node.Mapping) throws(PolicyError) -> Policy {
    guard mapping["version"]?.int == 1 else { throw fault("'version: 1' was expected") }
    var policy = file == "default" ? Policy() : Policy.standard
    policy.file = file == "default" ? nil : file
    for (key, value) in mapping {
      switch name(key) {
      case "version": break
      case "scope": try readScope(value, into: &policy)
      case "required-level": policy.requiredLevel = try level(value)
      case "as-of": policy.asOf = try date(value)
      case "trust-anchors": policy.trustAnchors = try texts(value, "trust-anchors")
      case "references": try readReferences(value, into: &policy)
      case "weights": try readWeights(value, into: &policy)
      case "classes":
        policy.classes = try items(value, "classes").map { item throws(PolicyError) in try fileClass(item) }
      case "exemptions":
        policy.exemptions = try items(value, "exemptions").map { item throws(PolicyError) in try exemption(item) }
      case "code-paths":
        policy.codePaths = try texts(value, "code-paths").map { text throws(PolicyError) in
          try pattern(text, "code-paths")
        }
      default: throw fault("'\(name(key))' is no key of a policy")
      }
    }
    return policy
  }

  private func fault(_ reason: String) -> PolicyError { PolicyError(file: file, reason: reason) }
  private func name(_ node: Node) -> String { escapedText((node.string ?? "").utf8) }

  // MARK: Simple keys

  private func readScope(_ value: Node, into policy: inout Policy) throws(PolicyError) {
    for (key, item) in try mapping(value, "scope") {
      if key.string == "boot" {
        guard let scope = Policy.BootScope(rawValue: item.string ?? "") else {
          throw fault(
            "scope.boot: one of \(Policy.BootScope.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
        policy.boot = scope
        continue
      }
      guard key.string == "measurements" else { throw fault("scope: '\(name(key))' is no scope") }
      guard let scope = Policy.Scope(rawValue: item.string ?? "") else {
        throw fault(
          "scope.measurements: one of \(Policy.Scope.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
      }
      policy.measurements = scope
    }
  }

  private func level(_ value: Node) throws(PolicyError) -> IntegrityLevel {
    let text = value.string ?? ""
    let found = IntegrityLevel.allCases.first { $0.rawValue == text || $0.rawValue.hasPrefix(text + "_") }
    guard let found, text.count >= 2 else { throw fault("required-level: one of l1, l2, l3, l4 was expected") }
    return found
  }

  private func date(_ value: Node) throws(PolicyError) -> String {
    guard let text = value.scalar?.string, secondsSinceEpoch(text) != nil else {
      throw fault("as-of: a date was expected, such as 2026-11-23")
    }
    return text
  }

  private func readReferences(_ value: Node, into policy: inout Policy) throws(PolicyError) {
    for (key, item) in try mapping(value, "references") {
      switch name(key) {
      case "require-signed":
        guard let flag = item.bool else { throw fault("references.require-signed: true or false was expected") }
        policy.requiresSignedReferences = flag
      case "allowed-signers":
        policy.allowedSigners = try texts(item, "references.allowed-signers").map { text throws(PolicyError) in
          let key = text.filter { $0 != " " }.uppercased()
          guard key.count >= 16, bytesOfHex(key) != nil else {
            throw fault("references.allowed-signers: a fingerprint in hexadecimal was expected, not '\(text)'")
          }
          return key
        }
      default: throw fault("references: '\(name(key))' is no key")
      }
    }
  }

  private func readWeights(_ value: Node, into policy: inout Policy) throws(PolicyError) {
    for (key, item) in try mapping(value, "weights") {
      guard let status = MeasurementStatus(rawValue: name(key)),
        [.unknown, .changed, .superseded, .knownElsewhere].contains(status)
      else { throw fault("weights: '\(name(key))' is none of unknown, changed, superseded, known-elsewhere") }
      var byClass: [FileClass: Severity] = [:]
      for (kind, weight) in try mapping(item, "weights.\(status.rawValue)") {
        guard let fileClass = FileClass(rawValue: name(kind)) else {
          throw fault("weights.\(status.rawValue): '\(name(kind))' is none of code, configuration, data")
        }
        guard let severity = Severity(rawValue: weight.string ?? "") else {
          throw fault(
            "weights.\(status.rawValue).\(fileClass.rawValue): critical, warning, notice or info was expected")
        }
        byClass[fileClass] = severity
      }
      guard let code = byClass[.code], let configuration = byClass[.configuration], let data = byClass[.data] else {
        throw fault("weights.\(status.rawValue): code, configuration and data are all needed")
      }
      policy.weights[status] = FileWeights(code: code, configuration: configuration, data: data)
    }
  }

  // MARK: Classes and exemptions

  private func fileClass(_ node: Node) throws(PolicyError) -> FileRule {
    var rule = try named(node, "classes", keys: ["name", "reason", "class", "stage", "paths"])
    let mapping = try mapping(node, "classes")
    guard rule.fileClass != .code else {
      throw fault("classes.\(rule.name): code is never a class; exempt it by path and digest")
    }
    if let stage = mapping["stage"] {
      guard stage.string == "initramfs" else { throw fault("classes.\(rule.name).stage: 'initramfs' was expected") }
      rule.isOfInitramfs = true
    }
    guard let paths = mapping["paths"] else { throw fault("classes.\(rule.name): 'paths' is needed") }
    rule.files = try texts(paths, "classes.\(rule.name).paths").map { text throws(PolicyError) in
      let pattern = try pattern(text, "classes.\(rule.name)")
      guard !pattern.coversFolder else {
        throw fault("classes.\(rule.name): '\(text)' covers a whole folder; name the files")
      }
      return FileRule.Entry(path: pattern)
    }
    return rule
  }

  private func exemption(_ node: Node) throws(PolicyError) -> FileRule {
    var rule = try named(node, "exemptions", keys: ["name", "reason", "class", "files"])
    guard let files = try mapping(node, "exemptions")["files"] else {
      throw fault("exemptions.\(rule.name): 'files' is needed")
    }
    for item in try items(files, "exemptions.\(rule.name).files") {
      let entry = try mapping(item, "exemptions.\(rule.name).files")
      for key in entry.keys where !["path", "digests", "class"].contains(name(key)) {
        throw fault("exemptions.\(rule.name).files: '\(name(key))' is no key")
      }
      let pattern = try pattern(entry["path"]?.string ?? "", "exemptions.\(rule.name)")
      let digests = try entry["digests"].map { node throws(PolicyError) in
        try texts(node, "exemptions.\(rule.name).digests")
      }
      let own = try entry["class"].map { node throws(PolicyError) in try self.kind(node, "exemptions.\(rule.name)") }
      guard let digests else {
        guard (own ?? rule.fileClass) != .code else {
          throw fault("exemptions.\(rule.name): '\(pattern.text)' is code; give its digests")
        }
        guard !pattern.coversFolder else {
          throw fault("exemptions.\(rule.name): '\(pattern.text)' covers a whole folder; name the files")
        }
        rule.files.append(.init(path: pattern))
        continue
      }
      for text in digests {
        rule.files.append(.init(path: pattern, digest: try digest(text, "exemptions.\(rule.name)")))
      }
    }
    return rule
  }

  private func named(_ node: Node, _ list: String, keys: Set<String>) throws(PolicyError) -> FileRule {
    let entry = try mapping(node, list)
    for key in entry.keys where !keys.contains(name(key)) { throw fault("\(list): '\(name(key))' is no key") }
    guard let title = entry["name"]?.string, !title.isEmpty else { throw fault("\(list): every entry needs a 'name'") }
    guard let reason = entry["reason"]?.string, !reason.isEmpty else {
      throw fault("\(list).\(title): a 'reason' is needed; it stands in the report")
    }
    guard let node = entry["class"] else { throw fault("\(list).\(title): 'class' is needed") }
    return FileRule(name: title, reason: reason, fileClass: try kind(node, "\(list).\(title)"), files: [])
  }

  private func kind(_ node: Node, _ place: String) throws(PolicyError) -> FileClass {
    guard let found = FileClass(rawValue: node.string ?? "") else {
      throw fault("\(place).class: one of code, configuration, data was expected")
    }
    return found
  }

  private func digest(_ text: String, _ place: String) throws(PolicyError) -> FileRule.ExpectedDigest {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let algorithm = FileDigestAlgorithm(name: String(parts[0])),
      let bytes = bytesOfHex(String(parts[1])), bytes.count == algorithm.digestByteCount
    else { throw fault("\(place): a digest such as sha256:9f86... was expected, not '\(escapedText(text.utf8))'") }
    return .init(algorithm: algorithm, bytes: bytes)
  }

  private func pattern(_ text: String, _ place: String) throws(PolicyError) -> PathPattern {
    guard let pattern = PathPattern(text) else {
      throw fault("\(place): an absolute path was expected, not '\(escapedText(text.utf8))'")
    }
    return pattern
  }

  // MARK: Shapes

  private func mapping(_ node: Node, _ place: String) throws(PolicyError) -> Node.Mapping {
    guard let mapping = node.mapping else { throw fault("\(place): a mapping was expected") }
    return mapping
  }

  private func items(_ node: Node, _ place: String) throws(PolicyError) -> [Node] {
    guard let sequence = node.sequence else { throw fault("\(place): a list was expected") }
    return Array(sequence)
  }

  private func texts(_ node: Node, _ place: String) throws(PolicyError) -> [String] {
    try items(node, place).map { item throws(PolicyError) in
      guard let text = item.scalar?.string else { throw fault("\(place): a list of texts was expected") }
      return text
    }
  }
}
