import BootStory
import Replay
import TCGEventLog

/// Secure Boot was on, with keys of its own, and what verified the images fits its databases.
///
/// Hardly any of this decides a verdict: a machine may be meant to start without Secure Boot, and the events of register 7 say which
/// keys were asked, not which code ran. Where a certificate that let an image start is on the list of the refused, one of two
/// proven things is false, and that counts. Where the log may hide what firmware measured there, under another type or with other
/// data, the boot stays undecided.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8; UEFI Specification 2.10, section 32.3.
public struct SecureBootRule {
  public static let id = "secureboot"

  public init() {}

  /// - parameter revocations: lists that were given from outside.
  /// - parameter isProven: whether a quote of a trusted key proves the event of that index.
  public func appraise(
    _ evidence: SecureBootEvidence, in log: EventLog, file: String, revocations: [RevocationList] = [],
    isProven: (Int) -> Bool
  ) -> [Finding] {
    let finding = { (code: FindingCode, event: Int, message: String) in
      Finding(code, file: file, offset: log.events[event].offset, record: event, message: message)
    }
    var findings: [Finding] = []
    if let flag = evidence.secureBoot, flag.value != 1 {
      findings.append(
        finding(
          .secureBootDisabled, flag.event,
          flag.value == 0
            ? "Secure Boot was off: any loader and any kernel could start."
            : flag.value.map {
              "The variable SecureBoot has the value \($0), which is not defined: Secure Boot was not on."
            }
              ?? (flag.isEmpty
                ? "The variable SecureBoot was empty as it was measured: Secure Boot was not on."
                : "The variable SecureBoot has not the one byte that is defined: Secure Boot was not on.")))
    }
    findings += states(evidence, in: log, file, finding) + modes(evidence, finding)
    if let event = evidence.debugMode {
      findings.append(
        finding(
          .secureBootDebugMode, event,
          "The firmware was in UEFI Debug Mode: whoever had a debugger could change what ran."))
    }
    if let event = evidence.unprotectedDMA {
      findings.append(
        finding(
          .secureBootUnprotectedDMA, event,
          "The firmware started without protection against DMA: a device could have changed memory before the kernel protected it."
        ))
    }
    return findings + malformed(evidence, finding) + databases(evidence, in: log, finding)
      + authorities(evidence, isProven, finding) + revoked(evidence, by: revocations, isProven, finding)
  }

  private typealias Make = (FindingCode, Int, String) -> Finding

  /// What leaves the state open: several events that differ, or none beside others that are there.
  private func states(_ evidence: SecureBootEvidence, in log: EventLog, _ file: String, _ finding: Make) -> [Finding] {
    if let first = evidence.states.first {
      if evidence.secureBoot == nil {
        var undetermined = finding(
          .secureBootStateUndetermined, first.event,
          "The log says that Secure Boot was on, and that is not shown: \(first.isBehindSeparator ? "the event is behind the separator of the register, where whatever runs may extend it" : "the digest of the event is not that of its data")."
        )
        undetermined.effect = .inconclusive
        return [undetermined]
      }
      guard let other = evidence.states.first(where: { $0.value != first.value }) else { return [] }
      return [
        finding(
          .secureBootStateUndetermined, other.event,
          "Events \(first.event) and \(other.event) give the variable SecureBoot two values: it changed while the firmware ran, or somebody extended one of them afterwards. The one that says it was not on counts."
        )
      ]
    }
    let isMeasured = !evidence.databases.isEmpty || !evidence.authorities.isEmpty
    guard isMeasured || log.events.contains(where: { $0.recordedType.isImageLoad }) else { return [] }
    // Firmware measures variables and texts here: another event may be the variable under another type, which no digest covers.
    let strange = log.events.first { event in
      event.recordedType != .noAction && event.registerIndex == log.secureBootRegister
        && ![.separator, .efiVariableDriverConfig, .efiVariableAuthority, .action, .efiAction].contains(
          event.recordedType)
    }
    let name = log.name(ofRegister: log.secureBootRegister)
    return [
      Finding(
        .secureBootStateUndetermined, severity: strange == nil ? .notice : .warning,
        effect: strange == nil ? Effect.none : .inconclusive, file: file, offset: strange?.offset,
        record: strange?.index,
        message:
          "UEFI firmware wrote this log, and no event of \(name) is of the variable SecureBoot: whether it was on is not known."
          + (strange.map {
            " Event \($0.index), an \($0.typeName), is of a kind that firmware does not measure there: it may be the variable under another type."
          } ?? "")
      )
    ]
  }

  /// A certificate may have been revoked since the machine started, or the image may have a second signature that still holds: it is
  /// for a person to decide.
  private func revoked(
    _ evidence: SecureBootEvidence, by lists: [RevocationList], _ isProven: (Int) -> Bool, _ finding: Make
  ) -> [Finding] {
    evidence.authorities.compactMap { authority in
      guard let entry = authority.entry, let list = lists.first(where: { $0.forbids(entry) }) else { return nil }
      let isBound = authority.binding == .bound || authority.binding == .partlyBound
      var revoked = finding(
        .secureBootAuthorityRevoked, authority.event,
        "The entry that let an image start (\(authority.name)) is in \(list.source), which was given. The image may bear another signature, and the machine may not have had the list."
          + (isBound ? "" : " No digest binds the entry.") + (isProven(authority.event) ? "" : " No quote proves it."))
      (revoked.severity, revoked.effect) = (.warning, isBound ? .inconclusive : .none)
      return revoked
    }
  }

