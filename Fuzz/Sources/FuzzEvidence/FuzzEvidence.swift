import ContainerInventory
import EvidenceIntake
import IMALog
import Replay
import TCGEventLog

/// Any bytes as a file of a case: recognised, parsed, replayed, every record decoded. Nothing may stop the program.
/// The file's name is that of the kinds that are only told by it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvidence(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  switch identify(bytes, path: "nonce.sig") {
  case .eventLog(let log):
    let replay = EventLogReplay(log.value)
    for bank in log.value.banks {
      _ = replay.match([0: [UInt8](repeating: 0, count: bank.digestByteCount)], bank: bank)
    }
    _ = checkEventDigests(log.value)
    for event in log.value.events { _ = event.content(file: "input") }
  case .containerInventory(let inventory):
    _ = ContainerInventory.merged([inventory.value, inventory.value])
  case .measurementList(let list):
    decode(list.value)
  case .integrityReport(let carried):
    _ = (carried.registers, carried.holdsQuote)
    if let list = carried.list?.value { decode(list) }
    if let inventory = carried.inventory?.value { _ = ContainerInventory.merged([inventory, inventory]) }
  default: break
  }
  return 0
}

/// Every record with everything that it can be asked for, and the values that the list replays to.
private func decode(_ list: MeasurementList) {
  _ = list.kernelStarts
  for index in 0..<list.count {
    _ = list.fileRange(at: index)
    readInFull(list.record(at: index))
  }
  _ = try? MeasurementReplay(rules: [ExtendRule(.sha1), ExtendRule(.sha256)], jobs: 1).run(list)
}

/// Everything that a record can be asked for.
func readInFull(_ record: Measurement) {
  _ = (record.fileDigest, record.unsignedFileDigest, record.path, record.signature, record.hashedBytes)
  _ = (record.ownerUserIdentifier, record.mode, record.extendedAttributes, record.deviceNumber, record.access)
  _ = (record.controlGroupPath, record.dependencies, record.mountNamespace, record.namespaceIdentifier, record.count)
  _ = MeasuredBuffer(record, file: "input")
}
