import ByteReading
import Digests
import ReferenceManifests
import Reports

/// A SWID tag as a tree for a person, with what is wrong with it. That a signature stands in it says nothing of whether it
/// holds: 'references build' verifies it with given keys.
func inspectSoftwareTag(_ bytes: [UInt8], file: String) -> (content: InspectionValue, problems: [String]) {
  guard let tag = BaseRIM.parse(bytes, file: file) else {
    return (.none, ["the tag cannot be read"])
  }
  return (tree(tag.value), tag.problems.map(\.description))
}

private func text(_ text: String) -> InspectionValue { text.isEmpty ? .none : .text(text) }

private func tree(_ tag: BaseRIM) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("name", text(tag.name)), .init("version", text(tag.version)), .init("tagId", text(tag.tagID)),
    .init("tagVersion", tag.tagVersion.map { .number($0) } ?? .none), .init("form", .text(tag.form.rawValue)),
    .init("entities", .list(tag.entities.map(tree))),
  ]
  for (name, value) in [
    ("bindingSpecification", tag.bindingSpecification), ("platformManufacturer", tag.platformManufacturer),
    ("platformModel", tag.platformModel), ("firmwareManufacturer", tag.firmwareManufacturer),
    ("firmwareVersion", tag.firmwareVersion), ("linkedManifest", tag.linkHash),
  ] where !value.isEmpty {
    fields.append(.init(name, .text(value)))
  }
  fields.append(.init("payload", .list(tag.files.map(tree))))
  fields.append(
    .init(
      "signature",
      .text(tag.isSigned ? "in the tag, not verified here: 'references build' tries the keys that it is given" : "none")
    )
  )
  if !tag.signingKeyName.isEmpty { fields.append(.init("signatureKeyName", .text(tag.signingKeyName))) }
  return .fields(fields)
}

private func tree(_ entity: BaseRIM.Entity) -> InspectionValue {
  [
    "name": text(entity.name), "registrationID": text(entity.registrationID),
    "roles": .list(entity.roles.map { .text($0) }),
  ]
}

private func tree(_ file: BaseRIM.SupportFile) -> InspectionValue {
  [
    "path": .text(file.path), "size": file.byteCount.map { .number($0) } ?? .none,
    "digests": .fields(file.digests.map { .init($0.algorithm.name, .hex($0.bytes)) }),
  ]
}
