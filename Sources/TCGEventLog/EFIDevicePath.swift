import ByteReading

/// Where firmware finds a device, a file or a boot target: nodes from the root outwards.
///
/// Source: UEFI Specification 2.10, section 10.3. Little-endian, unaligned.
public struct EFIDevicePath: Equatable, Sendable {
  public struct Node: Equatable, Sendable {
    public var type: UInt8
    public var subtype: UInt8
    /// Without the four bytes of the head.
    public var data: [UInt8]
  }

  /// Without the end of the whole path, with the ends of instances.
  public var nodes: [Node]
  /// Whether the path closes with its end node.
  public var hasEnd: Bool
  /// Bytes behind the end node, or from the node that could not be read.
  public var trailing: [UInt8]
  /// What broke the path; the nodes before it stand.
  public var problem: ParseError?

  /// Reads to the end node or to the end of the bytes; what stands behind the end node is `trailing`.
  init(from reader: inout ByteReader) {
    self.init(upToEndFrom: &reader)
    if problem == nil { trailing = reader.rest() }
  }

  /// Paths to the end of the bytes, one behind the other, each but a broken last one with its end node.
  static func all(from reader: inout ByteReader) -> [EFIDevicePath] {
    var paths: [EFIDevicePath] = []
    // Every turn reads the four bytes of a head, or all that is left.
    while !reader.isAtEnd { paths.append(EFIDevicePath(upToEndFrom: &reader)) }
    return paths
  }

  /// How many bytes the nodes and the end take, without `trailing`.
  public var byteCount: Int { nodes.reduce(hasEnd ? 4 : 0) { $0 + 4 + $1.data.count } }

  /// Reads to the end node and leaves what stands behind it; a path that a node breaks takes all that is left.
  private init(upToEndFrom reader: inout ByteReader) {
    nodes = []
    hasEnd = false
    trailing = []
    while !reader.isAtEnd, !hasEnd {
      // A copy that stays where it is: the bytes are copied only when a node breaks the path.
      var here = reader
      do throws(ParseError) {
        let start = reader.position
        let type = try reader.uint8("EFI_DEVICE_PATH_PROTOCOL.Type")
        let subtype = try reader.uint8("EFI_DEVICE_PATH_PROTOCOL.SubType")
        let length = try reader.uint16("EFI_DEVICE_PATH_PROTOCOL.Length")
        // A length below the head would let a reader stand still.
        guard length >= 4 else {
          throw reader.failure(
            "EFI_DEVICE_PATH_PROTOCOL.Length", expected: "at least 4", found: "\(length)", at: start + 2)
        }
        let data = try reader.bytes(Int(length) - 4, "EFI_DEVICE_PATH_PROTOCOL.Data")
        if type == 0x7f, subtype == 0xff {
          hasEnd = true
        } else {
          nodes.append(Node(type: type, subtype: subtype, data: data))
        }
      } catch {
        problem = error
        trailing = here.rest()
        _ = reader.rest()
        return
      }
    }
  }

  /// The path as UEFI writes it, in the form of libefivar; safe to print.
  public var text: String {
    var text = ""
    var needsSlash = false
    for node in nodes {
      if node.isInstanceEnd {
        text += ","
        needsSlash = false
      } else {
        if needsSlash { text += "/" }
        text += node.text
        needsSlash = true
      }
    }
    return text
  }
}

extension EFIDevicePath.Node {
  var isInstanceEnd: Bool { type == 0x7f && subtype == 0x01 }

  /// The node as UEFI writes it. One that is unknown, or shorter than its kind must be, becomes `Path(type,subtype,hex)`.
  public var text: String {
    let known =
      data.read(file: "", byteOrder: .littleEndian) { reader -> String? in
        do throws(ParseError) {
          switch type {
          case 1: return try hardware(&reader)
          case 2: return try acpi(&reader)
          case 3: return try messaging(&reader)
          case 4: return try media(&reader)
          case 5 where subtype == 1: return try biosBoot(&reader)
          default: return nil
          }
        } catch {
          // The node is kept as bytes, and written as such.
          return nil
        }
      }
    return known ?? "Path(\(type),\(subtype),\(hexText(data)))"
  }

