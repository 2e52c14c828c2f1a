import ByteReading

/// Keys or digests of one kind, as they stand in PK, KEK, db, dbx and MokList.
///
/// Source: UEFI Specification 2.10, section 32.4.1, `EFI_SIGNATURE_LIST`. Little-endian.
public struct EFISignatureList: Equatable, Sendable {
  public var type: EFIGUID
  public var listSize: UInt32
  public var signatureSize: UInt32
  /// `SignatureHeader`, which no kind in use has.
  public var header: [UInt8]
  public var signatures: [EFISignature]

  /// The fixed part: type and three sizes.
  private static let headByteCount: UInt32 = 28

  init(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    type = try EFIGUID(from: &reader, "EFI_SIGNATURE_LIST.SignatureType")
    listSize = try reader.uint32("EFI_SIGNATURE_LIST.SignatureListSize")
    let headerSize = try reader.uint32("EFI_SIGNATURE_LIST.SignatureHeaderSize")
    signatureSize = try reader.uint32("EFI_SIGNATURE_LIST.SignatureSize")
    guard listSize >= Self.headByteCount, headerSize <= listSize - Self.headByteCount else {
      throw reader.failure(
        "EFI_SIGNATURE_LIST.SignatureListSize", expected: "at least \(Self.headByteCount) and the header",
        found: "\(listSize) with a header of \(headerSize)", at: start + 16)
    }
    let room = listSize - Self.headByteCount - headerSize
    guard signatureSize > 16, room.isMultiple(of: signatureSize) else {
      throw reader.failure(
        "EFI_SIGNATURE_LIST.SignatureSize", expected: "more than 16, and a divisor of \(room)",
        found: "\(signatureSize)", at: start + 24)
    }
    header = try reader.bytes(Int(headerSize), "EFI_SIGNATURE_LIST.SignatureHeader")
    var body = try reader.slice(Int(room), "EFI_SIGNATURE_LIST.Signatures")
    signatures = []
    while !body.isAtEnd { signatures.append(try EFISignature(from: &body, byteCount: Int(signatureSize))) }
  }

  /// Lists to the end of the data.
  static func all(from reader: inout ByteReader) throws(ParseError) -> [EFISignatureList] {
    var lists: [EFISignatureList] = []
    while !reader.isAtEnd { lists.append(try EFISignatureList(from: &reader)) }
    return lists
  }
}

extension EFISignatureList {
  /// What an entry of the list revokes; nil for a list of another kind, or an entry of another length.
  public func revocation(_ signature: EFISignature) -> EFIRevocation? {
    guard let name = type.name, let count = Self.revokedHashSizes[name] else { return nil }
    return EFIRevocation(signature.data, hashByteCount: count)
  }

  private static let revokedHashSizes = [
    "EFI_CERT_X509_SHA256": 32, "EFI_CERT_X509_SHA384": 48, "EFI_CERT_X509_SHA512": 64,
  ]
}

/// A certificate that is revoked, by the digest of what is signed in it, and since when.
///
/// Source: UEFI Specification 2.10, section 32.4.1, `EFI_CERT_X509_SHA256` and its like; section 8.3, `EFI_TIME`, 16 bytes,
/// little-endian.
public struct EFIRevocation: Equatable, Sendable {
  public var hash: [UInt8]
  /// 16 bytes as they stand.
  public var time: [UInt8]

  fileprivate init?(_ data: [UInt8], hashByteCount: Int) {
    guard data.count == hashByteCount + 16 else { return nil }
    hash = Array(data.prefix(hashByteCount))
    time = Array(data.suffix(16))
  }

  /// Zeros: whatever time a signature says it was made at, the certificate is revoked.
  public var isAlways: Bool { time.allSatisfy { $0 == 0 } }

  /// Date and time of day as they stand, with no zone: `2020-07-29 00:00:00`. nil for a time that is none.
  public var timeText: String? {
    let numbers = time.dropFirst(2).prefix(5).map { Int($0) }
    let ranges = [1...12, 1...31, 0...23, 0...59, 0...59]
    guard zip(numbers, ranges).allSatisfy({ $1.contains($0) }) else { return nil }
    func digits(_ number: Int, _ width: Int = 2) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let date = [digits(Int(time[0]) | Int(time[1]) << 8, 4)] + numbers[..<2].map { digits($0) }
    return date.joined(separator: "-") + " " + numbers[2...].map { digits($0) }.joined(separator: ":")
  }
}

/// One key or digest with its owner.
///
/// Source: UEFI Specification 2.10, section 32.4.1, `EFI_SIGNATURE_DATA`.
public struct EFISignature: Equatable, Sendable {
  /// nil where shim leaves it out.
  public var owner: EFIGUID?
  /// A certificate in DER, or a digest.
  public var data: [UInt8]

  init(from reader: inout ByteReader, byteCount: Int) throws(ParseError) {
    owner = try EFIGUID(from: &reader, "EFI_SIGNATURE_DATA.SignatureOwner")
    data = try reader.bytes(byteCount - 16, "EFI_SIGNATURE_DATA.SignatureData")
  }

  /// One that fills the data of an `EV_EFI_VARIABLE_AUTHORITY`. Older shims log the certificate without an owner.
  init(authorityFrom reader: inout ByteReader) throws(ParseError) {
    let whole = reader.peek(reader.remaining) ?? []
    if Self.isDER(whole[...]), !Self.isDER(whole.dropFirst(16)) {
      owner = nil
      data = reader.rest()
    } else {
      owner = try EFIGUID(from: &reader, "EFI_SIGNATURE_DATA.SignatureOwner")
      data = reader.rest()
    }
  }

  /// Whether `data` begins like a certificate.
  public var isCertificate: Bool { Self.isDER(data[...]) }

  /// A DER sequence with a length of two bytes that about fits: a shim is one byte short.
  private static func isDER(_ data: ArraySlice<UInt8>) -> Bool {
    let head = Array(data.prefix(4))
    guard head.count == 4, head[0] == 0x30, head[1] == 0x82 else { return false }
    let length = Int(head[2]) << 8 | Int(head[3])
    return length + 4 <= data.count + 1
  }
}
