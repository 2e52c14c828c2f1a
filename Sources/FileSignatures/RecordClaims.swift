import ByteReading
import Digests
import Hashing
import IMALog
import PublicKeys

/// What has to be verified about one signature of a record.
indirect enum SignatureClaim {
  /// Nothing can be verified.
  case settled(SignatureOutcome, keyIdentifier: String, message: String)
  case statement(SignatureStatement)
  case appended(AppendedStatement)
  /// All must hold: metadata that vouches for a content by a signature of its own.
  case all([SignatureClaim])
}

/// A signature with what it must be over.
struct SignatureStatement: Hashable, Sendable {
  var keyIdentifier: [UInt8]
  var hash: HashAlgorithm
  /// What may be signed; several where machines differ in a way that the record does not tell.
  var digests: [[UInt8]]
  var signature: [UInt8]
  /// Said when a signature does not verify and the record leaves open whether it is over what was measured; nil when not.
  var doubt: String?
}

struct AppendedStatement: Hashable, Sendable {
  var signature: AppendedSignature
  var hash: HashAlgorithm
  var digest: [UInt8]
}

/// The digest that a record holds, or a package's file that has it.
struct MeasuredDigest {
  /// `ima` or `verity`; nil where nobody says.
  var type: String?
  var algorithmName: String
  var algorithm: HashAlgorithm?
  var bytes: [UInt8]

  init(_ digest: Measurement.FileDigest) {
    type = digest.type
    algorithmName = digest.algorithmName
    algorithm = digest.algorithm
    bytes = digest.bytes
  }

  /// A digest of content.
  init(algorithmName: String, bytes: [UInt8]) {
    self.algorithmName = algorithmName
    algorithm = HashAlgorithm(name: algorithmName)
    self.bytes = bytes
  }
}

/// Reads the signatures of a record.
///
/// Source: Linux, security/integrity/ima/ima_appraise.c, `xattr_verify` and `modsig_verify`; security/integrity/integrity.h,
/// `struct ima_file_id`; security/integrity/evm/evm_crypto.c, `evm_calc_hmac_or_hash` and `hmac_add_misc`.
struct RecordClaims {
  private let record: Measurement
  private let file: String
  private let byteOrder: ByteOrder
  private let isText: Bool

  init(_ record: Measurement, of list: MeasurementList) {
    self.record = record
    file = list.file
    byteOrder = record.byteOrder
    isText = list.format == .ascii
  }

  /// The template has a place for a signature.
  var hasPlace: Bool {
    record.fields.contains { ["sig", "evmsig", "modsig"].contains($0.identifier) }
  }

  func claims() -> [SignatureClaim] {
    let attributes = [("sig", record.signature), ("evmsig", record.metadataSignature)].compactMap { name, bytes in
      bytes.map { (name, $0) }
    }
    guard !attributes.isEmpty || record.appendedSignature != nil else { return [] }
    if record.isViolation {
      return [
        settled(
          .unsupported, "The file changed while it was measured or in use: its signature says nothing of what was read."
        )
      ]
    }
    var claims = attributes.map { name, bytes in claim(bytes, offset: offset(of: name)) }
    if let appended = record.appendedSignature { claims.append(claim(appended: appended)) }
    return claims
  }

  /// Where a field begins in the archived file; of a text list, the line.
  private func offset(of identifier: String) -> Int {
    guard !isText else { return record.offset }
    var place = record.offset + record.byteCount - record.templateData.count
    for field in record.fields {
      place += 4
      if field.identifier == identifier { break }
      place += field.bytes.count
    }
    return place
  }

