import ByteReading
import Digests
import EvidenceIntake
import OpenPGP
import ReferenceManifests
import ReferenceStore

/// What a build is asked for.
public struct BuildRequest: Sendable {
  /// Files and folders, in the order in which they are read.
  public var inputs: [FilePath]
  /// Where the store is, or is going to be.
  public var store: FilePath
  public var options: BuildOptions
  /// Captures and event logs of boots that the user calls good.
  public var baselines: [FilePath]
  /// Threads that read. The result does not depend on it.
  public var jobs: Int
  /// What packages are for whose manifest does not say; empty when it is left open.
  public var distribution: String

  public init(
    inputs: [FilePath], store: FilePath, options: BuildOptions, baselines: [FilePath] = [], jobs: Int = 1,
    distribution: String = ""
  ) {
    self.inputs = inputs
    self.baselines = baselines
    self.store = store
    self.options = options
    self.jobs = jobs
    self.distribution = distribution
  }
}

/// How far a build is.
public struct BuildProgress: Equatable, Sendable {
  public var doneTasks: Int
  public var tasks: Int
  public var doneByteCount: Int
  public var byteCount: Int
  /// Path of the source that was written last.
  public var label: String
}

/// What a build made.
public struct BuildSummary: Equatable, Sendable {
  /// Of the whole store, former runs included.
  public var counts: StoreCounts
  /// Lower-case hexadecimal.
  public var logicalDigest: String
  /// Files that were read in this run, and those that the store held already.
  public var readCount: Int
  public var heldCount: Int
  /// Everything that is known to be wrong with what the store was built from, former runs included, by source.
  public var problems: [ReferenceProblem]
}

/// Why there is no new store. The one that was there before is as it was.
public enum BuildError: Error, Equatable, CustomStringConvertible {
  /// An input that was named cannot be read.
  case input(FileError)
  /// What stands in the store's place is none, or cannot be read.
  case noStore(StoreError)
  /// The store was built with other algorithms: its packages would be there twice.
  case otherAlgorithms(store: String, held: String, wanted: String)
  /// The store could not be written.
  case output(FileError)

  public var description: String {
    switch self {
    case .input(let error): error.description
    case .noStore(let error): error.description
    case .otherAlgorithms(let store, let held, let wanted):
      "\(store): was built with --algorithms \(held), not \(wanted); give the same, or build a new store"
    case .output(let error): error.description
    }
  }
}

/// Reads packages, repositories, system images and lists into a store.
public enum ReferenceBuilder {
  /// Builds a store, or adds to one.
  ///
  /// All work is done in a file beside the store (`StorePlace`), which takes the store's place at the end. A run that is
  /// cut off leaves that file, and the next run goes on with it: files that it holds are not read again.
  ///
  /// - parameter progress: called on this thread after each task.
  public static func build(
    _ request: BuildRequest, progress: (BuildProgress) -> Void = { _ in }
  ) throws(BuildError) -> BuildSummary {
    var planner = InputPlanner(options: request.options)
    do {
      try planner.add(request.inputs)
      try planner.add(baselines: request.baselines)
    } catch { throw .input(error) }
    let place = StorePlace(request.store)
    let writer = try place.open(for: request.options)
    do {
      var run = BuildRun(request: request, writer: writer, held: try held(in: writer, request.options))
      try run.write(planner.plan, progress)
      let summary = try run.summary(digest: writer.finish())
      try place.replaceStore()
      return summary
    } catch let error as StoreError {
      throw .output(FileError(path: error.file, reason: error.reason))
    } catch let error as FileError {
      throw .output(error)
    } catch {
      throw .output(FileError(path: request.store.text, reason: "\(error)"))
    }
  }

  /// With other keys than the last run's, the packages' own signatures may be judged differently.
  private static func held(in writer: StoreWriter, _ options: BuildOptions) throws(StoreError) -> HeldSources {
    let held = try writer.heldSources()
    let keys = options.keys.certificates.map(\.fingerprint).sorted().joined(separator: ",")
    let isSame = try writer.property(.keys) == keys
    try writer.setProperty(.keys, to: keys)
    return isSame ? held : held.withoutSignedPackages()
  }
}

/// The state of one run: readings come in the order of the tasks and go to the store in transactions of bounded size.
private struct BuildRun {
  let request: BuildRequest
  let writer: StoreWriter
  let held: HeldSources
  private var waiting: [ManifestReading] = []
  private var waitingFiles = 0
  private var readCount = 0
  private var heldCount = 0
  /// Manifests that belong to another one, with its SHA-256.
  private var links: [(source: ReferenceSource, target: [UInt8])] = []

