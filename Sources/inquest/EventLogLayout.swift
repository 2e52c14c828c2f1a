import ByteReading
import Digests
import Replay
import Reports
import TCGEventLog

/// An event log in the layout of `tpm2_eventlog --eventlog-version=2`, so that what reads that reads this.
///
/// Where that tool leaves something out, cuts it, or writes what no YAML reader takes, the whole is written; the manual
/// of the format lists each such place.
///
/// Source: tpm2-tools, `lib/tpm2_eventlog_yaml.c`.
func eventLogLayout(_ log: EventLog, file: String) -> YAMLNode {
  var events: [YAMLNode] = []
  if let header = log.header { events.append(headerLayout(header, log.specification)) }
  for event in log.events { events.append(layout(event, number: events.count, file: file)) }
  return .mapping([
    ("version", .number(2)), ("events", .sequence(events)), ("pcrs", registersLayout(EventLogReplay(log).values)),
  ])
}

private func headerLayout(_ header: Event, _ specification: SpecificationIDEvent?) -> YAMLNode {
  var fields: [(String, YAMLNode)] = [
    ("EventNum", .number(0)), ("PCRIndex", .number(header.registerIndex)),
    ("EventType", .plain(header.recordedType.name)), ("Digest", .hex(header.digests.first?.bytes ?? [])),
    ("EventSize", .number(header.data.count)),
  ]
  guard let specification else { return .mapping(fields + [("Event", .hex(header.data))]) }
  var body: [(String, YAMLNode)] = [
    ("Signature", .plain(specification.signature.rawValue)), ("platformClass", .number(specification.platformClass)),
    ("specVersionMinor", .number(specification.versionMinor)),
    ("specVersionMajor", .number(specification.versionMajor)), ("specErrata", .number(specification.errata)),
    ("uintnSize", .number(specification.uintnSize ?? 0)),
    ("numberOfAlgorithms", .number(specification.algorithms.count)),
    (
      "Algorithms",
      .sequence(
        specification.algorithms.enumerated().map { index, row in
          .mapping([
            ("Algorithm[\(index)]", .none), ("algorithmId", .plain(algorithmName(row.rawAlgorithm))),
            ("digestSize", .number(row.digestByteCount)),
          ])
        })
    ),
    ("vendorInfoSize", .number(specification.vendorInfo.count)),
  ]
  if !specification.vendorInfo.isEmpty { body.append(("vendorInfo", .hex(specification.vendorInfo))) }
  fields.append(("SpecID", .sequence([.mapping(body)])))
  return .mapping(fields)
}

private func layout(_ event: Event, number: Int, file: String) -> YAMLNode {
  var fields: [(String, YAMLNode)] = [
    ("EventNum", .number(number)), ("PCRIndex", .number(Int32(truncatingIfNeeded: event.registerIndex))),
    ("EventType", typeLayout(event)), ("DigestCount", .number(event.digests.count)),
    (
      "Digests",
      event.digests.isEmpty
        ? .none
        : .sequence(
          event.digests.map {
            .mapping([("AlgorithmId", .plain(algorithmName($0.rawAlgorithm))), ("Digest", .hex($0.bytes))])
          })
    ),
    ("EventSize", .number(event.data.count)),
  ]
  if !event.data.isEmpty {
    fields.append(("Event", dataLayout(event, event.content(file: file)) ?? .hex(event.data)))
  }
  return .mapping(fields)
}

/// The layout has no types but those of firmware: of a record of another kind its kind, as in `systemd phase`.
private func typeLayout(_ event: Event) -> YAMLNode {
  event.canonical != nil && event.recordedType == .outsideProfile
    ? .text(event.typeName) : .plain(event.recordedType.name)
}

