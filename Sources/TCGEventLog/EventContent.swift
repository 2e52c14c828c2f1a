import ByteReading

/// The data of an event taken apart as far as their format is known. The bytes stay in `Event.data`.
///
/// Most of it is no more than the log's claim: which part a digest covers is asked elsewhere.
public enum EventContent: Equatable, Sendable {
  case empty
  case specificationID(SpecificationIDEvent)
  /// The locality of the TPM's start, and what firmware writes behind it.
  case startupLocality(UInt8, padding: [UInt8])
  case referenceManifest(ReferenceManifestPointer)
  case hcrtmComponent(HCRTMComponent)
  case nvIndex(NVIndexEvent)
  case variable(UEFIVariableData, EFIVariableContent)
  case imageLoad(ImageLoadEvent)
  case partitionTable(PartitionTableEvent)
  case bootRecord(MasterBootRecord)
  case firmwareBlob(FirmwareBlob)
  case handoffTables(HandoffTables)
  case guid(EFIGUID)
  case text(EventText)
  case separator(UInt32)
  case loader(LoaderMeasurement)
  case tags([TaggedEvent])
  /// What Windows says of its start in register 11.
  case windowsState(UInt32)
  case spdm(SPDMDeviceEvent)
  /// A record of a Canonical Event Log that is none of firmware.
  case canonical(CanonicalRecord)
  /// `EV_NO_ACTION` with a signature of 16 characters that we know no more of.
  case signature(String, rest: [UInt8])
  /// The format is unknown to us; nothing is wrong.
  case opaque
  /// The format is known and the data break it.
  case undecodable(ParseError)
}

extension Event {
  /// Takes the data apart. Done when asked: a log is read and replayed without it. `file` is the name that errors carry.
  public func content(file: String) -> EventContent {
    if let canonical, recordedType == .outsideProfile { return .canonical(canonical) }
    guard !data.isEmpty else { return .empty }
    return data.read(file: file, byteOrder: .littleEndian, base: dataOffset) { reader in
      do throws(ParseError) {
        return try content(from: &reader)
      } catch {
        return .undecodable(error)
      }
    }
  }

  private func content(from reader: inout ByteReader) throws(ParseError) -> EventContent {
    switch recordedType {
    case .noAction: return try noActionContent(from: &reader)
    case .efiVariableDriverConfig, .efiVariableBoot, .efiVariableBoot2, .efiVariableAuthority:
      return try variableContent(from: &reader)
    case .efiBootServicesApplication, .efiBootServicesDriver, .efiRuntimeServicesDriver:
      return .imageLoad(try ImageLoadEvent(from: &reader))
    case .efiGPTEvent, .efiGPTEvent2: return .partitionTable(try PartitionTableEvent(from: &reader))
    case .efiPlatformFirmwareBlob, .sCRTMContents, .postCode, .cpuMicrocode:
      // All four may hold a text in place of the structure. Text of 16 bytes cannot be an address and a length.
      if let text = EventText(data) { return .text(text) }
      if recordedType == .cpuMicrocode, data.count != 16 { return .opaque }
      return .firmwareBlob(try FirmwareBlob(from: &reader))
    case .efiPlatformFirmwareBlob2, .postCode2:
      if let text = EventText(data), data.count != Int(data[0]) + 17 { return .text(text) }
      return .firmwareBlob(try FirmwareBlob(secondFrom: &reader))
    case .efiHandoffTables: return .handoffTables(try HandoffTables(from: &reader, hasDescription: false))
    case .efiHandoffTables2: return .handoffTables(try HandoffTables(from: &reader, hasDescription: true))
    case .sCRTMVersion:
      // OVMF has no version: the text is a NUL of UTF-16 and nothing else.
      if data == [0, 0] { return .text(EventText(utf16: data)) }
      if let text = EventText(data) { return .text(text) }
      return EFIGUID(data).map { .guid($0) } ?? .opaque
    case .separator:
      if data.count == 4, EventText(data) == nil { return .separator(try reader.uint32("EV_SEPARATOR")) }
      return plainContent
    case .ipl: return LoaderMeasurement(self).map { .loader($0) } ?? .opaque
    case .eventTag:
      // Linux writes the text of its tag without the tag when it measures into a register of a guest.
      if let text = EventText(data), TaggedEvent.linuxTexts.contains(text.text) { return .text(text) }
      return .tags(try TaggedEvent.all(from: &reader))
    case .compactHash:
      if registerIndex == 11, data.count == 4 { return .windowsState(try reader.uint32("EV_COMPACT_HASH")) }
      return plainContent
    case .action, .efiAction:
      // What woke the platform is a number, of one byte in firmware of HP.
      let wake = Array("Wake Event ".utf8)
      if data.starts(with: wake), data.count == wake.count + 1 { return .text(EventText(escaping: data)) }
      return plainContent
    case .iplPartitionData:
      if let table = try MasterBootRecord.ending(data, from: &reader) { return .bootRecord(table) }
      return plainContent
    case .efiSPDMFirmwareBlob, .efiSPDMFirmwareConfig: return .spdm(try SPDMDeviceEvent(from: &reader))
    case .efiSPDMDevicePolicy, .efiSPDMDeviceAuthority: return try variableContent(from: &reader)
    default: return plainContent
    }
  }

