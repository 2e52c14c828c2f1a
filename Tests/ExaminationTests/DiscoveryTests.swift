import Appraisal
import EvidenceIntake
import QuoteVerification
import SampleEvidence
import TPMStructures
import Testing

@testable import Examination

@Suite struct DiscoveryTests {
  private static let stem = "boot1/q1/quote-rsa-sha256"
  private let attest: [UInt8]
  private let signature: [UInt8]
  private let registers: [UInt8]
  private let otherSignature: [UInt8]
  private let otherRegisters: [UInt8]
  private let key: [UInt8]
  private let junk: [UInt8] = Array("no evidence".utf8)

  init() throws {
    attest = try SampleCase.bytes(ofWeb: Self.stem + ".attest")
    signature = try SampleCase.bytes(ofWeb: Self.stem + ".sig")
    registers = try SampleCase.bytes(ofWeb: Self.stem + ".pcrs")
    otherSignature = try SampleCase.bytes(ofWeb: "boot1/q2/quote-rsa-sha256.sig")
    otherRegisters = try SampleCase.bytes(ofWeb: "boot1/q2/quote-rsa-sha256.pcrs")
    key = try SampleCase.bytes(ofWeb: "keys/ak-rsa.pub.tpm2b")
  }

  private func evidence(_ files: KeyValuePairs<String, [UInt8]>) -> EvidenceSet {
    EvidenceSet(
      name: "case", files: files.map { evidenceFile($0.value, path: $0.key) }.sorted { $0.path < $1.path })
  }

  private func captures(
    _ files: KeyValuePairs<String, [UInt8]>, roles: [String: CaseDescription.Role] = [:]
  ) -> [DiscoveredCapture] {
    Discovery(evidence: evidence(files), roles: roles).captures()
  }

  private func verified(_ files: KeyValuePairs<String, [UInt8]>) throws -> [VerifiedCapture.Statement] {
    let evidence = evidence(files)
    let statements = CaseStatements(evidence, outside: nil)
    let found = Discovery(evidence: evidence, roles: [:]).captures()
    let trust = try TrustInput(ExaminationRequest(roots: [], toolVersion: "test"))
    return VerifiedCaptures(found, evidence: evidence, statements: statements, trust: trust).captures.flatMap(\.quotes)
  }

  private func pair(_ quote: UnverifiedQuote) -> [String?] { [quote.file, quote.signatureFile, quote.registerFile] }

  // MARK: Captures

  @Test func aFolderWithAQuoteOrALogIsACaptureAndOthersAreNot() throws {
    let log = try SampleCase.bytes(ofWeb: "boot1/q1/binary_bios_measurements")
    let found = captures([
      "b/q.attest": attest, "a/events": log, "keys/ak.tpm2b": key, "notes/n.txt": junk,
      "c/binary_runtime_measurements": [], "d/nonce.hex": Array("00ff".utf8),
    ])
    #expect(found.map(\.folder) == ["a", "b", "c"])
    #expect(found.map(\.quotes.count) == [0, 1, 0])
    #expect(found.map(\.eventLogs.count) == [1, 0, 0])
    #expect(found[2].emptyLists == ["c/binary_runtime_measurements"])
  }

