import ByteReading

/// What kind of list a file is, by its content alone; nil when it is none of those that are read here.
public func recognise(list bytes: [UInt8]) -> ReferenceSource.Kind? {
  if bytes.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) == 0x7b { return JSONOutline(bytes).kind }
  // Comments may be long; what stands behind this many bytes does not decide.
  let head = Array(bytes.prefix(1 << 16))
  if head.starts(with: "%%%% HASHDEEP-".utf8) { return .hashdeep }
  if head.starts(with: "#mtree".utf8) { return .mtree }
  var first: ArraySlice<UInt8>?
  forEachLine(of: head) { line, _ in
    if first == nil, let byte = line.first(where: { $0 != 0x20 && $0 != 0x09 }), byte != 0x23 { first = line }
  }
  return first.flatMap(kind)
}

/// The kind that a list's first line with content shows.
private func kind(ofLine line: ArraySlice<UInt8>) -> ReferenceSource.Kind? {
  if DigestLine(line) != nil { return .digestList }
  // Markup has attributes that look like mtree's keywords.
  if line.first == 0x3c { return nil }
  let text = String(decoding: line, as: UTF8.self)
  if SecurityAdvisoryList.Heading(text) != nil { return .debianSecurityList }
  let words = text.split(separator: " ").dropFirst()
  if text.hasPrefix("/set ") || words.contains(where: { $0.hasPrefix("type=") || $0.hasPrefix("sha256digest=") }) {
    return .mtree
  }
  var rows = CSVRows(Array(line))
  return CSVColumns(rows.next()?.fields ?? []).areUsable ? .csv : nil
}

/// The names at the outside of a JSON object, read without keeping its values.
private struct JSONOutline {
  /// Names of the object itself, at most as many as are looked at.
  var names: Set<String> = []
  /// The first name in the first value that is an object.
  var firstInner: String?
  private static let nameLimit = 64

  init(_ bytes: [UInt8]) {
    var depth = 0
    var position = 0
    while position < bytes.count, names.count < Self.nameLimit, kind == nil {
      switch bytes[position] {
      case 0x7b, 0x5b: depth += 1
      case 0x7d, 0x5d: depth -= 1
      case 0x22:
        let start = position + 1
        position = endOfString(bytes, from: start)
        if depth <= 2 { take(bytes[start..<position], depth, isName: isFollowedByColon(bytes, position + 1)) }
      default: break
      }
      position += 1
    }
  }

  private mutating func take(_ text: ArraySlice<UInt8>, _ depth: Int, isName: Bool) {
    guard isName else { return }
    if depth == 1 { names.insert(String(decoding: text, as: UTF8.self)) }
    if depth == 2, firstInner == nil { firstInner = String(decoding: text, as: UTF8.self) }
  }

  /// Keylime's policies say `digests`, or within an envelope nothing of them is seen; the security tracker begins with a
  /// package and, in it, a CVE.
  var kind: ReferenceSource.Kind? {
    if !names.isDisjoint(with: ["digests", "hashes"]) { return .keylimePolicy }
    if names.isSuperset(of: ["payload", "payloadType"]) { return .keylimePolicy }
    if let firstInner, firstInner.hasPrefix("CVE-") || firstInner.hasPrefix("TEMP-") { return .debianSecurityTracker }
    return nil
  }
}

/// Where a string's closing quote stands, or the end.
private func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
  var position = start
  while position < bytes.count, bytes[position] != 0x22 { position += bytes[position] == 0x5c ? 2 : 1 }
  return min(position, bytes.count)
}

private func isFollowedByColon(_ bytes: [UInt8], _ start: Int) -> Bool {
  var position = start
  while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
  return position < bytes.count && bytes[position] == 0x3a
}
