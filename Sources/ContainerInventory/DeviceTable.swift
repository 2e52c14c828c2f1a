import ByteReading
import JSONReading

/// A table with a header line that says which device belongs to which container: columns `container` and `device`, and
/// where there are such, `name` and `image`. `host` in the place of a container is the host itself.
enum DeviceTable {
  private static let lineLimit = 1 << 18

  /// Whether the first line names both columns.
  static func hasHeader(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= JSONDocument.byteCountLimit else { return false }
    let line = bytes.prefix(1024).prefix { $0 != 0x0a }
    let names = columns(line).map { $0.lowercased() }
    return names.contains("container") && names.contains("device")
  }

  static func parse(_ bytes: [UInt8], file: String) -> Parsed<ContainerInventory> {
    var inventory = ContainerInventory()
    var problems: [ParseError] = []
    var places: [String: Int] = [:]
    var seen: Set<OwnedDevice> = []
    var header: [String] = []
    var offset = 0
    for (number, line) in bytes.split(separator: 0x0a, maxSplits: lineLimit, omittingEmptySubsequences: false)
      .enumerated()
    {
      defer { offset += line.count + 1 }
      let values = columns(line)
      if number == 0 {
        header = values.map { $0.lowercased() }
        continue
      }
      if values == [""] { continue }
      let row = Dictionary(zip(header, values), uniquingKeysWith: { first, _ in first })
      guard values.count == header.count, number < lineLimit, let identifier = row["container"], !identifier.isEmpty,
        let device = DeviceNumber(row["device"] ?? "")
      else {
        if problems.count < JSONReading.problemLimit {
          problems.append(
            ParseError(
              file: file, offset: offset, field: "line \(number + 1)", expected: "a container and its device",
              found: escapedText(line.prefix(80))))
        }
        continue
      }
      if identifier.lowercased() == "host" {
        if seen.insert(OwnedDevice(place: nil, device: device)).inserted { inventory.hostDevices.append(device) }
        continue
      }
      let place = places[normalised(identifier)] ?? inventory.containers.count
      if place == inventory.containers.count {
        inventory.containers.append(Container(identifier: identifier, source: file))
        places[normalised(identifier)] = place
      }
      let (name, image) = (row["name"] ?? "", row["image"] ?? "")
      if inventory.containers[place].name == nil, !name.isEmpty { inventory.containers[place].name = name }
      if inventory.containers[place].image == nil, !image.isEmpty { inventory.containers[place].image = image }
      if seen.insert(OwnedDevice(place: place, device: device)).inserted {
        inventory.containers[place].devices.append(device)
      }
    }
    inventory.hostDevices.sort()
    return Parsed(value: inventory, problems: problems, unread: bytes.count..<bytes.count)
  }

  /// The values of a line, without blanks and quotes around them. A quoted value may hold commas.
  private static func columns(_ line: some Collection<UInt8>) -> [String] {
    var values: [[UInt8]] = [[]]
    var isQuoted = false
    for byte in line {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted: values.append([])
      case 0x0d: break
      default: values[values.count - 1].append(byte)
      }
    }
    return values.map { value in
      let text = value.drop { $0 == 0x20 || $0 == 0x09 }
      let end = text.lastIndex { $0 != 0x20 && $0 != 0x09 }
      return String(decoding: end.map { text[...$0] } ?? text.prefix(0), as: UTF8.self)
    }
  }
}
