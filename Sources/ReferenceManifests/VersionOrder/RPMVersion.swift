/// A version as RPM packages write it, `[epoch:]version[-release]`, in rpm's order.
///
/// Two versions that are spelled differently can be equal (`1.0-1` and `0:1_0-01`); `text` tells them apart.
///
/// Source: rpm, rpmio/rpmver.c (`parseEVR`, `rpmverCmp`) and rpmio/rpmvercmp.c.
public struct RPMVersion: Comparable, Sendable, CustomStringConvertible {
  /// As it was written.
  public let text: String
  /// Digits; empty where none is written, which is equal to `0`.
  public let epoch: [UInt8]
  public let version: [UInt8]
  /// Nil where none is written: older than every release of the same version.
  public let release: [UInt8]?
  /// False where the version or the release is empty or holds a character that rpmbuild refuses.
  public let isValid: Bool

  public init(_ text: String) {
    self.text = text
    let bytes = Array(text.utf8)
    var rest = bytes[...]
    let digits = takeDigits(&rest)
    if rest.first == UInt8(ascii: ":") {
      epoch = Array(digits)
      rest = rest.dropFirst()
    } else {
      epoch = []
      rest = bytes[...]
    }
    if let hyphen = rest.lastIndex(of: UInt8(ascii: "-")) {
      version = Array(rest[..<hyphen])
      release = Array(rest[(hyphen + 1)...])
    } else {
      version = Array(rest)
      release = nil
    }
    isValid = Self.isAllowed(version) && release.map(Self.isAllowed) != false
  }

  public var description: String { text }

  public static func < (left: Self, right: Self) -> Bool { left.compare(to: right) < 0 }
  public static func == (left: Self, right: Self) -> Bool { left.compare(to: right) == 0 }

  /// Below zero when this version is older, above when it is newer.
  func compare(to other: Self) -> Int {
    let epochs = compareNumbers(epoch[...], other.epoch[...])
    if epochs != 0 { return epochs }
    let versions = Self.compareSegments(version, other.version)
    if versions != 0 { return versions }
    switch (release, other.release) {
    case (nil, nil): return 0
    case (nil, _): return -1
    case (_, nil): return 1
    case (let one?, let two?): return Self.compareSegments(one, two)
    }
  }

  /// rpm's `rpmvercmp`: runs of digits and runs of letters, everything else only parts them.
  ///
  /// `~` sorts before the end of the text, `^` after it but before any other continuation. Below zero when `first` is
  /// older.
  public static func compareSegments(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var (left, right) = (first[...], second[...])
    while !left.isEmpty || !right.isEmpty {
      left = left.drop(while: isSeparator)
      right = right.drop(while: isSeparator)
      if left.first == tilde || right.first == tilde {
        guard left.first == tilde else { return 1 }
        guard right.first == tilde else { return -1 }
        left = left.dropFirst()
        right = right.dropFirst()
        continue
      }
      if left.first == caret || right.first == caret {
        if left.isEmpty { return -1 }
        if right.isEmpty { return 1 }
        guard left.first == caret else { return 1 }
        guard right.first == caret else { return -1 }
        left = left.dropFirst()
        right = right.dropFirst()
        continue
      }
      guard let leading = left.first, !right.isEmpty else { break }
      let order = isDigit(leading) ? compareDigits(&left, &right) : compareLetters(&left, &right)
      if order != 0 { return order }
    }
    if left.isEmpty { return right.isEmpty ? 0 : -1 }
    return 1
  }

  /// A number is newer than letters.
  private static func compareDigits(_ left: inout ArraySlice<UInt8>, _ right: inout ArraySlice<UInt8>) -> Int {
    guard right.first.map(isDigit) == true else { return 1 }
    return compareNumbers(takeDigits(&left), takeDigits(&right))
  }

  private static func compareLetters(_ left: inout ArraySlice<UInt8>, _ right: inout ArraySlice<UInt8>) -> Int {
    let (one, other) = (left.prefix(while: isLetter), right.prefix(while: isLetter))
    if other.isEmpty { return -1 }
    left = left[one.endIndex...]
    right = right[other.endIndex...]
    if one.elementsEqual(other) { return 0 }
    return one.lexicographicallyPrecedes(other) ? -1 : 1
  }

  private static let tilde = UInt8(ascii: "~")
  private static let caret = UInt8(ascii: "^")

  private static func isSeparator(_ byte: UInt8) -> Bool {
    !isDigit(byte) && !isLetter(byte) && byte != tilde && byte != caret
  }

  /// rpmbuild's `ALLOWED_CHARS_EVR` without the braces and percent sign of macros.
  private static func isAllowed(_ part: [UInt8]) -> Bool {
    !part.isEmpty && part.allSatisfy { isDigit($0) || isLetter($0) || "._+~^".utf8.contains($0) }
  }
}
