import Digests
import Hashing
import ReferenceManifests
import SampleEvidence
import TCGEventLog
import Testing

@testable import Appraisal

/// Logs and references made by hand: what each image is told to be, and what that does to the verdict.
struct BootImageAppraiserTests {
  private static let path = "/boot/loader.efi"

  /// A package with one image of this content's digest.
  private func references(
    _ content: String = "loader", versions: [String] = ["1.0"], sbat: String? = nil, sha1: String? = nil,
    certificates: [BootImage.Certificate] = []
  ) throws -> MadeReferences {
    try MadeReferences(
      versions.map { version in
        var image = file(Self.path, "file \(content) \(version)", kind: .pe)
        var digests: [BootImage.ImageDigest] = [.init(.sha256, sha256(version == versions[0] ? content : version))]
        if let sha1 { digests.append(.init(.sha1, HashAlgorithm.sha1.digest(of: Array(sha1.utf8)) ?? [])) }
        image.image = BootImage(digests: digests, sbat: sbat.map { Array($0.utf8) }, certificates: certificates)
        return package(version, [image], name: "loader")
      })
  }

  private func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// `UEFI_IMAGE_LOAD_EVENT` with one node of a device path and its end.
  private func load(_ register: UInt32, _ content: String, node: [UInt8], type: EventType? = nil) -> MadeEvent {
    let path = node + [0x7f, 0xff, 4, 0]
    return MadeEvent(
      register, type ?? .efiBootServicesApplication,
      [UInt8](repeating: 0, count: 24) + number(path.count, 8) + path, measured: Array(content.utf8))
  }

  /// `\A` as a file path node.
  private let fileNode: [UInt8] = [4, 4, 10, 0, 0x5c, 0, 0x41, 0, 0, 0]
  private let firmwareNode: [UInt8] = [4, 6, 20, 0] + [UInt8](repeating: 5, count: 16)

  private func variable(_ name: String, _ content: [UInt8], type: EventType) -> MadeEvent {
    MadeEvent(
      7, type,
      [UInt8](repeating: 0, count: 16) + number(name.utf16.count, 8) + number(content.count, 8)
        + name.utf16.flatMap { number(Int($0), 2) } + content)
  }

  private func appraise(
    _ events: [MadeEvent], _ references: MadeReferences?, scope: Policy.BootScope = .report, isProven: Bool = true,
    revocations: [RevocationList] = []
  ) throws -> BootImageAppraiser.Outcome {
    let log = try #require(madeEventLog(events)).log
    var policy = Policy()
    policy.boot = scope
    let parts = isProven ? [ProvenEvents.Part(bank: .sha256, registers: Set(0...9), count: events.count)] : []
    return try BootImageAppraiser(
      stores: references.map { [$0.store] } ?? [], policy: policy, asOf: nil, revocations: revocations
    ).appraise(log, file: "events", proven: ProvenEvents(parts))
  }

  @Test func aKnownImageIsToldWithItsPackageAndIsNoFinding() throws {
    let outcome = try appraise([load(4, "loader", node: fileNode)], try references())
    let image = try #require(outcome.images.first)
    #expect(image.status == .known && image.isProven && image.path == "File(\\A)")
    #expect(image.package?.name == "loader" && image.package?.version == "1.0" && image.package?.path == Self.path)
    #expect(outcome.findings.isEmpty)
    #expect(outcome.summary?.contains("1 known") == true)
  }

  /// The digest of the file is in the references, too, and is not what firmware measures.
  @Test func theDigestOfTheFileMakesNoImageKnown() throws {
    let outcome = try appraise([load(4, "file loader 1.0", node: fileNode)], try references())
    #expect(outcome.images.map(\.status) == [.unknown])
  }

  @Test func anUnknownImageWeighsWhatTheScopeSays() throws {
    let event = load(4, "stranger", node: fileNode)
    let reported = try appraise([event], try references()).findings
    #expect(reported.map(\.code) == [.eventUnknownImage] && reported.map(\.effect) == [.none])
    let assessed = try appraise([event], try references(), scope: .assess).findings
    #expect(assessed.map(\.severity) == [.critical] && assessed.map(\.effect) == [.untrusted])
    let outside = try appraise([event], try references(), scope: .outOfScope)
    #expect(outside.findings.isEmpty && outside.images.map(\.status) == [.notAssessed])
  }

