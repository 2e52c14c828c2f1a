import ByteReading
import Correlation
import Digests
import EvidenceIntake
import PublicKeys
import QuoteVerification
import Replay
import TPMStructures

/// The other side of a comparison.
enum LogReplayReference {
  case values(String, RegisterValues)
  /// A quote whose PCR file is absent.
  case digest(VerifiedQuote)
  /// The registers of a confidential guest as a listing or its quote holds them; the signature is not looked at.
  case guest(String, RegisterValues)

  init(_ path: FilePath) throws(LogReplayError) {
    let content: EvidenceContent
    do {
      content = try evidenceFile(at: path, path: path.text).content
    } catch {
      throw .unreadable(error)
    }
    switch content {
    case .registerFile(let file): self = .values(path.text, file.registerValues)
    case .registerListing(let listing):
      if let problem = listing.problems.first { throw .damagedValues(problem) }
      self = .values(path.text, listing.values)
    case .integrityReport(let carried) where carried.registers != nil:
      self = .values(path.text, carried.registers ?? RegisterValues())
    case .tdxQuote(let quote):
      if let problem = quote.problems.first { throw .failed(problem.description) }
      self = .guest(path.text, quote.value.registerValues)
    case .attestation(let attestation):
      guard case .quote = attestation.attested else { throw .noValues("\(path.text) (\(attestation.attested.kind))") }
      guard attestation.isGeneratedByTPM else {
        throw .refused("\(path.text): no TPM made this statement (wrong magic)")
      }
      let quote = try Self.quote(attestation, path)
      let registerFile = quote.quote.registerFile ?? ""
      switch quote.registers {
      case .otherSelection: throw .refused("\(registerFile): labels other registers than the quote's signature covers")
      case .differ: throw .refused("\(registerFile): its values do not hash to the quoted digest")
      case .unreadable(let reason): throw .refused("\(registerFile): \(reason)")
      case .hashToDigest, .emptySelection, .notSupplied, .notComputable, nil: break
      }
      self = quote.provenRegisters.map { .values(path.text, $0) } ?? .digest(quote)
    case .unrecognised(let bytes?):
      guard let values = RegisterListing.guestRegisters(bytes) else { throw .noValues(path.text) }
      self = .guest(path.text, values)
    default: throw .noValues(path.text)
    }
  }

  /// The quote with the PCR file of the same stem beside it, where there is one. Its signature is not looked at.
  private static func quote(_ attestation: Attestation, _ path: FilePath) throws(LogReplayError) -> VerifiedQuote {
    var quote = UnverifiedQuote(file: path.text, attestation: .present(attestation))
    let dot = path.bytes.lastIndex(of: UInt8(ascii: "."))
    let stem = dot.map { Array(path.bytes[..<$0]) } ?? path.bytes
    for ending in [".pcrs", ".pcr"] {
      let sibling = FilePath(bytes: stem + Array(ending.utf8))
      guard resolved(sibling) != nil else { continue }
      let bytes: [UInt8]
      do {
        bytes = try contents(of: sibling)
      } catch {
        throw .unreadable(error)
      }
      quote.registerFile = sibling.text
      if case .registerFile(let file) = identify(bytes, path: sibling.text) {
        quote.registers = .present(.labelled(file))
      } else {
        quote.registers = .present(.bare(bytes))
      }
      break
    }
    return QuoteVerifier(ring: KeyRing([]), anchors: []).verify(quote, at: nil)
  }

  var values: RegisterValues? {
    if case .values(_, let values) = self { values } else { nil }
  }

  func add(to evidence: inout BootEvidence) {
    switch self {
    case .values(let file, let values): evidence.snapshots.append(.init(file: file, values: values))
    case .digest(let quote): evidence.quotes.append(quote)
    case .guest: break
    }
  }
}

/// The other logs of the boot, as far as they are logs.
func addLogs(_ paths: [FilePath], to evidence: inout BootEvidence) throws(LogReplayError) {
  for path in paths where path.text != "-" {
    let file: EvidenceFile
    do throws(FileError) {
      file = try evidenceFile(at: path, path: path.text)
    } catch {
      throw .unreadable(error)
    }
    switch file.content {
    case .eventLog(let log): evidence.eventLogs.append(ArchivedLog(file: path.text, capture: "", log: log.value))
    default:
      guard let list = file.content.measurementList else { throw .noLog(path.text) }
      evidence.lists.append(ArchivedLog(file: path.text, capture: "", log: list.value))
    }
  }
}
