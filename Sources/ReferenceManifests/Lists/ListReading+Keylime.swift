import ByteReading
import Digests
import Foundation

extension ListReading {
  /// A runtime policy of Keylime (`digests` beside `meta`), an older JSON allow list (`hashes`), or either within a DSSE
  /// envelope, whose signature is not verified here and said to be. Each digest of a path is an alternative, so each is a
  /// file of its own. Excludes, keyrings and IMA buffers are counted, not used.
  ///
  /// A policy names no algorithm: the digest's length tells. Paths stand as the policy has them; Keylime writes `_` for
  /// blanks.
  ///
  /// Source: keylime, policy/runtime_policy and ima/ima.py; DSSE protocol, "Envelope".
  public init(keylimePolicy bytes: [UInt8], name: String, file: String) {
    var builder = ListBuilder(file: file)
    guard var policy = jsonObject(bytes) else {
      builder.problem(at: nil, "The policy is no JSON object.")
      self = builder.finish([])
      return
    }
    if let payload = policy["payload"] as? String, policy["payloadType"] is String {
      builder.problem(
        at: nil, "The DSSE signature of the policy is not verified here.", kind: .signatureUnsupported)
      guard let data = Data(base64Encoded: payload), let inner = jsonObject([UInt8](data)) else {
        builder.problem(at: nil, "The envelope holds no JSON object.")
        self = builder.finish([])
        return
      }
      policy = inner
    }
    guard let entries = (policy["digests"] ?? policy["hashes"]) as? [String: Any] else {
      builder.problem(at: nil, "The policy has no digests.", expected: "an object digests or hashes")
      self = builder.finish([])
      return
    }
    builder.sayUnused(policy)
    let files = entries.sorted { $0.key < $1.key }.flatMap { builder.files($0.key, $0.value) }
    self = builder.finish(name: name, files)
  }
}

extension ListBuilder {
  fileprivate mutating func files(_ written: String, _ value: Any) -> [ReferenceFile] {
    let raw = Array(written.utf8)
    guard !isPseudoEntry(raw) else {
      passOverPseudoEntry()
      return []
    }
    guard let path = path(raw, at: nil) else { return [] }
    guard let digests = value as? [Any] ?? (value as? String).map({ [$0] }) else {
      problem(at: nil, "The digests of a path are no list.", subject: raw)
      return []
    }
    var files: [ReferenceFile] = []
    for entry in digests {
      guard let digits = entry as? String else {
        problem(at: nil, "A digest is no text.", subject: raw)
        continue
      }
      if let digest = digest(digits.utf8, nil, at: nil) { files.append(ReferenceFile(path: path, digests: [digest])) }
    }
    return files
  }

  fileprivate mutating func sayUnused(_ policy: [String: Any]) {
    for key in ["excludes", "exclude", "keyrings", "ima-buf", "verification-keys"] {
      let count =
        (policy[key] as? [Any])?.count ?? (policy[key] as? [String: Any])?.count ?? (policy[key] as? String).map {
          $0.isEmpty ? 0 : 1
        } ?? 0
      guard count > 0 else { continue }
      problem(at: nil, "\(count) entries of \(key) are not used.", kind: .unrecognised)
    }
  }
}

/// The object of a JSON text; nil when it is no JSON or another value.
func jsonObject(_ bytes: [UInt8]) -> [String: Any]? {
  do {
    return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
  } catch {
    return nil
  }
}
