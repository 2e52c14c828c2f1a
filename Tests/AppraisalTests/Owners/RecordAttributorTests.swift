import Appraisal
import Digests
import SampleEvidence
import Testing

@Suite struct RecordAttributorTests {
  private func attribute(_ records: [MadeTemplateRecord], _ inventory: OwnerInventory = OwnerInventory()) -> ListOwners
  {
    RecordAttributor(inventory).attribute(madeList(records))
  }

  private func kinds(_ owners: ListOwners) -> [AttestationResult.Owner.Kind?] {
    (0..<owners.attributions.count).map { owners.attributions.attribution(of: $0)?.kind }
  }

  // MARK: Device numbers

  @Test func devicesAreOwnersAsTheInventorySaysAndAZeroMajorIsComparedWhole() {
    let inventory = OwnerInventory(
      owners: [
        KnownOwner(identifier: "c0ffee", name: "web", devices: ["253:7"]),
        KnownOwner(identifier: "decade", name: "db", devices: ["250:3"]),
      ], hostDevices: ["8:1"], isTaken: true)
    let owners = attribute(
      [
        .device("", "boot_aggregate"), .device("8:1", "/usr/bin/a"), .device("253:7", "/usr/bin/b"),
        .device("250:3", "/usr/bin/c"), .device("0:45", "/usr/bin/d"), .device("253:9", "/usr/bin/e"),
        .device("10:0", "/usr/bin/f"),
      ], inventory)
    #expect(kinds(owners) == [.host, .host, .container, .container, .host, .departed, .departed])
    #expect(owners.attributions.attribution(of: 2)?.owner == "c0ffee")
    #expect(owners.attributions.attribution(of: 5)?.owner == "device 253:9")
    #expect(owners.attributions.attribution(of: 4)?.certainty == .possible)
    #expect(owners.recordsWithDevice == 7 && owners.recordsOfAnonymousDevices == 1)
  }

  @Test func withoutAnInventoryTheFirstDeviceIsTheHostsAndTheOthersAreContainers() {
    let owners = attribute([
      .device("", "boot_aggregate"), .device("8:1", "/init"), .device("8:1", "/usr/bin/a"),
      .device("253:7", "/usr/bin/b"),
    ])
    #expect(kinds(owners) == [.host, .host, .host, .container])
  }

  @Test func aDeviceOfTwoContainersIsNamedAndItsRecordsAreOnlyPossible() {
    let inventory = OwnerInventory(
      owners: [
        KnownOwner(identifier: "old", devices: ["253:7"], seen: 0...4, isPresent: false),
        KnownOwner(identifier: "new", devices: ["253:7"], seen: 6...6),
      ], hostDevices: ["8:1"], isTaken: true)
    let owners = attribute(
      [.device("", "boot_aggregate"), .device("8:1", "/init")] + (2..<7).map { .device("253:7", "/usr/bin/\($0)") },
      inventory)
    #expect(owners.reusedDevices.map(\.device) == ["253:7"])
    let found = (2..<7).compactMap { owners.attributions.attribution(of: $0) }
    #expect(found.map(\.owner) == ["old", "old", "new", "new", "new"])
    #expect(found.allSatisfy { $0.certainty == .possible })
  }

  /// An inventory lies in the archive: whoever wrote it may want the host's records to be somebody else's.
  @Test func noInventoryTakesTheHostsOwnRecordsFromIt() {
    let claims = OwnerInventory(
      owners: [
        KnownOwner(
          identifier: "scapegoat", devices: ["8:1"],
          pathPrefixes: ["/", "/usr", "/usr/bin", "/etc/../opt", "/opt", "opt/x"].map { Array($0.utf8) },
          userIdentifiers: 1...99_999, namespaces: [4_026_531_840])
      ], isTaken: true)
    let devices = attribute(
      [.device("", "boot_aggregate"), .device("8:1", "/init"), .device("8:1", "/usr/bin/implant")], claims)
    #expect(kinds(devices) == [.host, .host, .host])
    #expect(devices.reusedDevices.map(\.device) == ["8:1"])
    let files = attribute(
      [.owner(0, "/usr/bin/implant"), .owner(1000, "/opt/implant"), .owner(0, "/etc/x"), .owner(0, "/home/x")], claims)
    #expect(kinds(files) == [.host, .host, .host, .host])
    let namespaces = attribute(
      ["a", "b"].map {
        MadeTemplateRecord(
          "ima-ng", [MadeTemplateRecord.digest($0), MadeTemplateRecord.text("4026531840:/usr/bin/\($0)")])
      }, claims)
    #expect(kinds(namespaces) == [.host, .host])
  }

  // MARK: Control groups

