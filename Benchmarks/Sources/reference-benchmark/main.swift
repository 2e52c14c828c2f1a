import Archives
import Digests
import Dispatch
import EvidenceIntake
import Foundation
import Hashing
import Measuring
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import ReferenceStore
import Synchronization

/// Unpacks a `.deb` to its last member and drops everything: what libarchive alone takes. Gives the unpacked bytes.
func walk(_ path: String) throws -> UInt64 {
  let archive = try ArchiveReader(try FileSource(path: Array(path.utf8)) { _ in }, .ar)
  var byteCount: UInt64 = 0
  while let member = try archive.next() {
    let name = String(decoding: member.path, as: UTF8.self)
    guard name.hasPrefix("data.tar") || name.hasPrefix("control.tar") else { continue }
    let compression: Compression =
      name.hasSuffix(".xz") ? .xz : name.hasSuffix(".zst") ? .zstd : name.hasSuffix(".gz") ? .gzip : .none
    let tar = try ArchiveReader(try Decompression(archive.memberData, compression), .tar)
    while try tar.next() != nil { try tar.forEachPiece { byteCount &+= UInt64($0.byteCount) } }
  }
  return byteCount
}

/// The packages of a folder, largest first in the walk as in no order that would favour either side: by name.
func packages(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".deb") }.sorted()
    .map { folder + "/" + $0 }
}

func walkAll(_ folder: String, jobs: Int) throws -> UInt64 {
  let paths = try packages(in: folder)
  let state = Mutex((next: 0, bytes: UInt64(0)))
  DispatchQueue.concurrentPerform(iterations: jobs) { _ in
    while true {
      let index = state.withLock { state -> Int in
        defer { state.next += 1 }
        return state.next
      }
      guard index < paths.count else { return }
      guard let byteCount = try? walk(paths[index]) else {
        print("\(paths[index]) cannot be walked")
        exit(1)
      }
      state.withLock { $0.bytes += byteCount }
    }
  }
  return state.withLock { $0.bytes }
}

func build(_ folder: String, jobs: Int, store: String) throws -> BuildSummary {
  try ReferenceBuilder.build(
    BuildRequest(
      inputs: [FilePath(folder)], store: FilePath(store), options: BuildOptions(keys: OpenPGPKeyring()), jobs: jobs))
}

/// A digest for a number, as good as any for a lookup.
func digest(_ number: Int) -> [UInt8] { HashAlgorithm.sha256.digest(of: Array("file \(number)".utf8)) ?? [] }

/// A store of `count` files in packages of a hundred.
func makeStore(_ count: Int, at path: String) throws {
  let writer = try StoreWriter(file: path)
  for batch in stride(from: 0, to: count, by: 50_000) {
    let readings = stride(from: batch, to: min(count, batch + 50_000), by: 100).map { first -> ManifestReading in
      let files = (first..<min(count, first + 100)).map { number in
        ReferenceFile(
          path: Array("/usr/lib/package-\(first / 100)/folder/file-\(number)".utf8), byteCount: 1000, mode: 0o644,
          digests: [ReferenceDigest(.sha256, digest(number), origin: .payload)], content: .other)
      }
      let package = ReferencePackage(
        format: .deb, name: "package-\(first / 100)", version: "1.0-1", architecture: "amd64", files: files)
      let source = ReferenceSource(
        kind: .deb, path: "package-\(first / 100).deb", byteCount: 1, sha256: digest(-1 - first))
      return ManifestReading(source: source, packages: [package])
    }
    try writer.add(readings)
  }
  _ = try writer.finish()
}

