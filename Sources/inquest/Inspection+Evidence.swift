import BootStory
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import Examination
import IMALog
import PublicKeys
import Replay
import Reports
import TCGEventLog
import TPMStructures

/// One recognised file as a tree for a person, and whether it is evidence that was read whole.
///
/// Of a measurement list at most `recordLimit` records are shown. `measured` are files that events may name by their digest.
func inspect(_ file: EvidenceFile, recordLimit: Int, measured: MeasuredFiles) -> (Inspection, isWhole: Bool) {
  var problems: [String] = []
  var isWhole = true
  let content: InspectionValue
  switch file.content {
  case .attestation(let attestation): content = tree(attestation)
  case .malformedAttestation(let error):
    content = .none
    problems = [error.description]
    isWhole = false
  case .signature(let signature): content = tree(signature)
  case .registerFile(let registers): content = tree(registers)
  case .registerListing(let listing):
    content = tree(listing.values)
    problems = listing.problems.map(\.description)
    isWhole = listing.problems.isEmpty
  case .publicArea(let area): content = tree(area)
  case .certificates(let certificates, let keys): content = tree(certificates, keys)
  case .nonce(let bytes): content = ["nonce": .hex(bytes)]
  case .eventLog(let log):
    content = tree(log, file: file.path, measured: measured)
    problems = log.problems.map(\.description)
    isWhole = log.problems.isEmpty
  case .measurementTable(let table):
    content = tree(table.value)
    problems = table.problems.map(\.description)
    isWhole = table.problems.isEmpty
  case .tdxQuote(let quote):
    content = tree(quote.value)
    problems = quote.problems.map(\.description)
    isWhole = quote.problems.isEmpty
  case .measurementList(let list):
    content = tree(list.value, recordLimit: recordLimit)
    problems = list.problems.map(\.description)
    isWhole = list.problems.isEmpty
  case .integrityReport(let carried):
    content = tree(carried, list: carried.list.map { tree($0.value, recordLimit: recordLimit) })
    problems = carried.problems.map(\.description)
    isWhole = carried.problems.isEmpty
  case .containerInventory(let inventory):
    content = tree(inventory.value)
    problems = inventory.problems.map(\.description)
    isWhole = inventory.problems.isEmpty
  case .conciseManifest(let manifest):
    content = tree(manifest.value)
    problems = manifest.problems.map(\.description)
    isWhole = manifest.problems.isEmpty
  case .softwareTag(let bytes):
    (content, problems) = inspectSoftwareTag(bytes, file: file.path)
    isWhole = problems.isEmpty
  case .refused(let reason):
    content = .none
    problems = ["refused: \(reason)"]
    isWhole = false
  case .description(let bytes): content = ["text": .text(escapedText(bytes))]
  case .empty:
    content = .none
    problems = ["the file is empty"]
    isWhole = false
  case .archive:
    content = ["members": file.packing?.memberCount.map { .number($0) } ?? .none]
    if file.packing?.memberCount == nil {
      problems = ["archives of this kind are not opened"]
      isWhole = false
    }
  case .document(let document):
    content = ["parts": .list(document.parts.map { .text($0.name) })]
    problems = document.problems.map(\.description)
    isWhole = document.problems.isEmpty
  case .unrecognised, .unreadable:
    content = .none
    problems = ["not recognised as evidence"]
    isWhole = false
  }
  var summary: [InspectionValue.Field] = [
    .init("size", .number(file.size)), .init("sha256", file.sha256.map { .hex($0) } ?? .none),
  ]
  if let packing = file.packing {
    summary.append(.init("packing", .text(packing.kind)))
    problems += packing.problems.map { ($0.isRefusal ? "refused: " : "not unpacked whole: ") + $0.text }
    isWhole = isWhole && packing.problems.isEmpty
  }
  let fields: InspectionValue
  if case .fields(let own) = content { fields = .fields(summary + own) } else { fields = .fields(summary) }
  return (Inspection(file: file.path, kind: file.content.kind, content: fields, problems: problems), isWhole)
}

// MARK: TPM structures

