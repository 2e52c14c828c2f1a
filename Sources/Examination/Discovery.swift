import ByteReading
import EvidenceIntake
import QuoteVerification
import TPMStructures

/// One folder of the case that holds quotes or logs: one collection from one host at one time.
struct DiscoveredCapture: Sendable {
  /// Relative to the case; empty for the case itself.
  var folder: String
  /// The first component of its path; empty for the case itself. Captures under one are of one host, unless something
  /// says otherwise.
  var topFolder = ""
  var quotes: [DiscoveredQuote] = []
  /// Indexes of files in the evidence set.
  var eventLogs: [Int] = []
  var lists: [Int] = []
  var emptyEventLogs: [String] = []
  var emptyLists: [String] = []
  /// Inventories of containers that lie in its folder or below it. Those of the whole host: `CaseInventories`.
  var inventories: [Int] = []
  /// Archived nonces, each with its file.
  var nonces: [(file: String, bytes: [UInt8])] = []

  /// Holds a quote, something in the place of one, or a log. A folder with other statements only, such as one key's
  /// certification of another, says nothing of a boot.
  var isCapture: Bool {
    quotes.contains(where: \.isMeantAsQuote) || !eventLogs.isEmpty || !lists.isEmpty || !emptyEventLogs.isEmpty
      || !emptyLists.isEmpty
  }

  var isEmpty: Bool { !isCapture && quotes.isEmpty }
}

/// A statement with the files that seem to belong to it.
struct DiscoveredQuote: Sendable {
  var quote: UnverifiedQuote
  /// Something says that it is meant to be a quote: its role, or a PCR file of the same stem.
  var hasRoleOfQuote: Bool
  /// A quote, something broken in the place of one, or another statement in its role.
  var isMeantAsQuote: Bool {
    guard case .present(let attestation) = quote.attestation, !hasRoleOfQuote, attestation.isGeneratedByTPM else {
      return true
    }
    if case .quote = attestation.attested { return true }
    return false
  }
}

/// Finds captures in a set of files, and the signature and PCR file of each statement by stem.
struct Discovery {
  let evidence: EvidenceSet
  let roles: [String: CaseDescription.Role]

  private var files: [EvidenceFile] { evidence.files }

  func captures() -> [DiscoveredCapture] {
    let folders = Dictionary(grouping: files.indices, by: { files[$0].folder })
    var found = folders.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { folder in
      capture(folder, folders[folder] ?? [])
    }.filter { !$0.isEmpty }
    let inventories = CaseInventories(files, captures: found.filter(\.isCapture).map(\.folder))
    for index in found.indices { found[index].inventories = inventories.files[found[index].folder] ?? [] }
    return found
  }

  private func capture(_ folder: String, _ members: [Int]) -> DiscoveredCapture {
    var capture = DiscoveredCapture(folder: folder, topFolder: evidence.topFolder(of: folder))
    var used: Set<Int> = []
    let stems = Dictionary(grouping: members, by: { files[$0].stem })
    for index in members {
      let file = files[index]
      switch file.content {
      case .attestation, .malformedAttestation:
        used.insert(index)
        capture.quotes.append(quote(index, stems[files[index].stem] ?? [], &used))
      case .eventLog: capture.eventLogs.append(index)
      case .measurementList: capture.lists.append(index)
      case .integrityReport(let carried) where carried.list != nil: capture.lists.append(index)
      case .empty(.eventLog): capture.emptyEventLogs.append(file.path)
      case .empty(.measurementList): capture.emptyLists.append(file.path)
      case .nonce(let bytes): capture.nonces.append((file.path, bytes))
      default: break
      }
    }
    for index in members where !used.contains(index) && isBrokenStatement(index, stems[files[index].stem] ?? []) {
      used.insert(index)
      capture.quotes.append(quote(index, stems[files[index].stem] ?? [], &used))
    }
    return capture
  }

  // MARK: Pairing

