import ByteReading
import CanonicalEventLog
import ConciseManifests
import ContainerInventory
import IMALog
import PublicKeys
import TCGEventLog
import TPMStructures
import XMLReading

/// Tells what a file is by its bytes, and parses it.
///
/// The order goes from formats that say their name to those that can only be told by whether they parse to their end.
/// A name is asked only where the bytes cannot tell: an empty file, a nonce, a description.
public func identify(_ bytes: [UInt8], path: String) -> EvidenceContent {
  let name = path.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
  if bytes.isEmpty { return .empty(emptyRole(ofName: name)) }
  if name == "inquest.yaml" || name == "inquest.yml" { return .description(bytes) }
  return attestation(bytes, path) ?? canonicalLog(bytes, path) ?? conciseManifest(bytes, path)
    ?? EvidenceDocument.parse(bytes, file: path).map { .document($0) } ?? document(bytes, path)
    ?? confidentialGuest(bytes, path) ?? keys(bytes) ?? (Packing(bytes) == nil ? nil : .archive)
    ?? smallStructure(bytes, path) ?? eventLog(bytes, path) ?? measurementList(bytes, path)
    ?? text(bytes, name: name, path)
    ?? .unrecognised(bytes.count <= 16384 ? bytes : nil)
}

private func conciseManifest(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  // Makers' documents have some hundred bytes.
  guard bytes.count <= 4 << 20 else { return nil }
  guard let manifest = ConciseManifest.parse(bytes, file: path) else { return nil }
  // Three bytes that a bare signature may begin with as well are not enough for a file of which nothing can be read.
  let isNamed = [".corim", ".comid", ".coswid", ".cbor", ".cose"].contains { path.lowercased().hasSuffix($0) }
  return manifest.unread.isEmpty || isNamed ? .conciseManifest(manifest) : nil
}

/// The largest XML or JSON document that is read.
let largestDocumentByteCount = 64 << 20

/// An integrity report, or an inventory of containers.
private func document(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  guard bytes.count <= largestDocumentByteCount else { return nil }
  guard isXML(bytes) else { return ContainerInventory.parse(bytes, file: path).map { .containerInventory($0) } }
  if hasDocumentType(bytes, path) {
    return .refused("an XML document with a DOCTYPE, which can name other files and expand without bound")
  }
  if isSoftwareTag(bytes, path) { return .softwareTag(bytes) }
  if let carried = CarriedEvidence(bytes, file: path) { return .integrityReport(carried) }
  return ContainerInventory.parseXML(bytes, file: path).map { .containerInventory($0) }
}

/// The largest SWID tag that is kept, in bytes; those of makers have some thousands.
private let largestSoftwareTagByteCount = 4 << 20

/// Whether the first element is that of a SWID tag. What the tag says is read by who has a use for it.
///
/// Source: ISO/IEC 19770-2:2015, `SoftwareIdentity`.
private func isSoftwareTag(_ bytes: [UInt8], _ path: String) -> Bool {
  guard bytes.count <= largestSoftwareTagByteCount else { return false }
  var isOne = false
  // A fault behind the first element does not matter here.
  _ = readXMLEvents(bytes, file: path) { event in
    if case .start(let element) = event { isOne = element.name == "SoftwareIdentity" }
    return false
  }
  return isOne
}

private func isXML(_ bytes: [UInt8]) -> Bool {
  let mark: [UInt8] = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? [0xef, 0xbb, 0xbf] : []
  let start = bytes.dropFirst(mark.count).prefix(1024).drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
  return start.first == UInt8(ascii: "<")
}

/// Whether a DOCTYPE comes before the first element. That of a web page is none of XML: the file is only unrecognised.
private func hasDocumentType(_ bytes: [UInt8], _ path: String) -> Bool {
  let head = String(decoding: bytes.prefix(1 << 16), as: UTF8.self).lowercased()
  let isPage = head.split(separator: "<!doctype", maxSplits: 1).last.map { trimmed($0).hasPrefix("html") } ?? false
  let error = readXMLEvents(bytes, file: path) { _ in false }
  return error?.found.contains("DOCTYPE") == true && !isPage
}

/// Whether a file that begins so may be a document that is read whole up to `largestDocumentByteCount`.
func isDocument(_ head: [UInt8]) -> Bool {
  isXML(head) || ContainerInventory.isLikely(head)
    || [.canonicalCBOR, .canonicalJSONSequence].contains(CanonicalEventLog.encoding(of: head))
}

private func emptyRole(ofName name: String) -> EvidenceContent.EmptyRole {
  if name.contains("bios_measurements") || name.contains("eventlog") || name.contains("event_log")
    || name.contains("evlog") || name.hasPrefix("tpm2-measure")
  {
    return .eventLog
  }
  if name.contains("runtime_measurements") || name.hasPrefix("ima") && !name.hasPrefix("image") {
    return .measurementList
  }
  return .other
}

private func attestation(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  guard bytes.count <= 8192 else { return nil }
  let magic: [UInt8] = [0xff, 0x54, 0x43, 0x47]
  let claimsToBe = bytes.starts(with: magic) || bytes.dropFirst(2).starts(with: magic)
  do {
    let attestation = try bytes.read(file: path, byteOrder: .bigEndian) { reader throws(ParseError) in
      try Attestation(from: &reader)
    }
    // With another magic, only a whole statement of a known type is one: it is a forgery, or one byte was hit.
    if case .other = attestation.attested, !attestation.isGeneratedByTPM { return nil }
    return .attestation(attestation)
  } catch {
    return claimsToBe ? .malformedAttestation(error) : nil
  }
}

