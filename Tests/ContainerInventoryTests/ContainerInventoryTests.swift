import ByteReading
import ContainerInventory
import TestSupport
import Testing

private func parse(_ text: String) -> Parsed<ContainerInventory>? {
  ContainerInventory.parse(Array(text.utf8), file: "x.json")
}

private func full(_ digit: Character) -> String { String(repeating: digit, count: 64) }

/// One container and one pod of each kind of document.
private let documents: [String] = [
  """
  [{"Id": "\(full("a"))", "Name": "/web", "Image": "sha256:\(full("1"))", "Config": {"Image": "nginx", "Labels": {}},
    "State": {"Status": "running", "Pid": 4711, "StartedAt": "2026-11-23T05:00:00Z",
              "FinishedAt": "0001-01-01T00:00:00Z"},
    "HostConfig": {"UsernsMode": "", "CgroupParent": "/docker"},
    "LogPath": "/var/lib/docker/231072.231072/containers/x.log",
    "GraphDriver": {"Name": "overlay2", "Data": {
       "UpperDir": "/var/lib/docker/231072.231072/overlay2/own/diff",
       "LowerDir": "/v/overlay2/own-init/diff:/v/overlay2/base/diff"}}}]
  """,
  """
  {"kind": "List", "items": [{"kind": "Pod", "metadata": {"uid": "u-1", "namespace": "shop", "name": "web-0",
    "annotations": {"kubernetes.io/config.hash": "h-1"}}, "spec": {"nodeName": "n1", "hostNetwork": true},
    "status": {"containerStatuses": [{"name": "web", "image": "nginx", "imageID": "nginx@sha256:\(full("2"))",
      "containerID": "containerd://\(full("B"))", "state": {"running": {"startedAt": "2026-11-23T05:00:00Z"}},
      "lastState": {"terminated": {"containerID": "containerd://\(full("c"))", "finishedAt": "2026-11-22T05:00:00Z"}}}],
     "initContainerStatuses": [{"name": "init", "containerID": "containerd://\(full("d"))", "state": {"terminated": {}}},
      {"name": "later", "state": {"waiting": {}}}]}}]}
  """,
  """
  {"containers": [{"id": "\(full("e"))", "podSandboxId": "\(full("f"))", "metadata": {"name": "web"},
    "image": {"image": "nginx"}, "imageRef": "sha256:\(full("3"))", "state": "CONTAINER_EXITED",
    "labels": {"io.kubernetes.pod.uid": "u-2"}}]}
  """,
  """
  {"items": [{"id": "\(full("f"))", "metadata": {"name": "web-0", "uid": "u-2", "namespace": "shop"},
    "state": "SANDBOX_READY"}]}
  """,
  """
  [{"Id": "sha256:\(full("4"))", "RepoTags": ["nginx:1"], "RootFS": {"Type": "layers", "Layers": ["sha256:\(full("5"))"]},
    "GraphDriver": {"Data": {"UpperDir": "/v/overlay2/top/diff"}}}]
  """,
]

@Suite struct ContainerInventoryTests {
  @Test func dockerInspectTellsAContainer() throws {
    let found = try #require(parse(documents[0]))
    #expect(found.isWhole)
    let container = try #require(found.value.containers.first)
    #expect(container.identifier == full("a"))
    #expect(container.name == "web")
    #expect(container.image == "nginx")
    #expect(container.imageIdentifier == "sha256:" + full("1"))
    #expect(container.state == .running)
    #expect(container.processIdentifier == 4711)
    #expect(container.startedAt == "2026-11-23T05:00:00Z")
    #expect(container.finishedAt == nil)
    #expect(container.cgroupParent == "/docker")
    #expect(container.ownLayers == ["own", "own-init"])
    #expect(container.imageLayers == ["base"])
    #expect(container.userIdentifiers == UserIdentifierRange(first: 231072, count: nil))
    #expect(container.sources == ["x.json"])
  }

  @Test func oneObjectAloneIsReadAsAListOfOne() throws {
    let inner = documents[0].trimmingPrefix("[").dropLast()
    #expect(try #require(parse(String(inner))).value == parse(documents[0])?.value)
  }

  @Test func imagesAreToldFromContainers() throws {
    let found = try #require(parse(documents[4])).value
    #expect(found.containers.isEmpty)
    #expect(found.images.map(\.names) == [["nginx:1"]])
    #expect(found.images.map(\.layers) == [["sha256:" + full("5")]])
    #expect(found.images.map(\.layerFolders) == [["top"]])
  }

