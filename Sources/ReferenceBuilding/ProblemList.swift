import Archives
import ByteReading
import ReferenceManifests

/// Problems of one source. A hostile source can have a million of one kind; the first of each kind are kept and the rest
/// are counted.
struct ProblemList {
  /// Problems of one kind that are kept.
  static let keptCount = 100

  private let source: String
  private var kept: [ReferenceProblem] = []
  private var counts: [ReferenceProblem.Kind: Int] = [:]

  init(source: String) { self.source = source }

  var isEmpty: Bool { kept.isEmpty }

  mutating func add(
    _ kind: ReferenceProblem.Kind, _ message: String, subject: [UInt8]? = nil, offset: Int? = nil,
    expected: String? = nil, actual: String? = nil
  ) {
    add(
      ReferenceProblem(
        kind, source: source, subject: subject.map { escapedText($0) }, offset: offset, message: message,
        expected: expected, actual: actual))
  }

  mutating func add(_ problem: ReferenceProblem) {
    let count = counts[problem.kind, default: 0] + 1
    counts[problem.kind] = count
    if count <= Self.keptCount { kept.append(problem) }
  }

  mutating func add(_ problems: [ReferenceProblem]) {
    for problem in problems { add(problem) }
  }

  /// A fault of reading text of the source or of one of its members.
  mutating func add(_ error: ParseError, subject: [UInt8]? = nil) {
    add(
      .damaged, "\(error.field) cannot be read.", subject: subject, offset: subject == nil ? error.offset : nil,
      expected: error.expected, actual: error.found)
  }

  /// A fault of an archive: over a bound is refused, everything else is damage.
  mutating func add(_ error: ArchiveError, of layer: String) {
    let kind: ReferenceProblem.Kind = if case .limit = error.kind { .refused } else { .damaged }
    add(kind, "\(layer): \(escapedText(error.message.utf8)). What was read before is kept.")
  }

  /// What is kept, and one problem for each kind of which more were met.
  var all: [ReferenceProblem] {
    kept
      + counts.filter { $0.value > Self.keptCount }.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, count in
        ReferenceProblem(
          kind, source: source, message: "\(count - Self.keptCount) more problems of this kind are not listed.")
      }
  }
}

extension BuildLimits {
  /// The bounds of one archive, or of one layer of it.
  var archive: ArchiveLimits {
    ArchiveLimits(
      memberCount: memberCount, unpackedByteCount: unpackedByteCount, ratio: ratio, pathByteCount: pathByteCount)
  }
}
