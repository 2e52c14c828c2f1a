import ByteReading
import Digests
import PublicKeys
import Reports
import TCGEventLog

/// What the data of an event say, every field of it, for a person and for JSON.
func tree(_ content: EventContent, of event: Event) -> [InspectionValue.Field] {
  switch content {
  case .empty: []
  case .specificationID(let specification): [.init("specification", tree(specification))]
  case .startupLocality(let locality, let padding):
    [.init("startupLocality", .number(locality))] + optional("padding", padding)
  case .referenceManifest(let pointer): [.init("referenceManifest", tree(pointer))]
  case .hcrtmComponent(let component): [.init("hcrtmComponent", tree(component))]
  case .nvIndex(let event): [.init("nvIndexEvent", tree(event))]
  case .variable(let variable, let content): [.init("variable", tree(variable, content, of: event))]
  case .imageLoad(let image):
    [
      .init(
        "image",
        .fields(
          [
            .init("location", address(image.location)), .init("size", .number(image.byteCount)),
            .init("linkTimeAddress", address(image.linkTimeAddress)),
          ] + tree(image.path) + optional("trailing", image.trailing)))
    ]
  case .partitionTable(let table): [.init("partitionTable", tree(table))]
  case .bootRecord(let record): [.init("bootRecord", tree(record))]
  case .firmwareBlob(let blob):
    [
      .init(
        "firmwareBlob",
        .fields(
          described(blob.description) + [
            .init("base", address(blob.base)), .init("size", .number(blob.byteCount)),
          ]))
    ]
  case .handoffTables(let tables):
    [
      .init(
        "handoffTables",
        .fields(
          described(tables.description) + [
            .init(
              "tables",
              .list(tables.tables.map { .fields(tree($0.vendor, "vendor") + [.init("address", address($0.address))]) }))
          ]))
    ]
  case .guid(let guid): tree(guid, "guid")
  case .text(let text): tree(text)
  case .separator(let value): [.init("separator", .text(separatorText(value)))]
  case .loader(let measurement):
    [.init("loader", .text(measurement.kind.rawValue)), .init("subject", .text(measurement.subject))]
      + tree(measurement.text) + optional("trailing", measurement.trailing)
  case .tags(let tags): [.init("tags", .list(tags.map(tree)))]
  case .windowsState(let state): [.init("windowsState", .text(windowsStateText(state)))]
  case .spdm(let device): [.init("device", tree(device))]
  case .canonical(let record): tree(record, of: event)
  case .signature(let signature, let rest):
    [.init("signature", .text(signature)), .init("rest", .hex(rest))]
  case .opaque: [.init("data", .hex(event.data))]
  case .undecodable(let error): [.init("undecodable", .text(error.description)), .init("data", .hex(event.data))]
  }
}

private func tree(_ record: CanonicalRecord, of event: Event) -> [InspectionValue.Field] {
  switch record.content {
  case .systemd(let measurement):
    var fields: [InspectionValue.Field] = [
      .init("eventType", .text(escapedText(measurement.eventType.utf8))),
      .init("string", .text(escapedText(measurement.string.utf8))),
    ]
    if let boot = measurement.bootID { fields.append(.init("bootId", .text(escapedText(boot.utf8)))) }
    if let time = measurement.timestamp { fields.append(.init("timestamp", .number(time))) }
    return fields
  case .launcher(let measurement):
    return [.init("launcherType", .number(measurement.type))]
      + (measurement.typeName.map { [.init("measured", .text($0))] } ?? [])
      + (measurement.text.map { [.init("value", .text($0.text))] } ?? optional("value", measurement.value))
  case .management(let entries): return [.init("management", .list(entries.map { .text(text($0)) }))]
  case .imaTemplate(let name):
    return [.init("template", .text(escapedText(name))), .init("data", .hex(event.data))]
  case .undecodable(_, let error):
    return [.init("undecodable", .text(error.description)), .init("data", .hex(event.data))]
  case .firmware, .other: return [.init("data", .hex(event.data))]
  }
}