  private var plainContent: EventContent { EventText(data).map { .text($0) } ?? .opaque }

  private func variableContent(from reader: inout ByteReader) throws(ParseError) -> EventContent {
    let variable = try UEFIVariableData(from: &reader)
    let start = variable.contentRange.lowerBound - dataOffset
    let bytes = Array(data.dropFirst(start).prefix(variable.contentRange.count))
    let content = bytes.read(
      file: reader.file, byteOrder: .littleEndian, base: variable.contentRange.lowerBound
    ) { body in
      EFIVariableContent(of: variable.nameText, type: recordedType, from: &body)
    }
    return .variable(variable, content)
  }

  /// Told apart by a signature of 16 bytes; what Windows writes, by its first tag.
  private func noActionContent(from reader: inout ByteReader) throws(ParseError) -> EventContent {
    switch payload {
    case .specificationID(let specification): return .specificationID(specification)
    case .startupLocality(let locality): return .startupLocality(locality, padding: Array(data.dropFirst(17)))
    case .undecodable(let error): return .undecodable(error)
    default: break
    }
    let signature = Array(data.prefix(16))
    if let index = ReferenceManifestPointer.signatures.firstIndex(of: signature) {
      return .referenceManifest(try ReferenceManifestPointer(from: &reader, version: index + 1))
    }
    if signature == HCRTMComponent.signature { return .hcrtmComponent(try HCRTMComponent(from: &reader)) }
    if signature == NVIndexEvent.instance || NVIndexEvent.dynamic.contains(signature) {
      return .nvIndex(try NVIndexEvent(from: &reader))
    }
    let first = data.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    if data.count >= 8, WindowsTag.isOne(first) { return .tags(try windowsTags(first, from: &reader)) }
    if let text = EventText(data) { return .text(text) }
    if signature.count == 16, let text = EventText(signature) {
      return .signature(text.text, rest: Array(data.dropFirst(16)))
    }
    return .opaque
  }
}

extension Event {
  /// Sizes in the quote of a log of TPM 1.2 are not those of its tags, so these are found as the quote is.
  private func windowsTags(_ first: UInt32, from reader: inout ByteReader) throws(ParseError) -> [TaggedEvent] {
    do throws(ParseError) {
      return try TaggedEvent.all(from: &reader)
    } catch {
      guard first == TrustPoint.aggregation, registerIndex == .max else { throw error }
      return TaggedEvent.all(ofTrustPoint: data, offset: dataOffset)
    }
  }
}

extension UEFIVariableData {
  public var vendor: EFIGUID? { EFIGUID(vendorGUID) }

  /// The name, safe to print.
  public var nameText: String { escapedUTF16(name) }
}
