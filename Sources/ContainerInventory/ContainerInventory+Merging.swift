import ByteReading

extension ContainerInventory {
  /// Several inventories of one host as one. Where they contradict each other, the first one's word stays and the
  /// contradiction is a problem.
  ///
  /// Containers are the same when one identifier is the other or its beginning (at least 12 digits). One that could be
  /// several is left alone. Those without an identifier are the same when their names are.
  public static func merged(_ inventories: [ContainerInventory]) -> (value: ContainerInventory, problems: [String]) {
    var merging = Merging()
    let all = inventories.flatMap(\.containers)
    // Whole identifiers first, so that a short one finds every candidate.
    for container in all where isFullIdentifier(container.identifier) { merging.add(container) }
    for container in all where !isFullIdentifier(container.identifier) && !container.identifier.isEmpty {
      merging.add(container)
    }
    for container in all where container.identifier.isEmpty { merging.addByName(container) }
    for pod in inventories.flatMap(\.pods) { merging.add(pod) }
    for image in inventories.flatMap(\.images) { merging.add(image) }
    var result = merging.inventory
    result.hostDevices = Array(Set(inventories.flatMap(\.hostDevices))).sorted()
    result.containers.sort { ($0.identifier, $0.name ?? "") < ($1.identifier, $1.name ?? "") }
    result.pods.sort { $0.identifier < $1.identifier }
    result.images.sort { $0.identifier < $1.identifier }
    return (result, merging.problems + result.deviceProblems())
  }

  /// Devices that more than one owner has.
  private func deviceProblems() -> [String] {
    var owners: [DeviceNumber: [String]] = [:]
    for device in hostDevices { owners[device, default: []].append("the host") }
    for container in containers {
      for device in container.devices { owners[device, default: []].append("container \(shown(container.label))") }
    }
    return owners.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { device, names in
      "device \(device) belongs to \(names.joined(separator: " and ")): its records cannot be told apart"
    }
  }
}

/// Whether two identifiers can be of one container.
func isSameContainer(_ one: String, _ other: String) -> Bool {
  if one == other { return true }
  let (short, long) = one.utf8.count < other.utf8.count ? (one, other) : (other, one)
  return short.utf8.count >= ContainerInventory.shortIdentifierLength && short.utf8.allSatisfy { isHexDigit($0) }
    && long.hasPrefix(short)
}

private func shown(_ text: String) -> String { escapedText(text.utf8) }

private struct Merging {
  var inventory = ContainerInventory()
  var problems: [String] = []
  private var places: [String: Int] = [:]
  /// By the first 12 digits, so that many containers do not cost their square.
  private var byBeginning: [String: [Int]] = [:]
  /// Identifiers are random, so that no two begin alike. Where more than so many do, all of them are candidates.
  private static let likenessLimit = 16
  private var podPlaces: [String: Int] = [:]
  private var imagePlaces: [String: Int] = [:]

  mutating func add(_ container: Container) {
    let identifier = container.identifier
    if let place = places[identifier] { return join(container, at: place) }
    let beginning = String(identifier.prefix(ContainerInventory.shortIdentifierLength))
    // Two whole identifiers are never one container, however they begin.
    if !isFullIdentifier(identifier) {
      let alike = byBeginning[beginning] ?? []
      let candidates =
        alike.count > Self.likenessLimit
        ? alike : alike.filter { isSameContainer(inventory.containers[$0].identifier, identifier) }
      if candidates.count == 1 { return join(container, at: candidates[0]) }
      if candidates.count > 1 {
        problems.append(
          "\(container.sources.map(shown).joined(separator: ", ")): container \(shown(identifier)) could be any of \(candidates.count)"
        )
      }
    }
    places[identifier] = inventory.containers.count
    byBeginning[beginning, default: []].append(inventory.containers.count)
    inventory.containers.append(container)
  }

  mutating func addByName(_ container: Container) {
    let same = inventory.containers.indices.filter {
      container.name != nil && inventory.containers[$0].name == container.name
    }
    if same.count == 1 { return join(container, at: same[0]) }
    if same.count > 1 {
      problems.append(
        "\(container.sources.map(shown).joined(separator: ", ")): container \(shown(container.label)) could be any of \(same.count)"
      )
    }
    inventory.containers.append(container)
  }

