import Appraisal
import ByteReading
import Digests

extension AttestationResult {
  /// Name and version of this structure; another one when a program that reads it would go wrong.
  static let schemaName = "inquest-report/1"

  /// Tells the whole result to a writer: every value once, in the one order of all structured reports.
  func write(to report: inout some StructureWriter) {
    report.value("schema", Self.schemaName)
    report.value("verdict", verdict.rawValue)
    report.value("verdictNow", verdictNow.rawValue)
    report.value("level", level?.rawValue)
    report.value("caseName", caseName)
    report.value("toolVersion", toolVersion)
    report.sentences("reasons", of: "reason", reasons)
    report.objects("parameters", of: "parameter", parameters) { written, parameter in
      written.value("name", parameter.name)
      written.sentence("value", parameter.value)
    }
    report.objects("claims", of: "claim", claims) { written, claim in
      written.value("file", claim.file)
      written.value("subject", claim.subject)
      written.sentence("value", claim.value)
    }
    report.objects("inputs", of: "input", inputs) { $1.write(to: &$0) }
    report.objects("hosts", of: "host", hosts) { $1.write(to: &$0) }
    report.object("measurements") { measurements.write(to: &$0) }
    report.objects("stores", of: "store", stores) { written, store in
      written.value("name", store.name)
      written.value("digest", store.digest)
    }
    report.objects("origins", of: "origin", origins) { $1.write(to: &$0) }
    report.objects("findings", of: "finding", findings) { $1.write(to: &$0) }
    report.objects("timeline", of: "event", timeline) { $1.write(to: &$0) }
    report.sentences("limits", of: "limit", limits)
  }
}

extension AttestationResult.Input {
  fileprivate func write(to input: inout some StructureWriter) {
    input.value("path", path)
    input.value("size", size)
    input.value("sha256", sha256)
    input.value("kind", kind)
    input.value("duplicateOf", duplicateOf)
  }
}

extension AttestationResult.Host {
  fileprivate func write(to host: inout some StructureWriter) {
    host.value("name", name)
    host.value("verdict", verdict.rawValue)
    host.value("verdictNow", verdictNow.rawValue)
    host.value("level", level?.rawValue)
    host.sentences("reasons", of: "reason", reasons)
    host.objects("boots", of: "boot", boots) { $1.write(to: &$0) }
  }
}

extension AttestationResult.Boot {
  fileprivate func write(to boot: inout some StructureWriter) {
    boot.value("label", label)
    boot.value("resetCount", resetCount)
    boot.value("verdict", verdict.rawValue)
    boot.value("verdictNow", verdictNow.rawValue)
    boot.value("level", level?.rawValue)
    boot.sentences("reasons", of: "reason", reasons)
    boot.sentences("reasonsNow", of: "reason", reasonsNow)
    boot.objects("registers", of: "register", registers) { written, register in
      written.value("bank", register.bank.name)
      written.value("index", register.index)
      written.value("observed", register.observed)
      written.value("calculated", register.calculated)
      written.value("state", register.state.rawValue)
      written.value("quote", register.quote)
      written.value("log", register.log)
      written.value("meaning", register.meaning)
    }
    boot.objects("captures", of: "capture", captures) { $1.write(to: &$0) }
    if let measurements {
      boot.object("measurements") { measurements.write(to: &$0) }
    } else {
      boot.absent("measurements")
    }
    writeWhatRan(to: &boot)
    boot.objects("bootReferences", of: "bootReference", bootReferences) { $1.write(to: &$0) }
    writeWhatBooted(to: &boot)
  }
}

extension AttestationResult.Capture {
  fileprivate func write(to capture: inout some StructureWriter) {
    capture.value("name", name)
    capture.value("collectedAt", collectedAt)
    capture.objects("quotes", of: "quote", quotes) { $1.write(to: &$0) }
    capture.objects("logs", of: "log", logs) { $1.write(to: &$0) }
    capture.objects("snapshots", of: "snapshot", snapshots) { written, snapshot in
      written.value("file", snapshot.file)
      written.object("pcrs") { snapshot.pcrs.write(to: &$0) }
    }
  }
}

