import ByteReading
import COpenSSL
import ReferenceManifests

extension OpenPGPKeyring {
  /// Signatures of one document that are verified; each costs a digest of all of it.
  static let signatureLimit = 64

  /// Verifies each signature packet of a detached signature, binary or armoured, in its order. Packets that cannot be read
  /// or have an unknown version are `unsupported`, never left out; only an empty signature gives an empty list.
  public func verify(detached signature: [UInt8], over message: [UInt8]) -> [SourceSignature] {
    guard !signature.isEmpty else { return [] }
    let content = Armour.packets(of: signature)
    return verify(packetsOf: content, Document(binary: message))
  }

  /// Verifies a clear-signed document; nil when it does not begin as one.
  ///
  /// `text` is what the signatures cover: the lines without dash-escapes and without blanks at their ends, each ended by a
  /// line feed. A document that has anything outside of its signed text, or a line that may not be there, is `bad`.
  ///
  /// Source: RFC 9580, section 7.
  public func verify(cleartext document: [UInt8]) -> (text: [UInt8], signatures: [SourceSignature])? {
    guard let message = CleartextMessage(document) else { return nil }
    let armour = Armour.decode(message.signature)
    var signatures = verify(packetsOf: armour, Document(cleartext: message.lines))
    if let fault = message.fault {
      for index in signatures.indices where signatures[index].status != .unsupported {
        signatures[index].status = .bad
        signatures[index].detail = fault
      }
    }
    return (message.text, signatures)
  }

  private func verify(packetsOf content: Armour.Content, _ document: Document) -> [SourceSignature] {
    let (packets, problem) = Packet.split(content.bytes)
    let all = packets.filter { $0.tag == Packet.signature }
    var found = all.prefix(Self.signatureLimit).map { verify($0, document) }
    if all.count > found.count {
      found.append(
        SourceSignature(
          status: .unsupported, scheme: "OpenPGP", key: "",
          detail: "\(all.count - found.count) more signatures were not verified."))
    }
    let faults = content.problems + (problem.map { [$0] } ?? [])
    let isCounted = packets.last.map { !$0.isWhole && $0.tag == Packet.signature } ?? false
    if found.isEmpty || (!faults.isEmpty && !isCounted) {
      let why = faults.first ?? "it holds no signature packet"
      found.append(
        SourceSignature(
          status: .unsupported, scheme: "OpenPGP", key: "", detail: "The signature cannot be read: \(why)."))
    }
    return found
  }

  private func verify(_ packet: Packet, _ document: Document) -> SourceSignature {
    do {
      return judge(try SignaturePacket(body: packet.body, file: "signature"), document)
    } catch {
      return SourceSignature(
        status: .bad, scheme: "OpenPGP", key: "", detail: "The signature packet is damaged: \(error).")
    }
  }

  func judge(_ signature: SignaturePacket, _ document: Document) -> SourceSignature {
    var result = SourceSignature(
      status: .bad, scheme: "OpenPGP v\(signature.version), " + signature.algorithmNames(nil), key: signature.issuer,
      createdAt: signature.created.map { timeText($0) })
    if signature.version > 6 || signature.version == 5 || signature.version < 2 {
      result.scheme = "OpenPGP v\(signature.version)"
    }
    let candidates = candidates(for: signature)
    if let reason = signature.unsupported {
      result.status = .unsupported
      result.detail = "It was not verified: \(reason)."
    } else if signature.type > 1 {
      result.detail = "It is no signature over a document (type \(signature.type))."
    } else if candidates.isEmpty {
      result.status = .keyMissing
      result.detail = signature.issuer.isEmpty ? "It does not say which key made it." : ""
    } else {
      return judge(signature, document, candidates, result)
    }
    return result
  }

  /// The first key that verifies decides; when none does, the first key's answer stands.
  private func judge(
    _ signature: SignaturePacket, _ document: Document, _ candidates: [SigningKey], _ empty: SourceSignature
  ) -> SourceSignature {
    var first: SourceSignature?
    for key in candidates {
      var result = empty
      result.scheme = "OpenPGP v\(signature.version), " + signature.algorithmNames(key.packet)
      let own = hexText(key.packet.fingerprint).uppercased()
      // A certificate is known by its primary key, whichever of its keys signs.
      result.key = key.certificate
      result.signer = key.signer
      switch key.packet.verifies(signature, document) {
      case true:
        (result.status, result.detail) = key.standing(for: signature)
        if own != key.certificate { result.detail = "Made by the subkey \(own). \(result.detail)".trimmingBlanks }
        return result
      case false: result.detail = "The document or the signature was altered."
      case nil:
        result.status = .unsupported
        result.detail =
          "It was not verified: \(key.packet.description) with \(Names.hash(signature.hash)) is not supported."
      }
      if first == nil { first = result }
    }
    return first ?? empty
  }
}

extension SignaturePacket {
  /// Upper-case hexadecimal fingerprint or key id; empty when it names no key.
  var issuer: String { hexText(issuerFingerprint ?? issuerKeyID ?? []).uppercased() }

