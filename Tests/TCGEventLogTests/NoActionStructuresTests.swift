import ByteReading
import TCGEventLog
import Testing

private func content(_ data: [UInt8], type: UInt32 = 3) throws -> EventContent {
  let record = LogBytes.record(type: type, digests: [(4, LogBytes.sha1Digest)], data: data)
  return try #require(try parse(LogBytes.header() + record).value.events.first).content(file: "log.bin")
}

/// The vector of canonical/tcglog-parser: an H-CRTM of SHA-256.
@Test func aComponentOfTheHCRTMIsTakenApart() throws {
  let digest: [UInt8] = [
    0x21, 0x26, 0x8e, 0x68, 0x04, 0xda, 0xa4, 0x8d, 0x4a, 0x6a, 0x36, 0x96, 0x0b, 0xda, 0x87, 0x7f, 0x39, 0xa5, 0x67,
    0x51,
    0x04, 0x82, 0xcb, 0xc7, 0xfc, 0x0d, 0x41, 0xe3, 0xe6, 0xb0, 0x6b, 0x2b,
  ]
  let data = Array("H-CRTM CompMeas\0".utf8) + [6] + Array("H-CRTM".utf8) + [0, 0x22, 0, 0, 0x0b] + digest
  guard case .hcrtmComponent(let component) = try content(data) else { return #expect(Bool(false), "not told") }
  #expect(component.description == Array("H-CRTM".utf8) && component.format == 0 && component.trailing.isEmpty)
  #expect(component.digest?.algorithm == 0x0b && component.digest?.bytes == digest)
  for count in 17..<data.count {
    guard case .undecodable(let error) = try content(Array(data.prefix(count))) else {
      Issue.record("\(count) bytes")
      continue
    }
    #expect(error.field.hasPrefix("TCG_HCRTMComponentEvent."))
  }
}

/// The locators of a log of Google: a variable, and nothing for the certificate.
@Test func aReferenceManifestInAVariableHasItsName() throws {
  let vendor: [UInt8] = [
    0x46, 0x8e, 0x85, 0xa2, 0x7f, 0xa3, 0x6a, 0x45, 0x8c, 0x79, 0x0c, 0x1f, 0xe4, 0x8b, 0x65, 0xff,
  ]
  let name = "FirmwareRIM".utf16.flatMap { LogBytes.le16($0) }
  func pointer(_ kind: UInt32, _ data: [UInt8]) throws -> ReferenceManifestPointer {
    let texts: [UInt8] = [0, 0, 0, 0] + LogBytes.le32(0) + [0]
    let whole =
      Array("SP800-155 Event3".utf8) + LogBytes.le32(11129) + vendor + texts + LogBytes.le32(kind)
      + LogBytes.le32(UInt32(data.count)) + data + [UInt8](repeating: 0, count: 8)
    guard case .referenceManifest(let pointer) = try content(whole) else { throw NoPointer() }
    return pointer
  }
  let locator = try #require(try pointer(3, vendor + name + [0, 0, 7]).manifestLocator)
  let variable = try #require(locator.variable)
  #expect(variable.vendor.text == "a2858e46-a37f-456a-8c79-0c1fe48b65ff")
  #expect(escapedUTF16(variable.name) == "FirmwareRIM" && variable.trailing == [7] && locator.path == nil)
  for count in 0..<vendor.count + name.count + 2 {
    #expect(try pointer(3, Array((vendor + name + [0, 0]).prefix(count))).manifestLocator?.variable == nil)
  }
  #expect(try pointer(1, vendor + name + [0, 0]).manifestLocator?.variable == nil)
  #expect(try pointer(2, [1, 5, 8, 0, 7, 0, 0, 0]).manifestLocator?.path?.text == "Ctrl(0x7)")
}

private struct NoPointer: Error {}

@Test func eventsOfNVIndexesAreTakenApart() throws {
  let head: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
  for name in ["NvIndexDynamic\0\0", "NvIndexDynamic \0"] {
    let data =
      Array(name.utf8) + head + [7, 0, 0, 0, 0, 0, 0, 0] + [14, 0] + Array("SPDM CHALLENGE".utf8) + [3, 0, 1, 2, 3]
    guard case .nvIndex(let event) = try content(data + [9]) else { return #expect(Bool(false), "not told") }
    #expect(event.version == 1 && event.trailing == [9])
    #expect(event.content == .dynamic(identifier: 7, description: Array("SPDM CHALLENGE".utf8), data: [1, 2, 3]))
    for count in 17..<data.count {
      guard case .undecodable = try content(Array(data.prefix(count))) else {
        Issue.record("\(count) bytes")
        continue
      }
    }
  }
  let instance = Array("NvIndexInstance\0".utf8) + head
  guard case .nvIndex(let plain) = try content(instance + [1, 2]) else { return #expect(Bool(false), "not told") }
  #expect(plain.content == .opaque([1, 2]))
  let device: [UInt8] =
    Array("SPDM Device Sec\0".utf8) + [1, 0, 44, 0, 1, 0, 0, 0, 2, 0, 0, 0] + [4, 1, 2, 0, 0xaa, 0xbb]
    + [UInt8](repeating: 0, count: 8)
  guard case .nvIndex(let spdm) = try content(instance + device), case .device(let told) = spdm.content else {
    return #expect(Bool(false), "not told")
  }
  #expect(
    told.measurements.map(\.index) == [4] && told.measurements.map(\.data) == [[0xaa, 0xbb]] && told.deviceType == 2)
}

@Test func dynamicLaunchesHaveNames() {
  #expect(EventType(rawValue: 0x402).name == "TXT_EVTYPE_HASH_START" && EventType(rawValue: 0x402).isKnown)
  #expect(EventType(rawValue: 0x40e).name == "TXT_EVTYPE_STM_HASH")
  #expect(EventType(rawValue: 0x4ff).name == "TXT_EVTYPE_CAP_VALUE")
  #expect(EventType(rawValue: 0x503).name == "TXT_EVTYPE_SLAUNCH_START")
  #expect(EventType(rawValue: 0x8007).name == "SIPAEV_AMD_SL_SEPARATOR")
  #expect(EventType(name: "TXT_EVTYPE_MLE_HASH")?.rawValue == 0x404)
  #expect(EventType(rawValue: 0x405).name == "0x405" && !EventType(rawValue: 0x405).isKnown)
}
