import Digests
import PublicKeys

/// A key that may have signed files, with where it is from.
public struct SigningKey: Equatable, Sendable {
  public var key: PublicKey
  /// Nil for a bare key, which cannot verify signatures appended to modules: they name a certificate.
  public var certificate: Certificate?
  public var origin: Origin
  /// What signatures may name it by: the last 4 bytes of the certificate's key identifier, and of the SHA-1 of the key.
  /// Signing tools use either.
  ///
  /// Source: Linux, security/integrity/digsig_asymmetric.c, `request_asymmetric_key`; RFC 5280, section 4.2.1.2.
  public var identifiers: [[UInt8]]

  public enum Origin: Equatable, Sendable {
    /// The user's word, with the name of the file.
    case given(file: String)
    /// A record of the list says that the kernel put the key into a keyring. Nobody else vouches for it.
    case measured(record: Int, keyring: [UInt8])
  }

  public init(certificate: Certificate, origin: Origin) {
    self.init(key: certificate.key, certificate: certificate, origin: origin)
  }

  /// A bare key.
  public init(key: PublicKey, file: String) {
    self.init(key: key, certificate: nil, origin: .given(file: file))
  }

  private init(key: PublicKey, certificate: Certificate?, origin: Origin) {
    self.key = key
    self.certificate = certificate
    self.origin = origin
    identifiers = []
    for identifier in [certificate?.subjectKeyIdentifier, key.keyDigest].compactMap({ $0 }) {
      let tail = Array(identifier.suffix(4))
      if tail.count == 4, !identifiers.contains(tail) { identifiers.append(tail) }
    }
  }

  public var isGiven: Bool { if case .given = origin { true } else { false } }

  /// The kernel may use the key for the record at `index`: a measured key only after it was measured.
  func isThere(at index: Int) -> Bool {
    switch origin {
    case .given: true
    case .measured(let record, _): record < index
    }
  }
}

/// The keys of one list by the identifiers that signatures name.
///
/// Four bytes are no proof of anything: several keys may share them, and all of them are tried. A list could name thousands
/// of keys alike to make verification take forever, so only the first measured ones of an identifier are.
struct SigningKeyRing: Sendable {
  private(set) var keys: [SigningKey]
  private var places: [[UInt8]: [Int]] = [:]
  /// Identifiers of more measured keys than are tried.
  private(set) var overfull: Set<[UInt8]> = []
  /// Places of the keys with a certificate, given ones first.
  private(set) var certified: [Int] = []
  private var measured: Set<PublicKey> = []

  static let measuredLimit = 8
  static let certifiedLimit = 64

  init(_ given: [SigningKey]) {
    keys = []
    for key in given where !keys.contains(where: { $0.key == key.key && $0.certificate == key.certificate }) {
      add(key)
    }
  }

  /// Adds a key that the list shows; one that was measured before says nothing new.
  mutating func addMeasured(_ key: SigningKey) {
    guard measured.insert(key.key).inserted else { return }
    add(key)
  }

  /// Places in `keys` of those with this identifier, given ones first.
  func places(of identifier: [UInt8]) -> [Int] { places[identifier] ?? [] }

  private mutating func add(_ key: SigningKey) {
    let place = keys.count
    keys.append(key)
    for identifier in key.identifiers {
      let known = places[identifier] ?? []
      if !key.isGiven, known.count(where: { !keys[$0].isGiven }) >= Self.measuredLimit {
        overfull.insert(identifier)
      } else {
        places[identifier] = known + [place]
      }
    }
    if key.certificate != nil, key.isGiven || certified.count < Self.certifiedLimit { certified.append(place) }
  }
}
