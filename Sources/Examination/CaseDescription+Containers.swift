import ByteReading
import ContainerInventory
import Yams

/// What a description says of containers and devices. Like everything it says of the case itself, it is a claim.
extension CaseDescription {
  /// Containers and devices of the captures in and below a folder.
  struct Inventory: Equatable, Sendable {
    /// Relative to the case; empty for the case itself.
    var folder: String
    var content: ContainerInventory
  }

  /// `containers:` is a mapping from name to entry, or a list of entries with `name`.
  mutating func readContainers(_ value: Node, folder: String) {
    var found = ContainerInventory()
    if let mapping = value.mapping {
      for (name, entry) in mapping {
        guard let container = container(entry, name: name.string) else { continue }
        found.containers.append(container)
      }
    } else if let sequence = value.sequence {
      for entry in sequence {
        guard let container = container(entry, name: nil) else { continue }
        found.containers.append(container)
      }
    } else {
      problems.append("containers: a mapping from name, or a list, expected")
    }
    if !found.isEmpty { inventories.append(Inventory(folder: folder, content: found)) }
  }

  /// Devices of the host itself.
  mutating func readHostDevices(_ value: Node, folders: [String]) {
    let devices = devices(value, of: "a host")
    guard !devices.isEmpty else { return }
    for folder in folders {
      inventories.append(Inventory(folder: folder, content: ContainerInventory(hostDevices: devices)))
    }
  }

  private mutating func container(_ node: Node, name: String?) -> Container? {
    guard let entry = node.mapping else {
      problems.append("containers: each entry must be a mapping")
      return nil
    }
    var container = Container(identifier: entry["id"]?.string ?? "", source: file)
    container.name = name
    for (key, value) in entry { read(key.string ?? "", value, into: &container) }
    guard container.name != nil || !container.identifier.isEmpty else {
      problems.append("containers: an entry has neither id nor name")
      return nil
    }
    return container
  }

  private mutating func read(_ key: String, _ value: Node, into container: inout Container) {
    switch key {
    case "id":
      if value.string == nil { problems.append("containers: id: a text expected") }
    case "name": container.name = value.string ?? container.name
    case "image": container.image = value.string
    case "image-id": container.imageIdentifier = value.string
    case "pod": container.pod = value.string
    case "cgroup": container.cgroupPath = value.string
    case "started-at": container.startedAt = value.string
    case "finished-at": container.finishedAt = value.string
    case "devices": container.devices = devices(value, of: "a container")
    case "overlay": container.ownLayers = texts(value, key)
    case "image-overlay": container.imageLayers = texts(value, key)
    case "prefix": container.pathPrefixes = texts(value, key)
    case "uids":
      container.userIdentifiers = value.string.flatMap { UserIdentifierRange($0) }
      if container.userIdentifiers == nil {
        problems.append("containers: uids: a range such as 231072-296607 expected")
      }
    case "state":
      if let state = value.string.flatMap(Container.State.init) {
        container.state = state
      } else {
        problems.append("containers: state: running, exited or unknown expected")
      }
    case "namespaces":
      for (kind, number) in value.mapping ?? [:] {
        guard let kind = kind.string, let number = number.string.flatMap({ UInt64($0) }) else {
          problems.append("containers: namespaces: a number for each kind expected")
          continue
        }
        container.namespaces[kind] = number
      }
    default: problems.append("'\(escapedText(key.utf8))' is no key of a container")
    }
  }

  private mutating func devices(_ node: Node, of owner: String) -> [DeviceNumber] {
    var found: [DeviceNumber] = []
    for text in texts(node, "devices") {
      guard let device = DeviceNumber(text) else {
        problems.append("devices of \(owner): major:minor expected, '\(escapedText(text.utf8.prefix(80)))' found")
        continue
      }
      if !found.contains(device) { found.append(device) }
    }
    return found
  }

  /// One text, or a list of texts.
  private mutating func texts(_ node: Node, _ key: String) -> [String] {
    if let one = node.string { return [one] }
    guard let sequence = node.sequence else {
      problems.append("\(key): a list expected")
      return []
    }
    return sequence.compactMap(\.string)
  }
}
