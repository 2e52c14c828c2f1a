import Archives
import ByteReading
import Digests
import EvidenceIntake
import OpenPGP
import ReferenceManifests

/// A Debian repository as it was mirrored to disk: `dists/SUITE` with a `pool`, a flat folder, or apt's own lists.
///
/// The chain of trust is followed link by link: signatures → `InRelease` (or `Release` with `Release.gpg`) → `Packages` →
/// `.deb`. A link that does not hold is a problem that names it, what lies behind it is read all the same, and a source's
/// `vouchedBy` is set only where its own link holds.
///
/// Source: Debian wiki, "DebianRepository/Format"; apt-secure(8).
public enum DebianRepository {
  /// Reads the releases and indexes below `folder` and gives a task for every package there. `name` is what the folder is
  /// called in `ReferenceSource.path`. Nil when there is no release, so that the folder is no repository.
  public static func plan(folder: FilePath, name: String, options: BuildOptions) -> BuildPlan? {
    let listing = FolderListing(folder, name: name)
    let releases = DebianReleaseFile.all(in: listing)
    guard !releases.isEmpty else { return nil }
    var builder = DebianRepositoryBuilder(listing: listing, name: name, options: options)
    for release in releases { builder.read(release) }
    return builder.finish()
  }
}

/// A file that may name indexes, and where the paths in it lead.
struct DebianReleaseFile {
  /// In the listing.
  var path: [UInt8]
  /// True for `InRelease`, which holds its own signatures.
  var isClearSigned: Bool
  /// What a path of an index is appended to.
  var prefix: [UInt8]
  /// True in apt's lists, where the slashes of a path are underscores.
  var isFlattened: Bool

  /// `InRelease` goes before the `Release` beside it, as with apt.
  static func all(in listing: FolderListing) -> [DebianReleaseFile] {
    listing.paths.compactMap { path in
      let name = lastComponent(of: path)
      if name == Array("InRelease".utf8) || name.dropping(suffix: "_InRelease") != nil {
        return file(path, isClearSigned: true)
      }
      guard name == Array("Release".utf8) || name.dropping(suffix: "_Release") != nil,
        let stem = path.dropping(suffix: "Release"), !listing.contains(stem + Array("InRelease".utf8))
      else { return nil }
      // Folders of one architecture have a Release of their own that signs and names nothing.
      let isArchitecture = !listing.contains(path + Array(".gpg".utf8)) && isPartOfSuite(path)
      return isArchitecture ? nil : file(path, isClearSigned: false)
    }
  }

  private static func file(_ path: [UInt8], isClearSigned: Bool) -> DebianReleaseFile {
    let prefix = path.dropping(suffix: isClearSigned ? "InRelease" : "Release") ?? []
    return DebianReleaseFile(
      path: path, isClearSigned: isClearSigned, prefix: prefix, isFlattened: prefix.last == UInt8(ascii: "_"))
  }

  private static func isPartOfSuite(_ path: [UInt8]) -> Bool {
    let parts = folder(of: path).split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "_") })
    return parts.last.map { $0.starts(with: Array("binary-".utf8)) || $0.elementsEqual("source".utf8) } ?? false
  }

  /// Folder that paths of packages are relative to, with a slash at its end unless it is the input itself: what stands
  /// before `dists`, or the release's own folder where the repository is flat.
  var root: [UInt8] {
    let own = folder(of: path)
    let parts = own.split(separator: UInt8(ascii: "/"))
    guard let dists = parts.lastIndex(where: { $0.elementsEqual("dists".utf8) }) else { return own }
    return parts[..<dists].reduce(into: []) { $0 += $1 + [UInt8(ascii: "/")] }
  }

  /// Where in the listing the index with this path of the release should lie.
  func place(of index: [UInt8]) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    return prefix + (isFlattened ? index.map { $0 == slash ? UInt8(ascii: "_") : $0 } : index)
  }
}