  private func hardware(_ reader: inout ByteReader) throws(ParseError) -> String? {
    switch subtype {
    case 1:
      let function = try reader.uint8("Function")
      return "Pci(\(hex(try reader.uint8("Device"))),\(hex(function)))"
    case 2: return "PcCard(\(hex(try reader.uint8("Function"))))"
    case 3:
      let kind = hex(try reader.uint32("MemoryType"))
      let start = hex(try reader.uint64("StartAddress"))
      return "MemoryMapped(\(kind),\(start),\(hex(try reader.uint64("EndAddress"))))"
    case 4: return try vendor("VenHw", &reader)
    case 5: return "Ctrl(\(hex(try reader.uint32("Controller"))))"
    case 6:
      let kind = try reader.uint8("InterfaceType")
      return "BMC(\(kind),\(hex(try reader.uint64("BaseAddress"))))"
    default: return "HardwarePath(\(subtype),\(hexText(data)))"
    }
  }

  private func acpi(_ reader: inout ByteReader) throws(ParseError) -> String? {
    switch subtype {
    case 1:
      let hid = try reader.uint32("_HID")
      return acpiText(hid: hid, uid: hex(try reader.uint32("_UID")))
    case 2:
      let hid = try reader.uint32("_HID")
      let uid = try reader.uint32("_UID")
      let cid = try reader.uint32("_CID")
      let strings = reader.rest().split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
      func string(_ index: Int) -> String? {
        index < strings.count && !strings[index].isEmpty ? escapedText(strings[index]) : nil
      }
      let uidText = string(1) ?? hex(uid)
      switch hid {
      case 0x0a03_41d0: return "PciRoot(\(uidText))"
      case 0x0a08_41d0: return "PcieRoot(\(uidText))"
      default: return "AcpiEx(\(string(0) ?? hex(hid)),\(string(2) ?? hex(cid)),\(uidText))"
      }
    case 3:
      var addresses: [String] = []
      while !reader.isAtEnd { addresses.append(hex(try reader.uint32("_ADR"))) }
      return "AcpiAdr(\(addresses.joined(separator: ",")))"
    default: return "AcpiPath(\(subtype),\(hexText(data)))"
    }
  }

  private func acpiText(hid: UInt32, uid: String) -> String {
    switch hid {
    case 0x0a03_41d0: "PciRoot(\(uid))"
    case 0x0a08_41d0: "PcieRoot(\(uid))"
    case 0x0a05_41d0, 0x0a06_41d0: "AcpiContainer()"
    case 0x0c09_41d0: "EmbeddedController()"
    case 0x0604_41d0: "Floppy(\(uid))"
    case 0x0301_41d0: "Keyboard(\(uid))"
    case 0x0501_41d0: "Serial(\(uid))"
    case 0x0012_41d0: "NvRoot()"
    default: "Acpi(0x\(padded(hid, 8)),\(uid))"
    }
  }

