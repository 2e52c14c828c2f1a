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
    for bank in log.value.banks {
      _ = replay.match([0: [UInt8](repeating: 0, count: bank.digestByteCount)], bank: bank)
    }
    _ = checkEventDigests(log.value)
  case .measurementList(let list):
    _ = list.value.kernelStarts
    for index in 0..<list.value.count { readInFull(list.value.record(at: index)) }
    _ = try? MeasurementReplay(rules: [ExtendRule(.sha1), ExtendRule(.sha256)], jobs: 1).run(list.value)
  default: break
  }
  return 0
}

/// Everything that a record can be asked for.
func readInFull(_ record: Measurement) {
  _ = (record.fileDigest, record.unsignedFileDigest, record.path, record.signature, record.hashedBytes)
  _ = (record.ownerUserIdentifier, record.mode, record.extendedAttributes, record.deviceNumber, record.access)
  _ = (record.controlGroupPath, record.dependencies, record.mountNamespace, record.namespaceIdentifier, record.count)
  _ = MeasuredBuffer(record, file: "input")
}
