import ArgumentParser
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import Examination
import Replay
import TCGEventLog

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recompute PCR values from logs alone.",
    discussion: """
      Values are laid out as tpm2_pcrread prints them. With --against, it is said which first part of the log gives the \
      values of a quote or of a file of register values. The signature of a quote is not looked at here: analyze does that. \
      A log of user space is replayed from where the firmware's log ends: give both. A CCEL gives RTMR 0 to 3.

      Exit status: 0 when the log was read whole and nothing contradicts, 1 when --against does not match, 65 when the \
      file is no log or is damaged (what could be read is still printed).
      """)

  @Argument(help: "Event logs and IMA lists; '-' is standard input.")
  var logs: [String]

  @Option(help: "Stop after this number of records.")
  var until: Int?

  @Option(
    help:
      "A quote (with its PCR file beside it, if archived), a PCR file, a listing of registers as this prints, or a TDX quote."
  )
  var against: String?

  @Option(
    name: .customLong("extend-constant"),
    help: """
      A text that may have been extended without an event, or bytes as 0x and hexadecimal digits: tested, besides published \
      ones, where a register does not match. May be given several times.
      """)
  var constants: [String] = []

  @Option(help: "Number of threads. The result does not depend on it.")
  var jobs = processorCount()

  func validate() throws {
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs: a number from 1 to 1024 was expected.") }
    for constant in constants where constant.hasPrefix("0x") && bytesOfHex(String(constant.dropFirst(2))) == nil {
      throw ValidationError("--extend-constant: hexadecimal digits were expected behind 0x.")
    }
    if let until, until < 0 { throw ValidationError("--until: a number of records was expected.") }
  }

  func run() throws {
    var status = ExitCode.success
    for log in logs {
      let result: ReplayedLog
      let beside = logs.filter { $0 != log }.map { FilePath($0) }
      do {
        result = try replay(
          LogReplayRequest(
            log: FilePath(log), until: until, against: against.map { FilePath($0) }, beside: beside,
            constants: constants.map(Self.constant), jobs: jobs))
      } catch {
        Output.diagnostic(error.description)
        switch error {
        case .unreadable: status = worse(status, .inputMissing)
        case .noLog, .severalLogs, .noValues, .damagedValues: status = worse(status, .notEvidence)
        case .refused: status = worse(status, .untrusted)
        case .failed: status = worse(status, .internalError)
        }
        continue
      }
      try show(result, log)
      if against != nil, !result.agrees { status = worse(status, .untrusted) }
      if !result.isWhole { status = worse(status, .notEvidence) }
    }
    if status != .success { throw status }
  }

  private static func constant(_ text: String) -> MismatchConstant {
    if text.hasPrefix("0x"), let bytes = bytesOfHex(String(text.dropFirst(2))) {
      return MismatchConstant(name: "the constant \(text)", bytes: bytes)
    }
    return MismatchConstant(name: "\"\(escapedText(text.utf8))\"", bytes: Array(text.utf8))
  }

  private func worse(_ left: ExitCode, _ right: ExitCode) -> ExitCode { left.rawValue < right.rawValue ? right : left }

  private func show(_ result: ReplayedLog, _ log: String) throws {
    try Output.line("# \(escapedText(log.utf8)): \(result.kind.rawValue), \(result.records) records")
    for problem in result.problems { Output.diagnostic(problem.description) }
    for bank in result.values.banks {
      try Output.line("  \(bank.name):")
      for register in result.values.registers(of: bank) {
        guard let value = result.values[bank, register] else { continue }
        let index = register < 10 ? "\(register) " : "\(register)"
        let name = result.registerFamily == .rtmr ? "RTMR\(register - 1)" : index
        try Output.line("    \(name): 0x\(hexText(value).uppercased())")
      }
    }
    if let first = result.templateHashMismatches.first {
      try Output.line(
        "# \(result.templateHashMismatches.count) records have a template hash that is not theirs, the first is record \(first)"
      )
    }
    if result.isCut, against != nil {
      try Output.line(
        "# the log is cut inside record \(result.records): what was extended from there on is missing"
      )
    }
    for match in result.matches { try Output.line("# \(text(match, result))") }
    for mismatch in result.mismatches {
      let banks = mismatch.banks.map(\.name).joined(separator: " and ")
      let verb = mismatch.registers.count == 1 ? "does" : "do"
      try Output.line("# why \(names(mismatch.registers)) (\(banks)) \(verb) not match, one change at a time:")
      try show(mismatch.tests, of: "the value")
    }
    if let digest = result.unexplainedDigest { try show(digest, result.digestMismatch) }
    for group in result.unlogged.grouped {
      try Output.line("# \(group.banks) PCR \(group.register): not in this log; \(group.meaning)")
    }
    if against != nil, result.matches.isEmpty, result.unexplainedDigest == nil {
      try Output.line("# nothing to compare: the file covers no register of this log")
    }
  }

  private func show(_ digest: UnexplainedDigest, _ mismatch: DigestMismatch?) throws {
    let registers = names(digest.registers)
    try Output.line(
      "# \(digest.banks.map(\.name).joined(separator: " and ")) \(registers): the quote gives a digest and no values, and this log does not give it"
    )
    if !digest.withoutLog.isEmpty {
      try Output.line("#   taken as after a reset, for no log extends them: \(names(digest.withoutLog))")
    }
    switch digest.search {
    case .notTestable(let reason):
      try Output.line(
        "#   hypotheses: not testable, for the quote gives a digest over several registers and no values, and \(reason)"
      )
    case .possible:
      guard let mismatch else {
        return try Output.line("#   hypotheses: not testable, for this log alone extends no register of the digest")
      }
      try Output.line("# why the digest does not match, one change at a time in \(names(mismatch.registers)):")
      try show(mismatch.tests, of: "the digest")
    }
  }

  private func names(_ registers: [Int]) -> String { "PCR " + registers.map(String.init).joined(separator: ",") }

  /// Every hypothesis with its outcome; those that say nothing of the register in one line.
  private func show(_ tests: [MismatchTest], of what: String) throws {
    var silent: [String] = []
    var isExplained = false
    for test in tests {
      let name = test.hypothesis.rawValue
      switch test.outcome {
      case .notApplicable: silent.append(name)
      case .reproduces(let changes):
        isExplained = true
        let more = test.isFinished ? "" : "; not every change of this kind was tried"
        try Output.line("#   yes           \(name): \(changes.map(\.sentence).joined(separator: "; or "))\(more)")
      case .refuted(let tried): try Output.line("#   no            \(name), \(tried) tried")
      case .notFinished(let tried, let reason):
        try Output.line("#   not finished  \(name), \(tried) tried without success: \(reason)")
      case .notTested(let reason): try Output.line("#   not tested    \(name): \(reason)")
      }
    }
    if !silent.isEmpty { try Output.line("#   says nothing of this register: \(silent.joined(separator: ", "))") }
    try Output.line(
      isExplained
        ? "#   what gives \(what) is a possible cause; the log stays what it is, and does not match"
        : "#   none of them gives \(what): what was done is not known")
  }

  /// Indexes of the log, in the words of what it extends.
  private func names(_ registers: [Int], _ result: ReplayedLog) -> String {
    switch result.registerFamily {
    case .pcr: "PCR " + registers.map(String.init).joined(separator: ",")
    case .rtmr: "RTMR " + registers.map { String($0 - 1) }.joined(separator: ",")
    }
  }

  private func text(_ match: LogMatch, _ result: ReplayedLog) -> String {
    let registers = names(match.registers, result)
    let how = match.rule == .paddedSHA1 ? ", SHA-1 template hashes padded with zeros" : ""
    switch match.outcome {
    case .found(let range):
      let records = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      let outcome = range.upperBound >= result.records ? "complete" : "prefix"
      let leftOut =
        match.leftOut.isEmpty ? "" : "; \(names(match.leftOut, result)) differs"
      return "\(match.bank.name) \(registers): \(outcome), \(records) of \(result.records) records\(how)\(leftOut)"
    case .mismatch(let never):
      return
        "\(match.bank.name) \(names(never, result)): mismatch, no first part of the log gives the value"
    case .endsBeforeSource: return "\(match.bank.name) \(registers): the log ends before"
    case .notCovered: return "\(match.bank.name): not covered"
    case .undetermined(let missing): return "\(match.bank.name) \(registers): undetermined, missing \(missing)"
    }
  }
}

extension [ReplayedLog.UnloggedRegister] {
  /// One line for a register that says the same in each bank.
  fileprivate var grouped: [(register: Int, banks: String, meaning: String)] {
    var found: [(register: Int, banks: String, meaning: String)] = []
    for entry in sorted(by: { ($0.register, $0.bank) < ($1.register, $1.bank) }) {
      if let last = found.last, last.register == entry.register, last.meaning == entry.meaning {
        found[found.count - 1].banks += " and " + entry.bank.name
      } else {
        found.append((entry.register, entry.bank.name, entry.meaning))
      }
    }
    return found
  }
}
