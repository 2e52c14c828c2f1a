import Appraisal

// What ran, for the structured reports: owners, explanations of lists that do not replay, signatures, buffers.

extension AttestationResult.Boot {
  func writeWhatRan(to boot: inout some StructureWriter) {
    boot.objects("owners", of: "owner", owners) { $1.write(to: &$0) }
    boot.objects("explanations", of: "explanation", explanations) { $1.write(to: &$0) }
    if let signatures {
      boot.object("signatures") { signatures.write(to: &$0) }
    } else {
      boot.absent("signatures")
    }
    boot.objects("buffers", of: "buffer", buffers) { $1.write(to: &$0) }
    boot.objects("images", of: "image", images) { $1.write(to: &$0) }
  }
}

extension AttestationResult.Owner {
  fileprivate func write(to owner: inout some StructureWriter) {
    owner.value("kind", kind.rawValue)
    owner.value("identifier", identifier)
    owner.value("name", name)
    owner.value("image", image)
    owner.value("pod", pod)
    owner.value("verdict", verdict.rawValue)
    owner.value("verdictNow", verdictNow.rawValue)
    owner.value("records", records)
    owner.value("firstRecord", firstRecord)
    owner.value("lastRecord", lastRecord)
    owner.value("badRecordCount", badRecordCount)
    owner.numbers("badRecords", badRecords)
    owner.sentences("reasons", of: "reason", reasons)
    owner.objects("counts", of: "count", counts) { $1.write(to: &$0) }
    owner.objects("attributions", of: "attribution", attributions) { written, attribution in
      written.value("strategy", attribution.strategy)
      written.value("certainty", attribution.certainty.rawValue)
      written.value("records", attribution.records)
    }
  }
}

extension AttestationResult.ListExplanation {
  fileprivate func write(to explanation: inout some StructureWriter) {
    explanation.value("file", file)
    explanation.sentences("quotes", of: "quote", quotes)
    explanation.records("interval", interval)
    explanation.sentence("intervalReason", intervalReason)
    explanation.sentence("conclusion", conclusion)
    explanation.objects("hypotheses", of: "hypothesis", hypotheses) { written, hypothesis in
      written.value("name", hypothesis.name)
      written.value("outcome", hypothesis.outcome.rawValue)
      written.value("candidates", hypothesis.candidates)
      written.sentence("message", hypothesis.message)
    }
  }
}

extension AttestationResult.FileSignatures {
  fileprivate func write(to signatures: inout some StructureWriter) {
    signatures.value("unsignedRecords", unsignedRecords)
    signatures.objects("counts", of: "count", counts) { written, count in
      written.value("outcome", count.outcome.rawValue)
      written.value("records", count.records)
    }
    signatures.objects("keys", of: "key", keys) { written, key in
      written.value("identifier", key.identifier)
      written.value("algorithm", key.algorithm)
      written.value("subject", key.subject)
      written.value("source", key.source)
      written.value("isGiven", key.isGiven)
      written.value("records", key.records)
    }
    signatures.objects("faults", of: "fault", faults) { written, fault in
      written.value("record", fault.record)
      written.value("path", fault.path)
      written.value("outcome", fault.outcome.rawValue)
      written.sentence("message", fault.message)
    }
  }
}

extension AttestationResult.Buffer {
  fileprivate func write(to buffer: inout some StructureWriter) {
    buffer.value("record", record)
    buffer.value("kind", kind)
    buffer.value("name", name)
    buffer.objects("fields", of: "field", fields) { written, field in
      written.value("name", field.name)
      written.sentence("value", field.value)
    }
  }
}