  @Test func podsBringTheirContainersAndTheOnesBefore() throws {
    let found = try #require(parse(documents[1]))
    #expect(found.isWhole)
    let pod = try #require(found.value.pods.first)
    #expect(pod.label == "shop/web-0")
    #expect(pod.otherIdentifiers == ["h-1"])
    #expect(found.value.pod("h-1") == pod)
    #expect(pod.nodeName == "n1")
    #expect(pod.usesHostNetwork == true)
    #expect(found.value.containers.map(\.identifier) == [full("d"), full("b"), full("c")])
    #expect(found.value.containers.map(\.state) == [.exited, .running, .exited])
    #expect(found.value.containers.allSatisfy { $0.pod == "u-1" })
    #expect(found.value.containers[1].imageIdentifier == "sha256:" + full("2"))
  }

  @Test func theRuntimesOwnListingsAreRead() throws {
    let containers = try #require(parse(documents[2])).value.containers
    #expect(containers.map(\.pod) == ["u-2"])
    #expect(containers.map(\.state) == [.exited])
    let pods = try #require(parse(documents[3])).value.pods
    #expect(pods.map(\.sandbox) == [full("f")])
  }

  @Test(arguments: [
    "", "{}", "[]", "[1, 2]", "null", "{\"a\": 1}", "[{\"Id\": 7}]", "[{\"Id\": \"abc\"}]", "{\"items\": []}",
    "{\"kind\": \"List\", \"items\": [{\"kind\": \"Service\"}]}", "{\"containers\": [1]}", "no json",
    "{\"kind\": \"Pod\"}",
  ])
  func otherDocumentsAreNoInventory(text: String) {
    #expect(parse(text) == nil)
  }

