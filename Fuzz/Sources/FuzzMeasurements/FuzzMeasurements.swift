import EvidenceIntake
import IMALog

/// Any bytes as what a measurement list can hold. The first byte chooses: a list of each format, read whole and by small
/// windows, the buffer of a record, a policy, or a kernel's command line.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMeasurements(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = bytes.first else { return 0 }
  let rest = Array(bytes.dropFirst())
  let widths = MeasurementListFormat.templateDigestByteCounts
  let width = widths[Int(choice >> 4) % widths.count]
  switch choice & 7 {
  case 0: readList(rest, .ascii)
  case 1: readList(rest, .binary(byteOrder: .littleEndian, templateDigestByteCount: width))
  case 2: readList(rest, .binary(byteOrder: .bigEndian, templateDigestByteCount: width))
  case 3: readList(rest, .binaryWithDigestLengths(byteOrder: .littleEndian, templateDigestByteCount: width))
  case 4: readList(rest, .kexecBuffer(byteOrder: .littleEndian, templateDigestByteCount: width))
  case 5: readBuffer(rest)
  case 6: _ = IMAPolicy(rest, file: "input").summary
  default: _ = KernelPolicy(commandLine: rest)?.summary
  }
  return 0
}

private func readList(_ bytes: [UInt8], _ format: MeasurementListFormat) {
  _ = MeasurementListFormat.detect(bytes)
  let list = MeasurementList.parse(bytes, file: "input", format: format, templateHash: recordedTemplateHash).value
  for index in 0..<list.count {
    let record = list.record(at: index)
    _ = (record.fileDigest, record.extendedAttributes, record.deviceNumber, record.access, record.dependencies)
    _ = (record.namespaceIdentifier, record.mode, MeasuredBuffer(record, file: "input"))
  }
  _ = list.kernelStarts
  let source = Chunks(bytes)
  var stream = MeasurementStream(file: "input", format: format, windowByteCount: 64) { count in source.next(count) }
  while stream.next() != nil {}
  precondition(stream.recordCount == list.count, "windows give the same records")
}

/// A record of the template `ima-buf`: up to the first NUL its name, then its buffer.
private func readBuffer(_ bytes: [UInt8]) {
  let name = Array(bytes.prefix { $0 != 0 })
  let fields = [[UInt8]("sha256:".utf8) + [0, 1], name + [0], Array(bytes.dropFirst(name.count + 1))]
  let data = fields.flatMap { word($0.count) + $0 }
  let record = word(10) + [UInt8](repeating: 1, count: 20) + word(7) + Array("ima-buf".utf8) + word(data.count) + data
  readList(record, .binary(byteOrder: .littleEndian, templateDigestByteCount: 20))
}

private func word(_ value: Int) -> [UInt8] { [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) } }

/// Bytes given piece by piece.
private final class Chunks: @unchecked Sendable {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func next(_ count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}
