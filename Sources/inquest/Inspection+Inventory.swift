import ByteReading
import ContainerInventory
import EvidenceIntake
import IntegrityReports
import Reports

/// An inventory as a tree for a person.
func tree(_ inventory: ContainerInventory) -> InspectionValue {
  [
    "containers": .list(inventory.containers.map(tree)),
    "pods": .list(inventory.pods.map(tree)),
    "images": .list(inventory.images.map(tree)),
    "hostDevices": .list(inventory.hostDevices.map { .text("\($0)") }),
  ]
}

private func text(_ text: String?) -> InspectionValue { text.map { .text(escapedText($0.utf8)) } ?? .none }
private func texts(_ list: [String]) -> InspectionValue { .list(list.map { text($0) }) }

private func tree(_ container: Container) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("identifier", text(container.identifier)), .init("name", text(container.name)),
    .init("image", text(container.image)), .init("imageIdentifier", text(container.imageIdentifier)),
    .init("pod", text(container.pod)), .init("state", .text(container.state.rawValue)),
    .init("startedAt", text(container.startedAt)), .init("finishedAt", text(container.finishedAt)),
  ]
  if let process = container.processIdentifier { fields.append(.init("processIdentifier", .number(process))) }
  if let path = container.cgroupPath { fields.append(.init("cgroupPath", text(path))) }
  if let parent = container.cgroupParent { fields.append(.init("cgroupParent", text(parent))) }
  if !container.devices.isEmpty { fields.append(.init("devices", .list(container.devices.map { .text("\($0)") }))) }
  if let name = container.deviceMapperName { fields.append(.init("deviceMapperName", text(name))) }
  if !container.ownLayers.isEmpty { fields.append(.init("ownLayers", texts(container.ownLayers))) }
  if !container.imageLayers.isEmpty { fields.append(.init("imageLayers", texts(container.imageLayers))) }
  if let users = container.userIdentifiers {
    fields.append(.init("firstUser", .number(Int(users.first))))
    fields.append(.init("userCount", users.count.map { .number(Int($0)) } ?? .none))
  }
  if !container.namespaces.isEmpty {
    let kinds = container.namespaces.sorted { $0.key < $1.key }
    fields.append(
      .init("namespaces", .list(kinds.map { ["kind": text($0.key), "number": .text("\($0.value)")] })))
  }
  if !container.pathPrefixes.isEmpty { fields.append(.init("pathPrefixes", texts(container.pathPrefixes))) }
  return .fields(fields)
}

private func tree(_ pod: Pod) -> InspectionValue {
  [
    "identifier": text(pod.identifier), "otherIdentifiers": texts(pod.otherIdentifiers),
    "namespace": text(pod.namespace), "name": text(pod.name), "nodeName": text(pod.nodeName),
    "usesHostNetwork": pod.usesHostNetwork.map { .bool($0) } ?? .none, "sandbox": text(pod.sandbox),
  ]
}

private func tree(_ image: ContainerImage) -> InspectionValue {
  [
    "identifier": text(image.identifier), "names": texts(image.names), "layers": texts(image.layers),
    "layerFolders": texts(image.layerFolders),
  ]
}

/// An integrity report as a tree; `list` is that of the records it carries.
func tree(_ carried: CarriedEvidence, list: InspectionValue?) -> InspectionValue {
  let report = carried.report
  let registers = report.registers.sorted { $0.key < $1.key }
  var fields: [InspectionValue.Field] = [
    .init("dialect", .text(report.dialect.rawValue)), .init("identifier", text(report.identifier)),
    .init("keyName", text(report.keyName)),
    .init(
      "quotes",
      .list(
        report.quotes.map { quote in
          [
            "content": .text("TPM 1.2 quote, not verified by this version"), "fixed": text(quote.fixed),
            "compositeDigest": quote.compositeDigest.map { .hex($0) } ?? .none,
            "nonce": quote.nonce.map { .hex($0) } ?? .none,
          ]
        })),
    .init("registers", .fields(registers.map { .init("\($0.key)", .hex($0.value)) })),
    .init(
      "snapshots",
      .list(
        report.snapshots.map { snapshot in
          [
            "pcr": .number(snapshot.register), "events": .number(snapshot.eventCount),
            "start": snapshot.start.map { .hex($0) } ?? .none, "end": snapshot.end.map { .hex($0) } ?? .none,
          ]
        })),
  ]
  if let cycle = report.bootCycle { fields.append(.init("bootCycle", text(cycle))) }
  if let index = report.startIndex { fields.append(.init("startIndex", .number(index))) }
  if let inventory = carried.inventory { fields.append(.init("inventory", tree(inventory.value))) }
  if let list { fields.append(.init("list", list)) }
  return .fields(fields)
}
