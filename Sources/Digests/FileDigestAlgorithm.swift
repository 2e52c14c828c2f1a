/// A hash algorithm of file content, as packages, lists and the kernel's IMA name it. The number is OpenPGP's, which RPM
/// uses too; those without one there have numbers of ours from 240 on.
///
/// Source: RFC 9580, section 9.5; rpm, `RPMTAG_FILEDIGESTALGO`; Linux, crypto/hash_info.c for the names.
public enum FileDigestAlgorithm: UInt8, CaseIterable, Comparable, Sendable {
  case md5 = 1
  case sha1 = 2
  case sha256 = 8
  case sha384 = 9
  case sha512 = 10
  case sha224 = 11
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha3_256 = 12
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case sha3_512 = 14
  case sm3 = 240

  /// Bytes of one digest.
  public var digestByteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha224: 28
    case .sha256, .sha3_256, .sm3: 32
    case .sha384: 48
    case .sha512, .sha3_512: 64
    }
  }

  /// The kernel's name, for example `sha256`, `sha3-256`.
  public var name: String {
    switch self {
    case .sha3_256: "sha3-256"
    case .sha3_512: "sha3-512"
    default: String(describing: self)
    }
  }

  /// Reads the kernel's name, or the common spellings with capitals, hyphens and underscores: `SHA-256`, `sha3_256`.
  public init?(name: String) {
    let plain = name.lowercased().filter { $0 != "-" && $0 != "_" }
    guard
      let known = Self.allCases.first(where: { algorithm in
        algorithm.name.filter { $0 != "-" } == plain || (algorithm == .sm3 && plain == "sm3256")
      })
    else { return nil }
    self = known
  }

  /// How far a match of this algorithm can be relied on.
  public enum Strength: String, Sendable {
    case strong
    /// Collisions can be made (SHA-1): a match is taken, with a warning.
    case weak
    /// Collisions cost nothing (MD5): a match shows nothing against an attacker.
    case broken
  }

  public var strength: Strength {
    switch self {
    case .md5: .broken
    case .sha1: .weak
    default: .strong
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension FileDigestAlgorithm {
  /// Those that Authenticode and references have in common with register banks.
  public init?(_ bank: HashAlgorithm) {
    switch bank {
    case .sha1: self = .sha1
    case .sha256: self = .sha256
    case .sha384: self = .sha384
    case .sha512: self = .sha512
    default: return nil
    }
  }
}