  @Test func wrongTypesAreProblemsWithTheirPlace() throws {
    let text =
      "[{\"Id\": \"\(full("a"))\", \"Name\": [1], \"State\": {\"Pid\": 99999999999999999999, \"Status\": {}, \"StartedAt\": true}}]"
    let found = try #require(parse(text))
    #expect(found.value.containers.map(\.name) == [nil])
    #expect(
      found.problems.map(\.description) == [
        "x.json at 0x54: Name: expected a text, found a list",
        "x.json at 0x8a: State.Status: expected a text, found an object",
        "x.json at 0x9b: State.StartedAt: expected a text, found true",
        "x.json at 0x6a: State.Pid: expected a whole number, found the number 99999999999999999999",
      ])
  }

  @Test(arguments: documents)
  func everyTruncationIsReadAsFarAsItGoes(text: String) {
    let bytes = Array(text.utf8)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      guard let found = ContainerInventory.parse(Array(bytes.prefix(length)), file: "x.json") else { continue }
      #expect(!found.problems.isEmpty)
    }
  }

  @Test func deepNestingEndsTheReading() {
    #expect(parse(String(repeating: "[", count: 1_000_000)) == nil)
    let deep =
      "[{\"Id\": \"\(full("a"))\", \"State\": {}, \"x\": " + String(repeating: "{\"a\":", count: 100_000)
    let found = parse(deep)
    #expect(found?.value.containers.count == 1)
    #expect(found?.problems.count == 1)
  }

  @Test func escapesOfJSONAreUndone() throws {
    let text = "[{\"Id\": \"\(full("a"))\", \"State\": null, \"Name\": \"/a\\u00e9\\ud83d\\ude00\\ud800\\n\\\"\"}]"
    #expect(try #require(parse(text)).value.containers.first?.name == "a\u{e9}\u{1f600}\u{fffd}\n\"")
  }

  // MARK: Devices

  @Test func elementsOfOpenAttestationAreFoundAnywhere() throws {
    let xml = """
      <r xmlns='urn:x' xmlns:d='urn:dive'><a><d:Host><d:DevId>8:1</d:DevId><d:DevId> 253:0 </d:DevId></d:Host></a>
      <Container Id='0123456789ab'><DevId>253:7</DevId><DevId>253:8</DevId></Container>
      <Container Id='ba9876543210'><DevId>x:1</DevId></Container></r>
      """
    let found = try #require(ContainerInventory.parseXML(Array(xml.utf8), file: "x.xml"))
    #expect(found.value.hostDevices == [DeviceNumber(major: 8, minor: 1), DeviceNumber(major: 253, minor: 0)])
    #expect(found.value.containers.map(\.identifier) == ["0123456789ab", "ba9876543210"])
    #expect(found.value.containers[0].devices.map(\.description) == ["253:7", "253:8"])
    #expect(found.problems.count == 1)
    #expect(found.problems[0].found == "x:1")
    #expect(found.value.container(on: DeviceNumber(major: 253, minor: 7))?.identifier == "0123456789ab")
    #expect(ContainerInventory.parseXML(Array("<a><Container Id='1'/></a>".utf8), file: "x.xml") == nil)
    #expect(ContainerInventory.parseXML(Array("<!DOCTYPE a><a/>".utf8), file: "x.xml") == nil)
  }

  @Test func aTableOfDevicesIsToldByItsHeader() throws {
    let table = """
      container,name,image,device
      host,,,8:1
      0123456789ab,web,"nginx, 1",253:7
      0123456789ab,web,,253:8
      ba9876543210,,,nothing
      """
    let found = try #require(parse(table))
    #expect(found.value.hostDevices.map(\.description) == ["8:1"])
    #expect(found.value.containers.map(\.image) == ["nginx, 1"])
    #expect(found.value.containers[0].devices.count == 2)
    #expect(found.problems.map(\.field) == ["line 5"])
    #expect(parse("a,b\n1,2\n") == nil)
  }

  @Test(arguments: [
    ("253:7", true), ("0:0", true), ("1", false), ("1:2:3", false), ("-1:2", false), ("+1:2", false),
    ("4294967296:0", false), ("", false), (":", false),
  ])
  func deviceNumbersAreTwoNumbers(text: String, isOne: Bool) {
    #expect((DeviceNumber(text) != nil) == isOne)
  }

  @Test func rangesOfUsersHaveBothEnds() {
    #expect(UserIdentifierRange("231072-296607") == UserIdentifierRange(first: 231072, count: 65536))
    #expect(UserIdentifierRange("5-4") == nil)
    #expect(UserIdentifierRange("0-4294967295") == nil)
    #expect(UserIdentifierRange("a") == nil)
    #expect(UserIdentifierRange(first: 4_294_967_290, count: nil).contains(.max))
    #expect(!UserIdentifierRange(first: 10, count: 2).contains(12))
  }

  // MARK: Merging

  private func container(_ identifier: String, _ change: (inout Container) -> Void = { _ in }) -> Container {
    var container = Container(identifier: identifier, source: "s-\(identifier.prefix(3))")
    change(&container)
    return container
  }

  @Test func aShortIdentifierIsTheBeginningOfAWholeOne() {
    let device = DeviceNumber(major: 253, minor: 7)
    let (merged, problems) = ContainerInventory.merged([
      ContainerInventory(containers: [container("AAAAAAAAAAAA") { $0.devices = [device] }]),
      ContainerInventory(containers: [container(full("a")) { $0.name = "web" }]),
    ])
    #expect(problems.isEmpty)
    #expect(merged.containers.count == 1)
    #expect(merged.containers[0].devices == [device])
    #expect(merged.container("aaaaaaaaaaaa")?.name == "web")
    #expect(merged.container("aaaaaaaaaaa") == nil)
  }

  @Test func anAmbiguousIdentifierIsAProblemAndNoGuess() {
    let (one, two) = (
      "aaaaaaaaaaaa" + String(repeating: "0", count: 52), "aaaaaaaaaaaa" + String(repeating: "1", count: 52)
    )
    let (merged, problems) = ContainerInventory.merged([
      ContainerInventory(containers: [container(one), container(two), container("aaaaaaaaaaaa")])
    ])
    #expect(merged.containers.count == 3)
    #expect(problems == ["s-aaa: container aaaaaaaaaaaa could be any of 2"])
    #expect(merged.container("aaaaaaaaaaaa")?.sources == ["s-aaa"])
  }

  @Test func contradictionsAreProblemsAndTheFirstWordStays() {
    let device = DeviceNumber(major: 253, minor: 7)
    let (merged, problems) = ContainerInventory.merged([
      ContainerInventory(containers: [container(full("a")) { $0.image = "nginx" }], hostDevices: [device]),
      ContainerInventory(containers: [container(full("a")) { ($0.image, $0.devices) = ("apache", [device]) }]),
    ])
    #expect(merged.containers.map(\.image) == ["nginx"])
    #expect(
      problems == [
        "container aaaaaaaaaaaa: image is 'nginx' (s-aaa) and 'apache' (s-aaa); the first is kept",
        "device 253:7 belongs to the host and container aaaaaaaaaaaa: its records cannot be told apart",
      ])
    #expect(merged.container(on: device) != nil)
  }

  @Test func aContainerWithoutIdentifierIsFoundByItsName() {
    let (merged, problems) = ContainerInventory.merged([
      ContainerInventory(containers: [container("") { ($0.name, $0.pathPrefixes) = ("web", ["web:"]) }]),
      ContainerInventory(containers: [container(full("a")) { $0.name = "web" }]),
    ])
    #expect(problems.isEmpty)
    #expect(merged.containers.map(\.identifier) == [full("a")])
    #expect(merged.containers[0].pathPrefixes == ["web:"])
  }

  // MARK: Effort

  /// Documents of that many entries that would take minutes if each entry was compared with all before it.
  private static let many = 100_000

  @Test func manyDevicesOfOneOwnerAreReadInPassing() throws {
    let numbers = (0..<Self.many).map { "\($0 / 256):\($0 % 256)" }
    let elements = numbers.map { "<DevId>\($0)</DevId>" }.joined()
    let document = Array("<r><Container Id='0123456789ab'>\(elements)</Container><Host>\(elements)</Host></r>".utf8)
    let table = Array(("container,device\n" + numbers.map { "host,\($0)\n0123456789ab,\($0)\n" }.joined()).utf8)
    let effort = ContinuousClock().measure {
      for found in [
        ContainerInventory.parseXML(document, file: "x.xml"), ContainerInventory.parse(table, file: "x.csv"),
      ] {
        #expect(found?.value.containers.first?.devices.count == Self.many)
        #expect(found?.value.hostDevices.count == Self.many)
      }
    }
    #expect(effort < .seconds(30))
  }

  @Test func manyIdentifiersThatBeginAlikeAreMergedInPassing() {
    let ends = (0..<Self.many / 2).map { number in
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
    let beginning = String(repeating: "a", count: 12)
    let whole = ends.map { container(beginning + String(repeating: "0", count: 44) + $0) }
    let short = ends.map { container(beginning + "1" + $0) }
    let effort = ContinuousClock().measure {
      let (merged, problems) = ContainerInventory.merged([ContainerInventory(containers: whole + short)])
      #expect(merged.containers.count == Self.many)
      #expect(problems.count == Self.many / 2)
    }
    #expect(effort < .seconds(30))
  }

  // MARK: Corpus

  @Test(.enabled(if: Corpus.isPresent))
  func theContainersOfTheLabAreRead() throws {
    var found: [ContainerInventory] = []
    for name in ["c1", "c2", "c3", "c4", "c5", "r1", "r2"] {
      let path = "lab/vmE-containers/boot1/inspect-\(name).json"
      let parsed = try #require(ContainerInventory.parse(try Corpus.bytes(path), file: path))
      #expect(parsed.isWhole, "\(parsed.problems)")
      #expect(parsed.value.containers.map(\.name) == [name])
      let container = parsed.value.containers[0]
      #expect(container.identifier.utf8.count == 64)
      #expect(container.ownLayers.count == 2)
      #expect(!container.imageLayers.isEmpty)
      #expect((container.userIdentifiers?.first == 231072) == name.hasPrefix("r"))
      found.append(parsed.value)
    }
    let (merged, problems) = ContainerInventory.merged(found + found)
    #expect(merged.containers.count == 7)
    #expect(problems.isEmpty)
  }

  @Test(.enabled(if: Corpus.isPresent))
  func aCutInspectionKeepsItsBeginning() throws {
    let whole = try Corpus.bytes("lab/vmE-containers/boot1/inspect-r2.json")
    var recognised = 0
    for length in stride(from: 64, to: whole.count, by: 64) {
      guard let cut = ContainerInventory.parse(Array(whole.prefix(length)), file: "r2.json") else { continue }
      recognised += 1
      #expect(cut.value.containers.count == 1)
      #expect(cut.problems.count == 1)
      #expect(cut.unread.upperBound == length)
    }
    #expect(recognised > 90)
  }
}
