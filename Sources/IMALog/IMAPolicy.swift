import ByteReading

/// Rules that say which files and buffers the kernel measures, as written in `/etc/ima/ima-policy`.
///
/// Source: Linux, Documentation/ABI/testing/ima_policy; security/integrity/ima/ima_policy.c, `ima_parse_rule`. The first
/// rule that fits decides, for measuring and for appraising apart.
public struct IMAPolicy: Equatable, Sendable {
  public var rules: [Rule]
  /// Lines that are no rule, in order; at most `problemLimit`.
  public var problems: [ParseError]

  public struct Rule: Equatable, Sendable {
    public enum Action: String, Sendable {
      case measure, appraise, audit, hash
      case dontMeasure = "dont_measure"
      case dontAppraise = "dont_appraise"
      case dontHash = "dont_hash"
    }

    public var action: Action
    /// In the rule's order.
    public var conditions: [Condition]
    /// Words that are no condition; kernels know none.
    public var options: [String]

    /// The value of the condition of that key that asks for equality; nil when there is none.
    public func value(_ key: String) -> String? {
      conditions.first { $0.key == key && $0.comparison == .equal }?.value
    }
  }

  /// `uid=0`, `fowner>1000`: what must hold, or how to go about it (`template=`, `pcr=`).
  public struct Condition: Equatable, Sendable {
    public enum Comparison: String, Sendable {
      case equal = "="
      case greater = ">"
      case less = "<"
    }

    public var key: String
    public var comparison: Comparison
    /// Without the quotes that may stand around it; escaped where it is no text.
    public var value: String
  }

  public static let ruleLimit = 4096
  public static let problemLimit = 100

  public init(rules: [Rule], problems: [ParseError] = []) {
    self.rules = rules
    self.problems = problems
  }

  /// Reads the lines of a policy. Never fails: lines that are no rule are problems; empty ones and comments are passed
  /// over.
  public init(_ text: [UInt8], file: String) {
    self.init(rules: [])
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
      guard rules.count < Self.ruleLimit, problems.count < Self.problemLimit else {
        problems.append(
          ParseError(
            file: file, offset: start, field: "IMA policy",
            expected: "at most \(Self.ruleLimit) rules and few other lines", found: "more"))
        return
      }
      do throws(ParseError) {
        if let rule = try Rule(line: text[start..<end], file: file) { rules.append(rule) }
      } catch {
        problems.append(error)
      }
      start = end + 1
    }
  }
}

extension IMAPolicy.Rule {
  /// Nil for an empty line or a comment. Places count from the start of the text that the line is a slice of.
  fileprivate init?(line: ArraySlice<UInt8>, file: String) throws(ParseError) {
    let words = line.prefix(4096).split { $0 == .blank || $0 == .tab || $0 == .carriageReturn }
    guard let first = words.first, first.first != UInt8(ascii: "#") else { return nil }
    guard line.count <= 4096 else {
      throw ParseError(
        file: file, offset: line.startIndex, field: "rule", expected: "at most 4096 bytes", found: "\(line.count)")
    }
    guard let action = Action(rawValue: String(decoding: first, as: UTF8.self)) else {
      throw ParseError(
        file: file, offset: line.startIndex, field: "rule", expected: "an action such as measure",
        found: escapedText(first.prefix(40)))
    }
    self.init(action: action, conditions: [], options: [])
    for word in words.dropFirst() {
      if let condition = IMAPolicy.Condition(word) {
        conditions.append(condition)
      } else {
        options.append(escapedText(word))
      }
    }
  }
}

extension IMAPolicy.Condition {
  fileprivate init?(_ word: ArraySlice<UInt8>) {
    guard
      let place = word.firstIndex(where: { [UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "<")].contains($0) }),
      place > word.startIndex, let comparison = Comparison(rawValue: String(decoding: [word[place]], as: UTF8.self))
    else { return nil }
    var value = word[(place + 1)...]
    let quote = UInt8(ascii: "\"")
    if value.count >= 2, value.first == quote, value.last == quote { value = value.dropFirst().dropLast() }
    self.init(key: escapedText(word[..<place]), comparison: comparison, value: escapedText(value))
  }
}

// MARK: Policies that kernels bring

