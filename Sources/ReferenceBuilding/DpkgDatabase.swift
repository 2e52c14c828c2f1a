import ByteReading
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests

/// dpkg's own records of an offline system: which packages are installed, their paths and the MD5 digests that the
/// packages brought. Nothing protects them, so they are a claim of the system.
///
/// Source: dpkg(1), "FILES"; deb-md5sums(5).
public enum DpkgDatabase {
  /// Reads the records below `path`: a folder that holds `var/lib/dpkg`, that folder itself, or a lone `status` file, which
  /// gives packages without files other than conffiles. Nil when it is none of these.
  ///
  /// A database is many files, of which none names the others. The source's SHA-256 is that of the text that
  /// `sha256sum` would print of all that were read, sorted by their paths below dpkg's folder; that of a lone file is the
  /// file's own.
  public static func plan(path: FilePath, name: String, options: BuildOptions) -> BuildPlan? {
    guard let place = place(of: path, name: name) else { return nil }
    let task = ReadingTask(label: place.name, byteCount: place.byteCount) {
      var reader = DpkgDatabaseReader(place, options: options)
      return [reader.read()]
    }
    return BuildPlan(tasks: [task])
  }

  /// Where the records lie.
  struct Place: Sendable {
    /// Of `status`.
    var status: FilePath
    /// dpkg's folder; nil for a lone file.
    var folder: FilePath?
    /// Name of the source.
    var name: String
    /// Bytes of `status`.
    var byteCount: Int
  }

  private static func place(of path: FilePath, name: String) -> Place? {
    switch try? kind(of: path, following: true) {
    case .file(let byteCount):
      return isStatus(path) ? Place(status: path, folder: nil, name: name, byteCount: byteCount) : nil
    case .folder:
      for inner in ["", "var/lib/dpkg"] {
        let folder = inner.isEmpty ? path : path.appending(Array(inner.utf8))
        let status = folder.appending(Array("status".utf8))
        guard case .file(let byteCount)? = try? kind(of: status, following: true), isStatus(status) else { continue }
        let place = inner.isEmpty ? "\(name)/status" : "\(name)/\(inner)/status"
        return Place(status: status, folder: folder, name: place, byteCount: byteCount)
      }
      return nil
    default: return nil
    }
  }

  /// True when the first paragraph is one of dpkg's `status`.
  private static func isStatus(_ path: FilePath) -> Bool {
    guard let start = try? OpenFile(path).next(1 << 16) else { return false }
    var reader = DebianParagraphReader(start, file: "status")
    let paragraph = reader.next()
    return paragraph?.value("Package") != nil && paragraph?.value("Status") != nil
  }
}
