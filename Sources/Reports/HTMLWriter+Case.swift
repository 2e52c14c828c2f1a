import Appraisal

// The sections that are about the whole case.
extension HTMLWriter {
  mutating func measurements(_ measurements: AttestationResult.Measurements) {
    block("section", ["aria-labelledby": "measured"]) { section in
      section.block("h2", ["id": "measured"], text: "Measured content")
      guard !measurements.byStatus.isEmpty else {
        return section.block("p", text: "No measurement was assessed.")
      }
      section.table(
        "Measurements by status", columns: ["Status", "Number"], of: measurements.byStatus, class: "narrow"
      ) { body, line, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row"]) { cell in
            if let status = MeasurementStatus(rawValue: line.status) {
              cell.mark(status.mark)
            } else {
              cell.text(line.status)
            }
          }
          row.element("td", ["class": "number"], text: grouped(line.count))
        }
      }
      section.block(
        "p",
        text:
          "\(counted(measurements.notVerified, "measurement")) of these passed by a class or exemption of the policy only: their content was not verified."
      )
    }
  }

  mutating func inputs(_ inputs: [AttestationResult.Input]) {
    block("section", ["aria-labelledby": "inputs"]) { section in
      section.block("h2", ["id": "inputs"], text: "Inputs")
      section.block("p", text: "\(counted(inputs.count, "file")), each with the SHA-256 of all its bytes.")
      guard inputs.count > 30 else { return section.inputTable(inputs) }
      section.block("details") { details in
        details.block("summary", text: "Show the files")
        details.inputTable(inputs)
      }
    }
  }

  private mutating func inputTable(_ inputs: [AttestationResult.Input]) {
    guard !inputs.isEmpty else { return }
    table("Input files", columns: ["Path", "Kind", "Bytes", "SHA-256"], of: inputs, class: "inputs") { body, input, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { cell in
          cell.path(input.path)
          if let first = input.duplicateOf {
            cell.block("p", ["class": "quiet"]) { line in
              line.text("same bytes as ")
              line.path(first)
            }
          }
        }
        row.element("td", text: input.kind)
        row.element("td", ["class": "number"], text: grouped(input.size))
        row.element("td") { cell in
          if let digest = input.sha256 { cell.path(digest) } else { cell.text("could not be read") }
        }
      }
    }
  }

  mutating func parametersAndClaims(_ result: AttestationResult) {
    block("section", ["aria-labelledby": "given"]) { section in
      section.block("h2", ["id": "given"], text: "Parameters and claims")
      section.block("h3", text: "Given from outside the case")
      if result.parameters.isEmpty {
        section.block(
          "p", text: "Nothing: no trust anchor, no key, no nonce and no policy. Such an analysis cannot end as trusted."
        )
      } else {
        section.table("Parameters that decide trust", columns: ["Parameter", "Value"], of: result.parameters) {
          body, parameter, _ in
          body.block("tr") { row in
            row.element("th", ["scope": "row"]) { $0.element("code", text: parameter.name) }
            row.element("td", ["class": "any"], text: parameter.value)
          }
        }
      }
      section.block("h3", text: "What the case says of itself")
      section.block(
        "p", text: "Claims, not proof: whoever made the case wrote them. They name things and decide nothing.")
      guard !result.claims.isEmpty else { return }
      section.table("Claims", columns: ["About", "Claim", "Said in"], of: result.claims) { body, claim, _ in
        body.block("tr") { row in
          row.element("th", ["scope": "row", "class": "any"], text: claim.subject)
          row.element("td", ["class": "any"], text: claim.value)
          row.element("td") { $0.path(claim.file) }
        }
      }
    }
  }

  mutating func limits(_ limits: [String]) {
    block("section", ["aria-labelledby": "limits"]) { section in
      section.block("h2", ["id": "limits"], text: "Limits of this evidence")
      section.block(
        "p", ["class": "prose"], text: "Whatever the verdict, evidence of this kind cannot show everything.")
      section.block("ul", ["class": "prose"]) { list in
        for limit in limits { list.block("li", text: limit) }
        list.block(
          "li",
          text:
            "The SHA-256 values above show that files are unchanged since this analysis, not since they were collected."
        )
      }
    }
  }

  mutating func howToRead() {
    block("section", ["aria-labelledby": "reading"]) { section in
      section.block("h2", ["id": "reading"], text: "How to read this report")
      section.block("dl", ["class": "prose glossary"]) { list in
        for (word, meaning) in glossary { list.fact(word, meaning) }
        for verdict in [Verdict.trusted, .untrusted, .inconclusive] {
          list.fact(verdict.mark.symbol + " " + verdict.mark.word, verdict.meaning)
        }
      }
    }
  }
}

private let glossary: [(String, String)] = [
  (
    "TPM",
    "A chip, or its equivalent in firmware, that holds registers and keys which the software of the machine cannot alter at will."
  ),
  (
    "PCR",
    "A Platform Configuration Register of the TPM. It can only be extended: its new value is the hash of its old value and what is added, so it stands for a whole sequence in its order. A bank is the set of registers of one hash algorithm."
  ),
  (
    "Quote",
    "A statement signed inside the TPM: these registers had these values (as one digest), at this clock, answering this nonce."
  ),
  (
    "Nonce",
    "A number chosen by whoever asked for the quote. Only if it was fresh and is known from elsewhere does it show that the quote is not an older one."
  ),
  (
    "Log",
    "The list of what was extended: the boot event log of the firmware and boot loader, and the IMA list of the files that the Linux kernel measured. Anyone could have written a log; only a quote proves it."
  ),
  (
    "Replay",
    "Extending all records of a log anew, by calculation. When the result is the quoted value, the log is what the TPM saw."
  ),
  (
    "Prefix",
    "The first records of a log. Logs grow after a quote, so a quote usually proves a prefix; records after it are present, not proven."
  ),
  (
    "Bracket",
    "The records between the prefixes of two quotes: they were measured after the first and before the second."
  ),
  (
    "Record",
    "One entry of a log. Record numbers are indexes and start at 0; “proves 519 records” means records 0 to 518."
  ),
  (
    "Reset count",
    "How often the TPM was reset. Quotes with the same count are of one boot; the restart count tells resumes from sleep within it."
  ),
  (
    "Since boot and now",
    "What was measured stays measured: a bad file that was restored or removed still counts since boot, and no longer now. Now is the moment of the last capture."
  ),
  (
    "Owner",
    "Whose measurement a record is: the host’s, a container’s or a pod’s. It is certain where the kernel wrote it into the record, probable where only this owner fits, possible where others fit as well."
  ),
  ("Undetermined", "Something that is needed for the check is absent. It never counts as passed."),
]
