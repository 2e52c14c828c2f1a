import ByteReading
import Digests
import Dispatch
import Hashing
import IMALog
import Synchronization

/// Replays a stream in steps. In one step all of this can run at the same time: the extends of one batch; the template hashes of the next batch, in pieces; the reading of the batch after it; and the search for
/// composite digests in the batch before. Each task has values of its own, so the order of tasks changes no result.
struct MeasurementPipeline {
  private let request: MeasurementReplay
  private let hasher: TemplateHasher
  private let stream: Guarded<MeasurementStream>
  private let banks: Guarded<BankGroup>
  private let composites: [Guarded<CompositeSearch>]
  private var replayed = ReplayedMeasurements()
  /// Registers extended so far, a bit each.
  private var extended: UInt32 = 0

  init(_ request: MeasurementReplay, stream: MeasurementStream) throws(MeasurementReplay.Failure) {
    self.request = request
    self.stream = Guarded(stream)
    hasher = TemplateHasher(Set(request.rules.map(\.templateAlgorithm)).sorted())
    for algorithm in request.rules.map(\.bank) + hasher.algorithms + request.compositeTargets.map(\.algorithm)
    where algorithm.digest(of: []) == nil {
      throw .unavailable(algorithm)
    }
    var starts: [RegisterBank] = []
    for rule in request.rules { starts.append(try Self.start(of: rule, request.startValues)) }
    let searches = starts.enumerated().map { index, start in
      RegisterSearch(
        request.targets.filter { $0.rule == index }, start: start,
        known: request.startValues?.registers(of: start.algorithm))
    }
    banks = Guarded(
      BankGroup(request.rules, starts: starts, searches: searches, keepsHistory: !request.compositeTargets.isEmpty))
    composites = request.compositeTargets.filter { $0.isKnown(in: request) }.map {
      Guarded(CompositeSearch($0, starts: starts))
    }
  }

  private static func start(
    of rule: ExtendRule, _ values: RegisterValues?
  ) throws(MeasurementReplay.Failure) -> RegisterBank {
    guard rule.templateAlgorithm.digestByteCount <= rule.bank.digestByteCount else {
      throw .invalidRequest("a \(rule.templateAlgorithm.name) digest does not fit into bank \(rule.bank.name)")
    }
    var bank = RegisterBank(rule.bank)
    for register in values?.registers(of: rule.bank) ?? [] where register < RegisterBank.registerCount && register >= 0
    {
      guard let value = values?[rule.bank, register], value.count == rule.bank.digestByteCount else {
        throw .invalidRequest("the start value of register \(register) has not the width of bank \(rule.bank.name)")
      }
      bank[register] = value
    }
    return bank
  }

  mutating func run() throws(MeasurementReplay.Failure) -> ReplayedMeasurements {
    var toHash = nextBatch()
    var toExtend: [TemplateHasher.Piece] = []
    var toSearch: ExtendedBatch?
    while toHash != nil || !toExtend.isEmpty || toSearch != nil {
      let step = Step(hasher: hasher, batch: toHash)
      perform(tasks(step, hash: toHash, extend: toExtend, search: toSearch))
      toSearch = try step.extended(toExtend, request, isSearched: !composites.isEmpty)
      toExtend = try step.hashed(hasher)
      note(toExtend)
      toHash = trimmed(step.next.value)
    }
    return finish()
  }

  /// Longest first, so that the short ones fill the gaps.
  private func tasks(
    _ step: Step, hash: MeasurementBatch?, extend: [TemplateHasher.Piece], search: ExtendedBatch?
  ) -> [@Sendable () -> Void] {
    var tasks: [@Sendable () -> Void] = []
    if !extend.isEmpty {
      let banks = banks
      tasks.append { step.histories.value = banks.withValue { $0.extend(extend) } }
    }
    if let search {
      for composite in composites { tasks.append { composite.withValue { $0.search(search) } } }
    }
    if hash != nil {
      let stream = stream
      tasks.append { step.next.value = stream.withValue { $0.next() } }
    }
    if let hash {
      let hasher = hasher
      for (range, piece) in zip(step.ranges, step.pieces) {
        tasks.append { piece.value = hasher.piece(of: hash, range) }
      }
    }
    return tasks
  }