extension AttestationResult.Quote {
  fileprivate func write(to quote: inout some StructureWriter) {
    quote.value("file", file)
    quote.value("kind", kind)
    quote.value("signatureFile", signatureFile)
    quote.value("registerFile", registerFile)
    quote.value("scheme", scheme)
    quote.value("saltLength", saltLength)
    quote.value("hash", hash)
    quote.value("nonce", nonce)
    quote.value("resetCount", resetCount)
    quote.value("restartCount", restartCount)
    quote.value("clock", clock)
    quote.value("safe", safe)
    quote.value("firmwareVersion", firmwareVersion)
    quote.value("pcrDigest", pcrDigest)
    quote.value("pcrsFrom", pcrsFrom)
    if let key { quote.object("key") { key.write(to: &$0) } } else { quote.absent("key") }
    quote.objects("selection", of: "selected", selection) { written, selected in
      written.value("bank", selected.bank)
      written.numbers("registers", selected.registers)
    }
    quote.object("pcrs") { pcrs.write(to: &$0) }
    quote.object("checks") { written in
      for name in AttestationResult.Check.Name.allCases { written.value(name.rawValue, outcome(of: name).rawValue) }
    }
    quote.objects("checkDetails", of: "detail", checks) { $1.write(to: &$0) }
  }
}

extension AttestationResult.Quote {
  /// The outcome of one of the five whole checks. A check that was not made is undetermined.
  func outcome(of name: AttestationResult.Check.Name) -> AttestationResult.Check.Outcome {
    checks.first { $0.name == name && $0.part == nil }?.outcome ?? .undetermined
  }
}

extension AttestationResult.Key {
  fileprivate func write(to key: inout some StructureWriter) {
    key.value("name", name)
    key.value("fingerprint", fingerprint)
    key.value("algorithm", algorithm)
    key.value("certificate", certificate)
    key.sentences("files", of: "file", files)
  }
}

extension AttestationResult.Check {
  fileprivate func write(to check: inout some StructureWriter) {
    check.value("check", name.rawValue)
    check.value("part", part)
    check.value("outcome", outcome.rawValue)
    check.sentence("message", message)
    check.sentence("expected", expected)
    check.sentence("actual", actual)
  }
}

extension AttestationResult.Log {
  fileprivate func write(to log: inout some StructureWriter) {
    log.value("file", file)
    log.value("kind", kind.rawValue)
    log.value("format", format)
    log.value("records", records)
    log.value("prefixOf", prefixOf)
    log.value("copyOf", copyOf)
    log.value("provenRecords", provenRecords)
    log.numbers("violations", violations)
    log.sentence("bootAggregate", bootAggregate)
    log.objects("matches", of: "match", matches) { $1.write(to: &$0) }
    log.objects("brackets", of: "bracket", brackets) { written, bracket in
      written.value("after", bracket.after)
      written.value("before", bracket.before)
      written.records("records", bracket.records)
    }
  }
}

extension AttestationResult.Match {
  fileprivate func write(to match: inout some StructureWriter) {
    switch source {
    case .quote(let path):
      match.value("quote", path)
      match.value("against", nil as String?)
    case .against(let path):
      match.value("quote", nil as String?)
      match.value("against", path)
    }
    match.value("outcome", outcome.rawValue)
    match.value("bank", bank.name)
    match.value("records", records)
    match.numbers("pcrs", registers)
    match.numbers("mismatching", mismatching)
    match.bounds("range", range)
    match.sentence("note", note)
  }
}

extension RegisterValues {
  fileprivate func write(to values: inout some StructureWriter) {
    for bank in banks {
      values.keyed("bank", by: "name", bank.name) { written in
        for register in registers(of: bank) {
          written.entry("pcr", by: "index", String(register), text: hexText(self[bank, register] ?? []))
        }
      }
    }
  }
}

extension AttestationResult.Measurements {
  fileprivate func write(to counts: inout some StructureWriter) {
    counts.value("notVerified", notVerified)
    for (status, count) in byStatus { counts.entry("status", by: "name", status, count: count) }
  }
}

extension Finding {
  fileprivate func write(to finding: inout some StructureWriter) {
    finding.value("code", code.rawValue)
    finding.value("severity", severity.rawValue)
    finding.value("effect", effect.rawValue)
    finding.value("host", host)
    finding.value("boot", boot)
    finding.value("capture", capture)
    finding.value("file", file)
    finding.value("offset", offset)
    finding.value("record", record)
    finding.bounds("range", range)
    finding.sentence("message", message)
    finding.sentence("expected", expected)
    finding.sentence("actual", actual)
  }
}

extension AttestationResult.TimelineEvent {
  fileprivate func write(to event: inout some StructureWriter) {
    event.value("host", host)
    event.value("boot", boot)
    event.value("kind", kind)
    event.value("notBeforeClock", notBeforeClock)
    event.value("notAfterClock", notAfterClock)
    event.value("notBefore", notBefore)
    event.value("notAfter", notAfter)
    event.value("file", file)
    event.records("records", records)
    event.sentence("message", message)
  }
}