  @Test func withoutReferencesThatHoldImagesNothingIsAssessed() throws {
    let event = load(4, "loader", node: fileNode)
    let others = try MadeReferences([package("1.0", [program("/usr/bin/tool", "tool")])])
    for references in [nil, others] {
      let outcome = try appraise([event], references)
      #expect(outcome.images.map(\.status) == [.notAssessed] && outcome.findings.isEmpty && outcome.summary == nil)
      #expect(try appraise([event], references, scope: .assess).findings.map(\.effect) == [.inconclusive])
    }
  }

  @Test func theNewerOfTwoVersionsMakesTheOlderSuperseded() throws {
    let outcome = try appraise([load(4, "loader", node: fileNode)], try references(versions: ["1.0", "1.1"]))
    #expect(outcome.images.map(\.status) == [.superseded])
    #expect(outcome.findings.map(\.code) == [.eventSupersededImage])
    #expect(outcome.images[0].reason.contains("1.1"))
  }

  @Test func whatComesWithTheFirmwareIsNotAssessedButAClaimedPathExcusesNoLoader() throws {
    let driver = load(2, "option ROM", node: firmwareNode, type: .efiBootServicesDriver)
    let loader = load(4, "menu", node: firmwareNode)
    for scope in [Policy.BootScope.report, .assess] {
      let outcome = try appraise([driver, loader], try references(), scope: scope)
      #expect(outcome.images.map(\.status) == [.firmware, .firmware])
      #expect(outcome.findings.map(\.effect) == (scope == .assess ? [.inconclusive] : []))
      #expect(outcome.findings.allSatisfy { $0.record == 1 })
    }
  }

  @Test func anImageInTheDbxOfTheLogIsRevokedEvenWhenItIsKnown() throws {
    let list = MadeRevocations.list(MadeRevocations.sha256, [sha256("loader")])
    let events = [variable("dbx", list, type: .efiVariableDriverConfig), load(4, "loader", node: fileNode)]
    let outcome = try appraise(events, try references())
    #expect(outcome.images.map(\.status) == [.revoked] && outcome.images[0].package != nil)
    #expect(outcome.findings.map(\.code) == [.eventRevokedImage] && outcome.findings[0].effect == .untrusted)
    // No references are needed for that, and no scope takes it away.
    #expect(try appraise(events, nil, scope: .outOfScope).images.map(\.status) == [.revoked])
  }

