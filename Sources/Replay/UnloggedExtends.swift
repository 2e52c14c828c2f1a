import Digests
import Hashing
import TCGEventLog

/// What explains the value of a register beside the events of a log, every one of which was extended as the log has it: where
/// the TPM started from, and published constants behind the last event.
///
/// An event that was altered, removed or added cannot be hidden by it. Whoever may extend a register can always add to it.
public struct UnloggedExtends: Equatable, Sendable {
  /// Where the TPM started from, when the log tells another locality or none; of register 0 only.
  public let startupLocality: UInt8?
  /// Names of what was extended behind the last event, in this order; escaped, texts in quotation marks.
  public let constants: [String]

  public init(startupLocality: UInt8? = nil, constants: [String] = []) {
    self.startupLocality = startupLocality
    self.constants = constants
  }

  /// In the words of a report, behind "with".
  public var words: String {
    let start = startupLocality.map { "a start of the TPM from locality \($0)" }
    let behind = constants.isEmpty ? nil : "\(constants.joined(separator: ", ")) extended behind the last event"
    return [start, behind].compactMap { $0 }.joined(separator: " and ")
  }
}

extension UnloggedExtends {
  /// What systemd extends while a system starts and stops, with some left out, where nothing else extended the register; nil when that does
  /// not give its value.
  public init?(aloneInRegister register: Int, bank: HashAlgorithm, observed: [UInt8]) {
    let start = resetValue(ofRegister: register, bank: bank)
    guard start != observed, let phases = MismatchConstant.phases(from: start, to: observed, bank) else { return nil }
    self.init(constants: phases.map(\.name))
  }
}

extension EventLogReplay {
  /// What besides the whole log gives the observed value of a register; nil when nothing of this kind does.
  ///
  /// Tried are the localities that a TPM starts from, the pair of events around ExitBootServices, which stands in the table of final
  /// events, what systemd extends while a system starts and stops, with some left out, and one digest of zeros, by which an operating
  /// system caps a bank.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.5.3; TCG EFI Protocol, section 7; systemd-pcrphase.service(8).
  public func unloggedExtends(
    ofRegister register: Int, bank: HashAlgorithm, observed: [UInt8]
  ) -> UnloggedExtends? {
    guard (0...23).contains(register), let sequence = BankSequence(self, register, bank) else { return nil }
    for start in starts(register, sequence) {
      for before in register == 5 ? MismatchConstant.missingEnds : [[]] {
        guard let value = before.extended(from: start.end, bank) else { continue }
        if let phases = MismatchConstant.phases(from: value, to: observed, bank) {
          let constants = (before + phases).map(\.name)
          guard start.locality != nil || !constants.isEmpty else { continue }
          return UnloggedExtends(startupLocality: start.locality, constants: constants)
        }
      }
      let zeros = [UInt8](repeating: 0, count: bank.digestByteCount)
      if bank.extend(start.end, with: zeros) == observed {
        return UnloggedExtends(startupLocality: start.locality, constants: ["a digest of zeros"])
      }
    }
    return nil
  }

  /// The end of the register as the log tells it, and for register 0 from the other localities.
  private func starts(_ register: Int, _ sequence: BankSequence) -> [(locality: UInt8?, end: [UInt8])] {
    guard register == 0 else { return [(nil, sequence.end)] }
    let told = startupLocality ?? 0
    return [(nil, sequence.end)]
      + [UInt8(0), 3, 4].filter { $0 != told }.compactMap { locality in
        sequence.end(locality: locality).map { (locality, $0) }
      }
  }
}

/// What a whole log leaves when the TPM started, or the firmware ended, otherwise than the log says.
public struct UnloggedVariant: Sendable {
  /// What the log does not have, by register; empty for the log as it is.
  public let extends: [Int: UnloggedExtends]
  public let values: RegisterValues

  public init(extends: [Int: UnloggedExtends] = [:], values: RegisterValues) {
    self.extends = extends
    self.values = values
  }
}

