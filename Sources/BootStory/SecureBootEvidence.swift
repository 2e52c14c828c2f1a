import Digests
import PublicKeys
import Replay
import TCGEventLog

/// What a log says of Secure Boot: its state, its keys, and which of them let images start.
///
/// Read are the events of the register that is for it, and of these the content: no digest covers the type that a log claims. Of
/// other registers nothing counts, for an operating system may extend some of them as it likes.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8; UEFI Specification 2.10, section 32.
public struct SecureBootEvidence: Equatable, Sendable {
  /// One measured variable with a state of one byte.
  public struct Flag: Equatable, Sendable {
    public var event: Int
    /// Measured behind the separator of the register, where what runs by then may extend what it likes.
    public var isBehindSeparator = false
    /// nil when the variable was absent or empty as it was measured, or has another form than one byte.
    public var value: UInt8?
    /// False when there were bytes, and not one.
    public var isEmpty = true
    public var binding: EventBinding
  }

  /// PK, KEK, db, dbx and their like.
  public struct Database: Equatable, Sendable {
    public var event: Int
    public var name: String
    public var binding: EventBinding
    public var certificates: [KnownCertificate]
    /// Certificates in DER that OpenSSL does not read.
    public var unreadCertificateCount: Int
    /// Digests of images or of certificates.
    public var digests: [[UInt8]]
    /// Certificates that are revoked by the digest of their signed part.
    public var revocations: [EFIRevocation] = []
    /// Bare keys and whatever else.
    public var otherCount: Int
    /// The variable was empty or absent as it was measured.
    public var isEmpty: Bool
    /// The data break the format; what could be read does not count.
    public var isUndecodable: Bool
  }

  public struct KnownCertificate: Equatable, Sendable {
    public var der: [UInt8]
    public var subject: String
    /// Seconds since 1970-01-01 UTC.
    public var notBefore: Int64
    public var notAfter: Int64
  }

  /// One event that says by which entry an image was let start. Firmware measures each entry once a start, however many images it
  /// lets start; shim measures one again where firmware has, and before version 15.4 for each image.
  public struct Authority: Equatable, Sendable {
    public var event: Int
    /// The variable that holds the entry: `db`, or of shim `MokList`, `Shim`, `vendor_db`, and for states `SbatLevel`.
    public var variable: String
    public var binding: EventBinding
    /// nil when the event holds no certificate that can be read.
    public var certificate: KnownCertificate?
    /// What the entry is when it is no certificate: a text such as the level of SBAT.
    public var text: String?
    /// The entry itself, a certificate or digest; nil for states.
    public var entry: [UInt8]?
    /// Measured before the separator of the register: it let a driver start, or an option ROM. False where the log has no separator.
    public var isBeforeSeparator: Bool
  }

  /// Every event of the variable SecureBoot, in the order of the log. Firmware measures it once, and once more only when it changed
  /// on the way.
  public var states: [Flag] = []
  public var setupMode: Flag?
  public var auditMode: Flag?
  public var deployedMode: Flag?
  /// In the order of the log.
  public var databases: [Database] = []
  public var authorities: [Authority] = []
  /// Event that says `UEFI Debug Mode`.
  public var debugMode: Int?
  /// Event that says `DMA Protection Disabled`.
  public var unprotectedDMA: Int?

  public func database(_ name: String) -> Database? { databases.first { $0.name == name } }

  /// The event that decides: the first that says that it was not on, for anybody may add one that says it was; else the first that a
  /// digest binds and that firmware measured. Nil when there is none of these.
  public var secureBoot: Flag? {
    states.first { $0.value != 1 }
      ?? states.first { !$0.isBehindSeparator && ($0.binding == .bound || $0.binding == .partlyBound) }
  }

  /// Whether Secure Boot was on, as the log has it; nil when no event of the variable decides it.
  public var isEnabled: Bool? { secureBoot.map { $0.value == 1 } }

  public init(_ log: EventLog, contents: [EventContent], checks: [EventDigestCheck]) {
    // A part of a log, as a reference has it, says nothing of before and behind.
    let hasSeparator = log.events.contains { $0.isSeparator(of: log.secureBootRegister) }
    var isBehindSeparator = false
    for ((event, content), check) in zip(zip(log.events, contents), checks) {
      if case .text(let text) = content, event.recordedType == .efiAction { note(action: text.text, event.index) }
      guard event.registerIndex == log.secureBootRegister else { continue }
      if event.isSeparator(of: log.secureBootRegister) { isBehindSeparator = true }
      // A variable of that name which is another vendor's says nothing of the firmware.
      guard let (variable, meaning) = event.asVariable(file: ""), variable.isOfItsVendor else { continue }
      if let entry = Self.authority(event, variable.nameText, meaning) {
        authorities.append(
          Authority(event, variable.nameText, entry, check.binding, isBefore: hasSeparator && !isBehindSeparator))
      } else {
        // Under another type the check knows no rule for it.
        let binding = check.binding == .unbound && event.bindsVariable ? .bound : check.binding
        note(event.index, variable.nameText, meaning, binding, isBehind: isBehindSeparator)
      }
    }
  }

