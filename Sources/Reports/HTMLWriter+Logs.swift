import Appraisal
import Digests

extension HTMLWriter {
  /// The hatching of unproven records, which all pictures share.
  mutating func sharedPatterns() {
    markup(
      """
      <svg width="0" height="0" class="patterns" aria-hidden="true" focusable="false"><defs>\
      <pattern id="unproven" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
      <rect width="7" height="7" class="hatch-ground"></rect><rect width="2" height="7" class="hatch-line"></rect>\
      </pattern></defs></svg>

      """)
  }

  /// What each quote proves of each log: a picture, and the same facts as a table.
  mutating func proofs(of logs: [AttestationResult.Log], labels: SourceLabels, id: String) {
    let drawn = logs.filter { !$0.matches.isEmpty || $0.provenRecords != nil }
    guard !drawn.isEmpty else { return }
    block("h4", text: "What the quotes prove of the logs")
    for (index, log) in drawn.prefix(HTMLReport.hostLimit).enumerated() {
      block("figure", ["class": "proof"]) { figure in
        figure.block("figcaption") { caption in
          caption.path(log.file)
          caption.text(" \(log.kind.words), \(log.proofSentence)")
        }
        for match in log.matches where match.outcome == .mismatch { figure.contradiction(match, labels: labels) }
        if log.records > 0 { figure.picture(of: log, labels: labels, id: "\(id)-log-\(index + 1)") }
        figure.matchTable(log, labels: labels)
        figure.bracketTable(log, labels: labels)
      }
    }
    if drawn.count > HTMLReport.hostLimit {
      block("p", text: "\(grouped(drawn.count - HTMLReport.hostLimit)) more logs are in report.json.")
    }
  }

  /// What a picture of fitting records cannot show.
  private mutating func contradiction(_ match: AttestationResult.Match, labels: SourceLabels) {
    block("p", ["class": "against"]) { line in
      line.mark(match.mark)
      let registers = match.mismatching.isEmpty ? match.registers : match.mismatching
      line.text(" \(labels[match.source.path]) fits no part of this log: PCR \(spans(registers)), \(match.bank.name).")
    }
  }

  private mutating func picture(of log: AttestationResult.Log, labels: SourceLabels, id: String) {
    let picture = LogPicture(of: log, labels: labels)
    let bar = picture.rowCount * 20 + 10
    let height = bar + 28 + (picture.spans.isEmpty ? 6 : 34)
    block(
      "svg",
      [
        "role": "img", "aria-labelledby": "\(id)-title \(id)-desc", "width": "100%", "height": String(height),
      ]
    ) { svg in
      svg.element("title", ["id": id + "-title"], text: "What is proven of \(log.file)")
      svg.element("desc", ["id": id + "-desc"], text: log.pictureDescription(labels: labels))
      svg.rectangle("tail", 0, 1000, top: bar, height: 28)
      if picture.proven > 0 { svg.rectangle("proven", 0, picture.proven, top: bar, height: 28) }
      svg.rectangle("outline", 0, 1000, top: bar, height: 28)
      for pin in picture.pins { svg.stem(of: pin, bar: bar) }
      for pin in picture.pins { svg.label(of: pin, bar: bar) }
      for span in picture.spans { svg.span(span, top: bar + 36) }
    }
    legend(hasTail: log.records > (log.provenRecords ?? 0), hasProof: picture.proven > 0)
  }

  private mutating func legend(hasTail: Bool, hasProof: Bool) {
    block("p", ["class": "legend", "aria-hidden": "true"]) { legend in
      if hasProof {
        legend.element("span") { entry in
          entry.element("span", ["class": "key proven-key"]) { _ in }
          entry.text(" proven by a quote")
        }
      }
      if hasTail {
        legend.element("span") { entry in
          entry.element("span", ["class": "key tail-key"]) { _ in }
          entry.text(" present, not proven")
        }
      }
      legend.element("span", text: "A number beside a mark: so many records, from the first, fit it.")
    }
  }

  mutating func rectangle(_ kind: String, _ start: Int, _ end: Int, top: Int, height: Int) {
    element(
      "rect",
      [
        "class": kind, "x": Self.percent(start), "y": String(top), "width": Self.percent(end - start),
        "height": String(height),
      ]
    ) { _ in }
  }

  private mutating func line(_ kind: String, _ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) {
    element(
      "line", ["class": kind, "x1": Self.percent(x1), "y1": String(y1), "x2": Self.percent(x2), "y2": String(y2)]
    ) { _ in }
  }

  private mutating func label(_ text: String, _ position: Int, _ y: Int, anchor: LogPicture.Anchor = .middle) {
    element("text", ["x": Self.percent(position), "y": String(y), "text-anchor": anchor.rawValue], text: text)
  }

