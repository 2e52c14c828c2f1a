import ContainerInventory
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
  case .containerInventory(let inventory):
    _ = ContainerInventory.merged([inventory.value, inventory.value])
  case .measurementList(let list):
    decode(list.value)
  case .integrityReport(let carried):
    if let list = carried.list?.value { decode(list) }
    if let inventory = carried.inventory?.value { _ = ContainerInventory.merged([inventory, inventory]) }
  default: break
  }
  return 0
}

/// Every record, and the values they give.
private func decode(_ list: MeasurementList) {
  for index in 0..<list.count {
    let record = list.record(at: index)
    _ = (record.fileDigest, record.path, record.signature, record.buffer, list.fileRange(at: index))
  }
  _ = try? MeasurementReplay(rules: [ExtendRule(.sha1), ExtendRule(.sha256)], jobs: 1).run(list)
}
