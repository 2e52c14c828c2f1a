import Appraisal

/// The result as `report.html`: one file for people that loads nothing and needs no script.
public enum HTMLReport {
  /// A table shows at most so many rows and says how many more `report.json` holds.
  static let rowLimit = 1000
  /// So many hosts are shown in full.
  static let hostLimit = 200
  /// Rows of measured files on the whole page, which its boots share.
  static let measurementLimit = 3000
  /// Owners of records on the whole page, which its crowded boots share.
  static let ownerLimit = 1200
  /// Events of event logs that each stage of a start shows, which the boots of the page share.
  static let eventLimit = 4000
  /// Sources of packages that are shown, and that packages link to.
  static let originLimit = 1000

  /// The whole document, UTF-8. The same result gives the same bytes.
  public static func render(_ result: AttestationResult) -> [UInt8] {
    var page = HTMLWriter()
    page.markup("<!DOCTYPE html>\n")
    page.block("html", ["lang": "en"]) { html in
      html.head(title: "\(result.verdict.mark.word): \(result.caseName) – Inquest report")
      html.block("body") { body in
        body.element("a", ["class": "skip", "href": "#main"], text: "Skip to the verdict")
        body.sharedPatterns()
        body.banner(result)
        body.contents(result)
        body.block("main", ["id": "main"]) { $0.sections(result) }
        body.closing(result)
      }
    }
    return page.bytes
  }
}

extension HTMLWriter {
  mutating func head(title: String) {
    block("head") { head in
      head.startTag("meta", ["charset": "utf-8"])
      head.startTag(
        "meta",
        [
          "http-equiv": "Content-Security-Policy",
          "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        ])
      head.startTag("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
      head.startTag("meta", ["name": "color-scheme", "content": "light dark"])
      head.startTag("meta", ["name": "referrer", "content": "no-referrer"])
      head.block("title", text: title)
      head.markup("<style>\n")
      head.markup(reportStyle)
      head.markup("</style>\n")
    }
  }

  fileprivate mutating func sections(_ result: AttestationResult) {
    decidingFindings(result)
    hosts(result)
    measurements(result.measurements)
    allFindings(result.findings)
    inputs(result.inputs)
    references(result)
    parametersAndClaims(result)
    limits(result.limits)
    howToRead()
  }

  fileprivate mutating func contents(_ result: AttestationResult) {
    block("nav", ["aria-label": "Contents"]) { nav in
      nav.block("ul") { list in
        list.link("#deciding", "What decides it")
        for (index, host) in result.hosts.prefix(8).enumerated() {
          list.link("#host-\(index + 1)", "Host " + host.name)
        }
        list.link("#measured", "Measured content")
        list.link("#findings", "All findings")
        list.link("#inputs", "Inputs")
        list.link("#references", "Reference values")
        list.link("#given", "Parameters and claims")
        list.link("#limits", "Limits")
        list.link("#reading", "How to read this")
      }
    }
  }

  mutating func link(_ target: String, _ text: String) {
    block("li") { $0.element("a", ["href": target], text: text) }
  }

  fileprivate mutating func closing(_ result: AttestationResult) {
    block("footer") { footer in
      footer.block("p") { line in
        line.text("Made by Inquest \(result.toolVersion), offline, from the files listed under ")
        line.element("a", ["href": "#inputs"], text: "Inputs")
        line.text(". The same content for programs is in ")
        line.element("code", text: "report.json")
        line.text(" and ")
        line.element("code", text: "report.xml")
        line.text(", every measured record in ")
        line.element("code", text: "measurements.jsonl")
        line.text("; the same evidence gives the same bytes.")
      }
    }
  }
}

// MARK: Pieces that every section uses

extension HTMLWriter {
  /// Symbol and word.
  mutating func mark(_ mark: Mark, as word: String? = nil) {
    element("span", ["class": "mark " + mark.tone.rawValue]) { span in
      span.element("span", ["class": "symbol", "aria-hidden": "true"], text: mark.symbol)
      span.text(" " + (word ?? mark.word))
    }
  }

  mutating func path(_ path: String) { element("code", ["class": "path"], text: path) }

  /// A paragraph when there is one sentence, else a list.
  mutating func sentences(_ texts: [String]) {
    guard texts.count != 1 else { return block("p", ["class": "prose"], text: texts[0]) }
    guard !texts.isEmpty else { return }
    block("ul", ["class": "prose"]) { list in
      for text in texts { list.block("li", text: text) }
    }
  }

  /// A table in a box of its own that scrolls when it is too wide; at most `limit` elements.
  mutating func table<Element>(
    _ caption: String, columns: [String], of elements: [Element], class kind: String = "",
    limit: Int = HTMLReport.rowLimit, row: (inout HTMLWriter, Element, Int) -> Void
  ) {
    block("div", ["class": "scroll", "role": "region", "aria-label": caption, "tabindex": "0"]) { box in
      box.block("table", ["class": kind]) { table in
        table.block("caption", text: caption)
        table.block("thead") { head in
          head.block("tr") { row in
            for column in columns { row.element("th", ["scope": "col"], text: column) }
          }
        }
        table.block("tbody") { body in
          for (index, element) in elements.prefix(limit).enumerated() { row(&body, element, index) }
          if elements.count > limit { body.restRow(shown: limit, of: elements.count, columns: columns.count) }
        }
      }
    }
  }

  private mutating func restRow(shown: Int, of count: Int, columns: Int) {
    block("tr", ["class": "rest"]) { row in
      row.element(
        "td", ["colspan": String(columns)],
        text:
          "Showing \(grouped(shown)) of \(grouped(count)); \(grouped(count - shown)) more are in report.json."
      )
    }
  }

  /// One line of a list of facts; left out when there is no value.
  mutating func fact(_ name: String, _ value: String?, isCode: Bool = false) {
    guard let value else { return }
    fact(name) { isCode ? $0.path(value) : $0.text(value) }
  }

  mutating func fact(_ name: String, _ body: (inout HTMLWriter) -> Void) {
    block("div") { pair in
      pair.element("dt", text: name)
      pair.element("dd") { body(&$0) }
    }
  }

  /// Expected above actual, so that two digests can be compared by eye.
  mutating func comparison(expected: String?, actual: String?) {
    guard expected != nil || actual != nil else { return }
    block("dl", ["class": "comparison"]) { list in
      list.values("Expected", expected)
      list.values("Actual", actual)
    }
  }

  /// Values of several registers stand below one another.
  private mutating func values(_ name: String, _ text: String?) {
    guard let text else { return }
    let mark = ", PCR "
    let lines = text.split(separator: mark).enumerated().map {
      $0.offset == 0 ? String($0.element) : "PCR \($0.element)"
    }
    guard lines.count > 1 else { return fact(name, text, isCode: true) }
    block("div") { pair in
      pair.element("dt", text: name)
      pair.block("dd") { value in
        for line in lines { value.element("div") { $0.path(line) } }
      }
    }
  }
}
