import Appraisal
import Digests
import Foundation
import Hashing
import ReferenceManifests
import ReferenceStore
import SampleEvidence

/// A store of packages made by hand, in a folder that goes with it.
final class MadeReferences {
  let store: ReferenceStore
  private let folder: URL

  init(_ readings: [ManifestReading]) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-made-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("made.store").path
    let writer = try StoreWriter(file: file)
    try writer.add(readings)
    _ = try writer.finish()
    store = try ReferenceStore(file: file)
  }

  convenience init(_ packages: [ReferencePackage], updates: [PackageUpdate] = []) throws {
    try self.init([ManifestReading(source: source("packages"), packages: packages, updates: updates)])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}

func source(
  _ name: String, vouchedBy: String? = nil, signatures: [SourceSignature] = []
) -> ReferenceSource {
  ReferenceSource(
    kind: .deb, path: name, byteCount: 1, sha256: sha256(name), vouchedBy: vouchedBy.map { sha256($0) },
    signatures: signatures)
}

func sha256(_ text: String) -> [UInt8] { HashAlgorithm.sha256.digest(of: Array(text.utf8)) ?? [] }

/// A file whose content is the text.
func file(
  _ path: String, _ content: String, flags: ReferenceFile.Flags = [], mode: UInt16 = 0o644, kind: FileContent = .other,
  algorithm: FileDigestAlgorithm = .sha256
) -> ReferenceFile {
  ReferenceFile(
    path: Array(path.utf8), mode: mode, flags: flags,
    digests: [ReferenceDigest(algorithm, algorithm.digest(of: Array(content.utf8)) ?? [], origin: .payload)],
    content: kind)
}

func program(_ path: String, _ content: String) -> ReferenceFile {
  let information = ELFInformation(type: .shared, hasInterpreter: true, soname: nil, needed: [])
  return file(path, content, mode: 0o755, kind: .elf(information))
}

func package(
  _ version: String, _ files: [ReferenceFile], name: String = "tool", date: String? = nil,
  format: ReferencePackage.Format = .deb, distribution: String = ""
) -> ReferencePackage {
  ReferencePackage(
    format: format, name: name, version: version, architecture: "amd64", distribution: distribution, date: date,
    files: files)
}

func update(
  _ version: String, _ type: UpdateType, name: String = "tool", date: String? = nil, advisory: String? = nil
) -> PackageUpdate {
  PackageUpdate(
    format: .deb, name: name, namesSource: false, version: version, type: type, date: date, advisory: advisory)
}

/// A list of these paths and contents, after a boot_aggregate.
func appraise(
  _ records: [(path: String, content: String)], _ references: MadeReferences, policy: Policy = Policy(),
  asOf: String? = nil
) throws -> MeasurementAppraisal {
  try appraise(
    records.map { MadeRecord($0.path, digest: sha256($0.content)) }, references, policy: policy, asOf: asOf)
}

func appraise(
  _ records: [MadeRecord], _ references: MadeReferences, policy: Policy = Policy(), asOf: String? = nil
) throws -> MeasurementAppraisal {
  let list = madeList([MadeRecord("boot_aggregate")] + records)
  return try MeasurementAppraiser(stores: [references.store], policy: policy, asOf: asOf).appraise(list.log)
}

extension MeasurementAppraisal {
  /// The entry of a record, counted from the first after boot_aggregate.
  func entry(_ record: Int) -> AppraisedMeasurement { measurements[Int(entryOfRecord[record + 1])] }
}
