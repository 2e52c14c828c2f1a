/// One container as an inventory describes it. Every text is a claim of whoever wrote the inventory, and is not escaped.
public struct Container: Equatable, Sendable {
  public enum State: String, Equatable, Sendable {
    case running
    case exited
    /// Not said, or neither of both (created, waiting).
    case unknown
  }

  /// 64 hexadecimal digits, or the beginning of them where only a short one is known. Empty when none is known.
  public var identifier: String
  public var name: String?
  public var image: String?
  /// Digest of the image's configuration or manifest, `sha256:` and 64 hexadecimal digits.
  public var imageIdentifier: String?
  /// Unique identifier of its pod.
  public var pod: String?
  public var state = State.unknown
  /// As written, RFC 3339.
  public var startedAt: String?
  public var finishedAt: String?
  public var processIdentifier: Int?
  /// The path of its control group; nil when the inventory does not know it.
  public var cgroupPath: String?
  public var cgroupParent: String?
  /// Devices that hold its root file system; a storage driver such as `devicemapper` gives each container its own.
  public var devices: [DeviceNumber] = []
  /// The name of its device for `dmsetup`.
  public var deviceMapperName: String?
  /// Folder names of its own writable layer below `overlay2`, first of all `UpperDir`, with the `-init` layer.
  public var ownLayers: [String] = []
  /// Folder names of the layers of its image, which containers of one image share.
  public var imageLayers: [String] = []
  /// User identifiers on the host that its user namespace is mapped to.
  public var userIdentifiers: UserIdentifierRange?
  /// Inode numbers of its namespaces by kind, for example `mnt`.
  public var namespaces: [String: UInt64] = [:]
  /// What the names of its files begin with in a measurement list.
  public var pathPrefixes: [String] = []
  /// The files that describe it.
  public var sources: [String] = []

  public init(identifier: String, source: String) {
    self.identifier = normalised(identifier)
    sources = [source]
  }

  /// All folder names of layers, own ones first.
  public var overlayLayers: [String] { ownLayers + imageLayers }

  /// What a person calls it.
  public var label: String { name ?? (identifier.isEmpty ? "?" : String(identifier.prefix(12))) }
}

/// Identifiers of users from `first` on.
public struct UserIdentifierRange: Hashable, Sendable {
  public var first: UInt32
  /// Nil when only the first one is known, as from the name of Docker's data folder.
  public var count: UInt32?

  public init(first: UInt32, count: UInt32?) {
    self.first = first
    self.count = count
  }

  /// `231072-296607`, both included, or one number; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
    switch parts.count {
    case 1:
      guard let first = parts[0] else { return nil }
      self.init(first: first, count: nil)
    case 2:
      guard let first = parts[0], let last = parts[1], first <= last, last - first < .max else { return nil }
      self.init(first: first, count: last - first + 1)
    default: return nil
    }
  }

  /// Whether the user belongs to the range. Without a known count 65536 is taken, which `useradd` gives each user in
  /// `/etc/subuid`.
  public func contains(_ user: UInt32) -> Bool { user >= first && user - first < count ?? 65536 }
}

/// Hexadecimal digits in lower case; anything else stays.
func normalised(_ identifier: String) -> String {
  identifier.utf8.allSatisfy { isHexDigit($0) } ? identifier.lowercased() : identifier
}

func isHexDigit(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
}

/// A whole identifier of a container or image.
func isFullIdentifier(_ text: some StringProtocol) -> Bool {
  text.utf8.count == 64 && text.utf8.allSatisfy { isHexDigit($0) }
}
