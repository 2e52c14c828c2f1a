import ByteReading

/// How the fields of a template are named, laid out and printed.
///
/// Source: Linux, security/integrity/ima/ima_template.c (`builtin_templates`, `supported_fields`) and
/// ima_template_lib.c.
enum Template {
  /// The one template whose frame and hash differ from all others.
  static let legacyName = Array("ima".utf8)
  /// Bytes of the file digest in a record of template `ima`, which has no length word.
  static let legacyDigestByteCount = 20
  /// What the name of a record of template `ima` is padded to before it is hashed.
  static let legacyNameByteCount = 256

  /// The identifiers of a template's fields in their order; nil when the template is not known.
  ///
  /// A template without a name of its own is written as its field list, `d-ng|n-ng|iuid`.
  static func fields(of name: [UInt8]) -> [String]? {
    let text = String(decoding: name, as: UTF8.self)
    if let known = known[text] { return known }
    let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    return parts.allSatisfy { kinds[$0] != nil } ? parts : nil
  }

  static func kind(of field: String) -> Kind? { kinds[field] }

  /// How a field prints in the text list.
  enum Kind: Equatable {
    /// Hexadecimal digits.
    case bytes
    /// `name:` and hexadecimal digits; in the binary form a NUL stands between them.
    case namedDigest
    /// The text itself; in the binary form a NUL follows.
    case text
    /// The text itself; whether a NUL follows depends on the version of the patch (`PatchedTextForm`).
    case patchedText
    /// A decimal number of so many bytes.
    case number(byteCount: Int)
  }

  private static let known: [String: [String]] = [
    "ima": ["d", "n"],
    "ima-ng": ["d-ng", "n-ng"],
    "ima-ngv2": ["d-ngv2", "n-ng"],
    "ima-sig": ["d-ng", "n-ng", "sig"],
    "ima-sigv2": ["d-ngv2", "n-ng", "sig"],
    "ima-buf": ["d-ng", "n-ng", "buf"],
    "ima-modsig": ["d-ng", "n-ng", "sig", "d-modsig", "modsig"],
    "evm-sig": [
      "d-ng", "n-ng", "evmsig", "xattrnames", "xattrlengths", "xattrvalues", "iuid", "igid", "imode",
    ],
    // Kernels patched for containers: adrianlshaw/LightVerifier, torsec/ima-template-docker-patch,
    // torsec/k8s-pod-attestation and the patches "ima-dep-cgn" and "ima-cgpath" sent to linux-integrity in December 2022.
    "ima-cont-id": ["dev-id", "d-ng", "n-ng"],
    "ima-cont-id-subj": ["dev-id", "d-ng", "n-ng", "subj"],
    "ima-cgn": ["pid", "cgn", "d-ng", "n-ng"],
    "ima-mns": ["pid", "mns", "d-ng", "n-ng"],
    "ima-dep-cgn": ["dep", "cgn", "d-ng", "n-ng"],
    "ima-cgpath": ["dep", "cgpath", "d-ng", "n-ng"],
    "ima-nsid-cnt": ["d-ng", "n-ng", "nsid", "cnt"],
  ]

  private static let kinds: [String: Kind] = [
    "d": .bytes, "n": .text, "d-ng": .namedDigest, "d-ngv2": .namedDigest, "n-ng": .text, "sig": .bytes,
    "buf": .bytes, "d-modsig": .namedDigest, "modsig": .bytes, "evmsig": .bytes, "xattrnames": .text,
    "xattrlengths": .bytes, "xattrvalues": .bytes, "iuid": .number(byteCount: 4), "igid": .number(byteCount: 4),
    "imode": .number(byteCount: 2), "dev-id": .patchedText, "subj": .patchedText, "pid": .patchedText,
    "cgn": .patchedText, "mns": .patchedText, "dep": .patchedText, "cgpath": .patchedText, "cg-path": .patchedText,
    "nsid": .patchedText, "cnt": .patchedText,
  ]
}

/// How a patched kernel writes the texts of its own fields into the template data, which a text list does not show.
struct PatchedTextForm: Equatable, Sendable {
  /// A NUL ends a text.
  var isTerminated = true
  /// A NUL stands for a text that is empty, such as the device number of `boot_aggregate`.
  var emptyIsTerminated = false

  /// The likeliest form first.
  static let all = [
    PatchedTextForm(), PatchedTextForm(isTerminated: false), PatchedTextForm(emptyIsTerminated: true),
    PatchedTextForm(isTerminated: false, emptyIsTerminated: true),
  ]
}

/// What holds for all records of a list: the order of integers, the width of template digests, and where they begin.
struct RecordLayout: Equatable, Sendable {
  let byteOrder: ByteOrder
  let digestByteCount: Int
  /// Where the template digest begins in a record.
  let digestStart: Int
  /// The width of the template digest stands before it as 4 bytes, as some patched kernels write it.
  let hasDigestLength: Bool

  init(byteOrder: ByteOrder, digestByteCount: Int, hasDigestLength: Bool = false) {
    self.byteOrder = byteOrder
    self.digestByteCount = digestByteCount
    self.hasDigestLength = hasDigestLength
    digestStart = hasDigestLength ? 8 : 4
  }
}
