import ByteReading
import TestSupport
import Testing

@testable import TCGEventLog

private func little(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
}

/// PciRoot(0x0)/Pci(0x0,0x0)
private let path: [UInt8] = [2, 1, 12, 0, 0xd0, 0x41, 3, 10, 0, 0, 0, 0, 1, 1, 6, 0, 0, 0, 0x7f, 0xff, 4, 0]
private let context: [UInt8] = [0, 0, 16, 0, 0x86, 0x80, 0x60, 0x0b, 3, 2, 8, 1, 0x86, 0x80, 1, 0]

private func block(_ index: UInt8, _ data: [UInt8]) -> [UInt8] { [index, 1] + little(UInt64(data.count), 2) + data }

/// The second form, with a PCI device.
private func second(_ subheader: [UInt8], kind: UInt64, state: UInt8 = 0) -> [UInt8] {
  let behind = little(1, 4) + little(kind, 4) + little(UInt64(subheader.count), 4) + little(7, 8) + little(22, 8) + path
  return Array("SPDM Device Sec2".utf8) + [2, 0, state, 0]
    + little(UInt64(behind.count + subheader.count + context.count), 4) + behind + subheader + context
}

private func read(_ bytes: [UInt8]) throws(ParseError) -> SPDMDeviceEvent {
  try bytes.read(file: "event", byteOrder: .littleEndian) { reader throws(ParseError) in
    try SPDMDeviceEvent(from: &reader)
  }
}

@Test func theSecondFormHoldsMeasurementBlocks() throws {
  let blocks = block(1, [9, 9]) + block(2, [8])
  let device = try read(second([0, 0x12, 2, 0] + little(2, 4) + blocks, kind: 0, state: 3))
  #expect(device.version == 2 && device.authenticationState == 3 && device.hashAlgorithm == 2)
  #expect(device.measurements.map(\.index) == [1, 2] && device.measurements.map(\.data) == [[9, 9], [8]])
  #expect(device.path?.text == "PciRoot(0x0)/Pci(0x0,0x0)" && device.subheaderIdentifier == 7)
  #expect(device.pci?.vendor == 0x8086 && device.pci?.classCode == [1, 8, 2] && device.pci?.revision == 3)
  #expect(device.rest.isEmpty && device.certificateChain == nil)
}

@Test func aMeasurementOfDMTFHasItsTypeAndValue() throws {
  let blocks =
    block(1, [0x87, 2, 0, 5, 6]) + block(2, [1, 3, 0, 5, 6]) + block(3, [0x0b, 0, 0]) + [4, 2, 3, 0, 1, 0, 0]
  let device = try read(second([0, 0x12, 4, 0] + little(2, 4) + blocks, kind: 0))
  let value = try #require(device.measurements[0].value)
  #expect(value.type == 7 && value.isRaw && value.bytes == [5, 6])
  #expect(value.typeName == "security version of mutable firmware")
  // Shorter than it says, of a type that is reserved, and of another specification.
  #expect(device.measurements[1].value == nil && device.measurements[1].data == [1, 3, 0, 5, 6])
  #expect(device.measurements[2].value?.typeName == nil && device.measurements[2].value?.bytes == [])
  #expect(device.measurements[3].value == nil)
}

@Test func theSecondFormHoldsAChainOfCertificates() throws {
  let chain = little(39, 2) + [0, 0] + [UInt8](repeating: 5, count: 32) + [0x30, 1, 0]
  let device = try read(second([0, 0x12, 4, 0] + little(1, 4) + chain, kind: 1))
  #expect(device.certificateChain?.slot == 4 && device.certificateChain?.certificates == [0x30, 1, 0])
  #expect(device.certificateChain?.rootHash == [UInt8](repeating: 5, count: 32))
  #expect(device.measurements.isEmpty && device.pci?.device == 0x0b60)
  // Of another subheader the bytes stand.
  #expect(try read(second([1, 2, 3], kind: 9)).rest == [1, 2, 3])
}

@Test func aCutEventIsNoDevice() {
  let whole = second([0, 0x12, 1, 0] + little(2, 4) + block(1, [9, 9]), kind: 0)
  // Without anything behind the path there may be a device that did not answer; without the context it is cut.
  let withoutSubheader = whole.count - context.count - 14
  for count in 0..<whole.count where count != withoutSubheader && count != whole.count - context.count {
    #expect(throws: ParseError.self) { try read(Array(whole.prefix(count))) }
  }
}

/// The event was put into this log by hand, in the form of version 0 and of 1.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"), arguments: ["origVersion0", "version1"])
func theFirstFormHasThePathBeforeTheContext(name: String) throws {
  let file = "eventlog/nsacyber__HIRS/history/binary_bios_measurements_addEvt11asSPDMFirmwareBlob_\(name)"
  let log = try #require(EventLog.parse(try Corpus.bytes(file), file: file)).value
  let devices = log.events.compactMap { event in
    if case .spdm(let device) = event.content(file: file) { device } else { nil }
  }
  #expect(devices.map { $0.path?.text } == ["PciRoot(0x0)/Pci(0x0,0x0)"])
  let device = try #require(devices.first)
  #expect(device.pci?.vendor == 0x8086 && device.pci?.device == 0x0b60 && device.pci?.classCode == [1, 8, 2])
  #expect(device.rest.isEmpty && device.measurements.map(\.index) == [1])
}

/// Firmware whose compiler aligned the count to eight bytes.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"), arguments: ["SB", "NonSB"])
func aPaddedPartitionTableIsRead(name: String) throws {
  let file = "eventlog/grawity__tpm_futurepcr/fixtures/ACTUAL_SYSTEMS/HP_Compaq_TPM1.2_UEFI_\(name)_Windows.log"
  let log = try #require(EventLog.parse(try Corpus.bytes(file), file: file)).value
  let tables = log.events.compactMap { event in
    if case .partitionTable(let table) = event.content(file: file) { table } else { nil }
  }
  #expect(tables.map(\.isPadded) == [true] && tables.map(\.partitionCount) == [3])
  #expect(tables.first?.partitions.first?.type.name == "EFI_SYSTEM_PARTITION" && tables.first?.trailing == [])
}