private func text(_ entry: CanonicalRecord.Management) -> String {
  switch entry {
  case .version(let major, let minor): "version \(major).\(minor)"
  case .firmwareEnd: "firmware ends"
  case .timestamp(let time): "timestamp \(time)"
  case .stateTransition(let state):
    ["suspend", "hibernate", "kexec"].indices.contains(Int(clamping: state))
      ? "state transition: " + ["suspend", "hibernate", "kexec"][Int(clamping: state)] : "state transition \(state)"
  case .other(let type): "type \(type)"
  }
}

private func address(_ value: some FixedWidthInteger) -> InspectionValue { .text("0x" + String(value, radix: 16)) }

private func optional(_ name: String, _ bytes: [UInt8]?) -> [InspectionValue.Field] {
  guard let bytes, !bytes.isEmpty else { return [] }
  return [.init(name, .hex(bytes))]
}

/// Bytes that are mostly a text with a NUL.
private func textOrBytes(_ bytes: [UInt8]) -> InspectionValue {
  EventText(bytes).map { .text($0.text) } ?? .hex(bytes)
}

private func described(_ bytes: [UInt8]?) -> [InspectionValue.Field] {
  bytes.map { [.init("description", textOrBytes($0))] } ?? []
}

private func tree(_ guid: EFIGUID, _ name: String) -> [InspectionValue.Field] {
  [.init(name, .text(guid.text))] + (guid.name.map { [.init(name + "Name", .text($0))] } ?? [])
}

private func tree(_ text: EventText) -> [InspectionValue.Field] {
  var fields: [InspectionValue.Field] = [
    .init("text", .text(text.text)), .init("encoding", .text(text.encoding.rawValue)),
  ]
  if text.closingNULCount > 0 { fields.append(.init("closingNULs", .number(text.closingNULCount))) }
  if text.hasOddByte { fields.append(.init("hasOddByte", .bool(true))) }
  return fields
}

private func tree(_ path: EFIDevicePath) -> [InspectionValue.Field] {
  var fields: [InspectionValue.Field] = [.init("path", .text(path.text))]
  if let problem = path.problem { fields.append(.init("pathProblem", .text(problem.description))) }
  return fields + optional("pathTrailing", path.trailing)
}

func tree(_ specification: SpecificationIDEvent) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("signature", .text(specification.signature.rawValue)),
    .init("platformClass", .number(specification.platformClass)),
    .init("version", .text("\(specification.versionMajor).\(specification.versionMinor)")),
    .init("errata", .number(specification.errata)),
  ]
  if let size = specification.uintnSize { fields.append(.init("uintnSize", .number(size))) }
  if !specification.algorithms.isEmpty {
    fields.append(
      .init(
        "algorithms",
        .list(
          specification.algorithms.map {
            [
              "algorithm": .text($0.algorithm?.name ?? "0x" + String($0.rawAlgorithm, radix: 16)),
              "digestSize": .number($0.digestByteCount),
            ]
          })))
  }
  return .fields(fields + [.init("vendorInfo", .hex(specification.vendorInfo))])
}

private func tree(_ pointer: ReferenceManifestPointer) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("form", .number(pointer.version)), .init("vendorID", .number(pointer.vendorID)),
    .init("manifest", .text(pointer.manifest.text)),
  ]
  for (name, bytes) in [
    ("platformManufacturer", pointer.platformManufacturer), ("platformModel", pointer.platformModel),
    ("platformVersion", pointer.platformVersion), ("firmwareManufacturer", pointer.firmwareManufacturer),
    ("firmwareVersion", pointer.firmwareVersion),
  ] {
    if let bytes { fields.append(.init(name, textOrBytes(bytes))) }
  }
  if let number = pointer.firmwareManufacturerID { fields.append(.init("firmwareManufacturerID", .number(number))) }
  for (name, locator) in [
    ("manifestLocator", pointer.manifestLocator), ("certificateLocator", pointer.certificateLocator),
  ] {
    if let locator {
      fields.append(.init(name, tree(locator)))
    }
  }
  return .fields(fields + optional("trailing", pointer.trailing))
}