/// Lookups a second of CPU on one thread: `count` different digests that are there, then as many that are not.
func measureLookups(_ store: String, count: Int) throws {
  let opened = try ReferenceStore(file: store)
  for (name, start) in [("present", 0), ("absent", 1 << 40)] {
    let digests = (start..<start + count).map { FileDigest(.sha256, digest($0)) }
    // The first pass brings the file into memory.
    _ = try opened.count(of: digests)
    var before = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
    let found = try opened.count(of: digests)
    var after = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
    guard found == (start == 0 ? count : 0) else {
      print("\(found) of \(count) digests were found, of those that are \(name)")
      exit(1)
    }
    let seconds = Double(after.tv_sec - before.tv_sec) + Double(after.tv_nsec - before.tv_nsec) / 1e9
    print("\(name) \(Double(count) / seconds)")
  }
}

func show(_ name: String, _ value: Double, _ unit: String, atLeast target: Double? = nil) {
  let text = String(format: "%.2f %@", value, unit)
  let verdict = target.map { String(format: "   target %.2f: %@", $0, value >= $0 ? "reached" : "MISSED") } ?? ""
  print("  " + name.padding(toLength: 52, withPad: " ", startingAt: 0) + text + verdict)
}

func compareBuilds(_ folder: String, rounds: Int) throws {
  let paths = try packages(in: folder)
  let packed = try paths.reduce(0) { try $0 + (FileManager.default.attributesOfItem(atPath: $1)[.size] as? Int ?? 0) }
  print("\(paths.count) .deb files, \(packed / 1_000_000) MB packed")
  let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let store = NSTemporaryDirectory() + "inquest-benchmark-\(getpid()).store"
  defer { unlink(store) }
  for jobs in [1, 2] {
    var walks: [Cost] = []
    var builds: [Cost] = []
    for _ in 0..<rounds {
      walks.append(try runChild(program, ["walk", folder, "\(jobs)"]).cost)
      unlink(store)
      builds.append(try runChild(program, ["build", folder, "\(jobs)", store]).cost)
    }
    let (walk, build) = (median(walks.map(\.wall)), median(builds.map(\.wall)))
    let threads = jobs == 1 ? "1 thread" : "\(jobs) threads"
    show("libarchive alone, \(threads)", Double(packed) / 1e6 / walk, "MB/s of packed bytes")
    show("references build, \(threads)", Double(packed) / 1e6 / build, "MB/s of packed bytes")
    show("ratio, wall", walk / build, "", atLeast: 0.85)
    show("ratio, CPU", median(walks.map(\.cpu)) / median(builds.map(\.cpu)), "")
  }
}

func compareLookups(_ count: Int) throws {
  let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let store = NSTemporaryDirectory() + "inquest-benchmark-\(getpid()).store"
  defer { unlink(store) }
  let made = try runChild(program, ["make", store, "\(count)"])
  let size = try FileManager.default.attributesOfItem(atPath: store)[.size] as? Int ?? 0
  print("a store of \(count) files, each with a SHA-256 and a path of its own")
  show("made in", made.cost.wall, "s")
  show("size for a million digests", Double(size) / Double(count), "MB")
  let (output, _) = try runChild(program, ["lookup", store, "\(count / 2)"])
  for line in output.split(separator: "\n") {
    let words = line.split(separator: " ")
    guard words.count == 2, let rate = Double(words[1]) else {
      print(output)
      exit(1)
    }
    show("lookups of digests that are \(words[0])", rate / 1000, "thousand a second", atLeast: 300)
  }
}

let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "walk": _ = try walkAll(arguments[2], jobs: Int(arguments[3]) ?? 1)
case "build": _ = try build(arguments[2], jobs: Int(arguments[3]) ?? 1, store: arguments[4])
case "make": try makeStore(Int(arguments[3]) ?? 0, at: arguments[2])
case "lookup": try measureLookups(arguments[2], count: Int(arguments[3]) ?? 0)
default:
  let folder = arguments.first ?? "../shared/corpus/lab/reference/debs"
  if FileManager.default.fileExists(atPath: folder) {
    try compareBuilds(folder, rounds: 3)
  } else {
    print("\(folder) is not there, so building is NOT measured; give a folder of .deb files")
  }
  try compareLookups(1_000_000)
}
