import ByteReading
import Digests
import EvidenceIntake
import IMALog
import TCGEventLog
import TPMStructures

/// How the second of two captures differs from the first: their event logs, measurement lists, quotes and register values, each
/// with its counterpart.
///
/// Files are counterparts when they have the same path in both captures, or when each capture has one file of the kind in the same
/// folder, or one at all. Two single files are a capture each.
public struct CaptureComparison: Sendable {
  /// In the order of kinds, then of paths in the first capture.
  public private(set) var pairs: [ComparedPair] = []
  /// Evidence without a counterpart.
  public private(set) var onlyOld: [UnpairedFile] = []
  public private(set) var onlyNew: [UnpairedFile] = []
  /// Files that were not compared, or not by themselves, as a sentence each.
  public private(set) var notes: [String] = []

  /// Whether nothing differs but what changes on every boot.
  public var isEmpty: Bool { pairs.allSatisfy(\.isEmpty) && onlyOld.isEmpty && onlyNew.isEmpty }
  /// Whether there was anything to compare.
  public var hasCounterparts: Bool { !pairs.isEmpty }

  /// - parameter showsAll: what changes on every boot counts, too.
  /// - parameter stages: the stage of the boot of each event of a log.
  public init(_ old: EvidenceSet, _ new: EvidenceSet, showsAll: Bool = false, stages: (EventLog) -> [String]) {
    let kinds: [(ComparedKind, ([EvidenceFile]) -> [ComparableFile])] = [
      (.eventLog, { $0.compactMap(ComparableFile.init(eventLog:)) }),
      (.measurementList, { $0.compactMap(ComparableFile.init(list:)) }),
      (.quote, { ComparableFile.quotes($0) }),
      (.registers, { ComparableFile.registers($0) }),
    ]
    for (kind, select) in kinds {
      var (olds, news) = (select(old.files), select(new.files))
      if kind == .measurementList {
        notes += Self.dropBeginnings(&olds, "the first capture", showsAll: showsAll)
        notes += Self.dropBeginnings(&news, "the second capture", showsAll: showsAll)
      }
      // A single file is held against its counterpart: what else a capture has is no difference.
      if olds.isEmpty, old.isSingleFile, let note = Self.left(news, kind, of: "the second capture") {
        notes.append(note)
      } else if news.isEmpty, new.isSingleFile, let note = Self.left(olds, kind, of: "the first capture") {
        notes.append(note)
      } else {
        compare(kind, olds, news, showsAll: showsAll, stages: stages)
      }
    }
    notes += Self.unread(old.files, "the first capture") + Self.unread(new.files, "the second capture")
  }

  private static func left(_ files: [ComparableFile], _ kind: ComparedKind, of whose: String) -> String? {
    guard !files.isEmpty else { return nil }
    let names = files.map(\.path).joined(separator: ", ")
    return "\(kind.rawValue) of \(whose), for the other side is a single file: \(names)"
  }

  private static func unread(_ files: [EvidenceFile], _ whose: String) -> [String] {
    files.compactMap { file in
      switch file.content {
      case .unreadable(let reason), .refused(let reason): "\(file.path) of \(whose) was not read: \(reason)"
      case .archive where file.packing?.memberCount == nil:
        "\(file.path) of \(whose) is an archive, which is not opened"
      case .malformedAttestation: "\(file.path) of \(whose) is a damaged statement of a TPM"
      case .empty(.eventLog), .empty(.measurementList): "\(file.path) of \(whose) is an empty log"
      default: nil
      }
    }
  }

