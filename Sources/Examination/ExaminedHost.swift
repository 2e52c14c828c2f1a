import Appraisal
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import FileSignatures
import IMALog
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// A host whose boots were correlated.
struct ExaminedHost: Sendable {
  var name: String
  var boots: [ExaminedBoot]

  init(_ host: AssembledHost, evidence: EvidenceSet, trust: TrustInput, jobs: Int) {
    name = host.name
    boots = host.boots.map { ExaminedBoot($0, evidence: evidence, trust: trust, jobs: jobs) }
    var seen: [String: Int] = [:]
    for index in boots.indices {
      let count = seen[boots[index].label, default: 0] + 1
      seen[boots[index].label] = count
      if count > 1 { boots[index].number = count }
    }
    findStaleLogs()
  }
}

/// A boot with what follows from its quotes and logs together.
struct ExaminedBoot: Sendable {
  var boot: AssembledBoot
  var correlation: BootCorrelation
  /// What made the boot_aggregate of each chain, by the path of its longest list.
  var aggregates: [String: BootAggregate] = [:]
  /// Text lists that are copies of a binary list of their capture.
  var copies: [ListCopy]

  struct ListCopy: Sendable {
    var file: String
    /// The binary list.
    var original: String
    /// Index of the first record that differs; nil when one is the beginning of the other.
    var difference: Int?
  }

  /// What became of the signatures in the list of the main chain; nil when there is no list.
  private(set) var signatures: ListSignatures?
  let signatureVerifier: ListSignatureVerifier

  /// Logs with the same bytes as another one of the boot, by path: each is judged once.
  var representatives: [String: String] = [:]

  /// Event logs that do not give this boot's values and give all those of another boot, by path: with that boot's label.
  var staleLogs: [String: String] = [:]
  /// Firmware's logs of other boots, where one of this boot does not replay.
  var logsOfOtherBoots: [NamedEventLog] = []

  /// What was done to lists that do not replay.
  var tampering: [ListTampering] = []

  /// Tells boots of one label apart: those of other keys, and those that no quote dates.
  var number = 1

  var label: String {
    let name = boot.resetCount.map { "reset \($0)" } ?? "no quote"
    return number > 1 ? "\(name) (\(number))" : name
  }

  /// Every statement with its capture.
  var statements: [(statement: VerifiedCapture.Statement, capture: VerifiedCapture)] {
    boot.parts.flatMap { part in part.quotes.map { ($0, part.capture) } }
  }

  /// Files of quotes that are signed by the key they name.
  var authentic: Set<String> {
    Set(statements.map(\.statement.quote).filter(\.isAuthentic).map(\.quote.file))
  }

  /// Files of the quotes that may prove a log of this boot.
  private(set) var proving: Set<String> = []

  init(_ boot: AssembledBoot, evidence: EvidenceSet, trust: TrustInput, jobs: Int) {
    self.boot = boot
    let signatureVerifier = ListSignatureVerifier(given: trust.fileSigningKeys, jobs: jobs)
    self.signatureVerifier = signatureVerifier
    let copies = boot.parts.flatMap { Self.copies(in: $0, evidence) }
    self.copies = copies
    var material = BootEvidence()
    var seen: [[UInt8]: String] = [:]
    var representatives: [String: String] = [:]
    func isCopy(_ file: EvidenceFile) -> Bool {
      guard let digest = file.sha256 else { return false }
      if let first = seen[digest] {
        representatives[file.path] = first
        return first != file.path
      }
      seen[digest] = file.path
      return false
    }
    for part in boot.parts {
      let folder = part.capture.capture.folder
      // A forged quote must not make the logs look altered.
      material.quotes += part.quotes.map(\.quote).filter { quote in
        quote.information != nil && !quote.isForged
      }
      for index in part.eventLogs {
        guard case .eventLog(let log) = evidence.files[index].content, !isCopy(evidence.files[index]) else { continue }
        material.eventLogs.append(
          ArchivedLog(
            file: evidence.files[index].path, capture: folder, log: log.value, isCut: log.isCut))
      }
      for index in part.lists {
        let file = evidence.files[index]
        guard let list = file.content.measurementList, !copies.contains(where: { $0.file == file.path }),
          !isCopy(file)
        else { continue }
        material.lists.append(ArchivedLog(file: file.path, capture: folder, log: list.value))
      }
    }
    material.snapshots = boot.snapshots.map { BootEvidence.Snapshot(file: $0.file, values: $0.values) }
    self.representatives = representatives
    correlation = BootCorrelation(material, jobs: jobs)
    for chain in correlation.chains {
      aggregates[chain.chain.longest.file] = aggregate(of: chain)
    }
    signatures = correlation.chains.first.map { signatureVerifier.verify($0.chain.longest.log) }
    proving = ProvingQuotes(self).files
  }

  private func aggregate(of chain: CorrelatedChain) -> BootAggregate {
    let authentic = authentic
    // The kernel hashed the registers before user space extended any.
    let firmware = correlation.eventLogs.filter { $0.place == .firmware }
    let proven = firmware.filter { log in
      log.matches.contains { match in
        guard case .quote(let file) = match.source, match.found != nil else { return false }
        return authentic.contains(file)
      }
    }
    let others = firmware.filter { log in
      !proven.contains { $0.file == log.file }
        && !log.matches.contains { if case .mismatch = $0.outcome { true } else { false } }
    }
    let quoted = statements.compactMap { entry -> (file: String, values: RegisterValues)? in
      let quote = entry.statement.quote
      guard quote.isAuthentic, let values = quote.provenRegisters else { return nil }
      return (quote.quote.file, values)
    }
    return BootAggregate(
      of: chain.chain.longest.log,
      logs: proven.map { ($0.file, $0.replay, true) } + others.map { ($0.file, $0.replay, false) },
      quoted: quoted)
  }

  /// Text lists of a capture that also holds binary ones.
  private static func copies(in part: AssembledBoot.Part, _ evidence: EvidenceSet) -> [ListCopy] {
    var binary: [(String, MeasurementList)] = []
    var texts: [(String, MeasurementList)] = []
    for index in part.lists {
      guard let list = evidence.files[index].content.measurementList else { continue }
      if list.value.format == .ascii {
        texts.append((evidence.files[index].path, list.value))
      } else {
        binary.append((evidence.files[index].path, list.value))
      }
    }
    guard let longest = binary.max(by: { $0.1.count < $1.1.count }) else { return [] }
    return texts.map { file, list in
      let agreeing = binary.first { $0.1.count >= list.count && $0.1.firstDifference(from: list) == nil }
      let original = agreeing ?? longest
      return ListCopy(
        file: file, original: original.0, difference: agreeing == nil ? original.1.firstDifference(from: list) : nil)
    }
  }
}

extension VerifiedQuote {
  /// The signature is proven bad, or was made by another key than the one named.
  var isForged: Bool {
    switch signature {
    case .invalid, .unreadable: return true
    case .verifies, .missing, .noKey, .unsupported: break
    }
    if case .differs? = name { return true }
    return attestation?.isGeneratedByTPM == false
  }
}
