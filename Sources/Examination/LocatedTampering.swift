import Appraisal
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import QuoteVerification
import ReferenceManifests
import ReferenceStore
import TPMStructures

extension ExaminedHost {
  /// Finds what was done to the lists that do not replay, boot by boot.
  mutating func localiseTampering(_ evidence: EvidenceSet, stores: [ReferenceStore]) throws(StoreError) {
    for index in boots.indices {
      var material = boots[index].tamperEvidence(evidence)
      let contradicted = TamperLocalisation.contradicted(boots[index].correlation, by: material)
      let ofOthers = contradicted.compactMap { ofAnotherBoot($0, than: index, material) }
      let open = contradicted.filter { chain in !ofOthers.contains { $0.file == chain.chain.longest.file } }
      if !open.isEmpty {
        let aggregates = boots[index].calculatedAggregates
        let known = try KnownFileDigests(open.map(\.chain.longest.log), stores: stores)
        material.knownDigests = { path, algorithm in
          known.digests(path, algorithm) + (path == Array("boot_aggregate".utf8) ? aggregates : [])
        }
      }
      boots[index].tampering =
        TamperLocalisation(boots[index].correlation, evidence: material, explained: ofOthers).lists
    }
  }

  /// The list of a boot that its own quotes contradict, and that quotes of another boot prove.
  private func ofAnotherBoot(_ chain: CorrelatedChain, than own: Int, _ material: TamperEvidence) -> ListTampering? {
    let list = chain.chain.longest
    // A quote of this boot that agrees with some of the list says that it is of this boot, as far as that.
    guard boots[own].provenRecords(of: list.file) ?? 0 <= 1 else { return nil }
    for (index, other) in boots.enumerated() where index != own {
      for entry in other.provenByQuote.reversed() where entry.records > 1 {
        guard let home = other.correlation.chains.first(where: { $0.chain.longest.file == entry.log }),
          home.chain.longest.log.firstDifference(from: list.log) == nil, list.log.count > 1
        else { continue }
        let quotes = material.quotes.filter { quote in
          chain.matches.contains { match in
            guard match.source == .quote(quote.file), case .mismatch = match.outcome else { return false }
            return true
          }
        }.map(\.file)
        let proven = min(entry.records, list.log.count)
        return ListTampering(
          file: list.file, register: chain.extendedRegisters.first ?? 10, quotes: quotes, interval: nil,
          intervalReason:
            "\(entry.quote.quote.file), a quote of the boot with \(other.label), proves its first \(proven) records.",
          conclusion:
            "The list is not of the boot with \(boots[own].label) but of that with \(other.label): it was put beside \(quotes.count == 1 ? "a quote" : "quotes") of another boot.",
          hypotheses: [
            TestedHypothesis(
              name: "list-of-another-boot", outcome: .reproduces, candidates: 1,
              message: "The list gives what quotes of another boot of this host hold.")
          ])
      }
    }
    return nil
  }
}

extension ExaminedBoot {
  /// The quotes that count, and what else of the boot there is to hold against its lists: quotes of trusted keys, else those
  /// that are signed by the key they name, else all that are not forged. Keys need not be shown to be of one TPM here: a
  /// mended list must give each quote its own values.
  fileprivate func tamperEvidence(_ evidence: EvidenceSet) -> TamperEvidence {
    let authentic = statements.map(\.statement.quote).filter(\.isAuthentic)
    let trusted = authentic.filter(\.isOfTrustedKey)
    let counting = Set((trusted.isEmpty ? authentic : trusted).map(\.quote.file))
    var quotes: [TamperEvidence.KnownQuote] = []
    for (statement, capture) in statements {
      let quote = statement.quote
      guard !quote.isForged, counting.isEmpty || counting.contains(quote.quote.file),
        let clock = quote.attestation?.clock, quote.information != nil,
        let values = quote.provenRegisters ?? correlation.replayedRegisters[quote.quote.file]
      else { continue }
      quotes.append(
        TamperEvidence.KnownQuote(
          file: quote.quote.file, capture: capture.capture.folder, values: values, restartCount: clock.restartCount,
          clock: clock.clock))
    }
    var copiesOfLists: [ArchivedLog<MeasurementList>] = []
    var damaged: Set<String> = []
    for part in boot.parts {
      for index in part.lists {
        let file = evidence.files[index]
        guard case .measurementList(let list) = file.content else { continue }
        if !list.unread.isEmpty { damaged.insert(file.path) }
        if copies.contains(where: { $0.file == file.path }) {
          copiesOfLists.append(ArchivedLog(file: file.path, capture: part.capture.capture.folder, log: list.value))
        }
      }
    }
    return TamperEvidence(quotes: quotes, copies: copiesOfLists, damaged: damaged)
  }

  /// What the boot_aggregate should be by the boot's registers, where the recorded one is another.
  fileprivate var calculatedAggregates: [TamperEvidence.KnownDigest] {
    aggregates.sorted { $0.key < $1.key }.flatMap { _, aggregate -> [TamperEvidence.KnownDigest] in
      guard case .differs(_, let calculated, let file, _) = aggregate else { return [] }
      return calculated.map { .init(bytes: $0.digest, source: "\($0.rule), by \(file)") }
    }
  }
}

/// The digests that reference stores have for the paths in some lists.
private struct KnownFileDigests: Sendable {
  private var byPath: [[UInt8]: [String: [TamperEvidence.KnownDigest]]] = [:]
  /// Files that are looked up; the search itself goes no further.
  private static let pathLimit = 20_000

  init(_ lists: [MeasurementList], stores: [ReferenceStore]) throws(StoreError) {
    guard !stores.isEmpty else { return }
    var paths: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    for list in lists {
      for index in 0..<list.count where paths.count < Self.pathLimit {
        guard let path = list.record(at: index).path, seen.insert(path).inserted else { continue }
        paths.append(path)
      }
    }
    // Every path of every list in one pass: a store reads all its digests to find those of files.
    let aliases = paths.flatMap { path in
      PathAlias.candidates(for: path, isInitramfs: false).map { (path: path, alias: $0.path) }
    }
    for store in stores {
      let found = zip(aliases, try store.files(at: aliases.map(\.alias))).flatMap { place, files in
        files.map { (path: place.path, file: $0) }
      }
      for (entry, digests) in zip(found, try store.digests(of: found.map(\.file))) where !digests.isEmpty {
        let package =
          try store.package(entry.file.package).map { "\($0.name) \($0.version)" } ?? "a package without name"
        for digest in digests {
          byPath[entry.path, default: [:]][digest.algorithm.name, default: []].append(
            .init(bytes: digest.bytes, source: package))
        }
      }
    }
  }

  func digests(_ path: [UInt8], _ algorithm: String) -> [TamperEvidence.KnownDigest] {
    byPath[path]?[algorithm] ?? []
  }
}

extension AttestationResult.ListExplanation {
  init(_ tampering: ListTampering) {
    self.init(
      file: tampering.file, quotes: tampering.quotes, interval: tampering.interval,
      intervalReason: tampering.intervalReason, conclusion: tampering.conclusion,
      hypotheses: tampering.hypotheses.map {
        .init(name: $0.name, outcome: .init($0.outcome), candidates: $0.candidates, message: $0.message)
      })
  }
}

extension AttestationResult.Hypothesis.Outcome {
  fileprivate init(_ outcome: TestedHypothesis.Outcome) {
    switch outcome {
    case .reproduces: self = .reproduces
    case .refuted: self = .refuted
    case .notExhausted: self = .notExhausted
    case .notTestable: self = .notTestable
    }
  }
}