  @Test func aRevokedImageThatNoQuoteProvesIsNoProof() throws {
    let list = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.sha256, [sha256("loader")]))
    let event = load(4, "loader", node: fileNode)
    let outcome = try appraise([event], nil, isProven: false, revocations: [list])
    #expect(outcome.findings.map(\.effect) == [.inconclusive] && outcome.images.map(\.isProven) == [false])
    #expect(try appraise([event], nil, revocations: [list]).findings.map(\.effect) == [.untrusted])
  }

  @Test func aFileThatALoaderReadIsKnownByItsContent() throws {
    func read(_ content: String, register: UInt32 = 9, type: EventType = .ipl) -> MadeEvent {
      MadeEvent(register, type, Array("/boot/loader.efi\0".utf8), measured: Array(content.utf8))
    }
    let references = try references(versions: ["1.0", "1.1"])
    let outcome = try appraise([read("file loader 1.1"), read("made here"), read("loader")], references)
    #expect(outcome.images.map(\.status) == [.known] && outcome.images.map(\.digestOf) == [.file])
    #expect(outcome.images.first?.path == "/boot/loader.efi" && outcome.images.first?.record == 0)
    #expect(outcome.findings.isEmpty && outcome.summary == nil)
    let old = try appraise([read("file loader 1.0")], references)
    #expect(old.images.map(\.status) == [.superseded] && old.findings.map(\.code) == [.eventSupersededImage])
    // Firmware's registers and text that is measured itself hold no files.
    #expect(try appraise([read("file loader 1.1", register: 1)], references).images.isEmpty)
    let text = MadeEvent(8, .ipl, Array("file loader 1.1".utf8))
    #expect(try appraise([text], references).images.isEmpty)
    // What no quote proves is told and said to be a claim.
    #expect(try appraise([read("file loader 1.1")], references, isProven: false).images.map(\.isProven) == [false])
  }

  /// A dbx has SHA-256, and the quote may be of another bank: the log's own digest is then a reason not to trust.
  @Test func anImageRevokedInABankThatNoQuoteProvesLeavesItUndecided() throws {
    var log = try #require(madeEventLog([load(4, "loader", node: fileNode)])).log
    var other = log.events[0].digests[0]
    other.rawAlgorithm = HashAlgorithm.sha384.rawValue
    other.bytes = HashAlgorithm.sha384.digest(of: Array("loader".utf8)) ?? []
    log.events[0].digests.append(other)
    let list = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.sha256, [sha256("loader")]))
    let outcome = try BootImageAppraiser(stores: [], policy: Policy(), asOf: nil, revocations: [list]).appraise(
      log, file: "events", proven: ProvenEvents([.init(bank: .sha384, registers: [4], count: 1)]))
    #expect(outcome.images.map(\.status) == [.revoked] && outcome.images.map(\.isProven) == [false])
    #expect(outcome.findings.map(\.code) == [.eventRevokedImage] && outcome.findings.map(\.effect) == [.inconclusive])
  }

  /// The type of an event is a claim: calling a loader something else hides it from nothing.
  @Test(arguments: [EventType.ipl, .compactHash, .eventTag, .efiAction, .separator])
  func aLoaderUnderAnotherTypeIsFoundByItsDigest(type: EventType) throws {
    let loader = MadeEvent(4, type, Array("harmless".utf8), measured: Array("loader".utf8))
    #expect(try appraise([loader], try references()).images.map(\.status) == [.known])
    let list = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.sha256, [sha256("loader")]))
    let revoked = try appraise([loader], nil, revocations: [list])
    #expect(revoked.findings.map(\.code) == [.eventRevokedImage] && revoked.findings[0].effect == .untrusted)
    let stranger = MadeEvent(4, type, Array("harmless".utf8), measured: Array("stranger".utf8))
    #expect(try appraise([stranger], try references()).images.isEmpty)
    let assessed = try appraise([load(4, "loader", node: fileNode), stranger], try references(), scope: .assess)
    #expect(assessed.findings.map(\.effect) == [.inconclusive] && assessed.findings.map(\.record) == [1])
  }

  /// An image's own bytes as the data of a text event are no text.
  @Test func bytesOfAnImageAsDataOfAnActionAreNotExcused() throws {
    let bytes: [UInt8] = Array("MZ".utf8) + (0..<200).map { UInt8($0) }
    let action = MadeEvent(4, .efiAction, bytes)
    #expect(try appraise([action], try references(), scope: .assess).findings.contains { $0.effect == .inconclusive })
    let text = MadeEvent(4, .efiAction, Array("Calling EFI Application from Boot Option".utf8))
    let separator = MadeEvent(4, .separator, [0, 0, 0, 0])
    let good = [text, separator, load(4, "loader", node: fileNode)]
    #expect(try appraise(good, try references(), scope: .assess).findings.isEmpty)
  }

  /// The head of an image can look like a text that two zeros end; what stands behind them is not shown.
  @Test func aTextThatHasMoreBehindItsEndHidesAnImage() throws {
    let bytes: [UInt8] = [0x41, 0, 0x42, 0, 0, 0] + (0..<200).map { UInt8($0) }
    for type in [EventType.efiAction, .ipl, .eventTag, .outsideProfile] {
      let outcome = try appraise([MadeEvent(4, type, bytes)], try references(), scope: .assess)
      #expect(outcome.findings.map(\.effect) == [.inconclusive], "\(type)")
    }
    let wide = MadeEvent(4, .ipl, [0x41, 0, 0x42, 0, 0, 0])
    #expect(try appraise([wide], try references(), scope: .assess).findings.isEmpty)
  }

  /// What was measured into a register that anybody may extend started nothing.
  @Test func onlyAnImageOfRegisterFourShowsWhatWasStarted() throws {
    var policy = Policy()
    policy.boot = .assess
    let appraiser = try BootImageAppraiser(stores: [], policy: policy, asOf: nil, revocations: [])
    for (register, isOpen) in [(UInt32(4), false), (9, true)] {
      let outcome = try appraise([load(register, "loader", node: fileNode)], try references(), scope: .assess)
      #expect(outcome.images.map(\.status) == [.known])
      #expect(appraiser.findings(onWhole: outcome).isEmpty == !isOpen)
    }
  }

  /// An image in a bank that no reference has is not unknown, but it is not assessed either.
  @Test func anImageInABankOfWhichReferencesHoldNothingLeavesTheBootOpen() throws {
    var log = try #require(madeEventLog([load(4, "loader", node: fileNode)])).log
    log.events[0].digests[0].rawAlgorithm = HashAlgorithm.sm3_256.rawValue
    log.events[0].digests[0].algorithm = .sm3_256
    var policy = Policy()
    policy.boot = .assess
    let appraiser = try BootImageAppraiser(
      stores: [try references().store], policy: policy, asOf: nil, revocations: [])
    let outcome = try appraiser.appraise(
      log, file: "events", proven: ProvenEvents([.init(bank: .sm3_256, registers: [4], count: 1)]))
    #expect(outcome.images.isEmpty)
    #expect(appraiser.findings(onWhole: outcome).map(\.effect) == [.inconclusive])
  }

  /// An edit of the data leaves the digest: it makes no image forbidden for certain.
  @Test func aDbxThatItsDigestDoesNotBindRevokesNothingForCertain() throws {
    let list = MadeRevocations.list(MadeRevocations.sha256, [sha256("loader")])
    var dbx = variable("dbx", list, type: .outsideProfile)
    dbx.measured = [1, 2, 3]
    let outcome = try appraise([dbx, load(4, "loader", node: fileNode)], nil)
    #expect(outcome.images.map(\.status) == [.revoked] && outcome.images.map(\.isProven) == [false])
    #expect(outcome.findings.map(\.effect) == [.inconclusive])
  }

  /// A list is the log's under every type, and only in the register of Secure Boot.
  @Test func theDbxOfTheLogIsTakenByItsContentAndRegister() throws {
    let list = MadeRevocations.list(MadeRevocations.sha256, [sha256("loader")])
    var dbx = variable("dbx", list, type: .efiAction)
    let loader = load(4, "loader", node: fileNode)
    #expect(try appraise([dbx, loader], nil).images.map(\.status) == [.revoked])
    dbx.register = 16
    #expect(try appraise([dbx, loader], nil).images.map(\.status) == [.notAssessed])
  }

  @Test func theHighestLevelOfSBATCounts() throws {
    let references = try references(sbat: "loader,1,date\n")
    let high = variable("SbatLevel", Array("sbat,1,2\nloader,2\n".utf8), type: .efiVariableAuthority)
    let low = variable("SbatLevel", Array("sbat,1,1\nloader,1\n".utf8), type: .efiVariableAuthority)
    for levels in [[high, low], [low, high]] {
      let outcome = try appraise(levels + [load(4, "loader", node: fileNode)], references)
      #expect(outcome.findings.filter { $0.code == .eventRevokedGeneration }.count == 1)
    }
  }

  @Test func whatNoQuoteProvesIsNeverAssessed() throws {
    let known = load(4, "loader", node: fileNode)
    let stranger = load(4, "stranger", node: fileNode)
    for event in [known, stranger] {
      let outcome = try appraise([event], try references(), scope: .assess, isProven: false)
      #expect(outcome.findings.map(\.effect) == [.inconclusive])
    }
    var policy = Policy()
    policy.boot = .assess
    let assessing = try BootImageAppraiser(stores: [], policy: policy, asOf: nil, revocations: [])
    #expect(assessing.findings(onWhole: .init()).map(\.effect) == [.inconclusive])
    let reporting = try BootImageAppraiser(stores: [], policy: Policy(), asOf: nil, revocations: [])
    #expect(reporting.findings(onWhole: .init()).isEmpty)
  }

  @Test func theCertificateOfAKnownImagesSignerRevokesIt() throws {
    let signer = BootImage.Certificate(
      sha256: sha256("certificate"), subject: "CN=Signer", issuer: "CN=Root", isSigner: true)
    let list = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.x509, [Array("certificate".utf8)]))
    let event = load(4, "loader", node: fileNode)
    let outcome = try appraise([event], try references(certificates: [signer]), revocations: [list])
    #expect(outcome.images.map(\.status) == [.revoked] && outcome.images[0].signers == ["CN=Signer"])
    // Who signed is known only from the references.
    #expect(try appraise([event], nil, revocations: [list]).images.map(\.status) == [.notAssessed])
  }

  @Test(arguments: [("loader,1,date\nshim,4\n", 1), ("shim,3\n", 0), ("grub,9\n", 0)])
  func aGenerationBelowTheLevelOfTheLogIsAFinding(level: String, count: Int) throws {
    let events = [
      load(4, "loader", node: fileNode), variable("SbatLevel", Array(level.utf8), type: .efiVariableAuthority),
    ]
    let outcome = try appraise(events, try references(sbat: "sbat,1\nshim,3,vendor\n"))
    #expect(outcome.findings.count { $0.code == .eventRevokedGeneration } == count)
    #expect(outcome.images[0].sbat == ["sbat,1", "shim,3"])
  }

  /// A quote of the SHA-256 bank says nothing of the SHA-1 digests beside it: they can be edited in to be known.
  @Test func aDigestOfABankThatNoQuoteProvesMakesNothingKnown() throws {
    let sha1 = HashAlgorithm.sha1.digest(of: Array("loader".utf8)) ?? []
    let stranger = HashAlgorithm.sha256.digest(of: Array("stranger".utf8)) ?? []
    let body =
      Array("Spec ID Event03".utf8) + [0, 0, 0, 0, 0, 0, 2, 0, 2] + number(2, 4) + number(4, 2) + number(20, 2)
      + number(0x0b, 2) + number(32, 2) + [0]
    let header = number(0, 4) + number(3, 4) + [UInt8](repeating: 0, count: 20) + number(body.count, 4) + body
    let event =
      number(4, 4) + number(0x8000_0003, 4) + number(2, 4) + number(4, 2) + sha1 + number(0x0b, 2) + stranger
      + number(0, 4)
    let log = try #require(EventLog.parse(header + event, file: "events")).value
    let references = try references(sha1: "loader")
    let appraiser = try BootImageAppraiser(stores: [references.store], policy: Policy(), asOf: nil, revocations: [])
    func status(_ bank: HashAlgorithm) throws -> AttestationResult.BootImage.Status? {
      let proven = ProvenEvents([.init(bank: bank, registers: [4], count: 1)])
      return try appraiser.appraise(log, file: "events", proven: proven).images.first?.status
    }
    #expect(try status(.sha256) == .unknown)
    #expect(try status(.sha1) == .known)
  }

  @Test func anEventBehindWhatTheQuoteProvesIsNotProven() throws {
    let log = try #require(madeEventLog([load(4, "loader", node: fileNode), load(4, "loader", node: fileNode)])).log
    let references = try references()
    let appraiser = try BootImageAppraiser(stores: [references.store], policy: Policy(), asOf: nil, revocations: [])
    let proven = ProvenEvents([.init(bank: .sha256, registers: [4], count: 1)])
    #expect(try appraiser.appraise(log, file: "events", proven: proven).images.map(\.isProven) == [true, false])
    let elsewhere = ProvenEvents([.init(bank: .sha256, registers: [0, 7], count: 2)])
    #expect(try appraiser.appraise(log, file: "events", proven: elsewhere).images.map(\.isProven) == [false, false])
  }
}
