import Appraisal
import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

extension ReferenceCheckResult {
  /// Name and version of this structure; another one when a program that reads it would go wrong.
  static let schemaName = "inquest-references/1"

  /// Tells the whole result to a writer: every value once, in the one order of all structured reports.
  func write(to report: inout some StructureWriter) {
    report.value("schema", Self.schemaName)
    report.value("outcome", outcome.rawValue)
    report.value("asOf", asOf)
    report.value("toolVersion", toolVersion)
    report.sentences("trustedKeys", of: "key", trustedKeys)
    report.objects("stores", of: "store", stores) { $1.write(to: &$0) }
    report.objects("checks", of: "check", checks) { written, check in
      written.value("code", check.code.rawValue)
      written.value("count", check.count)
    }
    report.objects("findings", of: "finding", findings) { $1.write(to: &$0) }
    report.objects("coverage", of: "list", coverage) { $1.write(to: &$0) }
  }
}

extension ReferenceCheckResult.Store {
  fileprivate func write(to store: inout some StructureWriter) {
    store.value("name", name)
    store.value("logicalDigest", logicalDigest)
    store.value("algorithms", algorithms)
    store.value("updates", counts.updates)
    store.value("files", counts.files)
    store.value("paths", counts.paths)
    store.value("signedPackages", packages.signed)
    store.value("unsignedPackages", packages.unsigned)
    store.value("refusedPackages", packages.refused)
    store.write(counts.digests)
    store.objects("sources", of: "source", sources) { $1.write(to: &$0) }
  }
}

extension StructureWriter {
  /// Number of digests of each algorithm, in the order of the algorithms.
  mutating func write(_ digests: [FileDigestAlgorithm: Int]) {
    object("digests") { written in
      for (algorithm, count) in digests.sorted(by: { $0.key < $1.key }) {
        written.entry("digest", by: "algorithm", algorithm.name, count: count)
      }
    }
  }
}

extension ReferenceSource {
  func write(to source: inout some StructureWriter) {
    source.value("kind", kind.rawValue)
    source.value("path", path)
    source.value("size", byteCount)
    source.value("sha256", hexText(sha256))
    source.value("vouchedBy", vouchedBy.map { hexText($0) })
    source.value("date", date)
    source.value("validUntil", validUntil)
    source.value("distribution", distribution)
    source.objects("signatures", of: "signature", signatures) { written, signature in
      written.value("status", signature.status.rawValue)
      written.value("scheme", signature.scheme)
      written.value("key", signature.key)
      written.value("signer", signature.signer)
      written.value("createdAt", signature.createdAt)
      written.sentence("detail", signature.detail)
    }
  }
}

extension ReferenceFinding {
  fileprivate func write(to finding: inout some StructureWriter) {
    finding.value("code", code.rawValue)
    finding.value("severity", severity.rawValue)
    finding.value("effect", effect.rawValue)
    finding.value("store", store)
    finding.value("source", source)
    finding.value("offset", offset)
    finding.sentence("subject", subject)
    finding.sentence("message", message)
    finding.sentence("expected", expected)
    finding.sentence("actual", actual)
  }
}

extension ReferenceCoverage {
  fileprivate func write(to list: inout some StructureWriter) {
    list.value("file", self.list)
    list.value("records", records)
    list.value("explained", explained)
    list.object("byStatus") { written in
      for (status, count) in byStatus { written.entry("status", by: "name", status.rawValue, count: count) }
    }
    list.objects("missing", of: "group", missing) { written, group in
      written.value("kind", group.kind.rawValue)
      written.value("name", group.name)
      written.value("records", group.records)
      written.sentences("examples", of: "path", group.examples)
    }
  }
}
