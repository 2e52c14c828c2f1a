import Appraisal
import Digests
import IMALog
import SampleEvidence
import Testing

@Suite struct OwnerAppraiserTests {
  private func outcome(
    _ list: MeasurementList, _ inventory: OwnerInventory = OwnerInventory(), references: MadeReferences?,
    policy: Policy = Policy(), evidence: Verdict = .trusted
  ) throws -> OwnerAppraiser.Outcome {
    let owners = RecordAttributor(inventory).attribute(list)
    let appraisal = try references.map {
      try MeasurementAppraiser(stores: [$0.store], policy: policy, asOf: nil).appraise(list)
    }
    return OwnerAppraiser(policy: policy, inventory: inventory, file: "list", bracket: { _ in (nil, nil) })
      .appraise(owners, appraisal: appraisal, evidence: evidence)
  }

  private let references: MadeReferences

  init() throws {
    references = try MadeReferences([
      package("1.0", (0..<40).map { program("/usr/bin/p\($0)", "p\($0)") }),
      package("1.0", [program("/usr/bin/whoami", "good"), program("/usr/bin/ldd", "ldd")], name: "other"),
    ])
  }

  // MARK: Containers

  /// Lists of DIVE's template, made: `count` containers with a device each, and nineteen records a container.
  private func containers(_ count: Int, badIn bad: Int?) -> (list: MeasurementList, inventory: OwnerInventory) {
    var records: [MadeTemplateRecord] = [.device("", "boot_aggregate")]
    for index in 0..<40 { records.append(.device("8:1", "/usr/bin/p\(index)", content: "p\(index)")) }
    for container in 0..<count {
      for index in 0..<19 {
        let isBad = container == bad && index == 7
        records.append(
          .device("253:\(container)", "/usr/bin/p\(index)", content: isBad ? "implant" : "p\(index)"))
      }
    }
    let owners = (0..<count).map {
      KnownOwner(identifier: "c\($0)", name: "service-\($0)", devices: ["253:\($0)"])
    }
    return (madeList(records), OwnerInventory(owners: owners, hostDevices: ["8:1"], isTaken: true))
  }

  @Test(arguments: [1, 32, 128, 256, 512])
  func anUnknownDigestMakesExactlyItsContainerUntrusted(count: Int) throws {
    let bad = count / 2
    let (list, inventory) = containers(count, badIn: bad)
    let found = try outcome(list, inventory, references: references)
    #expect(found.owners.count == count + 1)
    #expect(found.owners.filter { $0.verdict != .trusted }.map(\.identifier) == ["c\(bad)"])
    #expect(found.owners[0].kind == .host && found.owners[0].verdict == .trusted && found.owners[0].records == 41)
    let compromised = found.findings.filter { $0.code == .containerCompromised }
    #expect(compromised.count == 1 && compromised[0].message.contains("service-\(bad) (c\(bad))"))
    #expect(compromised[0].record == 41 + bad * 19 + 7)
    #expect(found.owners.first { $0.identifier == "c\(bad)" }?.badRecords == [41 + bad * 19 + 7])
  }

  @Test func badCodeOfTheHostLeavesTheContainersTrusted() throws {
    var (_, inventory) = containers(2, badIn: nil)
    inventory.hostDevices = ["8:1"]
    let list = madeList([
      .device("", "boot_aggregate"), .device("8:1", "/usr/bin/p1", content: "implant"),
      .device("253:0", "/usr/bin/p1", content: "p1"), .device("253:1", "/usr/bin/p2", content: "p2"),
    ])
    let found = try outcome(list, inventory, references: references)
    #expect(found.owners.map(\.verdict) == [.untrusted, .trusted, .trusted])
    #expect(!found.findings.contains { $0.code == .containerCompromised })
  }

  @Test func withoutContainersThereIsOnlyTheHost() throws {
    let (list, inventory) = containers(0, badIn: nil)
    let found = try outcome(list, inventory, references: references)
    #expect(found.owners.map(\.kind) == [.host] && found.owners[0].verdict == .trusted)
    #expect(found.findings.isEmpty)
  }

