/// A hash algorithm by its TPM number. Names are those of the registry, underscores included.
///
/// Source: TCG Algorithm Registry, table of `TPM_ALG_ID`.
public enum HashAlgorithm: UInt16, CaseIterable, Comparable, Sendable {
  case sha1 = 0x0004
  case sha256 = 0x000b
  case sha384 = 0x000c
  case sha512 = 0x000d
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sm3_256 = 0x0012
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha3_256 = 0x0027
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha3_384 = 0x0028
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha3_512 = 0x0029

  /// Bytes of one digest.
  public var digestByteCount: Int {
    switch self {
    case .sha1: 20
    case .sha256, .sm3_256, .sha3_256: 32
    case .sha384, .sha3_384: 48
    case .sha512, .sha3_512: 64
    }
  }

  /// The name that tpm2-tools and reports use.
  public var name: String { String(describing: self) }

  /// Reads a name as tpm2-tools or the Linux kernel writes it (`sm3`, `sha3-256` are the kernel's spellings).
  public init?(name: String) {
    let known = Self.allCases.first { $0.name == name }
    switch name {
    case "sm3": self = .sm3_256
    case "sha3-256": self = .sha3_256
    case "sha3-384": self = .sha3_384
    case "sha3-512": self = .sha3_512
    default:
      guard let known else { return nil }
      self = known
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
