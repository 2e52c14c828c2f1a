import ByteReading
import IMALog

/// Says of every record of a list whose it is, by what the kernel wrote into it and by what the inventories name.
///
/// Strategies, in this order; the first that applies decides:
/// - `device-number`: the template has the file's device; the inventory, or the root file system's records, say whose it is.
/// - `control-group`: the template has the process's control group; with its ancestors where the template has those too.
/// - `mount-namespace`, `namespace`: the name space of the process; the first record shows the host's.
/// - `name-prefix`: the name begins with the name space's number.
/// - `path`: the path leads into a folder that only one container has.
/// - `user-identifier`: the file's owner lies in the range of a user name space.
/// - `default`: nothing in the record names an owner, so it counts for the host.
///
/// Source: the kernel patches of DIVE (`ima-cont-id`), torsec (`ima-cgn`, `ima-dep-cgn`, `ima-cgpath`, `ima-mns`), and
/// Docker's overlay2 layout.
public struct RecordAttributor {
  private let inventory: OwnerInventory
  private var ownersOfDevice: [String: [Int]] = [:]
  private var ownerOfLayer: [String: Int] = [:]
  private var ownerOfIdentifier: [String: Int] = [:]
  /// By the first twelve digits, for inventories that hold no more; nil where several begin so.
  private var ownerOfShortIdentifier: [String: Int?] = [:]
  private var ownerOfNamespace: [UInt64: [Int]] = [:]
  /// By the prefix without a slash at its end.
  private var ownerOfPrefix: [[UInt8]: Int] = [:]
  /// Ranges of users, each once, with the owners that have it.
  private var ranges: [(users: ClosedRange<UInt32>, owners: [Int])] = []
  private var rangeOfOwner: [Int: Int] = [:]

  public init(_ inventory: OwnerInventory) {
    self.inventory = inventory
    var places: [ClosedRange<UInt32>: Int] = [:]
    for (index, owner) in inventory.owners.enumerated() {
      ownerOfIdentifier[owner.identifier] = index
      if (12..<64).contains(owner.identifier.utf8.count) {
        let short = String(owner.identifier.prefix(12))
        ownerOfShortIdentifier[short] = ownerOfShortIdentifier[short] == nil ? index : .some(nil)
      }
      for device in owner.devices { ownersOfDevice[device, default: []].append(index) }
      for layer in owner.layers { ownerOfLayer[layer] = index }
      for namespace in owner.namespaces { ownerOfNamespace[namespace, default: []].append(index) }
      for prefix in owner.pathPrefixes where Self.isBelievable(prefix) {
        ownerOfPrefix[prefix.last == UInt8(ascii: "/") ? prefix.dropLast() : prefix] = index
      }
      if let users = owner.userIdentifiers { addRange(users, of: index, &places) }
    }
  }

  /// No machine has more ranges than this.
  private static let rangeLimit = 1000

  private mutating func addRange(
    _ users: ClosedRange<UInt32>, of owner: Int, _ places: inout [ClosedRange<UInt32>: Int]
  ) {
    let place = places[users] ?? ranges.count
    if place == ranges.count {
      guard ranges.count < Self.rangeLimit else { return }
      places[users] = place
      ranges.append((users, []))
    }
    ranges[place].owners.append(owner)
    rangeOfOwner[owner] = place
  }

  /// An inventory is a claim, so it can't give away folders that the host itself lives in.
  private static func isBelievable(_ prefix: [UInt8]) -> Bool {
    // What stands before a name: `web:`.
    if prefix.first != UInt8(ascii: "/") { return prefix.last == UInt8(ascii: ":") && prefix.count > 1 }
    let parts = prefix.split(separator: UInt8(ascii: "/"))
    guard prefix.first == UInt8(ascii: "/"), parts.count >= 2, let top = parts.first else { return false }
    if parts.contains(where: { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }) { return false }
    return !["usr", "bin", "sbin", "lib", "lib64", "etc", "boot", "root", "dev", "proc", "sys"].contains {
      top.elementsEqual($0.utf8)
    }
  }

  /// What is known of a whole list before its records are looked at one by one.
  private struct Surroundings {
    var hostDevices: Set<String>
    /// Devices of the host by the list itself.
    var firstDevices: Set<String> = []
    var hostNamespaces: [String: [UInt8]] = [:]
    /// Index of the first record that shows that containers run here; nil when none does.
    var firstSign: Int?
    /// For each range of users the owners that had begun.
    var begun: [Int: [Int]] = [:]
  }

