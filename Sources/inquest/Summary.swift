import Appraisal

/// What `analyze` prints: the verdict line of each host, counts, and the findings that decided.
func summary(_ result: AttestationResult) -> String {
  var lines = ["\(result.caseName): \(result.verdict.rawValue)"]
  for host in result.hosts {
    let now = host.verdictNow == host.verdict ? "" : ", now \(host.verdictNow.rawValue)"
    let boots = host.boots.count == 1 ? "1 boot" : "\(host.boots.count) boots"
    let quotes = host.boots.flatMap(\.captures).flatMap(\.quotes).count { $0.kind == "quote" }
    lines.append(
      "host \(host.name): \(host.verdict.rawValue)\(now) (\(boots), \(quotes == 1 ? "1 quote" : "\(quotes) quotes"))")
    for reason in host.reasons { lines.append("  \(reason)") }
    lines += whatRan(on: host)
  }
  if result.hosts.isEmpty { lines += result.reasons.map { "  \($0)" } }
  lines += measured(result)
  let counts = Severity.allCases.map { severity in
    "\(result.findings.count { $0.severity == severity }) \(severity.rawValue)"
  }
  lines.append("findings: \(counts.joined(separator: ", "))")
  let deciding = result.findings.filter { $0.effect == .untrusted }
  for finding in deciding.prefix(10) { lines.append("  \(line(finding))") }
  if deciding.count > 10 { lines.append("  and \(deciding.count - 10) more") }
  return lines.joined(separator: "\n")
}

/// The worst container of each boot by name, and what was done to lists that do not replay.
private func whatRan(on host: AttestationResult.Host) -> [String] {
  host.boots.flatMap { boot in
    let bad = boot.owners.filter { $0.kind != .host && $0.verdict == .untrusted }
    let worst = bad.max { $0.badRecordCount < $1.badRecordCount }
    let owner = worst.map { worst in
      let name = worst.name.map { "\($0) (\(worst.identifier))" } ?? worst.identifier
      let records = worst.badRecordCount == 1 ? "1 bad record" : "\(worst.badRecordCount) bad records"
      let now = worst.verdictNow == worst.verdict ? "" : ", now \(worst.verdictNow.rawValue)"
      let more = bad.count > 1 ? "; \(bad.count - 1) more untrusted" : ""
      return "  boot \(boot.label), \(worst.kind.rawValue) \(name): untrusted\(now), \(records)\(more)"
    }
    // What explains a register in one bank mostly does so in the next.
    var told: Set<String> = []
    let done = boot.explanations.compactMap { explanation in
      explanation.conclusion.map { "  boot \(boot.label), \(explanation.file): \($0)" }
    }.filter { told.insert($0).inserted }
    return [owner].compactMap { $0 } + done.prefix(10) + (done.count > 10 ? ["  and \(done.count - 10) more"] : [])
  }
}

/// The level and what became of the measured files; nothing when no list was found.
private func measured(_ result: AttestationResult) -> [String] {
  guard !result.measurements.byStatus.isEmpty else { return [] }
  var counts = result.measurements.byStatus.map { "\($0.count) \($0.status)" }.joined(separator: ", ")
  if result.measurements.notVerified > 0 {
    counts += "; \(result.measurements.notVerified) passed by classes or exemptions, not verified"
  }
  let level = result.level.map(\.rawValue) ?? "not assessed"
  // What set it, since a boot may be trusted and have a low level: changed configuration, say.
  let set = result.hosts.flatMap(\.boots).filter { $0.level == result.level }.compactMap(\.measurements)
  let reason = set.lazy.flatMap(\.levelReasons).first.map { ", set by: \($0)" } ?? ""
  return ["level: \(level)\(reason)", "measurements: \(counts)"]
}

private func line(_ finding: Finding) -> String {
  let place = [finding.file, finding.record.map { "record \($0)" }].compactMap { $0 }.joined(separator: ", ")
  return "\(finding.severity.rawValue) \(finding.code.rawValue)\(place.isEmpty ? "" : " (\(place))")"
}
