/// What became of a signature.
public enum SignatureOutcome: String, CaseIterable, Sendable {
  /// Verified with a key that was given from outside the case.
  case verified
  /// Verified with a key that the list itself shows as measured before, and nobody else vouches for.
  case verifiedByMeasuredKey
  /// A key of the identifier is there, and none of them made the signature over what was measured.
  case invalid
  case unknownKey
  /// Of a kind or algorithm that is not verified here, or over something that the record does not hold.
  case unsupported
  case malformed
}

/// What became of the signatures of a whole list.
public struct ListSignatures: Sendable {
  /// Given keys first, then measured ones in the order of the list.
  public var keys: [SigningKey]
  /// For each key the number of records that it verifies.
  public var recordsOfKey: [Int]
  /// Records with a signature, in the order of the list.
  public var records: [Record]
  /// Records of files without any signature in a template that has a place for one.
  public var unsignedRecords: Int

  public struct Record: Equatable, Sendable {
    public var record: Int
    public var outcome: SignatureOutcome
    /// Place in `keys` of the one that verifies it.
    public var key: Int?
    /// How the signature names its key, lower-case hexadecimal; empty when it cannot be read.
    public var keyIdentifier: String
    /// Why it is not verified; empty when it is.
    public var message: String

    public init(record: Int, outcome: SignatureOutcome, key: Int?, keyIdentifier: String, message: String) {
      self.record = record
      self.outcome = outcome
      self.key = key
      self.keyIdentifier = keyIdentifier
      self.message = message
    }
  }

  public init(keys: [SigningKey], recordsOfKey: [Int], records: [Record], unsignedRecords: Int) {
    self.keys = keys
    self.recordsOfKey = recordsOfKey
    self.records = records
    self.unsignedRecords = unsignedRecords
  }

  /// The list has no signature and no place for one.
  public var isEmpty: Bool { records.isEmpty && unsignedRecords == 0 && keys.allSatisfy(\.isGiven) }
}
