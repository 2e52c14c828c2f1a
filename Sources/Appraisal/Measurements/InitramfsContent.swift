import Digests
import Hashing
import ReferenceStore

/// Contents of files that mkinitramfs writes, made again from what was measured beside them.
///
/// Source: initramfs-tools, hook-functions, `cache_run_scripts`; mkinitramfs for `arch.conf`.
struct InitramfsContent {
  /// Names of the measured scripts of each folder under `/scripts`, sorted.
  private var scripts: [String: [String]] = [:]

  init(_ files: [MeasuredFiles.File]) {
    for file in files where file.isInitramfs {
      guard let (folder, name) = Self.script(file.path), name != "ORDER" else { continue }
      if scripts[folder]?.contains(name) != true { scripts[folder, default: []].append(name) }
    }
    for folder in scripts.keys { scripts[folder]?.sort() }
  }

  /// What the file is, in words, when a content that follows from the rest has its digest.
  func recomputed(_ file: MeasuredFiles.File) -> String? {
    guard file.isInitramfs, let digest = file.digest else { return nil }
    if file.path.elementsEqual("/conf/arch.conf".utf8) {
      let found = Self.architectures.first { name in
        digest.algorithm.digest(of: Array("DPKG_ARCH=\(name)\n".utf8)) == digest.bytes
      }
      return found.map { "the line 'DPKG_ARCH=\($0)'" }
    }
    guard let (folder, name) = Self.script(file.path), name == "ORDER", let names = scripts[folder] else { return nil }
    // Prerequisites decide the order, which the list does not tell: every order of a few scripts is tried.
    let orders = names.count <= 7 ? Self.permutations(names) : [names]
    let found = orders.first { digest.algorithm.digest(of: Self.order($0, in: folder)) == digest.bytes }
    return found.map { "the call of \($0.joined(separator: ", ")) in this order" }
  }

  private static func order(_ names: [String], in folder: String) -> [UInt8] {
    names.flatMap { name in
      Array("/scripts/\(folder)/\(name) \"$@\"\n[ -e /conf/param.conf ] && . /conf/param.conf\n".utf8)
    }
  }

  private static func script(_ path: [UInt8]) -> (folder: String, name: String)? {
    let names = path.split(separator: UInt8(ascii: "/"))
    guard names.count == 3, names[0].elementsEqual("scripts".utf8), path.first == UInt8(ascii: "/") else { return nil }
    guard let folder = String(validating: names[1], as: UTF8.self),
      let name = String(validating: names[2], as: UTF8.self)
    else { return nil }
    return (folder, name)
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
