import ByteReading
import ReferenceStore

/// Paths are such as the kernel would report: absolute, plain, without control characters.
struct ReferencePathRule {
  static let id = "reference.suspect-path"

  static func findings(in reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    var findings: [ReferenceFinding] = []
    try reviewed.store.eachPath { path in
      guard let fault = fault(of: path) else { return }
      findings.append(
        ReferenceFinding(
          .referenceSuspectPath, store: reviewed.name, subject: escapedText(path), message: "The path \(fault)."))
    }
    return findings
  }

  static func fault(of path: [UInt8]) -> String? {
    guard path.first == UInt8(ascii: "/") else { return path.isEmpty ? "is empty" : "is not absolute" }
    let names = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for (index, name) in names.enumerated() {
      // The root itself is one slash.
      if name.isEmpty, path.count > 1 {
        return index == names.count - 1 ? "ends with a slash" : "has an empty component"
      }
      if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return "has a component . or .." }
    }
    if path.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return "holds control characters" }
    return path.count >= 4096 ? "is longer than the kernel's bound of 4095 bytes" : nil
  }
}