private func tree(_ attestation: Attestation) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("magic", .text("0x" + String(attestation.magic, radix: 16))),
    .init("generatedByTPM", .bool(attestation.isGeneratedByTPM)),
    .init("type", .text(attestation.attested.kind)),
    .init("qualifiedSigner", .hex(attestation.qualifiedSigner)),
    .init("extraData", .hex(attestation.nonce)),
    .init("clock", .number(attestation.clock.clock)),
    .init("resetCount", .number(attestation.clock.resetCount)),
    .init("restartCount", .number(attestation.clock.restartCount)),
    .init("safe", .bool(attestation.clock.isSafe)),
    .init("firmwareVersion", .text("0x" + String(attestation.firmwareVersion, radix: 16))),
  ]
  switch attestation.attested {
  case .quote(let information):
    fields.append(.init("pcrSelect", tree(information.selection)))
    fields.append(.init("pcrDigest", .hex(information.digest)))
    fields += meanings(information.selection)
  case .certify(let name, let qualifiedName):
    fields.append(.init("name", .hex(name)))
    fields.append(.init("qualifiedName", .hex(qualifiedName)))
  case .time, .nv: break
  case .other(let type): fields.append(.init("rawType", .text("0x" + String(type, radix: 16))))
  }
  return .fields(fields)
}

private func tree(_ selection: RegisterSelection) -> InspectionValue {
  .list(
    selection.banks.map { bank in
      ["hash": .text(algorithmName(bank.rawAlgorithm)), "registers": .list(bank.registers.map { .number($0) })]
    })
}

private func schemeName(_ raw: UInt16) -> String {
  SignatureScheme(rawValue: raw)?.name ?? (raw == 0x0010 ? "null" : "0x" + String(raw, radix: 16))
}

func algorithmName(_ raw: UInt16) -> String {
  HashAlgorithm(rawValue: raw)?.name ?? "0x" + String(raw, radix: 16)
}

private func tree(_ signature: Signature) -> InspectionValue {
  switch signature {
  case .rsassa(let hash, let bytes):
    ["sigAlg": "rsassa", "hash": .text(algorithmName(hash)), "signature": .hex(bytes)]
  case .rsapss(let hash, let bytes):
    ["sigAlg": "rsapss", "hash": .text(algorithmName(hash)), "signature": .hex(bytes)]
  case .ecdsa(let hash, let r, let s):
    ["sigAlg": "ecdsa", "hash": .text(algorithmName(hash)), "signatureR": .hex(r), "signatureS": .hex(s)]
  case .unsupported(let scheme): ["sigAlg": .text("0x" + String(scheme, radix: 16))]
  case .bare(let bytes): ["signature": .hex(bytes)]
  }
}

private func tree(_ registers: RegisterFile) -> InspectionValue {
  .fields(
    [
      .init("pcrSelect", tree(registers.selection)), .init("values", .fields(fields(registers.registerValues))),
    ] + meanings(registers.registerValues))
}

private func tree(_ values: RegisterValues) -> InspectionValue { .fields(fields(values) + meanings(values)) }

private func fields(_ values: RegisterValues) -> [InspectionValue.Field] {
  values.banks.map { bank in
    .init(
      bank.name,
      .fields(values.registers(of: bank).map { .init("\($0)", values[bank, $0].map { .hex($0) } ?? .none) }))
  }
}

private func tree(_ area: PublicArea) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("nameAlg", .text(algorithmName(area.rawNameAlgorithm))),
    .init("objectAttributes", .text("0x" + String(area.attributes.rawValue, radix: 16))),
    .init("attributes", .list(area.attributes.names.map { .text($0) })),
    .init("scheme", .text(schemeName(area.scheme))),
    .init("schemeHash", area.schemeHash.map { .text(algorithmName($0)) } ?? .none),
  ]
  switch area.unique {
  case .rsa(let modulus, let exponent):
    fields += [
      .init("type", "rsa"), .init("bits", .number(modulus.count * 8)), .init("exponent", .number(exponent)),
      .init("modulus", .hex(modulus)),
    ]
  case .point(let curve, let x, let y):
    fields += [.init("type", "ecc"), .init("curve", .number(curve)), .init("x", .hex(x)), .init("y", .hex(y))]
  }
  return .fields(fields)
}