/// nil for data that stand in hexadecimal digits.
private func dataLayout(_ event: Event, _ content: EventContent) -> YAMLNode? {
  switch (event.recordedType, content) {
  case (.outsideProfile, .canonical(let record)):
    if case .systemd = record.content { .mapping([("String", .text(text(event.data)))]) } else { nil }
  case (_, .variable(let variable, let meaning)): variableLayout(event, variable, meaning)
  case (.efiPlatformFirmwareBlob, .firmwareBlob(let blob)), (.sCRTMContents, .firmwareBlob(let blob)),
    (.postCode, .firmwareBlob(let blob)), (.efiPlatformFirmwareBlob2, .firmwareBlob(let blob)):
    .mapping(
      (blob.description.map { [("BlobDescriptionSize", .number($0.count)), ("BlobDescription", .hex($0))] } ?? [])
        + [("BlobBase", .address(blob.base)), ("BlobLength", .address(blob.byteCount))])
  case (.postCode, .text), (.efiAction, _), (.efiHCRTMEvent, _): .text(text(ofWhole: event.data))
  case (.ipl, _): .mapping([("String", .text(text(event.data)))])
  case (_, .imageLoad(let image)):
    .mapping([
      ("ImageLocationInMemory", .address(image.location)), ("ImageLengthInMemory", .number(image.byteCount)),
      ("ImageLinkTimeAddress", .address(image.linkTimeAddress)),
      ("LengthOfDevicePath", .number(image.devicePathLength)), ("DevicePath", pathLayout(image.path)),
    ])
  case (_, .partitionTable(let table)): tableLayout(table)
  case (_, .startupLocality(let locality, _)): .mapping([("StartupLocality", .number(locality))])
  default: nil
  }
}

/// Bytes as text, each character as it is. What is no UTF-8 gives the characters of the bytes' numbers.
private func text(_ bytes: some Sequence<UInt8>) -> String {
  let bytes = Array(bytes)
  if let text = String(validating: bytes, as: UTF8.self) { return text }
  var text = ""
  for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
  return text
}

/// Without the NULs at its end.
private func text(ofWhole bytes: [UInt8]) -> String {
  text(bytes.dropLast(bytes.reversed().prefix { $0 == 0 }.count))
}

private func text(_ units: [UInt16]) -> String { String(validating: units, as: UTF16.self) ?? escapedUTF16(units) }

private func pathLayout(_ path: EFIDevicePath) -> YAMLNode {
  path.nodes.isEmpty && path.problem != nil ? .hex(path.trailing) : .text(path.text)
}

private func yesOrNo(_ flag: Bool) -> YAMLNode { .mapping([("Enabled", .text(flag ? "Yes" : "No"))]) }

private func variableLayout(
  _ event: Event, _ variable: UEFIVariableData, _ meaning: EFIVariableContent
) -> YAMLNode {
  let name = text(variable.name)
  var fields: [(String, YAMLNode)] = [
    ("VariableName", .plain(variable.vendor?.text ?? hexText(variable.vendorGUID))),
    ("UnicodeNameLength", .number(variable.name.count)), ("VariableDataLength", .number(variable.contentRange.count)),
    ("UnicodeName", .text(name)),
  ]
  let content = event.variableContent.map { Array($0) } ?? []
  if let data = variableData(event.recordedType, name, meaning, content) {
    fields.append(("VariableData", data))
  } else if !content.isEmpty {
    fields.append(("VariableData", .hex(content)))
  }
  return .mapping(fields)
}

