import TCGEventLog

/// Where the data of an event have lengths, sizes and counts, found without the reader under test: the place in the
/// data and the number of bytes.
struct LengthFields {
  typealias Field = (place: Int, width: Int)

  private(set) var found: [Field] = []
  private let data: [UInt8]

  static func of(_ event: Event) -> [Field] {
    var fields = Self(data: event.data)
    fields.walk(event.recordedType, register: event.registerIndex)
    return fields.found.filter { $0.place + $0.width <= event.data.count }
  }

  private init(data: [UInt8]) { self.data = data }

  private func number(_ place: Int, _ width: Int) -> Int {
    guard place >= 0, place + width <= data.count else { return 0 }
    return data[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) } & Int.max
  }

  @discardableResult
  private mutating func field(_ place: Int, _ width: Int) -> Int {
    found.append((place, width))
    return min(number(place, width), data.count)
  }

  private func starts(_ text: String, at place: Int = 0) -> Bool { data.dropFirst(place).starts(with: text.utf8) }

  private mutating func walk(_ type: EventType, register: UInt32) {
    switch type {
    case .efiVariableDriverConfig, .efiVariableBoot, .efiVariableBoot2, .efiVariableAuthority, .efiSPDMDevicePolicy,
      .efiSPDMDeviceAuthority:
      variable(isAuthority: type == .efiVariableAuthority)
    case .efiBootServicesApplication, .efiBootServicesDriver, .efiRuntimeServicesDriver:
      path(32, 32 + field(24, 8))
    case .efiGPTEvent, .efiGPTEvent2:
      for (place, width) in [(12, 4), (80, 4), (84, 4), (92, 8)] { field(place, width) }
    case .efiPlatformFirmwareBlob2, .postCode2: field(0, 1)
    case .efiPlatformFirmwareBlob, .postCode, .sCRTMContents, .cpuMicrocode: field(8, 8)
    case .efiHandoffTables: field(0, 8)
    case .efiHandoffTables2: field(1 + field(0, 1), 8)
    case .efiSPDMFirmwareBlob, .efiSPDMFirmwareConfig: device()
    case .eventTag: tags(0, data.count, depth: 0)
    case .noAction where starts("SP800-155"): manifest()
    case .noAction where starts("Spec ID"): field(24, 4)
    case .noAction where register == .max: tags(0, data.count, depth: 0)
    case .noAction where starts("NvIndex"): for place in [16, 18, 20] { field(place, 2) }
    default: break
    }
  }

  private mutating func variable(isAuthority: Bool) {
    let nameByteCount = 2 * field(16, 8)
    let contentByteCount = field(24, 8)
    let start = 32 + nameByteCount
    let name = stride(from: 32, to: min(start, data.count), by: 2).map { data[$0] }
    let end = min(start + contentByteCount, data.count)
    if ["PK", "KEK", "db", "dbx", "dbt", "MokList", "MokListX"].contains(where: { $0.utf8.elementsEqual(name) }) {
      guard !isAuthority else { return }
      var place = start
      while place + 28 <= end {
        for offset in [16, 20, 24] { field(place + offset, 4) }
        place += max(28, number(place + 16, 4))
      }
    } else if name.starts(with: "Boot".utf8), name.count == 8 {
      let length = field(start + 4, 2)
      var place = start + 6
      while place + 1 < end, data[place] != 0 || data[place + 1] != 0 { place += 2 }
      path(place + 2, min(end, place + 2 + length))
    }
  }

  private mutating func path(_ start: Int, _ end: Int) {
    var place = start
    while place + 4 <= min(end, data.count) { place += max(4, field(place + 2, 2)) }
  }

  private mutating func tags(_ start: Int, _ end: Int, depth: Int) {
    var place = start
    while place + 8 <= end {
      let size = field(place + 4, 4)
      let inner = min(end, place + 8 + size)
      if depth < 4, data[place + 3] & 0x40 != 0 { tags(place + 8, inner, depth: depth + 1) }
      place = max(place + 8, inner)
    }
  }

  private mutating func manifest() {
    var place = 36
    guard !starts("SP800-155 Event\0") else { return }
    for _ in 0..<4 { place += 1 + field(place, 1) }
    place += 4
    place += 1 + field(place, 1)
    for _ in 0..<2 { place += 8 + field(place + 4, 4) }
  }

  private mutating func device() {
    if starts("SPDM Device Sec2") {
      for (place, width) in [(20, 4), (32, 4)] { field(place, width) }
      let size = field(44, 8)
      path(52, 52 + size)
      // The first measurement block, or the length of a chain of certificates.
      field(60 + size, 2)
      field(62 + size, 2)
    } else {
      field(18, 2)
      let size = field(30, 2)
      let pathSize = field(32 + size, 8)
      path(40 + size, 40 + size + pathSize)
      field(42 + size + pathSize, 2)
    }
  }
}