  @Test func evidenceThatIsNotTrustedMakesNoOwnerTrusted() throws {
    let (list, inventory) = containers(2, badIn: 0)
    for evidence in [Verdict.inconclusive, .untrusted] {
      let found = try outcome(list, inventory, references: references, evidence: evidence)
      #expect(found.owners.allSatisfy { $0.verdict != .trusted && $0.verdictNow != .trusted })
    }
    let unassessed = try outcome(list, inventory, references: nil, evidence: .inconclusive)
    #expect(unassessed.owners.map(\.verdict) == [.inconclusive, .inconclusive, .inconclusive])
    #expect(unassessed.owners.allSatisfy { $0.counts.isEmpty })
  }

  // MARK: Since boot and now

  @Test func aContainerThatIsGoneCountsSinceBootAndNotNow() throws {
    var (list, inventory) = containers(3, badIn: 1)
    let all = try outcome(list, inventory, references: references)
    #expect(all.findingsNow.contains { $0.effect == .untrusted })
    inventory.owners[1].isPresent = false
    // An inventory in the case is a claim, perhaps of the one who wants the container to be gone.
    let claimed = try outcome(list, inventory, references: references)
    #expect(claimed.owners.first { $0.identifier == "c1" }?.verdictNow == .inconclusive)
    #expect(claimed.findingsNow.contains { $0.effect == .inconclusive })
    #expect(claimed.reasonsNow.contains { $0.contains("'--description'") })
    inventory.isVouched = true
    let found = try outcome(list, inventory, references: references)
    let gone = try #require(found.owners.first { $0.identifier == "c1" })
    #expect(gone.kind == .departed && gone.verdict == .untrusted && gone.verdictNow == .trusted)
    #expect(found.findings.contains { $0.effect == .untrusted })
    #expect(!found.findingsNow.contains { $0.effect != .none })
    #expect(found.findings.contains { $0.code == .containerDeparted })
    #expect(found.reasonsNow.contains { $0.contains("service-1") && $0.contains("is gone") })
  }

