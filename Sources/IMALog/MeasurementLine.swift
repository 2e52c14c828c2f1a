import ByteReading

/// One record of a text list: where its parts lie in the text.
///
/// Source: Linux, security/integrity/ima/ima_fs.c, `ima_ascii_measurements_show`: `%2d `, the template digest in
/// hexadecimal, the template's name, then a blank before every field, also before empty ones. Where tabs took the place
/// of the blanks, they part the fields. Patched kernels write an algorithm before the template digest, `sha256:`.
struct MeasurementLine {
  let registerIndex: UInt32
  let digest: Range<Int>
  let templateName: Range<Int>
  /// Where the line's fields begin: at the blank before the first, or at the end of the line.
  let fieldsStart: Int
  /// What parts the fields: a blank or a tab.
  let separator: UInt8

  /// What some editors put before the first line.
  static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  var digestByteCount: Int { digest.count / 2 }

  /// What the line from `start` says if it begins as a record does; nil otherwise.
  ///
  /// A number with a colon, a tab or a blank before the record is taken for a line number of `grep -n` or `cat -n`.
  init?(_ text: Span<UInt8>, from start: Int, to end: Int) {
    var cursor = text.afterBlanks(start, end)
    guard var number = text.decimal(&cursor, end) else { return nil }
    guard cursor < end, text.isSeparator(cursor) || text[cursor] == UInt8(ascii: ":") else { return nil }
    let numberEnd = text[cursor]
    let beforeSecond = text.afterBlanks(cursor + 1, end)
    cursor = beforeSecond
    if let second = text.decimal(&cursor, end), cursor < end, text.isSeparator(cursor), cursor - beforeSecond <= 10 {
      number = second
      cursor = text.afterBlanks(cursor + 1, end)
    } else if numberEnd == UInt8(ascii: ":") {
      return nil
    } else {
      cursor = beforeSecond
    }
    cursor = text.afterAlgorithm(cursor, end)
    let digestStart = cursor
    while cursor < end, cursor - digestStart <= 128, hexValue(text[cursor]) != nil { cursor += 1 }
    guard MeasurementListFormat.templateDigestByteCounts.contains((cursor - digestStart) / 2),
      (cursor - digestStart).isMultiple(of: 2), cursor < end, text.isSeparator(cursor)
    else { return nil }
    separator = text[cursor]
    digest = digestStart..<cursor
    let nameStart = cursor + 1
    cursor = nameStart
    while cursor < end, cursor - nameStart < Int(FrameLimit.nameByteCount), (0x21...0x7e).contains(text[cursor]) {
      cursor += 1
    }
    guard cursor > nameStart, cursor == end || text[cursor] == separator else { return nil }
    templateName = nameStart..<cursor
    fieldsStart = cursor
    registerIndex = number
  }

  /// How far a line must be known to say whether it begins as a record.
  static let headByteCount = 512

  /// Whether records outnumber other lines among the first lines of a text, and the first record can be read.
  static func areLikelyRecords(_ bytes: [UInt8]) -> Bool {
    let text = bytes.span.extracting(first: 1 << 16)
    var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var records = 0
    var others = 0
    while start < text.count, records + others < 64 {
      let end = text.firstIndex(of: .newline, from: start) ?? text.count
      if let line = MeasurementLine(text, from: start, to: end) {
        if records == 0, !line.isReadable(text, to: end) { return false }
        records += 1
      } else if end > start, end < text.count {
        others += 1
      }
      start = end + 1
    }
    return records > others
  }

  private func isReadable(_ text: Span<UInt8>, to end: Int) -> Bool {
    var out: [UInt8] = []
    do throws(LineFault) {
      _ = try appendRecord(text, to: end, PatchedTextForm(), into: &out)
      return true
    } catch {
      return false
    }
  }
}

/// Why a line that begins as a record is none. `start` is the place in the text.
struct LineFault: Error {
  var field: String
  var start: Int
  var expected: String
  var found: String
}

extension MeasurementLine {
  /// Writes the record as the little-endian binary list has it.
  ///
  /// The kernel hashes this form, and prints the other from it; what the text loses is made up for so: names and
  /// texts end in NUL, `alg:` is followed by NUL, numbers get the width of their field. The caller drops what was
  /// appended when this throws. Says whether `form` mattered.
  func appendRecord(
    _ text: Span<UInt8>, to end: Int, _ form: PatchedTextForm, into out: inout [UInt8]
  ) throws(LineFault) -> Bool {
    let name = (templateName).map { text[$0] }
    out.append(littleEndian: registerIndex)
    try append(hex: digest, of: text, "template digest", to: &out)
    out.append(littleEndian: UInt32(name.count))
    out.append(contentsOf: name)
    if name == Template.legacyName {
      try appendLegacyData(text, to: end, into: &out)
      return false
    } else {
      let lengthAt = out.count
      out.append(littleEndian: 0)
      let usesForm = try appendFields(Template.fields(of: name), text, to: end, form, into: &out)
      guard let byteCount = UInt32(exactly: out.count - lengthAt - 4), byteCount <= FrameLimit.dataByteCount else {
        throw LineFault(
          field: "template data", start: fieldsStart, expected: "at most \(FrameLimit.dataByteCount) bytes",
          found: "\(out.count - lengthAt - 4)")
      }
      out.replace(littleEndian: byteCount, at: lengthAt)
      return usesForm
    }
  }

