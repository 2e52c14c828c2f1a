import ByteReading
import Digests
import IMALog
import JSONReading
import TPMStructures

extension EvidenceDocument {
  /// Quotes, logs, lists and keys that stand in a JSON document as texts, and tables of register values.
  ///
  /// The names of the members are not asked: go-attestation's `Dump`, the `Attestation` of go-tpm-tools in JSON, answers of
  /// Keylime's agent and others all come as base64 or hexadecimal of what the TPM and the firmware made.
  static func json(_ bytes: [UInt8], _ file: String) -> EvidenceDocument? {
    guard JSONDocument.isLikely(bytes), mayHoldEvidence(bytes) else { return nil }
    let document = JSONDocument(bytes, file: file)
    guard let root = document.root else { return nil }
    var walk = Walk(bytes: bytes, file: file)
    walk.visit(root, name: "")
    let cut = walk.firstLeftOut.map { tooManyParts(file, offset: $0) }
    return EvidenceDocument(.json, walk.parts, problems: [document.fault, cut].compactMap { $0 })
  }

  /// Digits of base64 or hexadecimal in a row that could be a quote: far more than a digest has.
  private static let shortestRun = 130

  /// A look at the bytes alone, because most documents of a case hold none.
  private static func mayHoldEvidence(_ bytes: [UInt8]) -> Bool {
    var run = 0
    for byte in bytes {
      run = base64Value(byte) != nil || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") ? run + 1 : 0
      if run >= shortestRun { return true }
    }
    return false
  }

  private struct Walk {
    let bytes: [UInt8]
    let file: String
    var parts: [Part] = []
    /// Where the first part lies that is one too many, in bytes from the start of the file.
    var firstLeftOut: Int?

    /// - parameter bank: the one that the member's name is of.
    mutating func visit(_ node: JSONNode, name: String, bank: HashAlgorithm? = nil) {
      guard parts.count < EvidenceDocument.partLimit else {
        firstLeftOut = firstLeftOut ?? node.offset
        return
      }
      if let listing = RegisterListing(node, bank: bank, file: file) {
        parts.append(
          Part(name: name, bytes: Array(bytes[node.offset..<node.end]), content: .registerListing(listing)))
        return
      }
      switch node.value {
      case .object(let members):
        for (member, node) in members {
          visit(
            node, name: name.isEmpty ? safe(member) : "\(name).\(safe(member))",
            bank: RegisterListing.bank(named: member))
        }
      case .array(let elements):
        for (index, node) in elements.enumerated() { visit(node, name: "\(name)[\(index)]") }
      case .string(let text): take(text, name: name.isEmpty ? "text" : name)
      case .number, .bool, .null: break
      }
    }

    /// A name that is one component of a path.
    private func safe(_ member: String) -> String {
      escapedText(member.utf8.prefix(80).map { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".") ? 0x5f : $0 })
    }

    private mutating func take(_ text: String, name: String) {
      let utf8 = Array(text.utf8)
      let quote = EvidenceDocument.keylimeParts(utf8[...], name: name, file: file)
      if !quote.isEmpty {
        parts += quote
        return
      }
      let isNonce = name.lowercased().contains("nonce")
      guard utf8.count >= 32 || isNonce && !utf8.isEmpty else { return }
      let decoded = [bytesOfHex(utf8), bytesOfBase64(utf8), bytesOfBase64(utf8, isURLSafe: true), utf8]
      for bytes in decoded.compactMap({ $0 }) {
        let part = EvidenceDocument.part(name, bytes, file)
        guard isOfUse(part.content) else { continue }
        parts.append(part)
        return
      }
    }

    private func isOfUse(_ content: EvidenceContent) -> Bool {
      switch content {
      case .attestation, .malformedAttestation, .signature, .registerFile, .publicArea, .certificates, .nonce,
        .eventLog, .measurementList, .tdxQuote, .measurementTable:
        true
      default: false
      }
    }
  }
}
