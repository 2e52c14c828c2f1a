import ByteReading
import Digests
import Dispatch
import EvidenceIntake
import Foundation
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import ReferenceStore
import Synchronization
import TestSupport

/// Reference stores of the lab's machine, built once a test run: from its .deb files, and from the list of its disk for what
/// no .deb in the corpus explains.
public enum LabStore {
  /// The packages, and the list's rows of files that no package of the corpus has.
  public static let whole = build(listsFilesOfNoPackage: true)
  /// The packages, and the list's rows of the packages whose .deb is too large for the corpus.
  public static let packagesOnly = build(listsFilesOfNoPackage: false)

  public static var debs: URL { Corpus.url("lab/reference/debs") }

  private static let readings: [ManifestReading] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: debs.path)) ?? []
    let files = names.filter { $0.hasSuffix(".deb") }.sorted()
    let options = BuildOptions(algorithms: [.sha1, .sha256, .sha384], keys: OpenPGPKeyring(certificates: []))
    let all = Collected(count: files.count)
    DispatchQueue.concurrentPerform(iterations: files.count) { index in
      let path = FilePath(debs.appendingPathComponent(files[index]).path)
      all.set(index, DebianPackageReader.read(path: path, name: files[index], options: options))
    }
    return all.values
  }()

  private static func build(listsFilesOfNoPackage: Bool) -> ReferenceStore? {
    guard Corpus.isPresent else { return nil }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-lab-\(UUID().uuidString).store")
    // The store lives as long as the tests, which have no end of their own but the process's.
    removedAtExit.withLock { $0.append(file) }
    do {
      let writer = try StoreWriter(file: file.path)
      try writer.add(readings)
      try writer.add([list(includesOrphans: listsFilesOfNoPackage)])
      _ = try writer.finish()
      return try ReferenceStore(file: file.path)
    } catch {
      print("the lab's store could not be built: \(error)")
      return nil
    }
  }

  private static let removedAtExit: Mutex<[URL]> = {
    atexit { LabStore.removeStores() }
    return Mutex([])
  }()

  private static func removeStores() {
    for file in removedAtExit.withLock({ $0 }) { try? FileManager.default.removeItem(at: file) }
  }

  /// Rows of `rootfs-files.tsv`: path, package, version, md5, sha1, sha256.
  public static let rows: [[String]] = {
    guard let text = try? Tool.run("gzip", ["-dc", Corpus.url("lab/reference/rootfs-files.tsv.gz").path]).output else {
      return []
    }
    return text.split(separator: "\n").dropFirst().map { $0.components(separatedBy: "\t") }
  }()

  private static func list(includesOrphans: Bool) -> ManifestReading {
    let held = Set(readings.flatMap(\.packages).map { "\($0.name) \($0.version)" })
    var files: [String: [ReferenceFile]] = [:]
    for row in rows where row.count == 6 {
      let isOrphan = row[1] == "-"
      guard isOrphan ? includesOrphans : !held.contains("\(row[1]) \(row[2])") else { continue }
      let digests = [(FileDigestAlgorithm.sha1, row[4]), (.sha256, row[5])].compactMap { algorithm, hex in
        bytesOfHex(hex).map { ReferenceDigest(algorithm, $0, origin: .list) }
      }
      files["\(row[1]) \(row[2])", default: []].append(ReferenceFile(path: unescaped(row[0]), digests: digests))
    }
    let packages = files.sorted { $0.key < $1.key }.map { key, files in
      let parts = key.split(separator: " ").map(String.init)
      return ReferencePackage(
        format: .list, name: parts[0] == "-" ? "files of no package" : parts[0],
        version: parts[0] == "-" ? "" : parts[1], files: files)
    }
    let source = ReferenceSource(
      kind: .csv, path: "rootfs-files.tsv", byteCount: 0, sha256: [UInt8](repeating: 1, count: 32))
    return ManifestReading(source: source, packages: packages)
  }

  /// The list writes odd bytes as `\xNN`.
  public static func unescaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if rest.starts(with: "\\x".utf8),
        let value = UInt8(String(decoding: rest.dropFirst(2).prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(4)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return bytes
  }
}

/// Results of tasks that end in any order.
private final class Collected: @unchecked Sendable {
  private let lock = NSLock()
  private var slots: [ManifestReading?]

  init(count: Int) { slots = Array(repeating: nil, count: count) }

  func set(_ index: Int, _ value: ManifestReading) { lock.withLock { slots[index] = value } }
  var values: [ManifestReading] { lock.withLock { slots.compactMap { $0 } } }
}
