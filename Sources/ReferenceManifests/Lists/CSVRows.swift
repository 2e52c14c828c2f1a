/// The rows of a CSV file, or of a table whose fields are separated by tabs: the first row shows which.
///
/// Source: RFC 4180. Rows end with a line feed, with or without a carriage return; a field in quotes may hold commas, line
/// ends and doubled quotes.
struct CSVRows: Sequence, IteratorProtocol {
  struct Row: Equatable {
    var fields: [[UInt8]]
    /// Where it starts.
    var offset: Int
    /// False when a quote is not closed or something follows a closed one.
    var isWellFormed: Bool
  }

  private let bytes: [UInt8]
  private let separator: UInt8
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let header = bytes.prefix { $0 != 0x0a }
    separator = header.contains(0x09) && !header.contains(0x2c) ? 0x09 : 0x2c
  }

  mutating func next() -> Row? {
    guard position < bytes.count else { return nil }
    var row = Row(fields: [], offset: position, isWellFormed: true)
    while true {
      row.fields.append(field(&row.isWellFormed))
      guard position < bytes.count else { return row }
      let end = bytes[position]
      position += 1
      if end != separator { return row }
    }
  }

  /// Leaves `position` at the comma or line feed behind the field, or at the end.
  private mutating func field(_ isWellFormed: inout Bool) -> [UInt8] {
    guard position < bytes.count, bytes[position] == 0x22 else { return plainField() }
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != 0x22 {
        content.append(byte)
      } else if position < bytes.count, bytes[position] == 0x22 {
        content.append(byte)
        position += 1
      } else {
        if !plainField().isEmpty { isWellFormed = false }
        return content
      }
    }
    isWellFormed = false
    return content
  }

  private mutating func plainField() -> [UInt8] {
    let start = position
    while position < bytes.count, bytes[position] != separator, bytes[position] != 0x0a { position += 1 }
    let isBeforeLineFeed = position < bytes.count ? bytes[position] == 0x0a : true
    let cut = isBeforeLineFeed && position > start && bytes[position - 1] == 0x0d ? position - 1 : position
    return Array(bytes[start..<cut])
  }
}
