import ByteReading
import Digests
import JSONReading

extension RegisterListing {
  /// The largest table of JSON that is read, in bytes; one of all banks has some ten thousand.
  private static let documentByteCountLimit = 1 << 20

  /// A table in a file of its own; nil when the file holds none.
  ///
  /// Members beside the banks are problems, as are values that are none: what could be read stands all the same.
  init?(document bytes: [UInt8], file: String) {
    guard bytes.count <= Self.documentByteCountLimit, JSONDocument.isLikely(bytes) else { return nil }
    let document = JSONDocument(bytes, file: file)
    guard let root = document.root, let table = RegisterTable(root, file: file, allowsOthers: true) else { return nil }
    self.init(table)
    if let fault = document.fault { problems.append(fault) }
  }

  /// A table inside a document: of banks by their names, or of registers by their numbers; nil for anything else.
  ///
  /// - parameter bank: the one that the document names around it; without, the length of each value tells the bank.
  public init?(_ node: JSONNode, bank: HashAlgorithm? = nil, file: String) {
    guard let table = RegisterTable(node, bank: bank, file: file, allowsOthers: false) else { return nil }
    self.init(table)
  }

  private init(_ table: RegisterTable) {
    values = table.values
    problems = table.problems
  }

  /// The name of a bank as a member has it: `sha256`, `SHA256`, `SHA-256`.
  public static func bank(named name: String) -> HashAlgorithm? {
    let name = name.lowercased()
    return HashAlgorithm(name: name) ?? HashAlgorithm(name: name.replacing("-", with: ""))
  }
}

/// Register values in a value of JSON, in one of three layouts that tools and people write.
///
/// - `{"sha256": {"0": "HEX", …}, …}`, the registers also as `pcr0`, `PCR-00`, the digits with or without `0x`;
/// - `{"0": "HEX", …}`, the bank told by the length;
/// - `[{"Index": 0, "Digest": "BASE64"}, …]`, as programs in Go write `attest.PCR`.
///
/// No specification says any of them. A register that stands there with two values has none.
private struct RegisterTable {
  var values = RegisterValues()
  /// The first of them.
  var problems: [ParseError] = []
  private var problemCount = 0
  /// Problems that are kept; a table has 32 registers a bank.
  private static let problemLimit = 100
  private let file: String
  private var contradicted: [HashAlgorithm: Set<Int>] = [:]

  /// Nil when no register value can be read and the names do not say that there should be some, or when what stands beside them is
  /// more than a mistake.
  init?(_ node: JSONNode, bank: HashAlgorithm? = nil, file: String, allowsOthers: Bool) {
    self.file = file
    switch node.value {
    case .object(let members)
    where members.contains { RegisterListing.bank(named: $0.name) != nil && $0.node.members != nil }:
      for (name, node) in members {
        if let bank = RegisterListing.bank(named: name), let registers = node.members {
          take(registers, of: bank)
        } else if allowsOthers {
          report(node, "member", "the name of a bank with its registers", "'\(shown(name))' with \(node.kind)")
        } else {
          return nil
        }
      }
    case .object(let members):
      // Numbers as names are no rare thing: without a bank around them, most must be of registers.
      let count = members.count { Self.register($0.name) != nil && $0.node.string != nil }
      guard count * 2 > members.count else { return nil }
      take(members, of: bank)
      guard problemCount * 2 < members.count else { return nil }
    case .array(let elements):
      for element in elements {
        guard case .number(let text)? = element["Index"]?.value, let digest = element["Digest"] else { return nil }
        take(text, digest, of: bank)
      }
      guard problems.isEmpty else { return nil }
    case .string, .number, .bool, .null: return nil
    }
    guard !values.isEmpty || allowsOthers && Self.namesOnlyRegisters(node) else { return nil }
  }

  /// Whether a table says by every name in it that it is one, so that it is a damaged one when no value can be read.
  private static func namesOnlyRegisters(_ node: JSONNode) -> Bool {
    guard let banks = node.members, !banks.isEmpty else { return false }
    return banks.allSatisfy { bank in
      guard RegisterListing.bank(named: bank.name) != nil, let registers = bank.node.members, !registers.isEmpty else {
        return false
      }
      return registers.allSatisfy { register($0.name) != nil && $0.node.string != nil }
    }
  }

  private mutating func take(_ members: [(name: String, node: JSONNode)], of bank: HashAlgorithm?) {
    for (name, node) in members { take(name, node, of: bank) }
  }

  private mutating func take(_ name: String, _ node: JSONNode, of bank: HashAlgorithm?) {
    let owner = bank.map { $0.name + " " } ?? ""
    guard let register = Self.register(name) else {
      return report(node, "\(owner)PCR", "the number of a register, 0 to 31", "'\(shown(name))'")
    }
    let field = "\(owner)PCR \(register)"
    let banks = bank.map { [$0] } ?? [.sha1, .sha256, .sha384, .sha512]
    guard let text = node.string else {
      return report(node, field, "a text with the value of the register", node.kind)
    }
    guard let (found, value) = Self.value(text, of: banks) else {
      let sizes = banks.map { String($0.digestByteCount) }.joined(separator: ", ")
      return report(node, field, "\(sizes) bytes in hexadecimal digits or Base64", "'\(shown(text))'")
    }
    guard contradicted[found]?.contains(register) != true else { return }
    if let other = values[found, register], other != value {
      contradicted[found, default: []].insert(register)
      values[found, register] = nil
      return report(node, field, "the value that stands before", "'\(shown(text))'")
    }
    values[found, register] = value
  }

  private mutating func report(_ node: JSONNode, _ field: String, _ expected: String, _ found: String) {
    problemCount += 1
    guard problems.count < Self.problemLimit else { return }
    problems.append(
      ParseError(file: file, offset: node.offset, field: "JSON \(field)", expected: expected, found: found))
  }

  private func shown(_ text: String) -> String { escapedText(text.utf8.prefix(80)) }

  /// `0`, `07`, `pcr0`, `PCR-00`, `PCR_7`, `PCR 7`.
  private static func register(_ name: String) -> Int? {
    var digits = Array(name.utf8)[...]
    if name.prefix(3).lowercased() == "pcr" {
      digits = digits.dropFirst(3)
      if let first = digits.first, "-_ ".utf8.contains(first) { digits = digits.dropFirst() }
    }
    guard (1...2).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return number < 32 ? number : nil
  }

  /// Digits with `0x` or without, else Base64: whichever has the size of a bank.
  private static func value(_ text: String, of banks: [HashAlgorithm]) -> (HashAlgorithm, [UInt8])? {
    let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? String(text.dropFirst(2)) : text
    for bytes in [bytesOfHex(digits), bytesOfBase64(Array(text.utf8))].compactMap({ $0 }) {
      if let bank = banks.first(where: { $0.digestByteCount == bytes.count }) { return (bank, bytes) }
    }
    return nil
  }
}
