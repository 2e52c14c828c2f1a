import ByteReading
import Digests
import TCGEventLog

/// One named part of an event's content, as text that is safe to print.
struct ContentField: Equatable {
  var name: String
  var value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  fileprivate init(_ name: String, _ value: some BinaryInteger) { self.init(name, "\(value)") }

  fileprivate static func address(_ name: String, _ value: some BinaryInteger) -> ContentField {
    ContentField(name, "0x" + String(value, radix: 16))
  }

  fileprivate static func bytes(_ name: String, _ value: [UInt8]?) -> [ContentField] {
    guard let value, !value.isEmpty else { return [] }
    return [ContentField(name, bytesText(value))]
  }

  /// Bytes that are mostly a text with a NUL.
  fileprivate static func text(_ name: String, _ value: [UInt8]?) -> [ContentField] {
    guard let value, !value.isEmpty else { return [] }
    return [ContentField(name, EventText(value)?.text ?? bytesText(value))]
  }
}

extension EventContent {
  /// Every part that has a name of its own. Names may repeat.
  var fields: [ContentField] {
    switch self {
    case .empty, .opaque: []
    case .specificationID(let specification): specification.fields
    case .startupLocality(let locality, let padding):
      [ContentField("startup locality", locality)] + ContentField.bytes("padding", padding)
    case .referenceManifest(let pointer): pointer.fields
    case .variable(let variable, let content): content.fields(variable.nameText)
    case .imageLoad(let image):
      [
        .address("load address", image.location), ContentField("image size", image.byteCount),
        .address("link-time address", image.linkTimeAddress),
      ] + image.path.fields("path") + ContentField.bytes("bytes behind the path", image.trailing)
    case .partitionTable(let table): table.fields
    case .bootRecord(let record): record.fields
    case .firmwareBlob(let blob):
      ContentField.text("description", blob.description) + [
        .address("base address", blob.base), ContentField("size", blob.byteCount),
      ]
    case .handoffTables(let tables):
      ContentField.text("description", tables.description)
        + tables.tables.map { .address("address of \($0.vendor.name ?? $0.vendor.text)", $0.address) }
    case .guid(let guid): [ContentField("GUID", guid.text)]
    case .text(let text): [ContentField("text", text.text)]
    case .separator(let value): [.address("separator", value)]
    case .loader(let measurement):
      [ContentField(measurement.kind.rawValue, measurement.subject)]
        + ContentField.bytes("bytes behind", measurement.trailing)
    case .tags(let tags): tags.flatMap { $0.fields("") }
    case .windowsState(let state): [.address("state of Windows", state)]
    case .spdm(let device): device.fields
    case .hcrtmComponent(let component):
      ContentField.text("component", component.description) + [ContentField("measurement format", component.format)]
        + ContentField.bytes("measurement", component.measurement)
    case .nvIndex(let event):
      switch event.content {
      case .device(let device): device.fields
      case .dynamic(let identifier, let description, let data):
        ContentField.text("description", description) + [.address("identifier", identifier)]
          + ContentField.bytes("data", data)
      case .opaque(let bytes): ContentField.bytes("data", bytes)
      }
    case .signature(let signature, let rest):
      [ContentField("signature", signature)] + ContentField.bytes("content", rest)
    case .canonical(let record): record.fields
    case .undecodable(let error): [ContentField("undecodable", "\(error.field): \(error.found)")]
    }
  }
}

extension CanonicalRecord {
  fileprivate var fields: [ContentField] {
    let kind = [ContentField("kind", escapedText(self.kind.utf8))]
    if case .launcher(let measurement) = content {
      let name = measurement.typeName ?? "type \(measurement.type)"
      return kind + [ContentField(name, measurement.text?.text ?? bytesText(measurement.value))]
    }
    guard case .systemd(let measurement) = content else { return kind }
    return kind + [
      ContentField("event type", escapedText(measurement.eventType.utf8)),
      ContentField("string", escapedText(measurement.string.utf8)),
    ]
  }
}

extension SpecificationIDEvent {
  fileprivate var fields: [ContentField] {
    let table = algorithms.map { algorithm in
      let name = algorithm.algorithm?.name ?? "0x" + String(algorithm.rawAlgorithm, radix: 16)
      return "\(name) of \(algorithm.digestByteCount) bytes"
    }
    return [
      ContentField("signature", signature.rawValue), ContentField("platform class", platformClass),
      ContentField("specification version", "\(versionMajor).\(versionMinor)"), ContentField("errata", errata),
      ContentField("banks", table.joined(separator: ", ")),
    ] + (uintnSize.map { [ContentField("uintnSize", $0)] } ?? []) + ContentField.bytes("vendor information", vendorInfo)
  }
}

