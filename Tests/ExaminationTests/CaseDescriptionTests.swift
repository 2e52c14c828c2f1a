import Testing

@testable import Examination

@Suite struct CaseDescriptionTests {
  private func read(_ text: String, folder: String = "", isTrusted: Bool = false) -> CaseDescription {
    CaseDescription(Array(text.utf8), file: "inquest.yaml", folder: folder, isTrusted: isTrusted)
  }

  private let trust = """
    version: 1
    trust-anchors: [root.pem, other.pem]
    keys: ak.pem
    file-signing-keys: [ima.pem]
    nonces: [0102, ff]
    policy: policy.yaml
    as-of: 2026-11-23
    """

  @Test func capturesAreReadWithPathsRelativeToTheFile() {
    let description = read(
      """
      version: 1
      title: a case
      containers: {}
      request: anything
      hosts:
        web-01:
          folders: [monday, ./tuesday/]
      captures:
        monday/q0:
          host: web-01
          collected-at: 2026-11-23T05:08:48Z
          nonce: 0a0b
          roles:
            statement.bin: quote
            x.sig: signature
            x.pcrs: pcrs
            n: nonce
            e: event-log
            l: ima-list
      """, folder: "outer")
    #expect(description.problems.isEmpty)
    #expect(description.hosts.map(\.name) == ["web-01"])
    #expect(description.hosts.map(\.folders) == [["outer/monday", "outer/tuesday"]])
    let folder = "outer/monday/q0"
    #expect(
      description.captures == [
        CaseDescription.Capture(
          folder: folder, host: "web-01", collectedAt: "2026-11-23T05:08:48Z", nonce: [0x0a, 0x0b],
          roles: [
            folder + "/statement.bin": .quote, folder + "/x.sig": .signature, folder + "/x.pcrs": .pcrs,
            folder + "/n": .nonce, folder + "/e": .eventLog, folder + "/l": .imaList,
          ])
      ])
  }

  @Test func theUsersOwnFileMaySayWhatDecidesTrust() {
    let description = read(trust, isTrusted: true)
    #expect(description.problems.isEmpty)
    #expect(description.trustAnchors == ["root.pem", "other.pem"])
    #expect(description.keys == ["ak.pem"])
    #expect(description.fileSigningKeys == ["ima.pem"])
    #expect(description.nonces == [[1, 2], [0xff]])
    #expect(description.policy == "policy.yaml")
    #expect(description.asOf == "2026-11-23")
  }

  @Test func aFileInTheCaseMayNotAndEachAttemptIsNamed() {
    let description = read(trust)
    #expect(description.problems.count == 6)
    for key in ["trust-anchors", "keys", "file-signing-keys", "nonces", "policy", "as-of"] {
      #expect(description.problems.contains { $0.hasPrefix("'\(key)' decides trust") })
    }
    #expect(
      description.trustAnchors.isEmpty && description.keys.isEmpty && description.fileSigningKeys.isEmpty
        && description.nonces.isEmpty)
    #expect(description.policy == nil)
    #expect(description.asOf == nil)
  }

  @Test(arguments: [
    ("version: 2", "version 1 was expected"), ("- a", "a mapping was expected at the top"),
    ("", "a mapping was expected at the top"), ("colour: red", "'colour' is no key of a description"),
    ("hosts: web", "hosts: a mapping from name to folders expected"),
    ("captures: q0", "captures: a mapping from folder expected"),
    ("captures: {q0: {colour: red}}", "'colour' is no key of a capture"),
    ("captures: {q0: {collected-at: yesterday}}", "collected-at: an RFC 3339 time expected"),
    ("captures: {q0: {nonce: xyz}}", "nonce: hexadecimal expected"),
    ("captures: {q0: {roles: {a: leader}}}", "'leader' is no role"),
    ("nonces: [xyz]", "nonces: hexadecimal expected"), ("keys: {a: b}", "keys: a list expected"),
  ])
  func whatIsNotUnderstoodIsSaid(text: String, problem: String) {
    #expect(read(text, isTrusted: true).problems == [problem])
  }

  @Test func brokenYAMLIsOneProblemOnOneLineWithoutControlCharacters() throws {
    let problem = try #require(read("a: [\n\"\u{1b}").problems.first)
    #expect(problem.hasPrefix("not valid YAML: "))
    #expect(!problem.contains("\n") && !problem.contains("\u{1b}"))
  }

  @Test func aFileBeyondOneMebibyteIsNotRead() {
    let comment = "# " + String(repeating: "x", count: 1 << 20)
    #expect(
      read("host: 1\n" + comment).problems == [
        "the file is too large, or uses YAML aliases, which are not read"
      ])
  }

  @Test(arguments: [
    "a: &a [1]\nb: *a", "a: &a [1]\nb: [*a, *a]", "a: &a [1]\nb: {c: *a}", "a: &a [1]\nb: {c: 1,*a : 2}",
    "a: &a [1]\nb:\n-\t*a", "a: &a [1]\n? *a\n: 1",
    "a: &-a [1]\nb: [ *-a]", "? [\u{2028}*a]\n: 1",
  ])
  func aliasesAreRefusedWhereverTheyStand(text: String) {
    #expect(read(text).problems == ["the file is too large, or uses YAML aliases, which are not read"])
  }

  /// Each level doubles: as a key it would be hashed whole.
  @Test(.timeLimit(.minutes(1)), arguments: ["a", "-"])
  func aliasesThatGrowWithoutBoundDoNotHangTheRun(name: String) {
    var text = "a0: &\(name)0 [x]\n"
    for level in 1...40 { text += "a\(level): &\(name)\(level) [*\(name)\(level - 1),*\(name)\(level - 1)]\n" }
    #expect(!read(text + "? [*\(name)40]\n: 1\n").problems.isEmpty)
  }

  @Test func deepNestingIsAProblemAndNotACrash() {
    #expect(!read("a: " + String(repeating: "[", count: 500_000)).problems.isEmpty)
    #expect(!read("a: " + String(repeating: "{a: ", count: 200_000)).problems.isEmpty)
  }

  @Test(arguments: [
    ("", "q0", "q0"), ("a", "q0", "a/q0"), ("a/b", ".", "a/b"), ("", ".", ""), ("a", "./b//c/", "a/b/c"),
  ])
  func pathsAreJoinedWithoutDotsAndEmptyParts(folder: String, path: String, joined: String) {
    #expect(join(folder, path) == joined)
  }
}
