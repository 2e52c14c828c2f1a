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