/// The measuring and appraising that a kernel's command line asks for.
public struct KernelPolicy: Equatable, Sendable {
  /// In the kernel's words: `tcb`, `appraise_tcb`, `secure_boot`, `critical_data`, `fail_securely`, and `ima_tcb` for
  /// the older form of `tcb`. In the order of the rules; unknown ones are left out, as the kernel does.
  public var names: [String]
  /// The rules that stand until a policy is loaded, which takes the place of all of them.
  public var policy: IMAPolicy

  /// Nil when the command line names no policy: then nothing but the boot aggregate is measured until one is loaded,
  /// except where the architecture brings rules.
  ///
  /// Source: Linux, security/integrity/ima/ima_policy.c, `default_measure_policy_setup`, `policy_setup`,
  /// `default_appraise_policy_setup`, `ima_init_policy`.
  public init?(commandLine: [UInt8]) {
    var measuring: String?
    var asked: Set<String> = []
    for word in Self.words(commandLine) {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch parts[0] {
      case "ima_tcb": measuring = measuring ?? "ima_tcb"
      case "ima_appraise_tcb": asked.insert("appraise_tcb")
      case "ima_policy" where parts.count == 2:
        for name in parts[1].split(whereSeparator: { $0 == " " || $0 == "|" || $0 == "\n" }).map(String.init) {
          if name == "tcb" { measuring = measuring ?? "tcb" } else { asked.insert(name) }
        }
      default: break
      }
    }
    names = (measuring.map { [$0] } ?? []) + Self.order.filter(asked.contains)
    guard !names.isEmpty else { return nil }
    policy = IMAPolicy(rules: names.flatMap { IMAPolicy(Array(Self.text(of: $0).utf8), file: $0).rules })
  }

  /// What is measured and appraised, in words.
  public var summary: String { policy.summary }

  private static let order = ["secure_boot", "appraise_tcb", "critical_data", "fail_securely"]

  /// Words of a command line; quotes hold blanks together, as `ima_policy="tcb|secure_boot"` has them.
  private static func words(_ commandLine: [UInt8]) -> [Substring] {
    var isQuoted = false
    // Longer ones than any kernel takes are cut: 2048 bytes on most architectures.
    return String(decoding: commandLine.prefix(1 << 16), as: UTF8.self).split { character in
      if character == "\"" { isQuoted.toggle() }
      return !isQuoted && (character == " " || character == "\t" || character == "\n" || character == "\0")
    }.map { $0.contains("\"") ? Substring($0.filter { $0 != "\"" }) : $0 }
  }

  private static func text(of name: String) -> String {
    switch name {
    case "ima_tcb": exclusions + executed + "measure func=FILE_CHECK mask=MAY_READ uid=0\n" + loaded
    case "tcb":
      exclusions + executed + "measure func=FILE_CHECK mask=^MAY_READ euid=0\n"
        + "measure func=FILE_CHECK mask=^MAY_READ uid=0\n" + loaded + "measure func=POLICY_CHECK\n"
    case "secure_boot":
      ["MODULE_CHECK", "FIRMWARE_CHECK", "KEXEC_KERNEL_CHECK", "POLICY_CHECK"]
        .map { "appraise func=\($0) appraise_type=imasig\n" }.joined()
    case "appraise_tcb":
      (magics + ["0x858458f6"]).map { "dont_appraise fsmagic=\($0)\n" }.joined() + "dont_appraise fsmagic=0x01021994\n"
        + "appraise fowner=0\n"
    case "critical_data": "measure func=CRITICAL_DATA\n"
    default: ""
    }
  }

  /// Pseudo file systems, whose files are the kernel's own.
  private static let magics = [
    "0x9fa0", "0x62656572", "0x64626720", "0x1cd1", "0x42494e4d", "0x73636673", "0xf97cff8c", "0x43415d53", "0x27e0eb",
    "0x63677270", "0x6e736673", "0xde5e81e4",
  ]
  private static let exclusions =
    magics.map { "dont_measure fsmagic=\($0)\n" }.joined() + "dont_measure fsmagic=0x01021994 func=FILE_CHECK\n"
  private static let executed =
    "measure func=MMAP_CHECK mask=MAY_EXEC\nmeasure func=BPRM_CHECK mask=MAY_EXEC\n"
  private static let loaded = "measure func=MODULE_CHECK\nmeasure func=FIRMWARE_CHECK\n"
}
