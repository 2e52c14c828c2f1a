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
  /// Names of what the firmware extended at its end; escaped, texts in quotation marks.
  public let ends: [String]
  /// Names of what was extended behind that, and behind what a log of user space tells, in this order.
  public let constants: [String]

  init(startupLocality: UInt8? = nil, ends: [String] = [], constants: [String] = []) {
    self.startupLocality = startupLocality
    self.ends = ends
    self.constants = constants
  }

  /// Whether the logs have all of it.
  public var isEmpty: Bool { startupLocality == nil && ends.isEmpty && constants.isEmpty }

  /// In the words of a report, behind "with".
  public var words: String {
    if isEmpty { return "what a log of user space has" }
    let start = startupLocality.map { "a start of the TPM from locality \($0)" }
    let behind = ends + constants
    return [start, behind.isEmpty ? nil : "\(behind.joined(separator: ", ")) extended behind the last event"]
      .compactMap { $0 }.joined(separator: " and ")
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
  /// events, or its second half, or two tries of which the second succeeded, what systemd extends while a system starts and stops, with
  /// some left out, and one digest of zeros, by which an operating system caps a bank that firmware may extend on.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.5.3; TCG EFI Protocol, section 7; systemd-pcrphase.service(8).
  ///
  /// - parameter followers: logs of user space that go on where this one ends, of which a first part may explain the rest.
  public func unloggedExtends(
    ofRegister register: Int, bank: HashAlgorithm, observed: [UInt8], then followers: [EventLog] = []
  ) -> UnloggedExtends? {
    guard (0...23).contains(register), let sequence = BankSequence(self, register, bank) else { return nil }
    for end in ends(of: sequence, register) {
      let extends = { (constants: [MismatchConstant]) in
        UnloggedExtends(startupLocality: end.locality, ends: end.missing.map(\.name), constants: constants.map(\.name))
      }
      // Without a log of user space the firmware's end alone counts.
      for digests in followers.isEmpty ? [[]] : followers.map({ $0.digests(ofRegister: register, bank) }) {
        var value = end.value
        for digest in digests where value != observed { value = bank.extend(value, with: digest) ?? value }
        if value == observed { return extends([]) }
        if let phases = MismatchConstant.phases(from: value, to: observed, bank) { return extends(phases) }
        guard let capped = bank.extend(value, with: bank.zeros) else { continue }
        // Firmware goes on extending a bank that is capped.
        for missing in register == 5 ? [[], MismatchConstant.exitBootServices] : [[]]
        where missing.extended(from: capped, bank) == observed {
          return UnloggedExtends(
            startupLocality: end.locality, ends: end.missing.map(\.name),
            constants: ["a digest of zeros"] + missing.map(\.name))
        }
      }
    }
    return nil
  }

  /// What the firmware left in a register, with what its log does not have.
  public func end(ofRegister register: Int, bank: HashAlgorithm, with extends: UnloggedExtends) -> [UInt8]? {
    BankSequence(self, register, bank).flatMap { sequence in
      ends(of: sequence, register).first {
        $0.locality == extends.startupLocality && $0.missing.map(\.name) == extends.ends
      }?
      .value
    }
  }

  /// What the firmware may have left: as the log tells it first, then each other locality of the start, and each end of the boot services
  /// that logs are known to lack.
  public var possibleEnds: [RegisterValues] {
    var possible = [values]
    for register in [0, 5] {
      let sequences = banks.compactMap { bank in
        BankSequence(self, register, bank).map { (bank, ends(of: $0, register)) }
      }
      guard let count = sequences.first?.1.count else { continue }
      possible = possible.flatMap { known in
        (0..<count).map { index in
          var values = known
          for (bank, ends) in sequences { values[bank, register] = ends[index].value }
          return values
        }
      }
    }
    return possible
  }

  private typealias End = (locality: UInt8?, missing: [MismatchConstant], value: [UInt8])

  /// The end of the register as the log tells it first; as many in each bank.
  private func ends(of sequence: BankSequence, _ register: Int) -> [End] {
    switch register {
    case 0:
      let told = startupLocality ?? 0
      return [(nil, [], sequence.end)]
        + [UInt8(0), 3, 4].filter { $0 != told }.map { ($0, [], sequence.end(locality: $0) ?? sequence.end) }
    case 5:
      return MismatchConstant.missingEnds.map { missing in
        (nil, missing, missing.extended(from: sequence.end, sequence.bank) ?? sequence.end)
      }
    default: return [(nil, [], sequence.end)]
    }
  }
}

extension RegisterValues {
  /// Registers that systemd ends from version 261 on.
  ///
  /// Source: systemd-pcrphase.service(8).
  private static let endedBySystem = Array(0...7) + [9, 12, 13, 14]

  /// These values after systemd ended the registers of firmware and loaders, in these banks.
  public func endedBySystem(_ banks: [HashAlgorithm]) -> RegisterValues {
    extended(Self.endedBySystem, banks) { $0.digest(of: Array("os-separator".utf8)) }
  }

  /// These values after an operating system capped the banks with one digest of zeros in each register, of firmware's alone or in all but
  /// the kernel's own.
  public func capped(_ banks: [HashAlgorithm]) -> [RegisterValues] {
    [Array(0...7), Array(0...9) + [11, 12, 13]].map { extended($0, banks) { $0.zeros } }
  }

  /// These values after one, two or three further phases of a start.
  public func goingOn(_ banks: [HashAlgorithm]) -> [RegisterValues] {
    let phases = Array(MismatchConstant.phases.dropFirst())
    return phases.indices.flatMap { start in
      (start + 1...min(start + 3, phases.count)).map { end in
        phases[start..<end].reduce(self) { values, phase in values.extended([11], banks) { $0.digest(of: phase.bytes) }
        }
      }
    }
  }

  private func extended(
    _ registers: [Int], _ banks: [HashAlgorithm], with digest: (HashAlgorithm) -> [UInt8]?
  ) -> RegisterValues {
    var ended = self
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

extension EventLog {
  fileprivate func digests(ofRegister register: Int, _ bank: HashAlgorithm) -> [[UInt8]] {
    events.filter { $0.isExtended && $0.registerIndex == UInt32(register) }.compactMap { $0.digest(in: bank) }
  }
}

extension HashAlgorithm {
  fileprivate var zeros: [UInt8] { [UInt8](repeating: 0, count: digestByteCount) }
}

extension MismatchConstant {
  /// Ends of the boot services that a log may lack: the final events were not read, or the file was cut before the last one.
  /// A loader whose map of the memory was old calls a second time, after the firmware refused or went on once more.
  fileprivate static let missingEnds = [
    [], exitBootServices, Array(exitBootServices.suffix(1)), refusedExit + exitBootServices,
    exitBootServices + exitBootServices,
  ]
  private static let refusedExit = ["Exit Boot Services Invocation", "Exit Boot Services Returned with Failure"]
    .map { MismatchConstant($0) }

  /// What firmware measures when the operating system takes over.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.1.
  static let exitBootServices = ["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"]
    .map { MismatchConstant($0) }

  /// The phases of a start in their order, some left out, that lead from one value to the other; nil when none do.
  fileprivate static func phases(
    from start: [UInt8], to end: [UInt8], _ bank: HashAlgorithm
  ) -> [MismatchConstant]? {
    if start == end { return [] }
    var reached: [(value: [UInt8], phases: [MismatchConstant])] = [(start, [])]
    for phase in phases {
      guard let digest = bank.digest(of: phase.bytes) else { return nil }
      for known in reached {
        guard let value = bank.extend(known.value, with: digest) else { return nil }
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
