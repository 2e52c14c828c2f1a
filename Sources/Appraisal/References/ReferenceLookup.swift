import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

/// What is asked of the references: a digest, or a path.
public enum ReferenceQuestion: Hashable, Sendable {
  /// Of a file's content, or the Authenticode digest of an image. The candidates are the algorithms that have digests of that length.
  case digest([UInt8], candidates: [FileDigestAlgorithm])
  case path([UInt8])

  /// `/a/path`, or a digest in hexadecimal, alone or as `sha256:…`; nil for anything else.
  public init?(_ text: String) {
    if text.hasPrefix("/") {
      self = .path(Array(text.utf8))
      return
    }
    let parts = text.split(separator: ":", maxSplits: 1)
    guard let digits = parts.last, let bytes = bytesOfHex(digits.utf8), !bytes.isEmpty else { return nil }
    let named = parts.count == 2 ? parts.first.flatMap { FileDigestAlgorithm(name: String($0)) } : nil
    guard parts.count == 1 || named != nil else { return nil }
    let candidates = FileDigestAlgorithm.allCases.filter { algorithm in
      algorithm.digestByteCount == bytes.count && (named == nil || named == algorithm)
    }
    guard !candidates.isEmpty else { return nil }
    self = .digest(bytes, candidates: candidates)
  }
}

/// One file that answers a question, with the package that has it and what vouches for that.
public struct ReferenceAnswer: Sendable {
  /// As the package lists it.
  public var path: [UInt8]
  public var kind: ReferenceFile.Kind
  public var byteCount: UInt64?
  public var flags: ReferenceFile.Flags
  /// All digests of the file that the store has.
  public var digests: [ReferenceDigest]
  /// What it is as an image for firmware; nil when it is none.
  public var image: BootImage?
  public var package: KnownPackage
  /// The rule by which the path is the one asked for; nil when it was asked for by digest.
  public var rule: PathAlias.Rule?
  /// The sources that the package was read from, each followed by what vouches for it, with the standing of the best.
  public var chains: [[ReferenceSource]]
  public var standing: ReferenceOrigin.Standing
  /// Name of the store.
  public var store: String
}

/// Asks several stores as one.
public struct ReferenceLookup {
  private let stores: [ReferenceStore]
  private let library: ReferenceLibrary

  public init(_ stores: [ReferenceStore]) throws(StoreError) {
    self.stores = stores
    library = try ReferenceLibrary(stores, policy: Policy(), asOf: nil)
  }

  /// The answers to each question, in the order asked; by store, path and package.
  public func answers(to questions: [ReferenceQuestion]) throws(StoreError) -> [[ReferenceAnswer]] {
    var answers: [[ReferenceAnswer]] = questions.map { _ in [] }
    for (number, store) in stores.enumerated() {
      var matches: [(question: Int, file: KnownFile, rule: PathAlias.Rule?)] = []
      for (index, question) in questions.enumerated() {
        for (file, rule) in try files(for: question, in: store) { matches.append((index, file, rule)) }
      }
      // All digests are read once, whatever the number of questions.
      let digests = try store.digests(of: matches.map(\.file))
      let images = try store.images(of: matches.map(\.file))
      for (index, (match, digests)) in zip(matches, digests).enumerated() {
        guard let package = try store.package(match.file.package) else { continue }
        answers[match.question].append(
          ReferenceAnswer(
            path: match.file.path, kind: match.file.kind, byteCount: match.file.byteCount, flags: match.file.flags,
            digests: digests, image: images[index], package: package, rule: match.rule,
            chains: try chains(of: package, in: store),
            standing: try library.standing(of: .init(store: number, package: package.id)), store: store.name))
      }
    }
    return answers.map { $0.sorted(by: Self.precedes) }
  }

  private func files(
    for question: ReferenceQuestion, in store: ReferenceStore
  ) throws(StoreError) -> [(KnownFile, PathAlias.Rule?)] {
    switch question {
    case .digest(let bytes, let candidates):
      let digests = candidates.map { FileDigest($0, bytes) }
      let (contents, images) = (try store.files(with: digests), try store.images(with: digests))
      return (Array(contents.joined()) + Array(images.joined())).map { ($0, nil) }
    case .path(let path):
      let aliases = try library.candidates(for: path, isInitramfs: false)
      return zip(aliases, try store.files(at: aliases.map(\.path))).flatMap { alias, files in
        files.map { ($0, alias.rule) }
      }
    }
  }

  private func chains(of package: KnownPackage, in store: ReferenceStore) throws(StoreError) -> [[ReferenceSource]] {
    var chains: [[ReferenceSource]] = []
    for source in try store.sources(of: package) {
      var chain = [source]
      // Bounded: a store that was tampered with could make its sources vouch for each other in a ring.
      while let voucher = chain.last?.vouchedBy, chain.count < 8 {
        guard let next = try store.sources(sha256: voucher).first else { break }
        chain.append(next)
      }
      chains.append(chain)
    }
    return chains
  }

  private static func precedes(_ left: ReferenceAnswer, _ right: ReferenceAnswer) -> Bool {
    if left.path != right.path { return left.path.lexicographicallyPrecedes(right.path) }
    let (a, b) = (left.package, right.package)
    return (a.name, a.version, a.architecture, a.distribution, left.store)
      < (b.name, b.version, b.architecture, b.distribution, right.store)
  }
}
