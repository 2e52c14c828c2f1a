import Appraisal
import Digests
import ReferenceManifests
import ReferenceStore
import SampleEvidence
import Testing

@Suite struct AppraisalContextTests {
  private let image = "sha256:" + String(repeating: "ab", count: 32)

  /// A package of the host, and two images.
  private func references() throws -> MadeReferences {
    try MadeReferences([
      package("1.0", [program("/usr/bin/tool", "tool"), program("/usr/bin/shared", "shared")]),
      package(
        image,
        [
          program("/usr/bin/tool", "tool of the image"), program("/app/start", "start"),
          program("/usr/bin/shared", "shared"), file("/etc/app.conf", "default", flags: .configuration),
          ReferenceFile(path: Array("/srv".utf8), kind: .symbolicLink(target: Array("app".utf8))),
          program("/opt/real/x", "x"),
          ReferenceFile(path: Array("/opt/real".utf8), kind: .directory),
        ], name: "made:1", format: .image),
      package(
        "sha256:" + String(repeating: "cd", count: 32), [program("/app/other", "other")], name: "other:latest",
        format: .image),
    ])
  }

  private func appraise(
    _ records: [(path: String, content: String, context: Int)], _ contexts: [AppraisalContext]
  ) throws -> MeasurementAppraisal {
    let list = madeList(
      [MadeRecord("boot_aggregate")] + records.map { MadeRecord($0.path, digest: sha256($0.content)) })
    let references = try references()
    return try MeasurementAppraiser(stores: [references.store], policy: Policy(), asOf: nil).appraise(
      list.log, contexts: contexts
    ) { record in record == 0 ? 0 : records[record - 1].context }
  }

  @Test func filesOfImagesOwnNoPathOfTheHost() throws {
    let appraisal = try appraise(
      [
        ("/app/start", "start", 0), ("/app/start", "implant", 0), ("/usr/bin/tool", "tool of the image", 0),
        ("/usr/bin/tool", "tool", 0), ("/srv/start", "start", 0), ("/etc/app.conf", "mine", 0),
      ], [.host])
    #expect(
      (0..<6).map { appraisal.entry($0).status }
        == [.knownElsewhere, .unknown, .changed, .known, .knownElsewhere, .unknown])
    #expect(
      appraisal.entry(0).reason == "The content is that of '/app/start' in the image made:1 (abababababab).")
    #expect(appraisal.entry(0).severity == 1 && appraisal.entry(0).package?.format == .image)
    #expect(appraisal.entry(2).package?.name == "tool" && appraisal.entry(2).expected.count == 1)
  }

  @Test func theFileSystemOfAContainerSeenFromTheHostIsTheImages() throws {
    let folder = "/var/lib/docker/overlay2/\(String(repeating: "a", count: 64))/merged"
    let appraisal = try appraise([(folder + "/app/start", "start", 0), (folder + "/app/start", "bad", 0)], [.host])
    #expect(appraisal.entry(0).status == .known && appraisal.entry(0).rule == .container)
    #expect(appraisal.entry(1).status == .unknown)
  }

  @Test(arguments: [["made:1"], ["docker.io/library/made:1"], ["sha256:" + String(repeating: "ab", count: 32)]])
  func aContainerIsComparedWithItsImage(images: [String]) throws {
    let appraisal = try appraise(
      [
        ("/app/start", "start", 1), ("/app/start", "implant", 1), ("/usr/bin/tool", "tool of the image", 1),
        ("/usr/bin/tool", "tool", 1), ("/usr/bin/new", "implant", 1), ("/app/other", "other", 1),
        ("/usr/bin/shared", "shared", 1), ("/bin/tool", "tool of the image", 1),
      ], [.host, .container(images: images)])
    #expect(
      (0..<8).map { appraisal.entry($0).status }
        == [.known, .changed, .known, .changed, .unknown, .knownElsewhere, .known, .known])
    #expect((0..<8).allSatisfy { appraisal.entry($0).context == 1 })
    #expect(appraisal.entry(1).package?.format == .image && appraisal.entry(1).expected.count == 1)
    #expect(appraisal.entry(7).rule == .mergedUsr)
    #expect(appraisal.imagesOfContext.map { $0.map(\.name) } == [[], ["made:1"]])
  }

  @Test func aContainerWithoutAKnownImageOwnsNoPath() throws {
    let appraisal = try appraise(
      [
        ("/app/start", "start", 1), ("/usr/bin/tool", "tool", 1), ("/usr/bin/tool", "tool of the image", 1),
        ("/usr/bin/tool", "implant", 1), ("/opt/x", "tool", 1),
      ], [.host, .container(images: ["nobody:1"])])
    #expect((0..<5).map { appraisal.entry($0).status } == [.known, .known, .known, .unknown, .knownElsewhere])
    #expect(appraisal.imagesOfContext == [[], []])
  }

  @Test func onePathAndDigestInTwoContextsAreTwoEntries() throws {
    let appraisal = try appraise(
      [("/app/start", "start", 0), ("/app/start", "start", 1), ("/app/start", "start", 1)],
      [.host, .container(images: ["made:1"])])
    #expect(appraisal.entry(0).status == .knownElsewhere && appraisal.entry(0).records == [1])
    #expect(appraisal.entry(1).status == .known && appraisal.entry(1).records == [2, 3])
    #expect(appraisal.entryOfRecord == [0, 1, 2, 2])
  }

  @Test func aContextThatIsNotThereIsTheHosts() throws {
    let appraisal = try appraise([("/app/start", "start", 7), ("/app/start", "start", -1)], [.host])
    #expect(appraisal.entry(0).context == 0 && appraisal.entry(0).records == [1, 2])
  }

  @Test func linksOfAnImageLeadWithinItsContainers() throws {
    let references = try MadeReferences([
      package(
        image,
        [
          ReferenceFile(path: Array("/data".utf8), kind: .symbolicLink(target: Array("srv/data".utf8))),
          program("/data/run", "run"),
        ], name: "made:1", format: .image)
    ])
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/srv/data/run", digest: sha256("run")),
      MadeRecord("/srv/data/run", digest: sha256("bad")),
    ])
    let appraiser = try MeasurementAppraiser(stores: [references.store], policy: Policy(), asOf: nil)
    let inside = try appraiser.appraise(list.log, contexts: [.host, .container(images: ["made:1"])]) { $0 > 0 ? 1 : 0 }
    #expect(inside.entry(0).status == .known && inside.entry(0).rule == .linkedFolder)
    #expect(inside.entry(1).status == .changed)
    let outside = try appraiser.appraise(list.log)
    #expect(outside.entry(0).status == .knownElsewhere && outside.entry(1).status == .unknown)
  }

  @Test func imagesAreNeverSuperseded() throws {
    let references = try MadeReferences([
      package("sha256:1", [program("/a", "a")], name: "made", format: .image),
      package("sha256:2", [program("/a", "b")], name: "made", format: .image),
    ])
    let list = madeList([MadeRecord("boot_aggregate"), MadeRecord("/a", digest: sha256("a"))])
    let appraisal = try MeasurementAppraiser(stores: [references.store], policy: Policy(), asOf: nil).appraise(
      list.log, contexts: [.host, .container(images: ["made"])]
    ) { $0 > 0 ? 1 : 0 }
    #expect(appraisal.entry(0).status == .known && appraisal.entry(0).severity == 0)
  }
}
