import Appraisal
import ByteReading
import EvidenceIntake
import FileSignatures
import PublicKeys
import QuoteVerification
import ReferenceStore
import TCGEventLog

/// Everything that decides trust. All of it comes from the command line or from the file given with `--description`.
struct TrustInput: Sendable {
  var anchors: [Certificate] = []
  var pinned: [KeySource] = []
  /// Keys that sign files, for the signatures in measurement lists.
  var fileSigningKeys: [SigningKey] = []
  var policy = Policy.standard
  var stores: [ReferenceStore] = []
  var revocations: [RevocationList] = []
  var nonces: [[UInt8]] = []
  var description: CaseDescription?
  /// Seconds since 1970-01-01 UTC.
  var collectedAt: Int64?
  var collectedAtText: String?
  var asOf: Int64?
  var asOfText: String?
  var parameters: [AttestationResult.Parameter] = []

  init(_ request: ExaminationRequest) throws(ExaminationError) {
    nonces = request.nonces
    var anchorFiles = request.trustAnchors
    var keyFiles = request.pinnedKeys
    var signingFiles = request.fileSigningKeys
    var policyFile = request.policy
    var asOfText = request.asOf
    if let file = request.description {
      let found = CaseDescription(try read(file), file: file.lastComponent, folder: "", isTrusted: true)
      if let problem = found.problems.first { throw .badValue("\(file.text): \(problem)") }
      description = found
      anchorFiles += found.trustAnchors.map { file.sibling($0) }
      keyFiles += found.keys.map { file.sibling($0) }
      signingFiles += found.fileSigningKeys.map { file.sibling($0) }
      policyFile = policyFile ?? found.policy.map { file.sibling($0) }
      asOfText = asOfText ?? found.asOf
      nonces += found.nonces
      parameters.append(.init(name: "description", value: file.lastComponent))
    }
    try readPolicy(policyFile)
    if let policyFile { anchorFiles += policy.trustAnchors.map { policyFile.sibling($0) } }
    asOfText = asOfText ?? policy.asOf
    for file in anchorFiles {
      guard case .certificates(let certificates, _) = identify(try read(file), path: file.text), !certificates.isEmpty
      else { throw .notAKey(file.text) }
      anchors += certificates
      parameters += certificates.map { .init(name: "trust-anchor", value: "\(file.lastComponent): \($0.subject)") }
    }
    for file in keyFiles {
      let sources = keySources(identify(try read(file), path: file.text), file: file.lastComponent, isPinned: true)
      guard !sources.isEmpty else { throw .notAKey(file.text) }
      pinned += sources
      parameters.append(.init(name: "key", value: file.lastComponent))
    }
    for file in signingFiles { try readSigningKeys(file) }
    try readTimes(request.collectedAt, asOfText)
    try openStores(request.references)
    for file in request.revocations { try readRevocations(file) }
    parameters += nonces.map { .init(name: "nonce", value: hexText($0)) }
  }

  private mutating func readSigningKeys(_ file: FilePath) throws(ExaminationError) {
    guard case .certificates(let certificates, let keys) = identify(try read(file), path: file.text),
      !certificates.isEmpty || !keys.isEmpty
    else { throw .notAKey(file.text) }
    let name = file.lastComponent
    fileSigningKeys += certificates.map { SigningKey(certificate: $0, origin: .given(file: name)) }
    fileSigningKeys += keys.map { SigningKey(key: $0, file: name) }
    parameters += certificates.map { .init(name: "file-signing-key", value: "\(name): \($0.subject)") }
    parameters += keys.map { .init(name: "file-signing-key", value: "\(name): \($0.algorithm)") }
  }

  private mutating func readRevocations(_ file: FilePath) throws(ExaminationError) {
    let bytes = try read(file)
    let name = file.lastComponent
    let database: EFISignatureDatabase
    do {
      database = try EFISignatureDatabase(bytes, file: name)
    } catch {
      throw .badValue("--dbx: \(error)")
    }
    let list = RevocationList(database.lists, source: name)
    guard !list.isEmpty else { throw .badValue("--dbx: \(name) revokes nothing that can be looked up") }
    revocations.append(list)
    parameters.append(
      .init(
        name: "dbx",
        value: "\(name): \(list.digests.count) digests, \(list.certificates.count) certificates"
          + (list.otherCount == 0 ? "" : ", \(list.otherCount) entries of kinds that no image is held against")))
  }

  private mutating func readPolicy(_ file: FilePath?) throws(ExaminationError) {
    if let file {
      let bytes = try read(file)
      do {
        policy = try Policy(bytes, file: file.lastComponent)
      } catch {
        throw .policy(error)
      }
    }
    parameters.append(
      .init(
        name: "policy",
        value: "\(policy.file ?? "default"): measurements \(policy.measurements.rawValue), boot \(policy.boot.rawValue)"
      ))
  }

  private mutating func openStores(_ files: [FilePath]) throws(ExaminationError) {
    for file in files {
      do throws(StoreError) {
        let store = try ReferenceStore(file: String(decoding: file.bytes, as: UTF8.self))
        // The result names the digest, so it must be that of what the store says.
        try store.checkLogicalDigest()
        stores.append(store)
      } catch {
        throw .references(error)
      }
    }
    parameters += stores.map { .init(name: "references", value: "\($0.name): \($0.logicalDigest)") }
  }

  private mutating func readTimes(_ collected: String?, _ asOfText: String?) throws(ExaminationError) {
    if let collected {
      guard let time = secondsSinceEpoch(collected) else {
        throw .badValue("--collected-at: an RFC 3339 time was expected, such as 2026-11-23T05:08:55Z")
      }
      collectedAt = time
      collectedAtText = collected
      parameters.append(.init(name: "collected-at", value: collected))
    }
    if let asOfText {
      guard let time = secondsSinceEpoch(asOfText) else {
        throw .badValue("--as-of: a date was expected, such as 2026-11-23")
      }
      asOf = time
      self.asOfText = asOfText
      parameters.append(.init(name: "as-of", value: asOfText))
    }
  }

  private func read(_ file: FilePath) throws(ExaminationError) -> [UInt8] {
    do {
      return try contents(of: file)
    } catch {
      throw .unreadable(error)
    }
  }
}

/// The keys of one recognised file.
func keySources(_ content: EvidenceContent, file: String, isPinned: Bool = false) -> [KeySource] {
  switch content {
  case .publicArea(let area): [KeySource(file: file, content: .publicArea(area), isPinned: isPinned)]
  case .certificates(let certificates, let keys):
    certificates.map { KeySource(file: file, content: .certificate($0), isPinned: isPinned) }
      + keys.map { KeySource(file: file, content: .publicKey($0), isPinned: isPinned) }
  default: []
  }
}

extension FilePath {
  /// Another file, by a path relative to this one's folder.
  func sibling(_ path: String) -> FilePath {
    if path.hasPrefix("/") { return FilePath(path) }
    let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { Array(bytes[...$0]) } ?? []
    return FilePath(bytes: folder + Array(path.utf8))
  }
}