  @Test func aFolderWithAnotherStatementOnlyIsListedAndIsNoCapture() {
    let found = captures(["x/certify.attest": MadeQuote("c").certification])
    #expect(found.map(\.isCapture) == [false])
    #expect(found.first?.quotes.map(\.isMeantAsQuote) == [false])
    #expect(
      captures(["x/certify.attest": MadeQuote("c").certification], roles: ["x/certify.attest": .quote]).map(\.isCapture)
        == [true])
  }

  // MARK: By stem

  @Test(arguments: ["sig", "plain.sig", "signature", "tss"])
  func aSignatureAndAPCRFileBelongToTheQuoteOfTheirStem(ending: String) throws {
    let quotes = captures([
      "q/a.attest": attest, "q/a.\(ending)": signature, "q/a.pcrs": registers, "q/b.attest": attest,
      "q/b.sig": otherSignature,
    ])[0].quotes
    #expect(
      quotes.map { pair($0.quote) } == [["q/a.attest", "q/a.\(ending)", "q/a.pcrs"], ["q/b.attest", "q/b.sig", nil]])
    #expect(quotes.map(\.hasRoleOfQuote) == [true, false])
  }

  @Test func filesOfTheSameStemInOtherFoldersAreNotTaken() {
    let quote = captures(["q/a.attest": attest, "r/a.sig": signature, "r/a.pcrs": registers])[0].quotes[0].quote
    #expect(pair(quote) == ["q/a.attest", nil, nil])
  }

  @Test func aBareRSASignatureIsToldByItsNameAndSize() throws {
    // TPMT_SIGNATURE: scheme, hash, size, then the signature alone.
    let bare = Array(signature.dropFirst(6))
    let quote = captures(["q/a.attest": attest, "q/a.plain.sig": bare])[0].quotes[0].quote
    guard case .present(.bare(bare)) = quote.signature else {
      Issue.record("\(quote.signature)")
      return
    }
    #expect(try verified(["q/a.attest": attest, "q/a.plain.sig": bare, "ak.tpm2b": key])[0].quote.isAuthentic)
  }

  @Test func aCompanionThatCannotBeReadIsKeptAsUnreadable() throws {
    let quote = captures(["q/a.attest": attest, "q/a.sig": junk, "q/a.pcrs": []])[0].quotes[0].quote
    guard case .unreadable(let bad) = quote.signature, case .unreadable(let empty) = quote.registers else {
      Issue.record("read: \(quote)")
      return
    }
    #expect(bad.file == "q/a.sig")
    #expect(bad.found == "11 bytes that are none")
    #expect(empty.file == "q/a.pcrs")
    #expect(empty.found == "an empty file")
  }

  @Test func aRoleSaysWhatContentAndNameDoNot() throws {
    let found = captures(
      ["q/a.bin": junk, "q/a.one": junk, "q/a.two": junk],
      roles: ["q/a.bin": .quote, "q/a.one": .signature, "q/a.two": .pcrs])
    let quotes = try #require(found.first).quotes
    #expect(quotes.map { pair($0.quote) } == [["q/a.bin", "q/a.one", "q/a.two"]])
    #expect(quotes.map(\.hasRoleOfQuote) == [true])
    guard case .unreadable(let error) = quotes[0].quote.attestation else {
      Issue.record("read")
      return
    }
    #expect(error.field == "TPMS_ATTEST.magic")
  }

  // MARK: Broken statements

  @Test(arguments: ["attest", "quote", "msg", "message", "quoted"])
  func aBrokenStatementIsToldByTheSignatureBesideIt(ending: String) {
    for bytes in [junk, []] {
      let quotes = captures(["q/a.\(ending)": bytes, "q/a.sig": signature]).flatMap(\.quotes)
      #expect(quotes.map(\.isMeantAsQuote) == [true])
      guard case .unreadable? = quotes.first?.quote.attestation else {
        Issue.record("\(ending) is not unreadable")
        continue
      }
    }
    #expect(captures(["q/a.\(ending)": junk]).isEmpty)
    #expect(captures(["q/a.txt": junk, "q/a.sig": signature]).isEmpty)
  }

  @Test(arguments: [5, 40, 120])
  func aCutStatementIsStillAQuoteThatWasMeant(length: Int) {
    let quotes = captures(["q/a.attest": Array(attest.prefix(length)), "q/a.sig": signature]).flatMap(\.quotes)
    #expect(quotes.map(\.isMeantAsQuote) == [true])
    #expect(quotes.map(\.quote.signatureFile) == ["q/a.sig"])
  }

  // MARK: By verification

  @Test func aSignatureOfAnotherNameIsFoundByVerifying() throws {
    let statements = try verified([
      "q/a.attest": attest, "q/one.sig": otherSignature, "q/two.sig": signature, "q/x.pcrs": otherRegisters,
      "q/y.pcrs": registers, "ak.tpm2b": key,
    ])
    #expect(statements.map { pair($0.quote.quote) } == [["q/a.attest", "q/two.sig", "q/y.pcrs"]])
    #expect(statements.map(\.quote.isAuthentic) == [true])
    #expect(statements.map { $0.quote.provenRegisters != nil } == [true])
  }

  // MARK: What is left

  /// A stray file condemns nothing: not even the only signature or PCR file of a folder.
  @Test func whatDoesNotFitIsGivenToNobody() throws {
    let statements = try verified([
      "q/a.attest": attest, "q/other.sig": otherSignature, "q/before.pcrs": otherRegisters, "ak.tpm2b": key,
    ])
    #expect(statements.map { pair($0.quote.quote) } == [["q/a.attest", nil, nil]])
    #expect(statements.map(\.quote.signature) == [.missing])
    #expect(statements.map { $0.quote.registers == .notSupplied } == [true])
  }

  @Test func theVeryStemGoesBeforeALikeOneAndContentBeforeTheName() {
    let stems = captures(["q/a.attest": attest, "q/a.plain.sig": Array(signature.dropFirst(6)), "q/a.sig": signature])
    #expect(stems[0].quotes.map(\.quote.signatureFile) == ["q/a.sig"])
    let contents = captures(["q/a.attest": attest, "q/a.bin": signature, "q/a.sig": junk])
    #expect(contents[0].quotes.map(\.quote.signatureFile) == ["q/a.bin"])
  }

  @Test func registerValuesOfAnotherNameDoNotMakeACertificationAQuote() throws {
    let statements = try verified([
      "q/a.attest": attest, "q/a.sig": signature, "q/a.pcrs": registers, "ak.tpm2b": key,
      "q/certify.attest": MadeQuote("c").certification, "q/before.pcrs": otherRegisters,
    ])
    #expect(statements.map(\.quote.quote.registerFile) == ["q/a.pcrs", nil])
    #expect(statements.map(\.hasRoleOfQuote) == [true, false])
  }
}
