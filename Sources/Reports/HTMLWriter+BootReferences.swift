import Appraisal
import ByteReading
import Digests

extension HTMLWriter {
  private static let eventLimit = 50

  /// The proven event log beside manifests and baselines.
  mutating func bootReferences(_ references: [AttestationResult.BootReference]) {
    guard !references.isEmpty else { return }
    block("h4", text: "What booted, beside references")
    table(
      "References that fit", columns: ["Reference", "Same", "May differ", "Not in it", "In it only"],
      of: references
    ) { body, reference, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { cell in
          cell.path(reference.name)
          cell.block("p", ["class": "quiet"], text: reference.words)
        }
        row.element("td", ["class": "number"], text: grouped(reference.known))
        row.element("td", ["class": "number"], text: grouped(reference.varying))
        row.element("td") { cell in
          if reference.registers.isEmpty { cell.events(reference.unknown) } else { cell.registers(reference.differing) }
        }
        row.element("td") { $0.events(reference.missing) }
      }
    }
  }

  private mutating func registers(_ registers: [AttestationResult.BootReference.Register]) {
    guard !registers.isEmpty else { return text("none") }
    block("ul") { list in
      for register in registers {
        list.element(
          "li", text: "PCR \(register.index) (\(register.bank.name)), quoted as \(hexText(register.observed))")
      }
    }
  }

  private mutating func events(_ events: [AttestationResult.BootReference.Event]) {
    guard !events.isEmpty else { return text("none") }
    block("ul") { list in
      for event in events.prefix(Self.eventLimit) {
        list.element("li", text: "event \(grouped(event.index)), PCR \(event.register), \(event.type)")
      }
      let more = events.count - Self.eventLimit
      if more > 0 { list.element("li", text: "\(grouped(more)) more") }
    }
  }
}

extension AttestationResult.BootReference {
  /// Who says it of what.
  fileprivate var words: String {
    let claim = platform.isEmpty ? "" : ", for \(platform)"
    if scope == .baseline { return "baseline: a boot that was called good, PCR 0 to 14 but 10, bank \(bank.name)" }
    let vouching = isSigned ? "signed by \(signers.joined(separator: ", "))" : "not signed by a given key"
    if scope == .registers {
      let names = Set(registers.map(\.index)).sorted().map(String.init).joined(separator: ", ")
      return "register values\(claim), \(vouching), PCR \(names)"
    }
    return "manufacturer’s manifest\(claim), \(vouching), PCR 0 to 3 and 6, bank \(bank.name)"
  }
}
