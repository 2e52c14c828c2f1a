import ByteReading
import TPMStructures

func attestation(_ bytes: [UInt8]) throws(ParseError) -> Attestation {
  try bytes.read(file: "quote.bin", byteOrder: .bigEndian) { reader throws(ParseError) in
    try Attestation(from: &reader)
  }
}

func signature(_ bytes: [UInt8]) throws(ParseError) -> Signature {
  try bytes.read(file: "quote.sig", byteOrder: .bigEndian) { reader throws(ParseError) in try Signature(from: &reader) }
}

func publicArea(_ bytes: [UInt8]) throws(ParseError) -> PublicArea {
  try bytes.read(file: "ak.pub", byteOrder: .bigEndian) { reader throws(ParseError) in try PublicArea(from: &reader) }
}

func registerFile(_ bytes: [UInt8]) throws(ParseError) -> RegisterFile {
  try bytes.read(file: "quote.pcrs", byteOrder: .littleEndian) { reader throws(ParseError) in
    try RegisterFile(from: &reader)
  }
}

/// The text of the error; nil when there was none.
func errorText<Value>(_ body: () throws(ParseError) -> Value) -> String? {
  do {
    _ = try body()
    return nil
  } catch { return error.description }
}

func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }

func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

func littleEndian(_ value: UInt32) -> [UInt8] { bigEndian(value).reversed() }

func sized(_ bytes: [UInt8]) -> [UInt8] { bigEndian(UInt16(bytes.count)) + bytes }

/// Counts and sizes that have stopped other parsers.
let hostileCounts: [UInt32] = [0, 1, 17, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffec, 0xffff_ffff]
