import Appraisal
import Foundation
import Testing

@testable import Reports

@Suite struct MeasuredReportTests {
  private let page = String(decoding: HTMLReport.render(SampleResult.measured), as: UTF8.self)
  private let harmlessHostile =
    #"evil&quot;&#39;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;\n]]&gt;\xe2\x80\xaegpj.\x00\x1b[31m\xef\xbf\xbfé\x0a"#

  // MARK: HTML

  @Test func groupsStandInTheOrderOfTheirWeight() {
    let titles = MeasurementGroup.allCases.map { ">" + $0.title }
    let places = titles.compactMap { page.range(of: $0)?.lowerBound }
    #expect(places.count == titles.count)
    #expect(places == places.sorted())
  }

  @Test func everyStatusHasItsOwnSymbolAndALane() throws {
    let symbols = MeasurementStatus.allCases.map(\.mark.symbol)
    #expect(Set(symbols).count == symbols.count)
    let plot = try #require(page.firstMatch(of: #/<figure class="plot">(?s:.*?)</figure>/#)).output
    for status in MeasurementStatus.allCases {
      #expect(plot.contains("aria-hidden=\"true\">\(status.mark.symbol)</span> \(status.mark.word)</span>"))
    }
    #expect(plot.matches(of: #/<path class="marks/#).count == MeasurementStatus.allCases.count)
    #expect(plot.contains("Q1: 500") && plot.contains("Q2: 990"))
    #expect(plot.contains("the first 100 records"))
  }

