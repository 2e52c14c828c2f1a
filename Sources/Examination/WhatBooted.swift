import Appraisal
import BootStory
import Correlation
import Digests
import EvidenceIntake
import QuoteVerification
import Replay
import TCGEventLog

/// What the event logs of a boot say of what booted: every log is checked and told once, for the rules and for the result.
struct WhatBooted {
  private struct ToldLog {
    var file: String
    var log: EventLog
    var checks: [EventDigestCheck]
    var story: BootStory
    var proof: ProvenEvents
    var provenCount: Int
    var trustPoints: [TrustPointCheck]
  }

  private let logs: [ToldLog]
  private let verified: Set<String>
  private let revocations: [RevocationList]

  /// - parameter images: images that were looked up; where a package has one, the story names it.
  /// - parameter revocations: lists that were given from outside.
  init(
    _ examined: ExaminedBoot, _ evidence: EvidenceSet, images: [AttestationResult.BootImage],
    revocations: [RevocationList]
  ) {
    self.revocations = revocations
    let known = Dictionary(
      images.compactMap { image in image.package.map { (image.digest, KnownContent(image, of: $0)) } },
      uniquingKeysWith: { first, _ in first })
    verified = Set(examined.statements.map(\.statement.quote.quote.file))
    logs = examined.eventLogs(in: evidence).map { file, log in
      let checks = checkEventDigests(log) { known[Digest($0.algorithm, $0.bytes)] }
      let proof = examined.vouchedEvents(of: file)
      return ToldLog(
        file: file, log: log, checks: checks, story: BootStory(log, checks: checks, provenBanks: proof.banks(of:)),
        proof: proof, provenCount: examined.provenRecords(of: file) ?? 0, trustPoints: Self.trustPoints(log, file))
    }
  }

  /// A log holds one; more than a few are made to cost time.
  private static func trustPoints(_ log: EventLog, _ file: String) -> [TrustPointCheck] {
    let points = log.trustPoints.prefix(16)
    guard !points.isEmpty else { return [] }
    let replay = EventLogReplay(log)
    return points.map { TrustPointCheck($0, in: replay, file: file) }
  }

  /// Told from the log of firmware and loaders of which quotes prove most, of two alike from the longer one, then the first; from one of
  /// user space where there is no other.
  var story: AttestationResult.ToldBoot? { told(inUserSpace: false) ?? told(inUserSpace: true) }

  /// Told from the log of user space that goes on where that one ends.
  var userSpaceStory: AttestationResult.ToldBoot? {
    told(inUserSpace: false).flatMap { _ in told(inUserSpace: true) }
  }

  private func told(inUserSpace: Bool) -> AttestationResult.ToldBoot? {
    var told: ToldLog?
    for log in logs where log.log.followsFirmware == inUserSpace {
      if let told, (told.provenCount, told.log.events.count) >= (log.provenCount, log.log.events.count) { continue }
      told = log
    }
    return told.map { .init(file: $0.file, story: $0.story) }
  }

  /// Registers with events that quotes prove, of all logs.
  var provenRegisters: Set<Int> {
    Set(
      logs.flatMap { told in
        told.log.events.filter { $0.recordedType != .noAction && told.proof.covers($0) }
          .compactMap { Int(exactly: $0.registerIndex) }.filter { !isResettableByAnyone($0) }
      })
  }

  /// What the rules about events and about the start say, log by log.
  var findings: [Finding] {
    logs.flatMap { told in
      EventDigestRule().appraise(told.log, checks: told.checks, file: told.file)
        + SecureBootRule().appraise(
          told.story.secureBoot, in: told.log, file: told.file, revocations: revocations
        ) { index in
          told.proof.covers(told.log.events[index])
        }
        + EventOrderRule().appraise(told.log, checks: told.checks, file: told.file)
        + KernelOptionRule().appraise(told.story, in: told.log, checks: told.checks, file: told.file)
        + TrustPointRule().appraise(told.trustPoints, file: told.file) { record in
          verified.contains(trustPointName(told.file, record))
        }
    }
  }
}

extension KnownContent {
  fileprivate init(_ image: AttestationResult.BootImage, of package: AttestationResult.BootImage.Package) {
    self.init(
      name: "\(package.path) of \(package.name) \(package.version)",
      rule: "\(image.digestOf == .file ? "the file's" : "Authenticode") \(image.digest.algorithm.name)")
  }
}