  private func messaging(_ reader: inout ByteReader) throws(ParseError) -> String? {
    switch subtype {
    case 1:
      let primary = try reader.uint8("PrimarySecondary")
      let slave = try reader.uint8("SlaveMaster")
      return "Ata(\(primary),\(slave),\(try reader.uint16("LogicalUnitNumber")))"
    case 2:
      let target = try reader.uint16("TargetId")
      return "SCSI(\(target),\(try reader.uint16("LogicalUnitNumber")))"
    case 3:
      _ = try reader.uint32("Reserved")
      let name = String(try reader.uint64("WorldWideName"), radix: 16)
      return "Fibre(\(name),\(String(try reader.uint64("LogicalUnitNumber"), radix: 16)))"
    case 4:
      _ = try reader.uint32("Reserved")
      return "I1394(\(hex(try reader.uint64("GUID"))))"
    case 5:
      let port = try reader.uint8("ParentPortNumber")
      return "USB(\(port),\(try reader.uint8("InterfaceNumber")))"
    case 6: return "I2O(\(try reader.uint32("TargetId")))"
    case 10: return try vendor("VenMsg", &reader)
    case 11:
      let address = try reader.bytes(32, "MacAddress")
      let kind = try reader.uint8("IfType")
      return "MAC(\(hexText(kind < 2 ? Array(address.prefix(6)) : address)),\(kind))"
    case 12: return try ipv4(&reader)
    case 13: return try ipv6(&reader)
    case 14:
      _ = try reader.uint32("Reserved")
      let rate = try reader.uint64("BaudRate")
      let bits = try reader.uint8("DataBits")
      let parity = Int(try reader.uint8("Parity"))
      let stop = Int(try reader.uint8("StopBits"))
      let parities = ["D", "N", "E", "O", "M", "S"]
      let stops = ["D", "1", "1.5", "2"]
      let parityText = parity < parities.count ? parities[parity] : "\(parity)"
      let stopText = stop < stops.count ? stops[stop] : "\(stop)"
      return "Uart(\(rate == 0 ? 115_200 : rate),\(bits == 0 ? 8 : bits),\(parityText),\(stopText))"
    case 15:
      let vendor = String(try reader.uint16("VendorId"), radix: 16)
      let product = String(try reader.uint16("ProductId"), radix: 16)
      let kind = try reader.uint8("DeviceClass")
      let second = try reader.uint8("DeviceSubClass")
      return "UsbClass(\(vendor),\(product),\(kind),\(second),\(try reader.uint8("DeviceProtocol")))"
    case 16:
      let interface = try reader.uint16("InterfaceNumber")
      let vendor = String(try reader.uint16("VendorId"), radix: 16)
      let product = String(try reader.uint16("ProductId"), radix: 16)
      return "UsbWwid(\(vendor),\(product),\(interface),\(utf16(reader.rest())))"
    case 17: return "Unit(\(try reader.uint8("LUN")))"
    case 18:
      let port = try reader.uint16("HBAPortNumber")
      let multiplier = try reader.uint16("PortMultiplierPortNumber")
      return "Sata(\(port),\(multiplier),\(try reader.uint16("LogicalUnitNumber")))"
    case 19: return try iSCSI(&reader)
    case 20: return "Vlan(\(try reader.uint16("VlanId")))"
    case 23:
      let namespace = try reader.uint32("NamespaceIdentifier")
      // An EUI-64 is big-endian in the node as in NVMe: the maker's number stands first.
      let identifier = try reader.bytes(8, "IEEEExtendedUniqueIdentifier")
      return "NVMe(\(hex(namespace)),\(identifier.map { hexText([$0]).uppercased() }.joined(separator: "-")))"
    case 24: return "Uri(\(escapedText(reader.rest())))"
    case 25:
      let physical = try reader.uint8("TargetId")
      return "UFS(\(physical),\(try reader.uint8("LogicalUnitNumber")))"
    case 26: return "SD(\(try reader.uint8("SlotNumber")))"
    case 27: return "Bluetooth(\(hexText(try reader.bytes(6, "BD_ADDR"))))"
    case 28: return "WiFi(\(escapedText(try reader.bytes(32, "SSId").prefix { $0 != 0 })))"
    case 29: return "eMMC(\(try reader.uint8("SlotNumber")))"
    case 31:
      let isIPv6 = try reader.uint8("IsIPv6") != 0
      var servers: [String] = []
      while !reader.isAtEnd {
        let address = try reader.bytes(16, "DnsServerIp")
        servers.append(isIPv6 ? ipv6Text(address) : ipv4Text(Array(address.prefix(4))))
      }
      return "Dns(\(servers.joined(separator: ",")))"
    default: return "Msg(\(subtype),\(hexText(data)))"
    }
  }

