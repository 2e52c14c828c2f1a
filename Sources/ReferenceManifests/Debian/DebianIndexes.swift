import ByteReading

/// The file that names the indexes of an archive and is signed: `Release`, or the signed text of `InRelease`.
///
/// Source: Debian wiki, "DebianRepository/Format", "Release files".
public struct DebianRelease: Equatable, Sendable {
  /// One index that the release names.
  public struct Entry: Equatable, Sendable {
    /// Relative to the folder of the release.
    public var path: [UInt8]
    public var byteCount: Int
    public var sha256: [UInt8]
  }

  public var origin: String?
  public var label: String?
  public var suite: String?
  public var codename: String?
  /// RFC 3339, UTC.
  public var date: String?
  /// RFC 3339, UTC; nil when the release stays current.
  public var validUntil: String?
  /// What stands under `SHA256`, in the order of the file.
  public var entries: [Entry]

  /// For example `Debian bookworm-security`; empty when the release gives no name.
  public var distribution: String { [origin ?? label, codename ?? suite].compactMap { $0 }.joined(separator: " ") }

  public static func read(_ bytes: [UInt8], file: String) -> Parsed<DebianRelease> {
    var reader = DebianParagraphReader(bytes, file: file)
    let paragraph = reader.next() ?? DebianParagraph(bytes: [])
    var parsed = Parsed(
      value: DebianRelease(
        origin: paragraph.text("Origin"), label: paragraph.text("Label"), suite: paragraph.text("Suite"),
        codename: paragraph.text("Codename"), entries: []), problems: reader.problems, unread: bytes.count..<bytes.count
    )
    parsed.value.date = time("Date", of: paragraph, file: file, &parsed.problems)
    parsed.value.validUntil = time("Valid-Until", of: paragraph, file: file, &parsed.problems)
    for line in paragraph.lines("SHA256") {
      let parts = words(line.bytes)
      guard parts.count == 3, let sha256 = bytesOfHex(parts[0]), sha256.count == 32, let size = decimal(parts[1]) else {
        parsed.problems.append(
          ParseError(
            file: file, offset: line.offset, field: "SHA256", expected: "a digest, a size and a path",
            found: quoted(line.bytes)))
        continue
      }
      parsed.value.entries.append(Entry(path: Array(parts[2]), byteCount: size, sha256: sha256))
    }
    if paragraph.value("SHA256") == nil {
      parsed.problems.append(
        ParseError(
          file: file, offset: paragraph.offset, field: "SHA256", expected: "digests of the indexes",
          found: "no such field"))
    }
    return parsed
  }

  private static func time(
    _ field: String, of paragraph: DebianParagraph, file: String, _ problems: inout [ParseError]
  ) -> String? {
    guard let value = paragraph.value(field) else { return nil }
    if let time = debianTime(value) { return time }
    problems.append(
      ParseError(
        file: file, offset: value.startIndex, field: field, expected: "a time such as Sat, 21 Nov 2026 02:10:46 UTC",
        found: quoted(value)))
    return nil
  }
}

/// One package that a `Packages` index names.
///
/// Source: Debian wiki, "DebianRepository/Format", "Packages Indices".
public struct DebianIndexEntry: Equatable, Sendable {
  public var control: DebianControl
  /// Relative to the root of the archive.
  public var path: [UInt8]
  public var byteCount: Int
  public var sha256: [UInt8]

  /// Reads an index. An entry that cannot be used is a problem, and the rest goes on.
  public static func read(_ bytes: [UInt8], file: String) -> Parsed<[DebianIndexEntry]> {
    var reader = DebianParagraphReader(bytes, file: file)
    var parsed = Parsed<[DebianIndexEntry]>(value: [], unread: bytes.count..<bytes.count)
    while let paragraph = reader.next() {
      do {
        parsed.value.append(try DebianIndexEntry(paragraph, file: file))
      } catch {
        if parsed.problems.count < DebianParagraphReader.problemCount { parsed.problems.append(error) }
      }
    }
    parsed.problems += reader.problems
    return parsed
  }

  init(_ paragraph: DebianParagraph, file: String) throws(ParseError) {
    control = try DebianControl(paragraph, file: file)
    let fault = { (field: String, expected: String) in
      ParseError(
        file: file, offset: paragraph.offset, field: field, expected: expected,
        found: paragraph.value(field).map(quoted) ?? "no such field")
    }
    guard let path = paragraph.value("Filename"), !path.isEmpty else { throw fault("Filename", "a path") }
    guard let size = paragraph.value("Size").flatMap(decimal) else { throw fault("Size", "a number of bytes") }
    guard let sha256 = paragraph.value("SHA256").flatMap(bytesOfHex), sha256.count == 32 else {
      throw fault("SHA256", "64 hexadecimal digits")
    }
    self.path = Array(path)
    byteCount = size
    self.sha256 = sha256
  }
}

/// Turns the times of release files, `Sat, 21 Nov 2026 02:10:46 UTC` (or with `+0100`), into RFC 3339, UTC; nil when the
/// text is no such time.
///
/// Source: RFC 5322, section 3.3, with the zone `UTC` that apt writes.
public func debianTime(_ text: ArraySlice<UInt8>) -> String? {
  var parts = words(text).map { String(decoding: $0, as: UTF8.self) }
  if parts.first?.hasSuffix(",") == true { parts.removeFirst() }
  guard parts.count == 5, let day = digits(parts[0], 1...2), let year = digits(parts[2], 4...4) else { return nil }
  let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  guard let month = names.firstIndex(of: parts[1]).map({ $0 + 1 }) else { return nil }
  let clock = parts[3].split(separator: ":", omittingEmptySubsequences: false).map { digits(String($0), 2...2) }
  guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2], hour < 24, minute < 60,
    second < 61, let offset = zoneOffset(parts[4]), (1...daysOfMonth(month, year)).contains(day)
  else { return nil }
  // Years have four digits, so nothing here can overflow.
  let days = daysSince1970(year: year, month: month, day: day)
  return rfc3339Text(secondsSince1970: Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset))
}

/// Seconds that the zone is ahead of UTC.
private func zoneOffset(_ zone: String) -> Int? {
  if ["UTC", "GMT", "Z"].contains(zone) { return 0 }
  guard let sign = zone.first, "+-".contains(sign), let number = digits(String(zone.dropFirst()), 4...4),
    number / 100 < 24, number % 100 < 60
  else { return nil }
  return (sign == "-" ? -60 : 60) * (number / 100 * 60 + number % 100)
}

private func digits(_ text: String, _ count: ClosedRange<Int>) -> Int? {
  count.contains(text.utf8.count) ? decimal(Array(text.utf8)[...]) : nil
}

private func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

private func daysOfMonth(_ month: Int, _ year: Int) -> Int {
  switch month {
  case 2: isLeap(year) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

private func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let before = year - 1
  let leapDays = before / 4 - before / 100 + before / 400
  let months = (1..<month).reduce(0) { $0 + daysOfMonth($1, year) }
  // 719162 days lie between the first days of the years 1 and 1970.
  return before * 365 + leapDays + months + day - 1 - 719_162
}
