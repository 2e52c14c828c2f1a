import GRDB
import ReferenceManifests

/// The sources that a store held when a run began, and that need not be read again.
///
/// One with which something was wrong is read again: what the fault is depends on where the file lies and on the keys.
public struct HeldSources: Sendable {
  /// Distributions of the packages of each source.
  private var distributions: [[UInt8]: [ReferenceSource.Kind: Set<String>]] = [:]
  private var byteCounts: Set<Int> = []

  /// None.
  public init() {}

  init(_ db: Database) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT DISTINCT source.sha256, source.kind, source.byteCount, package.distribution
        FROM source LEFT JOIN provenance ON provenance.source = source.id
          LEFT JOIN package ON package.id = provenance.package
        WHERE source.sha256 NOT IN (SELECT sha256 FROM problem)
        """)
    while let row = try rows.next() {
      let kind: ReferenceSource.Kind = try row.value("kind")
      let sha256 = try row.bytes("sha256") ?? []
      byteCounts.insert(try row.value("byteCount"))
      let distribution: String? = try row.optional("distribution")
      distributions[sha256, default: [:]][kind, default: []].formUnion(distribution.map { [$0] } ?? [])
    }
  }

  /// False when no source has that many bytes, so that a file need not be hashed to know that it is new.
  public func mayContain(byteCount: Int) -> Bool { byteCounts.contains(byteCount) }

  /// True when a source of these bytes was read as that kind (nil: as any) and its packages, if it has any, are held for
  /// that distribution.
  public func contains(sha256: [UInt8], kind: ReferenceSource.Kind?, distribution: String) -> Bool {
    guard let kinds = distributions[sha256] else { return false }
    return kinds.contains { held, names in
      (kind == nil || kind == held) && (names.isEmpty || names.contains(distribution))
    }
  }

  /// Forgets the sources whose own signatures must be verified anew, because other keys are given now.
  public func withoutSignedPackages() -> HeldSources {
    var left = self
    for sha256 in distributions.keys { left.distributions[sha256]?[.rpm] = nil }
    return left
  }
}
