/// The verdict of one boot and the sentences that say why.
///
/// `untrusted` with any finding of that effect. `trusted` only when at least one quote passed every check that counts,
/// a log is proven, and nothing is left open. Else `inconclusive`.
public struct BootVerdict: Equatable, Sendable {
  public var verdict: Verdict
  public var reasons: [String]

  /// - parameter findings: all findings of the boot.
  /// - parameter quotes: all statements of the boot.
  /// - parameter notVerified: records that passed by a class or exemption of the policy.
  /// - parameter bootContent: what was found out about the images that booted; nil when nothing was looked up.
  /// - parameter provenRegisters: registers with events of an event log that an authentic quote proves.
  /// - parameter provesList: an authentic quote proves a measurement list.
  public init(
    findings: [Finding], quotes: [AttestationResult.Quote], policy: Policy,
    bootReferences: [AttestationResult.BootReference] = [], notVerified: Int = 0, bootContent: String? = nil,
    provenRegisters: Set<Int>, provesList: Bool
  ) {
    let provesEventLog = !provenRegisters.isEmpty
    let bad = findings.filter { $0.effect == .untrusted }
    let open = findings.filter { $0.effect == .inconclusive }
    let passing = quotes.filter(\.passesEverythingThatCounts)
    if !bad.isEmpty {
      verdict = .untrusted
      reasons = Self.distinct(bad).prefix(5).map(\.message)
      if Self.distinct(bad).count > 5 {
        reasons.append("\(Self.distinct(bad).count - 5) more findings of this weight follow.")
      }
    } else if !passing.isEmpty && open.isEmpty && (provesEventLog || provesList) {
      verdict = .trusted
      reasons = ["Quotes of a trusted key prove the logs, and nothing contradicts."]
    } else {
      verdict = .inconclusive
      reasons = [Self.reasonWhyOpen(quotes, somePass: !passing.isEmpty, somethingIsAbsent: !open.isEmpty)]
      reasons += Self.distinct(open).prefix(5).map { Self.sentence(of: $0, among: open) }
    }
    if verdict != .untrusted {
      if !passing.isEmpty {
        reasons.append(
          provesEventLog || !bootReferences.isEmpty
            ? Self.sentence(bootReferences, images: bootContent, of: provenRegisters)
            : "No quoted event log says what booted: boot content is neither proven nor appraised.")
        let unquoted = Self.unquoted(passing)
        if provesEventLog, !unquoted.isEmpty {
          reasons.append(
            "No quote covers PCR \(registerText(unquoted)): what was measured there, loaders and configuration among it, is not proven."
          )
        }
      }
      if provesList, policy.measurements == .outOfScope {
        reasons.append("The content of the measurement list is out of the policy's scope: proven, not appraised.")
      }
      if notVerified > 0 {
        reasons.append(
          "\(notVerified) \(notVerified == 1 ? "record" : "records") passed by classes or exemptions of the policy: not verified."
        )
      }
      // Who signs with a key of his own can answer any nonce.
      let fresh = (passing.isEmpty ? quotes : passing).contains {
        $0.checks.contains { $0.name == .nonce && $0.part == nil && $0.outcome == .passed }
      }
      if !fresh, quotes.contains(where: { $0.kind == "quote" }) { reasons.append("Freshness is not proven.") }
    }
  }

  /// Which key is missing is said by the statements that it signed.
  private static func sentence(of finding: Finding, among all: [Finding]) -> String {
    guard finding.code == .keyMissing else { return finding.message }
    let files = Set(all.filter { $0.code == .keyMissing && $0.message == finding.message }.compactMap(\.file)).sorted()
    let names = files.prefix(3).map { $0.split(separator: "/").suffix(2).joined(separator: "/") }
    guard !names.isEmpty else { return finding.message }
    let more = files.count > names.count ? " and \(files.count - names.count) more" : ""
    return "\(finding.message.dropLast()): \(names.joined(separator: ", "))\(more)."
  }