extension EventLogReplay {
  /// The log as it is first, then each other locality of the start with each end of the boot services that logs are known to lack.
  public var unloggedVariants: [UnloggedVariant] {
    let first = banks.compactMap { bank in BankSequence(self, 0, bank).map { (bank, $0) } }
    let fifth = banks.compactMap { bank in BankSequence(self, 5, bank).map { (bank, $0) } }
    let told = startupLocality ?? 0
    let localities: [UInt8?] = first.isEmpty ? [nil] : [nil] + [UInt8(0), 3, 4].filter { $0 != told }
    let ends = fifth.isEmpty ? [[]] : MismatchConstant.missingEnds
    return localities.flatMap { locality in
      ends.map { end in
        var extends: [Int: UnloggedExtends] = [:]
        var values = values
        if let locality {
          extends[0] = UnloggedExtends(startupLocality: locality)
          for (bank, sequence) in first { values[bank, 0] = sequence.end(locality: locality) }
        }
        if !end.isEmpty {
          extends[5] = UnloggedExtends(constants: end.map(\.name))
          for (bank, sequence) in fifth { values[bank, 5] = end.extended(from: sequence.end, bank) }
        }
        return UnloggedVariant(extends: extends, values: values)
      }
    }
  }
}

extension UnloggedVariant {
  /// Registers that systemd ends from version 261 on.
  ///
  /// Source: systemd-pcrphase.service(8).
  private static let endedRegisters = Array(0...7) + [9, 12, 13, 14]

  /// The values after systemd ended the registers of firmware and loaders, in these banks.
  public func endedBySystem(_ banks: [HashAlgorithm]) -> RegisterValues {
    extended(Self.endedRegisters, banks) { $0.digest(of: Array("os-separator".utf8)) }
  }

  /// The values after an operating system capped the banks with one digest of zeros in each register, of firmware's alone or in all but
  /// the kernel's own.
  public func capped(_ banks: [HashAlgorithm]) -> [RegisterValues] {
    [Array(0...7), Array(0...9) + [11, 12, 13]].map { registers in
      extended(registers, banks) { [UInt8](repeating: 0, count: $0.digestByteCount) }
    }
  }

  /// The values after one, two or three further phases of a start.
  public func goingOn(_ banks: [HashAlgorithm]) -> [RegisterValues] {
    let phases = Array(MismatchConstant.phases.dropFirst())
    return phases.indices.flatMap { start in
      (start + 1...min(start + 3, phases.count)).map { end in
        phases[start..<end].reduce(values) { values, phase in
          UnloggedVariant(extends: extends, values: values).extended([11], banks) { $0.digest(of: phase.bytes) }
        }
      }
    }
  }

  private func extended(
    _ registers: [Int], _ banks: [HashAlgorithm], with digest: (HashAlgorithm) -> [UInt8]?
  ) -> RegisterValues {
    var ended = values
    for bank in banks {
      guard let digest = digest(bank) else { continue }
      for register in registers {
        let value = ended[bank, register] ?? resetValue(ofRegister: register, bank: bank)
        ended[bank, register] = bank.extend(value, with: digest)
      }
    }
    return ended
  }
}

extension MismatchConstant {
  /// Ends of the boot services that a log may lack: the final events were not read, or the file was cut before the last one.
  fileprivate static let missingEnds = [[], exitBootServices, Array(exitBootServices.suffix(1))]

  /// What firmware measures when the operating system takes over.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.1.
  static let exitBootServices = ["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"]
    .map { MismatchConstant($0) }

  /// The phases of a start in their order, some left out, that lead from one value to the other; nil when none do.
  fileprivate static func phases(
    from start: [UInt8], to end: [UInt8], _ bank: HashAlgorithm
  ) -> [MismatchConstant]? {
    var reached: [(value: [UInt8], phases: [MismatchConstant])] = [(start, [])]
    if start == end { return [] }
    for phase in phases {
      for known in reached {
        guard let value = [phase].extended(from: known.value, bank) else { continue }
        if value == end { return known.phases + [phase] }
        reached.append((value, known.phases + [phase]))
      }
    }
    return nil
  }
}

extension [MismatchConstant] {
  /// The value of a register after these were extended; nil in a bank that OpenSSL cannot compute.
  fileprivate func extended(from start: [UInt8], _ bank: HashAlgorithm) -> [UInt8]? {
    var value: [UInt8]? = start
    for constant in self {
      guard let digest = bank.digest(of: constant.bytes) else { return nil }
      value = value.flatMap { bank.extend($0, with: digest) }
    }
    return value
  }
}