  public func attribute(_ list: MeasurementList) -> ListOwners {
    var owners = ListOwners()
    var surroundings = Surroundings(hostDevices: inventory.hostDevices)
    for index in 0..<list.count {
      let record = list.record(at: index)
      owners.append(attribution(of: record, &surroundings, &owners))
      note(record, &owners)
    }
    owners.reusedDevices = (reusedDevices + owners.reusedDevices.filter { !reusedDevices.contains($0) })
    for owner in inventory.owners { if let pod = owner.pod { owners.podOfContainer[owner.identifier] = pod } }
    return owners
  }

  /// Devices that several containers have, by the inventories' own word.
  private var reusedDevices: [ListOwners.ReusedDevice] {
    ownersOfDevice.filter { $0.value.count > 1 || inventory.hostDevices.contains($0.key) }
      .sorted { $0.key < $1.key }
      .map { .init(device: $0.key, owners: $0.value.map { inventory.owners[$0].title }) }
  }

  private func attribution(
    of record: Measurement, _ surroundings: inout Surroundings, _ owners: inout ListOwners
  ) -> RecordAttribution {
    if let device = text(record, "dev-id") { return byDevice(device, record, &surroundings, &owners) }
    if let group = record.controlGroupPath ?? record.controlGroupName {
      return byControlGroup(group, record, &owners)
    }
    for (field, strategy) in [("mns", "mount-namespace"), ("nsid", "namespace")] {
      if let namespace = text(record, field), !namespace.isEmpty {
        return byNamespace(namespace, strategy, &surroundings)
      }
    }
    let path = record.path ?? []
    if let (namespace, _) = Self.namespacePrefix(of: path) {
      return byNamespace(namespace, "name-prefix", &surroundings)
    }
    if let found = byPath(path) {
      surroundings.firstSign = surroundings.firstSign ?? record.index
      if let container = found.container, owners.noteStart(of: container, at: record.index),
        let owner = ownerOfIdentifier[container], let range = rangeOfOwner[owner]
      {
        surroundings.begun[range, default: []].append(owner)
      }
      return found.attribution
    }
    if let found = byUser(record, surroundings.begun) {
      surroundings.firstSign = surroundings.firstSign ?? record.index
      return found
    }
    if surroundings.firstSign == nil, ProcessChain.isShim(path) { surroundings.firstSign = record.index }
    // Before the first container there was nobody else; after it the path alone shows nothing.
    return host("default", surroundings.firstSign == nil ? .probable : .possible)
  }

  private func note(_ record: Measurement, _ owners: inout ListOwners) {
    if let device = text(record, "dev-id") {
      owners.recordsWithDevice += 1
      if Self.isAnonymous(device) { owners.recordsOfAnonymousDevices += 1 }
    }
  }

  private func text(_ record: Measurement, _ field: String) -> [UInt8]? {
    record.field(field).map { $0.last == 0 ? $0.dropLast() : $0 }
  }

  private func host(_ strategy: String, _ certainty: AttestationResult.Certainty) -> RecordAttribution {
    RecordAttribution(kind: .host, owner: ListOwners.host, strategy: strategy, certainty: certainty)
  }

  private func known(
    _ index: Int, _ strategy: String, _ certainty: AttestationResult.Certainty
  ) -> RecordAttribution {
    let owner = inventory.owners[index]
    return RecordAttribution(
      kind: owner.isPresent ? .container : .departed, owner: owner.identifier, strategy: strategy, certainty: certainty)
  }

  /// The owner of a whole identifier, also where the inventory has its beginning only.
  private func owner(identifiedBy identifier: String) -> Int? {
    if let exact = ownerOfIdentifier[identifier] { return exact }
    guard let short = ownerOfShortIdentifier[String(identifier.prefix(12))], let index = short else { return nil }
    return identifier.hasPrefix(inventory.owners[index].identifier) ? index : nil
  }

  /// An owner that records name and no inventory does.
  private func unlisted(
    _ identifier: String, _ strategy: String, _ certainty: AttestationResult.Certainty
  ) -> RecordAttribution {
    RecordAttribution(
      kind: inventory.isTaken ? .departed : .container, owner: identifier, strategy: strategy, certainty: certainty)
  }

  // MARK: Device numbers

