import Appraisal

extension HTMLWriter {
  /// The head of the page: the verdict, why, how much was found, and what was not checked.
  mutating func banner(_ result: AttestationResult) {
    block("header", ["class": "banner " + result.verdict.mark.tone.rawValue]) { header in
      header.block("p", ["class": "kicker"], text: "Inquest report on TPM attestation evidence")
      header.block("h1") { title in
        title.element("span", ["class": "visually-hidden"], text: "Case ")
        title.text(result.caseName)
      }
      header.block("div", ["class": "verdict"]) { block in
        block.block("p", ["class": "word"]) { $0.mark(result.verdict.mark) }
        block.block("div", ["class": "why"]) { $0.why(result) }
      }
      header.severityCounts(result.findings)
      header.softwareLevel(result)
      header.notChecked(result)
    }
  }

  private mutating func why(_ result: AttestationResult) {
    if let first = result.reasons.first {
      block("p", ["class": "lead"], text: first)
      sentences(Array(result.reasons.dropFirst()))
    } else {
      block("p", ["class": "lead"], text: result.verdict.meaning)
    }
    if result.verdictNow != result.verdict {
      block("p") { line in
        line.text("At the last capture of each host: ")
        line.mark(result.verdictNow.mark)
        line.text(".")
      }
    }
  }

  private mutating func severityCounts(_ findings: [Finding]) {
    block("ul", ["class": "counts", "aria-label": "Findings by severity"]) { list in
      for severity in Severity.allCases {
        let count = findings.count { $0.severity == severity }
        list.block("li") { item in
          item.element("a", ["href": "#findings-\(severity.rawValue)"]) { link in
            link.element("strong", text: grouped(count))
            link.text(" ")
            link.mark(
              count == 0 ? Mark(symbol: severity.mark.symbol, word: "", tone: .plain) : severity.mark,
              as: severity.rawValue)
          }
        }
      }
    }
  }

  private mutating func notChecked(_ result: AttestationResult) {
    let gaps = result.gaps
    guard !gaps.isEmpty else { return }
    block("section", ["class": "gaps", "aria-labelledby": "gaps"]) { section in
      section.block("h2", ["id": "gaps"], text: "What was not checked")
      section.block("ul") { list in
        for gap in gaps.prefix(12) { list.block("li", text: gap) }
        if gaps.count > 12 { list.block("li", text: "\(grouped(gaps.count - 12)) more: see the checks of each quote.") }
      }
      section.passedRecords(result)
    }
  }
}

extension AttestationResult {
  /// What the result says was not decided, in sentences; only counted, nothing is judged here.
  fileprivate var gaps: [String] {
    var gaps: [String] = []
    let unassessed = measurements.byStatus.first { $0.status == "not-assessed" }?.count ?? 0
    if unassessed > 0 { gaps.append("\(counted(unassessed, "measurement")): content not compared with any reference.") }
    if measurements.notVerified > 0 {
      gaps.append(
        "\(counted(measurements.notVerified, "record")) passed by classes or exemptions: not verified."
      )
    }
    gaps += undeterminedChecks
    for log in logs where log.copyOf == nil && log.prefixOf == nil {
      let tail = log.records - (log.provenRecords ?? 0)
      if tail > 0 {
        gaps.append("\(log.file): \(counted(tail, "record")) of \(grouped(log.records)) proven by no quote.")
      }
    }
    let unrecognised = inputs.count { $0.kind == "unrecognised" }
    if unrecognised > 0 { gaps.append("\(counted(unrecognised, "file")): not recognised as evidence, not read.") }
    return gaps
  }

  private var logs: [Log] { hosts.flatMap(\.boots).flatMap(\.captures).flatMap(\.logs) }

  /// One sentence for each whole check and reason that left quotes undetermined.
  private var undeterminedChecks: [String] {
    let quotes = hosts.flatMap(\.boots).flatMap(\.captures).flatMap(\.quotes)
    var reasons: [(text: String, count: Int)] = []
    var places: [String: Int] = [:]
    for check in quotes.flatMap(\.checks) where check.part == nil && check.outcome == .undetermined {
      let text = "\(check.name.inSentence) undetermined. \(check.message)"
      let place = places[text, default: reasons.count]
      if place == reasons.count { reasons.append((text, 0)) }
      places[text] = place
      reasons[place].count += 1
    }
    return reasons.map { "\(counted($0.count, "quote")): \($0.text)" }
  }
}
