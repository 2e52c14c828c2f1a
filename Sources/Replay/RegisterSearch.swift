import Digests
import Hashing

/// The values looked for in one bank's registers along a list.
struct RegisterSearch: Sendable {
  let targets: [RegisterTarget]
  private let bank: HashAlgorithm
  /// Registers whose start value is not known, a bit each.
  private let unknown: UInt32
  private var wanted: [Wanted] = []
  /// Whether some wanted value begins with these two bytes: most values are ruled out by one look.
  private var beginnings: [Bool] = []

  var isNeeded: Bool { !wanted.isEmpty }

  /// One value that one register should have had.
  private struct Wanted: Sendable {
    var target: String
    var register: Int
    var value: [UInt8]
    /// Number of records after which the register had the value, and up to which it kept it.
    var since: Int?
    var until: Int?
  }

  init(_ targets: [RegisterTarget], start: RegisterBank, known: [Int]?) {
    self.targets = targets
    bank = start.algorithm
    var unknown: UInt32 = 0
    for register in 0..<RegisterBank.registerCount where known?.contains(register) == false {
      unknown |= 1 << UInt32(register)
    }
    self.unknown = unknown
    for target in targets { want(target, start: start) }
  }

  private mutating func want(_ target: RegisterTarget, start: RegisterBank) {
    for (register, value) in target.values.sorted(by: { $0.key < $1.key })
    where (0..<RegisterBank.registerCount).contains(register) && value.count == bank.digestByteCount
      && unknown & 1 << UInt32(register) == 0
    {
      wanted.append(
        Wanted(target: target.id, register: register, value: value, since: start[register] == value ? 0 : nil))
      if beginnings.isEmpty { beginnings = Array(repeating: false, count: 1 << 16) }
      beginnings[Int(value[0]) << 8 | Int(value[1])] = true
    }
  }

  mutating func look(in history: [UInt8], _ piece: TemplateHasher.Piece) {
    guard !wanted.isEmpty else { return }
    let size = bank.digestByteCount
    for record in piece.registers.indices {
      let place = record * size
      if beginnings[Int(history[place]) << 8 | Int(history[place + 1])] {
        found(history[place..<place + size], register: piece.registers[record], count: piece.firstIndex + record + 1)
      }
    }
    for index in wanted.indices where wanted[index].until == nil {
      guard let since = wanted[index].since, piece.extended & 1 << UInt32(wanted[index].register) != 0 else { continue }
      let next = piece.registers.indices.first {
        piece.firstIndex + $0 >= since && Int(piece.registers[$0]) == wanted[index].register
      }
      if let next { wanted[index].until = piece.firstIndex + next }
    }
  }

  private mutating func found(_ value: ArraySlice<UInt8>, register: UInt8, count: Int) {
    for index in wanted.indices
    where wanted[index].since == nil && wanted[index].register == Int(register) && value == wanted[index].value[...] {
      wanted[index].since = count
    }
  }

  /// The values of these registers in `bank`, as far as they are known.
  func values(of registers: [Int], in bank: RegisterBank) -> [Int: [UInt8]] {
    var values: [Int: [UInt8]] = [:]
    for register in registers where unknown & 1 << UInt32(register) == 0 { values[register] = bank[register] }
    return values
  }

  /// Where the target's values held, by register, in a list of `end` records.
  func ranges(of target: String, end: Int) -> [Int: ClosedRange<Int>] {
    var ranges: [Int: ClosedRange<Int>] = [:]
    for value in wanted where value.target == target {
      if let since = value.since { ranges[value.register] = since...(value.until ?? end) }
    }
    return ranges
  }
}