extension ReferenceManifestPointer {
  fileprivate var fields: [ContentField] {
    var fields = [
      ContentField("form", version), ContentField("vendor", vendorID), ContentField("manifest", manifest.text),
    ]
    fields += ContentField.text("platform manufacturer", platformManufacturer)
    fields += ContentField.text("platform model", platformModel)
    fields += ContentField.text("platform version", platformVersion)
    fields += ContentField.text("firmware manufacturer", firmwareManufacturer)
    fields += ContentField.text("firmware version", firmwareVersion)
    if let firmwareManufacturerID {
      fields.append(ContentField("firmware manufacturer's number", firmwareManufacturerID))
    }
    for (name, locator) in [("manifest locator", manifestLocator), ("certificate locator", certificateLocator)] {
      guard let locator else { continue }
      fields.append(ContentField(name + " kind", locator.kind))
      if let path = locator.path {
        fields += path.fields(name)
      } else if let variable = locator.variable {
        fields.append(ContentField(name, "\(escapedUTF16(variable.name)) of \(variable.vendor.text)"))
        fields += ContentField.bytes(name + ", bytes behind", variable.trailing)
      } else {
        fields += ContentField.text(name, locator.data)
      }
    }
    return fields + ContentField.bytes("bytes behind", trailing)
  }
}

extension EFIVariableContent {
  fileprivate func fields(_ name: String) -> [ContentField] {
    switch self {
    case .empty: [ContentField(name, "not set")]
    // Lists are compared key by key where both sides have them; this is for a side that cannot be read.
    case .signatureLists(let lists):
      [ContentField(name, "keys and digests: \(lists.reduce(0) { $0 + $1.signatures.count })")]
    case .authority(let signature):
      [ContentField(name, signatureText(type: nil, owner: signature.owner, data: signature.data))]
    case .flag(let value): [ContentField(name, value)]
    case .number(let value): [ContentField(name, value)]
    case .order(let numbers): [ContentField(name, numbers.map(fourDigits).joined(separator: ", "))]
    case .loadOption(let option):
      [
        .address(name + " attributes", option.attributes),
        ContentField(name + " description", escapedUTF16(option.description)),
      ] + option.path.fields(name + " path")
        + option.furtherPaths.enumerated().flatMap { $1.fields("\(name) path \($0 + 2)") }
        + ContentField.text(name + " optional data", option.optionalData)
    case .devicePath(let path): path.fields(name)
    case .text(let text): [ContentField(name, text.text)]
    case .opaque(let bytes): [ContentField(name, bytesText(bytes))]
    case .undecodable(let error): [ContentField(name, "undecodable, \(error.field): \(error.found)")]
    }
  }

  private func fourDigits(_ number: UInt16) -> String { hexText([UInt8(number >> 8), UInt8(number & 0xff)]) }
}

extension EFIDevicePath {
  fileprivate func fields(_ name: String) -> [ContentField] {
    [ContentField(name, text)] + ContentField.bytes(name + ", bytes behind", trailing)
  }
}

extension PartitionTableEvent {
  fileprivate var fields: [ContentField] {
    [
      ContentField("signature", escapedText(signature)), .address("revision", revision),
      ContentField("header size", headerSize), .address("header CRC-32", headerCRC32), ContentField("my LBA", myLBA),
      ContentField("alternate LBA", alternateLBA), ContentField("first usable LBA", firstUsableLBA),
      ContentField("last usable LBA", lastUsableLBA), ContentField("disk GUID", disk.text),
      ContentField("entries' LBA", entryLBA), ContentField("number of entries", entryCount),
      ContentField("size of an entry", entrySize), .address("entries' CRC-32", entriesCRC32),
    ]
      + partitions.flatMap { partition in
        let name = "partition \(partition.unique.text)"
        return [
          ContentField(name + " type", partition.type.name ?? partition.type.text),
          ContentField(name + " first LBA", partition.startingLBA),
          ContentField(name + " last LBA", partition.endingLBA),
          .address(name + " attributes", partition.attributes),
          ContentField(name + " name", escapedUTF16(partition.name)),
        ]
      } + ContentField.bytes("bytes behind", trailing)
  }
}

extension MasterBootRecord {
  fileprivate var fields: [ContentField] {
    [.address("disk signature", diskSignature), .address("unknown", unknown)]
      + partitions.enumerated().flatMap { index, partition in
        let name = "partition \(index + 1)"
        return [
          .address(name + " boot indicator", partition.bootIndicator), .address(name + " type", partition.type),
          ContentField(name + " first LBA", partition.startingLBA),
          ContentField(name + " blocks", partition.blockCount),
          ContentField(name + " CHS", "\(hexText(partition.start)) to \(hexText(partition.end))"),
        ]
      }
  }
}

