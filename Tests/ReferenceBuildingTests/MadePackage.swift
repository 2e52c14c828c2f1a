import Foundation

/// A `.deb` made by hand, so that it can hold what dpkg-deb would never write.
struct MadePackage {
  enum Entry {
    case file(String, String, mode: Int = 0o644)
    case folder(String)
    case symbolicLink(String, to: String)
    case hardLink(String, to: String)
    case bytes(String, [UInt8])
    case device(String)
  }

  var name = "hello"
  var version = "1.0-1"
  var architecture = "amd64"
  /// More lines of `control`.
  var fields = ""
  /// Control members besides `control`.
  var control: [(name: String, text: String)] = []
  var payload: [Entry] = []

  var controlText: String {
    "Package: \(name)\nVersion: \(version)\nArchitecture: \(architecture)\nMaintainer: Nobody <nobody@example.org>\n\(fields)"
      + "Description: a test\n more of it\n"
  }

  var controlTar: [UInt8] {
    Self.tar([.file("./control", controlText)] + control.map { .file("./\($0.name)", $0.text, mode: 0o755) })
  }

  var bytes: [UInt8] { Self.ar(controlTar: controlTar, data: ("data.tar", Self.tar(payload))) }

  static func ar(controlTar: [UInt8], data: (name: String, bytes: [UInt8])) -> [UInt8] {
    ar([("debian-binary", Array("2.0\n".utf8)), ("control.tar", controlTar), data])
  }

  static func ar(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    members.reduce(into: Array("!<arch>\n".utf8)) { archive, member in
      let fields = [
        (member.name, 16), ("1600000000", 12), ("0", 6), ("0", 6), ("100644", 8), ("\(member.bytes.count)", 10),
      ]
      for (text, width) in fields { archive += Array(text.padding(toLength: width, withPad: " ", startingAt: 0).utf8) }
      archive += [0x60, 0x0a] + member.bytes + (member.bytes.count % 2 == 1 ? [0x0a] : [])
    }
  }

  static func tar(_ entries: [Entry]) -> [UInt8] {
    entries.reduce(into: []) { archive, entry in
      switch entry {
      case .file(let path, let text, let mode): archive += member(path, "0", mode, Array(text.utf8))
      case .folder(let path): archive += member(path, "5", 0o755)
      case .symbolicLink(let path, let target): archive += member(path, "2", 0o777, link: target)
      case .hardLink(let path, let target): archive += member(path, "1", 0o644, link: target)
      case .bytes(let path, let bytes): archive += member(path, "0", 0o644, bytes)
      case .device(let path): archive += member(path, "3", 0o600)
      }
    } + [UInt8](repeating: 0, count: 1024)
  }

  /// One ustar header with its data, padded to blocks.
  private static func member(
    _ path: String, _ type: Character, _ mode: Int, _ data: [UInt8] = [], link: String = ""
  ) -> [UInt8] {
    let octal = { (value: Int, width: Int) in
      let digits = String(value, radix: 8)
      return Array((String(repeating: "0", count: width - 1 - digits.count) + digits).utf8) + [0]
    }
    let padded = { (text: String, width: Int) in
      Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
    }
    var header = padded(path, 100) + octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(data.count, 12)
    header += octal(1_600_000_000, 12) + Array("        ".utf8) + Array(String(type).utf8) + padded(link, 100)
    header += padded("ustar", 6) + Array("00".utf8) + padded("root", 32) + padded("root", 32)
    header += [UInt8](repeating: 0, count: 512 - header.count)
    let sum = header.reduce(0) { $0 + Int($1) }
    header.replaceSubrange(148..<156, with: octal(sum, 7) + Array(" ".utf8))
    return header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
  }
}
