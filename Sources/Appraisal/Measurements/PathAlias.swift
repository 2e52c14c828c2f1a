import ByteReading

/// Another path under which a package may list the file that was measured, with the rule that says so.
public struct PathAlias: Hashable, Sendable {
  public enum Rule: String, CaseIterable, Hashable, Sendable {
    /// The path as it was measured.
    case same
    /// `/usr/bin/x` is listed as `/bin/x`, or the other way, on systems where the folders are one.
    case mergedUsr = "merged-usr"
    /// The name under which the package manager unpacks a file before it takes its place: `x.dpkg-new`, `x;5f0c33aa`.
    case unpacking
    /// A copy in the initramfs: `/scripts/functions` is initramfs-tools' `/usr/share/initramfs-tools/scripts/functions`.
    case initramfs
    /// The new root file system, mounted on `/root` while the initramfs runs.
    case newRoot = "new-root"
    /// The file system of a container, seen from the host.
    case container
    /// A folder that a package ships as a symbolic link.
    case linkedFolder = "linked-folder"
    /// A package file of the name that apt gives it, in whatever folder.
    case packageFile = "package-file"
  }

  public var path: [UInt8]
  public var rule: Rule

  /// All paths to look for, the measured one first. `isInitramfs` says that the record was made before the root file system
  /// was in use; the rules of the initramfs hold only there.
  public static func candidates(for path: [UInt8], isInitramfs: Bool) -> [PathAlias] {
    var found = [PathAlias(path: path, rule: .same)]
    var inner = path
    if let unpacked = nameBeforeUnpacking(path) {
      inner = unpacked
      found.append(PathAlias(path: unpacked, rule: .unpacking))
    }
    if let contained = pathInContainer(inner) {
      inner = contained
      found.append(PathAlias(path: contained, rule: .container))
    }
    if isInitramfs {
      for (copy, rule) in originalsOfInitramfs(inner) { found.append(PathAlias(path: copy, rule: rule)) }
    }
    for alias in found {
      if let other = otherSideOfMergedUsr(alias.path) {
        found.append(PathAlias(path: other, rule: alias.rule == .same ? .mergedUsr : alias.rule))
      }
    }
    return found
  }

  // MARK: Merged /usr

  private static let mergedFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"].map { Array($0.utf8) }
  private static let usr = Array("/usr".utf8)

  static func otherSideOfMergedUsr(_ path: [UInt8]) -> [UInt8]? {
    if path.starts(with: usr + [slash]) {
      let rest = Array(path.dropFirst(usr.count))
      return isMerged(rest) ? rest : nil
    }
    return isMerged(path) ? usr + path : nil
  }

  private static func isMerged(_ path: [UInt8]) -> Bool {
    guard path.first == slash, let first = path.dropFirst().split(separator: slash, maxSplits: 1).first else {
      return false
    }
    return mergedFolders.contains(Array(first)) && path.count > first.count + 2
  }

  // MARK: Unpacking

  private static let unpackingSuffixes = [".dpkg-new", ".dpkg-tmp", ".rpmnew"].map { Array($0.utf8) }

  /// dpkg unpacks `x` as `x.dpkg-new` and keeps the old one as `x.dpkg-tmp`; rpm unpacks as `x;` and eight digits.
  private static func nameBeforeUnpacking(_ path: [UInt8]) -> [UInt8]? {
    for suffix in unpackingSuffixes where path.count > suffix.count && path.suffix(suffix.count).elementsEqual(suffix) {
      return Array(path.dropLast(suffix.count))
    }
    guard path.count > 9, path[path.count - 9] == UInt8(ascii: ";"),
      path.suffix(8).allSatisfy({ hexValue($0) != nil })
    else { return nil }
    return Array(path.dropLast(9))
  }

  // MARK: Containers

  /// Prefixes of container file systems: each part is a name, `*` for any one name, and what follows is the path within.
  private static let containerPrefixes: [[[UInt8]]] = [
    "var/lib/docker/overlay2/*/diff", "var/lib/docker/overlay2/*/merged", "var/lib/docker/*/overlay2/*/diff",
    "var/lib/docker/*/overlay2/*/merged", "var/lib/containers/storage/overlay/*/diff",
    "var/lib/containers/storage/overlay/*/merged", "run/containerd/io.containerd.runtime.v2.task/*/*/rootfs",
    "var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs", "var/lib/machines/*",
  ].map { $0.utf8.split(separator: slash).map { Array($0) } }

  private static func pathInContainer(_ path: [UInt8]) -> [UInt8]? {
    let parts = path.split(separator: slash, omittingEmptySubsequences: false)
    guard parts.first?.isEmpty == true else { return nil }
    let names = parts.dropFirst()
    for prefix in containerPrefixes where names.count > prefix.count {
      guard zip(names, prefix).allSatisfy({ $1 == [UInt8(ascii: "*")] || $0.elementsEqual($1) }) else { continue }
      return names.dropFirst(prefix.count).flatMap { [slash] + $0 }
    }
    return nil
  }

  // MARK: Initramfs

  /// Where mkinitramfs copies from, as initramfs-tools and dracut lay an image out.
  ///
  /// Source: initramfs-tools, mkinitramfs and hook-functions.
  private static func originalsOfInitramfs(_ path: [UInt8]) -> [([UInt8], Rule)] {
    let tools = Array("/usr/share/initramfs-tools".utf8)
    var found: [([UInt8], Rule)] = []
    if path == Array("/init".utf8) || path.starts(with: "/scripts/".utf8) {
      found.append((tools + path, .initramfs))
      found.append((Array("/etc/initramfs-tools".utf8) + path, .initramfs))
    }
    if path == Array("/conf/initramfs.conf".utf8) || path.starts(with: "/conf/conf.d/".utf8) {
      found.append((Array("/etc/initramfs-tools".utf8) + path.dropFirst("/conf".utf8.count), .initramfs))
      found.append((tools + path, .initramfs))
    }
    if path.starts(with: "/root/".utf8) { found.append((Array(path.dropFirst("/root".utf8.count)), .newRoot)) }
    return found
  }
}

private let slash = UInt8(ascii: "/")
