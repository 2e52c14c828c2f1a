import ByteReading
import ReferenceManifests
import TestSupport
import Testing

struct DebianParagraphTests {
  private static let text = """
    # a comment
    Package: one
    Description: short
     long
     .
     \tend \t

     \t
    package : none
    PACKAGE: two
    Empty:
    Files:
     a 1
     b 2
    """

  private static func paragraphs(_ bytes: [UInt8]) -> ([DebianParagraph], [ParseError]) {
    var reader = DebianParagraphReader(bytes, file: "control")
    var found: [DebianParagraph] = []
    while let paragraph = reader.next() { found.append(paragraph) }
    return (found, reader.problems)
  }

  @Test func fieldsKeepTheirLinesAndNamesHaveNoCase() throws {
    let (found, problems) = Self.paragraphs(Array(Self.text.utf8))
    try #require(found.count == 2)
    #expect(found[0].names == ["Package", "Description"])
    #expect(found[0].text("package") == "one")
    #expect(found[0].text("Description") == "short\\n long\\n .\\n \\tend")
    #expect(found[0].offset == 12)
    #expect(found[1].text("Package") == "two")
    #expect(found[1].text("Empty") == "")
    #expect(found[1].text("None") == nil)
    #expect(found[1].lines("Files").map { escapedText($0.bytes) } == ["a 1", "b 2"])
    #expect(problems.map(\.found) == ["“package : none”"])
  }

  @Test func aFieldTwiceAndALineOfNoFieldAreProblems() {
    let (found, problems) = Self.paragraphs(Array(" lost\nA: 1\na: 2\nno colon\n-B: 3\n".utf8))
    #expect(found.map(\.names) == [["A", "a"]])
    #expect(found.first?.text("A") == "1")
    #expect(problems.map(\.offset) == [0, 11, 16, 25])
  }

  @Test func everyTruncationIsReadAndNeverStopsTheProgram() {
    let bytes = Array(Self.text.utf8)
    for count in 0...bytes.count {
      let (found, _) = Self.paragraphs(Array(bytes.prefix(count)))
      #expect(found.count <= 2)
    }
    for index in bytes.indices {
      var flipped = bytes
      flipped[index] ^= 0x2a
      let (found, problems) = Self.paragraphs(flipped)
      #expect(found.count + problems.count > 0)
    }
  }

  @Test func problemsOfOneFileAreBounded() {
    let (_, problems) = Self.paragraphs(Array(String(repeating: "x\n", count: 1000).utf8))
    #expect(problems.count == 100)
  }

  @Test func controlFieldsThatDpkgRefusesAreRefused() throws {
    let control = { (text: String) throws -> DebianControl in
      var reader = DebianParagraphReader(Array(text.utf8), file: "control")
      return try DebianControl(reader.next() ?? DebianParagraph(), file: "control")
    }
    let good = try control("Package: g++\nVersion: 4:12.2.0-3~a+b\nArchitecture: amd64\nSource: gcc-defaults (1.203)\n")
    #expect(good.fileName == "g++_4%3a12.2.0-3~a+b_amd64.deb")
    #expect(good.sourceName == "gcc-defaults" && good.sourceVersion == "1.203" && !good.isCoinstallable)
    let plain = try control("Package: a\nVersion: 1\nArchitecture: all\nSource: b\nMulti-Arch: same\n")
    #expect(plain.sourceName == "b" && plain.sourceVersion == nil && plain.isCoinstallable)
    for bad in [
      "Version: 1\nArchitecture: all\n", "Package: ../x\nVersion: 1\nArchitecture: all\n",
      "Package: x\nVersion: 1/2\nArchitecture: all\n", "Package: x\nVersion: 1\nArchitecture: a b\n", "",
    ] {
      #expect(throws: ParseError.self) { try control(bad) }
    }
  }
}