  mutating func add(_ pod: Pod) {
    guard let place = podPlaces[pod.identifier] else {
      podPlaces[pod.identifier] = inventory.pods.count
      inventory.pods.append(pod)
      return
    }
    var known = inventory.pods[place]
    let what = "pod \(shown(pod.identifier))"
    settle(&known.namespace, pod.namespace, what, "namespace", known.sources, pod.sources)
    settle(&known.name, pod.name, what, "name", known.sources, pod.sources)
    settle(&known.nodeName, pod.nodeName, what, "node", known.sources, pod.sources)
    known.usesHostNetwork = known.usesHostNetwork ?? pod.usesHostNetwork
    known.sandbox = known.sandbox ?? pod.sandbox
    known.otherIdentifiers = union(known.otherIdentifiers, pod.otherIdentifiers)
    known.sources = union(known.sources, pod.sources)
    inventory.pods[place] = known
  }

  mutating func add(_ image: ContainerImage) {
    guard let place = imagePlaces[image.identifier] else {
      imagePlaces[image.identifier] = inventory.images.count
      inventory.images.append(image)
      return
    }
    inventory.images[place].names = union(inventory.images[place].names, image.names)
    if inventory.images[place].layers.isEmpty { inventory.images[place].layers = image.layers }
    inventory.images[place].layerFolders = union(inventory.images[place].layerFolders, image.layerFolders)
    inventory.images[place].sources = union(inventory.images[place].sources, image.sources)
  }

  private mutating func join(_ other: Container, at place: Int) {
    var known = inventory.containers[place]
    let what = "container \(shown(known.label))"
    let sources = known.sources
    func both(_ value: inout String?, _ new: String?, _ field: String) {
      settle(&value, new, what, field, sources, other.sources)
    }
    both(&known.name, other.name, "name")
    both(&known.image, other.image, "image")
    both(&known.imageIdentifier, other.imageIdentifier, "image identifier")
    both(&known.pod, other.pod, "pod")
    both(&known.startedAt, other.startedAt, "start")
    both(&known.finishedAt, other.finishedAt, "end")
    both(&known.cgroupPath, other.cgroupPath, "control group")
    both(&known.cgroupParent, other.cgroupParent, "parent of the control group")
    both(&known.deviceMapperName, other.deviceMapperName, "device name")
    var state = known.state == .unknown ? nil : known.state.rawValue
    both(&state, other.state == .unknown ? nil : other.state.rawValue, "state")
    known.state = state.flatMap(Container.State.init) ?? .unknown
    known.processIdentifier = known.processIdentifier ?? other.processIdentifier
    if let mine = known.userIdentifiers, let theirs = other.userIdentifiers, mine.first != theirs.first {
      problems.append("\(what): its users begin at \(mine.first) and at \(theirs.first); the first is kept")
    } else if known.userIdentifiers?.count == nil {
      known.userIdentifiers = other.userIdentifiers ?? known.userIdentifiers
    }
    for (kind, number) in other.namespaces.sorted(by: { $0.key < $1.key }) {
      if let mine = known.namespaces[kind], mine != number {
        problems.append("\(what): namespace \(shown(kind)) is \(mine) and \(number); the first is kept")
      } else {
        known.namespaces[kind] = number
      }
    }
    known.devices = union(known.devices, other.devices)
    known.ownLayers = union(known.ownLayers, other.ownLayers)
    known.imageLayers = union(known.imageLayers, other.imageLayers)
    known.pathPrefixes = union(known.pathPrefixes, other.pathPrefixes)
    known.sources = union(known.sources, other.sources)
    inventory.containers[place] = known
  }

  private mutating func settle(
    _ value: inout String?, _ new: String?, _ what: String, _ field: String, _ files: [String], _ others: [String]
  ) {
    guard let new, new != value else { return }
    guard let old = value else {
      value = new
      return
    }
    problems.append(
      "\(what): \(field) is '\(shown(old))' (\(files.map(shown).joined(separator: ", "))) and '\(shown(new))' (\(others.map(shown).joined(separator: ", "))); the first is kept"
    )
  }

  private func union<Element: Hashable>(_ one: [Element], _ other: [Element]) -> [Element] {
    var seen = Set(one)
    return one + other.filter { seen.insert($0).inserted }
  }
}