extension TaggedEvent {
  /// Source: Windows SDK, `wbcl.h`, `SIPAEVENT_FILEPATH`.
  private static let filePath: UInt32 = 0x0007_0001

  /// - parameter outer: names of the tags around it.
  fileprivate func fields(_ outer: String) -> [ContentField] {
    let name = outer + (self.name ?? "tag 0x" + String(identifier, radix: 16))
    switch value {
    case .number(let number): return [ContentField(name, number)]
    case .text(let text): return [ContentField(name, text.text)]
    case .nested(let tags):
      // Modules are told apart by their files, not by their places.
      let files = tags.compactMap { tag in
        if tag.identifier == Self.filePath, case .text(let text) = tag.value { text.text } else { nil }
      }
      let whose = files.first.map { " " + $0 } ?? ""
      return tags.flatMap { $0.fields(name + whose + ".") }
    case .windows(let payload): return payload.fields(name)
    case .digest(let digest): return [ContentField(name, bytesText(digest))]
    case .optionROM(let code): return [ContentField("\(name) \(code.addressText)", bytesText(code.digest))]
    case .opaque, .undecodable: return [ContentField(name, bytesText(data))]
    }
  }
}

extension WindowsPayload {
  fileprivate func fields(_ name: String) -> [ContentField] {
    switch self {
    case .policy(let policy):
      // Several policies stand side by side: that of the same name is the same.
      let name = "\(name) \(policy.name.text)"
      return [
        ContentField(name + " version", policy.versionText), ContentField(name + " digest", bytesText(policy.digest)),
      ]
    case .policySigner(let signer):
      let name = "\(name) \(signer.policyName.text)"
      return [ContentField(name + " root", signer.rootID)]
        + signer.keyUsages.map { ContentField(name + " key usage", bytesText($0)) }
        + signer.certificates.map {
          ContentField(
            name + " certificate", "\($0.publisher.text), issuer \($0.issuer.text), digest \(bytesText($0.digest))")
        }
    case .revocationList(let list):
      return [
        ContentField(name + " created", timeText(list.creationSeconds)),
        ContentField(name + " digest", bytesText(list.digest)),
      ]
    case .identityKey(let key):
      return [
        ContentField(name + " exponent", bytesText(key.exponent)),
        ContentField(name + " modulus", bytesText(key.modulus)),
      ]
    case .signature(let signature):
      return [
        .address(name + " algorithm", signature.rawAlgorithm), ContentField(name, bytesText(signature.signature)),
      ]
    case .secureBootPolicy(let policy):
      return [
        .address(name + " options", policy.options), ContentField(name + " signers", policy.signerCount),
        ContentField(name + " digest", bytesText(policy.digest)),
      ]
    }
  }
}

extension SPDMDeviceEvent {
  fileprivate var fields: [ContentField] {
    var fields = [ContentField("version", version), ContentField("device type", deviceType)]
    if let hashAlgorithm { fields.append(ContentField("hash algorithm", hashAlgorithm)) }
    if let authenticationState { fields.append(ContentField("authentication state", authenticationState)) }
    for measurement in measurements {
      let name = "measurement \(measurement.index)"
      if let value = measurement.value {
        let type = (value.typeName ?? "type \(value.type)") + (value.isRaw ? ", raw" : "")
        fields += [ContentField(name + " type", type), ContentField(name, bytesText(value.bytes))]
      } else {
        fields.append(ContentField(name, bytesText(measurement.data)))
      }
    }
    if let certificateChain {
      fields.append(ContentField("slot of certificates", certificateChain.slot))
      fields.append(ContentField("hash of the root certificate", bytesText(certificateChain.rootHash)))
      fields.append(ContentField("certificates", bytesText(certificateChain.certificates)))
    }
    if let subheaderType { fields.append(ContentField("subheader type", subheaderType)) }
    if let subheaderIdentifier { fields.append(ContentField("subheader number", subheaderIdentifier)) }
    if let path { fields += path.fields("path") }
    if let pci {
      fields += [
        .address("PCI vendor", pci.vendor), .address("PCI device", pci.device),
        ContentField("PCI revision", pci.revision),
        ContentField("PCI class", hexText(pci.classCode)), .address("PCI subsystem vendor", pci.subsystemVendor),
        .address("PCI subsystem", pci.subsystem),
      ]
    }
    return fields + ContentField.bytes("bytes behind", rest)
  }
}
