import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests
import TCGEventLog

/// Reads one event log as reference: a Support RIM, or the log of a boot that the user calls good.
public enum EventLogReader {
  /// The largest log that is taken, in bytes: it is kept whole in the store.
  private static let byteCountLimit = 16 << 20

  /// Reads the file at `path`; nil when it cannot be opened or is no event log.
  public static func read(path: FilePath, name: String, kind: ReferenceSource.Kind) -> ManifestReading? {
    do {
      let file = try OpenFile(path)
      guard EventLog.isLikely(try file.next(min(file.byteCount, 1 << 16))) else { return nil }
      guard file.byteCount <= byteCountLimit else { return tooLarge(name, kind, file.byteCount) }
      return read(try contents(of: path), name: name, kind: kind)
    } catch {
      return nil
    }
  }

  static func read(_ bytes: [UInt8], name: String, kind: ReferenceSource.Kind) -> ManifestReading? {
    guard let parsed = EventLog.parse(bytes, file: name) else { return nil }
    let source = ReferenceSource(
      kind: kind, path: name, byteCount: bytes.count, sha256: HashAlgorithm.sha256.digest(of: bytes) ?? [])
    let problems = parsed.problems.map { error in
      ReferenceProblem(
        .damaged, source: name, offset: error.offset, message: "\(error.field) cannot be read.",
        expected: error.expected,
        actual: error.found)
    }
    return ManifestReading(source: source, bootReference: bytes, problems: problems)
  }

  private static func tooLarge(_ name: String, _ kind: ReferenceSource.Kind, _ byteCount: Int) -> ManifestReading {
    ManifestReading(
      source: ReferenceSource(kind: kind, path: name, byteCount: byteCount, sha256: []),
      problems: [
        ReferenceProblem(
          .refused, source: name, message: "The event log is too large to be kept.",
          expected: "at most \(byteCountLimit) bytes", actual: "\(byteCount) bytes")
      ])
  }
}
