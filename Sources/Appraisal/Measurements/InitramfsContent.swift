import Digests
import Hashing
import ReferenceStore

/// Contents of files that mkinitramfs writes, made again from what was measured beside them.
///
/// Source: initramfs-tools, hook-functions, `cache_run_scripts`; mkinitramfs for `arch.conf`.
struct InitramfsContent {
  /// Names of the measured scripts of each folder under `/scripts`, sorted.
  private var scripts: [String: [String]] = [:]
  private var digests: [String: [[UInt8]: String]] = [:]

  /// - parameter files: those whose own content is known at this place.
  init(_ files: [MeasuredFiles.File]) {
    for file in files where file.isInitramfs {
      guard let (folder, name) = Self.script(file.path), name != "ORDER" else { continue }
      if scripts[folder]?.contains(name) != true { scripts[folder, default: []].append(name) }
    }
    for folder in scripts.keys { scripts[folder]?.sort() }
  }

  /// What the file is, in words, when a content that follows from the rest has its digest.
  mutating func recomputed(_ file: MeasuredFiles.File) -> String? {
    guard file.isInitramfs, let digest = file.digest else { return nil }
    if file.path.elementsEqual("/conf/arch.conf".utf8) {
      let found = Self.architectures.first { name in
        digest.algorithm.digest(of: Array("DPKG_ARCH=\(name)\n".utf8)) == digest.bytes
      }
      return found.map { "the line 'DPKG_ARCH=\($0)'" }
    }
    guard let (folder, name) = Self.script(file.path), name == "ORDER", let names = scripts[folder] else { return nil }
    return orders(of: names, in: folder, digest.algorithm)[digest.bytes]
  }

  /// Each order of the scripts in words, by the digest of the file that calls them so. Prerequisites decide the order, which
  /// the list does not tell: every order of a few scripts is tried, once.
  private mutating func orders(
    of names: [String], in folder: String, _ algorithm: FileDigestAlgorithm
  ) -> [[UInt8]: String] {
    let key = "\(algorithm.name) \(folder)"
    if let known = digests[key] { return known }
    var found: [[UInt8]: String] = [:]
    for order in names.count <= 7 ? Self.permutations(names) : [names] {
      guard let digest = algorithm.digest(of: Self.order(order, in: folder)) else { continue }
      found[digest] = "the call of \(order.joined(separator: ", ")) in this order"
    }
    digests[key] = found
    return found
  }

  private static func order(_ names: [String], in folder: String) -> [UInt8] {
    names.flatMap { name in
      Array("/scripts/\(folder)/\(name) \"$@\"\n[ -e /conf/param.conf ] && . /conf/param.conf\n".utf8)
    }
  }

  private static func script(_ path: [UInt8]) -> (folder: String, name: String)? {
    let names = path.split(separator: UInt8(ascii: "/"))
    guard names.count == 3, names[0].elementsEqual("scripts".utf8), path.first == UInt8(ascii: "/") else { return nil }
    guard let folder = plainName(names[1]), let name = plainName(names[2]) else { return nil }
    return (folder, name)
  }

  /// The names go into a shell script: nothing but what needs no quoting.
  private static func plainName(_ bytes: ArraySlice<UInt8>) -> String? {
    let isPlain = bytes.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || "._-".utf8.contains(byte)
    }
    return isPlain ? String(decoding: bytes, as: UTF8.self) : nil
  }

  private static func permutations(_ names: [String]) -> [[String]] {
    guard let first = names.first else { return [[]] }
    return permutations(Array(names.dropFirst())).flatMap { rest in
      (0...rest.count).map { place in
        var order = rest
        order.insert(first, at: place)
        return order
      }
    }
  }

  private static let architectures = [
    "amd64", "arm64", "armhf", "armel", "i386", "ppc64el", "riscv64", "s390x", "mips64el", "loong64",
  ]
}
