import ByteReading
import Digests

/// What a list of files and digests gave. Lists without package names give one package, which has the list's name.
///
/// Paths are as the list has them, with a leading `/` added and `.` components removed; where the list's folder lies in
/// the system that it speaks of is not said by it.
public struct ListReading: Equatable, Sendable {
  public var packages: [ReferencePackage]
  public var problems: [ReferenceProblem]
}

/// Collects what a list says while it is read, line by line.
struct ListBuilder {
  /// Problems of single lines beyond this number are counted only.
  static let problemLimit = 1000

  let file: String
  private(set) var problems: [ReferenceProblem] = []
  private var furtherProblemCount = 0
  private var zeroDigestCount = 0
  private var guessedCount = 0
  private var pseudoEntryCount = 0
  private var unknownAlgorithms: Set<String> = []

  init(file: String) { self.file = file }

  /// A line or record that could not be used as it stands.
  mutating func problem(
    at offset: Int?, _ message: String, subject: [UInt8]? = nil, expected: String? = nil, actual: [UInt8]? = nil,
    kind: ReferenceProblem.Kind = .damaged
  ) {
    guard problems.count < Self.problemLimit else {
      furtherProblemCount += 1
      return
    }
    problems.append(
      ReferenceProblem(
        kind, source: file, subject: subject.map { escapedText($0) }, offset: offset, message: message,
        expected: expected, actual: actual.map { escapedText($0.prefix(200)) }))
  }

  /// A path as it is kept; nil, with a problem, when it is empty, leads upwards or is longer than Linux allows.
  mutating func path(_ raw: some Sequence<UInt8>, at offset: Int?) -> [UInt8]? {
    let bytes = Array(raw)
    let parts = bytes.split(separator: 0x2f).filter { !$0.elementsEqual([0x2e]) }
    let isUpwards = parts.contains { $0.elementsEqual([0x2e, 0x2e]) }
    guard !bytes.isEmpty, !isUpwards, bytes.count < 4096, !bytes.contains(0) else {
      problem(
        at: offset, "The path cannot be one of a file.", expected: "a path without ..", actual: bytes, kind: .refused)
      return nil
    }
    return parts.isEmpty ? [0x2f] : parts.flatMap { [0x2f] + $0 }
  }

  /// A digest of hexadecimal digits; nil when it is all zeros, which stands for none, or, with a problem, when it is not
  /// what the algorithm has. Without an algorithm the length decides.
  mutating func digest(
    _ digits: some Sequence<UInt8>, _ named: FileDigestAlgorithm?, at offset: Int?
  ) -> ReferenceDigest? {
    let text = Array(digits)
    let bytes = bytesOfHex(text)
    let guess = DigestAlgorithmGuess(byteCount: bytes?.count ?? 0)
    guard let bytes, let algorithm = named ?? guess?.algorithm, bytes.count == algorithm.digestByteCount else {
      let expected = named.map { "\($0.digestByteCount * 2) digits (\($0.name))" } ?? "32, 40, 56, 64, 96 or 128 digits"
      problem(at: offset, "The digest has the wrong length or is not hexadecimal.", expected: expected, actual: text)
      return nil
    }
    guard bytes.contains(where: { $0 != 0 }) else {
      zeroDigestCount += 1
      return nil
    }
    if named == nil, algorithm == .sha256 { guessedCount += 1 }
    return ReferenceDigest(algorithm, bytes, origin: .list)
  }

  /// An entry that is no file: `boot_aggregate`, keyrings.
  mutating func passOverPseudoEntry() { pseudoEntryCount += 1 }
  mutating func passOver(algorithm: String) { unknownAlgorithms.insert(algorithm) }

  /// The reading, with what is said once for the whole list.
  func finish(_ packages: [ReferencePackage]) -> ListReading {
    var all = problems
    func add(_ kind: ReferenceProblem.Kind, _ message: String) {
      all.append(ReferenceProblem(kind, source: file, message: message))
    }
    if furtherProblemCount > 0 { add(.damaged, "\(furtherProblemCount) more records could not be used.") }
    if zeroDigestCount > 0 { add(.damaged, "\(zeroDigestCount) digests are all zeros, which stands for no digest.") }
    if pseudoEntryCount > 0 { add(.unrecognised, "\(pseudoEntryCount) entries speak of no file and were left out.") }
    if guessedCount > 0 {
      add(.ambiguousDigest, "\(guessedCount) digests of 64 digits name no algorithm and are taken as SHA-256, not SM3.")
    }
    for name in unknownAlgorithms.sorted() {
      add(.unrecognised, "Digests in \(name) are not known here and were left out.")
    }
    return ListReading(packages: packages, problems: all)
  }

  /// One package of a list's own name.
  func finish(name: String, _ files: [ReferenceFile]) -> ListReading {
    finish(files.isEmpty ? [] : [ReferencePackage(format: .list, name: name, version: "", files: files)])
  }
}

/// Calls `body` with each line, without its end (a line feed, or carriage return and line feed), and where it starts.
func forEachLine(of bytes: [UInt8], _ body: (ArraySlice<UInt8>, Int) -> Void) {
  var start = 0
  while start < bytes.count {
    let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
    let cut = end > start && bytes[end - 1] == 0x0d ? end - 1 : end
    body(bytes[start..<cut], start)
    start = end + 1
  }
}

/// The algorithm that a list's file name gives, for example `SHA256SUMS` or `tree.sm3sum`; nil when it gives none.
func algorithmNamed(in file: String) -> FileDigestAlgorithm? {
  let name = file.lowercased().split(separator: "/").last.map(String.init) ?? ""
  return [FileDigestAlgorithm.sm3, .sha512, .sha384, .sha256, .sha224, .sha1, .md5].first { name.contains($0.name) }
}