  /// Major number 0: overlay, tmpfs and the like, which host and containers share.
  private static func isAnonymous(_ device: [UInt8]) -> Bool {
    device.firstIndex(of: UInt8(ascii: ":")).map { device[..<$0].elementsEqual("0".utf8) } ?? false
  }

  private func byDevice(
    _ device: [UInt8], _ record: Measurement, _ surroundings: inout Surroundings, _ owners: inout ListOwners
  ) -> RecordAttribution {
    // The boot_aggregate, and buffers, are of no device.
    guard !device.isEmpty else { return host("device-number", .certain) }
    let name = escapedText(device)
    // What is measured before any container can run shows the host's own devices, whatever an inventory says.
    if owners.ownersByDevice.isEmpty, record.index < 2 || Self.isFirstProgram(record.path ?? []),
      !Self.isAnonymous(device)
    {
      surroundings.hostDevices.insert(name)
      surroundings.firstDevices.insert(name)
    }
    if surroundings.firstDevices.contains(name) {
      if let claimed = ownersOfDevice[name] {
        owners.noteReuse(of: name, by: claimed.map { inventory.owners[$0].title })
      }
      return host("device-number", inventory.hostDevices.contains(name) ? .certain : .probable)
    }
    let candidates = ownersOfDevice[name] ?? []
    if candidates.count == 1, !inventory.hostDevices.contains(name) {
      return known(candidates[0], "device-number", .certain)
    }
    if let index = owner(of: candidates, at: record.index) { return known(index, "device-number", .possible) }
    if surroundings.hostDevices.contains(name) {
      return host("device-number", inventory.hostDevices.contains(name) ? .certain : .probable)
    }
    if Self.isAnonymous(device) { return host("device-number", candidates.isEmpty ? .possible : .probable) }
    owners.ownersByDevice.insert(name)
    return unlisted("device \(name)", "device-number", .probable)
  }

  /// Of several owners of one device the first whose inventory was taken after the record, else the last.
  private func owner(of candidates: [Int], at record: Int) -> Int? {
    let dated = candidates.filter { inventory.owners[$0].seen != nil }
    let after = dated.filter { (inventory.owners[$0].seen?.upperBound ?? 0) > record }
      .min { (inventory.owners[$0].seen?.lowerBound ?? 0, $0) < (inventory.owners[$1].seen?.lowerBound ?? 0, $1) }
    return after ?? candidates.last
  }

  private static func isFirstProgram(_ path: [UInt8]) -> Bool {
    ["/init", "/sbin/init", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/usr/sbin/init"].contains {
      path.elementsEqual($0.utf8)
    }
  }

  // MARK: Control groups

  private func byControlGroup(
    _ group: [UInt8], _ record: Measurement, _ owners: inout ListOwners
  ) -> RecordAttribution {
    let named = ControlGroupOwner(group)
    let chain = text(record, "dep").map { ProcessChain($0) }
    if let chain, chain.isRuntimeItself || ProcessChain.isShim(record.path ?? []) {
      return RecordAttribution(
        kind: .runtime, owner: ListOwners.runtime, strategy: "control-group", certainty: .certain)
    }
    // A process of the host can be put into any control group; only a container's comes from a runtime.
    guard !named.isHost, chain?.comesFromRuntime ?? true else {
      return host("control-group", named.isHost ? .certain : .probable)
    }
    let certainty: AttestationResult.Certainty = chain == nil ? .probable : .certain
    if let container = named.container {
      if let pod = named.pod { owners.podOfContainer[container] = pod }
      if let index = owner(identifiedBy: container) { return known(index, "control-group", certainty) }
      return unlisted(container, "control-group", certainty)
    }
    let pod = named.pod ?? ""
    let isPresent = inventory.owners.contains { $0.pod == pod && $0.isPresent } || !inventory.isTaken
    return RecordAttribution(
      kind: isPresent ? .pod : .departed, owner: pod, strategy: "control-group", certainty: certainty)
  }

  // MARK: Name spaces

  private func byNamespace(
    _ namespace: [UInt8], _ strategy: String, _ surroundings: inout Surroundings
  ) -> RecordAttribution {
    // The first record is the host's, whatever an inventory says.
    guard let own = surroundings.hostNamespaces[strategy] else {
      surroundings.hostNamespaces[strategy] = namespace
      return host(strategy, .certain)
    }
    guard own != namespace else { return host(strategy, .certain) }
    let name = escapedText(namespace)
    if let candidates = UInt64(name).flatMap({ ownerOfNamespace[$0] }) {
      return known(candidates[0], strategy, candidates.count == 1 ? .certain : .possible)
    }
    // Services of the host have name spaces of their own too.
    return unlisted("namespace \(name)", strategy, .probable)
  }

