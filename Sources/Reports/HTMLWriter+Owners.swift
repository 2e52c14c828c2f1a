import Appraisal

// Whose records a boot's list holds, and how each of them fares.
extension HTMLWriter {
  /// So many untrusted owners are told in full above the table.
  private static let alarmLimit = 5
  /// With more owners than that, those without a fault are folded.
  private static let openLimit = 12

  mutating func owners(of boot: AttestationResult.Boot, id: String, rowLimit: Int) {
    // A host alone is the boot, whose verdict stands above.
    guard boot.owners.contains(where: { $0.kind != .host }) else { return }
    let ordered = boot.owners.inOrderOfWeight
    let alarms = Array(ordered.prefix { $0.verdict == .untrusted }.prefix(Self.alarmLimit))
    block("h4", ["id": id + "-owners"], text: "Who ran what")
    block("p", ["class": "prose"], text: boot.owners.summary)
    for owner in alarms { alarm(of: owner) }
    let rest = Array(ordered.dropFirst(alarms.count))
    guard ordered.count > Self.openLimit else {
      return ownerTable("Owners of the measured records", rest, rowLimit: rowLimit)
    }
    let notable = rest.filter { $0.isOpen || $0.kind == .host }
    let plain = rest.filter { !$0.isOpen && $0.kind != .host }
    ownerTable("The host, and owners that are not trusted", notable, rowLimit: rowLimit)
    guard !plain.isEmpty else { return }
    block("details") { details in
      let records = plain.reduce(0) { $0 + $1.records }
      details.block(
        "summary",
        text: "\(counted(plain.count, "more owner")), trusted since boot and now, \(counted(records, "record"))")
      details.ownerTable("Owners without a fault", plain, rowLimit: rowLimit)
    }
  }

  /// One untrusted owner, told so that nobody reads past it.
  private mutating func alarm(of owner: AttestationResult.Owner) {
    block("div", ["class": "finding alarm bad"]) { box in
      box.block("h5") { title in
        title.mark(owner.verdict.mark)
        title.text(" \(owner.kind.words) \(owner.kind.words == owner.title ? "" : owner.title)")
      }
      box.block("dl", ["class": "facts"]) { facts in
        facts.fact("Now") { $0.mark(owner.verdictNow.mark) }
        facts.fact("Image", owner.image, isCode: true)
        facts.fact("Records", owner.recordsText)
        facts.fact("Bad records", owner.badRecordsText)
        if owner.identifier != owner.title, owner.kind != .host {
          facts.fact("Identifier", owner.identifier, isCode: true)
        }
        facts.fact("Pod", owner.pod, isCode: true)
        if !owner.attributions.isEmpty { facts.fact("Told by") { $0.attributions(of: owner) } }
      }
      box.statuses(of: owner)
      box.sentences(owner.reasons)
    }
  }

  private mutating func ownerTable(_ caption: String, _ owners: [AttestationResult.Owner], rowLimit: Int) {
    guard !owners.isEmpty else { return }
    table(
      caption, columns: ["Owner", "Since boot", "Now", "Records", "How it was told"], of: owners,
      class: "owners stacks", limit: rowLimit
    ) { body, owner, _ in
      body.block("tr", owner.verdict == .untrusted ? ["class": "alarmed"] : [:]) { row in
        row.element("th", ["scope": "row"]) { $0.identity(of: owner) }
        row.element("td", ["data-label": "Since boot"]) { $0.mark(owner.verdict.mark) }
        row.element("td", ["data-label": "Now"]) { $0.mark(owner.verdictNow.mark) }
        row.element("td", ["data-label": "Records"]) { cell in
          cell.text(owner.recordsText)
          if let bad = owner.badRecordsText { cell.block("p", ["class": "against"], text: "bad: \(bad)") }
          cell.statuses(of: owner)
        }
        row.element("td", ["data-label": "Told by"]) { $0.attributions(of: owner) }
      }
    }
  }

  private mutating func identity(of owner: AttestationResult.Owner) {
    element("strong", text: owner.title)
    if owner.title != owner.kind.words { block("p", ["class": "quiet"], text: owner.kind.words) }
    if let image = owner.image { block("p", ["class": "quiet"]) { $0.path(image) } }
    if owner.kind != .host, owner.kind != .unattributed, owner.kind != .runtime, owner.identifier != owner.title {
      block("p", ["class": "quiet"]) { $0.path(owner.identifier) }
    }
    if let pod = owner.pod {
      block("p", ["class": "quiet"]) { line in
        line.text("pod ")
        line.path(pod)
      }
    }
    for reason in owner.reasons { block("p", ["class": "reason"], text: reason) }
  }

  private mutating func statuses(of owner: AttestationResult.Owner) {
    guard !owner.counts.isEmpty else { return }
    block("p", ["class": "status-counts"]) { line in
      for count in owner.counts {
        line.mark(count.status.mark, as: "\(grouped(count.records)) \(count.status.mark.word)")
        line.text(" ")
      }
    }
  }

  private mutating func attributions(of owner: AttestationResult.Owner) {
    for attribution in owner.attributions.prefix(6) {
      element("span", ["class": "told"]) { part in
        part.mark(attribution.certainty.mark)
        part.text(" by \(attribution.strategy)")
        if owner.attributions.count > 1 { part.text(" (\(grouped(attribution.records)))") }
      }
      text(" ")
    }
    if owner.attributions.count > 6 { text("\(grouped(owner.attributions.count - 6)) more are in report.json.") }
  }
}

extension [AttestationResult.Owner] {
  /// Untrusted first, those with the most bad records before others; then what is open; else in the order of the result.
  fileprivate var inOrderOfWeight: [AttestationResult.Owner] {
    func weight(_ owner: AttestationResult.Owner) -> (Int, Int) {
      let rank = owner.verdict == .untrusted ? 0 : owner.kind == .host ? 1 : owner.isOpen ? 2 : 3
      return (rank, -owner.badRecordCount)
    }
    return enumerated().sorted { (weight($0.element), $0.offset) < (weight($1.element), $1.offset) }.map(\.element)
  }

  fileprivate var summary: String {
    let states = [Verdict.untrusted, .inconclusive, .trusted].compactMap { verdict in
      let count = self.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(grouped(count)) \(verdict.rawValue)"
    }
    return
      "The list holds records of \(counted(count, "owner")): \(states.joined(separator: ", ")). Each has a verdict of its own."
  }
}

extension AttestationResult.Owner {
  fileprivate var recordsText: String {
    guard let firstRecord, let lastRecord, records > 1 else {
      return firstRecord.map { "1, record \(grouped($0))" } ?? grouped(records)
    }
    return "\(grouped(records)), from record \(grouped(firstRecord)) to \(grouped(lastRecord))"
  }

  fileprivate var badRecordsText: String? {
    guard badRecordCount > 0 else { return nil }
    let shown = badRecords.prefix(10).map { grouped($0) }.joined(separator: "; ")
    let more = badRecordCount - Swift.min(10, badRecords.count)
    return more > 0 ? "\(shown); \(grouped(more)) more" : shown
  }
}

private func < (left: ((Int, Int), Int), right: ((Int, Int), Int)) -> Bool {
  left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}
