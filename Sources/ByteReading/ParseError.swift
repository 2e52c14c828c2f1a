/// What stood where something else was expected, and where.
///
/// Every error of the parsing layers is this one type. Its text reads
/// `quote.bin at 0xa: TPMS_ATTEST.extraData: expected 4 bytes, found 1 byte`.
public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file as the user named it, or its path in the case.
  public var file: String
  /// Bytes from the start of the file.
  public var offset: Int
  /// The field in the standard's words, for example `TPMS_ATTEST.magic`.
  public var field: String
  public var expected: String
  public var found: String
  /// How many bytes the input is short of, when it ends too early.
  public var missingByteCount: Int?

  public init(
    file: String, offset: Int, field: String, expected: String, found: String, missingByteCount: Int? = nil
  ) {
    self.file = file
    self.offset = offset
    self.field = field
    self.expected = expected
    self.found = found
    self.missingByteCount = missingByteCount
  }

  public var description: String {
    "\(file) at 0x\(String(offset, radix: 16)): \(field): expected \(expected), found \(found)"
  }
}

extension ParseError {
  /// A record that lacks more than this was given an absurd length rather than cut off.
  private static let longestCut = 1 << 16

  /// Whether the file ends inside the record that has this fault.
  ///
  /// - parameter unread: what was not read of the file, which such a fault begins.
  public func isCut(leaving unread: Range<Int>) -> Bool {
    guard let missingByteCount else { return false }
    return missingByteCount <= Self.longestCut && offset >= unread.lowerBound
  }
}
