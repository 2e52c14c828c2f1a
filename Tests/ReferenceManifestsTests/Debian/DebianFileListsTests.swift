import ByteReading
import Digests
import ReferenceManifests
import TestSupport
import Testing

struct DebianFileListsTests {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func theLengthOfADigestTellsItsAlgorithm() {
    let md5 = String(repeating: "ab", count: 16)
    let sha256 = String(repeating: "cd", count: 32)
    let text =
      "\(md5)  usr/bin/a\n\(sha256) *./usr/b c\r\n\(md5.uppercased())\t/d\nabc  odd\n\(md5)\n\n\(md5)ff  seventeen\n"
    let parsed = DebianFileLists.digests(Self.bytes(text), file: "md5sums")
    #expect(parsed.value.map { escapedText($0.path) } == ["/usr/bin/a", "/usr/b c", "/d"])
    #expect(parsed.value.map(\.algorithm) == [.md5, .sha256, .md5])
    #expect(parsed.problems.map(\.found) == ["“abc  odd”", "“\(md5)”", "“\(md5)ff  seventeen”"])
  }

  @Test func conffilesMayBeRemovedOnUpgrade() {
    let parsed = DebianFileLists.conffiles(
      Self.bytes("/etc/a\nremove-on-upgrade /etc/b\n/etc/with blank \nrelative\nremove-on-upgrade\n"), file: "conffiles"
    )
    #expect(parsed.value.map { escapedText($0.path) } == ["/etc/a", "/etc/b", "/etc/with blank"])
    #expect(parsed.value.map(\.isRemovedOnUpgrade) == [false, true, false])
    #expect(parsed.problems.map(\.found) == ["“relative”", "“remove-on-upgrade”"])
  }

  @Test func diversionsAreTriples() {
    let text = "/bin/sh\n/bin/sh.distrib\ndash\n/a\n/b\n:\n"
    let parsed = DebianFileLists.diversions(Self.bytes(text), file: "diversions")
    #expect(parsed.value.map { escapedText($0.to) } == ["/bin/sh.distrib", "/b"])
    #expect(parsed.value.map(\.package) == ["dash", nil])
    #expect(parsed.isWhole)
    let cut = DebianFileLists.diversions(Self.bytes(text + "/c\n/d\n"), file: "diversions")
    #expect(cut.value.count == 2 && cut.problems.count == 1)
    #expect(cut.unread == text.utf8.count..<text.utf8.count + 6)
  }

  @Test func pathsOfMembersBecomeAbsolute() {
    let pairs = [
      ("./usr/bin/x", "/usr/bin/x"), ("usr//./x/", "/usr/x"), ("/a", "/a"), ("./", "/"), ("a/../b", "/a/../b"),
    ]
    for (path, absolute) in pairs { #expect(absolutePath(Self.bytes(path)) == Self.bytes(absolute)) }
    #expect(absolutePath([]) == nil)
  }
}
