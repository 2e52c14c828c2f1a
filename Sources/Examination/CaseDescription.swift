import Appraisal
import ByteReading
import EvidenceIntake
import Yams

/// What somebody wrote about a case: an `inquest.yaml` in the case, or the file given with `--description`.
///
/// The first kind is a claim of whoever made the archive. Only the second may say what decides trust.
/// `docs/description.md` documents the keys.
struct CaseDescription: Equatable, Sendable {
  struct Capture: Equatable, Sendable {
    /// Relative to the case, without a slash at its end; empty for the case itself.
    var folder: String
    var host: String?
    /// RFC 3339 as written.
    var collectedAt: String?
    var nonce: [UInt8]?
    /// Role by path relative to the case.
    var roles: [String: Role] = [:]
  }

  enum Role: String, Equatable, Sendable {
    case quote
    case signature
    case pcrs
    case nonce
    case eventLog = "event-log"
    case imaList = "ima-list"
  }

  /// The file itself: relative to the case, or as given on the command line.
  var file: String
  var captures: [Capture] = []
  /// Folders of each host.
  var hosts: [(name: String, folders: [String])] = []
  /// Containers and devices, in the order of the file.
  var inventories: [Inventory] = []
  /// Only from `--description`: paths relative to that file.
  var trustAnchors: [String] = []
  var keys: [String] = []
  var fileSigningKeys: [String] = []
  var policy: String?
  var nonces: [[UInt8]] = []
  var asOf: String?
  /// Keys that were not understood, or that may not be said from inside a case.
  var problems: [String] = []

  static func == (left: Self, right: Self) -> Bool {
    left.file == right.file && left.captures == right.captures && left.trustAnchors == right.trustAnchors
      && left.inventories == right.inventories && left.keys == right.keys && left.problems == right.problems
  }

  /// - parameter folder: where relative paths in it start, relative to the case.
  /// - parameter isTrusted: the file was named on the command line.
  init(_ bytes: [UInt8], file: String, folder: String, isTrusted: Bool) {
    self.file = file
    guard bytes.count <= 1 << 20, !hasAliases(bytes) else {
      problems.append("the file is too large, or uses YAML aliases, which are not read")
      return
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      problems.append("not valid YAML: \(firstLine(String(describing: error)))")
      return
    }
    guard let mapping = root?.mapping else {
      problems.append("a mapping was expected at the top")
      return
    }
    for (key, value) in mapping { read(key.string ?? "", value, folder: folder, isTrusted: isTrusted) }
  }

  private mutating func read(_ key: String, _ value: Node, folder: String, isTrusted: Bool) {
    let trustKeys = ["trust-anchors", "keys", "file-signing-keys", "nonces", "policy", "as-of"]
    if trustKeys.contains(key), !isTrusted {
      problems.append("'\(key)' decides trust, so a file inside the case cannot set it; it is ignored")
      return
    }
    switch key {
    case "version":
      if value.int != 1 { problems.append("version 1 was expected") }
    case "title", "request": break
    case "containers": readContainers(value, folder: join(folder, ""))
    case "hosts": readHosts(value, folder: folder)
    case "captures": readCaptures(value, folder: folder)
    case "trust-anchors": trustAnchors = strings(value, key)
    case "keys": keys = strings(value, key)
    case "file-signing-keys": fileSigningKeys = strings(value, key)
    case "policy": policy = value.string
    case "as-of": asOf = value.string
    case "nonces":
      for text in strings(value, key) {
        if let nonce = bytesOfHex(text) {
          nonces.append(nonce)
        } else {
          problems.append("nonces: hexadecimal expected")
        }
      }
    default: problems.append("'\(escapedText(key.utf8))' is no key of a description")
    }
  }

  private mutating func readHosts(_ value: Node, folder: String) {
    guard let mapping = value.mapping else { return problems.append("hosts: a mapping from name to folders expected") }
    for (name, entry) in mapping {
      let folders = entry.mapping?["folders"].map { strings($0, "folders") } ?? []
      hosts.append((name.string ?? "", folders.map { join(folder, $0) }))
      let places = folders.isEmpty ? [join(folder, "")] : folders.map { join(folder, $0) }
      if let devices = entry.mapping?["devices"] { readHostDevices(devices, folders: places) }
      if let containers = entry.mapping?["containers"] {
        for place in places { readContainers(containers, folder: place) }
      }
    }
  }

  private mutating func readCaptures(_ value: Node, folder: String) {
    guard let mapping = value.mapping else { return problems.append("captures: a mapping from folder expected") }
    for (path, entry) in mapping {
      var capture = Capture(folder: join(folder, path.string ?? ""))
      for (key, item) in entry.mapping ?? [:] { read(key.string ?? "", item, into: &capture) }
      captures.append(capture)
    }
  }

  private mutating func read(_ key: String, _ value: Node, into capture: inout Capture) {
    switch key {
    case "host": capture.host = value.string
    case "collected-at":
      capture.collectedAt = value.string
      if value.string.flatMap(secondsSinceEpoch) == nil { problems.append("collected-at: an RFC 3339 time expected") }
    case "nonce":
      capture.nonce = value.string.flatMap { bytesOfHex($0) }
      if capture.nonce == nil { problems.append("nonce: hexadecimal expected") }
    case "roles":
      for (file, role) in value.mapping ?? [:] {
        guard let known = Role(rawValue: role.string ?? "") else {
          problems.append("'\(escapedText((role.string ?? "").utf8))' is no role")
          continue
        }
        capture.roles[join(capture.folder, file.string ?? "")] = known
      }
    case "containers": readContainers(value, folder: capture.folder)
    default: problems.append("'\(escapedText(key.utf8))' is no key of a capture")
    }
  }

  private mutating func strings(_ node: Node, _ key: String) -> [String] {
    if let one = node.string { return [one] }
    guard let sequence = node.sequence else {
      problems.append("\(key): a list expected")
      return []
    }
    return sequence.compactMap(\.string)
  }
}

/// Aliases can make a small text expand without bound; a description and a policy need none. One begins with `*` where a node may
/// begin: behind a blank, a line break of any kind, or an indicator.
func hasAliases(_ bytes: [UInt8]) -> Bool {
  let blanks = Array(" \t\r\n".utf8)
  let indicators = Array("[]{},:?-".utf8)
  return bytes.indices.contains { index in
    guard bytes[index] == UInt8(ascii: "*"), index + 1 < bytes.count, !blanks.contains(bytes[index + 1]) else {
      return false
    }
    guard index > 0 else { return true }
    let before = bytes[index - 1]
    return before >= 0x80 || blanks.contains(before) || indicators.contains(before)
  }
}

private func firstLine(_ text: String) -> String {
  escapedText((text.split(separator: "\n").first ?? "").utf8)
}

/// A path relative to the case from one relative to `folder`; `.` and empty components vanish.
func join(_ folder: String, _ path: String) -> String {
  (folder + "/" + path).split(separator: "/").filter { $0 != "." }.joined(separator: "/")
}