  @Test func aChangedFileStandsWithBothDigestsItsPackageAndItsBracket() throws {
    let row = try #require(fileRow(of: "/usr/bin/whoami"))
    #expect(row.contains("<dt>Expected</dt><dd><code class=\"path\">\(SampleResult.hex(32, 40))</code></dd>"))
    #expect(row.contains("<dt>Measured</dt><dd><code class=\"path\">sha256:\(SampleResult.hex(32, 991))</code></dd>"))
    #expect(row.contains("Belongs to <a href=\"#origin-1\">coreutils 9.1-1</a>, there "))
    #expect(
      row.contains(
        "after Q1, before Q2<p class=\"quiet\">captures a to b</p>\n<p class=\"quiet\">2026-05-05T08:00:00Z to 2026-05-05T08:30:00Z</p>"
      ))
    #expect(row.contains("991; 1,021"))
    #expect(row.contains("(the same file where /usr is merged)"))
  }

  @Test func whatNoQuoteProvesIsSaid() throws {
    #expect(try #require(fileRow(of: "/tmp/xevil")).contains("after Q2; proven by no quote"))
  }

  @Test func aSupersededFileNamesTheNewerVersionWithTypeDateAndAdvisory() throws {
    let row = try #require(fileRow(of: "/usr/bin/openssl"))
    #expect(row.contains("Replaced by 3.0.22-1~deb12u1 (security, 2026-01-20, DSA-6010-1"))
    #expect(row.contains("(digest from the package’s header)"))
  }

  @Test func aPackageLeadsToItsProvenanceWithOneLink() throws {
    let row = try #require(page.firstMatch(of: #/<tr><th [^>]*>openssl</th>(?s:.*?)</tr>/#)).output
    #expect(row.contains("<a href=\"#origin-1\">pool/openssl.deb</a>"))
    let origin = try #require(page.firstMatch(of: #/<tr id="origin-1">(?s:.*?)</tr>/#)).output
    #expect(origin.contains("dists/bookworm/InRelease"))
    #expect(origin.contains(SampleResult.hex(32, 51)))
    #expect(origin.contains("Signature good: OpenPGP v4, RSA 4096, SHA256 by Debian (0E98404D386FA1D9)"))
  }

  @Test func theLevelStandsInTheBannerWithWhatSetItAndWhatWasLetPass() throws {
    let banner = try #require(page.firstMatch(of: #/<header class="banner[^>]*>(?s:.*?)</header>/#)).output
    #expect(
      banner.contains("Level 1 of 4, the lowest</span> Code or configuration was measured that is unknown or changed"))
    #expect(banner.contains("<li>Record 990: &#39;/tmp/xevil"))
    #expect(banner.contains("<li>and more, see there.</li>"))
    #expect(banner.contains("<li>6 records passed by classes or exemptions: not verified.</li>"))
    #expect(banner.contains("Logs are never run."))
  }

  @Test func theTimelineNamesEveryFileBelowTheBracketItBelongsTo() throws {
    let timeline = try #require(page.firstMatch(of: #/<table class="timeline(?s:.*?)</table>/#)).output
    #expect(timeline.matches(of: #/<tr class="nested">/#).count == 5)
    let kinds = timeline.matches(of: #/<th [^>]*><span class="mark[^>]*><span[^>]*>[^<]*</span> ([a-z ]+)</#).map {
      String($0.1)
    }
    #expect(
      kinds == ["quote", "measured", "unknown", "changed", "superseded", "known elsewhere", "restored"])
    #expect(timeline.contains("record 990"))
  }

  @Test func hostileTextIsHarmlessInEveryNewPlace() {
    let places = [
      "<code class=\"path\">/tmp/x\(harmlessHostile)</code>", "code: \(harmlessHostile)",
      "Also in \(harmlessHostile).", "“site-config \(harmlessHostile)”", "DSA-6010-1 \(harmlessHostile))",
      "<th scope=\"row\" class=\"any\">\(harmlessHostile)</th>", "list, \(harmlessHostile)</p>",
      "our-agent \(harmlessHostile)", "agent. \(harmlessHostile)", "Signing Key \(harmlessHostile)",
      "<code class=\"path\">\(harmlessHostile)</code>", "csv, \(harmlessHostile)", "Signature \(harmlessHostile)",
      "store \(harmlessHostile)", "not allowed \(harmlessHostile)",
      "&#39;/tmp/x\(harmlessHostile)&#39;, which nobody knows",
    ]
    for place in places { #expect(page.contains(place), "\(place)") }
    #expect(!page.contains("<script"))
  }

  @Test func aPageOfAVastCaseIsBoundedAndSaysWhatItLeavesOut() {
    let vast = String(decoding: HTMLReport.render(SampleResult.vast), as: UTF8.self)
    #expect(vast.utf8.count < 8 << 20)
    #expect(vast.contains("Showing 3,000 of 3,500; 500 more are in report.json."))
    #expect(vast.contains("Showing 400 of 1,200; 800 more are in report.json."))
    #expect(vast.contains("Showing 1,000 of 1,200; 200 more are in report.json."))
    #expect(vast.contains("7 more contents of little weight were counted and are listed in no report."))
    #expect(!vast.contains("#origin-1001"))
  }

  // MARK: JSON

  @Test func theJSONHoldsEveryEntryAndEndsTheRunsWithACount() throws {
    let boot = try self.boot(of: SampleResult.vast)
    let measurements = try #require(boot["measurements"] as? [String: Any])
    #expect((measurements["entries"] as? [Any])?.count == 3500)
    #expect((measurements["runs"] as? [Any])?.count == 10_000)
    #expect(measurements["omittedRuns"] as? Int == 2000)
    #expect(measurements["omittedEntries"] as? Int == 7)
  }

  @Test func anEntryHoldsTheSameKeysWhateverIsKnownOfIt() throws {
    let measurements = try #require(try boot(of: SampleResult.measured)["measurements"] as? [String: Any])
    let entries = try #require(measurements["entries"] as? [[String: Any]])
    #expect(Set(entries.map { Set($0.keys) }).count == 1)
    #expect(entries[0]["class"] as? String == "code")
    #expect(entries[0]["package"] is NSNull)
    let newer = try #require(entries.last?["supersededBy"] as? [String: Any])
    #expect(newer["type"] as? String == "security")
    #expect(measurements["initramfsRecords"] as? Int == 100)
  }

  @Test func aBootWithoutReferencesHasNullForMeasurementsAndLevel() throws {
    let boots = try self.boots(of: SampleResult.measured)
    #expect(boots[1]["measurements"] is NSNull)
    #expect(boots[1]["level"] is NSNull)
  }

  private func boot(of result: AttestationResult) throws -> [String: Any] { try #require(boots(of: result).first) }

  private func boots(of result: AttestationResult) throws -> [[String: Any]] {
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(JSONReport.render(result))) as? [String: Any])
    let hosts = try #require(report["hosts"] as? [[String: Any]])
    return try #require(hosts.first?["boots"] as? [[String: Any]])
  }

  /// The row of the table of files whose path starts so.
  private func fileRow(of path: String) -> Substring? {
    guard let place = page.range(of: "<th scope=\"row\"><code class=\"path\">\(path)"),
      let start = page[..<place.lowerBound].range(of: "<tr>", options: .backwards),
      let end = page[place.upperBound...].range(of: "</tr>")
    else { return nil }
    return page[start.lowerBound..<end.upperBound]
  }
}
