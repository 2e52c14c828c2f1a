import ByteReading
import Digests
import EvidenceIntake
import Hashing
import OpenPGP
import ReferenceManifests
import XMLReading

/// Reads one file that is a list of digests or an update history, whatever its name: what it is shows in its content.
///
/// Its signature is one that it carries (clear-signed text) or that lies beside it as `.asc`, `.sig` or `.gpg`.
public enum ListReader {
  /// Reads the file at `path`; `name` is what it is called in `ReferenceSource.path` and in problems. Nil when the file
  /// cannot be opened or is no list, advisory list, tracker export or `updateinfo.xml`.
  public static func read(path: FilePath, name: String, options: BuildOptions) -> ManifestReading? {
    do {
      let file = try OpenFile(path)
      let head = try file.next(min(file.byteCount, 1 << 16))
      guard mayBeList(head) else { return nil }
      guard file.byteCount <= options.limits.heldByteCount else { return tooLarge(name, file.byteCount, options, head) }
      var bytes = head
      while bytes.count < options.limits.heldByteCount {
        let more = try file.next(1 << 20)
        if more.isEmpty { break }
        bytes += more
      }
      return read(bytes, path: path, name: name, options: options)
    } catch {
      return nil
    }
  }

  private static func read(
    _ bytes: [UInt8], path: FilePath, name: String, options: BuildOptions
  ) -> ManifestReading? {
    let signed = options.keys.verify(cleartext: bytes)
    let text = signed?.text ?? bytes
    guard let kind = kind(of: text) else { return nil }
    let source = ReferenceSource(
      kind: kind, path: name, byteCount: bytes.count, sha256: HashAlgorithm.sha256.digest(of: bytes) ?? [])
    var reading = ManifestReading(source: source)
    reading.take(text, as: kind, hasOwnOffsets: signed == nil)
    reading.addSignatures(signed?.signatures, path: path, message: bytes, options: options)
    reading.checkStrength()
    return reading
  }

  private static func tooLarge(
    _ name: String, _ byteCount: Int, _ options: BuildOptions, _ head: [UInt8]
  ) -> ManifestReading? {
    guard let kind = kind(of: head) else { return nil }
    return ManifestReading(
      source: ReferenceSource(kind: kind, path: name, byteCount: byteCount, sha256: []),
      problems: [
        ReferenceProblem(
          .refused, source: name, message: "The list is too large to be held.",
          expected: "at most \(options.limits.heldByteCount) bytes", actual: "\(byteCount) bytes")
      ])
  }

  /// Whether it is worth reading on: text, and of a known beginning where the beginning decides.
  private static func mayBeList(_ head: [UInt8]) -> Bool {
    guard !head.contains(0) else { return false }
    let first = head.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    return first == 0x7b || head.starts(with: "-----BEGIN PGP SIGNED".utf8) || kind(of: head) != nil
  }

  private static func kind(of text: [UInt8]) -> ReferenceSource.Kind? {
    if let kind = recognise(list: text) { return kind }
    guard text.first == 0x3c else { return nil }
    var root: String?
    // A fault of the document is met again, and told, when it is read.
    _ = readXMLEvents(Array(text.prefix(1 << 16)), file: "") { event in
      if case .start(let element) = event { root = element.name }
      return false
    }
    return root == "updates" ? .updateInformation : nil
  }
}

extension ManifestReading {
  /// Reads the text. Where it was taken out of a signed message, places in it are none of the file and are left out.
  fileprivate mutating func take(_ text: [UInt8], as kind: ReferenceSource.Kind, hasOwnOffsets: Bool) {
    let file = source.path
    let name = file.split(separator: "/").last.map(String.init) ?? file
    switch kind {
    case .digestList: take(ListReading(digestLines: text, name: name, file: file))
    case .hashdeep: take(ListReading(hashdeep: text, name: name, file: file))
    case .mtree: take(ListReading(mtree: text, name: name, file: file))
    case .csv: take(ListReading(csv: text, name: name, file: file))
    case .keylimePolicy: take(ListReading(keylimePolicy: text, name: name, file: file))
    case .debianSecurityTracker:
      let tracker = SecurityTracker(text, file: file)
      (updates, problems) = (tracker.updates, tracker.problems)
    case .debianSecurityList:
      let list = SecurityAdvisoryList(text, file: file)
      (updates, problems) = (list.updates, list.problems)
    default:
      let information = UpdateInformation(text, file: file)
      updates = information.updates(distribution: "")
      problems = information.problems.map { error in
        ReferenceProblem(
          .damaged, source: file, offset: error.offset, message: "\(error.field) cannot be read.",
          expected: error.expected, actual: error.found)
      }
    }
    if !hasOwnOffsets { for index in problems.indices { problems[index].offset = nil } }
  }

  private mutating func take(_ list: ListReading) {
    packages = list.packages
    problems = list.problems
  }

  /// `own` are those of a clear-signed text; nil when it is none.
  fileprivate mutating func addSignatures(
    _ own: [SourceSignature]?, path: FilePath, message: [UInt8], options: BuildOptions
  ) {
    var isSigned = own != nil
    source.signatures = own ?? []
    if problems.contains(where: { $0.kind == .signatureUnsupported }) {
      // The envelope of a Keylime policy.
      isSigned = true
      source.signatures.append(SourceSignature(status: .unsupported, scheme: "DSSE", key: ""))
    }
    for suffix in [".asc", ".sig", ".gpg"] {
      do throws(FileError) {
        let bytes = try smallContents(of: FilePath(bytes: path.bytes + Array(suffix.utf8)))
        guard let bytes else { continue }
        let found = options.keys.verify(detached: bytes, over: message)
        isSigned = isSigned || !found.isEmpty
        source.signatures += found
      } catch {
        isSigned = true
        problems.append(
          ReferenceProblem(
            .signatureUnsupported, source: source.path, message: "The signature \(suffix) beside it cannot be read.",
            actual: error.reason))
      }
    }
    if !isSigned {
      problems.append(ReferenceProblem(.unsigned, source: source.path, message: "Nothing signs the list."))
    } else if !source.signatures.isEmpty {
      let told = problems.contains { $0.kind == .signatureUnsupported }
      problems += RPMTrust.problems(of: source.signatures, source: source.path, subject: nil)
        .filter { !(told && $0.kind == .signatureUnsupported) }
    }
  }

  /// One problem when nothing in the list can be relied on against an attacker.
  fileprivate mutating func checkStrength() {
    let digests = packages.flatMap { $0.files.flatMap(\.digests) }
    guard !digests.isEmpty, digests.allSatisfy({ $0.algorithm.strength == .broken }) else { return }
    problems.append(
      ReferenceProblem(
        .weakDigest, source: source.path, message: "The list has only MD5 digests, of which collisions cost nothing."))
  }
}

/// The content of a signature's file; nil when there is none at that place. Nobody's signatures are as large as the bound.
private func smallContents(of path: FilePath) throws(FileError) -> [UInt8]? {
  guard resolved(path) != nil else { return nil }
  let file = try OpenFile(path)
  return try file.next(min(file.byteCount, 1 << 20))
}
