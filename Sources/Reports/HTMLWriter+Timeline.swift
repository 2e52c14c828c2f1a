import Appraisal

extension HTMLWriter {
  /// What happened when, to be read from top to bottom: quotes, and between them what was measured.
  mutating func timeline(_ events: [AttestationResult.TimelineEvent]) {
    guard !events.isEmpty else { return }
    block("h3", text: "Timeline")
    table(
      "What happened when", columns: ["Boot", "Event", "Earliest", "Latest"], of: events, class: "timeline stacks"
    ) { body, event, index in
      let isNested = event.isAboutAFile && index > 0 && events[index - 1].isAtTheSameTime(as: event)
      body.block("tr", isNested ? ["class": "nested"] : [:]) { row in
        row.element("td", ["class": "boot-label", "data-label": "Boot"], text: isNested ? "" : event.boot)
        row.element("th", ["scope": "row", "colspan": isNested ? "3" : "1"]) { $0.event(event, isNested: isNested) }
        guard !isNested else { return }
        row.element("td", ["data-label": "Earliest"]) { $0.moment(time: event.notBefore, clock: event.notBeforeClock) }
        row.element("td", ["data-label": "Latest"]) { $0.moment(time: event.notAfter, clock: event.notAfterClock) }
      }
    }
    block(
      "p", ["class": "quiet"],
      text: "The TPM clock is signed and runs from the TPM’s own zero; times of day are the collector’s word.")
  }

  private mutating func event(_ event: AttestationResult.TimelineEvent, isNested: Bool) {
    mark(event.mark)
    text(" \(event.message)")
    guard let file = event.file else { return }
    block("p", ["class": "quiet"]) { line in
      let records = event.records.flatMap { $0.isEmpty ? nil : $0 }
      if !isNested { line.path(file) }
      guard let records else { return }
      let numbers =
        records.count == 1
        ? "record \(grouped(records.lowerBound))"
        : "records \(grouped(records.lowerBound)) to \(grouped(records.upperBound - 1))"
      line.text(isNested ? numbers : ", " + numbers)
    }
  }

  private mutating func moment(time: String?, clock: UInt64?) {
    if let clock { block("p", text: "TPM clock \(duration(milliseconds: clock))") }
    if let time { block("p", ["class": "time"], text: "collector \(time)") }
    if time == nil, clock == nil { text("unknown") }
  }
}

extension AttestationResult.TimelineEvent {
  /// Nothing about the time of the other needs to be said again.
  fileprivate func isAtTheSameTime(as other: Self) -> Bool {
    kind != "quote" && boot == other.boot && notBefore == other.notBefore && notAfter == other.notAfter
      && notBeforeClock == other.notBeforeClock && notAfterClock == other.notAfterClock && file == other.file
  }
}
