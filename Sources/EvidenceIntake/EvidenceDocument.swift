import ByteReading
import Digests
import TCGEventLog
import TPMStructures

/// What another tool wrote around evidence: each part is a file of the case, in a folder named like the document.
public struct EvidenceDocument: Sendable {
  public enum Format: String, Sendable {
    /// JSON of any tool with quotes, logs or lists in it, as text, base64 or hexadecimal.
    case json = "evidence-json"
    /// `Attestation` of go-tpm-tools, as `gotpm attest` writes it.
    case attestationMessage = "gotpm-attestation"
    /// `r`, then quote, signature and PCR file in base64 with colons between them.
    case keylimeQuote = "keylime-quote"
    /// Event logs of several boots in one file, each behind its size.
    case logSequence = "event-log-sequence"
  }

  public struct Part: Sendable {
    /// Where it stands in the document, as `Quote.Signature` or `quotes[0].pcrs`: parts of one quote have one stem.
    public var name: String
    public var bytes: [UInt8]
    public var content: EvidenceContent
  }

  public var format: Format
  public var parts: [Part]
  public var problems: [ParseError]

  static let partLimit = 10_000

  /// Nil when no part is a quote, a log or a list: keys alone make no evidence.
  init?(_ format: Format, _ parts: [Part], problems: [ParseError] = []) {
    guard parts.contains(where: \.isEvidence) else { return nil }
    self.format = format
    self.parts = parts
    self.problems = problems
  }

  /// Tells and reads a document; nil for anything else.
  static func parse(_ bytes: [UInt8], file: String) -> EvidenceDocument? {
    keylimeQuote(bytes, file) ?? attestationMessage(bytes, file) ?? logSequence(bytes, file) ?? json(bytes, file)
  }

  // MARK: Keylime

  /// Source: keylime, docs/rest_apis, "Get identity quote"; keylime/tpm/tpm_util.py.
  private static func keylimeQuote(_ bytes: [UInt8], _ file: String) -> EvidenceDocument? {
    guard bytes.first == UInt8(ascii: "r"), bytes.count <= 1 << 16 else { return nil }
    return EvidenceDocument(.keylimeQuote, keylimeParts(bytes[...], name: "quote", file: file))
  }

  /// The three parts of a Keylime quote; none when the text is something else.
  static func keylimeParts(_ text: ArraySlice<UInt8>, name: String, file: String) -> [Part] {
    guard text.first == UInt8(ascii: "r") else { return [] }
    let texts = text.dropFirst().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard texts.count == 3 else { return [] }
    return zip(texts, ["attest", "sig", "pcrs"]).compactMap { text, ending in
      bytesOfBase64(text).map { part("\(name).\(ending)", $0, file) }
    }
  }

  // MARK: go-tpm-tools

  /// Source: go-tpm-tools, proto/attest.proto (`Attestation`) and proto/tpm.proto (`Quote`, `PCRs`).
  private static func attestationMessage(_ bytes: [UInt8], _ file: String) -> EvidenceDocument? {
    guard bytes.first == 0x0a, let message = ProtobufMessage(bytes[...]),
      let key = message.bytes(1).first.map(Array.init), case .publicArea = identify(key, path: file)
    else { return nil }
    var parts = [part("ak_pub", key, file)]
    for (index, text) in message.bytes(2).enumerated() {
      guard let quote = ProtobufMessage(text) else { continue }
      for (number, name) in [(UInt64(1), "quote"), (2, "raw_sig")] {
        if let bytes = quote.bytes(number).first { parts.append(part("quotes[\(index)].\(name)", Array(bytes), file)) }
      }
      guard let text = quote.bytes(3).first, let table = ProtobufMessage(text) else { continue }
      let values = table.bytes(2).compactMap { ProtobufMessage($0) }.map { entry in
        // A register of number 0 is left out, as protobuf does with zeros.
        (Int(clamping: entry.number(1) ?? 0), entry.bytes(2).first.map(Array.init) ?? [])
      }
      if let listing = registers(values) {
        parts.append(Part(name: "quotes[\(index)].pcrs", bytes: Array(text), content: .registerListing(listing)))
      }
    }
    for (number, name) in [(UInt64(3), "event_log"), (5, "canonical_event_log"), (6, "ak_cert")] {
      if let bytes = message.bytes(number).first, !bytes.isEmpty { parts.append(part(name, Array(bytes), file)) }
    }
    for (index, bytes) in message.bytes(7).enumerated() {
      parts.append(part("intermediate_certs[\(index)]", Array(bytes), file))
    }
    let problems = parts.count > partLimit ? [tooManyParts(file, offset: 0)] : []
    return EvidenceDocument(.attestationMessage, Array(parts.prefix(partLimit)), problems: problems)
  }