  private func ipv4(_ reader: inout ByteReader) throws(ParseError) -> String {
    let local = ipv4Text(try reader.bytes(4, "LocalIpAddress"))
    let remote = ipv4Text(try reader.bytes(4, "RemoteIpAddress"))
    let localPort = try reader.uint16("LocalPort")
    let remotePort = try reader.uint16("RemotePort")
    let network = try reader.uint16("Protocol")
    let isStatic = try reader.uint8("StaticIPAddress") != 0
    var text = "IPv4(\(remote)\(port(remotePort)),\(networkName(network)),\(isStatic ? "Static" : "DHCP"),"
    text += "\(local)\(port(localPort))"
    // Gateway and mask came with UEFI 2.3.1: older nodes end here.
    if !reader.isAtEnd {
      let gateway = ipv4Text(try reader.bytes(4, "GatewayIpAddress"))
      text += ",\(gateway),\(ipv4Text(try reader.bytes(4, "SubnetMask")))"
    }
    return text + ")"
  }

  private func ipv6(_ reader: inout ByteReader) throws(ParseError) -> String {
    let local = ipv6Text(try reader.bytes(16, "LocalIpAddress"))
    let remote = ipv6Text(try reader.bytes(16, "RemoteIpAddress"))
    let localPort = try reader.uint16("LocalPort")
    let remotePort = try reader.uint16("RemotePort")
    let network = try reader.uint16("Protocol")
    let origin = try reader.uint8("IPAddressOrigin")
    let origins = ["Static", "StatelessAutoConfigure", "StatefulAutoConfigure"]
    let originText = Int(origin) < origins.count ? origins[Int(origin)] : hex(origin)
    var text = "IPv6(\(remote)\(port(remotePort)),\(networkName(network)),\(originText),\(local)\(port(localPort))"
    if !reader.isAtEnd {
      let prefix = try reader.uint8("PrefixLength")
      text += ",\(ipv6Text(try reader.bytes(16, "GatewayIpAddress"))),\(prefix)"
    }
    return text + ")"
  }

  private func iSCSI(_ reader: inout ByteReader) throws(ParseError) -> String {
    let network = try reader.uint16("Protocol")
    let options = try reader.uint16("Options")
    let unit = try reader.bytes(8, "LogicalUnitNumber")
    let portal = try reader.uint16("TargetPortalGroupTag")
    let name = escapedText(reader.rest().prefix { $0 != 0 })
    func digest(_ shift: Int) -> String { options >> UInt16(shift) & 3 == 2 ? "CRC32" : "None" }
    let chap = options >> 12 & 1 == 0 ? "CHAP_BI" : "CHAP_UNI"
    let method = options >> 10 & 3 == 2 ? "None" : chap
    let transport = network == 0 ? "TCP" : "Unknown"
    return "iSCSI(\(name),\(portal),0x\(hexText(unit)),\(digest(0)),\(digest(2)),\(method),\(transport))"
  }

