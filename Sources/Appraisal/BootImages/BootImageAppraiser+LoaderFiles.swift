import ByteReading
import Digests
import Hashing
import ReferenceManifests
import ReferenceStore
import TCGEventLog

// Kernels, initrds, configuration and whatever else a boot loader read and measured, byte by byte.
extension BootImageAppraiser {
  /// What a reference says of the content; nil when none has it. Initrds and configuration are made on the machine, so
  /// nothing is said against a file that no reference knows.
  func loaderFile(
    _ event: Event, file: String, proven: ProvenEvents
  ) throws(StoreError) -> AttestationResult.BootImage? {
    guard policy.boot != .outOfScope, !library.stores.isEmpty,
      let measured = MeasuredImage(event, file: file, proven: proven), let digest = measured.digests.first,
      let algorithm = FileDigestAlgorithm(digest.algorithm)
    else { return nil }
    let claimed = event.claimedFile
    var best: (file: KnownFile, package: KnownPackage, store: Int, newer: NewerVersion?)?
    for (number, store) in library.stores.enumerated() {
      for candidate in try store.files(with: [FileDigest(algorithm, digest.bytes)]).joined() {
        let key = ReferenceLibrary.PackageKey(store: number, package: candidate.package)
        guard try library.counts(key), let package = try library.package(key) else { continue }
        let newer = try library.newerVersion(than: key)
        let isBetter =
          best.map { known in
            (
              newer == nil ? 0 : 1, candidate.isNamed(claimed) ? 0 : 1, package.name, package.version,
              candidate.path.text
            )
              < (
                known.newer == nil ? 0 : 1, known.file.isNamed(claimed) ? 0 : 1, known.package.name,
                known.package.version, known.file.path.text
              )
          } ?? true
        if isBetter { best = (candidate, package, number, newer) }
      }
    }
    guard let best else { return nil }
    var row = measured.row(file: file)
    row.digestOf = .file
    row.path = claimed
    let key = ReferenceLibrary.PackageKey(store: best.store, package: best.file.package)
    row.package = AttestationResult.BootImage.Package(
      best.file, best.package, library.stores[best.store].name, try library.standing(of: key))
    let title = "\(best.package.name) \(best.package.version)"
    row.status = best.newer == nil ? .known : .superseded
    row.reason = "Its content is that of \(escapedText(best.file.path)) of \(title)"
    row.reason += best.newer.map { "; version \($0.version) was out." } ?? "."
    if digest.algorithm == .sha1 { row.reason += " SHA-1 alone tells it, which can be forged." }
    return row
  }
}

extension Event {
  /// Whether the digest may be that of a file: loaders and stubs measure such into registers 8, 9, 11, 12 and 14, under types
  /// whose data are a name. What is bound to its own data is none.
  var mayBeOfAFile: Bool {
    guard [.ipl, .eventTag].contains(recordedType), [8, 9, 11, 12, 14].contains(registerIndex) else { return false }
    return !digests.contains { $0.algorithm?.digest(of: data) == $0.bytes }
  }

  /// The path that the log names, a claim.
  fileprivate var claimedFile: String? {
    if recordedType == .ipl { return LoaderMeasurement(self)?.subject }
    guard case .tags(let tags) = content(file: "") else { return nil }
    return tags.first?.name
  }
}

extension KnownFile {
  /// Has the last component of a path, whatever stands before it.
  fileprivate func isNamed(_ claimed: String?) -> Bool {
    guard let name = path.split(separator: UInt8(ascii: "/")).last, let claimed else { return false }
    return claimed.utf8.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ")") }).last
      .map { $0.elementsEqual(name) } ?? false
  }
}

extension [UInt8] {
  fileprivate var text: String { escapedText(self) }
}
