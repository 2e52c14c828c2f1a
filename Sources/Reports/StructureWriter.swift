/// Takes a report as named values and writes them in one format.
///
/// The content of a report is told once, in `AttestationResult.write(to:)`; JSON and XML both listen, so they cannot
/// disagree. Within an object the short values come first, since XML makes attributes of them.
protocol StructureWriter {
  /// A short value: a name, a path, hexadecimal digits. Nil is written where the format can say so.
  mutating func value(_ name: String, _ text: String?)
  mutating func value(_ name: String, _ number: UInt64?)
  mutating func value(_ name: String, _ flag: Bool?)
  /// Numbers on one line.
  mutating func numbers(_ name: String, _ numbers: [Int])

  /// A value that may be long: a sentence, or anything that is compared.
  mutating func sentence(_ name: String, _ text: String?)
  mutating func sentences(_ name: String, of item: String, _ texts: [String])
  /// The first and last of some numbers, both included.
  mutating func bounds(_ name: String, _ range: ClosedRange<Int>?)
  mutating func object(_ name: String, _ body: (inout Self) -> Void)
  /// An object that does not exist.
  mutating func absent(_ name: String)
  mutating func objects<Element>(
    _ name: String, of item: String, _ elements: [Element], _ body: (inout Self, Element) -> Void)

  /// An object whose name is a value itself; `kind` and `key` are what it is and what its name is.
  mutating func keyed(_ kind: String, by key: String, _ name: String, _ body: (inout Self) -> Void)
  /// A value whose name is a value itself.
  mutating func entry(_ kind: String, by key: String, _ name: String, text: String)
  mutating func entry(_ kind: String, by key: String, _ name: String, count: Int)
}

extension StructureWriter {
  mutating func value(_ name: String, _ number: Int?) { value(name, number.map { UInt64(clamping: $0) }) }
  mutating func value(_ name: String, _ number: UInt32?) { value(name, number.map { UInt64($0) }) }

  /// Records from the first to the last, both included; absent when there are none.
  mutating func records(_ name: String, _ range: Range<Int>?) {
    guard let range, !range.isEmpty else { return absent(name) }
    object(name) { written in
      written.value("first", range.lowerBound)
      written.value("last", range.upperBound - 1)
    }
  }
}