  @Test func contentThatWasRestoredWithARecordCountsSinceBootAndNotNow() throws {
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/whoami", digest: sha256("bad")),
      MadeRecord("/usr/bin/whoami", digest: sha256("good")),
    ])
    let found = try outcome(list.log, references: references)
    #expect(found.owners[0].verdict == .untrusted && found.owners[0].verdictNow == .trusted)
    #expect(found.reasonsNow.contains { $0.contains("'/usr/bin/whoami'") && $0.contains("again at record 2") })
  }

  @Test func aReturnToContentThatWasRecordedBeforeLeavesNoRecordSoNowIsOpen() throws {
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/whoami", digest: sha256("good")),
      MadeRecord("/usr/bin/whoami", digest: sha256("bad")),
    ])
    let found = try outcome(list.log, references: references)
    #expect(found.owners[0].verdict == .untrusted && found.owners[0].verdictNow == .inconclusive)
    #expect(found.reasonsNow.contains { $0.contains("records no content twice") })
  }

  @Test func badContentThatNothingFollowedIsBadNow() throws {
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/whoami", digest: sha256("bad")),
      MadeRecord("/usr/bin/ldd", digest: sha256("ldd")),
    ])
    let found = try outcome(list.log, references: references)
    #expect(found.owners[0].verdictNow == .untrusted && found.reasonsNow.isEmpty)
  }

  @Test func oneBadContentForAnotherIsNoRestoration() throws {
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/whoami", digest: sha256("bad")),
      MadeRecord("/usr/bin/whoami", digest: sha256("worse")), MadeRecord("/usr/bin/whoami", digest: sha256("")),
    ])
    #expect(try outcome(list.log, references: references).owners[0].verdictNow == .untrusted)
  }

  @Test func contentOfAnotherContainerRestoresNothing() throws {
    let inventory = OwnerInventory(
      owners: [KnownOwner(identifier: "a", devices: ["253:1"]), KnownOwner(identifier: "b", devices: ["253:2"])],
      hostDevices: ["8:1"], isTaken: true)
    let list = madeList([
      .device("", "boot_aggregate"), .device("8:1", "/usr/bin/p1", content: "p1"),
      .device("253:1", "/usr/bin/whoami", content: "bad"), .device("253:2", "/usr/bin/whoami", content: "good"),
    ])
    let found = try outcome(list, inventory, references: references)
    #expect(found.owners.first { $0.identifier == "a" }?.verdictNow == .untrusted)
    #expect(found.owners.first { $0.identifier == "b" }?.verdict == .trusted)
  }

  // MARK: Owners that are not certain

  /// Without the process's ancestors a control group is what root on the host may have put any process into.
  private func inControlGroup(_ content: String) -> MeasurementList {
    func record(_ group: String, _ path: String, _ content: String) -> MadeTemplateRecord {
      MadeTemplateRecord(
        "ima-cgn",
        [
          MadeTemplateRecord.text("1"), MadeTemplateRecord.text(group), MadeTemplateRecord.digest(content),
          MadeTemplateRecord.text(path),
        ])
    }
    return madeList([
      record("/", "boot_aggregate", ""), record("init.scope", "/usr/bin/p1", "p1"),
      record("docker-\(Self.container).scope", "/usr/bin/p2", content),
    ])
  }

  private static let container = String(repeating: "ab", count: 32)

  @Test func badCodeInAControlGroupMayBeTheHosts() throws {
    let found = try outcome(inControlGroup("implant"), references: references)
    #expect(found.owners.map(\.kind) == [.host, .container])
    #expect(found.owners.map(\.verdict) == [.inconclusive, .untrusted])
    #expect(found.owners[0].verdictNow == .inconclusive && found.owners[0].badRecords.isEmpty)
    #expect(found.owners[0].reasons.contains { $0.contains("may be the host's own, the first is record 2") })
    let good = try outcome(inControlGroup("p2"), references: references)
    #expect(good.owners.map(\.verdict) == [.trusted, .trusted])
  }

  @Test func anInventoryWithoutTheContainerClearsNoControlGroup() throws {
    let gone = OwnerInventory(isTaken: true, isVouched: true)
    let found = try outcome(inControlGroup("implant"), gone, references: references)
    #expect(found.owners.map(\.kind) == [.host, .departed])
    #expect(found.owners.map(\.verdict) == [.inconclusive, .untrusted])
    #expect(found.owners.map(\.verdictNow) == [.inconclusive, .inconclusive])
    #expect(found.findings.contains { $0.effect == .untrusted })
    #expect(found.findingsNow.contains { $0.effect == .inconclusive })
    #expect(!found.findingsNow.contains { $0.effect == .untrusted })
    #expect(found.reasonsNow.contains { $0.contains("not all its records are its own for sure") })
  }

  @Test func anInventoryClearsAContainerWhoseAncestorsAreARuntime() throws {
    let chain = "/x:/usr/bin/containerd-shim-runc-v2:/usr/lib/systemd/systemd:swapper/0"
    let list = madeList([
      .controlGroup("", chain: "swapper/0", "boot_aggregate"),
      .controlGroup("/docker/\(Self.container)", chain: chain, "/usr/bin/p2", content: "implant"),
    ])
    let found = try outcome(list, OwnerInventory(isTaken: true, isVouched: true), references: references)
    #expect(found.owners.map(\.kind) == [.host, .departed])
    #expect(found.owners.map(\.verdict) == [.trusted, .untrusted])
    #expect(found.owners.map(\.verdictNow) == [.trusted, .trusted])
    #expect(!found.findingsNow.contains { $0.effect != .none })
  }

  @Test func knownContentOfAnotherOwnerThatIsNotCertainRestoresNothing() throws {
    func record(_ group: String, _ path: String, _ content: String) -> MadeTemplateRecord {
      MadeTemplateRecord(
        "ima-cgn",
        [
          MadeTemplateRecord.text("1"), MadeTemplateRecord.text(group), MadeTemplateRecord.digest(content),
          MadeTemplateRecord.text(path),
        ])
    }
    let group = "docker-\(Self.container).scope"
    let found = try outcome(
      madeList([
        record("/", "boot_aggregate", ""), record(group, "/usr/bin/whoami", "bad"),
        record(group, "/usr/bin/whoami", "good"),
      ]), references: references)
    #expect(found.owners.map(\.verdictNow) == [.inconclusive, .inconclusive])
    #expect(found.findingsNow.contains { $0.effect == .inconclusive })
    #expect(!found.findingsNow.contains { $0.effect == .untrusted })
    #expect(found.reasonsNow.contains { $0.contains("may be another one's file") })
  }

  /// On a stock kernel what a container runs looks like the host's.
  @Test func knownContentBehindTheFirstContainerRestoresNothingOfTheHosts() throws {
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/whoami", digest: sha256("bad")),
      MadeRecord("/var/lib/docker/containers/\(Self.container)/hosts", digest: sha256("")),
      MadeRecord("/usr/bin/whoami", digest: sha256("good")),
    ])
    let host = try outcome(list.log, references: references).owners[0]
    #expect(host.verdict == .untrusted && host.verdictNow == .inconclusive)
  }

  @Test func aDeviceThatNoInventoryHasMayBeTheHosts() throws {
    let list = madeList([
      .device("", "boot_aggregate"), .device("8:1", "/usr/bin/p1", content: "p1"),
      .device("8:17", "/usr/bin/p2", content: "implant"),
    ])
    let inventory = OwnerInventory(hostDevices: ["8:1"], isTaken: true, isVouched: true)
    let found = try outcome(list, inventory, references: references)
    #expect(found.owners.map(\.kind) == [.host, .departed])
    #expect(found.owners.map(\.verdict) == [.inconclusive, .untrusted])
    #expect(found.owners.map(\.verdictNow) == [.inconclusive, .inconclusive])
    #expect(found.findingsNow.contains { $0.effect == .inconclusive })
  }

  @Test func aNamespaceThatNoInventoryHasMayBeAServicesOfTheHost() throws {
    let list = madeList([
      MadeRecord("4026531840:boot_aggregate"), MadeRecord("4026531840:/usr/bin/p1", digest: sha256("p1")),
      MadeRecord("4026532221:/usr/bin/p2", digest: sha256("implant")),
    ])
    let inventory = OwnerInventory(isTaken: true, isVouched: true)
    let found = try outcome(list.log, inventory, references: references)
    #expect(found.owners.first { $0.kind == .departed }?.verdict == .untrusted)
    #expect(found.owners.allSatisfy { $0.verdictNow != .trusted && $0.verdict != .trusted })
    #expect(found.findingsNow.contains { $0.effect == .inconclusive })
  }

  @Test func aPodIsNotClearedByWhatMayBeThere() throws {
    let pod = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
    let (good, bad) = (Self.container, String(repeating: "cd", count: 32))
    func record(_ container: String, _ path: String, _ content: String) -> MadeTemplateRecord {
      MadeTemplateRecord(
        "ima-cgn",
        [
          MadeTemplateRecord.text("1"), MadeTemplateRecord.text("docker-\(container).scope"),
          MadeTemplateRecord.digest(content), MadeTemplateRecord.text(path),
        ])
    }
    let list = madeList([record(good, "/usr/bin/p1", "p1"), record(bad, "/usr/bin/p2", "implant")])
    let inventory = OwnerInventory(
      owners: [
        KnownOwner(identifier: good, pod: pod), KnownOwner(identifier: bad, pod: pod, isPresent: false),
      ], isTaken: true, isVouched: true)
    let found = try outcome(list, inventory, references: references)
    let owner = try #require(found.owners.first { $0.kind == .pod })
    #expect(owner.verdict == .untrusted && owner.verdictNow == .inconclusive)
  }

  // MARK: What cannot be told

  @Test func badCodeAfterTheFirstContainerOfAStockKernelIsNobodysForSure() throws {
    let container = String(repeating: "ab", count: 32)
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/p1", digest: sha256("p1")),
      MadeRecord("/var/lib/docker/containers/\(container)/hosts", digest: sha256("")),
      MadeRecord("/usr/bin/p2", digest: sha256("implant")),
    ])
    let inventory = OwnerInventory(owners: [KnownOwner(identifier: container, name: "web")], isTaken: true)
    let found = try outcome(list.log, inventory, references: references)
    let byKind = Dictionary(uniqueKeysWithValues: found.owners.map { ($0.kind, $0) })
    #expect(byKind[.host]?.verdict == .inconclusive && byKind[.container]?.verdict == .inconclusive)
    #expect(byKind[.unattributed]?.verdict == .untrusted && byKind[.unattributed]?.badRecords == [3])
    let finding = try #require(found.findings.first { $0.code == .containerUnattributed })
    #expect(finding.record == 3 && finding.message.contains("web (abababababab)"))
    #expect(found.findings.contains { $0.code == .measurementChanged && $0.effect == .untrusted })
  }

  @Test func aContainerWithoutARecordIsNamedAndStaysOpen() throws {
    let (list, inventory) = containers(1, badIn: nil)
    var more = inventory
    more.owners.append(KnownOwner(identifier: "silent", name: "twin", devices: ["253:99"]))
    let found = try outcome(list, more, references: references)
    let silent = try #require(found.owners.first { $0.identifier == "silent" })
    #expect(
      silent.records == 0 && silent.verdict == .inconclusive && silent.reasons.contains { $0.hasPrefix("No record") })
    #expect(found.owners.filter { $0.identifier != "silent" }.allSatisfy { $0.verdict == .trusted })
  }

  @Test func badCodeBeforeTheFirstContainerIsTheHosts() throws {
    let container = String(repeating: "ab", count: 32)
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/p2", digest: sha256("implant")),
      MadeRecord("/var/lib/docker/containers/\(container)/hosts", digest: sha256("")),
    ])
    let found = try outcome(list.log, references: references)
    #expect(found.owners[0].verdict == .untrusted)
    #expect(!found.owners.contains { $0.kind == .unattributed })
  }

  /// Root on the host can put a process into any control group, and a genuine program over another one's path.
  @Test func knownContentElsewhereInAContainerWithoutImageIsNotTrusted() throws {
    let container = String(repeating: "ab", count: 32)
    func record(_ group: String, _ path: String, _ content: String) -> MadeTemplateRecord {
      MadeTemplateRecord(
        "ima-cgn",
        [
          MadeTemplateRecord.text("1"), MadeTemplateRecord.text(group), MadeTemplateRecord.digest(content),
          MadeTemplateRecord.text(path),
        ])
    }
    let list = madeList([
      record("/", "boot_aggregate", ""), record("init.scope", "/usr/bin/p1", "p1"),
      record("docker-\(container).scope", "/usr/bin/p2", "p3"),
    ])
    let owners = RecordAttributor(OwnerInventory()).attribute(list)
    let appraisal = try MeasurementAppraiser(stores: [references.store], policy: Policy(), asOf: nil).appraise(
      list, contexts: [.host, .container(images: [])]
    ) { $0 == 2 ? 1 : 0 }
    let found = OwnerAppraiser(
      policy: Policy(), inventory: OwnerInventory(), file: "list", bracket: { _ in (nil, nil) }
    ).appraise(owners, appraisal: appraisal, evidence: .trusted)
    #expect(found.owners.map(\.verdict) == [.trusted, .inconclusive])
    #expect(
      found.findings.contains {
        $0.effect == .inconclusive && $0.message.contains("no reference is the container's image")
      })
  }

  @Test func aFileNamedLikeTheBootAggregateRestoresNothing() throws {
    let list = madeList([MadeRecord("boot_aggregate"), MadeRecord("boot_aggregate", digest: sha256("bad"))])
    #expect(try outcome(list.log, references: references).owners[0].verdictNow == .untrusted)
  }

  @Test func aPodIsAsGoodAsTheWorstOfItsContainers() throws {
    let pod = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
    let chain = "/x:/usr/bin/containerd-shim-runc-v2:/usr/lib/systemd/systemd:swapper/0"
    func group(_ container: String) -> String {
      "/kubepods.slice/kubepods-pod\(pod.replacing("-", with: "_")).slice:cri-containerd:\(container)"
    }
    let (good, bad) = (String(repeating: "ab", count: 32), String(repeating: "cd", count: 32))
    let list = madeList([
      .controlGroup("", chain: "swapper/0", "boot_aggregate"),
      .controlGroup(group(good), chain: chain, "/usr/bin/p1", content: "p1"),
      .controlGroup(group(bad), chain: chain, "/usr/bin/p2", content: "implant"),
    ])
    let found = try outcome(list, references: references)
    let owner = try #require(found.owners.first { $0.kind == .pod })
    #expect(owner.identifier == pod && owner.verdict == .untrusted && owner.records == 2)
    #expect(found.owners.first { $0.identifier == good }?.verdict == .trusted)
  }
}