private func tree(_ locator: ReferenceManifestPointer.Locator) -> InspectionValue {
  let kind = InspectionValue.Field("kind", .number(locator.kind))
  if let path = locator.path { return .fields([kind] + tree(path)) }
  if let variable = locator.variable {
    return .fields(
      [kind] + tree(variable.vendor, "vendor") + [.init("variable", .text(escapedUTF16(variable.name)))]
        + optional("trailing", variable.trailing))
  }
  return .fields([kind, .init("content", textOrBytes(locator.data))])
}

private func tree(_ variable: UEFIVariableData, _ content: EFIVariableContent, of event: Event) -> InspectionValue {
  var fields: [InspectionValue.Field] = [.init("name", .text(variable.nameText))]
  if let vendor = variable.vendor { fields += tree(vendor, "vendor") }
  fields.append(.init("size", .number(variable.contentRange.count)))
  switch content {
  case .empty: break
  case .signatureLists(let lists): fields.append(.init("signatureLists", .list(lists.map(tree))))
  case .authority(let signature): fields.append(.init("authority", .fields(tree(signature))))
  case .flag(let value):
    fields.append(.init("value", .number(value)))
    fields.append(.init("meaning", .text(value == 1 ? "yes" : value == 0 ? "no" : "not defined")))
  case .number(let value): fields.append(.init("value", .number(value)))
  case .order(let numbers): fields.append(.init("order", .list(numbers.map { .text(fourDigits($0)) })))
  case .loadOption(let option):
    fields += [
      .init("attributes", address(option.attributes)), .init("isActive", .bool(option.isActive)),
      .init("isHidden", .bool(option.isHidden)), .init("category", .text(categoryText(option.category))),
      .init("description", .text(escapedUTF16(option.description))),
    ]
    fields += tree(option.path)
    if !option.furtherPaths.isEmpty {
      fields.append(.init("furtherPaths", .list(option.furtherPaths.map { .fields(tree($0)) })))
    }
    if !option.optionalData.isEmpty { fields.append(.init("optionalData", textOrBytes(option.optionalData))) }
  case .devicePath(let path): fields += tree(path)
  case .text(let text): fields += tree(text)
  case .opaque(let bytes): fields.append(.init("data", .hex(bytes)))
  case .undecodable(let error):
    fields.append(.init("undecodable", .text(error.description)))
    fields.append(.init("data", .hex(event.variableContent.map { Array($0) } ?? [])))
  }
  if !variable.trailing.isEmpty {
    fields.append(.init("trailing", .hex(Array(event.data.suffix(variable.trailing.count)))))
  }
  return .fields(fields)
}

private func tree(_ list: EFISignatureList) -> InspectionValue {
  .fields(
    tree(list.type, "type") + optional("header", list.header) + [
      .init("signatures", .list(list.signatures.map { .fields(tree($0) + tree(list.revocation($0))) }))
    ])
}

private func tree(_ revocation: EFIRevocation?) -> [InspectionValue.Field] {
  guard let revocation else { return [] }
  let time: InspectionValue =
    revocation.isAlways ? .text("always") : revocation.timeText.map { .text($0) } ?? .hex(revocation.time)
  return [.init("revokedCertificate", .hex(revocation.hash)), .init("revokedSince", time)]
}

private func tree(_ signature: EFISignature) -> [InspectionValue.Field] {
  var fields = signature.owner.map { tree($0, "owner") } ?? []
  if signature.isCertificate, let certificate = Certificate(der: signature.data) {
    fields += [
      .init("subject", .text(certificate.subject)), .init("issuer", .text(certificate.issuer)),
      .init("notBefore", .text(timeText(certificate.notBefore))),
      .init("notAfter", .text(timeText(certificate.notAfter))),
    ]
  }
  return fields + [.init("data", .hex(signature.data))]
}

private func tree(_ table: PartitionTableEvent) -> InspectionValue {
  .fields(
    [
      .init("signature", textOrBytes(table.signature)), .init("revision", address(table.revision)),
      .init("headerSize", .number(table.headerSize)), .init("headerCRC32", address(table.headerCRC32)),
      .init("myLBA", .number(table.myLBA)), .init("alternateLBA", .number(table.alternateLBA)),
      .init("firstUsableLBA", .number(table.firstUsableLBA)), .init("lastUsableLBA", .number(table.lastUsableLBA)),
      .init("disk", .text(table.disk.text)), .init("entryLBA", .number(table.entryLBA)),
      .init("entryCount", .number(table.entryCount)), .init("entrySize", .number(table.entrySize)),
      .init("entriesCRC32", address(table.entriesCRC32)),
      .init("partitions", .list(table.partitions.map(tree))),
    ] + optional("trailing", table.trailing))
}