  /// Template `ima`: digest, length of the name, name without NUL. The name is the rest of the line.
  private func appendLegacyData(_ text: Span<UInt8>, to end: Int, into out: inout [UInt8]) throws(LineFault) {
    let digestStart = min(fieldsStart + 1, end)
    let digestEnd = text.firstIndex(of: separator, from: digestStart, before: end) ?? end
    guard digestEnd - digestStart == 2 * Template.legacyDigestByteCount else {
      throw LineFault(
        field: "d", start: digestStart, expected: "\(2 * Template.legacyDigestByteCount) digits",
        found: "\(digestEnd - digestStart) characters")
    }
    try append(hex: digestStart..<digestEnd, of: text, "d", to: &out)
    let name = min(digestEnd + 1, end)..<end
    guard name.count <= FrameLimit.dataByteCount else {
      throw LineFault(
        field: "n", start: name.lowerBound, expected: "at most \(FrameLimit.dataByteCount) bytes",
        found: "\(name.count)")
    }
    out.append(littleEndian: UInt32(name.count))
    out.append(text, name)
  }

  private func appendFields(
    _ identifiers: [String]?, _ text: Span<UInt8>, to end: Int, _ form: PatchedTextForm, into out: inout [UInt8]
  ) throws(LineFault) -> Bool {
    let columns = text.columns(from: fieldsStart, to: end, parted: separator)
    guard columns.count <= Self.columnLimit else {
      throw LineFault(
        field: "template data", start: fieldsStart, expected: "at most \(Self.columnLimit) fields", found: "more")
    }
    guard let identifiers else {
      for column in columns { try appendUnknown(column, of: text, form, into: &out) }
      return false
    }
    let kinds = identifiers.map { Template.kind(of: $0) ?? .text }
    let name = identifiers.lastIndex { $0 == "n-ng" || $0 == "n" } ?? kinds.firstIndex(of: .text)
    let assigned = Self.assign(columns, to: kinds, name: name, in: text, end: end)
    for ((identifier, kind), column) in zip(zip(identifiers, kinds), assigned) {
      try append(column, of: text, as: kind, identifier, form, into: &out)
    }
    return kinds.contains(.patchedText)
  }

  /// More blanks than this in one line are no name: the kernel's longest path has 4096 bytes.
  private static let columnLimit = 8192

  /// One column a field. Blanks of a name from an old kernel make more columns than fields: the name takes them.
  /// Stripped line ends make fewer: the missing ones are empty.
  private static func assign(
    _ columns: [Range<Int>], to kinds: [Template.Kind], name: Int?, in text: Span<UInt8>, end: Int
  ) -> [Range<Int>] {
    var columns = columns
    if columns.count > kinds.count, let name {
      var after = kinds.count - name - 1
      // Fields behind the name that do not look like their kind are a part of the name, and were stripped.
      while after > 0,
        !kinds.suffix(kinds.count - name - 1).prefix(after).elementsEqual(
          columns.suffix(after), by: { text.fits($1, $0) })
      {
        after -= 1
      }
      let lastOfName = columns.count - after - 1
      columns.replaceSubrange(name...lastOfName, with: [columns[name].lowerBound..<columns[lastOfName].upperBound])
    }
    while columns.count < kinds.count { columns.append(end..<end) }
    return columns
  }

