import Appraisal

extension HTMLWriter {
  /// Each quote with its five checks; the rest opens below it.
  mutating func quotes(_ captures: [AttestationResult.Capture], labels: SourceLabels) {
    let quotes = captures.flatMap(\.quotes)
    guard !quotes.isEmpty else { return }
    block("h4", text: "Quotes")
    let columns = ["Label", "File"] + AttestationResult.Check.Name.allCases.map(\.words)
    table("Quotes of this boot and their checks", columns: columns, of: quotes, class: "quotes stacks") {
      body, quote, _ in
      body.block("tr") { row in
        row.element("td") { $0.element("strong", text: labels[quote.file]) }
        row.element("th", ["scope": "row"]) { cell in
          cell.path(quote.file)
          if quote.kind != "quote" { cell.block("p", ["class": "quiet"], text: "kind: \(quote.kind)") }
        }
        for name in AttestationResult.Check.Name.allCases {
          row.element("td", ["data-label": name.words]) { $0.mark(quote.outcome(of: name).mark) }
        }
      }
      body.block("tr", ["class": "more"]) { row in
        row.element("td", ["colspan": String(columns.count)]) { $0.details(of: quote, label: labels[quote.file]) }
      }
    }
  }

  private mutating func details(of quote: AttestationResult.Quote, label: String) {
    block("details") { details in
      details.block("summary", text: "Details of \(label): checks, key, nonce, clock, registers")
      details.block("ul", ["class": "checks"]) { list in
        for check in quote.checks { list.check(check) }
      }
      details.block("dl", ["class": "facts wide"]) { facts in
        facts.statement(quote)
        if let key = quote.key { facts.key(key) } else { facts.fact("Key", "not known") }
      }
    }
  }

  private mutating func check(_ check: AttestationResult.Check) {
    block("li") { item in
      item.element("strong", text: check.name.words + (check.part.map { ", \($0)" } ?? ""))
      item.text(" ")
      item.mark(check.outcome.mark)
      item.block("p", text: check.message)
      item.comparison(expected: check.expected, actual: check.actual)
    }
  }

  private mutating func statement(_ quote: AttestationResult.Quote) {
    fact("Signature file", quote.signatureFile, isCode: true)
    fact("Register file", quote.registerFile, isCode: true)
    fact("Scheme", scheme(of: quote))
    fact("Nonce", quote.nonce.map { $0.isEmpty ? "empty" : $0 }, isCode: true)
    fact("PCR digest", quote.pcrDigest, isCode: true)
    fact("Signed selection", selection(of: quote))
    fact("Register values from", quote.pcrsFrom)
    fact("Reset count", quote.resetCount.map { grouped($0) })
    fact("Restart count", quote.restartCount.map { grouped($0) })
    fact("Clock", quote.clock.map { "\(duration(milliseconds: $0)) (\(grouped($0)) ms)" })
    fact("Clock is safe", quote.safe.map { $0 ? "yes" : "no: it may have run before" })
    fact("Firmware version", quote.firmwareVersion.map { "0x" + String($0, radix: 16) })
  }

  private func scheme(of quote: AttestationResult.Quote) -> String? {
    guard let scheme = quote.scheme else { return nil }
    return scheme + (quote.hash.map { " with \($0)" } ?? "") + (quote.saltLength.map { ", salt of \($0) bytes" } ?? "")
  }

  private func selection(of quote: AttestationResult.Quote) -> String {
    guard !quote.selection.isEmpty else { return "none" }
    return quote.selection.map { "\($0.bank): \($0.registers.isEmpty ? "none" : spans($0.registers))" }
      .joined(separator: "; ")
  }

  private mutating func key(_ key: AttestationResult.Key) {
    fact("Key", key.algorithm)
    fact("Key fingerprint (SHA-256)", key.fingerprint, isCode: true)
    fact("Key name", key.name, isCode: true)
    fact("Key certificate", key.certificate)
    fact("Key files", key.files.isEmpty ? nil : key.files.joined(separator: ", "), isCode: true)
  }
}