  // MARK: Sequences of logs

  /// Each log behind its size, 32 bits little-endian, as agents on Windows send the logs of a boot and its resumptions.
  private static func logSequence(_ bytes: [UInt8], _ file: String) -> EvidenceDocument? {
    var parts: [Part] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count > 4, parts.count < partLimit else { return nil }
      let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      let log = Array(rest.dropFirst(4).prefix(size))
      guard size > 0, log.count == size, EventLog.isLikely(log) else { return nil }
      parts.append(part("\(parts.count + 1).log", log, file))
      rest = rest.dropFirst(4 + size)
    }
    return EvidenceDocument(.logSequence, parts)
  }

  // MARK: Parts

  /// What lies behind the limit is not read, and that must be seen.
  static func tooManyParts(_ file: String, offset: Int) -> ParseError {
    ParseError(
      file: file, offset: offset, field: "parts of the document", expected: "at most \(partLimit)",
      found: "more, which are not read")
  }

  static func part(_ name: String, _ bytes: [UInt8], _ file: String) -> Part {
    Part(name: name, bytes: bytes, content: identify(bytes, path: file + "/" + name))
  }

  /// Register values, the bank told by the length of each; nil when one is none.
  static func registers(_ values: [(register: Int, value: [UInt8])]) -> RegisterListing? {
    var listing = RegisterValues()
    for (register, value) in values {
      guard (0..<32).contains(register),
        let bank = [HashAlgorithm.sha1, .sha256, .sha384, .sha512].first(where: { $0.digestByteCount == value.count })
      else { return nil }
      listing[bank, register] = value
    }
    return listing.isEmpty ? nil : RegisterListing(values: listing)
  }
}

extension EvidenceDocument.Part {
  /// Says something of a boot by itself.
  fileprivate var isEvidence: Bool {
    switch content {
    case .attestation, .malformedAttestation, .eventLog, .measurementList, .tdxQuote: true
    default: false
    }
  }
}

/// Fields of a message on the wire, in their order. Nothing is known of their types but what the wire tells.
///
/// Source: Protocol Buffers, "Encoding".
struct ProtobufMessage {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private(set) var fields: [(number: UInt64, value: Value)] = []
  private static let fieldLimit = 100_000

  /// Nil when the bytes are no message.
  init?(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    while !rest.isEmpty {
      guard fields.count < Self.fieldLimit, let key = Self.varint(&rest), key >> 3 > 0 else { return nil }
      switch key & 7 {
      case 0:
        guard let value = Self.varint(&rest) else { return nil }
        fields.append((key >> 3, .number(value)))
      case 2:
        guard let size = Self.varint(&rest), size <= UInt64(rest.count) else { return nil }
        fields.append((key >> 3, .bytes(rest.prefix(Int(size)))))
        rest = rest.dropFirst(Int(size))
      case 1, 5:
        let size = key & 7 == 1 ? 8 : 4
        guard rest.count >= size else { return nil }
        rest = rest.dropFirst(size)
      default: return nil
      }
    }
  }

  /// The values of a field of bytes, text or messages.
  func bytes(_ number: UInt64) -> [ArraySlice<UInt8>] {
    fields.compactMap { field in
      if field.number == number, case .bytes(let bytes) = field.value { bytes } else { nil }
    }
  }

  func number(_ number: UInt64) -> UInt64? {
    for field in fields where field.number == number {
      if case .number(let value) = field.value { return value }
    }
    return nil
  }

  /// At most ten bytes, the low seven bits of each, the lowest first.
  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
