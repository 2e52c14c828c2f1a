/// RPM headers made by hand.
struct RPMBytes {
  enum Value {
    case int16([UInt16])
    case int32([UInt32])
    case binary([UInt8])
    case text(String)
    case texts([String])
  }

  /// Entries of the region, then those behind it.
  var region: [(UInt32, Value)] = []
  var added: [(UInt32, Value)] = []
  /// 62 or 63; nil for a header without region.
  var regionTag: UInt32? = 63

  static func be32(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

  /// Index and data without the magic, as a database keeps them.
  func stored() -> [UInt8] {
    var index: [UInt8] = []
    var data: [UInt8] = []
    func add(_ entries: [(UInt32, Value)]) {
      for (tag, value) in entries {
        let (type, bytes, count, width) = Self.encode(value)
        while data.count % width != 0 { data.append(0) }
        index += Self.be32(tag) + Self.be32(type) + Self.be32(UInt32(data.count)) + Self.be32(count)
        data += bytes
      }
    }
    add(region)
    if let regionTag {
      let count = UInt32(region.count + 1)
      index = Self.be32(regionTag) + Self.be32(7) + Self.be32(UInt32(data.count)) + Self.be32(16) + index
      data += Self.be32(regionTag) + Self.be32(7) + Self.be32(0 &- count * 16) + Self.be32(16)
    }
    add(added)
    return Self.be32(UInt32(index.count / 16)) + Self.be32(UInt32(data.count)) + index + data
  }

  func header() -> [UInt8] { [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0] + stored() }

  static func package(signature: RPMBytes, main: RPMBytes, payload: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = [0xed, 0xab, 0xee, 0xdb, 3] + Array(repeating: 0, count: 91)
    bytes += signature.header()
    while bytes.count % 8 != 0 { bytes.append(0) }
    return bytes + main.header() + payload
  }

  private static func encode(_ value: Value) -> (type: UInt32, bytes: [UInt8], count: UInt32, width: Int) {
    switch value {
    case .int16(let values):
      (
        3, values.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }, UInt32(values.count),
        2
      )
    case .int32(let values): (4, values.flatMap { be32($0) }, UInt32(values.count), 4)
    case .binary(let bytes): (7, bytes, UInt32(bytes.count), 1)
    case .text(let text): (6, Array(text.utf8) + [0], 1, 1)
    case .texts(let texts): (8, texts.flatMap { Array($0.utf8) + [0] }, UInt32(texts.count), 1)
    }
  }

  /// A package of two files and a folder, with one scriptlet.
  static var small: RPMBytes {
    RPMBytes(region: [
      (1000, .text("small")), (1001, .text("1.0~rc1")), (1002, .text("1.el9")), (1003, .int32([2])),
      (1006, .int32([1_700_000_000])), (1011, .text("Vendor")), (1022, .text("x86_64")), (1024, .text("ldconfig\n")),
      (1028, .int32([5, 0, 4096])), (1030, .int16([0o100755, 0o100644, 0o040755])),
      (1035, .texts([String(repeating: "ab", count: 32), String(repeating: "00", count: 32), ""])),
      (1036, .texts(["", "", ""])), (1037, .int32([0, 64 | 17, 0])), (1044, .text("origin-3.0-2.src.rpm")),
      (1086, .texts(["/bin/bash"])), (1116, .int32([0, 1, 1])), (1117, .texts(["tool", "ghost", "small.d"])),
      (1118, .texts(["/usr/bin/", "/etc/"])), (5011, .int32([8])),
    ])
  }
}
