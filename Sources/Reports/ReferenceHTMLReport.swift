import Appraisal
import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

/// A review of references as `references.html`: one file for people that loads nothing and needs no script.
public enum ReferenceHTMLReport {
  /// The whole document, UTF-8. The same result gives the same bytes.
  public static func render(_ result: ReferenceCheckResult) -> [UInt8] {
    var page = HTMLWriter()
    page.markup("<!DOCTYPE html>\n")
    page.block("html", ["lang": "en"]) { html in
      html.head(title: "\(result.outcome.mark.word): reference manifests – Inquest report")
      html.block("body") { body in
        body.element("a", ["class": "skip", "href": "#main"], text: "Skip to the findings")
        body.banner(result)
        body.contents(result)
        body.block("main", ["id": "main"]) { $0.sections(result) }
        body.closing(result)
      }
    }
    return page.bytes
  }
}

extension ReferenceCheckResult.Outcome {
  var mark: Mark {
    switch self {
    case .clean: Mark(symbol: "✓", word: "Clean", tone: .good)
    case .faults: Mark(symbol: "✗", word: "Faults found", tone: .bad)
    case .inconclusive: Mark(symbol: "?", word: "Inconclusive", tone: .open)
    }
  }

  var meaning: String {
    switch self {
    case .clean: "Nothing that was looked for speaks against these references."
    case .faults: "Something is wrong with these references; the findings below name it."
    case .inconclusive: "Nothing is proven wrong, and something is absent that is needed to rely on these references."
    }
  }
}

extension HTMLWriter {
  fileprivate mutating func banner(_ result: ReferenceCheckResult) {
    block("header", ["class": "banner " + result.outcome.mark.tone.rawValue]) { header in
      header.block("p", ["class": "kicker"], text: "Inquest report on reference manifests")
      header.block("h1", text: result.stores.map(\.name).joined(separator: ", "))
      header.block("div", ["class": "verdict"]) { block in
        block.block("p", ["class": "word"]) { $0.mark(result.outcome.mark) }
        block.block("div", ["class": "why"]) { why in
          why.block("p", ["class": "lead"], text: result.outcome.meaning)
          if let asOf = result.asOf { why.block("p", text: "Validity and versions are judged as of \(asOf).") }
          why.block("p", text: result.keySentence)
        }
      }
      header.severityCounts(result)
    }
  }

  private mutating func severityCounts(_ result: ReferenceCheckResult) {
    block("ul", ["class": "counts", "aria-label": "Findings by severity"]) { list in
      for severity in Severity.allCases {
        let codes = result.checks.filter { $0.code.severity == severity }
        list.block("li") { item in
          item.element("strong", text: grouped(codes.reduce(0) { $0 + $1.count }))
          item.text(" ")
          item.mark(severity.mark, as: severity.rawValue)
        }
      }
    }
  }

  fileprivate mutating func contents(_ result: ReferenceCheckResult) {
    block("nav", ["aria-label": "Contents"]) { nav in
      nav.block("ul") { list in
        list.link("#checks", "What was looked for")
        list.link("#findings", "Findings")
        if !result.coverage.isEmpty { list.link("#coverage", "Coverage") }
        list.link("#stores", "Stores and sources")
      }
    }
  }

  fileprivate mutating func sections(_ result: ReferenceCheckResult) {
    checks(result)
    findings(result)
    coverage(result)
    stores(result)
  }