  /// Runs all tasks on at most `jobs` threads and waits for them.
  private func perform(_ tasks: [@Sendable () -> Void]) {
    guard request.jobs > 1, tasks.count > 1 else {
      for task in tasks { task() }
      return
    }
    let started = Guarded(0)
    DispatchQueue.concurrentPerform(iterations: min(request.jobs, tasks.count)) { _ in
      while true {
        let index = started.withValue { count in
          defer { count += 1 }
          return count
        }
        guard index < tasks.count else { return }
        tasks[index]()
      }
    }
  }

  private func nextBatch() -> MeasurementBatch? {
    let batch = stream.withValue { $0.next() }
    return trimmed(batch)
  }

  /// Without what lies behind the end that was asked for; nil when nothing is left.
  private func trimmed(_ batch: MeasurementBatch?) -> MeasurementBatch? {
    guard let batch, let until = request.until, batch.firstIndex + batch.frames.count > until else { return batch }
    let shorter = batch.prefix(upTo: until)
    return shorter.frames.isEmpty ? nil : shorter
  }

  private mutating func note(_ pieces: [TemplateHasher.Piece]) {
    for piece in pieces {
      replayed.recordCount += piece.registers.count
      replayed.recordCountBeyondRegisters += piece.beyondCount
      replayed.violations += piece.violations
      replayed.templateHashMismatches += piece.mismatches
      extended |= piece.extended
    }
  }

  private mutating func finish() -> ReplayedMeasurements {
    let read = stream.value
    replayed.problems = read.problems
    replayed.unread = read.unread
    replayed.extendedRegisters = (0..<RegisterBank.registerCount).filter { extended & 1 << UInt32($0) != 0 }
    for (search, bank) in banks.value.finished {
      replayed.values.append(search.values(of: replayed.extendedRegisters, in: bank))
      for target in search.targets {
        replayed.matches[target.id] = match(target, ranges: search.ranges(of: target.id, end: replayed.recordCount))
      }
    }
    for composite in composites {
      let search = composite.value
      replayed.compositeMatches[search.id] = search.range(end: replayed.recordCount)
    }
    return replayed
  }

  private func match(
    _ target: RegisterTarget, ranges: [Int: ClosedRange<Int>]
  ) -> ReplayedMeasurements.TargetMatch {
    let compared = replayed.extendedRegisters.filter { target.values[$0] != nil }
    var combined: ClosedRange<Int>? = compared.isEmpty ? nil : 0...replayed.recordCount
    for register in compared {
      guard let range = ranges[register], let before = combined, before.overlaps(range) else {
        combined = nil
        break
      }
      combined = before.clamped(to: range)
    }
    return ReplayedMeasurements.TargetMatch(ranges: ranges, comparedRegisters: compared, combined: combined)
  }
}

/// What the tasks of one step write, each a place of its own.
private struct Step: Sendable {
  let ranges: [Range<Int>]
  let pieces: [Guarded<TemplateHasher.Piece?>]
  let histories = Guarded<[[[UInt8]]]?>(nil)
  let next = Guarded<MeasurementBatch?>(nil)

  init(hasher: TemplateHasher, batch: MeasurementBatch?) {
    ranges = batch.map { hasher.ranges(of: $0) } ?? []
    pieces = ranges.map { _ in Guarded(nil) }
  }

  func hashed(_ hasher: TemplateHasher) throws(MeasurementReplay.Failure) -> [TemplateHasher.Piece] {
    var hashed: [TemplateHasher.Piece] = []
    for piece in pieces {
      guard let value = piece.value else { throw .unavailable(hasher.algorithms.first ?? .sha1) }
      hashed.append(value)
    }
    return hashed
  }

  func extended(
    _ pieces: [TemplateHasher.Piece], _ request: MeasurementReplay, isSearched: Bool
  ) throws(MeasurementReplay.Failure) -> ExtendedBatch? {
    guard !pieces.isEmpty else { return nil }
    guard let values = histories.value else { throw .unavailable(request.rules.first?.bank ?? .sha1) }
    return isSearched ? ExtendedBatch(pieces: pieces, histories: values) : nil
  }
}

/// A value that tasks change one at a time.
final class Guarded<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value {
    get { mutex.withLock { $0 } }
    set { mutex.withLock { $0 = newValue } }
  }

  func withValue<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
    mutex.withLock { body(&$0) }
  }
}
