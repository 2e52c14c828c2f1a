import ByteReading

/// The frame of a measured UEFI variable; the bytes stay in `Event.data`.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.2.6, `UEFI_VARIABLE_DATA`. Little-endian.
public struct UEFIVariableData: Equatable, Sendable {
  /// The 16 bytes as they stand: the first three fields of a GUID are little-endian.
  public var vendorGUID: [UInt8]
  /// UTF-16 code units without a closing NUL; not always valid text.
  public var name: [UInt16]
  /// Where the variable's own data lies, in bytes from the start of the file.
  public var contentRange: Range<Int>
  /// Bytes behind it, of which the standard knows nothing: old shims leave six.
  public var trailing: Range<Int>

  /// Whether the variable is of the vendor that the specifications give its name to; true for a name that they give to none.
  ///
  /// Source: UEFI Specification 2.10, sections 3.3 and 32.6.1; shim, `mok.c`.
  public var isOfItsVendor: Bool {
    guard let owner = Self.owners[escapedUTF16(name)] else { return true }
    return EFIGUID(vendorGUID)?.text == owner
  }

  private static let owners: [String: String] = {
    let global = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
    let database = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
    let shim = "605dab50-e046-4300-abb6-3dd810dd8b23"
    let names = [
      global: ["SecureBoot", "SetupMode", "AuditMode", "DeployedMode", "PK", "KEK"],
      database: ["db", "dbx", "dbt", "dbr"],
      shim: ["MokList", "MokListX", "MokListTrusted", "MokSBState", "SbatLevel", "SbatLevelRT"],
    ]
    return Dictionary(uniqueKeysWithValues: names.flatMap { owner, names in names.map { ($0, owner) } })
  }()

  init(from reader: inout ByteReader) throws(ParseError) {
    vendorGUID = try reader.bytes(16, "UEFI_VARIABLE_DATA.variableName")
    let nameLength = try reader.uint64("UEFI_VARIABLE_DATA.unicodeNameLength")
    let contentLength = try reader.uint64("UEFI_VARIABLE_DATA.variableDataLength")
    guard nameLength <= UInt64(reader.remaining / 2) else {
      throw reader.failure(
        "UEFI_VARIABLE_DATA.unicodeName", expected: "\(nameLength) characters of 2 bytes",
        found: "\(reader.remaining) bytes")
    }
    name = []
    for _ in 0..<nameLength { name.append(try reader.uint16("UEFI_VARIABLE_DATA.unicodeName")) }
    guard contentLength <= UInt64(reader.remaining) else {
      throw reader.failure(
        "UEFI_VARIABLE_DATA.variableData", expected: "\(contentLength) bytes",
        found: "\(reader.remaining) bytes")
    }
    contentRange = try reader.skip(Int(contentLength), "UEFI_VARIABLE_DATA.variableData")
    trailing = try reader.skip(reader.remaining, "UEFI_VARIABLE_DATA")
  }
}

extension UEFIVariableData {
  /// Whether bytes begin with a measured variable that has a name.
  public static func isOne(_ bytes: [UInt8]) -> Bool {
    do {
      return try bytes.read(file: "", byteOrder: .littleEndian) { reader throws(ParseError) in
        !(try UEFIVariableData(from: &reader).name.isEmpty)
      }
    } catch {
      return false
    }
  }
}

extension Event {
  /// The variable's own data, when this is an event of a variable.
  public var variableContent: ArraySlice<UInt8>? {
    guard case .variable(let variable) = payload else { return nil }
    return data.dropFirst(variable.contentRange.lowerBound - dataOffset)
      .prefix(variable.contentRange.count)
  }

  /// What the data say when they are read as those of a measured variable, whatever type the log claims for the event; nil when
  /// they are none, or the event is never extended. No digest covers a type, and where one covers the data it covers name and
  /// content of the variable.
  ///
  /// - parameter type: the type of events as which it is read: of an authority the content is one entry of a list.
  public func asVariable(
    _ type: EventType = .efiVariableDriverConfig, file: String
  ) -> (variable: UEFIVariableData, content: EFIVariableContent)? {
    guard recordedType != .noAction else { return nil }
    var event = self
    event.recordedType = type
    guard case .variable(let variable, let content) = event.content(file: file) else { return nil }
    return (variable, content)
  }
}