  private mutating func stem(of pin: LogPicture.Pin, bar: Int) {
    let top = pin.row.map { bar - 5 - $0 * 20 } ?? bar - 4
    line(pin.isSigned ? "pin" : "pin unsigned", pin.position, top, pin.position, bar + 28)
  }

  mutating func label(of pin: LogPicture.Pin, bar: Int) {
    guard let row = pin.row else { return }
    label(pin.label, pin.position, bar - 8 - row * 20, anchor: pin.anchor)
  }

  mutating func span(_ span: LogPicture.Span, top: Int) {
    let kind = span.isProven ? "span" : "span unproven"
    line(kind, span.start, top + 4, span.end, top + 4)
    line(kind, span.start, top, span.start, top + 8)
    line(kind, span.end, top, span.end, top + 8)
    if !span.label.isEmpty { label(span.label, (span.start + span.end) / 2, top + 22) }
  }

  static func percent(_ thousandths: Int) -> String {
    thousandths % 10 == 0 ? "\(thousandths / 10)%" : "\(thousandths / 10).\(thousandths % 10)%"
  }

  private mutating func matchTable(_ log: AttestationResult.Log, labels: SourceLabels) {
    guard !log.matches.isEmpty else { return }
    table(
      "Quotes against \(log.file)", columns: ["Label", "Quote or register file", "Bank", "PCRs", "Records", "Outcome"],
      of: log.matches, class: "matches stacks"
    ) { body, match, _ in
      body.block("tr") { row in
        row.element("td") { $0.element("strong", text: labels[match.source.path]) }
        row.element("th", ["scope": "row"]) { $0.path(match.source.path) }
        row.element("td", ["class": "number", "data-label": "Bank"], text: match.bank.name)
        row.element("td", ["data-label": "PCRs"], text: match.registers.isEmpty ? "none" : spans(match.registers))
        row.element("td", ["class": "number", "data-label": "Records"], text: match.recordsText)
        row.element("td", ["data-label": "Outcome"]) { cell in
          cell.mark(match.mark)
          if !match.mismatching.isEmpty { cell.block("p", text: "no part fits PCR \(spans(match.mismatching))") }
          if let note = match.note { cell.block("p", ["class": "quiet"], text: note) }
        }
      }
    }
  }

  private mutating func bracketTable(_ log: AttestationResult.Log, labels: SourceLabels) {
    let brackets = log.brackets.filter { !$0.records.isEmpty }
    guard !brackets.isEmpty else { return }
    table(
      "When the records of \(log.file) were measured", columns: ["Records", "Number", "Measured"], of: brackets,
      class: "small"
    ) {
      body, bracket, _ in
      body.block("tr") { row in
        row.element(
          "th", ["scope": "row"],
          text: "\(grouped(bracket.records.lowerBound)) to \(grouped(bracket.records.upperBound - 1))")
        row.element("td", ["class": "number"], text: grouped(bracket.records.count))
        row.element("td", text: bracket.words(labels: labels))
      }
    }
  }
}

extension AttestationResult.Log {
  fileprivate var proofSentence: String {
    guard records > 0 else { return "no records." }
    switch provenRecords {
    case nil, 0: return "\(counted(records, "record")), none proven."
    case records?: return "\(counted(records, "record")), all proven."
    case let proven?:
      let tail = records - proven
      return "\(counted(records, "record")): the first \(grouped(proven)) proven, the last \(grouped(tail)) not."
    }
  }

  fileprivate func pictureDescription(labels: SourceLabels) -> String {
    var sentences = [proofSentence]
    for match in matches.prefix(20) {
      let count = match.records.map { " with \(counted($0, "record"))" } ?? ""
      sentences.append("\(labels[match.source.path]), \(match.bank.name): \(match.mark.word)\(count).")
    }
    for bracket in brackets.prefix(20) where !bracket.records.isEmpty {
      sentences.append("\(counted(bracket.records.count, "record")) \(bracket.words(labels: labels)).")
    }
    return sentences.joined(separator: " ")
  }
}

extension AttestationResult.Match {
  /// The count that fits, with the others that fit as well.
  fileprivate var recordsText: String {
    guard let records else { return "–" }
    guard let range, range.count > 1 else { return grouped(records) }
    return "\(grouped(records)) (up to \(grouped(range.upperBound)) fit)"
  }
}

extension AttestationResult.Bracket {
  fileprivate func words(labels: SourceLabels) -> String {
    switch (after, before) {
    case (nil, let before?): "before \(labels[before])"
    case (let after?, let before?): "after \(labels[after]) and before \(labels[before])"
    case (let after?, nil): "after \(labels[after]), or added later; proven by no quote"
    case (nil, nil): "at an unknown time; proven by no quote"
    }
  }
}
