import Appraisal

// File signatures and measured buffers of one boot.
extension HTMLWriter {
  private static let tableLimit = 200
  /// Fields of one buffer that are shown.
  private static let fieldLimit = 24

  mutating func signatures(_ signatures: AttestationResult.FileSignatures?) {
    guard let signatures else { return }
    block("h4", text: "File signatures")
    block("p", ["class": "prose"]) { line in
      line.text(
        signatures.counts.isEmpty
          ? "The list has a place for signatures and holds none."
          : "What became of the signatures that the list holds.")
      line.text(" \(counted(signatures.unsignedRecords, "record")) of files carry none.")
    }
    if !signatures.counts.isEmpty {
      table(
        "Signatures by outcome", columns: ["Outcome", "Records", "What it means"], of: signatures.counts,
        class: "signatures stacks"
      ) { body, count, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row"]) { $0.mark(count.outcome.mark) }
          row.element("td", ["class": "number", "data-label": "Records"], text: grouped(count.records))
          row.element("td", ["class": "quiet"], text: count.outcome.meaning)
        }
      }
    }
    signatureFaults(signatures.faults)
    let more =
      signatures.counts.filter { !$0.outcome.isVerified }.reduce(0) { $0 + $1.records } - signatures.faults.count
    if more > 0 {
      block(
        "p", ["class": "quiet"], text: "\(counted(more, "more record")) with such a signature: see measurements.jsonl.")
    }
    signingKeys(signatures.keys)
  }

  private mutating func signatureFaults(_ faults: [AttestationResult.FileSignatures.Fault]) {
    guard !faults.isEmpty else { return }
    table(
      "Signatures that did not verify", columns: ["Record", "File", "Outcome", "Why"], of: faults,
      class: "faults stacks", limit: Self.tableLimit
    ) { body, fault, _ in
      body.block("tr") { row in
        row.element("td", ["class": "number", "data-label": "Record"], text: grouped(fault.record))
        row.element("th", ["scope": "row"]) { $0.path(fault.path) }
        row.element("td", ["data-label": "Outcome"]) { $0.mark(fault.outcome.mark) }
        row.element("td", text: fault.message)
      }
    }
  }

  private mutating func signingKeys(_ keys: [AttestationResult.FileSignatures.SigningKey]) {
    guard !keys.isEmpty else { return }
    table(
      "Keys that files are signed with", columns: ["Key", "Subject", "From", "Records"], of: keys,
      class: "keys stacks", limit: Self.tableLimit
    ) { body, key, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { cell in
          cell.path(key.identifier)
          cell.block("p", ["class": "quiet"], text: key.algorithm)
        }
        row.element("td", ["class": "any", "data-label": "Subject"], text: key.subject ?? "not known")
        row.element("td", ["class": "any", "data-label": "From"]) { cell in
          cell.mark(
            key.isGiven
              ? Mark(symbol: "✓", word: "given", tone: .good) : Mark(symbol: "?", word: "measured only", tone: .open))
          cell.block("p", ["class": "quiet"], text: key.source)
        }
        row.element("td", ["class": "number", "data-label": "Records"], text: grouped(key.records))
      }
    }
  }

  mutating func buffers(_ buffers: [AttestationResult.Buffer]) {
    guard !buffers.isEmpty else { return }
    block("h4", text: "Measured buffers")
    guard buffers.count > 12 else { return bufferTable(buffers) }
    block("details") { details in
      details.block("summary", text: counted(buffers.count, "buffer"))
      details.bufferTable(buffers)
    }
  }

  private mutating func bufferTable(_ buffers: [AttestationResult.Buffer]) {
    table(
      "Buffers that the kernel measured, decoded", columns: ["Record", "Kind", "Content"], of: buffers,
      class: "buffers stacks", limit: Self.tableLimit
    ) { body, buffer, _ in
      body.block("tr") { row in
        row.element("td", ["class": "number", "data-label": "Record"], text: grouped(buffer.record))
        row.element("th", ["scope": "row"]) { cell in
          cell.text(buffer.kindWords)
          cell.block("p", ["class": "quiet"]) { $0.path(buffer.name) }
        }
        row.element("td", ["class": "any"]) { cell in
          guard !buffer.fields.isEmpty else { return cell.text("not decoded") }
          cell.block("dl", ["class": "comparison"]) { list in
            for field in buffer.fields.prefix(Self.fieldLimit) { list.fact(field.name, field.value, isCode: true) }
          }
          let more = buffer.fields.count - Self.fieldLimit
          if more > 0 { cell.block("p", ["class": "quiet"], text: "\(grouped(more)) more are in report.json.") }
        }
      }
    }
  }
}
