import ByteReading
import CBORReading
import CanonicalEventLog
import EvidenceIntake
import JSONReading
import Replay
import TCGEventLog
import TPMStructures

/// Carriers of event logs other than the firmware's own file. The first byte says as what the rest is read: a log of any
/// encoding, CBOR, JSON, the log of user space behind a firmware's, a CCEL table, a TDX quote, or a file, archive or
/// document of another tool that may hold logs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCarriers(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard let first = input.first else { return 0 }
  let bytes = Array(input.dropFirst())
  switch first {
  case UInt8(ascii: "c"):
    if case .events(let log)? = CanonicalEventLog.parse(bytes, file: "input") { readInFull(log.value) }
  case UInt8(ascii: "b"): _ = try? CBORValue.parse(bytes, file: "input")
  case UInt8(ascii: "j"): _ = JSONDocument(bytes, file: "input").root
  case UInt8(ascii: "t"): _ = MeasurementTable.parse(bytes, file: "input")
  case UInt8(ascii: "q"): _ = TDXQuote.parse(bytes, file: "input").map(\.value.registerValues)
  case UInt8(ascii: "l"): if let log = EventLog.parse(bytes, file: "input") { readInFull(log.value) }
  default: _ = evidenceFiles(bytes, path: "input")
  }
  return 0
}

private func readInFull(_ log: EventLog) {
  let replay = EventLogReplay(log)
  let after = EventLogReplay(log, after: replay)
  for bank in log.banks {
    let zero = [UInt8](repeating: 0, count: bank.digestByteCount)
    _ = after.match([0: zero, 11: zero], bank: bank)
  }
  _ = after.firstPart { _ in false }
  _ = checkEventDigests(log)
  _ = log.trustPoints
  for event in log.events { _ = (event.content(file: "input"), event.typeName) }
}