  private mutating func checks(_ result: ReferenceCheckResult) {
    block("section", ["aria-labelledby": "checks"]) { section in
      section.block("h2", ["id": "checks"], text: "What was looked for")
      section.table("Findings by code", columns: ["Code", "Findings", "Meaning"], of: result.checks) { body, check, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row"]) { $0.element("code", text: check.code.rawValue) }
          row.element("td", ["class": "number"]) { cell in
            cell.mark(check.count == 0 ? .noFinding : check.code.severity.mark, as: grouped(check.count))
          }
          row.element("td", ["class": "any"], text: check.code.meaning)
        }
      }
    }
  }

  private mutating func findings(_ result: ReferenceCheckResult) {
    block("section", ["aria-labelledby": "findings"]) { section in
      section.block("h2", ["id": "findings"], text: "Findings")
      if result.findings.isEmpty { section.block("p", text: "There are no findings.") }
      for check in result.checks.sorted(by: { $0.code.severity < $1.code.severity }) where check.count > 0 {
        section.block("h3") { title in
          title.element("code", text: check.code.rawValue)
          title.element("span", ["class": "count"], text: " " + grouped(check.count))
        }
        section.explanation(of: check.code)
        section.findingTable(result.findings.filter { $0.code == check.code }, caption: check.code.rawValue)
      }
    }
  }

  private mutating func findingTable(_ findings: [ReferenceFinding], caption: String) {
    table(caption, columns: ["Severity", "Finding", "Place"], of: findings, class: "findings") { body, finding, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { $0.mark(finding.severity.mark) }
        row.element("td") { cell in
          cell.block("p", text: finding.message)
          cell.comparison(expected: finding.expected, actual: finding.actual)
        }
        row.element("td") { cell in
          cell.block("dl", ["class": "facts"]) { facts in
            facts.fact("For the references", finding.effect.meaningForReferences)
            facts.fact("Subject", finding.subject, isCode: true)
            facts.fact("Source", finding.source, isCode: true)
            facts.fact("Offset", finding.offset.map { grouped($0) })
            facts.fact("Store", finding.store, isCode: true)
          }
        }
      }
    }
  }

  private mutating func coverage(_ result: ReferenceCheckResult) {
    guard !result.coverage.isEmpty else { return }
    block("section", ["aria-labelledby": "coverage"]) { section in
      section.block("h2", ["id": "coverage"], text: "Coverage of measurement lists")
      for list in result.coverage {
        section.block("h3") { $0.path(list.list) }
        section.block("p", text: "\(grouped(list.explained)) of \(counted(list.records, "record")) explained.")
        section.table("Records by status", columns: ["Status", "Records"], of: list.byStatus, class: "narrow") {
          body, line, _ in
          body.block("tr") { row in
            row.element("th", ["scope": "row"], text: line.status.rawValue)
            row.element("td", ["class": "number"], text: grouped(line.count))
          }
        }
        section.missing(list.missing)
      }
    }
  }

  private mutating func missing(_ groups: [ReferenceCoverage.Missing]) {
    guard !groups.isEmpty else { return }
    table("What is missing", columns: ["Package or folder", "Records", "For example"], of: groups) { body, group, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { cell in
          cell.text(group.kind.rawValue + " ")
          cell.path(group.name)
        }
        row.element("td", ["class": "number"], text: grouped(group.records))
        row.element("td", ["class": "any"]) { $0.path(group.examples.joined(separator: ", ")) }
      }
    }
  }

  private mutating func stores(_ result: ReferenceCheckResult) {
    block("section", ["aria-labelledby": "stores"]) { section in
      section.block("h2", ["id": "stores"], text: "Stores and sources")
      for store in result.stores {
        section.block("h3") { $0.path(store.name) }
        section.block("dl", ["class": "facts wide"]) { facts in
          facts.fact("Logical digest", store.logicalDigest, isCode: true)
          facts.fact("Algorithms", store.algorithms)
          facts.fact(
            "Packages",
            "\(grouped(store.packages.signed)) signed, \(grouped(store.packages.unsigned)) unsigned, \(grouped(store.packages.refused)) refused"
          )
          facts.fact("Files", "\(grouped(store.counts.files)) under \(grouped(store.counts.paths)) paths")
          facts.fact("Updates", grouped(store.counts.updates))
        }
        section.sources(store.sources)
      }
    }
  }

  private mutating func sources(_ sources: [ReferenceSource]) {
    guard !sources.isEmpty else { return }
    block("details") { details in
      details.block("summary", text: "Show \(counted(sources.count, "source"))")
      details.table("Sources", columns: ["Path", "Kind", "SHA-256", "Vouched for by"], of: sources, class: "inputs") {
        body, source, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row"]) { $0.path(source.path) }
          row.element("td", text: source.kind.rawValue)
          row.element("td") { $0.path(hexText(source.sha256)) }
          row.element("td", ["class": "any"]) { $0.vouchers(of: source) }
        }
      }
    }
  }

  private mutating func vouchers(of source: ReferenceSource) {
    if let voucher = source.vouchedBy { path(hexText(voucher)) }
    for signature in source.signatures {
      block("p", text: "\(signature.status.rawValue): \(signature.key) \(signature.signer)")
    }
    if source.vouchedBy == nil, source.signatures.isEmpty { text("nothing") }
  }

  fileprivate mutating func closing(_ result: ReferenceCheckResult) {
    block("footer") { footer in
      footer.block(
        "p",
        text:
          "Made by Inquest \(result.toolVersion), offline, from the stores named above. The same content for programs is in references.json and references.xml; the same stores give the same bytes."
      )
    }
  }
}

extension ReferenceCheckResult {
  fileprivate var keySentence: String {
    trustedKeys.isEmpty
      ? "Every key counts that was given when the stores were built."
      : "Keys that count: \(trustedKeys.joined(separator: ", "))."
  }
}

extension Mark {
  fileprivate static let noFinding = Mark(symbol: "✓", word: "none", tone: .good)
}

extension Effect {
  fileprivate var meaningForReferences: String {
    switch self {
    case .untrusted: "a fault"
    case .inconclusive: "something is absent"
    case .none: "to be known"
    }
  }
}
