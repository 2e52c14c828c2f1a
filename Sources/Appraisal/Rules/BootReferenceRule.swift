import ByteReading
import Digests

/// What booted is what the manufacturer's manifest or the baseline says.
///
/// Only the part of the event log that a quote proves is compared. A difference is a warning that leaves the boot undecided:
/// firmware that was updated differs as firmware that was changed does, and no reference says that it is bad.
///
/// Source: TCG PC Client Firmware Integrity Measurement 1.0, section 6; the table of what may vary in `docs/references.md`.
public struct BootReferenceRule {
  public static let id = "boot"

  private let policy: Policy
  private let asOf: String?

  /// - parameter asOf: RFC 3339, the day on which references are to hold; nil when it is not known.
  public init(policy: Policy = Policy(), asOf: String? = nil) {
    self.policy = policy
    self.asOf = asOf
  }

  /// - parameter file: the event log that was compared.
  /// - parameter references: empty when none of the given ones has anything of the firmware.
  /// - parameter hasBaseline: a baseline is among those that were given. Whoever runs the machine chooses what it quotes, so what of a
  ///   baseline is not compared leaves the boot undecided.
  public func appraise(
    _ references: [AttestationResult.BootReference], file: String, hasBaseline: Bool = false
  ) -> [Finding] {
    guard !references.isEmpty else {
      return [
        missing(
          "No reference event log has, in a bank that both have, anything of this boot that a quote proves.", file,
          isOpen: hasBaseline)
      ]
    }
    return unverified(references, file) + outOfDate(references, file) + narrow(references, file)
      + references.flatMap { reference in
        changed(reference, file)
          + reference.elsewhere.map { other in
            Finding(
              .bootChanged, file: other.file, record: other.events.first?.index,
              range: other.events.first.map { $0.index...(other.events.last?.index ?? $0.index) },
              message: "What booted differs from the \(reference.words): \(lacking(other.events)).")
          }
      }
  }

  /// References that are there and of which not one counts are no reason to say nothing.
  public func appraise(notCounted references: BootReferenceAppraiser) -> [Finding] {
    guard references.isEmpty, references.notCounted > 0 else { return [] }
    let (count, effect) = (references.notCounted, policy.boot == .assess ? Effect.inconclusive : Effect.none)
    return [
      Finding(
        .bootReferenceMissing, effect: effect,
        message:
          "The references have \(count == 1 ? "one document" : "\(count) documents") of what should boot, and none counts: no manifest names it by its digest, or no signature that the policy asks for vouches for it."
      )
    ]
  }

  /// References to event logs were given, and no quote proves any log of the boot.
  public func appraiseWithoutProof(file: String, hasBaseline: Bool) -> [Finding] {
    [
      missing(
        "References say what should boot, and no quote that counts proves an event log: none was held against them.",
        file, isOpen: hasBaseline)
    ]
  }

  private func narrow(_ references: [AttestationResult.BootReference], _ file: String) -> [Finding] {
    references.filter { $0.scope == .baseline && !$0.notCompared.isEmpty }.map { reference in
      missing(
        "The baseline has events of PCR \(registerText(reference.notCompared.map { Int($0) })), and no quote that counts proves these registers in the \(reference.bank.name) bank: they were not compared.",
        file, isOpen: true)
    }
  }

  private func changed(_ reference: AttestationResult.BootReference, _ file: String) -> [Finding] {
    var parts: [String] = []
    if !reference.unknown.isEmpty { parts.append(lacking(reference.unknown)) }
    if let first = reference.missing.first {
      parts.append("\(sentence(reference.missing.count)) in it only, first \(first.type) in PCR \(first.register)")
    }
    if !reference.reordered.isEmpty {
      let names = reference.reordered.map(String.init).joined(separator: ", ")
      parts.append("PCR \(names) \(reference.reordered.count == 1 ? "has" : "have") its events in another order")
    }
    guard !parts.isEmpty else { return [] }
    let range =
      reference.unknown.isEmpty
      ? nil : (reference.unknown.map(\.index).min() ?? 0)...(reference.unknown.map(\.index).max() ?? 0)
    return [
      Finding(
        .bootChanged, file: file, record: reference.unknown.first?.index, range: range,
        message: "What booted differs from the \(reference.words): \(parts.joined(separator: "; ")).")
    ]
  }

  private func lacking(_ events: [AttestationResult.BootReference.Event]) -> String {
    let first = events.first.map { ", first event \($0.index) (\($0.type) in PCR \($0.register))" } ?? ""
    return "\(sentence(events.count)) not in it\(first)"
  }

  /// - parameter quote: the quotes whose registers were compared.
  /// - parameter references: empty when none of the given ones has a value of this machine's.
  public func appraise(registers references: [AttestationResult.BootReference], quote: String) -> [Finding] {
    guard !references.isEmpty else {
      return [missing("None of the references with register values has one of this machine's.", quote)]
    }
    return references.flatMap { findings(registers: $0, quote) }
  }

  private func findings(registers reference: AttestationResult.BootReference, _ quote: String) -> [Finding] {
    var findings = unverified([reference], quote) + outOfDate([reference], quote)
    if let first = reference.differing.first {
      let counts = Set(first.references.map { hexText($0) }).sorted()
      let more = reference.differing.count - 1
      findings.append(
        Finding(
          .bootChanged, file: quote,
          message:
            "What booted differs from the \(reference.words): PCR \(first.index) (\(first.bank.name)) is quoted as "
            + "\(hexText(first.observed)), and the reference is \(counts.joined(separator: " or "))"
            + (more == 0 ? "." : "; \(more == 1 ? "one more register differs" : "\(more) more registers differ").")))
    }
    if reference.known > 0 {
      let same = reference.registers.filter(\.isReference)
      let names = Set(same.map(\.index)).sorted().map(String.init).joined(separator: ", ")
      findings.append(
        Finding(
          .bootRegistersKnown, file: quote,
          message: "PCR \(names) \(same.count == 1 ? "has the value" : "have the values") of the \(reference.words)."))
    }
    return findings
  }

  private func missing(_ message: String, _ file: String, isOpen: Bool = false) -> Finding {
    Finding(
      .bootReferenceMissing, effect: isOpen || policy.boot == .assess ? .inconclusive : Effect.none, file: file,
      message: message)
  }

  /// A manifest that no given key vouches for counts, and says so.
  private func unverified(_ references: [AttestationResult.BootReference], _ file: String) -> [Finding] {
    references.filter { $0.scope != .baseline && !$0.isSigned }.map { reference in
      Finding(
        .referenceUnsigned, severity: .warning, effect: Effect.none, file: file,
        message: "What booted was held against \(reference.name), and no given key's signature vouches for it.")
    }
  }

  /// RFC 3339 in UTC: the order of the texts is that of the days.
  private func outOfDate(_ references: [AttestationResult.BootReference], _ file: String) -> [Finding] {
    guard let asOf else { return [] }
    return references.compactMap { reference in
      guard let end = reference.validUntil, end.prefix(10) < asOf.prefix(10) else { return nil }
      return Finding(
        .referenceOutOfDate, file: file,
        message:
          "What booted was held against \(reference.name), which says of itself that it was valid until \(end), before \(asOf)."
      )
    }
  }

  private func sentence(_ count: Int) -> String { count == 1 ? "one event is" : "\(count) events are" }
}
