import ByteReading
import JSONReading

/// Which containers, pods and devices a host had, as a file beside the evidence says. It is a claim: no TPM vouches for it.
public struct ContainerInventory: Equatable, Sendable {
  /// In the order of the file; of a merged inventory by identifier.
  public var containers: [Container]
  public var pods: [Pod]
  public var images: [ContainerImage]
  /// Devices of the host itself, sorted.
  public var hostDevices: [DeviceNumber]

  public init(
    containers: [Container] = [], pods: [Pod] = [], images: [ContainerImage] = [], hostDevices: [DeviceNumber] = []
  ) {
    self.containers = containers
    self.pods = pods
    self.images = images
    self.hostDevices = hostDevices
  }

  public var isEmpty: Bool { containers.isEmpty && pods.isEmpty && images.isEmpty && hostDevices.isEmpty }

  /// The container of that identifier, or of the only one that begins with it (at least 12 digits).
  public func container(_ identifier: String) -> Container? {
    let wanted = normalised(identifier)
    if let exact = containers.first(where: { $0.identifier == wanted }) { return exact }
    guard wanted.utf8.count >= ContainerInventory.shortIdentifierLength else { return nil }
    let found = containers.filter { isSameContainer($0.identifier, wanted) }
    return found.count == 1 ? found[0] : nil
  }

  /// The container that has the device; nil when none or several have it.
  public func container(on device: DeviceNumber) -> Container? {
    let found = containers.filter { $0.devices.contains(device) }
    return found.count == 1 ? found[0] : nil
  }

  public func pod(_ identifier: String) -> Pod? {
    pods.first { $0.identifier == identifier || $0.otherIdentifiers.contains(identifier) }
  }

  /// What `docker ps` prints of an identifier.
  public static let shortIdentifierLength = 12
}

/// A pod of Kubernetes.
public struct Pod: Equatable, Sendable {
  /// `metadata.uid`; the kubelet names control groups by it.
  public var identifier: String
  /// Of a static pod: the identifiers that the kubelet used, which differ from that of its mirror.
  public var otherIdentifiers: [String] = []
  public var namespace: String?
  public var name: String?
  public var nodeName: String?
  public var usesHostNetwork: Bool?
  /// Identifier of its sandbox in the container runtime.
  public var sandbox: String?
  public var sources: [String]

  public init(identifier: String, source: String) {
    self.identifier = identifier
    sources = [source]
  }

  /// What a person calls it.
  public var label: String { [namespace, name ?? identifier].compactMap { $0 }.joined(separator: "/") }
}

/// An image as `docker inspect` describes it.
public struct ContainerImage: Equatable, Sendable {
  /// `sha256:` and the digest of its configuration.
  public var identifier: String
  public var names: [String] = []
  /// Digests of its uncompressed layers, lowest first.
  public var layers: [String] = []
  /// Folder names of its layers below `overlay2`.
  public var layerFolders: [String] = []
  public var sources: [String]

  public init(identifier: String, source: String) {
    self.identifier = identifier
    sources = [source]
  }
}

extension ContainerInventory {
  /// Whether a file that begins so may be an inventory; for files too large to read on suspicion.
  public static func isLikely(_ head: [UInt8]) -> Bool {
    JSONDocument.isLikely(head) || DeviceTable.hasHeader(head)
  }

  /// Reads what `docker inspect`, `kubectl get pods -o json` or `crictl` printed, or a table of devices. XML is read by
  /// `parseXML`.
  ///
  /// Gives nil when the file is none of these. A cut document keeps what stands before the cut.
  public static func parse(_ bytes: [UInt8], file: String) -> Parsed<ContainerInventory>? {
    if DeviceTable.hasHeader(bytes) { return DeviceTable.parse(bytes, file: file) }
    guard JSONDocument.isLikely(bytes) else { return nil }
    let document = JSONDocument(bytes, file: file)
    guard let root = document.root else { return nil }
    var reading = JSONReading(file: file)
    guard reading.read(root) else { return nil }
    let problems = reading.problems + (document.fault.map { [$0] } ?? [])
    let end = document.fault == nil ? bytes.count : document.end
    return Parsed(value: reading.inventory, problems: problems, unread: end..<bytes.count)
  }
}