  private func media(_ reader: inout ByteReader) throws(ParseError) -> String? {
    switch subtype {
    case 1:
      let number = try reader.uint32("PartitionNumber")
      let start = hex(try reader.uint64("PartitionStart"))
      let size = hex(try reader.uint64("PartitionSize"))
      let signature = try reader.bytes(16, "Signature")
      _ = try reader.uint8("PartitionFormat")
      let kind = try reader.uint8("SignatureType")
      let name =
        switch kind {
        case 1: "MBR,\(hex(signature.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }))"
        case 2: "GPT,\(EFIGUID(signature)?.text ?? hexText(signature))"
        default: "\(kind),\(hexText(signature))"
        }
      return "HD(\(number),\(name),\(start),\(size))"
    case 2:
      let entry = try reader.uint32("BootEntry")
      let start = hex(try reader.uint64("PartitionStart"))
      return "CDROM(\(entry),\(start),\(hex(try reader.uint64("PartitionSize"))))"
    case 3: return try vendor("VenMedia", &reader)
    case 4: return "File(\(utf16(reader.rest())))"
    case 5: return "Media(\(try EFIGUID(from: &reader, "ProtocolGuid").text))"
    case 6: return "FvFile(\(try EFIGUID(from: &reader, "FvFileName").text))"
    case 7: return "FvVol(\(try EFIGUID(from: &reader, "FvName").text))"
    case 8:
      _ = try reader.uint32("Reserved")
      let start = hex(try reader.uint64("StartingOffset"))
      return "Offset(\(start),\(hex(try reader.uint64("EndingOffset"))))"
    case 9:
      let start = hex(try reader.uint64("StartingAddress"))
      let end = hex(try reader.uint64("EndingAddress"))
      let kind = try EFIGUID(from: &reader, "DiskTypeGuid").text
      let instance = try reader.uint16("DiskInstance")
      let names = [
        "77ab535a-45fc-624b-5560-f7b281d1f96e": "VirtualDisk", "3d5abd30-4175-87ce-6d64-d2ade523c4bb": "VirtualCD",
        "5cea02c9-4d07-69d3-269f-4496fbe096f9": "PersistentVirtualDisk",
        "08018188-42cd-bb48-100f-5387d53ded3d": "PersistentVirtualCD",
      ]
      if let name = names[kind] { return "\(name)(\(start),\(end),\(instance))" }
      return "Ramdisk(\(start),\(end),\(instance),\(kind))"
    default: return "MediaPath(\(subtype),\(hexText(data)))"
    }
  }

  private func biosBoot(_ reader: inout ByteReader) throws(ParseError) -> String {
    let kind = Int(try reader.uint16("DeviceType"))
    let status = try reader.uint16("StatusFlag")
    let names = ["", "Floppy", "HD", "CDROM", "PCMCIA", "USB", "Network"]
    let name = kind > 0 && kind < names.count ? names[kind] : "\(kind)"
    return "BBS(\(name),\(escapedText(reader.rest().prefix { $0 != 0 })),\(hex(status)))"
  }

  private func vendor(_ name: String, _ reader: inout ByteReader) throws(ParseError) -> String {
    let guid = try EFIGUID(from: &reader, "VendorGuid").text
    return reader.isAtEnd ? "\(name)(\(guid))" : "\(name)(\(guid),\(hexText(reader.rest())))"
  }
}

/// UTF-16 without the NULs at its end.
///
/// A backslash is the separator of paths here, and stands alone. A text in which something else must be escaped is put in quotes, and
/// its backslashes are doubled as everywhere, so that no name can be written like an escape; so is one that begins with a quote.
private func utf16(_ data: [UInt8]) -> String {
  var units = stride(from: 0, to: max(data.count - 1, 0), by: 2).map { UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8 }
  units.removeLast(units.reversed().prefix { $0 == 0 }.count)
  let parts = units.split(separator: 0x5c, omittingEmptySubsequences: false).map { escapedUTF16($0) }
  if units.first != 0x22, !parts.contains(where: { $0.contains("\\") }) { return parts.joined(separator: "\\") }
  return "\"" + escapedUTF16(units) + "\""
}

private func port(_ number: UInt16) -> String { number == 0 ? "" : ":\(number)" }

private func networkName(_ number: UInt16) -> String {
  switch number {
  case 6: "TCP"
  case 17: "UDP"
  default: "\(number)"
  }
}

private func ipv4Text(_ bytes: [UInt8]) -> String { bytes.map { "\($0)" }.joined(separator: ".") }

/// In brackets, the longest run of zeros left out.
///
/// Source: RFC 5952, section 4.
private func ipv6Text(_ bytes: [UInt8]) -> String {
  let groups = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
  var longest = 0..<0
  var start = 0
  for index in groups.indices {
    if groups[index] != 0 {
      start = index + 1
    } else if index + 1 - start > longest.count {
      longest = start..<index + 1
    }
  }
  func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
  guard longest.count > 1 else { return "[\(text(groups[...]))]" }
  return "[\(text(groups[..<longest.lowerBound]))::\(text(groups[longest.upperBound...]))]"
}
