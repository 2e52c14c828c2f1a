import ByteReading
import EvidenceIntake
import ReferenceManifests

/// Finds out what each input is and puts together what there is to read.
///
/// A folder is looked at as a whole first: a repository or the image of a system speaks for everything below it. What is
/// neither is walked through, and each file is told by its content. Symbolic links are not followed: they may lead anywhere.
struct InputPlanner {
  private(set) var plan = BuildPlan()
  private let options: BuildOptions
  private var usedNames: Set<String> = []

  /// Folders below folders that are looked into.
  private static let depth = 64

  init(options: BuildOptions) { self.options = options }

  /// Adds what lies at the paths.
  ///
  /// - throws: when one of the paths itself cannot be read; what lies below never throws.
  mutating func add(_ inputs: [FilePath]) throws(FileError) {
    for input in inputs {
      let name = unusedName((resolved(input) ?? input).lastComponent)
      switch try kind(of: input, following: true) {
      case .file(let byteCount): add(file: input, name: name, byteCount: byteCount)
      case .folder:
        _ = try names(in: input)
        add(folder: input, name: name, depth: 0)
      case .symbolicLink, .special: throw FileError(path: input.text, reason: "Not a file or folder")
      }
    }
  }

  /// Adds the event logs that lie at or below the paths as baselines; whatever else lies there is left alone.
  ///
  /// - throws: when one of the paths itself cannot be read.
  mutating func add(baselines: [FilePath]) throws(FileError) {
    for input in baselines {
      let name = unusedName((resolved(input) ?? input).lastComponent)
      var found = 0
      switch try kind(of: input, following: true) {
      case .file(let byteCount): found = addBaseline(input, name, byteCount) ? 1 : 0
      case .folder: found = addBaselines(below: input, name: name, depth: 0)
      case .symbolicLink, .special: throw FileError(path: input.text, reason: "Not a file or folder")
      }
      if found == 0 { leaveOut(name, "it holds no event log that could be a baseline") }
    }
  }

  private mutating func addBaselines(below folder: FilePath, name: String, depth: Int) -> Int {
    guard depth < Self.depth else { return 0 }
    let entries: [[UInt8]]
    do { entries = try names(in: folder) } catch {
      leaveOut(name, error.reason, kind: .damaged)
      return 0
    }
    var found = 0
    for entry in entries {
      let (place, entryName) = (folder.appending(entry), name + "/" + escapedText(entry))
      do {
        switch try kind(of: place, following: false) {
        case .folder: found += addBaselines(below: place, name: entryName, depth: depth + 1)
        case .file(let byteCount): found += addBaseline(place, entryName, byteCount) ? 1 : 0
        case .symbolicLink, .special: break
        }
      } catch {
        leaveOut(entryName, error.reason, kind: .damaged)
      }
    }
    return found
  }

  private mutating func addBaseline(_ file: FilePath, _ name: String, _ byteCount: Int) -> Bool {
    guard let reading = EventLogReader.read(path: file, name: name, kind: .eventLogBaseline) else { return false }
    plan.readings.append(reading)
    return true
  }

  /// Inputs may have the same last component; a number keeps their files apart.
  private mutating func unusedName(_ name: String) -> String {
    var unused = name.isEmpty ? "root" : name
    var number = 2
    while !usedNames.insert(unused).inserted {
      unused = "\(name)-\(number)"
      number += 1
    }
    return unused
  }

  // MARK: Folders

  private mutating func add(folder: FilePath, name: String, depth: Int) {
    guard depth < Self.depth else { return leaveOut(name, "folders are nested more than \(Self.depth) deep") }
    let entries: [[UInt8]]
    do { entries = try names(in: folder) } catch { return leaveOut(name, error.reason, kind: .damaged) }
    if isWholeInput(folder, name: name, entries: entries) { return }
    for entry in entries { visit(folder.appending(entry), name: name + "/" + escapedText(entry), depth: depth) }
  }

  /// True when the folder is one input as a whole: a repository, or an image of a system with the records of its packages.
  private mutating func isWholeInput(_ folder: FilePath, name: String, entries: [[UInt8]]) -> Bool {
    var parts: [BuildPlan?] = []
    if ImageReader.isLayout(entries) { parts.append(imagePlan(folder, name: name)) }
    if entries.contains(where: Self.isRepositoryMark) {
      parts.append(DebianRepository.plan(folder: folder, name: name, options: options))
    }
    if entries.contains(Array("repodata".utf8)) {
      parts.append(RPMRepository.plan(folder: folder, name: name, options: options))
    }
    if parts.allSatisfy({ $0 == nil }) {
      parts.append(DpkgDatabase.plan(path: folder, name: name, options: options))
      parts.append(RPMDatabase.plan(path: folder, name: name, options: options))
    }
    let found = parts.compactMap { $0 }
    for part in found { plan.append(part) }
    return !found.isEmpty
  }

