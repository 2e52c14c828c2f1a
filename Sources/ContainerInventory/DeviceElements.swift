import ByteReading
import XMLReading

/// The elements by which Open Attestation's container extension says which device belongs to whom: `Host` and `Container`
/// with `Id`, each with `DevId` elements, in any namespace and at any place of a document.
extension ContainerInventory {
  private static let elementLimit = 1 << 18

  /// Gives nil when there is no such element.
  public static func parseXML(_ bytes: [UInt8], file: String) -> Parsed<ContainerInventory>? {
    var inventory = ContainerInventory()
    var problems: [ParseError] = []
    var open: [XMLElement] = []
    var text = ""
    var count = 0
    var seen: Set<OwnedDevice> = []
    let error = readXMLEvents(bytes, file: file) { event in
      switch event {
      case .start(let element):
        open.append(element)
        text = ""
        guard element.name == "Container", let identifier = element.attributes["Id"], !identifier.isEmpty else { break }
        count += 1
        inventory.containers.append(Container(identifier: identifier, source: file))
      case .text(let more): text += more
      case .end:
        if let element = open.popLast(), element.name == "DevId" {
          count += 1
          inventory.take(trimmed(text), element, owner: open.last, file, &seen, &problems)
        }
        text = ""
      }
      return count <= elementLimit
    }
    // A `Container` without any device may be an element of any other vocabulary.
    guard inventory.containers.contains(where: { !$0.devices.isEmpty }) || !inventory.hostDevices.isEmpty else {
      return nil
    }
    inventory.hostDevices.sort()
    let end = error?.offset ?? bytes.count
    return Parsed(
      value: inventory, problems: problems + (error.map { [$0] } ?? []), unread: min(end, bytes.count)..<bytes.count)
  }

  private mutating func take(
    _ text: String, _ element: XMLElement, owner: XMLElement?, _ file: String, _ seen: inout Set<OwnedDevice>,
    _ problems: inout [ParseError]
  ) {
    guard let owner, ["Host", "Container"].contains(owner.name) else { return }
    guard let device = DeviceNumber(text) else {
      guard problems.count < JSONReading.problemLimit else { return }
      problems.append(
        ParseError(
          file: file, offset: element.offset, field: "XML, line \(element.line): DevId", expected: "major:minor",
          found: escapedText(text.utf8.prefix(80))))
      return
    }
    if owner.name == "Host" {
      if seen.insert(OwnedDevice(place: nil, device: device)).inserted { hostDevices.append(device) }
    } else if owner.attributes["Id"]?.isEmpty == false, let last = containers.indices.last,
      seen.insert(OwnedDevice(place: last, device: device)).inserted
    {
      containers[last].devices.append(device)
    }
  }
}
