import Appraisal
import ReferenceManifests

// What the references say of measured files, for the structured reports.

extension AttestationResult.BootMeasurements {
  /// A list that changes its status at every record would make a report of as many runs; `runs` ends here.
  static let runLimit = 10_000

  func write(to written: inout some StructureWriter) {
    written.value("file", file)
    written.value("asOf", asOf)
    written.value("initramfsRecords", initramfsRecords)
    written.value("omittedEntries", omittedEntries)
    written.value("omittedRuns", max(0, runs.count - Self.runLimit))
    written.sentences("levelReasons", of: "reason", levelReasons)
    written.objects("counts", of: "count", counts) { $1.write(to: &$0) }
    written.objects("passed", of: "rule", passed) { item, rule in
      item.value("name", rule.name)
      item.value("isExemption", rule.isExemption)
      item.value("records", rule.records)
      item.sentence("reason", rule.reason)
    }
    written.objects("packages", of: "package", packages) { $1.write(to: &$0) }
    written.objects("entries", of: "entry", entries) { $1.write(to: &$0) }
    written.objects("runs", of: "run", Array(runs.prefix(Self.runLimit))) { $1.write(to: &$0) }
  }
}

extension AttestationResult.StatusCount {
  func write(to count: inout some StructureWriter) {
    count.value("status", status.rawValue)
    count.value("records", records)
  }
}

extension AttestationResult.Package {
  fileprivate func write(to package: inout some StructureWriter) {
    package.value("format", format)
    package.value("name", name)
    package.value("version", version)
    package.value("architecture", architecture)
    package.value("distribution", distribution)
    package.value("origin", origin)
    supersededBy.write(to: &package)
    package.objects("counts", of: "count", counts) { $1.write(to: &$0) }
  }
}

extension AttestationResult.Measurement {
  fileprivate func write(to entry: inout some StructureWriter) {
    entry.value("status", status.rawValue)
    entry.value("class", fileClass.rawValue)
    entry.value("path", path)
    entry.value("digest", digest)
    entry.value("recordCount", recordCount)
    entry.value("package", package)
    entry.value("origin", origin)
    entry.value("digestOrigin", digestOrigin)
    entry.value("packagedPath", packagedPath)
    entry.value("rule", rule)
    entry.value("passedBy", passedBy)
    entry.value("after", after)
    entry.value("before", before)
    entry.numbers("records", records)
    entry.sentence("reason", reason)
    entry.sentences("expected", of: "digest", expected)
    entry.sentences("alsoIn", of: "package", alsoIn)
    supersededBy.write(to: &entry)
  }
}

extension NewerVersion? {
  fileprivate func write(to owner: inout some StructureWriter) {
    guard let newer = self else { return owner.absent("supersededBy") }
    owner.object("supersededBy") { written in
      written.value("version", newer.version)
      written.value("type", newer.type.rawValue)
      written.value("date", newer.date)
      written.value("advisory", newer.advisory)
    }
  }
}

extension AttestationResult.Origin {
  func write(to origin: inout some StructureWriter) {
    origin.value("store", store)
    origin.value("standing", standing)
    origin.sentence("detail", detail)
    origin.objects("sources", of: "source", sources) { written, source in
      written.value("kind", source.kind)
      written.value("path", source.path)
      written.value("sha256", source.sha256)
      written.value("date", source.date)
      written.sentences("signatures", of: "signature", source.signatures)
    }
  }
}