  /// The rule of torsec's verifier for Kubernetes, on records whose owners are known because they are made.
  @Test(arguments: ["ima-cgpath", "ima-dep-cgn"], [UInt64](1...3))
  func thousandsOfRecordsOfPodsRuntimeAndHostAreGivenToThoseWhoMadeThem(template: String, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pods = (0..<19).map { _ in UUIDText.random(using: &random) }
    let containers = (0..<54).map { index in (id: HexText.random(64, using: &random), pod: pods[index % pods.count]) }
    let systemd = "/usr/lib/systemd/systemd:swapper/0"
    let shim = "/usr/bin/containerd-shim-runc-v2"
    var records: [MadeTemplateRecord] = []
    var expected: [(kind: AttestationResult.Owner.Kind, owner: String)] = []
    func add(_ record: MadeTemplateRecord, _ kind: AttestationResult.Owner.Kind, _ owner: String) {
      records.append(record)
      expected.append((kind, owner))
    }
    add(.controlGroup("", chain: "swapper/0", "boot_aggregate", template: template), .host, ListOwners.host)
    for index in 0..<4000 {
      let path = "/usr/bin/program-\(index)"
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let container = containers[Int.random(in: 0..<containers.count, using: &random)]
        let uid = container.pod.replacing("-", with: "_")
        let groups = [
          "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(uid).slice:cri-containerd:\(container.id)",
          "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(uid).slice/cri-containerd-\(container.id).scope",
        ]
        add(
          .controlGroup(
            groups[Int.random(in: 0..<2, using: &random)], chain: "\(path):\(shim):\(systemd)", path, template: template
          ),
          .container, container.id)
      case 5:
        let own = "/usr/bin/containerd:/usr/bin/containerd:\(systemd)"
        add(
          Bool.random(using: &random)
            ? .controlGroup("/system.slice/containerd.service", chain: own, path, template: template)
            : .controlGroup("/system.slice/containerd.service", chain: "\(shim):\(own)", shim, template: template),
          .runtime, ListOwners.runtime)
      case 6:
        // In a pod's control group, and started by no runtime: somebody of the host put it there.
        let container = containers[0]
        add(
          .controlGroup(
            "/kubepods.slice/kubepods-pod\(container.pod.replacing("-", with: "_")).slice:cri-containerd:\(container.id)",
            chain: "\(path):/usr/bin/bash:/usr/sbin/sshd:\(systemd)", path, template: template), .host, ListOwners.host)
      default:
        add(
          .controlGroup(
            "/system.slice/ssh.service", chain: "\(path):/usr/sbin/sshd:\(systemd)", path, template: template), .host,
          ListOwners.host)
      }
    }
    let owners = attribute(records)
    let wrong = expected.indices.filter { index in
      let found = owners.attributions.attribution(of: index)
      return found?.kind != expected[index].kind || found?.owner != expected[index].owner
    }
    #expect(wrong.isEmpty, "seed \(seed): records \(wrong.prefix(5)) were given to somebody else")
    let seen = Set(expected.filter { $0.kind == .container }.map(\.owner))
    #expect(containers.allSatisfy { !seen.contains($0.id) || owners.podOfContainer[$0.id] == $0.pod })
  }

  // MARK: Name spaces, paths, users

  @Test func theFirstNamespaceIsTheHosts() {
    func record(_ namespace: String, _ path: String) -> MadeTemplateRecord {
      MadeTemplateRecord(
        "ima-mns",
        [
          MadeTemplateRecord.text("1"), MadeTemplateRecord.text(namespace), MadeTemplateRecord.digest(path),
          MadeTemplateRecord.text(path),
        ])
    }
    let inventory = OwnerInventory(
      owners: [KnownOwner(identifier: "c0ffee", namespaces: [4_026_532_221])], isTaken: true)
    let owners = attribute(
      [record("4026531840", "/sbin/init"), record("4026532221", "/bin/a"), record("4026532999", "/bin/b")], inventory)
    #expect(kinds(owners) == [.host, .container, .departed])
  }

  @Test func aNameThatBeginsWithANamespaceTellsIt() {
    let records = [
      MadeTemplateRecord("ima-ng", [MadeTemplateRecord.digest("a"), MadeTemplateRecord.text("4026531840:/usr/bin/a")]),
      MadeTemplateRecord("ima-ng", [MadeTemplateRecord.digest("b"), MadeTemplateRecord.text("4026532221:/usr/bin/b")]),
    ]
    #expect(kinds(attribute(records)) == [.host, .container])
  }

  private static let container = String(repeating: "ab", count: 32)
  private static let layer = String(repeating: "cd", count: 32)

  @Test func foldersThatOnlyOneContainerHasTellIt() {
    let inventory = OwnerInventory(
      owners: [
        KnownOwner(identifier: Self.container, layers: [Self.layer], pathPrefixes: [Array("/mnt/box/merged".utf8)])
      ], isTaken: true)
    let owners = attribute(
      [
        .owner(0, "/usr/bin/a"), .owner(0, "/var/lib/docker/containers/\(Self.container)/resolv.conf"),
        .owner(0, "/var/lib/docker/overlay2/\(Self.layer)-init/merged/etc/hosts"),
        .owner(0, "/mnt/box/merged/bin/sh"), .owner(0, "/mnt/box/mergedx/bin/sh"),
        .owner(0, "/var/lib/docker/containers/\(String(repeating: "99", count: 32))/hosts"), .owner(0, "/usr/bin/b"),
      ], inventory)
    #expect(kinds(owners) == [.host, .runtime, .container, .container, .host, .runtime, .host])
    #expect(owners.attributions.attribution(of: 0)?.certainty == .probable)
    #expect(owners.attributions.attribution(of: 6)?.certainty == .possible)
    #expect(owners.started(before: 6).count == 2)
  }

  @Test func filesOfSubordinateUsersAreContainersAndOnlyOneRangeTellsWhich() {
    let records: [MadeTemplateRecord] = [
      .owner(0, "/usr/bin/a"), .owner(231_072, "/usr/bin/b"), .owner(1000, "/home/x"),
    ]
    #expect(kinds(attribute(records)) == [.host, .unattributed, .host])
    let inventory = OwnerInventory(
      owners: [KnownOwner(identifier: "r1", userIdentifiers: 231_072...296_607)], isTaken: true)
    #expect(kinds(attribute(records, inventory)) == [.host, .container, .host])
  }
}

/// The same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

  mutating func next() -> UInt64 {
    state = state &+ 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

enum HexText {
  static func random(_ count: Int, using random: inout SeededGenerator) -> String {
    String((0..<count).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" })
  }
}

enum UUIDText {
  static func random(using random: inout SeededGenerator) -> String {
    [8, 4, 4, 4, 12].map { HexText.random($0, using: &random) }.joined(separator: "-")
  }
}
