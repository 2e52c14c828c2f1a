import EvidenceIntake
import IMALog
import Replay
import TCGEventLog

/// Any bytes as a file of a case: recognised, parsed, replayed, every record decoded. Nothing may stop the program.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvidence(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  switch identify(bytes, path: "input") {
  case .eventLog(let log):
    let replay = EventLogReplay(log.value)
    for bank in log.value.banks { _ = replay.match([0: [UInt8](repeating: 0, count: bank.digestByteCount)], bank: bank) }
    _ = checkEventDigests(log.value)
  case .measurementList(let list):
    for index in 0..<list.value.count {
      let record = list.value.record(at: index)
      _ = (record.fileDigest, record.path, record.signature, record.buffer)
    }
    _ = try? MeasurementReplay(rules: [ExtendRule(.sha1), ExtendRule(.sha256)], jobs: 1).run(list.value)
  default: break
  }
  return 0
}
