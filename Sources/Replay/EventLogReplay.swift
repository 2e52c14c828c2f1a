import Digests
import Hashing
import TCGEventLog

/// The register values that follow from an event log.
///
/// Every event but `EV_NO_ACTION` is extended into its register in every bank it has a digest for. Register indexes
/// above 23 name no register and are left out; of a CCEL those other than 1 to 4, which stand for RTMR 0 to 3.
///
/// A log of user space goes on where the firmware's ends: it is replayed from the values that that one leaves.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.4 and 10.4.3; TPM 2.0 Library, Part 1,
/// section 34.3.
public struct EventLogReplay: Sendable {
  public let log: EventLog
  /// Value after the last record of every register that the log extends, in every bank this machine can compute.
  public let values: RegisterValues
  /// Locality of the start of the TPM that the log tells, 0, 3 or 4; nil when it tells none and register 0 starts at 0.
  public let startupLocality: UInt8?
  /// What the log leaves open or says in the wrong place, in the order of the log.
  public let notes: [Note]

  /// Banks with digests in the log that OpenSSL can compute, in the order of the log.
  let banks: [HashAlgorithm]
  private let start: StartValues

  /// - parameter earlier: the log of the same boot that ends where this one begins.
  public init(_ log: EventLog, after earlier: EventLogReplay? = nil) {
    self.init(log, afterValues: earlier?.values, startupLocality: earlier?.startupLocality)
  }

  /// - parameters:
  ///   - afterValues: what the registers held when the log began, where that is not what they hold after a reset.
  ///   - startupLocality: where the TPM started from, as an earlier log tells it.
  public init(_ log: EventLog, afterValues: RegisterValues?, startupLocality earlierLocality: UInt8? = nil) {
    var start = StartupReading()
    var notes: [Note] = []
    let banks = log.banks.filter { $0.digest(of: []) != nil }
    notes += log.banks.filter { !banks.contains($0) }.map { .bankNotComputable($0) }
    var extendCount = 0
    var hasEveryDigest = true
    for event in log.events {
      start.read(event)
      if log.extends(event) {
        extendCount += 1
        hasEveryDigest = hasEveryDigest && event.digests.count >= banks.count
      } else if let note = event.replayNote {
        notes.append(note)
      }
    }
    notes += start.notes
    let startValues = StartValues(
      startupLocality: earlierLocality ?? start.locality, earlier: afterValues, family: log.registerFamily)
    if hasEveryDigest, let ends = startValues.ends(of: log, extendCount, in: banks) {
      values = ends
    } else {
      // An event lacks a digest of some bank.
      values = startValues.endsStepByStep(of: log, in: banks)
      notes += banks.compactMap { bank in
        let missing = log.events.filter { log.extends($0) && $0.digest(in: bank) == nil }.map(\.index)
        return missing.isEmpty ? nil : .digestMissing(bank: bank, events: missing)
      }
    }
    self.log = log
    self.banks = banks
    self.notes = notes
    startupLocality = start.locality
    self.start = startValues
  }

  /// Registers that at least one event extends in `bank`, ascending.
  public func registers(extendedIn bank: HashAlgorithm) -> [Int] { values.registers(of: bank) }

  /// The value of a register after the first `count` records.
  ///
  /// nil when the log has fewer records, `register` is not one of 0 to 23, or the log has nothing of `bank`.
  public func value(ofRegister register: Int, bank: HashAlgorithm, afterRecords count: Int) -> [UInt8]? {
    guard (0...log.events.count).contains(count), (0...23).contains(register), banks.contains(bank) else {
      return nil
    }
    var walk = RegisterWalk(bank: bank, start: start)
    for event in log.events.prefix(count) where event.registerIndex == UInt32(register) {
      walk.extend(event)
    }
    return walk.value(of: register)
  }

  /// The number of records of the shortest first part of the log whose values `accepts` takes; nil when it takes none.
  /// The values are those of the registers that the log extends anywhere.
  public func firstPart(where accepts: (RegisterValues) -> Bool) -> Int? {
    var walks = banks.map { RegisterWalk(bank: $0, start: start) }
    var present = RegisterValues()
    for walk in walks {
      for register in registers(extendedIn: walk.bank) { present[walk.bank, register] = walk.value(of: register) }
    }
    if accepts(present) { return 0 }
    for event in log.events {
      for index in walks.indices {
        guard let register = walks[index].extend(event) else { continue }
        present[walks[index].bank, register] = walks[index].value(of: register)
      }
      if accepts(present) { return event.index + 1 }
    }
    return nil
  }

