import ByteReading
import PublicKeys
import TestSupport
import Testing

@testable import XMLSignature

/// Base RIMs of HIRS and RIM-Tool with what `xmlsec1` says of them.
@Suite(.enabled(if: Corpus.isPresent, "the corpus is absent"))
struct XMLSignatureCorpusTests {
  private static func signedRIMs() throws -> [(path: String, truth: String)] {
    try Corpus.index("ref").compactMap { row in
      guard let path = row["file"], path.hasSuffix(".swidtag"), let truth = row["expected"],
        truth.contains("XMLDSig")
      else { return nil }
      return ("ref/" + path, truth)
    }
  }

  static func keys() throws -> [[UInt8]] {
    try [
      "ref/nsacyber+HIRS/.ci/setup/certs/RimSignCert.pem", "ref/nsacyber+RIM-Tool/data/pcrim/RimSignCert.pem",
      "ref/nsacyber+HIRS/tools/tcg_rim_tool/src/test/resources/RimSignCert.pem",
    ].flatMap { try certificates($0) }
  }

  static func certificates(_ path: String) throws -> [[UInt8]] {
    pemBlocks(try Corpus.bytes(path)).compactMap { Certificate(der: $0.der)?.key.subjectPublicKeyInfo }
  }

  @Test func everySignedRIMIsWhatItsMakerToldOfIt() throws {
    let keys = Set(try Self.keys())
    let rims = try Self.signedRIMs()
    #expect(rims.count >= 18)
    for rim in rims {
      let document = try Corpus.bytes(rim.path)
      let outcomes = keys.map { verifyXMLSignature(of: document, with: $0) }
      let expected: XMLSignatureOutcome =
        rim.truth.contains("as stored: valid")
        ? .valid : rim.truth.hasSuffix("removed: valid") ? .validWithoutBlanks : .digestDiffers
      #expect(outcomes.contains(expected), "\(rim.path): \(outcomes)")
      if !expected.isValid { #expect(!outcomes.contains { $0.isValid }, "\(rim.path): \(outcomes)") }
    }
  }

  @Test func aChangeOfASignedRIMIsFoundWhereverItIs() throws {
    let path = "ref/nsacyber+HIRS/.ci/system-tests/profiles/laptop/default/swidtags/laptop.default.1.swidtag"
    let document = try Corpus.bytes(path)
    let keys = Set(try Self.keys())
    let key = try #require(keys.first { verifyXMLSignature(of: document, with: $0) == .valid })
    let text = String(decoding: document, as: UTF8.self)
    // What is in the payload and the head, and what the signature itself says.
    for (from, to) in [
      ("Dell5580", "Dell5581"), ("tagVersion=\"1\"", "tagVersion=\"2\""),
      ("supplemental=\"false\"", "supplemental=\"true\""),
      (":hash=\"", ":hash=\"0"), ("</ns2:Payload>", "<x/></ns2:Payload>"), ("<SignatureValue>", "<SignatureValue>A"),
    ] {
      #expect(text.contains(from), "\(from)")
      let changed = Array(text.replacing(from, with: to, maxReplacements: 1).utf8)
      #expect(!verifyXMLSignature(of: changed, with: key).isValid, "\(from)")
    }
    for other in keys where other != key {
      #expect(verifyXMLSignature(of: document, with: other) == .keyDiffers)
    }
  }

  @Test func truncationsNeverVerify() throws {
    let path = "ref/nsacyber+HIRS/.ci/system-tests/profiles/laptop/default/swidtags/laptop.default.1.swidtag"
    let document = try Corpus.bytes(path)
    let key = try #require(try Self.keys().first)
    for length in stride(from: 0, to: document.count - 1, by: 7) {
      guard case .malformed = verifyXMLSignature(of: Array(document.prefix(length)), with: key) else {
        Issue.record("\(length) bytes")
        continue
      }
    }
  }
}

private let anyKey: [UInt8] = [0x30, 0x00]

@Test func aDocumentTypeIsRefused() {
  let document = "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>"
  #expect(verifyXMLSignature(of: Array(document.utf8), with: anyKey) == .malformed("a DOCTYPE is refused"))
}

@Test func aDocumentWithoutSignatureIsUnsigned() {
  #expect(verifyXMLSignature(of: Array("<a><b/></a>".utf8), with: anyKey) == .unsigned)
  // One that is buried deeper vouches for nothing above it.
  let deeper = "<a><b><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></b></a>"
  #expect(verifyXMLSignature(of: Array(deeper.utf8), with: anyKey) == .unsigned)
}

@Test(arguments: [
  ("", "more than one signature", 2, ""),
  ("<Reference URI=\"file:///etc/passwd\"/>", "a reference leads out of the document", 1, ""),
  ("<Reference URI=\"#x\"/>", "not the whole document is signed", 1, ""),
  ("<Reference URI=\"\"/>", "the reference to the document leaves parts of it out", 1, ""),
  (
    "<Reference URI=\"\"/>", "the reference to the document leaves parts of it out", 1,
    "http://www.w3.org/TR/1999/REC-xpath-19991116"
  ),
])
func whatASignatureMayNotDoIsRefused(reference: String, reason: String, count: Int, transform: String) {
  var reference = reference
  if !transform.isEmpty {
    reference = reference.replacing(
      "/>", with: "><Transforms><Transform Algorithm=\"\(transform)\"/></Transforms></Reference>")
  }
  let signature =
    "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\(reference)</SignedInfo></Signature>"
  let document = "<a>" + String(repeating: signature, count: count) + "</a>"
  #expect(verifyXMLSignature(of: Array(document.utf8), with: anyKey) == .refused(reason))
}
