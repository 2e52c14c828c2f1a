import ByteReading

/// A statement of a TPM about something, as it signs it.
///
/// All integers are big-endian. A wrong magic does not stop the reading: it is the first thing to be reported of a
/// forged statement, and the rest of it still tells what it pretends to be.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.12, `TPMS_ATTEST`.
public struct Attestation: Equatable, Sendable {
  /// `TPM_GENERATED_VALUE`: a TPM never signs outside data that begins so.
  public static let generatedValue: UInt32 = 0xff54_4347

  public var magic: UInt32
  /// Qualified name of the key that signed; empty when it has none.
  public var qualifiedSigner: [UInt8]
  /// Nonce chosen by the challenger, 0 to 64 bytes (`extraData`).
  public var nonce: [UInt8]
  public var clock: ClockInformation
  public var firmwareVersion: UInt64
  public var attested: Attested
  /// The bytes that were signed. A `TPM2B_ATTEST` has a size before them.
  public var signedBytes: [UInt8]

  public var isGeneratedByTPM: Bool { magic == Self.generatedValue }

  public init(from reader: inout ByteReader) throws(ParseError) {
    if let start = reader.peek(6), Int(start[0]) << 8 | Int(start[1]) == reader.remaining - 2,
      start[2...] == [0xff, 0x54, 0x43, 0x47]
    {
      try reader.skip(2, "TPM2B_ATTEST.size")
    }
    signedBytes = reader.peek(reader.remaining) ?? []
    magic = try reader.uint32("TPMS_ATTEST.magic")
    let type = try reader.uint16("TPMS_ATTEST.type")
    qualifiedSigner = try reader.sizedBytes("TPMS_ATTEST.qualifiedSigner")
    nonce = try reader.sizedBytes("TPMS_ATTEST.extraData")
    clock = try ClockInformation(from: &reader)
    firmwareVersion = try reader.uint64("TPMS_ATTEST.firmwareVersion")
    attested = try Attested(type: type, from: &reader)
    try reader.expectEnd(of: "TPMS_ATTEST")
  }
}

/// The TPM's own clock and its counters.
///
/// Source: TPM 2.0 Library, Part 2, section 10.11.1, `TPMS_CLOCK_INFO`.
public struct ClockInformation: Equatable, Sendable {
  /// Milliseconds that the TPM has been powered.
  public var clock: UInt64
  /// Number of TPM resets: one value is one boot.
  public var resetCount: UInt32
  /// Number of TPM restarts or resumes since the last reset.
  public var restartCount: UInt32
  /// False when the clock may have been set back, as after a power cut.
  public var isSafe: Bool

  init(from reader: inout ByteReader) throws(ParseError) {
    clock = try reader.uint64("TPMS_CLOCK_INFO.clock")
    resetCount = try reader.uint32("TPMS_CLOCK_INFO.resetCount")
    restartCount = try reader.uint32("TPMS_CLOCK_INFO.restartCount")
    isSafe = try reader.uint8("TPMS_CLOCK_INFO.safe") != 0
  }
}

/// What a statement is about.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.11, `TPMU_ATTEST`.
public enum Attested: Equatable, Sendable {
  case quote(QuoteInformation)
  case certify(name: [UInt8], qualifiedName: [UInt8])
  case time
  case nv
  /// Another type of statement, by its `TPM_ST` number; its content is not read.
  case other(UInt16)

  init(type: UInt16, from reader: inout ByteReader) throws(ParseError) {
    switch type {
    case 0x8018:
      self = .quote(try QuoteInformation(from: &reader))
    case 0x8017:
      self = .certify(
        name: try reader.sizedBytes("TPMS_CERTIFY_INFO.name"),
        qualifiedName: try reader.sizedBytes("TPMS_CERTIFY_INFO.qualifiedName"))
    case 0x8019:
      try reader.skip(8, "TPMS_TIME_ATTEST_INFO.time.time")
      _ = try ClockInformation(from: &reader)
      try reader.skip(8, "TPMS_TIME_ATTEST_INFO.firmwareVersion")
      self = .time
    case 0x8014:
      _ = try reader.sizedBytes("TPMS_NV_CERTIFY_INFO.indexName")
      try reader.skip(2, "TPMS_NV_CERTIFY_INFO.offset")
      _ = try reader.sizedBytes("TPMS_NV_CERTIFY_INFO.nvContents")
      self = .nv
    default:
      _ = reader.rest()
      self = .other(type)
    }
  }

  /// One word for reports.
  public var kind: String {
    switch self {
    case .quote: "quote"
    case .certify: "certify"
    case .time: "time"
    case .nv: "nv"
    case .other: "other"
    }
  }
}

/// Which registers were quoted, and the digest of their values.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.1, `TPMS_QUOTE_INFO`.
public struct QuoteInformation: Equatable, Sendable {
  public var selection: RegisterSelection
  /// Hash of the values one after another, made with the hash of the signature scheme.
  public var digest: [UInt8]

  init(from reader: inout ByteReader) throws(ParseError) {
    selection = try RegisterSelection(from: &reader)
    digest = try reader.sizedBytes("TPMS_QUOTE_INFO.pcrDigest")
  }
}
