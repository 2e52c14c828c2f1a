import ByteReading
import ConciseManifests
import Digests
import ReferenceManifests
import Reports

/// A concise manifest as a tree for a person. That its signature is shown says nothing of whether it holds: 'references build'
/// verifies it with given keys.
func tree(_ manifest: ConciseManifest) -> InspectionValue {
  [
    "form": .text(manifest.form.rawValue), "signature": manifest.signed.map { tree($0) } ?? .text("none"),
    "identifier": .text(manifest.identifier), "profile": text(manifest.profile),
    "notBefore": time(manifest.notBefore), "notAfter": time(manifest.notAfter),
    "entities": .list(manifest.entities.map(tree)),
    "dependentManifests": .list(manifest.dependentManifests.map { .text($0) }),
    "modules": .list(manifest.modules.map(tree)), "softwareTags": .list(manifest.softwareTags.map(tree)),
    "otherTags": .list(manifest.otherTags.map { .number($0) }),
  ]
}

/// None where the document says nothing.
private func text(_ text: String) -> InspectionValue { text.isEmpty ? .none : .text(text) }
private func number(_ number: UInt64?) -> InspectionValue { number.map { .number($0) } ?? .none }
private func time(_ seconds: Int64?) -> InspectionValue {
  seconds.map { seconds in rfc3339Text(secondsSince1970: seconds).map { .text($0) } ?? .number(seconds) } ?? .none
}

/// Only the fields that have a value: of most claims a measurement has none.
private func present(_ fields: [(String, InspectionValue)]) -> InspectionValue {
  .fields(
    fields.filter { field in
      switch field.1 {
      case .none: false
      case .list(let values): !values.isEmpty
      case .fields(let fields): !fields.isEmpty
      default: true
      }
    }.map { .init($0.0, $0.1) })
}

private func tree(_ message: COSESignedMessage) -> InspectionValue {
  present([
    ("algorithm", message.algorithm.map { .number($0) } ?? .text("not signed")),
    ("contentType", text(message.contentType)),
    ("key", message.keyIdentifier.isEmpty ? .none : .hex(message.keyIdentifier)),
    ("signer", text(message.signerName)), ("certificates", .number(message.certificates.count)),
    ("critical", .list(message.criticalLabels.map { .text($0) })), ("signature", .hex(message.signature)),
  ])
}

private func tree(_ entity: ConciseEntity) -> InspectionValue {
  present([
    ("name", text(entity.name)), ("registrationID", text(entity.registrationID)),
    ("roles", .list(entity.roles.map { .text($0) })),
  ])
}

private func tree(_ digest: ConciseDigest) -> InspectionValue {
  ["algorithm": .text(digest.algorithmName), "value": .hex(digest.bytes)]
}

private func tree(_ module: ConciseModule) -> InspectionValue {
  present([
    ("identifier", .text(module.identifier)), ("version", number(module.version)),
    ("entities", .list(module.entities.map(tree))), ("references", .list(module.references.map(tree))),
    ("endorsements", .list(module.endorsements.map(tree))),
    ("otherTriples", .fields(module.otherTriples.map { .init($0.name, .number($0.count)) })),
  ])
}

private func tree(_ triple: ConciseModule.Triple) -> InspectionValue {
  let environment = triple.environment
  return [
    "environment": present([
      ("class", text(environment.classIdentifier)), ("vendor", text(environment.vendor)),
      ("model", text(environment.model)), ("layer", number(environment.layer)), ("index", number(environment.index)),
      ("instance", text(environment.instance)), ("group", text(environment.group)),
    ]),
    "measurements": .list(triple.measurements.map(tree)),
  ]
}

private func tree(_ measurement: ConciseModule.Measurement) -> InspectionValue {
  let key: InspectionValue =
    switch measurement.key {
    case .number(let key): .number(key)
    case .text(let key), .identifier(let key): .text(key)
    case nil: .none
    }
  return present([
    ("key", key), ("name", text(measurement.name)), ("version", text(measurement.version)),
    (
      measurement.isMinimumSecurityVersion ? "minimumSecurityVersion" : "securityVersion",
      number(measurement.securityVersion)
    ),
    ("digests", .list(measurement.digests.map(tree))), ("rawValue", measurement.rawValue.map { .hex($0) } ?? .none),
    ("rawValueMask", measurement.rawValueMask.map { .hex($0) } ?? .none),
    ("serialNumber", text(measurement.serialNumber)),
    (
      "integrityRegisters",
      .list(
        measurement.registers.map { register in
          ["register": .text(register.name), "digests": .list(register.digests.map(tree))]
        })
    ), ("otherClaims", .list(measurement.otherClaims.map { .number($0) })),
  ])
}

private func tree(_ tag: ConciseSoftwareTag) -> InspectionValue {
  present([
    ("identifier", .text(tag.identifier)), ("name", .text(tag.softwareName)), ("version", text(tag.softwareVersion)),
    ("tagVersion", number(tag.version)), ("isPatch", .bool(tag.isPatch)), ("isSupplemental", .bool(tag.isSupplemental)),
    ("entities", .list(tag.entities.map(tree))), ("payload", .list(tag.payload.map(tree))),
    ("evidence", .list(tag.evidence.map(tree))),
  ])
}

private func tree(_ file: ConciseSoftwareTag.File) -> InspectionValue {
  present([
    ("path", .text(file.path)), ("size", number(file.byteCount)), ("version", text(file.version)),
    ("digests", .list(file.digests.map(tree))),
  ])
}
