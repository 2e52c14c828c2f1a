import Digests
import Hashing
import TCGEventLog
import Testing

@testable import Comparison

/// An event of a crypto-agile log with SHA-1 and SHA-256, made by hand.
struct MadeEvent {
  var register: UInt32
  var type: EventType
  var data: [UInt8]
  /// What was hashed, where that is not the data.
  var measured: [UInt8]?
  /// Digests by algorithm in place of those of what was measured.
  var digests: [HashAlgorithm: [UInt8]] = [:]
  var banks: [HashAlgorithm] = [.sha1, .sha256]

  init(_ register: UInt32, _ type: EventType, _ data: [UInt8], measured: [UInt8]? = nil) {
    self.register = register
    self.type = type
    self.data = data
    self.measured = measured
  }

  init(_ register: UInt32, _ type: EventType, _ text: String, measured: String? = nil) {
    self.init(register, type, Array(text.utf8), measured: measured.map { Array($0.utf8) })
  }

  /// A command or command line as GRUB logs it: the text behind the label is measured.
  static func grub(_ label: String, _ text: String) -> MadeEvent {
    MadeEvent(8, .ipl, Array((label + text).utf8) + [0], measured: Array(text.utf8))
  }

  /// A variable whose data are measured whole.
  static func variable(
    _ name: String, _ content: [UInt8], vendor: [UInt8] = Self.global, register: UInt32 = 7,
    type: EventType = .efiVariableDriverConfig
  ) -> MadeEvent {
    let units = Array(name.utf16)
    let data =
      vendor + little(UInt64(units.count)) + little(UInt64(content.count))
      + units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] } + content
    return MadeEvent(register, type, data)
  }

  /// `EFI_GLOBAL_VARIABLE`.
  static let global: [UInt8] = [
    0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
  ]

  /// A program at an address in memory.
  static func image(_ path: String, at address: UInt64, measured: String, size: UInt64 = 4096) -> MadeEvent {
    let units = Array(path.utf16) + [0]
    let node =
      [4, 4] + little(UInt16(4 + units.count * 2)) + units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
      + [0x7f, 0xff, 4, 0]
    let data = little(address) + little(size) + little(UInt64(0)) + little(UInt64(node.count)) + node
    return MadeEvent(4, .efiBootServicesApplication, data, measured: Array(measured.utf8))
  }

  var bytes: [UInt8] {
    var bytes = little(register) + little(type.rawValue) + little(UInt32(banks.count))
    for bank in banks {
      bytes += little(bank.rawValue) + (digests[bank] ?? bank.digest(of: measured ?? data) ?? [])
    }
    return bytes + little(UInt32(data.count)) + data
  }
}

func little(_ value: some FixedWidthInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

func logBytes(_ events: [MadeEvent], banks: [HashAlgorithm] = [.sha1, .sha256]) -> [UInt8] {
  var body = Array("Spec ID Event03".utf8) + [0, 0, 0, 0, 0, 0, 2, 0, 2] + little(UInt32(banks.count))
  for bank in banks { body += little(bank.rawValue) + little(UInt16(bank.digestByteCount)) }
  body.append(0)
  let header = little(UInt32(0)) + little(UInt32(3)) + [UInt8](repeating: 0, count: 20) + little(UInt32(body.count))
  return header + body + events.flatMap(\.bytes)
}

/// Stages are another target's: here the register stands for one.
func stages(_ log: EventLog) -> [String] { log.events.map { "register \($0.registerIndex)" } }

func parsedLog(_ bytes: [UInt8]) -> EventLog? { EventLog.parse(bytes, file: "log.bin")?.value }

/// Compares two logs made by hand, or read from a file.
func compared(_ old: EventLog, _ new: EventLog, showsAll: Bool = false) -> EventLogComparison {
  EventLogComparison(old, new, files: ("old.bin", "new.bin"), showsAll: showsAll, stages: stages)
}

func compared(_ old: [MadeEvent], _ new: [MadeEvent], showsAll: Bool = false) throws -> EventLogComparison {
  compared(
    try #require(parsedLog(logBytes(old))), try #require(parsedLog(logBytes(new))), showsAll: showsAll)
}

extension EventDifference {
  /// Fields as `name: old -> new`, `-` for a side without one.
  var fieldTexts: [String] { fields.map { "\($0.name): \($0.old ?? "-") -> \($0.new ?? "-")" } }
}
