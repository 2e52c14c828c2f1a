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
  /// Every public area of this key that was archived, in the order of the files. They differ in what nobody signed, so
  /// one of them may be made up.
  public internal(set) var publicAreas: [PublicArea] = []
  /// The public area that the statement at hand names by its qualified name.
  var namedArea: PublicArea?
  public internal(set) var certificates: [Certificate] = []
  /// Ascending, each once.
  public internal(set) var files: [String] = []
  public internal(set) var isPinned = false

  /// The public area that is proven by a qualified name, else the first.
  public var publicArea: PublicArea? { namedArea ?? publicAreas.first }

  /// What may be said of the attributes: those of the proven public area, else of each one.
  public var attributes: [ObjectAttributes] { (namedArea.map { [$0] } ?? publicAreas).map(\.attributes) }

  /// Algorithm of the name followed by the hash of the public area; nil without a public area.
  ///
  /// Source: TPM 2.0 Library, Part 1, section 16, "Names".
  public var name: [UInt8]? { publicArea.flatMap(keyName) }

  /// Something says that this is an attestation key: the user, its attributes, its certificate, a file named for one. The
  /// failure of any other key says nothing about a signature.
  var isKnownForAttestation: Bool {
    if isPinned { return true }
    if !publicAreas.isEmpty {
      return publicAreas.contains { $0.attributes.contains([.sign, .restricted]) && !$0.attributes.contains(.decrypt) }
    }
    if certificates.contains(where: \.namesAttestation) { return true }
    guard certificates.allSatisfy({ $0.allowsAttestation && !$0.isAuthority }) else { return false }
    return files.contains { file in
      let name = file.split(separator: "/").last.map { $0.lowercased() } ?? ""
      return name.hasPrefix("ak") || name.hasPrefix("aik") || name.contains("attest")
    }
  }

  /// True when the key can have made a signature of this scheme and hash.
  func fits(_ scheme: SignatureScheme, _ hash: HashAlgorithm) -> Bool {
    guard key.isRSA == (scheme != .ecdsa) else { return false }
    return publicAreas.isEmpty
      || publicAreas.contains { area in
        area.scheme == 0x0010
          || (area.scheme == scheme.rawValue && (area.schemeHash ?? hash.rawValue) == hash.rawValue)
      }
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
  /// Key and public area by the qualified name below a parent whose public area is known, or as a primary key.
  private let places: [[UInt8]: Place]

  private struct Place {
    var key: Int
    var area: Int
  }

  public init(_ sources: [KeySource]) {
    var known: [PublicKey: KnownKey] = [:]
    var certificates: [Certificate] = []
    for source in sources {
      guard let key = source.content.key else { continue }
      var entry =
        known[key]
        ?? KnownKey(key: key, fingerprint: HashAlgorithm.sha256.digest(of: key.subjectPublicKeyInfo) ?? [])
      switch source.content {
      case .publicArea(let area):
        if !entry.publicAreas.contains(area) { entry.publicAreas.append(area) }
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
    places = Self.qualifiedNames(of: sorted)
  }

  /// The key whose qualified name this is, where its parents are known well enough to compute it; with the public area
  /// that gives the name.
  public func key(withQualifiedName name: [UInt8]) -> KnownKey? {
    guard let place = places[name] else { return nil }
    var key = keys[place.key]
    key.namedArea = key.publicAreas[place.area]
    return key
  }

  /// Qualified names that can be computed: of each key as a primary key of each hierarchy, and as a child of one that
  /// only decrypts (an endorsement or storage key).
  ///
  /// Source: TPM 2.0 Library, Part 1, section 16.4: QN = nameAlg ‖ H(QN of the parent ‖ name); a hierarchy's QN is its
  /// handle.
  private static func qualifiedNames(of keys: [KnownKey]) -> [[UInt8]: Place] {
    let hierarchies: [[UInt8]] = [0x01, 0x07, 0x0b, 0x0c].map { [0x40, 0, 0, $0] }
    var parents = hierarchies
    for area in keys.flatMap(\.publicAreas) where area.attributes.contains([.decrypt, .restricted]) {
      for hierarchy in hierarchies {
        if let name = qualifiedName(of: area, below: hierarchy) { parents.append(name) }
      }
    }
    var names: [[UInt8]: Place] = [:]
    for (index, key) in keys.enumerated() {
      for (areaIndex, area) in key.publicAreas.enumerated() {
        for parent in parents {
          if let name = qualifiedName(of: area, below: parent) { names[name] = Place(key: index, area: areaIndex) }
        }
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
