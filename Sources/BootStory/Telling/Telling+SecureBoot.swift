import ByteReading
import TCGEventLog

/// Of Secure Boot: its state, its databases, and what they let start.
extension Telling {
  func secureBootFacts() -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    facts += secureBoot.states.prefix(Self.listLimit).map { flag in
      let place =
        flag.isBehindSeparator ? ", measured behind the separator: whatever ran by then may have extended it" : ""
      return fact("state", state(flag) + place, flag.event, flag.binding)
    }
    if secureBoot.states.isEmpty {
      facts.append(fact("state", "not known: no event of the register is of the variable SecureBoot", restingOn: []))
    }
    for (name, flag) in [
      ("setup mode", secureBoot.setupMode), ("audit mode", secureBoot.auditMode),
      ("deployed mode", secureBoot.deployedMode),
    ] {
      if let flag {
        facts.append(fact(name, Self.answer(flag), flag.event))
      }
    }
    if let event = secureBoot.debugMode { facts.append(fact("mode of the firmware", "UEFI Debug Mode", event)) }
    if let event = secureBoot.unprotectedDMA { facts.append(fact("DMA", "DMA Protection Disabled", event)) }
    for database in secureBoot.databases { facts += self.facts(of: database) }
    for authority in secureBoot.authorities { facts.append(self.fact(of: authority)) }
    for index in stages.indices where stages[index] == .secureBoot {
      if case .loader(let loader) = contents[index] {
        facts.append(fact("measured by shim", "\(loader.subject) (\(digest(index) ?? "no digest"))", index))
      }
    }
    return facts
  }

  private static func answer(_ flag: SecureBootEvidence.Flag) -> String {
    switch flag.value {
    case 1: "yes"
    case 0: "no"
    case let value?: "\(value)"
    case nil: flag.isEmpty ? "empty" : "of another form than one byte"
    }
  }

  /// Whether the log has anything that shim measures.
  private var hasShim: Bool {
    secureBoot.authorities.contains { $0.variable != "db" }
      || contents.contains { if case .loader(let loader) = $0 { loader.kind == .shimVariable } else { false } }
  }

  private func state(_ flag: SecureBootEvidence.Flag) -> String {
    switch flag.value {
    case 1: "on: images must be signed by a key of db" + (hasShim ? ", or of shim" : "")
    case 0: "off: any image may start"
    case nil:
      flag.isEmpty
        ? "the variable was empty as it was measured: not on" : "the variable has another form than one byte: not on"
    case let value?: "\(value), which is not defined"
    }
  }

  private func facts(of database: SecureBootEvidence.Database) -> [BootStory.Fact] {
    let event = database.event
    if database.isEmpty { return [fact(database.name, "empty", event)] }
    if database.isUndecodable { return [fact(database.name, "the data break their format", event)] }
    var parts: [String] = []
    let certificates = database.certificates.count + database.unreadCertificateCount
    if certificates > 0 { parts.append(EventContent.counted(certificates, "certificate")) }
    if !database.digests.isEmpty {
      parts.append(database.digests.count == 1 ? "1 hash" : "\(database.digests.count) hashes")
    }
    if database.otherCount > 0 { parts.append("\(database.otherCount) of another kind") }
    let names = database.certificates.prefix(Self.listLimit).map(Self.text)
    return [fact(database.name, parts.joined(separator: ", "), event)]
      + names.map { fact("\(database.name) certificate", $0, event) }
  }

  private static func text(_ certificate: SecureBootEvidence.KnownCertificate) -> String {
    "\(certificate.subject), \(day(certificate.notBefore)) to \(day(certificate.notAfter))"
  }

  private static func day(_ seconds: Int64) -> String { String(timeText(seconds).prefix(10)) }

  private func fact(of authority: SecureBootEvidence.Authority) -> BootStory.Fact {
    if let text = authority.text { return fact("\(authority.variable) (shim)", text, authority.event) }
    let what =
      authority.certificate?.subject ?? "an entry of \(authority.entry?.count ?? 0) bytes that is no certificate"
    let ofDriver =
      authorities.image(of: authority.event).map { log.events[$0].recordedType != .efiBootServicesApplication } ?? false
    let place =
      authority.isBeforeSeparator
      ? ", before the separator: for a driver or option ROM" : ofDriver ? ", for a driver" : ""
    return fact("image verified by \(authority.variable)", what + place, authority.event)
  }
}