  private func claim(_ bytes: [UInt8], offset: Int) -> SignatureClaim {
    let signature: FileSignature
    do {
      signature = try FileSignature(bytes, file: file, offset: offset)
    } catch {
      return settled(.malformed, "The signature cannot be read: \(error).")
    }
    guard signature.version != .one else {
      return settled(.unsupported, "Signatures of version 1 are not verified.", signature)
    }
    guard let hash = signature.hashAlgorithm else {
      return settled(.unsupported, "Signatures with \(signature.hashName) are not verified.", signature)
    }
    switch signature.kind {
    case .content, .verity: return Self.content(signature, hash, of: record.fileDigest.map { MeasuredDigest($0) })
    case .metadata: return metadata(signature, hash)
    }
  }

  // MARK: Content and fs-verity

  static func content(
    _ signature: FileSignature, _ hash: HashAlgorithm, of digest: MeasuredDigest?
  ) -> SignatureClaim {
    guard let digest else {
      return settled(.unsupported, "The record holds no digest that the signature could be over.", signature)
    }
    guard !digest.bytes.allSatisfy({ $0 == 0 }) else {
      return settled(.unsupported, "The recorded digest is zero: what was read is not known.", signature)
    }
    let wanted = signature.kind == .verity ? "verity" : "ima"
    guard digest.type == nil || digest.type == wanted else {
      let (over, held) =
        signature.kind == .verity ? ("the fs-verity digest", "the content's") : ("the content", "the fs-verity digest")
      return settled(.unsupported, "The signature is over \(over), and the record holds \(held).", signature)
    }
    guard digest.algorithm == hash, digest.bytes.count == hash.digestByteCount else {
      return .statement(
        SignatureStatement(
          keyIdentifier: signature.keyIdentifier, hash: hash, digests: [], signature: signature.bytes,
          doubt:
            "The signature is over a \(signature.hashName) digest, and the record holds a \(digest.algorithmName) one of \(digest.bytes.count) bytes: the file's \(signature.hashName) digest is missing."
        ))
    }
    guard let signed = signedDigest(signature, hash, digest.bytes) else {
      return settled(
        .unsupported, "Signatures of type \(signature.kind.rawValue) have no version \(signature.version.rawValue).",
        signature)
    }
    // Older templates do not say which of the two digests they hold.
    let doubt =
      digest.type == nil && signature.kind == .verity
      ? "The signature is over the fs-verity digest, and the record does not say that it holds that." : nil
    return .statement(
      SignatureStatement(
        keyIdentifier: signature.keyIdentifier, hash: hash, digests: [signed], signature: signature.bytes, doubt: doubt)
    )
  }

  /// Version 3 signs the digest of type, algorithm and digest, so that no signature can stand for one of another type.
  private static func signedDigest(_ signature: FileSignature, _ hash: HashAlgorithm, _ digest: [UInt8]) -> [UInt8]? {
    switch signature.version {
    case .one: nil
    case .two: signature.kind == .verity ? nil : digest
    case .three: hash.digest(of: [signature.kind.rawValue, signature.rawHashAlgorithm], followedBy: digest)
    }
  }

  // MARK: Metadata

  private func metadata(_ signature: FileSignature, _ hash: HashAlgorithm) -> SignatureClaim {
    guard let values = record.field("xattrvalues"), let owner = record.field("iuid"), owner.count == 4,
      let group = record.field("igid"), group.count == 4, let mode = record.field("imode"), mode.count == 2
    else {
      return settled(
        .unsupported, "The signature is over the file's metadata (EVM portable), which the record does not hold.",
        signature)
    }
    // Inode number and generation are left out of portable signatures; the number's width is the machine's.
    let digests = [8, 4].compactMap { width -> [UInt8]? in
      let miscellaneous = [UInt8](repeating: 0, count: width + 4) + owner + group + mode + [0, 0]
      return hash.digest(of: values, followedBy: miscellaneous).flatMap { Self.signedDigest(signature, hash, $0) }
    }
    guard !digests.isEmpty else {
      return settled(.unsupported, "OpenSSL lacks \(signature.hashName).", signature)
    }
    let statement = SignatureClaim.statement(
      SignatureStatement(
        keyIdentifier: signature.keyIdentifier, hash: hash, digests: digests, signature: signature.bytes, doubt: nil))
    return .all([statement, contentOfMetadata(values, signature)])
  }