  private mutating func compare(
    _ kind: ComparedKind, _ olds: [ComparableFile], _ news: [ComparableFile], showsAll: Bool,
    stages: (EventLog) -> [String]
  ) {
    var (couples, oldRest, newRest) = counterparts(olds, news)
    // Captures of one boot have the same log each: as many copies are one.
    if couples.isEmpty, kind != .quote, let left = Self.one(oldRest), let right = Self.one(newRest) {
      couples = [(left, right)]
      notes += (oldRest.dropFirst().map { ($0, left) } + newRest.dropFirst().map { ($0, right) }).map {
        "\($0.path): the same bytes as \($1.path)"
      }
      (oldRest, newRest) = ([], [])
    }
    onlyOld += oldRest.map { UnpairedFile(path: $0.path, kind: kind) }
    onlyNew += newRest.map { UnpairedFile(path: $0.path, kind: kind) }
    var compared: [[[UInt8]?]: Int] = [:]
    for (left, right) in couples {
      let identity = [left.sha256, right.sha256]
      if kind != .quote, let first = compared[identity] {
        notes.append("\(left.path) and \(right.path): the same bytes as \(pairs[first].old) and \(pairs[first].new)")
        continue
      }
      guard let result = ComparedPair.Result(left.evidence, right.evidence, showsAll: showsAll, stages: stages) else {
        continue
      }
      compared[identity] = pairs.count
      pairs.append(ComparedPair(kind: kind, old: left.path, new: right.path, result: result))
    }
  }

  /// The first of files that all have the same bytes; nil where they do not, or there is none.
  private static func one(_ files: [ComparableFile]) -> ComparableFile? {
    guard let first = files.first, first.sha256 != nil, files.allSatisfy({ $0.sha256 == first.sha256 }) else {
      return nil
    }
    return first
  }

  /// By path, then the only ones of a folder, then the only ones.
  private func counterparts(
    _ olds: [ComparableFile], _ news: [ComparableFile]
  ) -> (couples: [(ComparableFile, ComparableFile)], old: [ComparableFile], new: [ComparableFile]) {
    var (left, right) = (olds, news)
    var couples: [(ComparableFile, ComparableFile)] = []
    for name in [\ComparableFile.path, \.folder, \.everywhere] {
      let lefts = Dictionary(grouping: left, by: { $0[keyPath: name] })
      let rights = Dictionary(grouping: right, by: { $0[keyPath: name] })
      var used: Set<String> = []
      for file in left {
        let key = file[keyPath: name]
        guard lefts[key]?.count == 1, let other = rights[key], other.count == 1 else { continue }
        couples.append((file, other[0]))
        used.insert(key)
      }
      left.removeAll { used.contains($0[keyPath: name]) }
      right.removeAll { used.contains($0[keyPath: name]) }
    }
    couples.sort { $0.0.path.utf8.lexicographicallyPrecedes($1.0.path.utf8) }
    return (couples, left, right)
  }

  private static func isText(_ list: MeasurementList) -> Bool { list.format == .ascii }