  init(request: BuildRequest, writer: StoreWriter, held: HeldSources) {
    self.request = request
    self.writer = writer
    self.held = held
  }

  mutating func write(_ plan: BuildPlan, _ progress: (BuildProgress) -> Void) throws {
    for reading in plan.readings { try take(.read([reading])) }
    var state = BuildProgress(
      doneTasks: 0, tasks: plan.tasks.count, doneByteCount: 0,
      byteCount: plan.tasks.reduce(0) { $0 &+ $1.byteCount }, label: "")
    let outcomes = OrderedTasks(count: plan.tasks.count, jobs: request.jobs) { [held, request] index in
      TaskOutcome(of: plan.tasks[index], held: held, distribution: request.distribution)
    }
    while let (index, outcome) = outcomes.next() {
      try take(outcome)
      state.doneTasks += 1
      state.doneByteCount &+= plan.tasks[index].byteCount
      state.label = plan.tasks[index].label
      progress(state)
    }
    try flush()
    try followLinks()
    let digests = Dictionary(
      plan.readings.map { ($0.source.path, $0.source.sha256) }, uniquingKeysWith: { first, _ in first })
    try writer.add(plan.problems, of: digests)
  }

  /// A patch or a supplement says little without the manifest that it belongs to.
  private func followLinks() throws {
    for (source, target) in links where try !writer.contains(sha256: target, kind: .baseRIM) {
      let problem = ReferenceProblem(
        .fileMissing, source: source.path,
        message: "The manifest that this one is a patch of or a supplement to is not here.",
        expected: "SHA-256 \(hexText(target))")
      try writer.add([problem], of: [source.path: source.sha256])
    }
  }

  private mutating func take(_ outcome: TaskOutcome) throws {
    switch outcome {
    case .held(let source):
      heldCount += 1
      try writer.addKnown([source])
    case .read(let readings):
      for reading in readings {
        // What is no source is told as a problem and not counted.
        if !reading.source.sha256.isEmpty { readCount += 1 }
        if let target = reading.linkedManifest { links.append((reading.source, target)) }
        waiting.append(reading.for(request.distribution))
        waitingFiles += reading.packages.reduce(0) { $0 + $1.files.count } + reading.updates.count
      }
      // Small enough that a run that is cut off has lost little, large enough that transactions cost nothing.
      if waitingFiles > 20_000 || waiting.count > 50 { try flush() }
    }
  }

  private mutating func flush() throws {
    try writer.add(waiting)
    waiting.removeAll(keepingCapacity: true)
    waitingFiles = 0
  }

  /// Support files that no manifest names. A later run may bring the manifest, so that the store does not keep this.
  private func loneSupportFiles(in store: ReferenceStore) throws -> [ReferenceProblem] {
    try store.bootReferences().filter(\.lacksManifest).map { reference in
      ReferenceProblem(
        .unsigned, source: reference.source.path,
        message: reference.sentenceOnMissingManifest)
    }
  }

  func summary(digest: [UInt8]) throws -> BuildSummary {
    let store = try ReferenceStore(file: writer.file)
    return BuildSummary(
      counts: try store.counts(), logicalDigest: store.logicalDigest, readCount: readCount, heldCount: heldCount,
      problems: try store.problems() + loneSupportFiles(in: store))
  }
}

/// What became of one task.
private enum TaskOutcome: Sendable {
  /// The store holds the package; what is known of it now.
  case held(ReferenceSource)
  case read([ManifestReading])

  /// Only packages are left alone: reading a list again is cheap, and it may have got a signature, or its key may have been
  /// revoked, since it was read.
  init(of task: ReadingTask, held: HeldSources, distribution: String) {
    guard let target = task.target, let kind = target.kind, kind == .deb || kind == .rpm,
      held.mayContain(byteCount: task.byteCount), let sha256 = sha256(of: target.file),
      let known = target.known(sha256),
      held.contains(
        sha256: sha256, kind: kind, distribution: known.distribution.isEmpty ? distribution : known.distribution)
    else {
      self = .read(task.run())
      return
    }
    self = .held(
      ReferenceSource(
        kind: kind, path: task.label, byteCount: task.byteCount, sha256: sha256, vouchedBy: known.vouchedBy,
        distribution: known.distribution))
  }
}

extension ManifestReading {
  /// The packages for which nothing else is said are for `distribution`.
  fileprivate func `for`(_ distribution: String) -> ManifestReading {
    guard !distribution.isEmpty else { return self }
    var reading = self
    for index in reading.packages.indices where reading.packages[index].distribution.isEmpty {
      reading.packages[index].distribution = distribution
    }
    return reading
  }
}
