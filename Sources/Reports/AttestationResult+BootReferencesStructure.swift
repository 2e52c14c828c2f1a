import Appraisal
import ByteReading
import Digests

// What booted beside reference event logs, for the structured reports.

extension AttestationResult.BootReference {
  func write(to reference: inout some StructureWriter) {
    reference.value("name", name)
    reference.value("scope", scope.rawValue)
    reference.value("platform", platform.isEmpty ? nil : platform)
    reference.value("isSigned", isSigned)
    reference.value("bank", bank.name)
    reference.value("known", known)
    reference.value("varying", varying)
    reference.sentences("signers", of: "signer", signers)
    reference.objects("unknown", of: "event", unknown) { $1.write(to: &$0) }
    reference.objects("missing", of: "event", missing) { $1.write(to: &$0) }
    reference.objects("registers", of: "register", registers) { $1.write(to: &$0) }
  }
}

extension AttestationResult.BootReference.Register {
  fileprivate func write(to register: inout some StructureWriter) {
    register.value("bank", bank.name)
    register.value("pcr", index)
    register.value("observed", hexText(observed))
    register.value("isReference", isReference)
    register.sentences("references", of: "reference", references.map { hexText($0) })
  }
}

extension AttestationResult.BootReference.Event {
  fileprivate func write(to event: inout some StructureWriter) {
    event.value("index", index)
    event.value("pcr", register)
    event.value("type", type)
  }
}
