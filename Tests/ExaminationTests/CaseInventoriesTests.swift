import ContainerInventory
import EvidenceIntake
import SampleEvidence
import TestSupport
import Testing

@testable import Examination

@Suite struct CaseInventoriesTests {
  private let log: [UInt8]

  init() throws { log = try SampleCase.bytes(ofWeb: "boot1/q1/binary_bios_measurements") }

  private func inspection(_ name: String) -> [UInt8] {
    let identifier = String(repeating: "0", count: 64 - name.utf8.count) + name
    return Array("[{\"Id\": \"\(identifier)\", \"Name\": \"/\(name)\", \"State\": {}}]".utf8)
  }

  private func inventories(_ files: KeyValuePairs<String, [UInt8]>) -> (CaseInventories, [DiscoveredCapture]) {
    let evidence = EvidenceSet(
      name: "case", files: files.map { evidenceFile($0.value, path: $0.key) }.sorted { $0.path < $1.path })
    let statements = CaseStatements(evidence, outside: nil)
    let captures = Discovery(evidence: evidence, roles: [:]).captures()
    return (
      CaseInventories(evidence.files, captures: captures.map(\.folder), statements: statements), captures
    )
  }

  private func names(_ found: CaseInventories.Merged?) -> [String]? {
    found?.inventory.containers.compactMap(\.name).sorted()
  }

  @Test func anInventoryBelongsToTheCaptureAtOrAboveItsPlace() {
    let (found, captures) = inventories([
      "a/q0/log": log, "a/q1/log": log, "a/q0/inspect/c.json": inspection("c"), "a/d.json": inspection("d"),
      "b/q0/log": log, "b/more/e.json": inspection("e"),
    ])
    #expect(names(found.inventories(forFolder: "a/q0")) == ["c"])
    #expect(names(found.inventories(forFolder: "a/q1")) == ["d"])
    #expect(names(found.inventories(forFolder: "b/q0")) == ["e"])
    #expect(found.inventories(forFolder: "a/q1")?.sources == ["a/d.json"])
    #expect(captures.map(\.inventories.count) == [1, 0, 0])
  }

  @Test func withoutAnyInventoryThereIsNone() {
    let (found, _) = inventories(["a/log": log])
    #expect(found.inventories(forFolder: "a") == nil)
  }

  @Test func whatADescriptionSaysIsMergedIn() throws {
    let yaml = """
      hosts:
        a:
          folders: [a]
          devices: ["8:1", "x"]
      containers:
        c:
          devices: ["253:7"]
          uids: 231072-296607
          namespaces: {mnt: 4026532561}
          state: running
          prefix: "c:"
          overlay: [own]
      """
    let (found, _) = inventories([
      "a/log": log, "a/c.json": inspection("c"), "b/log": log, "inquest.yaml": Array(yaml.utf8),
    ])
    let a = try #require(found.inventories(forFolder: "a"))
    #expect(a.inventory.hostDevices.map(\.description) == ["8:1"])
    #expect(names(a) == ["c"])
    #expect(a.inventory.containers.map { $0.identifier.isEmpty } == [false])
    #expect(a.inventory.containers[0].devices.map(\.description) == ["253:7"])
    #expect(a.sources == ["a/c.json", "inquest.yaml"])
    let b = try #require(found.inventories(forFolder: "b")).inventory.containers
    #expect(b.map(\.devices.first?.description) == ["253:7"])
    #expect(b[0].userIdentifiers == UserIdentifierRange(first: 231072, count: 65536))
    #expect(b[0].namespaces == ["mnt": 4_026_532_561])
    #expect(b[0].pathPrefixes == ["c:"])
    #expect(b[0].ownLayers == ["own"])
    #expect(b[0].state == .running)
  }

  @Test func wrongKeysAndValuesAreSaid() {
    let yaml = """
      containers:
        - name: c
          devices: [1]
          uids: many
          state: asleep
          namespaces: {mnt: x}
          colour: red
        - image: nginx
        - text
      """
    let description = CaseDescription(Array(yaml.utf8), file: "inquest.yaml", folder: "", isTrusted: false)
    #expect(
      description.problems == [
        "devices of a container: major:minor expected, '1' found",
        "containers: uids: a range such as 231072-296607 expected",
        "containers: state: running, exited or unknown expected",
        "containers: namespaces: a number for each kind expected",
        "'colour' is no key of a container",
        "containers: an entry has neither id nor name",
        "containers: each entry must be a mapping",
      ])
  }

  @Test(.enabled(if: Corpus.isPresent))
  func theLabsContainersBelongToAllItsCaptures() throws {
    let evidence = try EvidenceSet.read([FilePath(Corpus.url("lab/vmE-containers").path)])
    let captures = Discovery(evidence: evidence, roles: [:]).captures()
    let found = CaseInventories(evidence.files, captures: captures.map(\.folder))
    for folder in (0..<4).map({ "boot1/q\($0)" }) {
      let merged = try #require(found.inventories(forFolder: folder))
      #expect(names(merged) == ["c1", "c2", "c3", "c4", "c5", "r1", "r2"])
      #expect(merged.problems == [])
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func theListOfAnIntegrityReportIsAppraisedAndItsQuoteIsNot() throws {
    let scratch = try ScratchCase()
    let folder = "seed/SECURED-FP7+secured-verifier/db/measurements"
    try scratch.copy(Corpus.url(folder + "/ir.xml"), to: "ned/ir.xml")
    let result = try examine(ExaminationRequest(roots: [FilePath(scratch.path)], toolVersion: "test"))
    let logs = result.hosts.flatMap(\.boots).flatMap(\.captures).flatMap(\.logs)
    #expect(logs.map(\.records) == [464])
    #expect(result.verdict != .trusted)
    #expect(result.limits.contains { $0.contains("TPM 1.2 quote") })
    #expect(!result.findings.contains { $0.code == .logReplayMismatch })
    #expect(!result.findings.contains { $0.code == .imaTemplateHashMismatch })
    #expect(result.inputs.map(\.kind) == ["integrity-report"])
  }

  @Test func anInventoryThatIsCutIsAFinding() throws {
    let scratch = try ScratchCase()
    try scratch.write(Array(inspection("c").dropLast(2)), to: "q0/c.json")
    try scratch.write(log, to: "q0/log")
    let result = try examine(ExaminationRequest(roots: [FilePath(scratch.path)], toolVersion: "test"))
    #expect(result.findings.filter { $0.file == "q0/c.json" }.map(\.code) == [.inputUnreadable])
  }

  @Test(.enabled(if: Corpus.isPresent))
  func aDangerousDocumentIsAFinding() throws {
    let scratch = try ScratchCase()
    let folder = "seed/opencit+opencit/integration/mtwilson-client-java6/src/test/resources"
    try scratch.copy(Corpus.url(folder + "/host-149.saml_xxe.xml"), to: "host-149.saml_xxe.xml")
    try scratch.write(log, to: "q0/log")
    let result = try examine(ExaminationRequest(roots: [FilePath(scratch.path)], toolVersion: "test"))
    #expect(result.findings.filter { $0.code == .inputRefused }.map(\.file) == ["host-149.saml_xxe.xml"])
    #expect(result.verdict == .untrusted)
  }
}
