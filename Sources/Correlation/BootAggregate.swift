import Digests
import Hashing
import IMALog
import Replay
import TCGEventLog

/// Which boot a measurement list belongs to: its first record holds a hash of the registers that firmware and boot
/// loader extended.
///
/// The kernel takes registers 0 to 7, and 8 and 9 too unless the bank is SHA-1; older kernels always took SHA-1 over 0
/// to 7, and distributions carried the change back. So the algorithm names the bank, and both selections are tried.
///
/// Source: Linux, security/integrity/ima/ima_crypto.c, `ima_calc_boot_aggregate_tfm`.
public enum BootAggregate: Equatable, Sendable {
  /// For example `sha256 over PCR 0-9 of the sha256 bank`, with the file whose values gave it.
  case matches(rule: String, file: String)
  /// Neither selection gives it.
  /// `isProven`: the values are those of an event log that a quote proves.
  case differs(recorded: Digest, calculated: [(rule: String, digest: [UInt8])], file: String, isProven: Bool)
  /// The kernel had no TPM when IMA started.
  case zero
  /// The first record is no boot_aggregate: the list's head is missing, or it is no list of a boot.
  case absent
  case notComputable(missing: String)

  /// - parameter logs: event logs of the boot, those that a quote proves first, with whether one does.
  /// - parameter quoted: values that quotes of the boot proved, with the quote's file.
  public init(
    of list: MeasurementList, logs: [(file: String, replay: EventLogReplay, isProven: Bool)],
    quoted: [(file: String, values: RegisterValues)]
  ) {
    guard list.count > 0 else {
      self = .absent
      return
    }
    let record = list.record(at: 0)
    guard record.path == Array("boot_aggregate".utf8), let recorded = record.fileDigest else {
      self = .absent
      return
    }
    if recorded.bytes.allSatisfy({ $0 == 0 }) {
      self = .zero
      return
    }
    guard let algorithm = recorded.algorithm, algorithm.digestByteCount == recorded.bytes.count else {
      self = .notComputable(missing: "the algorithm \(recorded.algorithmName), which is not known")
      return
    }
    self = Self.compare(Digest(algorithm, recorded.bytes), logs: logs, quoted: quoted)
  }

  private static func compare(
    _ recorded: Digest, logs: [(file: String, replay: EventLogReplay, isProven: Bool)],
    quoted: [(file: String, values: RegisterValues)]
  ) -> BootAggregate {
    var differing: BootAggregate?
    for (file, replay, isProven) in logs {
      let count = replay.log.events.count
      let whole = candidates(recorded.algorithm) {
        replay.values[recorded.algorithm, $0] ?? reset($0, recorded.algorithm)
      }
      guard replay.values.banks.contains(recorded.algorithm) else { continue }
      if let match = whole.first(where: { $0.digest == recorded.bytes }) {
        return .matches(rule: match.rule, file: file)
      }
      // Something may have been extended after IMA started: the last events are left away one by one.
      for shorter in stride(from: count - 1, through: max(0, count - 32), by: -1) {
        let values = candidates(recorded.algorithm) {
          replay.value(ofRegister: $0, bank: recorded.algorithm, afterRecords: shorter)
        }
        if let match = values.first(where: { $0.digest == recorded.bytes }) {
          return .matches(rule: match.rule + ", before event \(shorter)", file: file)
        }
      }
      differing = differing ?? .differs(recorded: recorded, calculated: whole, file: file, isProven: isProven)
    }
    for (file, values) in quoted {
      let found = candidates(recorded.algorithm) { values[recorded.algorithm, $0] }
      if let match = found.first(where: { $0.digest == recorded.bytes }) {
        return .matches(rule: match.rule, file: file)
      }
      // Registers 0 to 9 in the bank: nothing else could have been hashed, but for later extends.
      if found.count == 2 {
        differing = differing ?? .differs(recorded: recorded, calculated: found, file: file, isProven: false)
      }
    }
    return differing ?? .notComputable(missing: "the values of PCR 0 to 9 in the \(recorded.algorithm.name) bank")
  }

  private static func reset(_ register: Int, _ bank: HashAlgorithm) -> [UInt8] {
    resetValue(ofRegister: register, bank: bank)
  }

  private static func candidates(
    _ bank: HashAlgorithm, value: (Int) -> [UInt8]?
  ) -> [(rule: String, digest: [UInt8])] {
    [9, 7].compactMap { last in
      var all: [UInt8] = []
      for register in 0...last {
        guard let next = value(register) else { return nil }
        all += next
      }
      return bank.digest(of: all).map { ("\(bank.name) over PCR 0-\(last) of the \(bank.name) bank", $0) }
    }
  }

  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.matches(let a, let b), .matches(let c, let d)): a == c && b == d
    case (.differs(let a, _, let b, _), .differs(let c, _, let d, _)): a == c && b == d
    case (.zero, .zero), (.absent, .absent): true
    case (.notComputable(let a), .notComputable(let b)): a == b
    default: false
    }
  }
}
