import ReferenceManifests
import Testing

@testable import ReferenceBuilding

@Suite struct RegisterValuesReaderTests {
  private let digest = String(repeating: "ab", count: 20)

  @Test func aTableOfJSONIsAReference() throws {
    let table = Array("{\"sha1\": {\"pcr0\": \"\(digest)\"}}".utf8)
    let reading = try #require(RegisterValuesReader.read(table, name: "board.rimpcr"))
    #expect(reading.problems.isEmpty && reading.bootReference == table)
  }

  @Test func aTableWithAValueThatIsNoneIsDamagedAndNoReference() throws {
    let table = Array("{\"sha1\": {\"pcr0\": \"\(digest)\", \"pcr1\": \"ab\"}}".utf8)
    let reading = try #require(RegisterValuesReader.read(table, name: "board.json"))
    #expect(reading.bootReference == nil && reading.problems.map(\.kind) == [.damaged])
    #expect(reading.problems.first?.offset == 70 && reading.problems.first?.actual == "'ab'")
  }
}
