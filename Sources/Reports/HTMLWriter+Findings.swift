import Appraisal

extension HTMLWriter {
  /// The findings that make the verdict what it is, ten at most.
  mutating func decidingFindings(_ result: AttestationResult) {
    let wanted: Effect = result.verdict == .untrusted ? .untrusted : .inconclusive
    let deciding = result.findings.filter { $0.effect == wanted }
    block("section", ["aria-labelledby": "deciding"]) { section in
      section.block("h2", ["id": "deciding"], text: "What decides it")
      if deciding.isEmpty { section.block("p", text: "No finding changes the verdict.") }
      for finding in deciding.prefix(10) { section.decidingFinding(finding) }
      if deciding.count > 10 {
        section.block("p", text: "\(grouped(deciding.count - 10)) more of the same weight are under All findings.")
      }
    }
  }

  private mutating func decidingFinding(_ finding: Finding) {
    block("article", ["class": "finding " + finding.severity.mark.tone.rawValue]) { article in
      article.block("h3") { title in
        title.mark(finding.severity.mark)
        title.text(" ")
        title.element("code", text: finding.code.rawValue)
      }
      article.block("p", ["class": "lead"], text: finding.message)
      article.block("dl", ["class": "facts"]) { $0.place(of: finding) }
      article.comparison(expected: finding.expected, actual: finding.actual)
      article.explanation(of: finding.code)
    }
  }

  private mutating func place(of finding: Finding) {
    fact("Effect", finding.effect.meaning)
    fact("Host", finding.host)
    fact("Boot", finding.boot)
    fact("Capture", finding.capture)
    fact("File", finding.file, isCode: true)
    fact("Offset", finding.offset.map { "\(grouped($0)) (0x\(String($0, radix: 16)))" })
    fact("Record", finding.record.map { grouped($0) })
    fact("Records", finding.range.map { "\(grouped($0.lowerBound)) to \(grouped($0.upperBound))" })
  }

  /// The catalogue's words, closed at first.
  mutating func explanation(of code: FindingCode) {
    let parts = [("It means", code.meaning), ("Possible causes", code.causes), ("Next steps", code.nextSteps)]
    guard parts.contains(where: { !$0.1.isEmpty }) else { return }
    block("details") { details in
      details.block("summary", text: "What this means, what may cause it, what to do next")
      details.block("dl", ["class": "prose"]) { list in
        for (name, text) in parts where !text.isEmpty { list.fact(name, text) }
      }
    }
  }

  /// Every finding by severity; those of little weight by code.
  mutating func allFindings(_ findings: [Finding]) {
    block("section", ["aria-labelledby": "findings"]) { section in
      section.block("h2", ["id": "findings"], text: "All findings")
      if findings.isEmpty { section.block("p", text: "There are no findings.") }
      for severity in Severity.allCases {
        let those = findings.filter { $0.severity == severity }
        section.block("h3", ["id": "findings-\(severity.rawValue)"]) { title in
          title.mark(severity.mark)
          title.element("span", ["class": "count"], text: " " + grouped(those.count))
        }
        section.findings(those, severity: severity)
      }
    }
  }

  private mutating func findings(_ findings: [Finding], severity: Severity) {
    guard !findings.isEmpty else { return block("p", ["class": "quiet"], text: "None.") }
    guard severity > .warning else { return findingTable(findings, caption: "\(severity.mark.word) findings") }
    var byCode: [FindingCode: [Finding]] = [:]
    for finding in findings { byCode[finding.code, default: []].append(finding) }
    for (code, those) in byCode.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let summary = "\(code.rawValue): \(counted(those.count, "finding"))"
      guard those.count > 3 else {
        findingTable(those, caption: summary)
        continue
      }
      block("details") { details in
        details.block("summary", text: summary)
        details.findingTable(those, caption: summary)
      }
    }
  }

  private mutating func findingTable(_ findings: [Finding], caption: String) {
    table(caption, columns: ["Code", "Finding", "Place"], of: findings, class: "findings") { body, finding, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { $0.element("code", text: finding.code.rawValue) }
        row.element("td") { cell in
          cell.block("p", text: finding.message)
          cell.comparison(expected: finding.expected, actual: finding.actual)
        }
        row.element("td") { cell in
          cell.block("dl", ["class": "facts"]) { $0.place(of: finding) }
        }
      }
    }
  }
}