  /// The metadata vouch for the content by `security.ima`, which is among them.
  private func contentOfMetadata(_ values: [UInt8], _ signature: FileSignature) -> SignatureClaim {
    guard let attribute = attribute("security.ima", in: values), let type = attribute.first else {
      return settled(
        .unsupported, "The signed metadata hold no security.ima, so they say nothing of the content.", signature)
    }
    let identifier = hexText(signature.keyIdentifier)
    let algorithm: HashAlgorithm?
    let digest: [UInt8]
    switch type {
    case 1:
      (algorithm, digest) = (attribute.count == 21 ? .sha1 : nil, Array(attribute.dropFirst()))
    case 4 where attribute.count > 2:
      (algorithm, digest) = (HashAlgorithm(kernelNumber: attribute[1]), Array(attribute.dropFirst(2)))
    case 3, 6:
      return claim(attribute, offset: offset(of: "xattrvalues"))
    default:
      return settled(.unsupported, "The security.ima among the signed metadata is of an unknown type.", signature)
    }
    guard let measured = record.fileDigest, let algorithm, measured.algorithm == algorithm else {
      return settled(
        .unsupported, "The signed metadata name the content by another algorithm than the record.", signature)
    }
    return measured.bytes == digest
      ? .all([])
      : .settled(
        .invalid, keyIdentifier: identifier, message: "The signed metadata name another content than what was measured."
      )
  }

  /// The value of an extended attribute of the template `evm-sig`.
  private func attribute(_ name: String, in values: [UInt8]) -> [UInt8]? {
    guard var names = record.field("xattrnames"), let lengths = record.field("xattrlengths") else { return nil }
    if names.last == 0 { names.removeLast() }
    let all = names.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
    guard let place = all.firstIndex(where: { $0.elementsEqual(name.utf8) }) else { return nil }
    do {
      let counts = try lengths.read(file: file, byteOrder: byteOrder) { (reader: inout ByteReader) throws(ParseError) in
        var counts: [Int] = []
        while !reader.isAtEnd { counts.append(Int(try reader.uint32("xattrlengths"))) }
        return counts
      }
      guard counts.indices.contains(place) else { return nil }
      return try values.read(file: file, byteOrder: byteOrder) { (reader: inout ByteReader) throws(ParseError) in
        for count in counts[..<place] { try reader.skip(count, "xattrvalues") }
        return try reader.bytes(counts[place], "xattrvalues")
      }
    } catch {
      // Lengths that do not fit the values name no attribute; the caller says that it is absent.
      return nil
    }
  }

  // MARK: Appended

  private func claim(appended bytes: [UInt8]) -> SignatureClaim {
    guard let signature = AppendedSignature(der: bytes) else {
      return settled(.malformed, "The appended signature is no PKCS #7 signed data.")
    }
    let signer = hexText(signature.signer)
    guard let digest = record.unsignedFileDigest, let hash = digest.algorithm,
      digest.bytes.count == hash.digestByteCount,
      hash != .sm3_256
    else {
      return .settled(
        .unsupported, keyIdentifier: signer,
        message: "The record holds no digest of the file without its appended signature that could be verified.")
    }
    return .appended(AppendedStatement(signature: signature, hash: hash, digest: digest.bytes))
  }

  private func settled(
    _ outcome: SignatureOutcome, _ message: String, _ signature: FileSignature? = nil
  ) -> SignatureClaim {
    Self.settled(outcome, message, signature)
  }

  static func settled(
    _ outcome: SignatureOutcome, _ message: String, _ signature: FileSignature? = nil
  ) -> SignatureClaim {
    .settled(outcome, keyIdentifier: signature.map { hexText($0.keyIdentifier) } ?? "", message: message)
  }
}