private func tree(_ certificates: [Certificate], _ keys: [PublicKey]) -> InspectionValue {
  [
    "certificates": .list(
      certificates.map { certificate in
        [
          "subject": .text(certificate.subject), "issuer": .text(certificate.issuer),
          "notBefore": .text(timeText(certificate.notBefore)), "notAfter": .text(timeText(certificate.notAfter)),
          "key": .text(certificate.key.algorithm), "allowsAttestation": .bool(certificate.allowsAttestation),
        ]
      }),
    "publicKeys": .list(
      keys.map { ["algorithm": .text($0.algorithm), "subjectPublicKeyInfo": .hex($0.subjectPublicKeyInfo)] }),
  ]
}

private func tree(_ table: MeasurementTable) -> InspectionValue {
  [
    "technology": .text(table.technologyName), "logAreaSize": .number(table.logAreaByteCount),
    "logAreaAddress": .text("0x" + String(table.logAreaAddress, radix: 16)),
    "manufacturer": .text(escapedText(table.manufacturer)), "hasValidChecksum": .bool(table.hasValidChecksum),
  ]
}

private func tree(_ quote: TDXQuote) -> InspectionValue {
  .fields(
    [
      .init("version", .number(quote.version)),
      .init("signature", "not verified: neither the attestation key's nor the chain of Intel's certificates"),
      .init("MRTD", .hex(quote.mrtd)),
    ] + quote.runtimeRegisters.enumerated().map { .init("RTMR\($0.offset)", .hex($0.element)) }
      + [.init("reportData", .hex(quote.reportData))])
}

// MARK: Logs

private func tree(_ parsed: Parsed<EventLog>, file: String, measured: MeasuredFiles) -> InspectionValue {
  let log = parsed.value
  let checks = checkEventDigests(log, known: measured.content)
  var fields: [InspectionValue.Field] = [
    .init("overview", overview(log, BootStory(log, checks: checks), problems: parsed.problems)),
    .init("format", .text(log.layoutName)),
    .init("banks", .list(log.banks.map { .text($0.name) })),
  ]
  if let specification = log.specification { fields.append(.init("specification", tree(specification))) }
  let stages = log.bootStages
  fields.append(
    .init(
      "labels",
      .text(
        "each event's binding says how far its digests cover its data; no digest covers the type of an event, so that is a claim"
      )))
  fields.append(
    .init(
      "events",
      .list(
        zip(log.events, checks).map {
          tree($0, $1, of: log, stage: stages[$0.index], file: file)
        }))
  )
  let quotes = log.trustPoints.prefix(16)
  if !quotes.isEmpty {
    let replay = EventLogReplay(log)
    fields.append(
      .init("quotesOfWindows", .list(quotes.map { tree(TrustPointCheck($0, in: replay, file: file)) })))
  }
  return .fields(fields)
}

/// The register that a record names, in the words of what the log extends.
private func register(of event: Event, in log: EventLog) -> InspectionValue.Field {
  if let index = event.canonical?.nvIndex {
    let handle = index.handle.map { "0x" + String($0, radix: 16) }
    let name = index.name.map { escapedText($0.utf8) }
    return .init("nvIndex", .text([handle, name].compactMap { $0 }.joined(separator: " ")))
  }
  switch (log.registerFamily, event.registerIndex) {
  case (.rtmr, 0): return .init("register", .text("MRTD"))
  case (.rtmr, 1...4): return .init("register", .text("RTMR\(event.registerIndex - 1)"))
  default: return .init("pcr", .number(event.registerIndex))
  }
}

private func tree(
  _ event: Event, _ check: EventDigestCheck, of log: EventLog, stage: BootStage, file: String
) -> InspectionValue {
  let number: [InspectionValue.Field] = event.canonical?.number.map { [.init("recnum", .number($0))] } ?? []
  let fields: [InspectionValue.Field] =
    [
      .init("record", .number(event.index)), .init("offset", .number(event.offset)),
    ] + number + [
      register(of: event, in: log), .init("type", .text(event.typeName)),
      .init("stage", .text(stage.rawValue)), .init("binding", .text(check.binding.rawValue)),
      .init("rule", .text(check.derivation)),
      .init(
        "digests",
        .fields(event.digests.map { .init(algorithmName($0.rawAlgorithm), .hex($0.bytes)) })),
      .init("size", .number(event.data.count)),
    ]
  return .fields(fields + tree(event.content(file: file), of: event))
}
