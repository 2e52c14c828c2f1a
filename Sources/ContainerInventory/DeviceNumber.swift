/// The number of a block device or of a file system without one, as `dev-id` of a measurement or `lsblk` writes it.
///
/// Major number 0 belongs to file systems without a device of their own: overlay, tmpfs, proc.
public struct DeviceNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var major: UInt32
  public var minor: UInt32

  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// `253:7`, in decimal; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Self.number(parts[0]), let minor = Self.number(parts[1]) else { return nil }
    self.init(major: major, minor: minor)
  }

  public var description: String { "\(major):\(minor)" }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  /// Digits only: `+7` and ` 7` are no parts of a device number.
  private static func number(_ digits: some Sequence<UInt8>) -> UInt32? {
    let text = Array(digits)
    guard !text.isEmpty, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt32(String(decoding: text, as: UTF8.self))
  }
}

/// A device with whom it belongs to, so that one that is named twice is found at once.
struct OwnedDevice: Hashable {
  /// Place of the container in the inventory; nil for the host.
  var place: Int?
  var device: DeviceNumber
}
