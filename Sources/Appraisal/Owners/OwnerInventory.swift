/// The containers and pods that the inventories of one boot name, in the order of proof.
///
/// An inventory is a claim of whoever took it. It names owners; it never makes content known.
public struct OwnerInventory: Equatable, Sendable {
  public var owners: [KnownOwner]
  /// Device numbers (`major:minor`) that the inventories give to the host itself.
  public var hostDevices: Set<String>
  /// Somebody took an inventory: what it does not name was gone, or was never a container of it.
  public var isTaken: Bool
  /// The last inventory is the user's own word, from outside the case. What lies in the case may have been written by the one
  /// who wants a container to be gone.
  public var isVouched: Bool

  public init(
    owners: [KnownOwner] = [], hostDevices: Set<String> = [], isTaken: Bool = false, isVouched: Bool = false
  ) {
    self.owners = owners
    self.hostDevices = hostDevices
    self.isTaken = isTaken
    self.isVouched = isVouched
  }
}

/// One container that an inventory names, with everything by which a record can be known as its own.
public struct KnownOwner: Equatable, Sendable {
  /// Full identifier, escaped.
  public var identifier: String
  public var name: String?
  public var image: String?
  /// Digest of the image's configuration, for example `sha256:15d6...`; joins the container to a reference.
  public var imageIdentifier: String?
  /// Identifier of its pod.
  public var pod: String?
  public var podName: String?
  /// `major:minor`.
  public var devices: Set<String>
  /// Names of the overlay layers that only this container has.
  public var layers: Set<String>
  /// Where the host sees its root file system.
  public var pathPrefixes: [[UInt8]]
  /// User identifiers that its user name space maps to.
  public var userIdentifiers: ClosedRange<UInt32>?
  public var namespaces: Set<UInt64>
  /// Number of records that were proven when an inventory first and last named it; nil when no quote tells.
  public var seen: ClosedRange<Int>?
  /// The last inventory of the boot still names it.
  public var isPresent: Bool

  public init(
    identifier: String, name: String? = nil, image: String? = nil, imageIdentifier: String? = nil, pod: String? = nil,
    podName: String? = nil, devices: Set<String> = [], layers: Set<String> = [], pathPrefixes: [[UInt8]] = [],
    userIdentifiers: ClosedRange<UInt32>? = nil, namespaces: Set<UInt64> = [], seen: ClosedRange<Int>? = nil,
    isPresent: Bool = true
  ) {
    self.identifier = identifier
    self.name = name
    self.image = image
    self.imageIdentifier = imageIdentifier
    self.pod = pod
    self.podName = podName
    self.devices = devices
    self.layers = layers
    self.pathPrefixes = pathPrefixes
    self.userIdentifiers = userIdentifiers
    self.namespaces = namespaces
    self.seen = seen
    self.isPresent = isPresent
  }

  /// How people call it: its name, and as much of the identifier as tells it apart.
  public var title: String {
    let short = identifier.count > 12 ? String(identifier.prefix(12)) : identifier
    return name.map { "\($0) (\(short))" } ?? short
  }
}