  func algorithmNames(_ key: KeyPacket?) -> String {
    (key?.description ?? Names.publicKey(algorithm)) + ", " + Names.hash(hash)
  }
}

/// What is signed, as each kind of signature hashes it.
struct Document {
  private var plain: [UInt8]
  private var isCleartext: Bool

  init(binary: [UInt8]) {
    plain = binary
    isCleartext = false
  }

  /// Lines without blanks at their ends; the last has no line end of its own.
  init(cleartext lines: [ArraySlice<UInt8>]) {
    plain = Array(lines.joined(separator: [0x0d, 0x0a]))
    isCleartext = true
  }

  /// Text signatures cover CR LF at each line's end.
  ///
  /// Source: RFC 9580, section 5.2.1.2.
  func bytes(forType type: UInt8) -> [UInt8] {
    guard type == 1, !isCleartext else { return plain }
    var text: [UInt8] = []
    text.reserveCapacity(plain.count)
    for byte in plain {
      if byte == 0x0a, text.last != 0x0d { text.append(0x0d) }
      text.append(byte)
    }
    return text
  }
}

extension KeyPacket {
  /// Whether the signature is this key's over the document, leaving aside whether the key may sign; nil when the
  /// algorithms are not supported.
  func verifies(_ signature: SignaturePacket, _ document: Document) -> Bool? {
    guard let subjectPublicKeyInfo else { return nil }
    guard signature.algorithm == algorithm || (signature.algorithm < 4 && algorithm < 4) else { return false }
    guard let digest = openPGPDigest(signature.hash, document.bytes(forType: signature.type), signature.trailer)
    else { return nil }
    guard let encoded = encoded(signature) else { return false }
    // Safe: every array is passed with its count and lives through the call.
    let outcome = unsafe cossl_openpgp_verify(
      subjectPublicKeyInfo, subjectPublicKeyInfo.count, signature.hash, digest, digest.count, encoded, encoded.count)
    return outcome < 0 ? nil : outcome == 1
  }

  /// The signature's numbers as OpenSSL wants them; nil when they are too large for the key.
  private func encoded(_ signature: SignaturePacket) -> [UInt8]? {
    let numbers = signature.numbers
    switch algorithm {
    case 1, 3: return numbers.first.flatMap { padded($0, to: ((bitCount ?? 0) + 7) / 8) }
    case 17, 19: return DER.element(0x30, numbers.flatMap { DER.integer($0) })
    case 22:
      let halves = numbers.compactMap { padded($0, to: 32) }
      return halves.count == 2 ? halves[0] + halves[1] : nil
    default: return numbers.first
    }
  }
}

/// A big-endian number with leading zeros up to a width; nil when it is wider.
private func padded(_ number: [UInt8], to count: Int) -> [UInt8]? {
  let digits = number.drop { $0 == 0 }
  guard digits.count <= count else { return nil }
  return [UInt8](repeating: 0, count: count - digits.count) + digits
}

extension SigningKey {
  /// What a signature that verifies is worth: revocation before expiry before weakness.
  func standing(for signature: SignaturePacket) -> (SourceSignature.Status, String) {
    guard let created = signature.created else { return (.bad, "It does not say when it was made.") }
    if created < packet.created { return (.bad, "It was made before its key was, on \(timeText(packet.created)).") }
    if wasNeverValid { return (.bad, "The certificate has no self-signature that holds for this key.") }
    if !validity.canSign, validity.revocation == nil { return (.bad, "The key is not meant for signing documents.") }
    if let revocation, !revocation.isSoft || UInt64(created) >= min(validity.validUntil, primary.validUntil) {
      return (.keyRevoked, "The key was \(revocation.sentence).")
    }
    if revocation == nil, let expires, UInt64(created) > expires {
      return (.keyExpired, "The key expired on \(timeText(expires) ?? "").")
    }
    if let weakness = weakness(of: signature) { return (.weak, weakness) }
    return (.good, remarks(on: signature).joined(separator: " "))
  }

  private func weakness(of signature: SignaturePacket) -> String? {
    if Names.isWeak(hash: signature.hash) { return "\(Names.hash(signature.hash)) collisions can be made." }
    return packet.isWeak ? "A key of \(packet.bitCount ?? 0) bits is too short." : nil
  }

  /// Facts beside a good signature; none of them depends on today's date.
  private func remarks(on signature: SignaturePacket) -> [String] {
    var remarks: [String] = []
    if let revocation {
      remarks.append("The key was \(revocation.sentence), after it signed.")
    } else if let expires, let text = timeText(expires) {
      remarks.append("The key is valid until \(text).")
    }
    if let created = signature.created, let lifetime = signature.lifetime, lifetime > 0,
      let end = timeText(UInt64(created) + UInt64(lifetime))
    {
      remarks.append("The signature itself is valid until \(end).")
    }
    return remarks
  }
}

extension String {
  fileprivate var trimmingBlanks: String { last == " " ? String(dropLast()) : self }
}
