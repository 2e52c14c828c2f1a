import ByteReading
import Digests
import Foundation
import PublicKeys
import QuoteVerification
import TPMStructures
import TestSupport

/// Reads the files of the corpus into what a `QuoteVerifier` takes.
enum Files {
  static func attestation(_ bytes: [UInt8]) -> UnverifiedQuote.Part<Attestation> {
    part { () throws(ParseError) in
      try bytes.read(file: "attest", byteOrder: .bigEndian) { reader throws(ParseError) in
        try Attestation(from: &reader)
      }
    }
  }

  static func signature(_ bytes: [UInt8]) -> UnverifiedQuote.Part<Signature> {
    part { () throws(ParseError) in
      try bytes.read(file: "sig", byteOrder: .bigEndian) { reader throws(ParseError) in try Signature(from: &reader) }
    }
  }

  static func registers(_ bytes: [UInt8]) -> UnverifiedQuote.Part<UnverifiedQuote.RegisterPart> {
    part { () throws(ParseError) in
      .labelled(
        try bytes.read(file: "pcrs", byteOrder: .littleEndian) { reader throws(ParseError) in
          try RegisterFile(from: &reader)
        })
    }
  }

  static func publicArea(_ bytes: [UInt8]) throws(ParseError) -> PublicArea {
    try bytes.read(file: "pub", byteOrder: .bigEndian) { reader throws(ParseError) in try PublicArea(from: &reader) }
  }

  /// A quote of three files of the corpus.
  static func quote(_ attest: String, _ signature: String, _ registers: String? = nil) throws -> UnverifiedQuote {
    UnverifiedQuote(
      file: attest, attestation: attestation(try Corpus.bytes(attest)),
      signature: self.signature(try Corpus.bytes(signature)),
      registers: try registers.map { self.registers(try Corpus.bytes($0)) } ?? .absent)
  }

  static func publicAreaSource(_ path: String) throws -> KeySource {
    KeySource(file: path, content: .publicArea(try publicArea(try Corpus.bytes(path))))
  }

  /// The public key of a PEM file.
  static func publicKeySource(_ path: String, isPinned: Bool = false) throws -> KeySource {
    guard let block = pemBlocks(try Corpus.bytes(path)).first, let key = PublicKey(subjectPublicKeyInfo: block.der)
    else { throw NotInCorpus(path: path) }
    return KeySource(file: path, content: .publicKey(key), isPinned: isPinned)
  }

  private static func part<Value>(_ body: () throws(ParseError) -> Value) -> UnverifiedQuote.Part<Value> {
    do { return .present(try body()) } catch { return .unreadable(error) }
  }
}

struct NotInCorpus: Error { var path: String }

/// `lab/quotes-only/manifest.json`: what the lab knows of each of its quotes.
struct LabManifest: Decodable {
  struct Quote: Decodable {
    var label: String
    /// The key's name here; some quotes add that it is persistent.
    var key: String { String(ak.prefix { $0 != " " }) }
    private var ak: String
    var nonceHex: String?
    var hash: String?
    var resetCount: UInt32?
    var restartCount: UInt32?
    var clock: UInt64?
    var safe: Int?
    var extraData: String?
    var pcrDigest: String?
    var selectionParsed: [Bank]?
  }

  /// Written as a pair: the bank's name, its registers.
  struct Bank: Decodable, Equatable {
    var name: String
    var registers: [Int]

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      name = try pair.decode(String.self)
      registers = try pair.decode([Int].self)
    }
  }

  struct Key: Decodable {
    var hash: String
    var scheme: String
    var name: String
  }

  struct Forgery: Decodable { var file: String }

  var keys: [String: Key]
  var quotes: [Quote]
  var forged: [Forgery]

  static func read() throws -> LabManifest {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(LabManifest.self, from: Data(try Corpus.bytes("lab/quotes-only/manifest.json")))
  }

  /// Every key of the lab, the endorsement keys among them.
  static func ring(_ manifest: LabManifest) throws -> KeyRing {
    let folder = "lab/quotes-only/keys/"
    let names = manifest.keys.keys.sorted().map { "ak-" + $0 } + ["ek-rsa", "ek-ecc384"]
    return KeyRing(try names.map { try Files.publicAreaSource(folder + $0 + ".pub.tpm2b") })
  }
}

extension VerifiedQuote.SignatureOutcome {
  func verifies(_ scheme: SignatureScheme, _ hash: HashAlgorithm, saltLength: Int? = nil) -> Bool {
    guard case .verifies(let use) = self else { return false }
    return use.scheme == scheme && use.hash == hash && use.saltLength == saltLength
  }
}
