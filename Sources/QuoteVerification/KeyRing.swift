import Digests
import Hashing
import PublicKeys
import TPMStructures

/// One place where a key was found.
public struct KeySource: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    case publicArea(PublicArea)
    case certificate(Certificate)
    /// A bare public key: nothing tells what it may be used for.
    case publicKey(PublicKey)
  }
  public var file: String
  public var content: Content
  /// Named by the user as a key to trust, outside the case.
  public var isPinned: Bool

  public init(file: String, content: Content, isPinned: Bool = false) {
    self.file = file
    self.content = content
    self.isPinned = isPinned
  }
}

/// A public key with all that is known of it.
public struct KnownKey: Equatable, Sendable {
  public let key: PublicKey
  /// SHA-256 of the SubjectPublicKeyInfo.
  public let fingerprint: [UInt8]
  public internal(set) var publicArea: PublicArea?
  public internal(set) var certificates: [Certificate] = []
  /// Ascending, each once.
  public internal(set) var files: [String] = []
  public internal(set) var isPinned = false

  /// Algorithm of the name followed by the hash of the public area; nil without a public area.
  ///
  /// Source: TPM 2.0 Library, Part 1, section 16, "Names".
  public var name: [UInt8]? { publicArea.flatMap(keyName) }

  /// True when something says that this key is no attestation key: it decrypts, or its certificates are for other uses.
  var isForOtherUse: Bool {
    if let publicArea { return publicArea.attributes.contains(.decrypt) || !publicArea.attributes.contains(.sign) }
    return !certificates.isEmpty && certificates.allSatisfy { !$0.allowsAttestation }
  }

  /// True when the key can have made a signature of this scheme and hash.
  func fits(_ scheme: SignatureScheme, _ hash: HashAlgorithm) -> Bool {
    guard key.isRSA == (scheme != .ecdsa) else { return false }
    guard let publicArea, publicArea.scheme != 0x0010 else { return true }
    return publicArea.scheme == scheme.rawValue && (publicArea.schemeHash ?? hash.rawValue) == hash.rawValue
  }
}

func keyName(_ area: PublicArea) -> [UInt8]? {
  guard let digest = area.nameAlgorithm?.digest(of: area.bytes) else { return nil }
  return [UInt8(area.rawNameAlgorithm >> 8), UInt8(area.rawNameAlgorithm & 0xff)] + digest
}

/// Every key that a run knows, each once however many files hold it.
public struct KeyRing: Sendable {
  /// In the order of their fingerprints.
  public let keys: [KnownKey]
  /// Every certificate seen, for building chains.
  public let certificates: [Certificate]
  /// Key by the qualified name that it has below a parent whose public area is known, or as a primary key.
  private let keysByQualifiedName: [[UInt8]: Int]

  public init(_ sources: [KeySource]) {
    var known: [PublicKey: KnownKey] = [:]
    var certificates: [Certificate] = []
    for source in sources {
      guard let key = source.content.key else { continue }
      var entry =
        known[key]
        ?? KnownKey(key: key, fingerprint: HashAlgorithm.sha256.digest(of: key.subjectPublicKeyInfo) ?? [])
      switch source.content {
      // The same key may be archived with other attributes; the first in the order of the files counts.
      case .publicArea(let area): entry.publicArea = entry.publicArea ?? area
      case .certificate(let certificate):
        if !entry.certificates.contains(certificate) { entry.certificates.append(certificate) }
        if !certificates.contains(certificate) { certificates.append(certificate) }
      case .publicKey: break
      }
      if !entry.files.contains(source.file) { entry.files.append(source.file) }
      entry.isPinned = entry.isPinned || source.isPinned
      known[key] = entry
    }
    let sorted = known.values.sorted { $0.fingerprint.lexicographicallyPrecedes($1.fingerprint) }
    keys = sorted
    self.certificates = certificates
    keysByQualifiedName = Self.qualifiedNames(of: sorted)
  }

  /// The key whose qualified name this is, where its parents are known well enough to compute it.
  public func key(withQualifiedName name: [UInt8]) -> KnownKey? { keysByQualifiedName[name].map { keys[$0] } }

  /// Qualified names that can be computed: of each key as a primary key of each hierarchy, and as a child of one that
  /// only decrypts (an endorsement or storage key).
  ///
  /// Source: TPM 2.0 Library, Part 1, section 16.4: QN = nameAlg ‖ H(QN of the parent ‖ name); a hierarchy's QN is its
  /// handle.
  private static func qualifiedNames(of keys: [KnownKey]) -> [[UInt8]: Int] {
    let hierarchies: [[UInt8]] = [0x01, 0x07, 0x0b, 0x0c].map { [0x40, 0, 0, $0] }
    var parents = hierarchies
    for key in keys {
      guard let area = key.publicArea, area.attributes.contains([.decrypt, .restricted]) else { continue }
      for hierarchy in hierarchies {
        if let name = qualifiedName(of: area, below: hierarchy) { parents.append(name) }
      }
    }
    var names: [[UInt8]: Int] = [:]
    for (index, key) in keys.enumerated() {
      guard let area = key.publicArea else { continue }
      for parent in parents {
        if let name = qualifiedName(of: area, below: parent) { names[name] = index }
      }
    }
    return names
  }

  private static func qualifiedName(of area: PublicArea, below parent: [UInt8]) -> [UInt8]? {
    guard let name = keyName(area), let digest = area.nameAlgorithm?.digest(of: parent, followedBy: name) else {
      return nil
    }
    return name.prefix(2) + digest
  }
}

extension KeySource.Content {
  /// The key itself; nil when the public area holds no key that OpenSSL can use.
  var key: PublicKey? {
    switch self {
    case .publicArea(let area):
      switch area.unique {
      case .rsa(let modulus, let exponent): PublicKey(modulus: modulus, exponent: exponent)
      case .point(let curve, let x, let y): PublicKey(curve: curve, x: x, y: y)
      }
    case .certificate(let certificate): certificate.key
    case .publicKey(let key): key
    }
  }
}
