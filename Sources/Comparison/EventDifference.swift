/// One event that is in one log only, stands elsewhere in the other, or says something else there.
public struct EventDifference: Equatable, Sendable {
  public enum Kind: String, Sendable {
    case gone
    case added
    case changed
    case moved
  }

  /// Where an event stands.
  public struct Place: Equatable, Sendable {
    /// `Event.index`.
    public var record: Int
    /// Bytes from the start of the file.
    public var offset: Int
  }

  /// One bank in which two events differ.
  public struct DigestDifference: Equatable, Sendable {
    /// Name of the algorithm, or its number.
    public var bank: String
    /// nil when the event of the first log has no digest in this bank.
    public var old: [UInt8]?
    public var new: [UInt8]?
  }

  public var kind: Kind
  /// The stage of the boot in which the event lies; that of the first log's where both logs have it.
  public var stage: String
  /// In the first log; nil when the event was added.
  public var old: Place?
  /// In the second log; nil when the event is gone.
  public var new: Place?
  public var register: UInt32
  /// Name of the type and what the event is about; safe to print.
  public var title: String
  /// Parts of the data that differ, by name.
  public var fields: [FieldDifference] = []
  /// Banks that differ, in the order of the log; every digest of an event that is gone or was added.
  public var digests: [DigestDifference] = []
  /// What follows from data and digests taken together, as a sentence without a full stop; empty when there is nothing to say.
  public var meaning = ""
  /// A moved event: whether the order of its own register is another, too. If not, the register's value does not depend on the
  /// move.
  public var isReorderedInRegister = false
}
