import ByteReading
import Digests
import Dispatch
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import ReferenceManifests
import Synchronization
import TestSupport
import Testing

@testable import ReferenceBuilding

/// Packages of the laboratory machine, compared with the digests of the files that were installed from them.
struct DebianCorpusTests {
  private static let folder = "lab/reference/debs"

  /// One row of `rootfs-files.tsv`.
  private struct Row {
    var path: [UInt8]
    var package: String
    var version: String
    var digests: [FileDigestAlgorithm: [UInt8]]
  }

  private static func rows() throws -> [Row] {
    let packed = try Corpus.bytes("lab/reference/rootfs-files.tsv.gz")
    let text = try Unpacked.gzip(packed)
    return text.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
      let cells = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard cells.count == 6 else { return nil }
      let digest = { (index: Int) in bytesOfHex(cells[index]) ?? [] }
      return Row(
        path: unescaped(cells[0]), package: String(decoding: cells[1], as: UTF8.self),
        version: String(decoding: cells[2], as: UTF8.self),
        digests: [.md5: digest(3), .sha1: digest(4), .sha256: digest(5)])
    }
  }

  /// Undoes `\xNN`, `\uNNNN` and `\\`.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let first = rest.popFirst() {
      guard first == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
        bytes.append(first)
        continue
      }
      let width = kind == UInt8(ascii: "x") ? 2 : kind == UInt8(ascii: "u") ? 4 : 0
      guard width > 0, let value = UInt32(String(decoding: rest.prefix(width), as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(value)
      else {
        bytes.append(kind)
        continue
      }
      bytes += Array(String(Character(scalar)).utf8)
      rest = rest.dropFirst(width)
    }
    return bytes
  }

  /// Reads every package of the corpus on two threads.
  private static func readings() throws -> [ManifestReading] {
    let names = try FileManager.default.contentsOfDirectory(atPath: Corpus.url(folder).path)
      .filter { $0.hasSuffix(".deb") }.sorted()
    let options = BuildOptions(algorithms: [.md5, .sha1, .sha256], keys: OpenPGPKeyring())
    let found = Mutex<[(Int, ManifestReading)]>([])
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      let reading = DebianPackageReader.read(
        path: FilePath(Corpus.url(folder + "/" + names[index]).path), name: names[index], options: options)
      found.withLock { $0.append((index, reading)) }
    }
    return found.withLock { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func everyPackageOfTheCorpusHasTheDigestsOfTheFilesInstalledFromIt() throws {
    let readings = try Self.readings()
    #expect(readings.count == 230)
    for reading in readings { #expect(reading.problems == [], "\(reading.source.path)") }
    let packages = readings.flatMap(\.packages)
    #expect(packages.count == readings.count)
    var files: [[UInt8]: [ReferenceFile]] = [:]
    for package in packages {
      for file in package.files {
        files[Array("\(package.name)=\(package.version)".utf8) + file.path, default: []].append(file)
      }
    }
    let versions = Set(packages.map { "\($0.name)=\($0.version)" })
    var compared = 0
    for row in try Self.rows() where versions.contains("\(row.package)=\(row.version)") {
      let key = Array("\(row.package)=\(row.version)".utf8)
      // dpkg records /bin/bash, the merged file system has /usr/bin/bash.
      let aliases = [row.path, Array(row.path.dropFirst("/usr".utf8.count)), Array("/usr".utf8) + row.path]
      let shipped = aliases.flatMap { files[key + $0] ?? [] }.first { $0.kind == .regular }
      guard row.path != Array("/etc/initramfs-tools/initramfs.conf".utf8) else { continue }
      guard let shipped else {
        Issue.record("\(escapedText(row.path)) is not in \(row.package)")
        continue
      }
      let digests = Dictionary(uniqueKeysWithValues: shipped.digests.map { ($0.algorithm, $0.bytes) })
      #expect(digests == row.digests, "\(escapedText(row.path))")
      compared += 1
    }
    #expect(compared == 9923)
  }
}
