import ByteReading
import TCGEventLog

/// What makes two events of two logs the same event, though their data or digests differ: register, type, and what the
/// event is about.
struct EventIdentity: Hashable {
  var register: UInt32
  var type: EventType
  /// The name of a variable with its vendor, the path of an image, what a boot loader did to what; empty where an event of
  /// the type is about nothing of its own.
  var subject: String
  /// Another event of the register and type in the same place is the same event, whatever its subject. Not so for
  /// variables, files and commands of a boot loader, of which there are many.
  var isOneOfMany: Bool

  init(_ event: Event, content: EventContent) {
    register = event.registerIndex
    type = event.recordedType
    isOneOfMany = false
    switch content {
    case .variable(let variable, _):
      // What lets a program start may come from another variable on another boot.
      isOneOfMany = event.recordedType != .efiVariableAuthority
      subject = variable.nameText + " " + hexText(variable.vendorGUID)
    case .imageLoad(let image): subject = image.path.text
    case .firmwareBlob(let blob): subject = hexText(blob.description ?? [])
    case .handoffTables(let tables): subject = hexText(tables.description ?? [])
    case .text(let text): subject = event.recordedType == .sCRTMVersion ? "" : text.text
    case .loader(let measurement):
      isOneOfMany = measurement.kind != .text
      subject = measurement.kind.rawValue + " " + measurement.identity
    case .tags(let tags): subject = tags.first.map { String($0.identifier) } ?? ""
    case .spdm(let device): subject = device.path?.text ?? "\(device.measurements.first?.index ?? 0)"
    case .hcrtmComponent(let component): subject = hexText(component.description)
    case .nvIndex(let event): subject = event.subject
    case .signature(let signature, _): subject = signature
    case .referenceManifest(let pointer): subject = pointer.manifest.text
    case .startupLocality: subject = "startup locality"
    case .canonical:
      // Records of user space have no place of their own but their kind and what they say.
      isOneOfMany = true
      subject = event.typeName + " " + hexText(event.data)
    case .empty, .specificationID, .partitionTable, .bootRecord, .guid, .separator, .windowsState, .opaque,
      .undecodable:
      subject = ""
    }
  }
}

extension NVIndexEvent {
  /// The device, or what the bytes are; safe to print.
  fileprivate var subject: String {
    switch content {
    case .device(let device): device.path?.text ?? "device"
    case .dynamic(_, let description, _): EventText(description)?.text ?? hexText(description)
    case .opaque: ""
    }
  }
}

extension LoaderMeasurement {
  /// The part that stays when arguments change.
  fileprivate var identity: String {
    switch kind {
    case .grubCommand: command
    case .kernelCommandLine, .moduleCommandLine, .systemdOptions: ""
    case .grubFile, .shimVariable, .stubSection, .text: subject
    }
  }

  /// The name of a command that is given once or rarely; of one that is given to many things, with what it is given to.
  private var command: String {
    switch subject.prefix(while: { $0 != " " }) {
    case "set", "export", "unset": subject.prefix { $0 != "=" }.description
    case "[", "insmod", "terminal_input", "terminal_output": subject
    case let name: name.description
    }
  }
}

extension Event {
  /// What the event is about, in a few words; safe to print.
  func title(content: EventContent) -> String {
    let about: String? =
      switch content {
      case .variable(let variable, _): variable.nameText
      case .imageLoad(let image): image.path.text
      case .firmwareBlob(let blob): blob.description.flatMap { EventText($0)?.text }
      case .handoffTables(let tables): tables.description.flatMap { EventText($0)?.text }
      case .text(let text): text.text
      case .loader(let measurement): measurement.kind.rawValue + " " + measurement.subject
      case .tags(let tags): tags.first.flatMap(\.name)
      case .spdm(let device): device.path?.text
      case .hcrtmComponent(let component): EventText(component.description)?.text
      case .nvIndex(let event): "NV index " + event.subject
      case .signature(let signature, _): signature
      case .referenceManifest: "reference manifest"
      case .startupLocality: "StartupLocality"
      case .canonical: EventText(data)?.text
      case .specificationID(let specification): specification.signature.rawValue
      case .opaque: roughText(data)
      case .empty, .partitionTable, .bootRecord, .guid, .separator, .windowsState, .undecodable: nil
      }
    guard let about, !about.isEmpty else { return typeName }
    let isLong = about.unicodeScalars.count > Self.titleLimit
    let shown = isLong ? String(String.UnicodeScalarView(about.unicodeScalars.prefix(Self.titleLimit))) + "..." : about
    return "\(typeName) \(shown)"
  }

  private static let titleLimit = 160
}
