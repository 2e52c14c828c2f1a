import ByteReading
import Digests

/// What a record of a Canonical Event Log says beside register, digests and data.
///
/// `Event.data` holds what such a record brings to be hashed: the data of a firmware event or of an IMA template, the
/// string of a systemd record, and of every other kind the whole encoded content.
///
/// Source: TCG Canonical Event Log Format 1.0, section 4; systemd, "TPM2 PCR Measurements Made by systemd".
public struct CanonicalRecord: Equatable, Sendable {
  /// `recnum`; systemd writes none.
  public var number: UInt64?
  /// The NV index that the record extends instead of a register.
  public var nvIndex: NVIndex?
  public var content: Content

  public init(number: UInt64?, nvIndex: NVIndex? = nil, content: Content) {
    self.number = number
    self.nvIndex = nvIndex
    self.content = content
  }

  /// An NV index that is used like a register. Its number, its name, or both are logged.
  public struct NVIndex: Equatable, Sendable {
    public var handle: UInt32?
    public var name: String?

    public init(handle: UInt32?, name: String? = nil) {
      self.handle = handle
      self.name = name
    }
  }

  /// Indirect: an event of firmware has none, and the room for it would be half of the event.
  public indirect enum Content: Equatable, Sendable {
    /// About the log itself.
    case management([Management])
    /// An event of firmware (`pcclient_std`): `Event.recordedType` is its type.
    case firmware
    /// A record of the kernel's list; `Event.data` is its template data.
    case imaTemplate(name: [UInt8])
    case systemd(SystemdMeasurement)
    case launcher(LauncherMeasurement)
    /// Another kind, by its number or its name.
    case other(String)
    /// The kind is known and the content breaks its format.
    case undecodable(kind: String, ParseError)
  }

  /// Source: TCG Canonical Event Log Format 1.0, section 4.3.1, `TPMS_EVENT_CELMGT`.
  public enum Management: Equatable, Sendable {
    case version(major: UInt64, minor: UInt64)
    case firmwareEnd
    case timestamp(UInt64)
    /// 0 suspend, 1 hibernate, 2 kexec.
    case stateTransition(UInt64)
    case other(UInt64)
  }

  /// The kind of content in a word.
  public var kind: String {
    switch content {
    case .management: "cel"
    case .firmware: "pcclient_std"
    case .imaTemplate: "ima_template"
    case .systemd: "systemd"
    case .launcher(let measurement): measurement.kind
    case .other(let name): name
    case .undecodable(let kind, _): kind
    }
  }
}

/// A measurement of systemd in user space.
///
/// Source: systemd, `src/shared/tpm2-util.c`, as documented in "TPM2 PCR Measurements Made by systemd".
public struct SystemdMeasurement: Equatable, Sendable {
  /// `phase`, `filesystem`, `volume-key`, `machine-id`, `os-separator` and others; empty when the record has none.
  public var eventType: String
  /// What was measured, or a description of it.
  public var string: String
  /// 32 hexadecimal digits.
  public var bootID: String?
  /// Microseconds of the clock that starts with the boot.
  public var timestamp: UInt64?

  public init(eventType: String, string: String, bootID: String?, timestamp: UInt64?) {
    self.eventType = eventType
    self.string = string
    self.bootID = bootID
    self.timestamp = timestamp
  }

  /// Whether the digest must be that of `string`. A volume key is measured by an HMAC, and of other kinds the string may
  /// be a description.
  public var isMeasuredAsWritten: Bool { Self.plainTypes.contains(eventType) }

  private static let plainTypes: Set<String> = [
    "phase", "filesystem", "machine-id", "product-id", "os-separator", "nvpcr-separator",
  ]
}

/// What the launcher of Google's Container-Optimized OS measures of a workload, or of its host. In TLV one field in the content.
///
/// Source: go-tpm-tools, `cel/cos_tlv.go`, for 80; confidential-space, package `coscel` of the host, for 82.
public struct LauncherMeasurement: Equatable, Sendable {
  /// The kind of content, in a word: `COS (80)` of a workload, `COS launch (82)` of the host.
  public var kind: String
  /// The tag of the field.
  public var type: UInt8
  /// A text for most types; empty for a separator, unless the launch failed.
  public var value: [UInt8]

  public init(kind: String, type: UInt8, value: [UInt8]) {
    self.kind = kind
    self.type = type
    self.value = value
  }

  /// What was measured; nil for a type that is not known.
  public var typeName: String? {
    let names = kind == Self.workload ? Self.workloadNames : kind == Self.host ? Self.hostNames : []
    return Int(type) < names.count ? names[Int(type)] : nil
  }

  /// nil for bytes that are none: those of the host's PIID are a number.
  public var text: EventText? { kind == Self.host && type == 0 ? nil : EventText(value) }

  public static let workload = "COS (80)"
  public static let host = "COS launch (82)"

  private static let workloadNames = [
    "image reference", "image digest", "restart policy", "image ID", "argument", "environment variable",
    "overridden argument", "overridden environment variable", "launch separator", "memory monitor",
    "confidential mode of the GPU",
  ]
  private static let hostNames = ["CPU PIID", "launch separator"]
}

extension Event {
  /// A record of a Canonical Event Log. `type` is that of a firmware event, else `.outsideProfile`.
  ///
  /// - parameter dataOffset: where the data, or the digits that give them, start in the file.
  public init(
    index: Int, byteRange: Range<Int>, registerIndex: UInt32, type: EventType, digests: [EventDigest], data: [UInt8],
    dataOffset: Int, canonical: CanonicalRecord, file: String
  ) {
    self.index = index
    offset = byteRange.lowerBound
    self.byteRange = byteRange
    self.registerIndex = registerIndex
    recordedType = type
    self.digests = digests
    self.data = data
    self.dataOffset = dataOffset
    self.canonical = canonical
    payload = data.read(file: file, byteOrder: .littleEndian, base: dataOffset) { body in
      EventPayload(of: type, from: &body)
    }
  }

  /// What the log claims the event is, in a word: the type of a firmware event, the kind of any other record.
  public var typeName: String {
    guard let canonical, recordedType == .outsideProfile else { return recordedType.name }
    if case .systemd(let measurement) = canonical.content, !measurement.eventType.isEmpty {
      return "systemd " + escapedText(measurement.eventType.utf8)
    }
    return escapedText(canonical.kind.utf8)
  }

  /// Whether a record about the log itself says, by digests of zeros or none, that it was not extended.
  public var isLogManagement: Bool {
    guard case .management? = canonical?.content else { return false }
    return digests.allSatisfy { $0.bytes.allSatisfy { $0 == 0 } }
  }
}

extension EventDigest {
  public init(rawAlgorithm: UInt16, bytes: [UInt8], offset: Int) {
    self.rawAlgorithm = rawAlgorithm
    algorithm = HashAlgorithm(rawValue: rawAlgorithm).flatMap { $0.digestByteCount == bytes.count ? $0 : nil }
    self.bytes = bytes
    self.offset = offset
  }
}
