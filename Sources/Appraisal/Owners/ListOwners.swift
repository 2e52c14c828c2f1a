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

  mutating func append(_ attribution: RecordAttribution, at record: Int) {
    attributions.append(attribution)
    guard attribution.strategy == "path", [.container, .departed].contains(attribution.kind),
      !starts.contains(where: { $0.container == attribution.owner })
    else { return }
    starts.append(Start(record: record, container: attribution.owner))
  }

  /// The containers that had shown themselves before the record, the last one first.
  public func started(before record: Int) -> [String] {
    starts.filter { $0.record < record }.reversed().map(\.container)
  }

  /// Takes records away from the host that may as well be a container's.
  mutating func release(_ records: some Sequence<Int>, as attribution: RecordAttribution) {
    attributions.replace(records, with: attribution)
  }
}