private func variableData(
  _ type: EventType, _ name: String, _ meaning: EFIVariableContent, _ content: [UInt8]
) -> YAMLNode? {
  switch (type, name, meaning) {
  case (.efiVariableDriverConfig, "PK", .empty), (.efiVariableDriverConfig, "KEK", .empty),
    (.efiVariableDriverConfig, "db", .empty), (.efiVariableDriverConfig, "dbx", .empty),
    (.efiVariableBoot, "BootOrder", .empty), (.efiVariableBoot2, "BootOrder", .empty):
    YAMLNode.none
  case (.efiVariableDriverConfig, "PK", .signatureLists(let lists)),
    (.efiVariableDriverConfig, "KEK", .signatureLists(let lists)),
    (.efiVariableDriverConfig, "db", .signatureLists(let lists)),
    (.efiVariableDriverConfig, "dbx", .signatureLists(let lists)):
    .sequence(lists.map(listLayout))
  case (.efiVariableDriverConfig, "SecureBoot", .empty), (.efiVariableAuthority, "MokListTrusted", .empty):
    yesOrNo(false)
  case (.efiVariableDriverConfig, "SecureBoot", .flag(let flag)),
    (.efiVariableAuthority, "MokListTrusted", .flag(let flag)):
    yesOrNo(flag != 0)
  case (.efiVariableAuthority, "db", _) where content.count >= 16,
    (.efiVariableAuthority, "Shim", _) where content.count >= 16:
    // The layout has no place for a missing owner: the first sixteen bytes are taken for it.
    .sequence([
      .mapping([
        ("SignatureOwner", .plain(EFIGUID(content.prefix(16))?.text ?? "")),
        ("SignatureData", .hex(content.dropFirst(16))),
      ])
    ])
  case (.efiVariableAuthority, "SbatLevel", _): .mapping([("String", .text(text(content)))])
  case (.efiVariableBoot, "BootOrder", .order(let numbers)), (.efiVariableBoot2, "BootOrder", .order(let numbers)):
    .sequence(numbers.map { .plain("Boot" + fourDigits($0)) })
  case (.efiVariableBoot, _, .loadOption(let option)) where name.hasPrefix("Boot"),
    (.efiVariableBoot2, _, .loadOption(let option)) where name.hasPrefix("Boot"):
    .mapping([
      ("Enabled", .text(option.isActive ? "Yes" : "No")), ("FilePathListLength", .number(option.filePathListLength)),
      ("Description", .text(text(option.description))), ("DevicePath", pathLayout(option.path)),
    ])
  default: nil
  }
}

private func listLayout(_ list: EFISignatureList) -> YAMLNode {
  .mapping([
    ("SignatureType", .plain(list.type.text)), ("SignatureListSize", .number(list.listSize)),
    ("SignatureHeaderSize", .number(list.header.count)), ("SignatureSize", .number(list.signatureSize)),
    (
      "Keys",
      list.signatures.isEmpty
        ? .none
        : .sequence(
          list.signatures.map {
            .mapping([("SignatureOwner", .plain($0.owner?.text ?? "")), ("SignatureData", .hex($0.data))])
          })
    ),
  ])
}

private func tableLayout(_ table: PartitionTableEvent) -> YAMLNode {
  .mapping([
    (
      "Header",
      .mapping([
        ("Signature", .text(text(table.signature))), ("Revision", .address(table.revision)),
        ("HeaderSize", .number(table.headerSize)), ("HeaderCRC32", .address(table.headerCRC32)),
        ("MyLBA", .address(table.myLBA)), ("AlternateLBA", .address(table.alternateLBA)),
        ("FirstUsableLBA", .address(table.firstUsableLBA)), ("LastUsableLBA", .address(table.lastUsableLBA)),
        ("DiskGUID", .plain(table.disk.text)), ("PartitionEntryLBA", .address(table.entryLBA)),
        ("NumberOfPartitionEntry", .number(table.entryCount)), ("SizeOfPartitionEntry", .number(table.entrySize)),
        ("PartitionEntryArrayCRC32", .address(table.entriesCRC32)),
      ])
    ),
    ("NumberOfPartitions", .number(table.partitionCount)),
    (
      "Partitions",
      table.partitions.isEmpty
        ? .none
        : .sequence(
          table.partitions.map {
            .mapping([
              ("PartitionTypeGUID", .plain($0.type.text)), ("UniquePartitionGUID", .plain($0.unique.text)),
              ("StartingLBA", .address($0.startingLBA)), ("EndingLBA", .address($0.endingLBA)),
              ("Attributes", .address($0.attributes)), ("PartitionName", .text(text($0.name))),
            ])
          })
    ),
  ])
}

/// Banks in the order of that tool, with the registers that the log extends.
private func registersLayout(_ values: RegisterValues) -> YAMLNode {
  let banks = [HashAlgorithm.sha1, .sha256, .sha384, .sha512, .sm3_256]
  let present = banks.filter { values.banks.contains($0) } + values.banks.filter { !banks.contains($0) }
  guard !present.isEmpty else { return .none }
  return .mapping(
    present.map { bank in
      (
        bank.name,
        .mapping(
          values.registers(of: bank).map { register in
            (register < 10 ? "\(register) " : "\(register)", .plain("0x" + hexText(values[bank, register] ?? [])))
          })
      )
    })
}
