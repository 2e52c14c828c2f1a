import ByteReading
import Digests
import Hashing
import ReferenceManifests
import ReferenceStore

/// Every file has a digest that shows something: a strong one, and one that its content can have.
struct ReferenceDigestRule {
  static let id = "reference.weak-digest"

  static func findings(in reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    try countFindings(reviewed) + implausible(reviewed)
  }

  private static func countFindings(_ reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    let packages = Dictionary(reviewed.packages.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var weak: [ReferenceFinding] = []
    var absent: [ReferenceFinding] = []
    for counts in try reviewed.store.digestCounts() {
      guard let package = packages[counts.package] else { continue }
      if counts.weakOnly > 0 {
        weak.append(
          ReferenceFinding(
            .referenceWeakDigest, store: reviewed.name, subject: reviewed.title(package),
            message: "\(counts.weakOnly) of \(counts.files) files are known by MD5 or SHA-1 only."))
      }
      if counts.withoutDigest > 0 {
        absent.append(
          ReferenceFinding(
            .referenceIncomplete, store: reviewed.name, subject: reviewed.title(package),
            message: "\(counts.withoutDigest) of \(counts.files) files have no digest."))
      }
    }
    return sortedBySubject(weak) + sortedBySubject(absent)
  }

  private static func sortedBySubject(_ findings: [ReferenceFinding]) -> [ReferenceFinding] {
    findings.sorted { ($0.subject ?? "") < ($1.subject ?? "") }
  }

  /// Digests of zeros, and those of empty content where the content is not empty or is to be run.
  private static func implausible(_ reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    let zeros = FileDigestAlgorithm.allCases.map { FileDigest($0, [UInt8](repeating: 0, count: $0.digestByteCount)) }
    let empty = FileDigestAlgorithm.allCases.compactMap { algorithm in
      algorithm.digest(of: []).map { FileDigest(algorithm, $0) }
    }
    let packages = Dictionary(reviewed.packages.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var findings: [ReferenceFinding] = []
    for (digest, files) in zip(zeros, try reviewed.store.files(with: zeros)) {
      findings += files.map { finding($0, digest, packages, reviewed, "a digest of zeros") }
    }
    for (digest, files) in zip(empty, try reviewed.store.files(with: empty)) {
      for file in files where (file.byteCount ?? 0) > 0 || isExecutable(file) {
        findings.append(finding(file, digest, packages, reviewed, "the digest of empty content"))
      }
    }
    return findings
  }

  private static func isExecutable(_ file: KnownFile) -> Bool { file.mode.map { $0 & 0o111 != 0 } ?? false }

  private static func finding(
    _ file: KnownFile, _ digest: FileDigest, _ packages: [Int64: KnownPackage], _ reviewed: ReviewedStore,
    _ what: String
  ) -> ReferenceFinding {
    let size = file.byteCount.map { ", \($0) bytes" } ?? ""
    return ReferenceFinding(
      .referenceImplausibleDigest,
      // An empty program is odd, and some packages ship one.
      severity: file.byteCount == 0 ? .notice : nil, effect: file.byteCount == 0 ? Effect.none : nil,
      store: reviewed.name, subject: packages[file.package].map(reviewed.title),
      message: "\(escapedText(file.path))\(size) has \(what) (\(digest.algorithm.name)).")
  }
}
