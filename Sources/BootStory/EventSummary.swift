import ByteReading
import TCGEventLog

extension EventContent {
  /// What the event says, on one line for a person; escaped, and cut where a text is long. nil when there is nothing to say but
  /// bytes.
  func summary(of event: Event) -> String? {
    switch self {
    case .empty, .opaque: nil
    case .specificationID(let specification): specification.signature.rawValue
    case .startupLocality(let locality, _): "the TPM was started from locality \(locality)"
    case .referenceManifest(let pointer): "reference manifest \(pointer.manifest.text)"
    case .variable(let variable, let meaning): Self.short("\(variable.nameText): \(Self.summary(meaning))")
    case .imageLoad(let image):
      image.path.text.isEmpty ? "an image in memory, \(image.byteCount) bytes" : Self.short(image.path.text)
    case .partitionTable(let table):
      "partition table of disk \(table.disk.text), \(Self.counted(table.partitions.count, "partition"))"
    case .bootRecord(let record):
      "boot record, \(Self.counted(record.partitions.count { $0.type != 0 }, "partition"))"
    case .firmwareBlob(let blob):
      Self.described(blob.description) + "\(blob.byteCount) bytes at 0x\(String(blob.base, radix: 16))"
    case .handoffTables(let tables):
      Self.described(tables.description)
        + Self.short(tables.tables.map { $0.vendor.name ?? $0.vendor.text }.joined(separator: ", "))
    case .guid(let guid): guid.text
    case .text(let text): text.text.isEmpty ? "empty" : Self.short(text.text)
    case .separator(let value): value == 1 ? "an error" : "0x" + String(value, radix: 16)
    case .loader(let loader): Self.short(loader.subject)
    case .tags(let tags):
      Self.short(tags.map { $0.name ?? "0x" + String($0.identifier, radix: 16) }.joined(separator: ", "))
    case .windowsState(let state): "state 0x" + String(state, radix: 16)
    case .spdm(let device): device.path.map { Self.short($0.text) } ?? "a device"
    case .hcrtmComponent(let component):
      "H-CRTM component \(EventText(component.description)?.text ?? "without a name")"
    case .nvIndex(let event):
      switch event.content {
      case .device(let device): "NV index: " + (device.path.map { Self.short($0.text) } ?? "a device")
      case .dynamic(_, let description, _): "NV index: \(EventText(description).map { Self.short($0.text) } ?? "data")"
      case .opaque: "NV index"
      }
    case .signature(let signature, _): signature
    case .canonical(let record):
      switch record.content {
      case .systemd(let measurement): Self.short(escapedText(measurement.string.utf8))
      case .launcher(let measurement): Self.summary(measurement)
      default: EventText(event.data).map { Self.short($0.text) }
      }
    case .undecodable: "the data break their format"
    }
  }

  private static let limit = 400

  static func short(_ text: String) -> String {
    guard text.utf8.count > limit else { return text }
    return text.prefix(limit) + "…"
  }

  static func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

  private static func described(_ bytes: [UInt8]?) -> String {
    guard let bytes, let text = EventText(bytes) else { return "" }
    return short(text.text) + ", "
  }

  private static func summary(_ measurement: LauncherMeasurement) -> String {
    let name = measurement.typeName ?? "type \(measurement.type)"
    guard !measurement.value.isEmpty else { return name }
    return short("\(name): " + (measurement.text?.text ?? counted(measurement.value.count, "byte")))
  }

  private static func summary(_ variable: EFIVariableContent) -> String {
    switch variable {
    case .empty: "empty"
    case .signatureLists(let lists): counted(lists.reduce(0) { $0 + $1.signatures.count }, "entry").replacingEntrys
    case .authority(let signature):
      SecureBootEvidence.KnownCertificate(signature.data)?.subject ?? "an entry of \(signature.data.count) bytes"
    case .flag(let value): String(value)
    case .number(let value): String(value)
    case .order(let numbers): numbers.map { bootEntryName($0) }.joined(separator: ", ")
    case .loadOption(let option):
      "“\(escapedUTF16(option.description))” "
        + ([option.path] + option.furtherPaths).map(\.text).joined(separator: "; ")
    case .devicePath(let path): path.text
    case .text(let text): text.text
    case .opaque(let bytes): counted(bytes.count, "byte")
    case .undecodable: "the content breaks its format"
    }
  }
}

extension String {
  /// The one plural that is not made with an s.
  fileprivate var replacingEntrys: String { hasSuffix("entrys") ? dropLast(6) + "entries" : self }
}

/// `Boot0001`.
func bootEntryName(_ number: UInt16) -> String {
  let digits = String(number, radix: 16, uppercase: true)
  return "Boot" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
