/// A tar archive written by hand, so that it can say what no tool would write.
public enum HandmadeTar {
  public enum Kind: UInt8 {
    case file = 0x30
    case hardLink = 0x31
    case symbolicLink = 0x32
    case device = 0x33
    case folder = 0x35
  }

  /// - parameter target: what a link leads to.
  public static func member(_ path: String, _ bytes: [UInt8] = [], _ kind: Kind = .file, target: String = "") -> [UInt8]
  {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, _ width: Int) -> String {
      let digits = String(value, radix: 8)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    put(path, at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(bytes.count, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    header[156] = kind.rawValue
    put(target, at: 157)
    put("ustar", at: 257)
    put("00", at: 263)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
    header[154] = 0
    return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  public static let end = [UInt8](repeating: 0, count: 1024)

  public static func archive(_ members: [[UInt8]]) -> [UInt8] { Array(members.joined()) + end }
}
