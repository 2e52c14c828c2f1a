import ByteReading
import Correlation
import Digests
import TCGEventLog
import TPMStructures

/// The quotes that Windows puts into its own log: whether the records before one give what it is over.
///
/// Nothing protects the record but the quote's signature, so without the key agreement shows no more than a log that
/// nobody edited after Windows wrote it, and disagreement accuses nobody: some firmware logs less than it extends.
public struct TrustPointRule {
  public static let id = "log"

  public init() {}

  /// - parameter isVerified: whether a key of the case or of the command line made the signature of a record's quote.
  public func appraise(_ checks: [TrustPointCheck], file: String, isVerified: (Int) -> Bool) -> [Finding] {
    checks.map { check in
      let record = check.trustPoint.record
      let registers = check.selection.banks.map { bank in
        "PCR \(registerText(bank.registers)) of \(bank.algorithm?.name ?? "an unknown bank")"
      }.joined(separator: ", ")
      let key =
        isVerified(record)
        ? "A key made its signature: it counts as a quote."
        : "No key that made its signature is known, so it proves nothing."
      let head = "Record \(record) is a quote of Windows over \(registers.isEmpty ? "no register" : registers)"
      switch check.outcome {
      case .reproduced:
        return Finding(
          .logTrustPoint, file: file, offset: check.trustPoint.offset, record: record,
          message: "\(head); the records before it give the quoted values. \(key)")
      case .reproducedWithout(let other):
        return Finding(
          .logTrustPointMismatch, file: file, offset: check.trustPoint.offset, record: record,
          message:
            "\(head); the records before it give the quoted values only when record \(other) is left out. \(key)")
      case .differs(let expected, let actual):
        return Finding(
          .logTrustPointMismatch, file: file, offset: check.trustPoint.offset, record: record,
          message: "\(head); the records before it do not give the quoted values. \(key)",
          expected: hexText(expected), actual: hexText(actual))
      case .notComputable(let reason):
        return Finding(
          .logTrustPoint, file: file, offset: check.trustPoint.offset, record: record,
          message: "\(head), which cannot be compared: \(reason). \(key)")
      }
    }
  }
}