private func tree(_ partition: PartitionTableEvent.Partition) -> InspectionValue {
  .fields(
    tree(partition.type, "type") + [
      .init("unique", .text(partition.unique.text)), .init("startingLBA", .number(partition.startingLBA)),
      .init("endingLBA", .number(partition.endingLBA)), .init("attributes", address(partition.attributes)),
      .init("name", .text(escapedUTF16(partition.name))),
    ])
}

private func tree(_ record: MasterBootRecord) -> InspectionValue {
  .fields([
    .init("diskSignature", address(record.diskSignature)), .init("unknown", address(record.unknown)),
    .init(
      "partitions",
      .list(
        record.partitions.map { partition in
          .fields([
            .init("bootIndicator", address(partition.bootIndicator)), .init("type", address(partition.type)),
            .init("startingLBA", .number(partition.startingLBA)), .init("blockCount", .number(partition.blockCount)),
            .init("startingCHS", .hex(partition.start)), .init("endingCHS", .hex(partition.end)),
          ])
        })),
  ])
}

private func tree(_ tag: TaggedEvent) -> InspectionValue {
  var fields: [InspectionValue.Field] = [.init("tag", address(tag.identifier))]
  if let name = tag.name { fields.append(.init("name", .text(name))) }
  if let count = tag.statedByteCount {
    fields += [.init("statedSize", .number(count)), .init("size", .number(tag.data.count))]
  }
  switch tag.value {
  case .number(let value): fields.append(.init("value", .number(value)))
  case .text(let text): fields += tree(text)
  case .nested(let tags):
    fields.append(.init("tags", .list(tags.map(tree))))
    // The sizes are not to be believed: what no tag takes stands in the bytes.
    if tag.statedByteCount != nil { fields.append(.init("data", .hex(tag.data))) }
  case .windows(let payload): fields += tree(payload)
  case .digest(let bytes): fields.append(digest(bytes, HashAlgorithm.sha1.name))
  case .optionROM(let code):
    fields += [.init("pciAddress", .text(code.addressText)), digest(code.digest, HashAlgorithm.sha1.name)]
    if code.reserved != 0 { fields.append(.init("reserved", address(code.reserved))) }
  case .opaque: fields.append(.init("data", .hex(tag.data)))
  case .undecodable(let error):
    fields += [.init("undecodable", .text(error.description)), .init("data", .hex(tag.data))]
  }
  return .fields(fields)
}

private func tree(_ payload: WindowsPayload) -> [InspectionValue.Field] {
  switch payload {
  case .policy(let policy):
    return [
      .init("policyName", .text(policy.name.text)), .init("version", .text(policy.versionText)),
      digest(policy.digest, algorithmName(policy.rawHashAlgorithm)),
    ]
  case .policySigner(let signer):
    return [
      .init("policyName", .text(signer.policyName.text)), .init("rootID", .number(signer.rootID)),
      .init("extendedKeyUsages", .list(signer.keyUsages.map { .hex($0) })),
      .init(
        "certificates",
        .list(
          signer.certificates.map { certificate in
            .fields([
              .init("publisher", .text(certificate.publisher.text)), .init("issuer", .text(certificate.issuer.text)),
              digest(certificate.digest, hex(certificate.rawHashAlgorithm)),
            ])
          })),
    ]
  case .revocationList(let list):
    return [
      .init("created", .text(timeText(list.creationSeconds))), .init("creationTime", .number(list.creationTime)),
      digest(list.digest, algorithmName(list.rawHashAlgorithm)),
    ]
  case .identityKey(let key):
    return [
      .init("algorithm", .number(key.rawAlgorithm)), .init("bits", .number(key.bitCount)),
      .init("exponent", .hex(key.exponent)), .init("modulus", .hex(key.modulus)),
    ]
  case .signature(let signature):
    return [.init("algorithm", address(signature.rawAlgorithm)), .init("signature", .hex(signature.signature))]
  case .secureBootPolicy(let policy):
    return [
      .init("version", .number(policy.version)), .init("options", address(policy.options)),
      .init("signerCount", .number(policy.signerCount)),
      digest(policy.digest, algorithmName(policy.rawHashAlgorithm)),
    ] + optional("gap", policy.gap)
  }
}