  /// Looks for the first parts of the log that give the observed values of `bank`.
  ///
  /// Only registers that the log extends in that bank are compared: the log says nothing about others. When no part
  /// gives them all, the registers are named whose value no part gives; when each value occurs but never together,
  /// those that differ at the end of the log.
  public func match(_ observed: [Int: [UInt8]], bank: HashAlgorithm) -> PrefixMatch {
    let compared = registers(extendedIn: bank).filter { observed[$0] != nil }
    guard !compared.isEmpty else { return .none(mismatching: []) }

    var walk = RegisterWalk(bank: bank, start: start)
    var differing = Set(compared.filter { walk.value(of: $0) != observed[$0] })
    var neverFitting = differing
    var found: ClosedRange<Int>? = differing.isEmpty ? 0...0 : nil
    for event in log.events {
      if let register = walk.extend(event), let wanted = observed[register] {
        if walk.value(of: register) == wanted {
          differing.remove(register)
          neverFitting.remove(register)
        } else {
          differing.insert(register)
        }
      }
      if differing.isEmpty {
        found = (found?.lowerBound ?? event.index + 1)...event.index + 1
      } else if let found {
        return .found(found)
      }
    }
    if let found { return .found(found) }
    return .none(mismatching: (neverFitting.isEmpty ? differing : neverFitting).sorted())
  }
}

extension EventLogReplay {
  /// Something in the log that the replay had to decide or leave out.
  public enum Note: Equatable, Sendable {
    /// The record comes after register 0 was extended, names another register, or is the second one: it is ignored.
    case startupLocalityIgnored(event: Int, locality: UInt8)
    /// A start of the TPM is only possible from locality 0, 3 or 4: the record is ignored.
    case startupLocalityImpossible(event: Int, locality: UInt8)
    /// An H-CRTM event that is not the first extend of register 0: the start value is left alone.
    case hcrtmIgnored(event: Int)
    /// The event names no register of a TPM; a record of user space may name an NV index.
    case registerOutOfRange(event: Int, registerIndex: UInt32)
    /// `EV_NO_ACTION` is never extended and must have a digest of zeros. Records that name no register are not meant:
    /// Windows gives its own a digest.
    case noActionWithDigest(event: Int)
    /// Events that have digests, but none of this bank: this bank replays without them.
    case digestMissing(bank: HashAlgorithm, events: [Int])
    /// The OpenSSL of this machine lacks the algorithm.
    case bankNotComputable(HashAlgorithm)
  }
}

extension Event {
  /// Whether the event changes a register of the TPM.
  var isExtended: Bool { isMeasured && registerIndex <= 23 }

  /// Whether the event is of a kind that is extended at all.
  fileprivate var isMeasured: Bool { recordedType != .noAction && !isLogManagement }

  fileprivate var replayNote: EventLogReplay.Note? {
    if isLogManagement { return nil }
    if recordedType != .noAction {
      return .registerOutOfRange(event: index, registerIndex: registerIndex)
    }
    let hasDigest = digests.contains { $0.bytes.contains { $0 != 0 } }
    return hasDigest && registerIndex <= 23 ? .noActionWithDigest(event: index) : nil
  }
}

extension EventLog {
  /// Whether the event changes a register of the log's family.
  public func extends(_ event: Event) -> Bool {
    switch registerFamily {
    case .pcr: event.isExtended
    case .rtmr: event.isMeasured && (1...4).contains(event.registerIndex)
    }
  }
}

/// From where register 0 starts, as the log tells it.
///
/// The record that tells it is not extended, so anyone can write it into a log: only one before the first extend of
/// register 0 can be true, and the replay shows whether it is.
///
/// Source: Platform Firmware Profile 1.05, section 10.4.5.3; TPM 2.0 Library, Part 1, section 34.3.
private struct StartupReading {
  var locality: UInt8?
  var notes: [EventLogReplay.Note] = []
  private var isRegister0Extended = false

  mutating func read(_ event: Event) {
    switch event.payload {
    case .startupLocality(let told): read(locality: told, at: event)
    case .hcrtm where event.registerIndex == 0: readHCRTM(at: event)
    default: break
    }
    if event.isExtended, event.registerIndex == 0 { isRegister0Extended = true }
  }