  /// Names that only repositories of Debian's kind have: the mirrored one, the flat one, and apt's own lists.
  private static func isRepositoryMark(_ name: [UInt8]) -> Bool {
    let text = String(decoding: name, as: UTF8.self)
    return ["dists", "InRelease", "Release"].contains(text) || text.hasSuffix("_InRelease")
      || text.hasSuffix("_Release")
  }

  private func imagePlan(_ folder: FilePath, name: String) -> BuildPlan {
    let options = options
    let listing = FolderListing(folder, name: name)
    let byteCount = listing.paths.reduce(0) { $0 &+ (listing.byteCount($1) ?? 0) }
    return BuildPlan(tasks: [
      ReadingTask(label: name, byteCount: byteCount) {
        ImageReader.read(folder: folder, name: name, options: options)
      }
    ])
  }

  private mutating func visit(_ place: FilePath, name: String, depth: Int) {
    do {
      switch try kind(of: place, following: false) {
      case .folder: add(folder: place, name: name, depth: depth + 1)
      case .file(let byteCount): add(file: place, name: name, byteCount: byteCount)
      case .symbolicLink: leaveOut(name, "a symbolic link, which is not followed")
      case .special: leaveOut(name, "neither a file nor a folder")
      }
    } catch {
      leaveOut(name, error.reason, kind: .damaged)
    }
  }

  private mutating func leaveOut(_ name: String, _ reason: String, kind: ReferenceProblem.Kind = .unrecognised) {
    plan.problems.append(ReferenceProblem(kind, source: name, message: "Not read: \(reason)."))
  }

  // MARK: Files

  private mutating func add(file: FilePath, name: String, byteCount: Int) {
    let options = options
    switch PackageMark(of: file, name: name) {
    case .deb:
      addTask(file, name, byteCount, .deb) { [DebianPackageReader.read(path: file, name: name, options: options)] }
    case .rpm:
      addTask(file, name, byteCount, .rpm) { [RPMPackageReader.read(path: file, name: name, options: options)] }
    case nil:
      if let database = DpkgDatabase.plan(path: file, name: name, options: options)
        ?? RPMDatabase.plan(path: file, name: name, options: options)
      {
        plan.append(database)
        return
      }
      addTask(file, name, byteCount, nil) {
        ListReader.read(path: file, name: name, options: options).map { [$0] }
          ?? BaseRIMReader.read(path: file, name: name, options: options).map { [$0] }
          ?? ConciseManifestReader.read(path: file, name: name, options: options).map { [$0] }
          ?? EventLogReader.read(path: file, name: name, kind: .eventLog).map { [$0] }
          ?? RegisterValuesReader.read(path: file, name: name).map { [$0] }
          ?? ImageReader.read(path: file, name: name, options: options) ?? keyFile(file, options)
          ?? [unrecognised(name, "Not read: neither a package nor a list of a known kind.")]
      }
    }
  }

  private mutating func addTask(
    _ file: FilePath, _ name: String, _ byteCount: Int, _ kind: ReferenceSource.Kind?,
    _ read: @escaping @Sendable () -> [ManifestReading]
  ) {
    plan.tasks.append(
      ReadingTask(label: name, byteCount: byteCount, target: .init(file: file, kind: kind), run: read))
  }
}

/// Nothing to read, and nothing to say, where the file is one that was given as a key.
private func keyFile(_ file: FilePath, _ options: BuildOptions) -> [ManifestReading]? {
  guard !options.keyFiles.isEmpty, let digest = sha256(of: file) else { return nil }
  return options.keyFiles.contains(digest) ? [] : nil
}

/// A reading of nothing: the file is no source.
private func unrecognised(_ name: String, _ message: String) -> ManifestReading {
  ManifestReading(
    source: ReferenceSource(kind: .digestList, path: name, byteCount: 0, sha256: []),
    problems: [ReferenceProblem(.unrecognised, source: name, message: message)])
}

/// What tells a package: its first bytes, or, so that a damaged one is called damaged, the end of its name.
private enum PackageMark {
  case deb, rpm

  init?(of file: FilePath, name: String) {
    let start: [UInt8]
    do { start = try OpenFile(file).next(21) } catch { start = [] }
    // deb(5): the ar archive begins with the member debian-binary. rpm, lib/rpmlead.c: the lead's magic.
    if start == Array("!<arch>\ndebian-binary".utf8) {
      self = .deb
    } else if start.starts(with: [0xed, 0xab, 0xee, 0xdb]) {
      self = .rpm
    } else if name.hasSuffix(".deb") || name.hasSuffix(".udeb") {
      self = .deb
    } else if name.hasSuffix(".rpm") {
      self = .rpm
    } else {
      return nil
    }
  }
}

extension BuildPlan {
  /// Adds what another input holds.
  mutating func append(_ other: BuildPlan) {
    readings += other.readings
    tasks += other.tasks
    problems += other.problems
  }
}
