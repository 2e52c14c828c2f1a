import ByteReading

/// What the data of a measured UEFI variable mean, told by its name and the type of the event.
///
/// Source: UEFI Specification 2.10, sections 3.3 and 32.4; TCG PC Client Platform Firmware Profile 1.05, sections 3.3.4.8
/// and 10.2.6; shim, `mok.c`.
public enum EFIVariableContent: Equatable, Sendable {
  /// The variable does not exist, or is empty.
  case empty
  /// PK, KEK, db, dbx and their like.
  case signatureLists([EFISignatureList])
  /// The key or digest that let a program start.
  case authority(EFISignature)
  /// A state of one byte, such as `SecureBoot`.
  case flag(UInt8)
  case number(UInt64)
  /// Numbers of load options, in the order in which they are tried.
  case order([UInt16])
  case loadOption(EFILoadOption)
  case devicePath(EFIDevicePath)
  case text(EventText)
  /// A variable of which we know no more than its bytes.
  case opaque([UInt8])
  /// The format is known and the data break it.
  case undecodable(ParseError)

  init(of variable: String, type: EventType, from reader: inout ByteReader) {
    guard !reader.isAtEnd else {
      self = .empty
      return
    }
    do throws(ParseError) {
      if let known = try Self.known(variable, type: type, from: &reader) {
        self = known
      } else {
        let bytes = reader.rest()
        self = EventText(bytes).map { .text($0) } ?? .opaque(bytes)
      }
    } catch {
      self = .undecodable(error)
    }
  }

  private static func known(_ name: String, type: EventType, from reader: inout ByteReader) throws(ParseError) -> Self?
  {
    // Names first, which both kinds of events have.
    switch name {
    case "SecureBoot", "SetupMode", "AuditMode", "DeployedMode", "VendorKeys", "MokListTrusted", "MokSBState",
      "MokSBStateRT", "MokIgnoreDB", "SignatureSupport", "devAuthBoot":
      guard reader.remaining == 1 else { return nil }
      return .flag(try reader.uint8(name))
    case "BootOrder", "DriverOrder", "SysPrepOrder":
      var order: [UInt16] = []
      while !reader.isAtEnd { order.append(try reader.uint16(name)) }
      return .order(order)
    case "BootCurrent", "BootNext", "Timeout", "BootOptionSupport", "OsIndications", "OsIndicationsSupported":
      return try number(name, from: &reader)
    case "ConIn", "ConOut", "ErrOut", "ConInDev", "ConOutDev", "ErrOutDev":
      return .devicePath(EFIDevicePath(from: &reader))
    case "SbatLevel", "SbatLevelRT": return nil
    default: break
    }
    if type == .efiVariableAuthority {
      guard reader.remaining > 16 else { return nil }
      return .authority(try EFISignature(authorityFrom: &reader))
    }
    switch name {
    case "PK", "KEK", "db", "dbx", "dbt", "dbr", "PKDefault", "KEKDefault", "dbDefault", "dbxDefault", "dbtDefault",
      "MokList", "MokListX", "MokListRT", "MokListXRT":
      return .signatureLists(try EFISignatureList.all(from: &reader))
    default: break
    }
    for prefix in ["Boot", "Driver", "SysPrep", "PlatformRecovery"] where isNumbered(name, prefix) {
      return .loadOption(try EFILoadOption(from: &reader))
    }
    return nil
  }

  /// Whether the name is the prefix and four hexadecimal digits.
  private static func isNumbered(_ name: String, _ prefix: String) -> Bool {
    guard name.hasPrefix(prefix) else { return false }
    let digits = name.utf8.dropFirst(prefix.utf8.count)
    return digits.count == 4 && digits.allSatisfy { hexValue($0) != nil }
  }

  private static func number(_ name: String, from reader: inout ByteReader) throws(ParseError) -> Self? {
    switch reader.remaining {
    case 1: .number(UInt64(try reader.uint8(name)))
    case 2: .number(UInt64(try reader.uint16(name)))
    case 4: .number(UInt64(try reader.uint32(name)))
    case 8: .number(try reader.uint64(name))
    default: nil
    }
  }
}
