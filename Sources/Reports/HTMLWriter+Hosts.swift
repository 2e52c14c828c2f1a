import Appraisal
import Digests

extension HTMLWriter {
  mutating func hosts(_ result: AttestationResult) {
    if result.hosts.count > 1 { hostOverview(result.hosts) }
    // Many boots share what one page can hold.
    let boots = result.hosts.flatMap(\.boots).count { $0.measurements != nil }
    let rowLimit = max(10, HTMLReport.measurementLimit / max(1, boots))
    let crowded = result.hosts.flatMap(\.boots).count { $0.owners.count > 12 }
    let starts = result.hosts.flatMap(\.boots).count { $0.story != nil }
    let eventLimit = min(200, max(10, HTMLReport.eventLimit / max(1, starts)))
    let ownerLimit = max(10, HTMLReport.ownerLimit / max(1, crowded))
    for (index, host) in result.hosts.prefix(HTMLReport.hostLimit).enumerated() {
      self.host(
        host, id: "host-\(index + 1)", timeline: result.timeline.filter { $0.host == host.name },
        saidBefore: result.reasons, origins: result.origins, rowLimit: rowLimit, ownerLimit: ownerLimit,
        eventLimit: eventLimit)
    }
    if result.hosts.count > HTMLReport.hostLimit {
      block(
        "p", text: "\(grouped(result.hosts.count - HTMLReport.hostLimit)) more hosts are told in full in report.json.")
    }
  }

  private mutating func hostOverview(_ hosts: [AttestationResult.Host]) {
    block("section", ["aria-labelledby": "hosts"]) { section in
      section.block("h2", ["id": "hosts"], text: "Hosts")
      section.table(
        "Verdict of each host", columns: ["Host", "Since boot", "Now", "Software level", "Why"], of: hosts
      ) {
        body, host, index in
        body.block("tr") { row in
          row.element("th", ["scope": "row", "class": "any"]) { cell in
            if index < HTMLReport.hostLimit {
              cell.element("a", ["href": "#host-\(index + 1)"], text: host.name)
            } else {
              cell.text(host.name)
            }
          }
          row.element("td") { $0.mark(host.verdict.mark) }
          row.element("td") { $0.mark(host.verdictNow.mark) }
          row.element("td", text: host.level?.meaning ?? "not assessed")
          row.element("td", text: host.reasons.first ?? "")
        }
      }
    }
  }

  /// - parameter saidBefore: sentences that stand further up already; none is said twice.
  private mutating func host(
    _ host: AttestationResult.Host, id: String, timeline: [AttestationResult.TimelineEvent], saidBefore: [String],
    origins: [AttestationResult.Origin], rowLimit: Int, ownerLimit: Int, eventLimit: Int
  ) {
    block("section", ["class": "host", "aria-labelledby": id]) { section in
      section.block("h2", ["id": id]) { title in
        title.text("Host \(host.name) ")
        title.mark(host.verdict.mark)
      }
      if host.reasons != saidBefore { section.sentences(host.reasons) }
      section.block("dl", ["class": "facts"]) { facts in
        facts.fact("Since boot") { $0.mark(host.verdict.mark) }
        facts.fact("Now, at its last capture") { $0.mark(host.verdictNow.mark) }
        facts.fact("Software level", host.level?.meaning ?? "not assessed")
        facts.fact("Boots", grouped(host.boots.count))
      }
      section.timeline(timeline)
      for (index, boot) in host.boots.prefix(HTMLReport.hostLimit).enumerated() {
        section.boot(
          boot, id: "\(id)-boot-\(index + 1)", saidBefore: host.reasons, origins: origins, rowLimit: rowLimit,
          ownerLimit: ownerLimit, eventLimit: eventLimit)
      }
      if host.boots.count > HTMLReport.hostLimit {
        section.block("p", text: "\(grouped(host.boots.count - HTMLReport.hostLimit)) more boots are in report.json.")
      }
    }
  }

  private mutating func boot(
    _ boot: AttestationResult.Boot, id: String, saidBefore: [String], origins: [AttestationResult.Origin],
    rowLimit: Int, ownerLimit: Int, eventLimit: Int
  ) {
    let labels = SourceLabels(of: boot)
    block("section", ["class": "boot", "aria-labelledby": id]) { section in
      section.block("h3", ["id": id]) { title in
        title.text("Boot: \(boot.label) ")
        title.mark(boot.verdict.mark)
      }
      if boot.verdictNow != boot.verdict {
        section.bothVerdicts(of: boot)
      } else if boot.reasons != saidBefore {
        section.sentences(boot.reasons)
      }
      if let level = boot.level {
        section.block("dl", ["class": "facts"]) { $0.fact("Software level", level.meaning) }
      }
      section.explanations(of: boot, labels: labels, id: id)
      section.whatBooted(boot.story, then: boot.userSpaceStory, id: id, rowLimit: eventLimit)
      section.bootReferences(boot.bootReferences)
      section.owners(of: boot, id: id, rowLimit: ownerLimit)
      section.captures(boot.captures)
      if let measured = MeasuredBoot(boot, labels: labels, origins: origins, id: id, rowLimit: rowLimit) {
        section.measuredFiles(of: measured)
      }
      section.proofs(of: boot.captures.flatMap(\.logs), labels: labels, id: id)
      section.quotes(boot.captures, labels: labels)
      section.registers(boot.registers)
      section.bootImages(boot.images)
      section.logs(boot.captures)
      section.signatures(boot.signatures)
      section.buffers(boot.buffers)
      section.snapshots(boot.captures.flatMap(\.snapshots))
    }
  }

