import Appraisal
import ByteReading
import Correlation
import EvidenceIntake
import Hashing
import IMALog
import Replay
import TCGEventLog

/// What a boot's IMA policy made the kernel measure, as far as the evidence tells: the command line in the event log names
/// the policies that the kernel brings, and the list shows when another one was loaded.
struct MeasuringPolicy {
  /// Sentences for the limits of the evidence; empty for a boot without a list.
  let limits: [String]

  init(_ boot: ExaminedBoot, evidence: EvidenceSet) {
    guard let chain = boot.correlation.chains.first else {
      limits = []
      return
    }
    let list = chain.chain.longest.log
    if let loaded = Self.loadedPolicy(list) {
      limits = Self.sentences(loaded, boot, evidence)
    } else if let found = Self.commandLine(boot) {
      guard let policy = KernelPolicy(commandLine: found.text) else {
        limits = [
          "The kernel command line of boot '\(boot.label)' (event \(found.event) of \(found.file)) names no IMA policy, and the list shows none that was loaded: the rules by which its files were measured are not in the evidence."
        ]
        return
      }
      limits = [
        "IMA policy of boot '\(boot.label)': \(policy.names.joined(separator: ", ")), by the kernel command line (event \(found.event) of \(found.file)). \(policy.summary) A file that none of this covers left no record, whatever it did."
      ]
    } else {
      limits = [
        "IMA measures only what its policy names, and nothing in the evidence shows the policy of boot '\(boot.label)': a file that is not in the list may still have been used."
      ]
    }
  }

  private static func sentences(
    _ loaded: (record: Int, path: [UInt8], digest: Measurement.FileDigest?), _ boot: ExaminedBoot,
    _ evidence: EvidenceSet
  ) -> [String] {
    let place = "'\(escapedText(loaded.path))' (record \(loaded.record))"
    if let (file, policy) = archivedPolicy(of: loaded.digest, evidence) {
      return [
        "IMA policy of boot '\(boot.label)': the file \(place), whose text is in the case as \(file), by its digest. \(policy.summary) A file that none of this covers left no record, whatever it did."
      ]
    }
    return [
      "Boot '\(boot.label)' read the IMA policy \(place), whose text is not in the evidence: from then on its rules decided what was measured, and a file that is not in the list may still have been used."
    ]
  }

  /// The first record of a policy file at the place where systemd or an administrator loads it from.
  private static func loadedPolicy(
    _ list: MeasurementList
  ) -> (record: Int, path: [UInt8], digest: Measurement.FileDigest?)? {
    let names = ["/etc/ima/ima-policy", "/etc/sysconfig/ima-policy"].map { Array($0.utf8) }
    for index in 0..<min(list.count, 100_000) {
      let record = list.record(at: index)
      if let path = record.path, names.contains(path), !record.isViolation {
        return (index, path, record.fileDigest)
      }
    }
    return nil
  }

  /// A file of the case that has the measured digest and holds rules.
  private static func archivedPolicy(
    of digest: Measurement.FileDigest?, _ evidence: EvidenceSet
  ) -> (file: String, policy: IMAPolicy)? {
    guard let digest, let algorithm = digest.algorithm else { return nil }
    for file in evidence.files {
      guard case .unrecognised(let bytes?) = file.content, algorithm.digest(of: bytes) == digest.bytes else { continue }
      let policy = IMAPolicy(bytes, file: file.path)
      if !policy.rules.isEmpty { return (file.path, policy) }
    }
    return nil
  }

  /// The last command line of an event log that a quote proves, else of any event log of the boot.
  private static func commandLine(_ boot: ExaminedBoot) -> (text: [UInt8], event: Int, file: String)? {
    let logs = boot.correlation.eventLogs
    let proven = logs.filter { log in log.matches.contains { $0.found != nil } }
    for log in proven + logs {
      if let line = log.replay.log.kernelCommandLines.last { return (line.text, line.event, log.file) }
    }
    return nil
  }
}
