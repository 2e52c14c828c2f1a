import ByteReading
import ConciseManifests
import ContainerInventory
import IMALog
import PublicKeys
import TCGEventLog
import TPMStructures

/// One file of a case with what its content was recognised to be.
public struct EvidenceFile: Sendable {
  /// Relative to the case, escaped, with `/` between components.
  public var path: String
  /// Bytes.
  public var size: Int
  /// SHA-256 of the whole file; nil when it could not be read.
  public var sha256: [UInt8]?
  public var content: EvidenceContent
  /// How it was packed, when it was. `size` and `sha256` are of the file as it lies there, `content` is what it unpacks to,
  /// and so are the offsets of errors in it.
  public var packing: EvidencePacking?
  /// Path of the first file with the same bytes.
  public var duplicateOf: String?

  /// Path of the folder that holds it, relative to the case; empty for the case itself.
  public var folder: String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The file's name; of a compressed file the name of what it unpacks to.
  public var name: String {
    let plain = packing == nil ? path : plainPath(path)
    return plain.lastIndex(of: "/").map { String(plain[plain.index(after: $0)...]) } ?? plain
  }

  /// The name up to its last dot. `s1.plain.sig` and `s1.attest` share `s1`, because `plain` says the format.
  public var stem: String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count > 1 { parts.removeLast() }
    if parts.count > 1, ["plain", "tss", "quote", "eventlog"].contains(parts.last ?? "") { parts.removeLast() }
    return parts.joined(separator: ".")
  }
}

/// What a file's bytes are.
public enum EvidenceContent: Sendable {
  case attestation(Attestation)
  /// It begins like a statement of a TPM and breaks off or runs on.
  case malformedAttestation(ParseError)
  case signature(Signature)
  case registerFile(RegisterFile)
  case registerListing(RegisterListing)
  case publicArea(PublicArea)
  case certificates([Certificate], keys: [PublicKey])
  case nonce([UInt8])
  case eventLog(Parsed<EventLog>)
  case measurementList(Parsed<MeasurementList>)
  /// The ACPI table that says where a confidential guest's event log lies.
  case measurementTable(Parsed<MeasurementTable>)
  /// What the processor of a confidential guest signed. Nothing verifies it here.
  case tdxQuote(Parsed<TDXQuote>)
  /// An XML document of an older attestation service, with what it carries.
  case integrityReport(CarriedEvidence)
  /// What containers, pods and devices a host had.
  case containerInventory(Parsed<ContainerInventory>)
  /// CoRIM, CoMID or CoSWID: no evidence, but what evidence is held against when it is given as reference.
  case conciseManifest(Parsed<ConciseManifest>)
  /// A SWID tag, such as a Base RIM: no evidence either. Whole, since only who knows reference manifests reads it.
  case softwareTag([UInt8])
  /// An `inquest.yaml`.
  case description([UInt8])
  /// No bytes; its name says what it was meant to be.
  case empty(EmptyRole)
  /// An archive, whose members stand beside it, or one of a kind that is not opened: `EvidenceFile.packing` says which.
  case archive
  /// What another tool wrote around evidence; its parts stand beside it.
  case document(EvidenceDocument)
  /// A small file keeps its bytes: beside a quote of the same stem it may be a bare signature or bare register values.
  case unrecognised([UInt8]?)
  case unreadable(String)
  /// Its reading would be dangerous, for example an XML document with a DOCTYPE; says why.
  case refused(String)

  public enum EmptyRole: Equatable, Sendable {
    case eventLog
    case measurementList
    case other
  }

  /// The word that reports use.
  public var kind: String {
    switch self {
    case .attestation(let attestation):
      if case .quote = attestation.attested { "tpm2-quote" } else { "tpm2-\(attestation.attested.kind)" }
    case .malformedAttestation: "tpm2-attestation-malformed"
    case .signature: "tpm2-signature"
    case .registerFile: "tpm2-pcr-file"
    case .registerListing: "pcr-listing"
    case .publicArea: "tpm2-public-area"
    case .certificates(let certificates, _): certificates.isEmpty ? "public-key" : "x509-certificate"
    case .nonce: "nonce"
    case .eventLog(let log): log.value.kind
    case .measurementTable: "acpi-ccel-table"
    case .tdxQuote: "tdx-quote"
    case .measurementList: "ima-list"
    case .integrityReport: "integrity-report"
    case .containerInventory: "container-inventory"
    case .conciseManifest(let manifest): manifest.value.form.rawValue.lowercased()
    case .softwareTag: "swid-tag"
    case .description: "description"
    case .empty(.eventLog): "tcg-event-log-empty"
    case .empty(.measurementList): "ima-list-empty"
    case .empty(.other): "empty"
    case .archive: "archive"
    case .document(let document): document.format.rawValue
    case .unrecognised: "unrecognised"
    case .unreadable: "unreadable"
    case .refused: "refused"
    }
  }
}

extension EventLog {
  /// The word that reports use for such a file.
  fileprivate var kind: String {
    switch format {
    case .sha1, .cryptoAgile: registerFamily == .rtmr ? "ccel-event-log" : "tcg-event-log"
    case .canonicalJSONSequence where followsFirmware: "systemd-event-log"
    case .canonicalTLV, .canonicalJSON, .canonicalJSONSequence, .canonicalCBOR: "tcg-canonical-event-log"
    }
  }
}
