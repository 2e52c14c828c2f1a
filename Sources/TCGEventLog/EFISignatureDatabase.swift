import ByteReading

/// A file with signature lists: what `db`, `dbx`, `KEK` or `MokListX` hold, as it was dumped or published.
///
/// Little-endian. Three carriers are told apart by their first bytes.
///
/// Source: UEFI Specification 2.10, sections 8.2.2 (`EFI_VARIABLE_AUTHENTICATION_2`) and 32.4.1; Linux,
/// Documentation/filesystems/efivarfs.rst: four bytes of attributes before a variable's data.
public struct EFISignatureDatabase: Equatable, Sendable {
  public enum Carrier: String, Sendable {
    case lists = "signature lists"
    /// A file of efivarfs.
    case variable = "variable with attributes"
    /// `EFI_VARIABLE_AUTHENTICATION_2`: the signature on it is not verified here.
    case update = "authenticated update"
  }

  public var carrier: Carrier
  public var lists: [EFISignatureList]

  /// - throws: when the bytes are none of the three, or a list breaks off.
  public init(_ bytes: [UInt8], file: String) throws(ParseError) {
    (carrier, lists) = try bytes.read(file: file, byteOrder: .littleEndian) { (reader) throws(ParseError) in
      let carrier = try Self.carrier(&reader)
      return (carrier, try EFISignatureList.all(from: &reader))
    }
  }

  /// Steps over what stands before the lists.
  private static func carrier(_ reader: inout ByteReader) throws(ParseError) -> Carrier {
    if isListType(reader.peek(16)) || reader.isAtEnd { return .lists }
    if let head = reader.peek(20), isListType(Array(head.dropFirst(4))) {
      try reader.skip(4, "attributes")
      return .variable
    }
    // An empty variable has attributes and nothing else.
    if reader.remaining == 4 {
      try reader.skip(4, "attributes")
      return .variable
    }
    try reader.skip(16, "EFI_VARIABLE_AUTHENTICATION_2.TimeStamp")
    let place = reader.position
    let count = try reader.uint32("WIN_CERTIFICATE.dwLength")
    try reader.skip(2, "WIN_CERTIFICATE.wRevision")
    let type = try reader.uint16("WIN_CERTIFICATE.wCertificateType")
    guard type == 0x0ef1, count >= 24 else {
      throw reader.failure(
        "WIN_CERTIFICATE", expected: "an authenticated update, or a list of a known kind at its start",
        found: "type 0x\(String(type, radix: 16)) of \(count) bytes", at: place)
    }
    try reader.skip(Int(count) - 8, "WIN_CERTIFICATE_UEFI_GUID")
    return .update
  }

  private static func isListType(_ bytes: [UInt8]?) -> Bool {
    bytes.flatMap { EFIGUID($0) }?.name?.hasPrefix("EFI_CERT_") == true
  }
}
