import Digests
import GRDB
import Hashing
import ReferenceManifests

/// An event log that says what a boot should measure.
public struct ReferenceEventLog: Equatable, Sendable {
  public var source: ReferenceSource
  public var bytes: [UInt8]
  /// The Base RIMs whose payload names the log by its digest, in the order of their digests; empty for a baseline, which only
  /// the user vouches for.
  public var manifests: [ReferenceSource]

  public init(source: ReferenceSource, bytes: [UInt8], manifests: [ReferenceSource]) {
    self.source = source
    self.bytes = bytes
    self.manifests = manifests
  }

  /// Whether a signature with a key that was given vouches for the log.
  public var isSigned: Bool { manifests.contains { $0.signatures.contains { $0.status == .good } } }
}

extension ReferenceStore {
  /// Every reference event log, in the order of their digests.
  ///
  /// - throws: also when a log is not the bytes that its source's digest says.
  public func eventLogs() throws(StoreError) -> [ReferenceEventLog] {
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
    var logs: [ReferenceEventLog] = []
    for (source, bytes) in rows {
      guard HashAlgorithm.sha256.digest(of: bytes) == source.sha256 else {
        throw StoreError(file: file, reason: "the event log \(source.path) is not what its digest says")
      }
      logs.append(ReferenceEventLog(source: source, bytes: bytes, manifests: try manifests(naming: bytes)))
    }
    return logs
  }

  private func manifests(naming log: [UInt8]) throws(StoreError) -> [ReferenceSource] {
    // The algorithms of RIMs that can vouch for something.
    let algorithms: [(FileDigestAlgorithm, HashAlgorithm)] = [
      (.sha256, .sha256), (.sha384, .sha384), (.sha512, .sha512),
    ]
    let digests = algorithms.compactMap { name, hash in hash.digest(of: log).map { FileDigest(name, $0) } }
    let packages = Set(try files(with: digests).flatMap { $0 }.map(\.package))
    var found: Set<ReferenceSource> = []
    for package in packages.sorted() {
      guard let known = try self.package(package) else { continue }
      found.formUnion(try sources(of: known).filter { $0.kind == .baseRIM })
    }
    return found.sorted { $0.sha256.lexicographicallyPrecedes($1.sha256) }
  }
}
