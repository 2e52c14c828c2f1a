import ByteReading
import JSONReading
import Testing

@Test func everyValueKnowsItsPlaceInTheFile() throws {
  let text = " {\"a\": [1, \"xy\"], \"b\": null}"
  let document = JSONDocument(Array(text.utf8), file: "a.json", base: 10)
  let root = try #require(document.root)
  #expect(document.fault == nil)
  #expect(root.offset == 11)
  #expect(root.end == 10 + text.utf8.count)
  let elements = try #require(root["a"]?.elements)
  #expect(elements.map(\.offset) == [18, 21])
  #expect(elements.map(\.end) == [19, 25])
  #expect(root["b"]?.isNull == true)
}

@Test func aFaultInAPartOfAFileCountsFromTheFilesStart() {
  let document = JSONDocument(Array("[1, x]".utf8), file: "a.json", base: 100)
  #expect(document.fault?.offset == 104)
  #expect(document.root?.elements?.count == 1)
}

@Test func nestingWithoutEndIsRefused() {
  let document = JSONDocument(Array(repeating: UInt8(ascii: "["), count: 100_000), file: "a.json")
  #expect(document.fault?.expected.contains("64 levels") == true)
}
