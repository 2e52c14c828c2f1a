import Digests
import IMALog

/// What is held against the lists of a boot to find where they were changed.
public struct TamperEvidence: Sendable {
  /// Quotes that count, with their values. Forged ones have no place here.
  public var quotes: [KnownQuote]
  /// Lists of the boot beside those of the chains, such as text copies: their records are candidates.
  public var copies: [ArchivedLog<MeasurementList>]
  /// Files that could not be read to their end.
  public var damaged: Set<String>
  /// Digests of a known file, of the named algorithm, and who knows them.
  public var knownDigests: @Sendable (_ path: [UInt8], _ algorithm: String) -> [KnownDigest]

  public init(
    quotes: [KnownQuote], copies: [ArchivedLog<MeasurementList>] = [], damaged: Set<String> = [],
    knownDigests: @escaping @Sendable ([UInt8], String) -> [KnownDigest] = { _, _ in [] }
  ) {
    self.quotes = quotes
    self.copies = copies
    self.damaged = damaged
    self.knownDigests = knownDigests
  }

  /// A quote of which the values are known.
  public struct KnownQuote: Sendable {
    public var file: String
    /// Folder of the quote's capture.
    public var capture: String
    public var values: RegisterValues
    public var restartCount: UInt32
    /// Milliseconds of the TPM's clock.
    public var clock: UInt64

    public init(file: String, capture: String, values: RegisterValues, restartCount: UInt32, clock: UInt64) {
      self.file = file
      self.capture = capture
      self.values = values
      self.restartCount = restartCount
      self.clock = clock
    }
  }

  public struct KnownDigest: Hashable, Sendable {
    public var bytes: [UInt8]
    /// For example `coreutils 9.1-1`.
    public var source: String

    public init(bytes: [UInt8], source: String) {
      self.bytes = bytes
      self.source = source
    }
  }
}
