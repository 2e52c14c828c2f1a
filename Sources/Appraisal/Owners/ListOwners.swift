/// Whose the records of one list are, with what was seen on the way.
public struct ListOwners: Equatable, Sendable {
  public static let host = "host"
  public static let runtime = "container runtime"
  public static let unattributed = "unattributed"

  public internal(set) var attributions = RecordAttributions()
  /// Pod by container, as far as records or inventories say it.
  public internal(set) var podOfContainer: [String: String] = [:]
  /// Where a list that names no owners first shows each container: the index of the record, by identifier.
  public internal(set) var starts: [Start] = []
  /// Devices that stand for several containers.
  public internal(set) var reusedDevices: [ReusedDevice] = []
  /// Records whose template has a device, and those of them whose device host and containers share.
  public internal(set) var recordsWithDevice = 0
  public internal(set) var recordsOfAnonymousDevices = 0
  var ownersByDevice: Set<String> = []
  private var started: Set<String> = []

  public struct Start: Equatable, Sendable {
    public var record: Int
    public var container: String
  }

  public struct ReusedDevice: Equatable, Sendable {
    public var device: String
    /// Titles of the containers.
    public var owners: [String]
  }

  /// Some record shows that containers run here, and not all records name an owner.
  public var hasOpenRecords: Bool { !starts.isEmpty }

  /// A list that names more owners than any machine has is not believed for each of them.
  static let ownerLimit = 10_000

  mutating func append(_ attribution: RecordAttribution) {
    guard attributions.distinct.count >= Self.ownerLimit, !attributions.isKnown(attribution) else {
      return attributions.append(attribution)
    }
    attributions.append(
      RecordAttribution(
        kind: .unattributed, owner: Self.unattributed, strategy: "beyond-limit", certainty: .possible))
  }

  /// The record's path speaks of the container, so it existed by then.
  ///
  /// True when no record before did so.
  mutating func noteStart(of container: String, at record: Int) -> Bool {
    guard started.insert(container).inserted else { return false }
    starts.append(Start(record: record, container: container))
    return true
  }

  mutating func noteReuse(of device: String, by owners: [String]) {
    let reused = ReusedDevice(device: device, owners: owners + ["the host"])
    if !reusedDevices.contains(reused) { reusedDevices.append(reused) }
  }

  func showsStart(of container: String) -> Bool { started.contains(container) }

  /// The containers that had shown themselves before the record, the last one first.
  public func started(before record: Int) -> [String] {
    starts.prefix(startCount(before: record)).reversed().map(\.container)
  }

  func lastStarted(before record: Int) -> String? {
    let count = startCount(before: record)
    return count > 0 ? starts[count - 1].container : nil
  }

  /// Starts are in the order of their records.
  private func startCount(before record: Int) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle].record < record { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Takes records away from the host that may as well be a container's.
  mutating func release(_ records: some Sequence<Int>, as attribution: RecordAttribution) {
    attributions.replace(records, with: attribution)
  }
}