private func keys(_ bytes: [UInt8]) -> EvidenceContent? {
  if bytes.count <= 1 << 20, bytes.prefix(1 << 16).contains(sequence: Array("-----BEGIN ".utf8)) {
    var certificates: [Certificate] = []
    var keys: [PublicKey] = []
    for block in pemBlocks(bytes) {
      switch block.label {
      case "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE":
        if let certificate = Certificate(der: block.der) { certificates.append(certificate) }
      case "PUBLIC KEY":
        if let key = PublicKey(subjectPublicKeyInfo: block.der) { keys.append(key) }
      case "RSA PUBLIC KEY":
        if let key = PublicKey(pkcs1: block.der) { keys.append(key) }
      default: break
      }
    }
    return certificates.isEmpty && keys.isEmpty ? nil : .certificates(certificates, keys: keys)
  }
  guard bytes.first == 0x30, bytes.count <= 1 << 20 else { return nil }
  if let certificate = Certificate(der: bytes) { return .certificates([certificate], keys: []) }
  if let key = PublicKey(subjectPublicKeyInfo: bytes) { return .certificates([], keys: [key]) }
  return nil
}

/// Structures without a magic that are told by filling their file exactly.
private func smallStructure(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  guard bytes.count <= 1 << 16 else { return nil }
  if RegisterFile.hasPlausibleByteCount(bytes.count),
    let file = parsed(bytes, path, .littleEndian, { reader throws(ParseError) in try RegisterFile(from: &reader) })
  {
    return .registerFile(file)
  }
  if let area = parsed(bytes, path, .bigEndian, { reader throws(ParseError) in try PublicArea(from: &reader) }) {
    return .publicArea(area)
  }
  if let signature = parsed(bytes, path, .bigEndian, { reader throws(ParseError) in try Signature(from: &reader) }) {
    // An unsupported scheme is told by two bytes only, which is not enough to say that a file is such a signature.
    if case .unsupported = signature, !path.hasSuffix(".sig") || Signature.bareByteCounts.contains(bytes.count) {
      return nil
    }
    return .signature(signature)
  }
  return nil
}

private func parsed<Value>(
  _ bytes: [UInt8], _ path: String, _ order: ByteOrder, _ read: (inout ByteReader) throws(ParseError) -> Value
) -> Value? {
  do {
    return try bytes.read(file: path, byteOrder: order, read)
  } catch {
    // Not this structure: the next one is tried.
    return nil
  }
}

/// Told before the logs of firmware: the number of a first record in TLV has the bytes of a register and a type.
private func canonicalLog(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  switch CanonicalEventLog.parse(bytes, file: path) {
  // Two bytes that a bare signature may begin with as well are not enough for a file of which nothing can be read.
  case .events(let log) where log.value.events.isEmpty && Signature.bareByteCounts.contains(bytes.count): nil
  case .events(let log): .eventLog(log)
  case .measurements(let list): .measurementList(list)
  case nil: nil
  }
}

/// What tells of a confidential guest: where its log lies in memory, and what its processor signed, which holds
/// certificates in PEM.
private func confidentialGuest(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  if let table = MeasurementTable.parse(bytes, file: path) { return .measurementTable(table) }
  return TDXQuote.parse(bytes, file: path).map { .tdxQuote($0) }
}

private func eventLog(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  guard EventLog.isLikely(bytes), let log = EventLog.parse(bytes, file: path) else { return nil }
  return .eventLog(log)
}

/// Whether a file that begins so is an event log or a measurement list.
func isLog(_ head: [UInt8]) -> Bool {
  EventLog.isLikely(head) || MeasurementListFormat.detect(head) != nil
    || CanonicalEventLog.encoding(of: head) == .canonicalTLV
}

private func measurementList(_ bytes: [UInt8], _ path: String) -> EvidenceContent? {
  guard let format = MeasurementListFormat.detect(bytes) else { return nil }
  return .measurementList(
    MeasurementList.parse(bytes, file: path, format: format, templateHash: recordedTemplateHash))
}

private func text(_ bytes: [UInt8], name: String, _ path: String) -> EvidenceContent? {
  if let listing = RegisterListing.parse(bytes, file: path) { return .registerListing(listing) }
  guard name.contains("nonce"), bytes.count <= 256 else { return nil }
  return nonce(bytes).map { .nonce($0) }
}

/// A nonce as it is archived: hexadecimal, with `0x`, colons or a label before it, or the bytes themselves.
private func nonce(_ bytes: [UInt8]) -> [UInt8]? {
  let isText = bytes.allSatisfy { (0x20..<0x7f).contains($0) || [0x0a, 0x0d, 0x09].contains($0) }
  guard isText else { return bytes.count <= 64 ? bytes : nil }
  let words = String(decoding: bytes, as: UTF8.self).split { " \n\r\t=".contains($0) }
  guard var text = words.last.map(String.init) else { return nil }
  if text.lowercased().hasPrefix("0x") { text.removeFirst(2) }
  let digits = bytesOfHex(text.replacing(":", with: ""))
  if let digits, (1...64).contains(digits.count) { return digits }
  // Some challengers send text.
  return words.count == 1 && text.utf8.count <= 64 ? Array(text.utf8) : nil
}

extension Collection where Element == UInt8 {
  fileprivate func contains(sequence: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: sequence) }
  }
}
