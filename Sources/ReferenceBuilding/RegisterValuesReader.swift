import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests
import TPMStructures

/// Reads register values as reference: a Support RIM whose format is "TPM PCR Assertions".
///
/// No specification says how such a file is laid out: it is read where it is a listing or a dump of register values as tools write
/// them.
///
/// Source: TCG PC Client Reference Integrity Manifest Specification 1.04, section 3, `supportRIMFormat`.
public enum RegisterValuesReader {
  /// The largest file that is read, in bytes.
  private static let byteCountLimit = 1 << 20

  /// Reads the file at `path`; nil when it cannot be opened or neither its content nor its name says that it is one.
  public static func read(path: FilePath, name: String) -> ManifestReading? {
    do {
      let file = try OpenFile(path)
      guard file.byteCount <= byteCountLimit else { return nil }
      return read(try file.next(file.byteCount), name: name)
    } catch {
      return nil
    }
  }

  static func read(_ bytes: [UInt8], name: String) -> ManifestReading? {
    let source = ReferenceSource(
      kind: .registerValues, path: name, byteCount: bytes.count, sha256: HashAlgorithm.sha256.digest(of: bytes) ?? [])
    if let values = RegisterValues(archived: bytes, file: name), !values.isEmpty {
      return ManifestReading(source: source, bootReference: bytes)
    }
    if let listing = RegisterListing.parse(bytes, file: name), !listing.problems.isEmpty {
      return ManifestReading(
        source: source,
        problems: listing.problems.map { error in
          ReferenceProblem(
            .damaged, source: name, offset: error.offset, message: "\(error.field) cannot be read.",
            expected: error.expected, actual: error.found)
        })
    }
    guard name.lowercased().hasSuffix(".rimpcr") else { return nil }
    return ManifestReading(
      source: ReferenceSource(kind: .registerValues, path: name, byteCount: bytes.count, sha256: []),
      problems: [
        ReferenceProblem(
          .unrecognised, source: name,
          message: "Not read: a Support RIM of register values in a form that is not known.",
          expected: "a listing, a table of JSON or a dump of PCRs as tpm2-tools or the kernel write it",
          actual: "\(bytes.count) bytes")
      ])
  }
}
