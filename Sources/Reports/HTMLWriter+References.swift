import Appraisal

// The reference values that were given, and where each package comes from.
extension HTMLWriter {
  mutating func references(_ result: AttestationResult) {
    block("section", ["aria-labelledby": "references"]) { section in
      section.block("h2", ["id": "references"], text: "Reference values")
      guard !result.stores.isEmpty else {
        return section.block("p", text: "None were given, so no measured file was compared with known software.")
      }
      section.table(
        "Reference stores", columns: ["Store", "Logical digest (SHA-256)"], of: result.stores, class: "stacks"
      ) {
        body, store, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row"]) { $0.path(store.name) }
          row.element("td") { $0.path(store.digest) }
        }
      }
      section.block(
        "p", ["class": "quiet"],
        text: "The logical digest is that of the content: stores with the same digest say the same.")
      section.origins(result)
    }
  }

  private mutating func origins(_ result: AttestationResult) {
    guard !result.origins.isEmpty else { return }
    block("h3", text: "Where the packages come from")
    block("p", ["class": "prose"], text: result.standings)
    table(
      "Sources of the packages that this report names, each followed by what vouches for it",
      columns: ["Standing", "Source"], of: result.origins, class: "origins stacks", limit: HTMLReport.originLimit
    ) { body, origin, index in
      body.block("tr", ["id": String(Self.originLink(index).dropFirst())]) { row in
        row.element("th", ["scope": "row"]) { cell in
          cell.mark(origin.mark)
          if let detail = origin.detail { cell.block("p", ["class": "quiet"], text: detail) }
          if result.stores.count > 1 { cell.block("p", ["class": "quiet"], text: "store \(origin.store)") }
        }
        row.element("td") { cell in
          cell.block("ul", ["class": "chain"]) { list in
            for source in origin.sources { list.source(source) }
          }
        }
      }
    }
  }

  private mutating func source(_ source: AttestationResult.Source) {
    block("li") { item in
      item.path(source.path)
      item.block("p", ["class": "quiet"]) { line in
        line.text([source.kind, source.date].compactMap { $0 }.joined(separator: ", ") + ", SHA-256 ")
        line.path(source.sha256)
      }
      for signature in source.signatures { item.block("p", ["class": "quiet"], text: "Signature " + signature) }
    }
  }

  /// The place of an origin on the page.
  static func originLink(_ index: Int) -> String { "#origin-\(index + 1)" }
}

extension AttestationResult {
  /// How many sources are signed, in a sentence.
  fileprivate var standings: String {
    let counts = ["signed", "unsigned", "refused"].compactMap { standing -> String? in
      let count = origins.count { $0.standing == standing }
      return count == 0 ? nil : "\(grouped(count)) \(standing)"
    }
    return "\(counted(origins.count, "source")): \(counts.joined(separator: ", "))."
      + (origins.contains { $0.standing == "unsigned" }
        ? " Unsigned sources are believed because the person who ran the analysis gave them." : "")
      + (origins.contains { $0.standing == "refused" } ? " What is refused explains nothing." : "")
  }
}
