import Appraisal
import ByteReading
import Digests

// The images that firmware and boot loaders loaded, as one table.
extension HTMLWriter {
  private static let imageLimit = 200

  mutating func bootImages(_ images: [AttestationResult.BootImage]) {
    guard !images.isEmpty else { return }
    block("h4", text: "Boot images")
    block(
      "p", ["class": "prose"],
      text:
        "What firmware and boot loaders loaded, and files they read that a reference knows, by the digest that they measured. Path and type are the log’s claims; the digest is what counts."
    )
    table(
      "Images in the order of the log", columns: ["Event", "Path in the log", "Status", "Package", "Digest", "PCR"],
      of: images, class: "images stacks", limit: Self.imageLimit
    ) { body, image, _ in
      body.block("tr") { row in
        row.element("td", ["class": "number", "data-label": "Event"], text: grouped(image.record))
        row.element("th", ["scope": "row"]) { cell in
          if let path = image.path { cell.path(path) } else { cell.text("none") }
        }
        row.element("td", ["data-label": "Status"]) { cell in
          cell.mark(image.mark)
          cell.text(" " + image.reason)
        }
        row.element("td", ["data-label": "Package"]) { cell in
          guard let package = image.package else { return cell.text("–") }
          cell.text("\(package.name) \(package.version), ")
          cell.path(package.path)
          cell.text("; \(package.standing)")
          if !image.signers.isEmpty { cell.text("; image signed by \(image.signers.joined(separator: ", "))") }
        }
        row.element("td", ["data-label": "Digest"]) { cell in
          cell.element("code", text: "\(image.digest.algorithm.name):\(hexText(image.digest.bytes))")
          if image.digestOf == .file { cell.text(" of the file’s content") }
          if !image.isProven { cell.text(" no quote proves it") }
        }
        row.element("td", ["class": "number", "data-label": "PCR"], text: "\(image.register)")
      }
    }
  }
}

extension AttestationResult.BootImage {
  fileprivate var mark: Mark {
    switch status {
    case .known: Mark(symbol: "✓", word: "known", tone: isProven ? .good : .open)
    case .superseded: Mark(symbol: "!", word: "superseded", tone: .open)
    case .unknown: Mark(symbol: "?", word: "unknown", tone: .open)
    case .revoked: Mark(symbol: "✗", word: "revoked", tone: .bad)
    case .firmware: Mark(symbol: "–", word: "firmware", tone: .open)
    case .notAssessed: Mark(symbol: "–", word: "not assessed", tone: .open)
    }
  }
}
