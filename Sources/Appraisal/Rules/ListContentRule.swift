import ByteReading
import Correlation
import Digests
import Hashing
import IMALog

/// Each record's template hash is that of its data; violations are named; the list belongs to the boot.
///
/// Source: Linux, security/integrity/ima/ima_api.c, `ima_add_violation`; ima_crypto.c, `ima_calc_boot_aggregate_tfm`.
public struct ListContentRule {
  public static let id = "ima"

  public init() {}

  public func appraise(_ chain: CorrelatedChain, aggregate: BootAggregate) -> [Finding] {
    let list = chain.chain.longest
    return templateHashes(chain, list) + violations(chain, list) + kernelStarts(chain, list)
      + bootAggregate(aggregate, list)
  }

  private func templateHashes(_ chain: CorrelatedChain, _ list: ArchivedLog<MeasurementList>) -> [Finding] {
    let shown = chain.templateHashMismatches.prefix(100).map { index in
      let record = list.log.record(at: index)
      return Finding(
        .imaTemplateHashMismatch, file: list.file, offset: record.offset, record: index,
        message: "The recorded template hash of '\(path(record))' is not the hash of the record: it was altered.",
        expected: hash(of: record).map { hexText($0) }, actual: hexText(record.recordedTemplateDigest))
    }
    let rest = chain.templateHashMismatches.count - shown.count
    guard rest > 0 else { return shown }
    return shown + [
      Finding(
        .imaTemplateHashMismatch, file: list.file, record: chain.templateHashMismatches[shown.count],
        message: "\(rest) more records have a template hash that is not theirs.")
    ]
  }

  /// The template hash by the algorithm that the width of the recorded one tells.
  private func hash(of record: Measurement) -> [UInt8]? {
    let algorithms: [HashAlgorithm] = [.sha1, .sha256, .sha384, .sha512]
    return algorithms.first { $0.digestByteCount == record.recordedTemplateDigest.count }?.digest(
      of: record.hashedBytes)
  }

  private func violations(_ chain: CorrelatedChain, _ list: ArchivedLog<MeasurementList>) -> [Finding] {
    var byPath: [[UInt8]: [Int]] = [:]
    for index in chain.violations { byPath[list.log.record(at: index).path ?? [], default: []].append(index) }
    let sorted = byPath.values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
    let shown = sorted.prefix(200).map { records in
      let first = list.log.record(at: records[0])
      let count = records.count == 1 ? "" : " (\(records.count) times)"
      return Finding(
        .imaViolation, file: list.file, offset: first.offset, record: records[0],
        range: records.count > 1 ? records[0]...(records.last ?? records[0]) : nil,
        message:
          "'\(path(first))' was open for writing while it was measured, or was opened for writing while in use\(count): what was read of it is not known."
      )
    }
    guard sorted.count > 200 else { return shown }
    return shown + [
      Finding(.imaViolation, file: list.file, message: "\(sorted.count - 200) more files have violations.")
    ]
  }

  private func kernelStarts(_ chain: CorrelatedChain, _ list: ArchivedLog<MeasurementList>) -> [Finding] {
    chain.kernelStarts.prefix(100).map { index in
      Finding(
        .imaKernelBoundary, file: list.file, offset: list.log.fileRange(at: index).lowerBound, record: index,
        message:
          "Record \(index) is another boot_aggregate: a kernel that kexec started goes on with the list. The records before it are those of the kernel before."
      )
    }
  }

  private func bootAggregate(_ aggregate: BootAggregate, _ list: ArchivedLog<MeasurementList>) -> [Finding] {
    guard case .differs(let recorded, let calculated, let file, let isProven) = aggregate else { return [] }
    let expected = calculated.map { "\(hexText($0.digest)) (\($0.rule))" }.joined(separator: " or ")
    return [
      Finding(
        .imaBootAggregateMismatch, severity: isProven ? nil : .warning, effect: isProven ? nil : .inconclusive,
        file: list.file, record: 0,
        message: isProven
          ? "The list's boot_aggregate is not that of the boot that \(file) describes: the list belongs to another boot."
          : "The list's boot_aggregate is not made of the registers that \(file) gives. One of the two belongs to another boot or was altered, or something was extended after IMA had started.",
        expected: expected, actual: hexText(recorded.bytes))
    ]
  }

  private func path(_ record: Measurement) -> String { escapedText(record.path ?? []) }
}