  private func quote(_ index: Int, _ members: [Int], _ used: inout Set<Int>) -> DiscoveredQuote {
    let file = files[index]
    let siblings = members.filter { $0 != index && !used.contains($0) }
    var quote = UnverifiedQuote(file: file.path, attestation: attestation(file))
    if let signature = siblings.filter({ isSignature(files[$0]) }).min(by: { rank($0, file) < rank($1, file) }) {
      used.insert(signature)
      attach(signature: files[signature], to: &quote)
    }
    if let registers = siblings.first(where: { !used.contains($0) && isRegisterFile(files[$0]) }) {
      used.insert(registers)
      attach(registers: files[registers], to: &quote)
    }
    return DiscoveredQuote(
      quote: quote, hasRoleOfQuote: roles[file.path] == .quote || quote.registerFile != nil)
  }

  /// A file that is a signature by its content goes before one that is so by its name, the very stem before a like one.
  private func rank(_ index: Int, _ statement: EvidenceFile) -> Int {
    let isSignature = if case .signature = files[index].content { 0 } else { 2 }
    let plainStem = files[index].name.split(separator: ".").dropLast().joined(separator: ".")
    return isSignature + (plainStem == statement.name.split(separator: ".").dropLast().joined(separator: ".") ? 0 : 1)
  }

  private func attestation(_ file: EvidenceFile) -> UnverifiedQuote.Part<Attestation> {
    switch file.content {
    case .attestation(let attestation): .present(attestation)
    case .malformedAttestation(let error): .unreadable(error)
    default:
      .unreadable(
        ParseError(
          file: file.path, offset: 0, field: "TPMS_ATTEST.magic", expected: "0xff544347",
          found: file.size == 0 ? "an empty file" : "something else"))
    }
  }

  private func attach(signature file: EvidenceFile, to quote: inout UnverifiedQuote) {
    quote.signatureFile = file.path
    switch file.content {
    case .signature(let signature): quote.signature = .present(signature)
    case .unrecognised(let bytes?) where looksBare(bytes): quote.signature = .present(.bare(bytes))
    default:
      quote.signature = .unreadable(
        ParseError(
          file: file.path, offset: 0, field: "TPMT_SIGNATURE", expected: "a signature of \(quote.file)",
          found: file.size == 0 ? "an empty file" : "\(file.size) bytes that are none"))
    }
  }

  private func attach(registers file: EvidenceFile, to quote: inout UnverifiedQuote) {
    quote.registerFile = file.path
    switch file.content {
    case .registerFile(let registers): quote.registers = .present(.labelled(registers))
    // A listing with a value that is none is not half a listing.
    case .registerListing(let listing):
      quote.registers = listing.problems.first.map { .unreadable($0) } ?? .present(.listed(listing.values))
    case .unrecognised(let bytes?) where bytes.count % 4 == 0: quote.registers = .present(.bare(bytes))
    default:
      quote.registers = .unreadable(
        ParseError(
          file: file.path, offset: 0, field: "PCR file", expected: "register values of \(quote.file)",
          found: file.size == 0 ? "an empty file" : "\(file.size) bytes that are none"))
    }
  }

  /// An RSA signature alone has the size of its key, an ECDSA one is a DER sequence.
  private func looksBare(_ bytes: [UInt8]) -> Bool {
    Signature.bareByteCounts.contains(bytes.count)
      || (bytes.first == 0x30 && bytes.count > 8 && bytes.count <= 160 && Int(bytes[1]) & 0x7f < bytes.count)
  }

  private func isSignature(_ file: EvidenceFile) -> Bool {
    if roles[file.path] == .signature { return true }
    if case .signature = file.content { return true }
    return ["sig", "signature"].contains(file.fileExtension)
  }

  private func isRegisterFile(_ file: EvidenceFile) -> Bool {
    if roles[file.path] == .pcrs { return true }
    if case .registerFile = file.content { return true }
    return ["pcrs", "pcr", "pcrvalues"].contains(file.fileExtension)
  }

  /// A statement whose beginning is broken, told by a signature of the same stem beside it.
  private func isBrokenStatement(_ index: Int, _ members: [Int]) -> Bool {
    let file = files[index]
    if roles[file.path] == .quote { return true }
    guard ["attest", "quote", "msg", "message", "quoted"].contains(file.fileExtension) else { return false }
    switch file.content {
    case .unrecognised, .empty(.other): break
    default: return false
    }
    return members.contains { $0 != index && isSignature(files[$0]) }
  }
}

extension EvidenceFile {
  /// What follows the last dot of the name, in lower case.
  var fileExtension: String {
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