  /// Since boot and now side by side, each with its reasons.
  private mutating func bothVerdicts(of boot: AttestationResult.Boot) {
    block("div", ["class": "both"]) { both in
      both.verdict("Since boot", boot.verdict, boot.reasons)
      both.verdict("Now, at the last capture", boot.verdictNow, boot.reasonsNow)
    }
  }

  private mutating func verdict(_ name: String, _ verdict: Verdict, _ reasons: [String]) {
    block("div", ["class": "one " + verdict.mark.tone.rawValue]) { side in
      side.block("p", ["class": "kicker"], text: name)
      side.block("p", ["class": "word"]) { $0.mark(verdict.mark) }
      side.sentences(reasons)
    }
  }

  private mutating func captures(_ captures: [AttestationResult.Capture]) {
    guard !captures.isEmpty else { return }
    table(
      "Captures of this boot", columns: ["Capture", "Collected at (the collector’s word)", "Quotes", "Logs"],
      of: captures, class: "small"
    ) { body, capture, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { $0.path(capture.name) }
        row.element("td", text: capture.collectedAt ?? "unknown")
        row.element("td", ["class": "number"], text: grouped(capture.quotes.count))
        row.element("td", ["class": "number"], text: grouped(capture.logs.count))
      }
    }
  }

  private mutating func registers(_ registers: [AttestationResult.Register]) {
    guard !registers.isEmpty else { return }
    block("h4", text: "Registers")
    table(
      "Quoted against replayed values", columns: ["Bank", "PCR", "State", "Quoted (signed) and replayed (calculated)"],
      of: registers, class: "registers stacks"
    ) { body, register, _ in
      body.block("tr") { row in
        row.element("td", ["class": "number", "data-label": "Bank"], text: register.bank.name)
        row.element("th", ["scope": "row", "class": "number", "data-label": "PCR"], text: String(register.index))
        row.element("td", ["data-label": "State"]) { $0.mark(register.state.mark) }
        row.element("td") { $0.values(of: register) }
      }
    }
  }

  /// One value when both are the same, else one above the other.
  private mutating func values(of register: AttestationResult.Register) {
    block("dl", ["class": "comparison"]) { list in
      if let observed = register.observed, observed == register.calculated {
        list.fact("Both", observed, isCode: true)
      } else {
        let unknown = register.state == .notQuoted ? "by no quote" : "value not archived"
        list.fact("Quoted", register.observed ?? unknown, isCode: register.observed != nil)
        if register.calculated != nil || register.state != .atReset {
          list.fact("Replayed", register.calculated ?? "no log", isCode: register.calculated != nil)
        }
      }
    }
    if let meaning = register.meaning { block("p", text: meaning.prefix(1).uppercased() + meaning.dropFirst() + ".") }
    guard register.state != .matches, register.quote != nil || register.log != nil else { return }
    block("p", ["class": "quiet"]) { line in
      if let quote = register.quote {
        line.text("quote ")
        line.path(quote)
      }
      if let log = register.log {
        line.text(register.quote == nil ? "log " : ", log ")
        line.path(log)
      }
    }
  }

  private mutating func logs(_ captures: [AttestationResult.Capture]) {
    let logs = captures.flatMap(\.logs)
    guard !logs.isEmpty else { return }
    block("h4", text: "Logs")
    table("Logs of this boot", columns: ["Log", "Records", "Proven", "Notes"], of: logs) { body, log, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { cell in
          cell.path(log.file)
          cell.block("p", ["class": "quiet"], text: "\(log.kind.words), \(log.format)")
        }
        row.element("td", ["class": "number"], text: grouped(log.records))
        row.element("td", ["class": "number"], text: log.provenRecords.map { grouped($0) } ?? "none")
        row.element("td") { $0.notes(of: log) }
      }
    }
  }

  private mutating func notes(of log: AttestationResult.Log) {
    block("dl", ["class": "facts"]) { list in
      list.fact("Start of", log.prefixOf, isCode: true)
      list.fact("Copy of", log.copyOf, isCode: true)
      list.fact("boot_aggregate", log.bootAggregate)
      guard !log.violations.isEmpty else { return }
      let shown = log.violations.prefix(50).map { grouped($0) }.joined(separator: "; ")
      let more = log.violations.count > 50 ? "; \(grouped(log.violations.count - 50)) more" : ""
      list.fact(log.violations.count == 1 ? "Violation" : "Violations", "record \(shown)\(more)")
    }
  }

  private mutating func snapshots(_ snapshots: [AttestationResult.Snapshot]) {
    guard !snapshots.isEmpty else { return }
    block("h4", text: "Unsigned register files")
    table("Register files that belong to no quote", columns: ["File", "Bank", "PCRs"], of: snapshots) {
      body, snapshot, _ in
      for bank in snapshot.pcrs.banks {
        body.block("tr") { row in
          row.element("th", ["scope": "row"]) { $0.path(snapshot.file) }
          row.element("td", ["class": "number"], text: bank.name)
          row.element("td", text: spans(snapshot.pcrs.registers(of: bank)))
        }
      }
    }
  }
}
