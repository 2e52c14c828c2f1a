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
        if event.isOneMoment {
          row.element("td", ["colspan": "2", "data-label": "At"]) {
            $0.moment(time: event.notAfter, clock: event.notAfterClock)
          }
        } else {
          row.element("td", ["data-label": "Earliest"]) {
            $0.moment(time: event.notBefore, clock: event.notBeforeClock)
          }
          row.element("td", ["data-label": "Latest"]) { $0.moment(time: event.notAfter, clock: event.notAfterClock) }
        }
      }
    }
    block(
      "p", ["class": "quiet"],
      text: "The TPM clock is signed and runs from the TPM’s own zero; times of day are the collector’s word.")
  }

  private mutating func event(_ event: AttestationResult.TimelineEvent, isNested: Bool) {
    mark(event.mark)
    text(" \(event.message)")
    // What the sentence or the row above says already is not said again.
    let file = isNested || event.file.map { event.message.contains($0) } == true ? nil : event.file
    let records = event.recordsText.flatMap { event.saysItsRecords ? nil : $0 }
    guard file != nil || records != nil else { return }
    block("p", ["class": "quiet"]) { line in
      if let file { line.path(file) }
      if let records { line.text((file == nil ? "" : ", ") + records) }
    }
  }

  private mutating func moment(time: String?, clock: UInt64?) {
    if let clock { block("p", ["class": "time"], text: "TPM clock \(duration(milliseconds: clock))") }
    if let time { block("p", ["class": "time"], text: "collector \(time)") }
    if time == nil, clock == nil { text("unknown") }
  }
}

extension AttestationResult.TimelineEvent {
  /// Known to the moment, as quotes are.
  fileprivate var isOneMoment: Bool {
    notBefore == notAfter && notBeforeClock == notAfterClock && (notAfter != nil || notAfterClock != nil)
  }

  fileprivate var saysItsRecords: Bool {
    guard kind == "measurements", let last = records?.last else { return false }
    return message.contains("to \(last)")
  }

  fileprivate var recordsText: String? {
    guard let records, let last = records.last else { return nil }
    return records.count == 1
      ? "record \(grouped(last))" : "records \(grouped(records.lowerBound)) to \(grouped(last))"
  }

  /// Nothing about the time of the other needs to be said again.
  fileprivate func isAtTheSameTime(as other: Self) -> Bool {
    kind != "quote" && boot == other.boot && notBefore == other.notBefore && notAfter == other.notAfter
      && notBeforeClock == other.notBeforeClock && notAfterClock == other.notAfterClock && file == other.file
  }
}
