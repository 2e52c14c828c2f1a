import ByteReading
import Digests
import IMALog
import ReferenceStore

/// The different files of one list: each path and digest of one context once, with the records that show it.
struct MeasuredFiles {
  struct File {
    enum Kind {
      case file
      case violation
      /// The sentence says what it is.
      case notAFile(String)
    }

    var path: [UInt8]
    var algorithmName: String
    var digestBytes: [UInt8]
    /// Nil when references cannot have the algorithm, or the digest has another length.
    var digest: FileDigest?
    var kind: Kind
    var isInitramfs: Bool
    /// Whose path it is; 0 is the host.
    var context = 0
    var records: [Int]
  }

  private struct Key: Hashable {
    var path: [UInt8]
    var algorithm: String
    var digest: [UInt8]
    var kind: Int
    var isInitramfs: Bool
    var context: Int
  }

  private(set) var files: [File] = []
  /// For each record the index of its file.
  private(set) var fileOfRecord: [UInt32] = []
  /// The records before the first of the real root file system's init; nil when the list does not show it.
  let initramfsRecords: Int?

  init(_ list: MeasurementList, contextOfRecord: (Int) -> Int = { _ in 0 }) {
    initramfsRecords = Self.initramfsRecords(list)
    var places: [Key: UInt32] = [:]
    fileOfRecord.reserveCapacity(list.count)
    for index in 0..<list.count {
      let record = list.record(at: index)
      var file = Self.file(record)
      file.context = contextOfRecord(index)
      file.isInitramfs = file.context == 0 && index < (initramfsRecords ?? 0)
      let kind =
        switch file.kind {
        case .file: 0
        case .violation: 1
        case .notAFile: 2
        }
      let key = Key(
        path: file.path, algorithm: file.algorithmName, digest: file.digestBytes, kind: kind,
        isInitramfs: file.isInitramfs, context: file.context)
      if let place = places[key] {
        files[Int(place)].records.append(index)
        fileOfRecord.append(place)
      } else {
        let place = UInt32(truncatingIfNeeded: files.count)
        file.records = [index]
        places[key] = place
        files.append(file)
        fileOfRecord.append(place)
      }
    }
  }

  private static func file(_ record: Measurement) -> File {
    let digest = record.fileDigest
    let algorithm = digest.flatMap { FileDigestAlgorithm(name: $0.algorithmName) }
    let isVerity = digest?.type == "verity"
    let whole = digest.flatMap { found in
      algorithm.flatMap { $0.digestByteCount == found.bytes.count && !isVerity ? FileDigest($0, found.bytes) : nil }
    }
    var kind = File.Kind.file
    if record.isViolation {
      kind = .violation
    } else if record.index == 0, record.path.map({ $0.elementsEqual("boot_aggregate".utf8) }) == true {
      kind = .notAFile("The boot_aggregate: it ties the list to the boot.")
    } else if record.path?.first != UInt8(ascii: "/"), record.buffer != nil {
      kind = .notAFile("A measured buffer.")
    }
    return File(
      path: path(record),
      algorithmName: (isVerity ? "verity:" : "") + (digest?.algorithmName ?? ""),
      digestBytes: record.isViolation ? [] : digest?.bytes ?? [], digest: whole, kind: kind, isInitramfs: false,
      records: [])
  }

  /// Kernels with container IMA put the number of a name space before the path: `4026532221:/usr/bin/id`.
  private static func path(_ record: Measurement) -> [UInt8] {
    let name = record.path ?? []
    return RecordAttributor.namespacePrefix(of: name)?.path ?? name
  }

  private static let firstPrograms = [
    "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/usr/sbin/init", "/sbin/init", "/usr/bin/init",
  ].map { Array($0.utf8) }

  /// The initramfs ends where the real init is measured. Without a record of `/init` before it there was none.
  private static func initramfsRecords(_ list: MeasurementList) -> Int? {
    var began = false
    // A boot measures its init within the first thousands of records or not at all.
    for index in 0..<min(list.count, 20_000) {
      guard let path = list.record(at: index).path else { continue }
      if path.elementsEqual("/init".utf8) { began = true }
      if firstPrograms.contains(path) { return began ? index : 0 }
    }
    return nil
  }
}
