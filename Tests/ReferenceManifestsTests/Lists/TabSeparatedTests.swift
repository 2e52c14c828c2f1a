import ReferenceManifests
import Testing

@Test func aTableSeparatedByTabsIsReadAsOneSeparatedByCommas() throws {
  let digest = String(repeating: "ab", count: 32)
  let rows = "path\tpackage\tversion\tsha256\n/a,b\ttool\t1.0\t\(digest)\n/c\t-\t-\t\(digest)\n"
  #expect(recognise(list: Array(rows.utf8)) == .csv)
  let reading = ListReading(csv: Array(rows.utf8), name: "files.tsv", file: "files.tsv")
  #expect(reading.problems.isEmpty, "\(reading.problems)")
  #expect(reading.packages.map(\.name) == ["files.tsv", "tool"] && reading.packages.map(\.version) == ["", "1.0"])
  #expect(reading.packages[1].files.map(\.path) == [Array("/a,b".utf8)])
}