  /// Registers of firmware's policy and of what it starts, which none of the quotes covers.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4: 0 firmware, 4 boot loaders, 7 Secure Boot.
  private static func unquoted(_ quotes: [AttestationResult.Quote]) -> [Int] {
    let covered = Set(quotes.flatMap(\.selection).flatMap(\.registers))
    return [0, 4, 7].filter { !covered.contains($0) }
  }

  /// What of the boot's content was held against references.
  private static func sentence(
    _ references: [AttestationResult.BootReference], images: String?, of registers: Set<Int>
  ) -> String {
    let proven =
      registers.isEmpty
      ? "No quoted event log says what booted"
      : "Boot content of PCR \(registerText(Array(registers))) is proven by the quote"
    guard !references.isEmpty else { return images ?? "\(proven), not appraised." }
    let parts = references.map { reference in
      let kind =
        reference.scope == .baseline
        ? "a baseline" : reference.isSigned ? "a signed manifest" : "a manifest without a verified signature"
      let varying = reference.varying == 0 ? "" : ", \(reference.varying) may differ between good boots"
      if reference.scope == .registers {
        return "\(reference.known) of \(reference.registers.count) registers have the values of \(kind)"
      }
      let open =
        reference.notCompared.isEmpty
        ? "" : ", PCR \(registerText(reference.notCompared.map { Int($0) })) of it not compared, for no quote proves it"
      return "\(reference.known) events are those of \(kind)\(varying)\(open)"
    }
    let sentence = "\(proven); \(parts.joined(separator: "; "))."
    if let images { return sentence + " " + images }
    // A baseline has everything but what may differ, and that is said.
    let isWhole = references.contains { reference in
      reference.scope == .baseline && reference.unknown.isEmpty && reference.missing.isEmpty
        && reference.notCompared.isEmpty && reference.elsewhere.isEmpty
    }
    return sentence + (isWhole ? "" : " The rest of it is not appraised.")
  }

  /// One quote that passes everything decides. That nothing vouches for the keys of others takes nothing away: they are
  /// signed, and the logs are held against them all the same. Anything else that is open stays open, so that taking a
  /// file away never makes the verdict better.
  public static func settleOtherKeys(_ findings: inout [Finding], quotes: [AttestationResult.Quote]) {
    guard quotes.contains(where: \.passesEverythingThatCounts) else { return }
    let others = Set(quotes.filter { !$0.passesEverythingThatCounts }.map(\.file))
    for index in findings.indices where findings[index].effect == .inconclusive {
      guard let file = findings[index].file, others.contains(file) else { continue }
      switch findings[index].code {
      case .keyUnanchored, .keyValidityUndetermined, .keyExpiredAtCapture: findings[index].effect = .none
      default: break
      }
    }
  }

  private static func reasonWhyOpen(_ quotes: [AttestationResult.Quote], somePass: Bool, somethingIsAbsent: Bool)
    -> String
  {
    if somePass, !somethingIsAbsent {
      return
        "Quotes of a trusted key hold, but every quoted register is at its reset value and no log was archived: they show nothing of what booted or ran."
    }
    if somePass { return "Quotes of a trusted key hold, but something needed to decide is absent." }
    guard quotes.contains(where: { $0.kind == "quote" }) else { return "There is no quote." }
    return "No quote passes all of signature, structure, key and PCR digest."
  }

  /// The same sentence is said once.
  private static func distinct(_ findings: [Finding]) -> [Finding] {
    var seen: Set<String> = []
    return findings.sorted { $0.severity < $1.severity }.filter { seen.insert($0.message).inserted }
  }
}

extension AttestationResult.Quote {
  /// Signature, structure, key and PCR digest passed: the conditions of a `trusted` boot.
  public var passesEverythingThatCounts: Bool {
    kind == "quote"
      && [AttestationResult.Check.Name.signature, .structure, .key, .pcrDigest].allSatisfy { name in
        checks.contains { $0.name == name && $0.part == nil && $0.outcome == .passed }
      }
  }
}
