import ByteReading
import TCGEventLog
import Testing

private func payload(type: UInt32, _ data: [UInt8]) throws -> EventPayload {
  let event = LogBytes.record(type: type, digests: [(4, LogBytes.sha1Digest)], data: data)
  return try #require(try parse(LogBytes.header() + event).value.events.first).payload
}

@Test func aStartupLocalityMayBePadded() throws {
  let data = Array("StartupLocality\0".utf8) + [4]
  #expect(try payload(type: 3, data) == .startupLocality(4))
  #expect(try payload(type: 3, data + [0, 0, 0]) == .startupLocality(4))
}

@Test func aStartupLocalityWithoutItsByteIsUndecodable() throws {
  let found = try payload(type: 3, Array("StartupLocality\0".utf8))
  guard case .undecodable(let error) = found else {
    Issue.record("\(found)")
    return
  }
  #expect(
    error.description
      == "log.bin at 0x7b: TCG_EfiStartupLocalityEvent.startupLocality: expected 1 byte, found 0 bytes")
}

@Test func anUnknownSignatureIsOpaque() throws {
  #expect(try payload(type: 3, Array("SP800-155 Event\0".utf8)) == .opaque)
  #expect(try payload(type: 3, [1, 2]) == .opaque)
  #expect(try payload(type: 3, []) == .opaque)
}

@Test func theSignatureOfAStartupLocalityCountsInNoActionOnly() throws {
  #expect(try payload(type: 5, Array("StartupLocality\0".utf8) + [4]) == .opaque)
}

@Test func anHCRTMEventIsToldByItsType() throws {
  #expect(try payload(type: 0x8000_0010, Array("HCRTM".utf8)) == .hcrtm)
}

@Test func aVariableHasItsContentBehindItsName() throws {
  let data: [UInt8] =
    Array(repeating: 0x61, count: 16) + [2, 0, 0, 0, 0, 0, 0, 0] + [3, 0, 0, 0, 0, 0, 0, 0]
    + [0x64, 0, 0x62, 0, 7, 8, 9] + [1, 1]
  let event = LogBytes.record(type: 0x8000_0001, digests: [(4, LogBytes.sha1Digest)], data: data)
  let parsed = try #require(try parse(LogBytes.header() + event).value.events.first)
  guard case .variable(let variable) = parsed.payload else {
    Issue.record("\(parsed.payload)")
    return
  }
  #expect(variable.vendorGUID == Array(repeating: 0x61, count: 16))
  #expect(variable.name == [0x64, 0x62])
  #expect(variable.contentRange == parsed.dataOffset + 36..<parsed.dataOffset + 39)
  #expect(variable.trailing.count == 2)
  #expect(parsed.variableContent.map { Array($0) } == [7, 8, 9])
}

@Test(arguments: [UInt64(5), 1 << 31, 1 << 32 - 1, 1 << 63, .max])
func aLengthOfAVariableThatDoesNotFitIsUndecodable(length: UInt64) throws {
  let lengthBytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
  let guid = [UInt8](repeating: 1, count: 16)
  let name = guid + lengthBytes + [0, 0, 0, 0, 0, 0, 0, 0] + [0x64, 0, 0x62, 0]
  let content = guid + [1, 0, 0, 0, 0, 0, 0, 0] + lengthBytes + [0x64, 0, 7]
  for data in [name, content] {
    guard case .undecodable = try payload(type: 0x8000_0002, data) else {
      Issue.record("length \(length) passed")
      return
    }
  }
}

@Test func theNamesOfTypesAreThoseOfTheStandard() {
  #expect(EventType.efiVariableAuthority.name == "EV_EFI_VARIABLE_AUTHORITY")
  #expect(EventType(rawValue: 0x8401).name == "0x8401")
  #expect("\(EventType.ipl)" == "EV_IPL")
}
