import ByteReading
import IMALog

/// Bytes of records built by hand.
enum Build {
  static func word(_ value: UInt32, _ order: ByteOrder = .littleEndian) -> [UInt8] {
    let little = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    return order == .littleEndian ? little : little.reversed()
  }

  static func field(_ bytes: [UInt8], _ order: ByteOrder = .littleEndian) -> [UInt8] {
    word(UInt32(bytes.count), order) + bytes
  }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

  /// `sha256:` NUL and 32 bytes.
  static func digest(_ byte: UInt8 = 0xd1) -> [UInt8] { text("sha256:") + Array(repeating: byte, count: 32) }

  static func record(
    _ template: String, _ data: [UInt8], register: UInt32 = 10, digest: [UInt8] = Array(repeating: 0xaa, count: 20),
    _ order: ByteOrder = .littleEndian
  ) -> [UInt8] {
    word(register, order) + digest + field(Array(template.utf8), order) + field(data, order)
  }

  /// Template `ima`: no data length, no digest length.
  static func legacy(_ name: String, digest: [UInt8] = Array(repeating: 0xaa, count: 20)) -> [UInt8] {
    word(10) + digest + field(Array("ima".utf8)) + Array(repeating: 0xd1, count: 20) + field(Array(name.utf8))
  }

  /// With the width of the template digest before it, as some patched kernels write records.
  static func sizedRecord(_ template: String, _ data: [UInt8], digest: [UInt8]) -> [UInt8] {
    word(10) + field(digest) + field(Array(template.utf8)) + field(data)
  }

  /// What a kernel hands to the next: version, reserved, size of all, number of records.
  static func kexecBuffer(_ records: [[UInt8]], count: UInt32? = nil, size: Int? = nil) -> [UInt8] {
    let bytes = records.flatMap { $0 }
    return [1, 0, 0, 0] + word(0) + word(UInt32(size ?? 24 + bytes.count)) + word(0)
      + word(count ?? UInt32(records.count)) + word(0) + bytes
  }

  static let little20 = MeasurementListFormat.binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
}

func parse(_ bytes: [UInt8], _ format: MeasurementListFormat = Build.little20) -> Parsed<MeasurementList> {
  MeasurementList.parse(bytes, file: "list", format: format)
}

func parseText(_ text: String) -> Parsed<MeasurementList> { parse(Array(text.utf8), .ascii) }

func measurements(_ list: MeasurementList) -> [Measurement] { (0..<list.count).map { list.record(at: $0) } }