  /// The number before the colon of `4026532221:/usr/bin/id`.
  static func namespacePrefix(of path: [UInt8]) -> (namespace: [UInt8], path: [UInt8])? {
    guard let colon = path.prefix(21).firstIndex(of: UInt8(ascii: ":")), colon >= 6,
      path[..<colon].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      path.indices.contains(colon + 1), path[colon + 1] == UInt8(ascii: "/")
    else { return nil }
    return (Array(path[..<colon]), Array(path[(colon + 1)...]))
  }

  // MARK: Paths

  /// Whose the file is by its path, and the container that the path speaks of.
  private func byPath(_ path: [UInt8]) -> (attribution: RecordAttribution, container: String?)? {
    let slash = UInt8(ascii: "/")
    if let owner = ownerOfPrefix.isEmpty ? nil : owner(ofPrefixOf: path) {
      return (known(owner, "path", .probable), inventory.owners[owner].identifier)
    }
    let parts = path.split(separator: slash)
    for (place, (folder, name)) in zip(parts, parts.dropFirst()).enumerated() {
      if folder.elementsEqual("containers".utf8), name.count == 64, ControlGroupOwner(name).container != nil {
        let identifier = escapedText(name)
        let known = owner(identifiedBy: identifier).map { inventory.owners[$0].identifier }
        return (byRuntime, known ?? identifier)
      }
      if folder.elementsEqual("overlay2".utf8), let layer = Self.layer(name) {
        guard let index = ownerOfLayer[layer] else {
          // A lower layer belongs to an image, and so to every container of it; or to a container that nobody lists.
          return (byRuntime, nil)
        }
        // Below `merged` and `diff` lies what the container sees; beside them, what the runtime notes down.
        let below = parts.dropFirst(place + 2).first ?? []
        let isContent = below.elementsEqual("merged".utf8) || below.elementsEqual("diff".utf8)
        return (isContent ? known(index, "path", .probable) : byRuntime, inventory.owners[index].identifier)
      }
    }
    return nil
  }

  /// The owner of the longest prefix of the path that ends before a slash, or at a colon.
  private func owner(ofPrefixOf path: [UInt8]) -> Int? {
    let end = path.prefix(4096)
    for place in end.indices.reversed() {
      let byte = end[place]
      if byte == UInt8(ascii: "/"), place > 0, let found = ownerOfPrefix[Array(end[..<place])] { return found }
      if byte == UInt8(ascii: ":"), let found = ownerOfPrefix[Array(end[...place])] { return found }
    }
    return nil
  }

  /// A file in which the container runtime notes something down, or that it handles for a container.
  private var byRuntime: RecordAttribution {
    RecordAttribution(kind: .runtime, owner: ListOwners.runtime, strategy: "path", certainty: .probable)
  }

  /// A layer of overlay2 is named by 64 digits; the one that prepares a container's ends in `-init`.
  private static func layer(_ name: ArraySlice<UInt8>) -> String? {
    let digits = name.prefix(64)
    guard digits.count == 64, ControlGroupOwner(digits).container != nil else { return nil }
    let rest = name.dropFirst(64)
    return rest.isEmpty || rest.elementsEqual("-init".utf8) ? escapedText(digits) : nil
  }

  // MARK: Owners of files

  /// Subordinate identifiers begin at 100,000 by the convention of `useradd` (login.defs, SUB_UID_MIN).
  private static let firstSubordinateIdentifier: UInt32 = 100_000

  private func byUser(_ record: Measurement, _ begun: [Int: [Int]]) -> RecordAttribution? {
    guard let user = record.ownerUserIdentifier, user >= Self.firstSubordinateIdentifier else { return nil }
    let matching = ranges.indices.filter { ranges[$0].users.contains(user) }
    // Of several containers with one range, those that had not begun yet are out of the question.
    for owners in [matching.map { ranges[$0].owners }, matching.map { begun[$0] ?? [] }] {
      if owners.reduce(0, { $0 + $1.count }) == 1, let only = owners.joined().first {
        return known(only, "user-identifier", .probable)
      }
    }
    guard user < UInt32(Int32.max) else { return nil }
    return RecordAttribution(
      kind: .unattributed, owner: ListOwners.unattributed, strategy: "user-identifier", certainty: .possible)
  }
}
