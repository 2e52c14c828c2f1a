import ByteReading
import ReferenceManifests

/// Certificates that signatures are verified with.
///
/// They are read once, librnp judging their self-signatures, bindings and revocations; verifying is then a matter of
/// values, so a keyring may be used by several threads at once. Keys are told apart by fingerprint; where a signature gives
/// only a key id, every key of that id is tried.
///
/// Nothing depends on today's date: a signature is judged at the time that it gives for itself. Self-signatures by SHA-1
/// are taken, those by MD5 are not.
public struct OpenPGPKeyring: Sendable {
  /// Every certificate that could be read, by fingerprint.
  public private(set) var certificates: [Certificate] = []
  /// What was wrong with the files, a sentence each.
  public private(set) var problems: [String] = []
  /// Keys and subkeys of all certificates.
  var keys: [SigningKey] = []

  /// No key at all: every signature is `keyMissing`.
  public init() {}

  /// Reads files of certificates, binary or armoured, any number in each. Several copies of one certificate are taken
  /// together.
  public init(certificates files: [[UInt8]]) {
    var groups: [[UInt8]: [CertificatePackets]] = [:]
    for (index, file) in files.enumerated() {
      for certificate in read(file, name: "key file \(index + 1)") {
        groups[certificate.primary.fingerprint, default: []].append(certificate)
      }
    }
    for fingerprint in groups.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      add(groups[fingerprint] ?? [])
    }
  }

  /// One primary key, with what the certificate says of it.
  public struct Certificate: Equatable, Sendable {
    /// Upper-case hexadecimal.
    public var fingerprint: String
    /// For example `RSA 4096`.
    public var algorithm: String
    /// Escaped; only those whose self-signature holds.
    public var userIDs: [String]
    /// RFC 3339.
    public var created: String
    /// RFC 3339; nil when it never expires.
    public var expires: String?
    /// When and why it was revoked, a sentence; nil when it is not revoked.
    public var revoked: String?
    /// Upper-case hexadecimal fingerprints of the keys, the primary one included, that may sign documents.
    public var signingKeys: [String]
  }

  /// Keys that a signature may be of: those of its fingerprint, else those of its key id.
  func candidates(for signature: SignaturePacket) -> [SigningKey] {
    if let fingerprint = signature.issuerFingerprint { return keys.filter { $0.packet.fingerprint == fingerprint } }
    guard let keyID = signature.issuerKeyID else { return [] }
    return keys.filter { $0.packet.keyID == keyID }
  }

  private mutating func read(_ file: [UInt8], name: String) -> [CertificatePackets] {
    let content = Armour.packets(of: file)
    let (packets, problem) = Packet.split(content.bytes)
    problems += (content.problems + (problem.map { [$0] } ?? [])).map { "\(name): \($0)" }
    var found: [CertificatePackets] = []
    var isSkipping = true
    for packet in packets {
      if packet.tag == Packet.publicKey {
        do {
          found.append(try CertificatePackets(packet, file: name))
          isSkipping = false
        } catch {
          problems.append("\(name): a certificate was left out: \(error)")
          isSkipping = true
        }
      } else if packet.tag == secretKey {
        problems.append("\(name): a secret key was left out; only public keys are wanted")
        isSkipping = true
      } else if !isSkipping, let last = found.indices.last {
        found[last].add(packet)
      }
    }
    if packets.isEmpty { problems.append("\(name): no certificate in it") }
    return found
  }

  /// Copies of one certificate.
  private mutating func add(_ copies: [CertificatePackets]) {
    guard let primary = copies.first?.primary else { return }
    let name = hexText(primary.fingerprint).uppercased()
    guard let reader = CertificateReader() else { return problems.append("librnp could not be started") }
    var isLoaded = false
    for copy in copies where reader.load(copy.bytes) { isLoaded = true }
    guard isLoaded, let validity = reader.validity(of: primary.fingerprint) else {
      return problems.append("the certificate \(name) was left out: librnp cannot read it")
    }
    if validity.validUntil == 0, validity.revocation == nil {
      problems.append("the certificate \(name) has no self-signature that holds; nothing is verified with it")
    }
    let userIDs = reader.userIDs(of: primary.fingerprint)
    var signing: [SigningKey] = []
    for packet in Set(copies.flatMap(\.keys)).sorted(by: { $0.fingerprint.lexicographicallyPrecedes($1.fingerprint) }) {
      guard let own = reader.validity(of: packet.fingerprint) else {
        problems.append("the certificate \(name) has a key that librnp cannot read: \(packet.description)")
        continue
      }
      signing.append(
        SigningKey(
          packet: packet, validity: own, primary: validity, certificate: name, signer: userIDs.first ?? ""))
    }
    keys += signing
    certificates.append(
      Certificate(
        fingerprint: name, algorithm: primary.description, userIDs: userIDs, created: timeText(primary.created),
        expires: signing.first { $0.packet == primary }?.expires.flatMap(timeText),
        revoked: validity.revocation.map { "The key was \($0.sentence)." },
        signingKeys: signing.filter(\.validity.canSign).map { hexText($0.packet.fingerprint).uppercased() }))
  }
}

