import ByteReading
import IMALog
import PublicKeys
import Reports

/// A measurement list with each record in full, up to `recordLimit` of them.
func tree(_ list: MeasurementList, recordLimit: Int) -> InspectionValue {
  let shown = min(list.count, recordLimit)
  var templates: [String: Int] = [:]
  for index in 0..<list.count { templates[escapedText(list.templateName(at: index)), default: 0] += 1 }
  var fields: [InspectionValue.Field] = [
    .init("format", .text(list.format.description)), .init("recordCount", .number(list.count)),
    .init("templates", .fields(templates.sorted { $0.key < $1.key }.map { .init($0.key, .number($0.value)) })),
    .init("kernelStarts", .list(list.kernelStarts.map { .number($0) })),
    .init("beginsWithBootAggregate", .bool(list.beginsWithBootAggregate)),
  ]
  if !list.skipped.isEmpty {
    fields.append(
      .init("linesThatAreNoRecord", .list(list.skipped.map { .text("bytes \($0.lowerBound) to \($0.upperBound)") })))
  }
  fields.append(.init("records", .list((0..<shown).map { tree(list.record(at: $0), file: list.file) })))
  if shown < list.count { fields.append(.init("recordsNotShown", .number(list.count - shown))) }
  return .fields(fields)
}

private func tree(_ record: Measurement, file: String) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("record", .number(record.index)), .init("offset", .number(record.offset)),
    .init("pcr", .number(record.registerIndex)),
    .init("templateDigest", .hex(record.recordedTemplateDigest)),
    .init("template", .text(escapedText(record.templateName))),
  ]
  if record.isViolation { fields.append(.init("violation", .bool(true))) }
  if let digest = record.fileDigest { fields.append(.init("digest", .text(words(digest)))) }
  if let path = record.path { fields.append(.init("path", .text(escapedText(path)))) }
  for field in record.fields where !isShown(field, of: record) {
    fields.append(.init(field.identifier, value(of: field, in: record)))
  }
  if let attributes = record.extendedAttributes, !attributes.isEmpty {
    fields.append(
      .init("extendedAttributes", .fields(attributes.map { .init(escapedText($0.name), .hex($0.value)) })))
  }
  if let buffer = MeasuredBuffer(record, file: file) { fields.append(.init("buffer", tree(buffer))) }
  if let problem = record.fieldProblem { fields.append(.init("problem", .text(problem.description))) }
  return .fields(fields)
}

private func words(_ digest: Measurement.FileDigest) -> String {
  let type = digest.type.map { $0 + ":" } ?? ""
  return "\(type)\(escapedText(digest.algorithmName.utf8)):\(hexText(digest.bytes))"
}

/// Whether the field already stands as digest or path.
private func isShown(_ field: Measurement.Field, of record: Measurement) -> Bool {
  switch field.identifier {
  case "d", "d-ng", "d-ngv2": record.fileDigest != nil || field.bytes.isEmpty
  case "n", "n-ng": true
  default: false
  }
}

/// A field as what it is; bytes where the kernel has bytes, where a value has another form, and of unknown fields that
/// are no text.
private func value(of field: Measurement.Field, in record: Measurement) -> InspectionValue {
  switch field.identifier {
  case "iuid": record.ownerUserIdentifier.map { .number($0) } ?? bytes(field)
  case "igid": record.ownerGroupIdentifier.map { .number($0) } ?? bytes(field)
  case "imode": record.mode.map { .text("0" + String($0, radix: 8)) } ?? bytes(field)
  case "xattrlengths": record.extendedAttributeLengths.map { .list($0.map { .number($0) }) } ?? bytes(field)
  case "d-modsig": record.unsignedFileDigest.map { .text(words($0)) } ?? bytes(field)
  case "sig", "evmsig", "modsig", "buf", "xattrvalues", "d", "d-ng", "d-ngv2": bytes(field)
  default:
    isText(field.bytes)
      ? .text(escapedText(field.bytes.last == 0 ? field.bytes.dropLast() : field.bytes)) : bytes(field)
  }
}

private func bytes(_ field: Measurement.Field) -> InspectionValue { .hex(field.bytes) }

/// Printable ASCII, with a NUL at most at the end.
private func isText(_ bytes: [UInt8]) -> Bool {
  (bytes.last == 0 ? bytes.dropLast() : bytes[...]).allSatisfy { (0x20..<0x7f).contains($0) }
}

private func tree(_ buffer: MeasuredBuffer) -> InspectionValue {
  switch buffer {
  case .key(let keyring, let der):
    var fields: [InspectionValue.Field] = [
      .init("kind", "key"), .init("keyring", .text(escapedText(keyring))),
    ]
    if let certificate = Certificate(der: der) {
      fields += [.init("subject", .text(certificate.subject)), .init("issuer", .text(certificate.issuer))]
    }
    return .fields(fields)
  case .refusedHash(let text): return ["kind": "refused hash", "text": .text(escapedText(text))]
  case .refusedFile(let digest): return ["kind": "refused file", "digest": .hex(digest)]
  case .kexecCommandLine(let text): return ["kind": "kexec command line", "text": .text(escapedText(text))]
  case .kernelVersion(let text): return ["kind": "kernel version", "text": .text(escapedText(text))]
  case .selinuxState(let pairs): return ["kind": "SELinux state", "settings": tree(pairs)]
  case .selinuxPolicyHash(let bytes): return ["kind": "SELinux policy hash", "hash": .hex(bytes)]
  case .deviceMapper(let event): return tree(event)
  case .policy(let policy):
    return [
      "kind": "IMA policy", "rules": .number(policy.rules.count), "summary": .text(policy.summary),
    ]
  case .other(let bytes):
    return isText(bytes) ? ["kind": "unknown", "text": .text(escapedText(bytes))] : ["kind": "unknown"]
  case .undecodable(_, let problem): return ["kind": "undecodable", "problem": .text(problem.description)]
  }
}

private func tree(_ event: DeviceMapperEvent) -> InspectionValue {
  var fields: [InspectionValue.Field] = [.init("kind", .text(event.kind.rawValue))]
  if let version = event.version { fields.append(.init("version", .text(escapedText(version)))) }
  if !event.device.isEmpty { fields.append(.init("device", tree(event.device))) }
  if !event.inactiveDevice.isEmpty { fields.append(.init("inactiveDevice", tree(event.inactiveDevice))) }
  if !event.targets.isEmpty { fields.append(.init("targets", .list(event.targets.map(tree)))) }
  if !event.properties.isEmpty { fields.append(.init("properties", tree(event.properties))) }
  return .fields(fields)
}

private func tree(_ pairs: [MeasuredBuffer.Pair]) -> InspectionValue {
  .fields(pairs.map { .init(escapedText($0.key), .text(escapedText($0.value))) })
}
