import Appraisal
import ByteReading
import ContainerInventory
import QuoteVerification

extension OwnerInventory {
  /// The inventories of one boot's captures, in the order in which the quotes of the captures prove the list.
  init(_ boot: ExaminedBoot, _ inventories: CaseInventories) {
    var proven: [String: Int] = [:]
    for entry in boot.provenByQuote {
      let folder = entry.quote.quote.file.lastIndex(of: "/").map { String(entry.quote.quote.file[..<$0]) } ?? ""
      proven[folder] = max(proven[folder] ?? 0, entry.records)
    }
    // A capture that no quote dates says nothing of the order, so it comes first.
    let taken = boot.boot.parts.compactMap { part in
      inventories.inventories(forFolder: part.capture.capture.folder).map { merged in
        (records: proven[part.capture.capture.folder], inventory: merged.inventory, isVouched: merged.isVouched)
      }
    }.enumerated().sorted { ($0.element.records ?? -1, $0.offset) < ($1.element.records ?? -1, $1.offset) }.map(
      \.element)
    self.init(
      isTaken: taken.contains { !$0.inventory.containers.isEmpty || !$0.inventory.pods.isEmpty },
      isVouched: taken.last?.isVouched ?? false)
    var places: [String: Int] = [:]
    for (records, inventory, _) in taken {
      hostDevices.formUnion(inventory.hostDevices.map(\.description))
      let pods = podsByIdentifier(inventory)
      for container in inventory.containers {
        var owner = KnownOwner(container, pods: pods)
        owner.seen = records.map { $0...$0 }
        if let place = places[owner.identifier] {
          owners[place].join(owner)
        } else {
          places[owner.identifier] = owners.count
          owners.append(owner)
        }
      }
    }
    guard let last = taken.last?.inventory else { return }
    let present = Set(last.containers.map { KnownOwner($0, pods: [:]).identifier })
    for index in owners.indices { owners[index].isPresent = present.contains(owners[index].identifier) }
  }
}

/// Pods by all their identifiers; the first one's word stays.
private func podsByIdentifier(_ inventory: ContainerInventory) -> [String: Pod] {
  let pairs = inventory.pods.flatMap { pod in ([pod.identifier] + pod.otherIdentifiers).map { ($0, pod) } }
  return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
}

extension KnownOwner {
  fileprivate init(_ container: Container, pods: [String: Pod]) {
    func shown(_ text: String) -> String { escapedText(text.utf8) }
    let name = container.name.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
    self.init(
      identifier: shown(container.identifier.isEmpty ? name ?? "?" : container.identifier), name: name.map(shown),
      image: container.image.map(shown), imageIdentifier: container.imageIdentifier.map(shown),
      pod: container.pod.map(shown), podName: container.pod.flatMap { pods[$0] }.map { shown($0.label) },
      devices: Set(container.devices.map(\.description)),
      layers: Set(container.ownLayers.map { $0.hasSuffix("-init") ? String($0.dropLast(5)) : $0 }),
      pathPrefixes: container.pathPrefixes.map { Array($0.utf8) },
      userIdentifiers: container.userIdentifiers.flatMap { range in
        let last = range.first.addingReportingOverflow((range.count ?? 65536) &- 1)
        return last.overflow ? nil : range.first...last.partialValue
      }, namespaces: Set(container.namespaces.values))
  }

  /// What a later inventory adds.
  fileprivate mutating func join(_ later: KnownOwner) {
    devices.formUnion(later.devices)
    layers.formUnion(later.layers)
    namespaces.formUnion(later.namespaces)
    for prefix in later.pathPrefixes where !pathPrefixes.contains(prefix) { pathPrefixes.append(prefix) }
    userIdentifiers = userIdentifiers ?? later.userIdentifiers
    name = name ?? later.name
    image = image ?? later.image
    imageIdentifier = imageIdentifier ?? later.imageIdentifier
    pod = pod ?? later.pod
    podName = podName ?? later.podName
    if let own = seen, let other = later.seen {
      seen = min(own.lowerBound, other.lowerBound)...max(own.upperBound, other.upperBound)
    } else {
      seen = seen ?? later.seen
    }
  }
}