  private func append(
    _ column: Range<Int>, of text: Span<UInt8>, as kind: Template.Kind, _ field: String, _ form: PatchedTextForm,
    into out: inout [UInt8]
  ) throws(LineFault) {
    let lengthAt = out.count
    out.append(littleEndian: 0)
    switch kind {
    case .bytes:
      try append(hex: column, of: text, field, to: &out)
    case .text:
      out.append(text, column)
      // Lists of attribute names are left out when there are none; a file always has a name.
      if field != "xattrnames" || !column.isEmpty { out.append(0) }
    case .patchedText:
      out.append(text, column)
      if column.isEmpty ? form.emptyIsTerminated : form.isTerminated { out.append(0) }
    case .namedDigest where !column.isEmpty:
      guard let colon = column.last(where: { text[$0] == UInt8(ascii: ":") }) else {
        throw LineFault(
          field: field, start: column.lowerBound, expected: "an algorithm, a colon and digits", found: "no colon")
      }
      out.append(text, column.lowerBound..<colon + 1)
      out.append(0)
      try append(hex: colon + 1..<column.upperBound, of: text, field, to: &out)
    case .number(let byteCount) where !column.isEmpty:
      var cursor = column.lowerBound
      guard let value = text.decimal(&cursor, column.upperBound), cursor == column.upperBound,
        byteCount >= 4 || value < 1 << (8 * UInt32(byteCount))
      else {
        throw LineFault(
          field: field, start: column.lowerBound, expected: "a number of \(byteCount) bytes", found: "other characters")
      }
      for byte in 0..<byteCount { out.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte)))) }
    case .namedDigest, .number:
      break
    }
    out.replace(littleEndian: UInt32(truncatingIfNeeded: out.count - lengthAt - 4), at: lengthAt)
  }

  /// A field of a template that is not known: `name:` and digits are a digest, the rest is text. The recorded template
  /// digest says whether that was right.
  private func appendUnknown(
    _ column: Range<Int>, of text: Span<UInt8>, _ form: PatchedTextForm, into out: inout [UInt8]
  ) throws(LineFault) {
    try append(
      column, of: text, as: text.fits(column, .namedDigest) && !column.isEmpty ? .namedDigest : .text, "field", form,
      into: &out)
  }

  private func append(
    hex digits: Range<Int>, of text: Span<UInt8>, _ field: String, to out: inout [UInt8]
  ) throws(LineFault) {
    guard digits.count.isMultiple(of: 2) else {
      throw LineFault(
        field: field, start: digits.lowerBound, expected: "an even number of digits", found: "\(digits.count)")
    }
    var place = digits.lowerBound
    while place < digits.upperBound {
      guard let high = hexValue(text[place]), let low = hexValue(text[place + 1]) else {
        throw LineFault(
          field: field, start: place, expected: "hexadecimal digits",
          found: escapedText([text[place], text[place + 1]]))
      }
      out.append(high << 4 | low)
      place += 2
    }
  }
}

extension UInt8 {
  static let newline = UInt8(ascii: "\n")
  static let blank = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let carriageReturn = UInt8(ascii: "\r")
}

extension Span<UInt8> {
  fileprivate func afterBlanks(_ start: Int, _ end: Int) -> Int {
    var cursor = start
    while cursor < end, self[cursor] == .blank { cursor += 1 }
    return cursor
  }

  fileprivate func isSeparator(_ place: Int) -> Bool { self[place] == .blank || self[place] == .tab }

  /// Behind a name such as `sha256` and its colon, which may stand before a digest; `start` when none does.
  fileprivate func afterAlgorithm(_ start: Int, _ end: Int) -> Int {
    let limit = Swift.min(end, start + 16)
    var colon = start
    while colon < limit, self[colon] != UInt8(ascii: ":") {
      guard self[colon] > .blank, self[colon] < 0x7f else { return start }
      colon += 1
    }
    guard colon > start, colon < limit else { return start }
    return colon + 1
  }

  /// The number at `cursor`, which moves behind it; nil when there is none or it has more than 32 bits.
  fileprivate func decimal(_ cursor: inout Int, _ end: Int) -> UInt32? {
    var value: UInt64 = 0
    var place = cursor
    while place < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[place]) {
      value = value * 10 + UInt64(self[place] - UInt8(ascii: "0"))
      guard value <= UInt64(UInt32.max) else { return nil }
      place += 1
    }
    guard place > cursor else { return nil }
    cursor = place
    return UInt32(value)
  }

  fileprivate func firstIndex(of byte: UInt8, from start: Int, before end: Int) -> Int? {
    guard let found = firstIndex(of: byte, from: start), found < end else { return nil }
    return found
  }

  /// What stands behind each separator from `start` on, up to a number that no record has.
  fileprivate func columns(from start: Int, to end: Int, parted separator: UInt8) -> [Range<Int>] {
    var columns: [Range<Int>] = []
    var cursor = start
    while cursor < end, columns.count <= 8192 {
      let next = firstIndex(of: separator, from: cursor + 1, before: end) ?? end
      columns.append(cursor + 1..<next)
      cursor = next
    }
    return columns
  }

  fileprivate func fits(_ column: Range<Int>, _ kind: Template.Kind) -> Bool {
    switch kind {
    case .text, .patchedText: true
    case .bytes: column.count.isMultiple(of: 2) && column.allSatisfy { hexValue(self[$0]) != nil }
    case .number: column.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[$0]) }
    case .namedDigest: namedDigestFits(column)
    }
  }

  private func namedDigestFits(_ column: Range<Int>) -> Bool {
    guard !column.isEmpty else { return true }
    guard let colon = column.last(where: { self[$0] == UInt8(ascii: ":") }), colon > column.lowerBound else {
      return false
    }
    return fits(colon + 1..<column.upperBound, .bytes)
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: UInt32) {
    for shift in [0, 8, 16, 24] as [UInt32] { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func replace(littleEndian value: UInt32, at place: Int) {
    for byte in 0..<4 { self[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte))) }
  }

  mutating func append(_ text: Span<UInt8>, _ range: Range<Int>) {
    for place in range { append(text[place]) }
  }
}
