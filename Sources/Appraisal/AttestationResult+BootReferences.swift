import Digests

extension AttestationResult {
  /// How the proven part of a boot's event log, or its quoted registers, stand to one reference.
  public struct BootReference: Equatable, Sendable {
    /// What the reference speaks of.
    public enum Scope: String, Sendable {
      /// Events of the firmware: a Support RIM (PCR 0 to 3 and 6), or a manifest that names events of some registers.
      case manufacturer
      /// A boot that the user calls good: all but PCR 10.
      case baseline
      /// Values of registers.
      case registers
    }

    /// Path of the reference as it was read.
    public var name: String
    public var scope: Scope
    /// What the signed manifest says it is for; empty when nothing says it.
    public var platform: String
    /// A signature with a key that was given vouches for it. A baseline never is.
    public var isSigned: Bool
    public var signers: [String]
    /// The bank whose digests were compared; of register values the strongest.
    public var bank: HashAlgorithm
    /// Events, or registers, that the reference has.
    public var known: Int
    /// Events that it lacks and that may differ between good boots.
    public var varying: Int
    /// Events that it lacks, ascending.
    public var unknown: [Event]
    /// Events of the log that the reference has, ascending; not written out.
    public var matched: [Int] = []
    /// Registers with the events of the reference in another order.
    public var reordered: [UInt32] = []
    /// RFC 3339 in UTC, where the reference itself says how long it holds.
    public var validUntil: String?
    /// Events of the reference that did not happen, by their index in it.
    public var missing: [Event]
    /// Quoted registers of which the reference names values, by bank and index.
    public var registers: [Register]

    /// Its kind and name: `signed manifest x.corim (Example board)`.
    public var words: String {
      let kind =
        scope == .baseline ? "baseline" : isSigned ? "signed manifest" : "manifest without a verified signature"
      return "\(kind) \(name)" + (platform.isEmpty ? "" : " (\(platform))")
    }

    /// Registers that have none of the values that the reference names.
    public var differing: [Register] { registers.filter { !$0.isReference } }

    /// A quoted register beside the values that a reference names.
    public struct Register: Equatable, Sendable {
      public var bank: HashAlgorithm
      public var index: Int
      /// What the TPM signed.
      public var observed: [UInt8]
      /// Alternatives, ascending.
      public var references: [[UInt8]]

      public var isReference: Bool { references.contains(observed) }

      public init(bank: HashAlgorithm, index: Int, observed: [UInt8], references: [[UInt8]]) {
        self.bank = bank
        self.index = index
        self.observed = observed
        self.references = references
      }
    }

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
      name: String, scope: Scope, platform: String, isSigned: Bool, signers: [String], bank: HashAlgorithm, known: Int,
      varying: Int, unknown: [Event], missing: [Event], registers: [Register] = []
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
      self.registers = registers
    }
  }
}
