import Appraisal

// The software level, near the verdict: what it is, what set it, and what was let pass.
extension HTMLWriter {
  mutating func softwareLevel(_ result: AttestationResult) {
    block("section", ["class": "gaps", "aria-labelledby": "level"]) { section in
      section.block("h2", ["id": "level"], text: "Software level")
      guard let level = result.level else {
        let why =
          result.stores.isEmpty
          ? "Not assessed: no reference values were given." : "Not assessed: no measurement list was compared."
        return section.block("p", text: why)
      }
      section.block("p") { line in
        line.mark(level.mark)
        line.text(" \(level.sentence)")
      }
      section.whatSet(level, result)
    }
  }

  private mutating func whatSet(_ level: IntegrityLevel, _ result: AttestationResult) {
    for (hostIndex, host) in result.hosts.prefix(HTMLReport.hostLimit).enumerated() {
      for (bootIndex, boot) in host.boots.prefix(HTMLReport.hostLimit).enumerated() where boot.level == level {
        guard let measurements = boot.measurements, !measurements.levelReasons.isEmpty else { continue }
        let place = result.hosts.count > 1 ? "host \(host.name), boot \(boot.label)" : "boot \(boot.label)"
        block("p") { line in
          line.text("What set it, in \(place) (")
          line.element(
            "a", ["href": "#host-\(hostIndex + 1)-boot-\(bootIndex + 1)-measured"], text: "all measured files")
          line.text("):")
        }
        block("ul") { list in
          for reason in measurements.levelReasons.prefix(5) { list.block("li", text: reason) }
          // The last reason may stand for many, so the rest has no number.
          if measurements.levelReasons.count > 5 { list.block("li", text: "and more, see there.") }
        }
        return
      }
    }
  }

  /// Which classes and exemptions let records pass, and why.
  mutating func passedRecords(_ result: AttestationResult) {
    let rules = result.passingRules
    guard !rules.isEmpty else { return }
    block("details") { details in
      details.block("summary", text: "What was let pass, and why")
      details.table(
        "Records passed by classes or exemptions: not verified",
        columns: ["Class or exemption", "Records", "Reason"], of: rules, class: "passes stacks"
      ) { body, rule, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row", "class": "any"]) { cell in
            cell.text(rule.name)
            cell.block("p", ["class": "quiet"], text: rule.isExemption ? "exemption" : "class")
          }
          row.element("td", ["class": "number", "data-label": "Records"], text: grouped(rule.records))
          row.element("td", ["class": "any"], text: rule.reason)
        }
      }
    }
  }
}

extension AttestationResult {
  /// The rules of all boots, each once, in the order in which they are met.
  fileprivate var passingRules: [Passed] {
    var rules: [Passed] = []
    var places: [String: Int] = [:]
    for rule in hosts.flatMap(\.boots).flatMap({ $0.measurements?.passed ?? [] }) {
      let key = "\(rule.isExemption) \(rule.name) \(rule.reason)"
      if let place = places[key] {
        rules[place].records += rule.records
      } else {
        places[key] = rules.count
        rules.append(rule)
      }
    }
    return rules
  }
}
