import ByteReading

/// One paragraph of Debian's control format: fields with values of one or several lines. It shares the bytes of its file.
///
/// Source: Debian Policy, section 5.1; deb822(5).
public struct DebianParagraph: Sendable {
  struct Field: Sendable {
    var name: Range<Int>
    /// From the first byte after the colon's blanks to the last line's end, continuation lines included.
    var value: Range<Int>
  }

  let bytes: [UInt8]
  var fields: [Field] = []

  /// A paragraph without fields.
  public init() { bytes = [] }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes from the start of the file to the first field.
  public var offset: Int { fields.first?.name.lowerBound ?? 0 }

  /// Names in the order of the file.
  public var names: [String] { fields.map { escapedText(bytes[$0.name]) } }

  /// The bytes of a field's value without blanks around it; nil when there is no such field. Names are compared without
  /// regard to case; of two fields with one name the first counts.
  public func value(_ name: String) -> ArraySlice<UInt8>? { field(name).map { bytes[$0.value] } }

  /// A field's value as text that is safe to print; nil when there is no such field.
  public func text(_ name: String) -> String? { value(name).map { escapedText($0) } }

  /// The lines of a field of several lines without blanks around them and without empty ones, each with its offset in
  /// the file.
  public func lines(_ name: String) -> [(offset: Int, bytes: ArraySlice<UInt8>)] {
    guard let value = value(name) else { return [] }
    return value.split(separator: UInt8(ascii: "\n")).map(trimmed).filter { !$0.isEmpty }.map { ($0.startIndex, $0) }
  }

  private func field(_ name: String) -> Field? {
    let wanted = name.utf8
    return fields.first { field in
      field.name.count == wanted.count && zip(field.name, wanted).allSatisfy { lowercase(bytes[$0]) == lowercase($1) }
    }
  }
}

/// Reads the paragraphs of a file one after the other, so that an index of a whole release is never held as values.
public struct DebianParagraphReader: Sendable {
  /// Most faults that are kept of one file.
  static let problemCount = 100

  private let bytes: [UInt8]
  private let file: String
  private var cursor = 0
  /// Lines that are no part of any field, and fields that stand twice; the first hundred.
  public private(set) var problems: [ParseError] = []

  public init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// The next paragraph with at least one field; nil at the end of the file.
  public mutating func next() -> DebianParagraph? {
    var paragraph = DebianParagraph(bytes: bytes)
    while cursor < bytes.count {
      let line = cursor..<(bytes[cursor...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count)
      cursor = line.upperBound + 1
      let text = trimmed(bytes[line])
      if text.isEmpty {
        if paragraph.fields.isEmpty { continue }
        return paragraph
      }
      if bytes[line.lowerBound] == UInt8(ascii: "#") { continue }
      if isBlank(bytes[line.lowerBound]) {
        continueField(of: &paragraph, with: text, at: line.lowerBound)
      } else {
        addField(to: &paragraph, from: line)
      }
    }
    return paragraph.fields.isEmpty ? nil : paragraph
  }

  private mutating func continueField(of paragraph: inout DebianParagraph, with text: ArraySlice<UInt8>, at offset: Int)
  {
    guard let last = paragraph.fields.indices.last else {
      return report(offset, expected: "a field's name", bytes[offset..<text.endIndex])
    }
    let start = paragraph.fields[last].value
    paragraph.fields[last].value = (start.isEmpty ? text.startIndex : start.lowerBound)..<text.endIndex
  }

  private mutating func addField(to paragraph: inout DebianParagraph, from line: Range<Int>) {
    guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), isName(bytes[line.lowerBound..<colon]) else {
      return report(line.lowerBound, expected: "a field's name and a colon", bytes[line])
    }
    let value = trimmed(bytes[colon + 1..<line.upperBound])
    let field = DebianParagraph.Field(name: line.lowerBound..<colon, value: value.startIndex..<value.endIndex)
    let isSecond = paragraph.fields.contains { other in
      other.name.count == field.name.count
        && zip(other.name, field.name).allSatisfy { lowercase(bytes[$0]) == lowercase(bytes[$1]) }
    }
    if isSecond { report(line.lowerBound, expected: "each field once", bytes[field.name]) }
    paragraph.fields.append(field)
  }

  /// Source: deb822(5): printable ASCII without blanks and colons, not beginning with `#` or `-`.
  private func isName(_ name: ArraySlice<UInt8>) -> Bool {
    guard let first = name.first, first != UInt8(ascii: "-") else { return false }
    return name.allSatisfy { (0x21...0x7e).contains($0) }
  }

  private mutating func report(_ offset: Int, expected: String, _ found: ArraySlice<UInt8>) {
    guard problems.count < Self.problemCount else { return }
    problems.append(
      ParseError(file: file, offset: offset, field: "paragraph", expected: expected, found: quoted(found)))
  }
}

/// The start of a line as it may stand in a message.
func quoted(_ line: ArraySlice<UInt8>) -> String {
  "“" + escapedText(line.prefix(80)) + (line.count > 80 ? "…”" : "”")
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

/// Without blanks at both ends. An empty result still lies where the text was.
func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  let start = line.firstIndex { !isBlank($0) } ?? line.endIndex
  let end = line[start...].lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
  return line[start..<end]
}

/// Words between blanks.
func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] { line.split(whereSeparator: isBlank) }

/// A decimal number and nothing else; nil when it is none or too large.
func decimal(_ text: ArraySlice<UInt8>) -> Int? {
  guard !text.isEmpty, text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
  return Int(String(decoding: text, as: UTF8.self))
}

private func lowercase(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
