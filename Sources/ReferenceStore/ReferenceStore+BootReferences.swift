import Digests
import GRDB
import Hashing
import ReferenceManifests

/// A document that says what a boot should measure: an event log, register values, or a manifest that holds them.
public struct BootReferenceDocument: Equatable, Sendable {
  public var source: ReferenceSource
  public var bytes: [UInt8]
  /// The Base RIMs whose payload names the document by its digest, in the order of their digests; empty for a baseline, which
  /// only the user vouches for, and for a manifest with a signature of its own.
  public var manifests: [ReferenceSource]

  public init(source: ReferenceSource, bytes: [UInt8], manifests: [ReferenceSource]) {
    self.source = source
    self.bytes = bytes
    self.manifests = manifests
  }

  /// Signatures over the document, and over those that name it.
  public var signatures: [SourceSignature] { (manifests + [source]).flatMap(\.signatures) }

  /// Whether a signature with a key that was given vouches for the document.
  public var isSigned: Bool { signatures.contains { $0.status == .good } }

  /// Whether it is one of those that a Base RIM must name, and none does.
  public var lacksManifest: Bool { [.eventLog, .registerValues].contains(source.kind) && manifests.isEmpty }

  /// What is to be said of it then.
  public var sentenceOnMissingManifest: String {
    source.kind == .registerValues
      ? "No Base RIM names these register values by their digest: they are not used."
      : "No Base RIM names this Support RIM by its digest: it is not used. Where one names it by its file name, the log was changed. An event log of a boot that you know to be good is given with '--baseline'."
  }
}

extension ReferenceStore {
  /// Every document that says what a boot should measure, in the order of their digests.
  ///
  /// - throws: also when a document is not the bytes that its source's digest says.
  public func bootReferences() throws(StoreError) -> [BootReferenceDocument] {
    let rows = try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db,
          sql: """
            SELECT source.*, eventLog.bytes AS log FROM eventLog JOIN source ON source.id = eventLog.source
            ORDER BY source.sha256, source.kind
            """
        ).map { row in (try ReferenceStorage.source(db, row: row), try row.bytes("log") ?? []) }
      }
    }
    var documents: [BootReferenceDocument] = []
    for (source, bytes) in rows {
      guard HashAlgorithm.sha256.digest(of: bytes) == source.sha256 else {
        throw StoreError(file: file, reason: "the boot reference \(source.path) is not what its digest says")
      }
      documents.append(BootReferenceDocument(source: source, bytes: bytes, manifests: try manifests(naming: bytes)))
    }
    return documents
  }

  private func manifests(naming document: [UInt8]) throws(StoreError) -> [ReferenceSource] {
    // The algorithms of RIMs that can vouch for something.
    let algorithms: [(FileDigestAlgorithm, HashAlgorithm)] = [
      (.sha256, .sha256), (.sha384, .sha384), (.sha512, .sha512),
    ]
    let digests = algorithms.compactMap { name, hash in hash.digest(of: document).map { FileDigest(name, $0) } }
    let packages = Set(try files(with: digests).flatMap { $0 }.map(\.package))
    var found: Set<ReferenceSource> = []
    for package in packages.sorted() {
      guard let known = try self.package(package) else { continue }
      // A software tag in a concise manifest names support files as a Base RIM does.
      found.formUnion(try sources(of: known).filter { [.baseRIM, .conciseManifest].contains($0.kind) })
    }
    return found.sorted { $0.sha256.lexicographicallyPrecedes($1.sha256) }
  }
}
