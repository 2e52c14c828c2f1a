import Digests

extension AttestationResult {
  /// How the proven part of a boot's event log stands to one reference event log.
  public struct BootReference: Equatable, Sendable {
    /// Path of the reference as it was read.
    public var name: String
    /// `manufacturer` (a Support RIM: PCR 0 to 3 and 6) or `baseline` (a boot that the user calls good: all but PCR 10).
    public var scope: String
    /// What the signed manifest says it is for; empty when nothing says it.
    public var platform: String
    /// A signature with a key that was given vouches for it. A baseline never is.
    public var isSigned: Bool
    public var signers: [String]
    /// The bank whose digests were compared.
    public var bank: HashAlgorithm
    /// Events that the reference has.
    public var known: Int
    /// Events that it lacks and that may differ between good boots.
    public var varying: Int
    /// Events that it lacks, ascending.
    public var unknown: [Event]
    /// Events of the reference that did not happen, by their index in it.
    public var missing: [Event]

    public struct Event: Equatable, Sendable {
      public var index: Int
      public var register: UInt32
      /// The type that the log claims.
      public var type: String

      public init(index: Int, register: UInt32, type: String) {
        self.index = index
        self.register = register
        self.type = type
      }
    }

    public init(
      name: String, scope: String, platform: String, isSigned: Bool, signers: [String], bank: HashAlgorithm, known: Int,
      varying: Int, unknown: [Event], missing: [Event]
    ) {
      self.name = name
      self.scope = scope
      self.platform = platform
      self.isSigned = isSigned
      self.signers = signers
      self.bank = bank
      self.known = known
      self.varying = varying
      self.unknown = unknown
      self.missing = missing
    }
  }
}