  /// Lists are read before and after the quotes, in two forms: one that another list of its folder begins with says nothing
  /// by itself.
  private static func dropBeginnings(_ files: inout [ComparableFile], _ whose: String, showsAll: Bool) -> [String] {
    var notes: [String] = []
    var kept: [ComparableFile] = []
    for group in Dictionary(grouping: files, by: \.folder).values {
      guard group.count > 1 else {
        kept += group
        continue
      }
      var keys = MeasurementKeys()
      // The longest first; of two equal ones the binary one, since its digests are as the kernel wrote them.
      let lists = group.compactMap { file in file.list.map { (file, $0, keys.numbers($0, showsAll: true)) } }
        .sorted { left, right in
          if left.2.count != right.2.count { return left.2.count > right.2.count }
          if isText(left.1) != isText(right.1) { return isText(right.1) }
          return left.0.path.utf8.lexicographicallyPrecedes(right.0.path.utf8)
        }
      var longer: [(file: ComparableFile, keys: [Int])] = []
      for (file, _, numbers) in lists {
        if let whole = longer.first(where: { $0.keys.starts(with: numbers) }) {
          notes.append(
            numbers.count == whole.keys.count
              ? "\(file.path) of \(whose) has the same records as \(whole.file.path)"
              : "\(file.path) of \(whose) is the beginning of \(whole.file.path), \(numbers.count) records of it")
        } else {
          longer.append((file, numbers))
          kept.append(file)
        }
      }
    }
    files = kept.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return notes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// What is compared.
public enum ComparedKind: String, Sendable {
  case eventLog = "event log"
  case measurementList = "measurement list"
  case quote = "quote"
  case registers = "register values"
}

/// A file whose kind the other capture has no counterpart of.
public struct UnpairedFile: Equatable, Sendable {
  public var path: String
  public var kind: ComparedKind
}

/// Two files held against each other.
public struct ComparedPair: Sendable {
  public enum Result: Sendable {
    case eventLogs(EventLogComparison)
    case measurementLists(MeasurementListComparison)
    case quotes(QuoteComparison)
    case registers([RegisterDifference])
  }

  public var kind: ComparedKind
  public var old: String
  public var new: String
  public var result: Result

  public var isEmpty: Bool {
    switch result {
    case .eventLogs(let comparison): comparison.isEmpty
    case .measurementLists(let comparison): comparison.isEmpty
    case .quotes(let comparison): comparison.isEmpty
    case .registers(let differences): differences.isEmpty
    }
  }
}

extension ComparedPair.Result {
  /// nil when the two are not of one kind.
  fileprivate init?(
    _ old: ComparableFile.Evidence, _ new: ComparableFile.Evidence, showsAll: Bool, stages: (EventLog) -> [String]
  ) {
    switch (old, new) {
    case (.eventLog(let old, let file), .eventLog(let new, let other)):
      self = .eventLogs(EventLogComparison(old, new, files: (file, other), showsAll: showsAll, stages: stages))
    case (.list(let old), .list(let new)):
      self = .measurementLists(MeasurementListComparison(old, new, showsAll: showsAll))
    case (.quote(let old, let values), .quote(let new, let others)):
      self = .quotes(QuoteComparison(old, new, registers: (values, others), showsAll: showsAll))
    case (.registers(let old), .registers(let new)):
      self = .registers(RegisterDifference.between(old, new, countingUnknown: true))
    default: return nil
    }
  }
}

/// A file of a capture that can be compared.
private struct ComparableFile {
  enum Evidence {
    case eventLog(EventLog, file: String)
    case list(MeasurementList)
    case quote(Attestation, RegisterValues?)
    case registers(RegisterValues)
  }

  var path: String
  var folder: String
  var sha256: [UInt8]?
  var evidence: Evidence
  /// One name for every file.
  var everywhere: String { "" }

  var list: MeasurementList? {
    if case .list(let list) = evidence { list } else { nil }
  }

  private init(_ file: EvidenceFile, _ evidence: Evidence) {
    path = file.path
    folder = file.folder
    sha256 = file.sha256
    self.evidence = evidence
  }

  init?(eventLog file: EvidenceFile) {
    guard case .eventLog(let log) = file.content else { return nil }
    self.init(file, .eventLog(log.value, file: file.path))
  }

  init?(list file: EvidenceFile) {
    switch file.content {
    case .measurementList(let list): self.init(file, .list(list.value))
    case .integrityReport(let carried):
      guard let list = carried.list else { return nil }
      self.init(file, .list(list.value))
    default: return nil
    }
  }

  /// Statements with the register values of the same folder and stem.
  static func quotes(_ files: [EvidenceFile]) -> [ComparableFile] {
    let values = registerFiles(files)
    return files.compactMap { file in
      guard case .attestation(let attestation) = file.content else { return nil }
      return ComparableFile(file, .quote(attestation, values[file.folder + "/" + file.stem]))
    }
  }

  /// Values that belong to no quote.
  static func registers(_ files: [EvidenceFile]) -> [ComparableFile] {
    let quoted = Set(
      files.compactMap { file -> String? in
        if case .attestation = file.content { file.folder + "/" + file.stem } else { nil }
      })
    return files.compactMap { file in
      switch file.content {
      case .registerFile(let registers) where !quoted.contains(file.folder + "/" + file.stem):
        ComparableFile(file, .registers(registers.registerValues))
      case .registerListing(let listing): ComparableFile(file, .registers(listing.values))
      default: nil
      }
    }
  }

  private static func registerFiles(_ files: [EvidenceFile]) -> [String: RegisterValues] {
    var values: [String: RegisterValues] = [:]
    for file in files {
      if case .registerFile(let registers) = file.content {
        values[file.folder + "/" + file.stem] = registers.registerValues
      }
    }
    return values
  }
}