private func digest(_ bytes: [UInt8], _ algorithm: String) -> InspectionValue.Field {
  .init("digest", .fields([.init(algorithm, .hex(bytes))]))
}

private func tree(_ component: HCRTMComponent) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("component", textOrBytes(component.description)), .init("measurementFormat", .number(component.format)),
  ]
  if let digest = component.digest {
    fields.append(.init("digest", .fields([.init(algorithmName(digest.algorithm), .hex(digest.bytes))])))
  } else {
    fields.append(.init("measurement", .hex(component.measurement)))
  }
  return .fields(fields + optional("trailing", component.trailing))
}

private func tree(_ event: NVIndexEvent) -> InspectionValue {
  var fields: [InspectionValue.Field] = [.init("version", .number(event.version))]
  switch event.content {
  case .device(let device): fields.append(.init("device", tree(device)))
  case .dynamic(let identifier, let description, let data):
    fields += [
      .init("identifier", address(identifier)), .init("description", textOrBytes(description)),
      .init("data", .hex(data)),
    ]
  case .opaque(let bytes): fields.append(.init("data", .hex(bytes)))
  }
  return .fields(fields + optional("trailing", event.trailing))
}

private func tree(_ device: SPDMDeviceEvent) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("version", .number(device.version)), .init("deviceType", .number(device.deviceType)),
  ]
  if let algorithm = device.hashAlgorithm { fields.append(.init("hashAlgorithm", .number(algorithm))) }
  if let state = device.authenticationState { fields.append(.init("authenticationState", .number(state))) }
  if !device.measurements.isEmpty {
    fields.append(
      .init(
        "measurements",
        .list(
          device.measurements.map { measurement in
            .fields(
              [
                .init("index", .number(measurement.index)), .init("specification", .number(measurement.specification)),
              ] + (measurement.value.map(tree) ?? [.init("data", .hex(measurement.data))]))
          })))
  }
  if let chain = device.certificateChain {
    fields.append(
      .init(
        "certificateChain",
        [
          "slot": .number(chain.slot), "hashAlgorithm": .number(chain.hashAlgorithm), "rootHash": .hex(chain.rootHash),
          "certificates": .hex(chain.certificates),
        ]))
  }
  if let kind = device.subheaderType { fields.append(.init("subheaderType", .number(kind))) }
  if let number = device.subheaderIdentifier { fields.append(.init("subheaderIdentifier", .number(number))) }
  if let path = device.path { fields += tree(path) }
  if let pci = device.pci {
    fields.append(
      .init(
        "pci",
        [
          "vendor": address(pci.vendor), "device": address(pci.device), "revision": .number(pci.revision),
          "classCode": .hex(pci.classCode), "subsystemVendor": address(pci.subsystemVendor),
          "subsystem": address(pci.subsystem),
        ]))
  }
  return .fields(fields + optional("rest", device.rest))
}

private func tree(_ value: SPDMDeviceEvent.MeasurementValue) -> [InspectionValue.Field] {
  [.init("valueType", .number(value.type))] + (value.typeName.map { [.init("measured", .text($0))] } ?? [])
    + [.init("isRaw", .bool(value.isRaw)), .init("value", .hex(value.bytes))]
}

func fourDigits(_ number: UInt16) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

private func categoryText(_ category: UInt8) -> String {
  switch category {
  case 0: "boot"
  case 1: "application"
  default: "\(category): not defined"
  }
}

private func separatorText(_ value: UInt32) -> String {
  switch value {
  case 0, .max: "0x" + String(value, radix: 16)
  case 1, 0x100_0000: "0x" + String(value, radix: 16) + ": error"
  default: "0x" + String(value, radix: 16) + ": not defined"
  }
}
