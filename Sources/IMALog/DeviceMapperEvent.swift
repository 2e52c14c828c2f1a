import ByteReading

/// A change of a device-mapper device: what was mapped onto what, and how.
///
/// Source: Linux, Documentation/admin-guide/device-mapper/dm-ima.rst; drivers/md/dm-ima.c. Sections end in `;` and hold
/// `key=value` parted by `,`; a backslash stands before those signs, `=` and itself within names.
public struct DeviceMapperEvent: Equatable, Sendable {
  public enum Kind: String, Sendable {
    /// A table was put into the inactive slot: the only event that has the targets.
    case tableLoad = "dm_table_load"
    /// The inactive table became active.
    case deviceResume = "dm_device_resume"
    case deviceRemove = "dm_device_remove"
    case tableClear = "dm_table_clear"
    case deviceRename = "dm_device_rename"
  }

  public var kind: Kind
  /// Version of the kernel's device mapper, such as `4.46.0`; nil in kernels before it was recorded.
  public var version: [UInt8]?
  /// Name, UUID, major and minor number and so on, of the active table's device where there are two. Values are
  /// without backslashes.
  public var device: [MeasuredBuffer.Pair] = []
  /// The same of the inactive table's device; empty but for removals.
  public var inactiveDevice: [MeasuredBuffer.Pair] = []
  /// A row of the table each, from `target_index` on.
  public var targets: [[MeasuredBuffer.Pair]] = []
  /// Hashes of tables, `remove_all`, `current_device_capacity`, `new_name` and `new_uuid`, in their order.
  public var properties: [MeasuredBuffer.Pair] = []

  /// The device's name; nil when the event has none.
  public var name: [UInt8]? { value(of: "name", in: device) ?? value(of: "name", in: inactiveDevice) }

  /// The device's number; nil when the event has none.
  public var deviceNumber: Measurement.DeviceNumber? {
    let pairs = device.isEmpty ? inactiveDevice : device
    guard let major = value(of: "major", in: pairs), let minor = value(of: "minor", in: pairs) else { return nil }
    return Measurement.DeviceNumber(major + [UInt8(ascii: ":")] + minor)
  }

  /// The kernel's buffer has 4096 bytes.
  static let byteLimit = 1 << 16

  init(_ kind: Kind, _ text: [UInt8], file: String, offset: Int) throws(ParseError) {
    self.kind = kind
    guard text.count <= Self.byteLimit else {
      throw ParseError(
        file: file, offset: offset, field: kind.rawValue, expected: "at most \(Self.byteLimit) bytes",
        found: "\(text.count)")
    }
    for section in split(text[...], at: UInt8(ascii: ";")) where !section.isEmpty {
      do throws(PairFault) {
        try read(section)
      } catch {
        throw ParseError(
          file: file, offset: offset, field: kind.rawValue, expected: "key=value",
          found: escapedText(error.found.prefix(40)))
      }
    }
    guard name != nil else {
      throw ParseError(
        file: file, offset: offset, field: kind.rawValue, expected: "the device's name", found: "none")
    }
  }

  private mutating func read(_ section: ArraySlice<UInt8>) throws(PairFault) {
    for (label, path) in [
      ("device_active_metadata=", \Self.device), ("device_inactive_metadata=", \Self.inactiveDevice),
    ] where section.starts(with: label.utf8) {
      self[keyPath: path] = try pairs(section.dropFirst(label.utf8.count))
      return
    }
    let pairs = try pairs(section)
    switch pairs.first.map({ String(decoding: $0.key, as: UTF8.self) }) {
    case "dm_version": version = pairs.first?.value
    case "name" where device.isEmpty: device = pairs
    case "target_index": targets.append(pairs)
    default: properties += pairs
    }
  }

  private struct PairFault: Error {
    var found: ArraySlice<UInt8>
  }

  private func pairs(_ section: ArraySlice<UInt8>) throws(PairFault) -> [MeasuredBuffer.Pair] {
    var pairs: [MeasuredBuffer.Pair] = []
    for part in split(section, at: UInt8(ascii: ",")) {
      guard let equals = part.firstIndex(of: UInt8(ascii: "=")), equals > part.startIndex else {
        throw PairFault(found: part)
      }
      pairs.append(
        MeasuredBuffer.Pair(key: Array(part[..<equals]), value: withoutBackslashes(part[(equals + 1)...])))
    }
    return pairs
  }

  /// Parts at each separator that no backslash precedes.
  private func split(_ text: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var place = start
    while place < text.endIndex {
      if text[place] == UInt8(ascii: "\\") {
        place += 2
        continue
      }
      if text[place] == separator {
        parts.append(text[start..<place])
        start = place + 1
      }
      place += 1
    }
    return parts + [text[start...]]
  }

  private func withoutBackslashes(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var plain: [UInt8] = []
    var isEscaped = false
    for byte in text {
      if byte == UInt8(ascii: "\\"), !isEscaped {
        isEscaped = true
      } else {
        plain.append(byte)
        isEscaped = false
      }
    }
    return plain
  }

  private func value(of key: String, in pairs: [MeasuredBuffer.Pair]) -> [UInt8]? {
    pairs.first { $0.key.elementsEqual(key.utf8) }?.value
  }
}