  private mutating func read(locality told: UInt8, at event: Event) {
    if ![0, 3, 4].contains(told) {
      notes.append(.startupLocalityImpossible(event: event.index, locality: told))
    } else if isRegister0Extended || event.registerIndex != 0 || locality != nil {
      notes.append(.startupLocalityIgnored(event: event.index, locality: told))
    } else {
      locality = told
    }
  }

  /// The hash sequence of an H-CRTM sets register 0 to 4 and is its first extend.
  private mutating func readHCRTM(at event: Event) {
    if isRegister0Extended {
      notes.append(.hcrtmIgnored(event: event.index))
    } else {
      locality = 4
    }
  }
}

/// What the registers hold before the first event of a log.
private struct StartValues: Sendable {
  var startupLocality: UInt8?
  /// What an earlier log of the boot left.
  var earlier: RegisterValues?
  var family: EventLog.RegisterFamily

  subscript(bank: HashAlgorithm, register: Int) -> [UInt8] {
    if let left = earlier?[bank, register] { return left }
    var value = resetValue(ofRegister: register, bank: bank)
    if register == 0, let startupLocality, let last = value.indices.last {
      value[last] = startupLocality
    }
    return value
  }

  /// What a register holds when the first event extends it: nothing extends 17 to 22 before a dynamic launch, which
  /// sets them to zero.
  func launchValue(_ bank: HashAlgorithm, _ register: Int) -> [UInt8] {
    (17...22).contains(register) && earlier?[bank, register] == nil
      ? [UInt8](repeating: 0, count: bank.digestByteCount) : self[bank, register]
  }

  /// What the whole log leaves in the registers that it extends, without an array for each value; nil where an event lacks a digest of
  /// one of the banks.
  ///
  /// - parameter count: of events that extend a register, each of which has as many digests as there are banks: the table is no larger
  ///   than what the log holds.
  func ends(of log: EventLog, _ count: Int, in banks: [HashAlgorithm]) -> RegisterValues? {
    var registers: [UInt8] = []
    registers.reserveCapacity(count)
    var digests = DigestTable(banks, count: count)
    var isExtended = [Bool](repeating: false, count: RegisterBank.registerCount)
    for event in log.events where log.extends(event) {
      guard let register = Int(exactly: event.registerIndex), isExtended.indices.contains(register),
        registers.count < count
      else { return nil }
      for (index, bank) in banks.enumerated() {
        guard let digest = event.digest(in: bank), digests.set(registers.count, index, digest) else { return nil }
      }
      registers.append(UInt8(register))
      isExtended[register] = true
    }
    let extended = isExtended.indices.filter { isExtended[$0] }
    var ends = banks.map { bank in
      var end = RegisterBank(bank)
      for register in extended { end[register] = launchValue(bank, register) }
      return end
    }
    var histories: [[UInt8]] = []
    guard RegisterBank.extend(&ends, registers: registers, with: digests, algorithms: banks, histories: &histories)
    else { return nil }
    var values = RegisterValues()
    for end in ends { for register in extended { values[end.algorithm, register] = end[register] } }
    return values
  }

  /// The same, one event after another and bank by bank.
  func endsStepByStep(of log: EventLog, in banks: [HashAlgorithm]) -> RegisterValues {
    var values = RegisterValues()
    for bank in banks {
      var walk = RegisterWalk(bank: bank, start: self)
      for event in log.events { walk.extend(event) }
      for (register, value) in walk.values { values[bank, register] = value }
    }
    return values
  }
}

/// Register values of one bank while events are extended one after another.
private struct RegisterWalk {
  let bank: HashAlgorithm
  let start: StartValues
  /// Values of the registers extended so far.
  private(set) var values: [Int: [UInt8]] = [:]

  init(bank: HashAlgorithm, start: StartValues) {
    self.bank = bank
    self.start = start
  }

  func value(of register: Int) -> [UInt8] { values[register] ?? start[bank, register] }

  /// The register that changed; nil when the event extends nothing in this bank.
  @discardableResult
  mutating func extend(_ event: Event) -> Int? {
    guard isExtended(event), let digest = event.digest(in: bank) else { return nil }
    let register = Int(event.registerIndex)
    let before = values[register] ?? start.launchValue(bank, register)
    guard let extended = bank.extend(before, with: digest) else { return nil }
    values[register] = extended
    return register
  }

  private func isExtended(_ event: Event) -> Bool {
    event.isExtended && (start.family == .pcr || (1...4).contains(event.registerIndex))
  }
}
