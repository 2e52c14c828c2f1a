import ReferenceManifests
import Testing

private let list = """
  [29 Aug 2024] DSA-5760-1 ghostscript - security update
  \t{CVE-2024-29506 CVE-2024-29507}
  \t[bookworm] - ghostscript 10.0.0~dfsg-11+deb12u5
  \t[bullseye] - ghostscript <not-affected> (Vulnerable code not present)
  \tNOTE: something
  [03 Sep 2024] DLA-3700-2 foo - regression update
  \t[bullseye] - foo 1:2.3-4+deb11u2
  what is this
  \t[bookworm] - bar 1
  [3 Sep 2024] DSA-9-1 bar - security update
  \tstrange
  """

private let tracker = """
  {"openssl": {"CVE-2024-2": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "3.0.14-1", "urgency": "low"},
     "sid": {"status": "open", "urgency": "high"}, "trixie": {"status": "resolved", "fixed_version": "0"}}},
    "CVE-2024-1": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "3.0.14-1"}, "bullseye": {}}},
    "CVE-2024-3": {"description": "no releases"}},
   "bash": 1}
  """

struct SecurityAdvisoryTests {
  @Test func advisoriesGiveDateReleaseAndVersion() throws {
    let found = SecurityAdvisoryList(Array(list.utf8), file: "DSA")
    #expect(found.updates.count == 2)
    #expect(
      found.updates.first
        == PackageUpdate(
          format: .deb, name: "ghostscript", namesSource: true, version: "10.0.0~dfsg-11+deb12u5",
          distribution: "Debian bookworm", type: .security, date: "2024-08-29", advisory: "DSA-5760-1",
          references: ["CVE-2024-29506", "CVE-2024-29507"]))
    let second = try #require(found.updates.last)
    #expect(second.type == .bugfix)
    #expect(second.version == "1:2.3-4+deb11u2")
    #expect(second.date == "2024-09-03")
    #expect(second.references == [])
  }

  @Test func linesThatBelongToNoAdvisoryAreProblems() {
    let found = SecurityAdvisoryList(Array(list.utf8), file: "DSA")
    #expect(found.problems.map(\.actual) == ["what is this", "\\t[bookworm] - bar 1", "\\tstrange"])
    #expect(found.problems.first?.offset == 308)
  }

  @Test func theTrackerGivesEachFixedVersionOnceWithItsIssues() {
    let found = SecurityTracker(Array(tracker.utf8), file: "tracker.json")
    #expect(
      found.updates == [
        PackageUpdate(
          format: .deb, name: "openssl", namesSource: true, version: "3.0.14-1", distribution: "Debian bookworm",
          type: .security, references: ["CVE-2024-1", "CVE-2024-2"])
      ])
    #expect(found.problems.map(\.subject) == ["bash", "openssl", "openssl"])
  }

  @Test func truncationsAndFlipsGiveAnAnswer() {
    for text in [list, tracker] {
      let whole = Array(text.utf8)
      for count in 0..<whole.count {
        var copy = whole
        copy[count] ^= 1 << UInt8(count % 8)
        for bytes in [Array(whole.prefix(count)), copy] {
          _ = recognise(list: bytes)
          _ = SecurityAdvisoryList(bytes, file: "l")
          _ = SecurityTracker(bytes, file: "l")
        }
      }
      #expect(SecurityTracker(Array(tracker.utf8.dropLast()), file: "t").problems.count == 1)
    }
  }
}
