/// A version as Debian packages write it, `[epoch:]upstream[-revision]`, in dpkg's order.
///
/// Two versions that are spelled differently can be equal (`1.0-1` and `0:1.0-01`); `text` tells them apart.
///
/// Source: deb-version(7); dpkg, lib/dpkg/parsehelp.c and lib/dpkg/version.c.
public struct DebianVersion: Comparable, Sendable, CustomStringConvertible {
  /// As it was written.
  public let text: String
  /// Zero where none is written.
  public let epoch: UInt32
  public let upstream: [UInt8]
  /// Empty where none is written, which is equal to `0`.
  public let revision: [UInt8]
  /// False for text that dpkg refuses or warns about. Refused text is ordered as one upstream version without epoch.
  public let isValid: Bool

  public init(_ text: String) {
    self.text = text
    let trimmed = Self.trimmed(Array(text.utf8))
    guard let parts = Self.split(trimmed) else {
      (epoch, upstream, revision, isValid) = (0, Array(trimmed), [], false)
      return
    }
    (epoch, upstream, revision) = (parts.epoch, Array(parts.upstream), Array(parts.revision))
    isValid =
      upstream.first.map(isDigit) == true && upstream.allSatisfy { Self.isAllowed($0, besides: ".-+~:") }
      && revision.allSatisfy { Self.isAllowed($0, besides: ".+~") }
  }

  public var description: String { text }

  public static func < (left: Self, right: Self) -> Bool { left.compare(to: right) < 0 }
  public static func == (left: Self, right: Self) -> Bool { left.compare(to: right) == 0 }

  /// Below zero when this version is older, above when it is newer.
  func compare(to other: Self) -> Int {
    if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
    let order = compareParts(upstream[...], other.upstream[...])
    return order != 0 ? order : compareParts(revision[...], other.revision[...])
  }

  /// Nil for what dpkg refuses: nothing, spaces inside, an epoch that is no number, nothing behind the colon or hyphen.
  private static func split(
    _ text: ArraySlice<UInt8>
  ) -> (epoch: UInt32, upstream: ArraySlice<UInt8>, revision: ArraySlice<UInt8>)? {
    guard !text.isEmpty, !text.contains(where: isSpace) else { return nil }
    var epoch: UInt32 = 0
    var rest = text
    if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      guard let number = Self.epoch(text[..<colon]) else { return nil }
      epoch = number
      rest = text[(colon + 1)...]
    }
    var revision: ArraySlice<UInt8> = []
    if let hyphen = rest.lastIndex(of: UInt8(ascii: "-")) {
      revision = rest[(hyphen + 1)...]
      if revision.isEmpty { return nil }
      rest = rest[..<hyphen]
    }
    return rest.isEmpty ? nil : (epoch, rest, revision)
  }

  /// dpkg reads it with `strtol`, which takes a plus sign, and refuses more than `INT_MAX`.
  private static func epoch(_ text: ArraySlice<UInt8>) -> UInt32? {
    let digits = text.first == UInt8(ascii: "+") ? text.dropFirst() : text
    guard !digits.isEmpty else { return nil }
    var value: UInt32 = 0
    for digit in digits {
      guard isDigit(digit) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow, product <= UInt32(Int32.max) - UInt32(digit - 0x30) else { return nil }
      value = product + UInt32(digit - 0x30)
    }
    return value
  }

  private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    var rest = bytes[...].drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
    return rest
  }

  private static func isAllowed(_ byte: UInt8, besides others: String) -> Bool {
    isDigit(byte) || isLetter(byte) || others.utf8.contains(byte)
  }
}

/// dpkg's `verrevcmp`: runs of other characters and runs of digits in turn.
private func compareParts(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) -> Int {
  var (left, right) = (first, second)
  while !left.isEmpty || !right.isEmpty {
    while left.first.map(isDigit) == false || right.first.map(isDigit) == false {
      let (one, other) = (weight(left.first), weight(right.first))
      if one != other { return one < other ? -1 : 1 }
      left = left.dropFirst()
      right = right.dropFirst()
    }
    let order = compareNumbers(takeDigits(&left), takeDigits(&right))
    if order != 0 { return order }
  }
  return 0
}

/// dpkg's `order`: a tilde sorts before the end, letters before everything else.
private func weight(_ byte: UInt8?) -> Int {
  guard let byte else { return 0 }
  switch byte {
  case _ where isDigit(byte): return 0
  case _ where isLetter(byte): return Int(byte)
  case UInt8(ascii: "~"): return -1
  // The character is signed on the machines that dpkg's results are compared with.
  default: return Int(Int8(bitPattern: byte)) + 256
  }
}

func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) }

/// The digits at the beginning, which are taken away.
func takeDigits(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  let digits = text.prefix(while: isDigit)
  text = text[digits.endIndex...]
  return digits
}

/// Numbers of any length; leading zeros count for nothing, and no digit at all is zero.
func compareNumbers(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) -> Int {
  let left = first.drop { $0 == UInt8(ascii: "0") }
  let right = second.drop { $0 == UInt8(ascii: "0") }
  if left.count != right.count { return left.count < right.count ? -1 : 1 }
  if left.elementsEqual(right) { return 0 }
  return left.lexicographicallyPrecedes(right) ? -1 : 1
}
