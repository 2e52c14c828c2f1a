import Appraisal
import ByteReading
import EvidenceIntake
import Examination
import Foundation
import LabReferences
import OpenPGP
import ReferenceBuilding
import ReferenceStore
import TestSupport
import Testing

private let lab = Corpus.url("lab")

/// Whose the records are and what the state is now, on the lab's machines.
@Suite(.enabled(if: Corpus.isPresent)) struct WhatRanLabTests {
  // MARK: The story of vmA

  /// The site answers for everything bad of boot 1 but `whoami`, which was changed and put back.
  private static let onlyWhoami = """
          - path: /opt/evil/i*
            class: data
          - path: /opt/evil/h*
            class: data
          - path: /opt/evil/l*
            class: data
          - path: /opt/evil/r*
            class: data
          - path: /opt/evil/x*
            class: data
          - path: /opt/evil/d*
            class: data
          - path: /opt/odd/n*/n*/long
            class: data
          - path: /opt/odd/n*
            class: data
          - path: /opt/odd/*ml*
            class: data
          - path: /opt/odd/w*
            class: data
          - path: /opt/odd/t*
            class: data
          - path: /tmp/cc*
            class: data
          - path: /usr/bin/ldd
            digests:
              - sha256:0820ed937986efadc59b43fd7d88a9386258543ad06aa63ae05cd27fcf4091bb
    """

  @Test func whoamiThatWasPutBackIsUntrustedSinceBootAndOpenNow() throws {
    let scratch = try ScratchCase()
    let machine = lab.appendingPathComponent("vmA-secureboot-ima-ng")
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    for capture in ["q0", "q1", "q2", "q3"] {
      try scratch.copy(machine.appendingPathComponent("boot1/\(capture)"), to: "boot1/\(capture)")
    }
    let result = try examined(scratch, stores: [LabStore.whole], exemptions: Self.onlyWhoami)
    let boot = try #require(result.hosts.first?.boots.first)
    let deciding = result.findings.filter { $0.effect == .untrusted }
    #expect(deciding.map(\.code) == [.measurementChanged] && deciding.first?.record == 520, "\(deciding)")
    #expect(boot.verdict == .untrusted && boot.verdictNow == .inconclusive)
    #expect(result.verdict == .untrusted && result.verdictNow == .inconclusive)
    #expect(
      boot.reasonsNow.contains {
        $0.contains("'/usr/bin/whoami'") && $0.contains("record 520") && $0.contains("record 519")
          && $0.contains("records no content twice")
      }, "\(boot.reasonsNow)")
  }

  @Test func theTimelinePutsEachActBetweenTheRightTwoQuotes() throws {
    let scratch = try ScratchCase()
    let machine = lab.appendingPathComponent("vmA-secureboot-ima-ng")
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    for capture in ["boot1/q0", "boot1/q1", "boot1/q2", "boot1/q3", "boot2/q0", "boot2/q1"] {
      try scratch.copy(machine.appendingPathComponent(capture), to: capture)
    }
    let result = try examined(scratch, stores: [LabStore.whole])
    let host = try #require(result.hosts.first)
    #expect(host.boots.map(\.resetCount) == [3, 4])
    let records = try #require(host.boots[0].records)
    func folder(_ quote: String?) -> String? {
      quote.map { $0.split(separator: "/").prefix(2).joined(separator: "/") }
    }
    for (record, path) in [
      (520, "/usr/bin/whoami"), (578, "/opt/evil/implant"), (593, "/etc/nginx/nginx.conf"), (594, "/usr/bin/ldd"),
      (617, "/opt/odd/writing.log"), (621, "/opt/odd/tomtou.txt"), (873, "/usr/bin/openssl"), (880, "/usr/bin/hello"),
    ] {
      let row = records.row(at: record)
      #expect(row.path == path)
      #expect(folder(row.bracket?.after) == "boot1/q1" && folder(row.bracket?.before) == "boot1/q2", "\(record)")
    }
    let restored = records.row(at: 901)
    #expect(restored.path == "/root/whoami.orig" && restored.status == .knownElsewhere)
    #expect(folder(restored.bracket?.after) == "boot1/q2" && folder(restored.bracket?.before) == "boot1/q3")
    #expect(result.timeline.contains { $0.kind == "reset" && $0.boot == "reset 4" })
    #expect(host.boots[1].owners.map(\.kind) == [.host])
  }

  // MARK: The containers of vmE

  private struct Containers {
    let result: AttestationResult
    let boot: AttestationResult.Boot
    let records: MeasuredRecords

    init() throws {
      let scratch = try ScratchCase()
      try scratch.copy(lab.appendingPathComponent("vmE-containers"), to: "")
      let images = scratch.folder.deletingLastPathComponent().appendingPathComponent(
        "inquest-images-\(UUID().uuidString).store")
      defer { try? FileManager.default.removeItem(at: images) }
      _ = try ReferenceBuilder.build(
        BuildRequest(
          inputs: ["img1.tar", "img2.tar"].map {
            FilePath(lab.appendingPathComponent("vmE-containers/\($0)").path)
          }, store: FilePath(images.path), options: BuildOptions(keys: OpenPGPKeyring()), jobs: 1))
      result = try examined(scratch, stores: [LabStore.whole, try ReferenceStore(file: images.path)])
      boot = try #require(result.hosts.first?.boots.first)
      records = try #require(boot.records)
    }
  }

  @Test func containersAreAttributedAsFarAsAStockKernelsListTells() throws {
    let containers = try Containers()
    let owners = containers.boot.owners
    #expect(
      Set(owners.filter { $0.kind == .container }.compactMap(\.name)) == ["c1", "c2", "c3", "c4", "c5", "r1", "r2"])
    // c6 was started without an act of its own and is in no inventory.
    #expect(owners.filter { $0.kind == .departed }.count == 1)
    // The runtime's own files and what lies below a container's merged folder name the container.
    #expect(containers.records.row(at: 560).attribution?.kind == .host)
    #expect(containers.records.row(at: 549).attribution?.kind == .runtime)
    let passwd = containers.records.row(at: 594)
    #expect(passwd.attribution?.kind == .container && passwd.attribution?.certainty == .probable)
    #expect(passwd.attribution?.owner == owners.first { $0.name == "c2" }?.identifier)
    #expect(passwd.status == .known && passwd.package?.hasPrefix("image img2") == true)
  }

  @Test func aProgramThatAContainerChangedAccusesNeitherTheHostNorAContainerForSure() throws {
    let containers = try Containers()
    let owners = containers.boot.owners
    for record in [668, 719] {
      let row = containers.records.row(at: record)
      #expect(row.path == "/usr/bin/id" && row.status == .changed)
      #expect(row.attribution?.kind == .unattributed && row.attribution?.certainty == .possible)
      #expect(owners.first { $0.kind == .host }?.badRecords.contains(record) == false)
    }
    let open = containers.result.findings.filter { $0.code == .containerUnattributed }
    let own = try #require(open.first { $0.record.map { (600..<700).contains($0) } == true })
    #expect(own.message.contains("c4 (ad918b5ac5e5)") && own.message.contains("the template holds nothing"))
    #expect(containers.result.verdict == .untrusted)
    #expect(!containers.result.findings.contains { $0.code == .containerCompromised })
    #expect(owners.filter { $0.kind == .container }.allSatisfy { $0.verdict == .inconclusive })
  }

  @Test func theOwnersOfFilesTellRemappedContainersFromTheHost() throws {
    let containers = try Containers()
    let owners = containers.boot.owners
    let first = owners.first { $0.name == "r1" }
    // r1 was the only one of its range when it ran; r2 came later, and then both may be meant.
    for record in [894, 895, 898] {
      #expect(containers.records.row(at: record).attribution?.owner == first?.identifier)
    }
    let later = (929..<939).map { containers.records.row(at: $0) }.filter {
      $0.attribution?.strategy == "user-identifier"
    }
    #expect(later.count >= 8 && later.allSatisfy { $0.attribution?.kind == .unattributed })
    #expect(containers.records.row(at: 938).status == .unknown)
  }
}

private func examined(
  _ scratch: ScratchCase, stores: [ReferenceStore?], exemptions: String = ""
) throws -> AttestationResult {
  let root = try ScratchCase()
  let machines = ["keys/ak-ca-root.pem"]
  for name in machines {
    try root.copy(scratch.folder.appendingPathComponent(name), to: "root.pem")
  }
  let site = try String(contentsOf: samples.appendingPathComponent("policies/site.yaml"), encoding: .utf8)
  let policy = root.folder.appendingPathComponent("policy.yaml")
  try (site + exemptions).write(to: policy, atomically: true, encoding: .utf8)
  var request = request(
    scratch.folder, anchors: [root.folder.appendingPathComponent("root.pem")], policy: policy,
    collectedAt: "2026-11-23T06:00:00Z")
  request.references = try stores.map { FilePath(try #require($0).file) }
  return try examine(request)
}
