import Appraisal
import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

/// What a store holds, for a person or a program.
public struct ReferenceListing: Sendable {
  private let name: String
  private let logicalDigest: String
  private let algorithms: String?
  private let counts: StoreCounts
  private let sources: [ReferenceSource]
  private let packages: [KnownPackage]
  private let bootReferences: [BootReferenceSummary]
  private let filter: String?

  /// - parameter package: keeps to packages of that name and the sources that they were read from.
  public init(_ store: ReferenceStore, package: String? = nil) throws(StoreError) {
    name = store.name
    logicalDigest = store.logicalDigest
    algorithms = try store.property(.algorithms)
    counts = try store.counts()
    filter = package
    guard let package else {
      packages = try store.packages()
      bootReferences = try BootReferenceSummary.all(in: store)
      sources = try store.sources().sorted(by: Self.precedes)
      return
    }
    packages = try store.packages().filter { $0.name == package }
    bootReferences = []
    var found: [[UInt8]: ReferenceSource] = [:]
    for package in packages {
      for source in try store.sources(of: package) { found[source.sha256] = source }
    }
    sources = found.values.sorted(by: Self.precedes)
  }

  private static func precedes(_ left: ReferenceSource, _ right: ReferenceSource) -> Bool {
    left.path == right.path ? left.sha256.lexicographicallyPrecedes(right.sha256) : left.path < right.path
  }

  public var isEmpty: Bool { packages.isEmpty && sources.isEmpty }

  public var text: String {
    let digests = counts.digests.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.name)" }
    var lines = [
      "store: \(escapedText(name.utf8))", "logical digest: \(logicalDigest)",
      "built with: \(algorithms ?? "algorithms not recorded")",
      "\(counts.sources) sources, \(counts.packages) packages, \(counts.files) files, \(counts.paths) paths, \(counts.updates) updates, \(counts.problems) problems",
      "digests: \(digests.isEmpty ? "none" : digests.joined(separator: ", "))",
    ]
    lines += sources.map {
      "source: \($0.path) (\($0.kind.rawValue), \($0.byteCount) bytes, SHA-256 \(hexText($0.sha256)))"
    }
    lines += bootReferences.map(\.line)
    lines += packages.map { package in
      let title = [package.name, package.version, package.architecture].filter { !$0.isEmpty }.joined(separator: " ")
      return
        "package: \(title) (\(package.format.rawValue)\(package.distribution.isEmpty ? "" : ", \(package.distribution)"))"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A document of the form `inquest-reference-list/1`.
  public var json: [UInt8] {
    JSONWriter.document { document in
      document.value("schema", "inquest-reference-list/1")
      document.value("store", name)
      document.value("logicalDigest", logicalDigest)
      document.value("algorithms", algorithms)
      document.value("package", filter)
      document.object("counts") { written in
        written.value("sources", counts.sources)
        written.value("packages", counts.packages)
        written.value("files", counts.files)
        written.value("paths", counts.paths)
        written.value("updates", counts.updates)
        written.value("problems", counts.problems)
        written.write(counts.digests)
      }
      document.objects("sources", of: "source", sources) { $1.write(to: &$0) }
      document.objects("packages", of: "package", packages) { $1.write(to: &$0) }
      document.objects("bootReferences", of: "bootReference", bootReferences) { written, reference in
        written.value("name", reference.name)
        written.value("kind", reference.kind)
        written.value("platform", reference.platform.isEmpty ? nil : reference.platform)
        written.value("isSigned", reference.isSigned)
        written.sentences("manifests", of: "manifest", reference.manifests)
        written.sentences("registers", of: "register", reference.registers.map { "\($0)" })
        written.value("events", reference.eventCount)
      }
    }
  }
}

extension BootReferenceSummary {
  /// For example `boot: a.corim says the values of PCR 0, 7, for Lab Board (signed)`.
  fileprivate var line: String {
    var parts: [String] = []
    if !registers.isEmpty { parts.append("the values of PCR \(registers.map(String.init).joined(separator: ", "))") }
    if eventCount > 0 { parts.append("\(eventCount) \(eventCount == 1 ? "event" : "events")") }
    let claim = platform.isEmpty ? "" : ", for \(platform)"
    return
      "boot: \(name) says \(parts.joined(separator: " and "))\(claim) (\(isSigned ? "signed" : "not signed by a given key"))"
  }
}
