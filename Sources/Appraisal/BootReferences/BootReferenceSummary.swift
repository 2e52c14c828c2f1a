import Digests
import ReferenceManifests
import ReferenceStore

/// What one reference says of a boot, in few words.
public struct BootReferenceSummary: Equatable, Sendable {
  /// Path of the reference as it was read.
  public var name: String
  /// The kind of its source.
  public var kind: String
  /// What the reference or its manifest says it is for; empty when nothing says it.
  public var platform: String
  public var isSigned: Bool
  /// Paths of the manifests that name it.
  public var manifests: [String]
  /// Registers of which it names values, ascending, each once.
  public var registers: [Int]
  /// Events that it names.
  public var eventCount: Int

  /// Nil when the document says nothing that can be used.
  public init?(_ document: BootReferenceDocument) {
    guard let expectation = BootExpectation(document) else { return nil }
    name = document.source.path
    kind = document.source.kind.rawValue
    platform = document.manifests.first?.distribution ?? document.source.distribution
    isSigned = document.isSigned
    manifests = document.manifests.map(\.path)
    registers = Set(expectation.values.keys.map(\.register)).sorted()
    eventCount = expectation.events.count
  }

  /// Those of a store, in the order of their paths.
  public static func all(in store: ReferenceStore) throws(StoreError) -> [BootReferenceSummary] {
    try store.bootReferences().compactMap { BootReferenceSummary($0) }.sorted { $0.name < $1.name }
  }
}