  /// The entry that let an image start, where the event is of one. It is one entry without the head of a list, so hardly anything
  /// is both; under another type a certificate must stand in it.
  private static func authority(_ event: Event, _ name: String, _ meaning: EFIVariableContent) -> EFIVariableContent? {
    if case .signatureLists(let lists) = meaning, !lists.isEmpty { return nil }
    guard !flags.contains(name), let (_, entry) = event.asVariable(.efiVariableAuthority, file: "") else { return nil }
    if event.recordedType == .efiVariableAuthority { return entry }
    guard case .authority(let signature) = entry, KnownCertificate(signature.data) != nil else { return nil }
    return entry
  }

  private mutating func note(action: String, _ event: Int) {
    switch action {
    case "UEFI Debug Mode": debugMode = debugMode ?? event
    case "DMA Protection Disabled": unprotectedDMA = unprotectedDMA ?? event
    default: break
    }
  }

  private static let flags: Set<String> = ["SecureBoot", "SetupMode", "AuditMode", "DeployedMode"]

  private mutating func note(
    _ event: Int, _ name: String, _ content: EFIVariableContent, _ binding: EventBinding, isBehind: Bool
  ) {
    var value: UInt8?
    if case .flag(let byte) = content { value = byte }
    let flag = Flag(
      event: event, isBehindSeparator: isBehind, value: value, isEmpty: content == .empty, binding: binding)
    switch name {
    case "SecureBoot": states.append(flag)
    // The worse one counts where there are two.
    case "SetupMode": if setupMode == nil || value == 1 && setupMode?.value != 1 { setupMode = flag }
    case "AuditMode": if auditMode == nil || value == 1 && auditMode?.value != 1 { auditMode = flag }
    case "DeployedMode": deployedMode = deployedMode ?? flag
    case "PK", "KEK", "db", "dbx", "dbt", "dbr", "MokList", "MokListX":
      databases.append(Database(event, name, content, binding))
    default: break
    }
  }
}

extension Event {
  fileprivate func isSeparator(of register: UInt32) -> Bool {
    registerIndex == register && (recordedType == .separator || hasSeparatorDigest)
  }
}

extension SecureBootEvidence.KnownCertificate {
  init?(_ bytes: [UInt8]) {
    guard let certificate = Certificate(der: bytes) else { return nil }
    self.init(
      der: certificate.der, subject: certificate.subject, notBefore: certificate.notBefore,
      notAfter: certificate.notAfter)
  }
}

extension SecureBootEvidence.Database {
  init(_ event: Int, _ name: String, _ content: EFIVariableContent, _ binding: EventBinding) {
    self.init(
      event: event, name: name, binding: binding, certificates: [], unreadCertificateCount: 0, digests: [],
      otherCount: 0, isEmpty: false, isUndecodable: false)
    switch content {
    case .empty: isEmpty = true
    case .signatureLists(let lists): for list in lists { add(list) }
    case .undecodable: isUndecodable = true
    default: isUndecodable = true
    }
  }

  private mutating func add(_ list: EFISignatureList) {
    for signature in list.signatures {
      switch list.type.name {
      case "EFI_CERT_X509":
        if let certificate = SecureBootEvidence.KnownCertificate(signature.data) {
          certificates.append(certificate)
        } else {
          unreadCertificateCount += 1
        }
      case let name? where name.hasPrefix("EFI_CERT_SHA") || name.hasPrefix("EFI_CERT_X509_SHA"):
        digests.append(signature.data)
        if let revocation = list.revocation(signature) { revocations.append(revocation) }
      default: otherCount += 1
      }
    }
  }
}

extension SecureBootEvidence.Authority {
  init(
    _ event: Event, _ name: String, _ content: EFIVariableContent, _ binding: EventBinding, isBefore: Bool
  ) {
    self.init(
      event: event.index, variable: name, binding: binding, certificate: nil, text: nil, entry: nil,
      isBeforeSeparator: isBefore)
    switch content {
    case .authority(let signature):
      certificate = SecureBootEvidence.KnownCertificate(signature.data)
      entry = certificate?.der ?? signature.data
    case .text(let found): text = found.text
    case .flag(let value): text = String(value)
    default: break
    }
  }
}
