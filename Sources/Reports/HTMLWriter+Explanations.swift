import Appraisal

// What was done to logs that do not replay.
extension HTMLWriter {
  /// So many explanations of one boot are shown.
  private static let explanationLimit = 20
  private static let hypothesisLimit = 100

  mutating func explanations(of boot: AttestationResult.Boot, labels: SourceLabels, id: String) {
    guard !boot.explanations.isEmpty else { return }
    block("h4", text: "Why logs do not replay")
    for (index, explanation) in boot.explanations.prefix(Self.explanationLimit).enumerated() {
      block("figure", ["class": "explanation"]) { figure in
        figure.block("figcaption") { caption in
          caption.path(explanation.file)
          caption.text(explanation.quotesText(labels: labels))
        }
        figure.conclusion(of: explanation)
        let log = boot.captures.flatMap(\.logs).first { $0.file == explanation.file }
        figure.picture(of: explanation, in: log, records: boot.records, id: "\(id)-change-\(index + 1)")
        figure.block("p", ["class": "prose"], text: explanation.intervalReason)
        figure.hypotheses(of: explanation)
      }
    }
    let more = boot.explanations.count - Self.explanationLimit
    if more > 0 { block("p", text: "\(grouped(more)) more are in report.json.") }
  }

  private mutating func conclusion(of explanation: AttestationResult.ListExplanation) {
    block("p", ["class": "lead"]) { line in
      if let conclusion = explanation.conclusion {
        line.mark(Mark(symbol: "✗", word: "What gives the quoted values:", tone: .bad))
        line.text(" " + conclusion)
      } else {
        line.mark(Mark(symbol: "?", word: "What was done is not known:", tone: .open))
        line.text(" no tested hypothesis gives the quoted values.")
      }
    }
    block("p") { line in
      guard let interval = explanation.interval else { return line.text("Nothing narrows the place of the change.") }
      line.text("The change lies ")
      line.element("strong", text: interval.isEmpty ? recordsText(interval) : "at \(recordsText(interval))")
      line.text(".")
    }
  }

  /// The whole list with what is proven of it, and the interval in which the change lies.
  private mutating func picture(
    of explanation: AttestationResult.ListExplanation, in log: AttestationResult.Log?, records: MeasuredRecords?,
    id: String
  ) {
    let total = log?.records ?? (records?.file == explanation.file ? records?.count : nil) ?? 0
    guard let interval = explanation.interval, total > 0 else { return }
    let start = min(StatusPicture.position(interval.lowerBound, of: total), 1000 - StatusPicture.smallest)
    let end = max(StatusPicture.position(interval.upperBound, of: total), start + StatusPicture.smallest)
    let proven = min(StatusPicture.position(log?.provenRecords ?? 0, of: total), 1000)
    let pins = LogPicture.stacked([(label: recordsText(interval), position: (start + end) / 2, isSigned: true)])
    block(
      "svg", ["role": "img", "aria-labelledby": "\(id)-title \(id)-desc", "width": "100%", "height": "52"]
    ) { svg in
      svg.element("title", ["id": id + "-title"], text: "Where \(explanation.file) was changed")
      svg.element(
        "desc", ["id": id + "-desc"], text: "\(recordsText(interval)) of \(counted(total, "record")).")
      svg.rectangle("tail", 0, 1000, top: 30, height: 20)
      if proven > 0 { svg.rectangle("proven", 0, proven, top: 30, height: 20) }
      svg.rectangle("outline", 0, 1000, top: 30, height: 20)
      svg.rectangle("change", start, end, top: 26, height: 28)
      for pin in pins { svg.label(of: pin, bar: 30) }
    }
    block("p", ["class": "legend", "aria-hidden": "true"]) { legend in
      if proven > 0 {
        legend.element("span") { entry in
          entry.element("span", ["class": "key proven-key"]) { _ in }
          entry.text(" proven by a quote")
        }
      }
      if proven < 1000 {
        legend.element("span") { entry in
          entry.element("span", ["class": "key tail-key"]) { _ in }
          entry.text(" present, not proven")
        }
      }
      legend.element("span") { entry in
        entry.element("span", ["class": "key change-key"]) { _ in }
        entry.text(" changed here")
      }
      legend.element("span", text: "Record 0 is on the left, record \(grouped(total - 1)) on the right.")
    }
  }

  private mutating func hypotheses(of explanation: AttestationResult.ListExplanation) {
    guard !explanation.hypotheses.isEmpty else { return }
    table(
      "Hypotheses and what came out", columns: ["Hypothesis", "Outcome", "Tried", "What came out"],
      of: explanation.hypotheses, class: "hypotheses stacks", limit: Self.hypothesisLimit
    ) { body, hypothesis, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"], text: hypothesis.name)
        row.element("td", ["data-label": "Outcome"]) { $0.mark(hypothesis.outcome.mark) }
        row.element("td", ["class": "number", "data-label": "Tried"], text: grouped(hypothesis.candidates))
        row.element("td", text: hypothesis.message)
      }
    }
  }
}

extension AttestationResult.ListExplanation {
  fileprivate func quotesText(labels: SourceLabels) -> String {
    guard let first = quotes.first else { return " does not replay" }
    let more = quotes.count > 6 ? " and \(grouped(quotes.count - 6)) more" : ""
    let names = quotes.prefix(6).map { labels[$0] }.joined(separator: ", ")
    return quotes.count == 1 ? " does not fit \(labels[first])" : " does not fit \(names)\(more)"
  }
}