private let secretKey: UInt8 = 5

/// The packets of one certificate as they stand in a file.
private struct CertificatePackets {
  var primary: KeyPacket
  var keys: [KeyPacket]
  private var packets: [Packet]

  init(_ packet: Packet, file: String) throws(ParseError) {
    primary = try KeyPacket(body: packet.body, file: file)
    guard primary.version == 4 else {
      throw ParseError(
        file: file, offset: 0, field: "key.version", expected: "4", found: String(primary.version))
    }
    keys = [primary]
    packets = [packet]
  }

  /// A subkey that cannot be read stays among the packets; librnp passes over it, and nothing is verified with it.
  mutating func add(_ packet: Packet) {
    packets.append(packet)
    guard packet.tag == Packet.publicSubkey else { return }
    do {
      let key = try KeyPacket(body: packet.body, file: "")
      if key.version == 4 { keys.append(key) }
    } catch {
      return
    }
  }

  /// The packets for librnp, which takes the newest direct-key signature for the key's expiry even if it says nothing of it.
  /// Debian's keys have such ones, which only name who may revoke; they are left out where a user id speaks, too.
  var bytes: [UInt8] {
    let hasUserID = packets.contains { $0.tag == Packet.userID }
    return packets.filter { !(hasUserID && $0.isDirectKeySignatureWithoutExpiry) }.flatMap(\.bytes)
  }
}

extension Packet {
  fileprivate var isDirectKeySignatureWithoutExpiry: Bool {
    guard tag == Packet.signature else { return false }
    do {
      let signature = try SignaturePacket(body: body, file: "")
      return signature.type == 0x1f && !signature.saysKeyExpiry
    } catch {
      return false
    }
  }
}

/// A key that may have signed, with what its certificate says of it.
struct SigningKey: Sendable {
  var packet: KeyPacket
  var validity: KeyValidity
  /// That of the certificate's primary key.
  var primary: KeyValidity
  /// Upper-case hexadecimal fingerprint of the primary key: what the certificate is known by.
  var certificate: String
  /// The first user id of the certificate; empty when it has none.
  var signer: String

  /// Seconds since 1970-01-01; nil when neither the key nor its primary key ever expires, or when a revocation hides it.
  var expires: UInt64? {
    let last = min(validity.validUntil, primary.validUntil)
    return last == UInt64.max || last == 0 ? nil : last
  }
  /// The harder one; of two alike the primary key's, which speaks for all.
  var revocation: Revocation? {
    if let own = validity.revocation, !own.isSoft {
      return primary.revocation?.isSoft == false ? primary.revocation : own
    }
    return primary.revocation ?? validity.revocation
  }
  /// Neither it nor its certificate ever was valid.
  var wasNeverValid: Bool { revocation == nil && min(validity.validUntil, primary.validUntil) == 0 }
}

extension Revocation {
  /// For example `revoked on 2024-01-02T00:00:00Z (superseded)`.
  var sentence: String {
    let why = reason.isEmpty ? "" : " (\(reason))"
    return "revoked" + (time.map { " on " + timeText($0) } ?? "") + why
  }
}

/// RFC 3339.
func timeText(_ seconds: UInt32) -> String { rfc3339Text(secondsSince1970: Int64(seconds)) ?? "" }

/// RFC 3339; nil when no calendar has it.
func timeText(_ seconds: UInt64) -> String? { Int64(exactly: seconds).flatMap { rfc3339Text(secondsSince1970: $0) } }