  private func modes(_ evidence: SecureBootEvidence, _ finding: Make) -> [Finding] {
    var findings: [Finding] = []
    if let flag = evidence.setupMode, flag.value == 1 {
      findings.append(
        finding(
          .secureBootSetupMode, flag.event, "The firmware was in setup mode: anybody could put in keys of his own."))
    } else if let key = evidence.database("PK"), key.isEmpty {
      findings.append(
        finding(
          .secureBootSetupMode, key.event,
          "There was no platform key: the firmware was in setup mode, in which anybody can put in keys of his own."))
    }
    if let flag = evidence.auditMode, flag.value == 1 {
      findings.append(
        finding(
          .secureBootAuditMode, flag.event, "The firmware was in audit mode: it verified images and refused none."))
    }
    return findings
  }

  /// What breaks its format lists nothing: which keys or images the firmware let pass is not known.
  private func malformed(_ evidence: SecureBootEvidence, _ finding: Make) -> [Finding] {
    evidence.databases.filter(\.isUndecodable).map { database in
      finding(
        .secureBootDatabaseMalformed, database.event,
        "The measured \(database.name) breaks the format of signature lists: what it lists is not known.")
    }
  }

  private func databases(_ evidence: SecureBootEvidence, in log: EventLog, _ finding: Make) -> [Finding] {
    guard let flag = evidence.secureBoot, flag.value == 1 else { return [] }
    // What no digest binds may be anything that was put in place of the variable, under another type.
    let missing = ["PK", "KEK", "db"].filter { !evidence.databases.contains(named: $0) }
    // A log without the separator is cut, and lacks more.
    let isWhole = log.events.contains {
      $0.registerIndex == log.secureBootRegister && ($0.recordedType == .separator || $0.hasSeparatorDigest)
    }
    if isWhole, !missing.isEmpty {
      return [
        finding(
          .secureBootVariableMissing, flag.event,
          "Secure Boot was on, and the log has no event of \(missing.joined(separator: ", ")) that its digest binds, which firmware measures beside it: whose images it let start is not known."
        )
      ]
    }
    guard let dbx = evidence.database("dbx"), evidence.databases.contains(named: "dbx") else {
      guard evidence.database("db") != nil else { return [] }
      return [
        finding(
          .secureBootRevocationsMissing, flag.event,
          "Secure Boot was on, and the log has no event of dbx that its digest binds.")
      ]
    }
    guard dbx.isEmpty else { return [] }
    return [
      finding(
        .secureBootRevocationsMissing, dbx.event,
        "Secure Boot was on with an empty dbx: no image was refused for being known as bad.")
    ]
  }

  private func authorities(
    _ evidence: SecureBootEvidence, _ isProven: (Int) -> Bool, _ finding: Make
  ) -> [Finding] {
    var findings: [Finding] = []
    let db = evidence.database("db")
    let dbx = evidence.database("dbx")
    let (allowed, refused) = (db?.entries ?? [], dbx?.entries ?? [])
    let revocations = CertificateRevocations(dbx?.revocations ?? [])
    for authority in evidence.authorities where authority.variable == "db" {
      guard let entry = authority.entry else { continue }
      if let flag = evidence.secureBoot, flag.value != 1 {
        findings.append(
          finding(
            .secureBootAuthorityUnexpected, authority.event,
            "An entry of db let an image start although Secure Boot was not on: one of the two events is not what it says."
          ))
      }
      if let db, !allowed.contains(entry), !db.isUndecodable, db.unreadCertificateCount == 0 {
        findings.append(
          finding(
            .secureBootAuthorityUnexpected, authority.event,
            "The entry that let an image start (\(authority.name)) is not in the db that the log has."))
      }
      let revocation = revocations.revocation(of: entry)
      if let dbx, refused.contains(entry) || revocation != nil {
        // A signature may have been made before the time from which the certificate is revoked.
        let isAlways = revocation?.isAlways != false || refused.contains(entry)
        let since = revocation?.timeText.map { " from \($0) on" } ?? " from a time on"
        let isBound = authority.binding == .bound && dbx.binding == .bound
        let isProven = isProven(authority.event) && isProven(dbx.event)
        var revoked = finding(
          .secureBootAuthorityRevoked, authority.event,
          "The entry that let an image start (\(authority.name)) is \(isAlways ? "in" : "revoked\(since) by") the dbx of the same log: firmware that keeps to its rules refuses \(isAlways ? "it" : "what was signed since, and the log does not say when the image was")."
            + (isBound ? "" : " Not all of this is bound by digests.") + (isProven ? "" : " No quote proves both."))
        if !isBound {
          (revoked.severity, revoked.effect) = (.warning, .none)
        } else if !isProven || !isAlways {
          (revoked.severity, revoked.effect) = (.warning, .inconclusive)
        }
        findings.append(revoked)
      }
    }
    return findings
  }
}

extension [SecureBootEvidence.Database] {
  fileprivate func contains(named name: String) -> Bool {
    contains { $0.name == name && ($0.binding == .bound || $0.binding == .partlyBound || $0.binding == .contradicted) }
  }
}

extension SecureBootEvidence.Database {
  /// For many authorities against many entries.
  fileprivate var entries: Set<[UInt8]> { Set(certificates.map(\.der)).union(digests) }
}

extension SecureBootEvidence.Authority {
  fileprivate var name: String { certificate?.subject ?? "no certificate, \(entry?.count ?? 0) bytes" }
}
