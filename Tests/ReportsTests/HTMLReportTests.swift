import Appraisal
import Foundation
import Reports
import TestSupport
import Testing

@Suite struct HTMLReportTests {
  private func page(_ sample: String) -> String {
    String(decoding: HTMLReport.render(SampleResult.named(sample)), as: UTF8.self)
  }

  @Test(arguments: SampleResult.all.map(\.name))
  func aPageHoldsOnlyElementsAndAttributesOfThisProgram(sample: String) {
    let page = page(sample)
    let elements = Set(page.matches(of: #/<([a-zA-Z][^\s>]*)/#).map { String($0.1) })
    let known: Set = [
      "html", "head", "meta", "title", "style", "body", "a", "header", "main", "nav", "ol", "footer", "section",
      "article",
      "h1", "h2", "h3", "h4", "h5", "p", "div", "span", "strong", "code", "ul", "li", "dl", "dt", "dd", "table",
      "caption",
      "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption", "svg", "defs", "pattern",
      "rect", "line", "path", "text", "desc",
    ]
    #expect(elements.subtracting(known) == [])
    #expect(page.firstMatch(of: #/<[^>]*\son[a-z]+=/#) == nil)
  }

  @Test(arguments: SampleResult.all.map(\.name))
  func aPageLoadsNothingAndEveryLinkLeadsToAPlaceInIt(sample: String) {
    let page = page(sample)
    #expect(page.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:\""))
    #expect(page.firstMatch(of: #/\s(src|srcset|action|formaction|data)=/#) == nil)
    #expect(page.firstMatch(of: #/@import|url\((?!#)/#) == nil)
    let ids = page.matches(of: #/\sid="([^"]*)"/#).map { String($0.1) }
    #expect(Set(ids).count == ids.count)
    for link in page.matches(of: #/href="([^"]*)"/#) { #expect(ids.map { "#" + $0 }.contains(String(link.1))) }
  }

  @Test(arguments: SampleResult.all.map(\.name))
  func headingsStepDownOneLevelAtATime(sample: String) {
    let levels = page(sample).matches(of: #/<h([1-5])[ >]/#).compactMap { Int($0.1) }
    #expect(levels.first == 1)
    #expect(levels.filter { $0 == 1 }.count == 1)
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
  }

  @Test(arguments: SampleResult.all.map(\.name))
  func everyTableHasACaptionAndEveryHeaderCellAScope(sample: String) {
    let page = page(sample)
    #expect(page.matches(of: #/<table/#).count == page.matches(of: #/<caption>/#).count)
    #expect(page.matches(of: #/<th[ >]/#).count == page.matches(of: #/<th scope="(col|row)"/#).count)
    #expect(page.matches(of: #/role="img"/#).count == page.matches(of: #/<desc /#).count)
    #expect(page.contains("<html lang=\"en\">"))
  }

  @Test func hostileTextIsShownAsTextAndCannotTurnItsDirection() {
    let page = page("untrusted")
    #expect(
      page.contains(#"incident evil&quot;&#39;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;\n]]&gt;\xe2\x80\xaegpj"#))
    #expect(!page.contains("<script"))
    #expect(page.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x202e) })
  }

  @Test(arguments: [
    ("trusted", "✓", "Trusted"), ("untrusted", "✗", "Untrusted"), ("inconclusive", "?", "Inconclusive"),
  ])
  func theVerdictIsAWordWithASymbolAndAReason(sample: String, symbol: String, word: String) throws {
    let page = page(sample)
    let banner = try #require(page.firstMatch(of: #/<header class="banner[^>]*>(?s:.*?)</header>/#)).output
    #expect(banner.contains("aria-hidden=\"true\">\(symbol)</span> \(word)</span>"))
    let reason = try #require(SampleResult.named(sample).reasons.first)
    #expect(banner.contains(reason))
  }

  @Test func sectionsStandInTheOrderInWhichAnInvestigatorAsks() {
    let page = page("untrusted")
    let places = [
      "deciding", "hosts", "host-1", "measured", "findings", "inputs", "references", "given", "limits", "reading",
    ]
    .compactMap { page.range(of: "id=\"\($0)\"")?.lowerBound }
    #expect(places.count == 10)
    #expect(places == places.sorted())
  }

  @Test func aDecidingFindingPointsToItsBytesWithExpectedAndActual() {
    let page = page("untrusted")
    #expect(page.contains("<dt>Offset</dt><dd>131,072 (0x20000)</dd>"))
    #expect(page.contains("<dt>Record</dt><dd>1,288</dd>"))
    #expect(page.contains("<dt>Expected</dt><dd><code class=\"path\">\(SampleResult.hex(32, 1))</code></dd>"))
  }

  @Test func valuesOfSeveralRegistersStandBelowOneAnother() {
    var result = SampleResult.untrusted
    let index = result.findings.firstIndex { $0.expected != nil } ?? 0
    result.findings[index].expected = "PCR 0 00, PCR 11 0b (quote)"
    let page = String(decoding: HTMLReport.render(result), as: UTF8.self)
    let lines = ["PCR 0 00", "PCR 11 0b (quote)"].map { "<div><code class=\"path\">\($0)</code></div>" }
    #expect(lines.allSatisfy { page.contains($0) })
  }

  @Test func noMoreThanTenFindingsDecide() {
    #expect(page("large").matches(of: #/<article/#).count == 10)
    #expect(page("large").contains("1,490 more of the same weight"))
  }

  @Test func aLongTableEndsWithTheNumberOfRowsThatAreOnlyInTheJSON() {
    let page = page("large")
    #expect(page.contains("Showing 1,000 of 3,000; 2,000 more are in report.json."))
    #expect(page.contains("Showing 1,000 of 1,500; 500 more are in report.json."))
    #expect(page.matches(of: #/<tr>/#).count < 4000)
  }

  @Test func aCheckThatIsUndeterminedStandsAmongWhatWasNotChecked() {
    #expect(page("trusted").contains("<li>2 quotes: nonce undetermined. The nonce was archived with the quote"))
  }

  @Test func theSameResultGivesTheSameBytes() {
    #expect(HTMLReport.render(SampleResult.untrusted) == HTMLReport.render(SampleResult.untrusted))
  }

  /// WCAG 2.1, 1.4.3: 4.5 to 1 for text of ordinary size.
  @Test(arguments: [0, 1]) func everyColourOfTextContrastsWithEveryGround(theme: Int) throws {
    let blocks = page("empty").matches(of: #/:root \{((?s:.*?))\}/#).map { String($0.1) }
    let colours = Dictionary(
      blocks[theme].matches(of: #/--([a-z-]+): (#[0-9a-f]{6})/#).map { (String($0.1), String($0.2)) },
      uniquingKeysWith: { first, _ in first })
    for text in ["ink", "quiet", "link", "good", "bad", "open"] {
      for ground in ["paper", "soft", "good-soft", "bad-soft", "open-soft"] {
        let ratio = contrast(try #require(colours[text]), try #require(colours[ground]))
        #expect(ratio >= 4.5, "\(text) on \(ground): \(ratio)")
      }
    }
  }

  private func contrast(_ first: String, _ second: String) -> Double {
    let (a, b) = (luminance(first), luminance(second))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private func luminance(_ colour: String) -> Double {
    let value = Int(colour.dropFirst(), radix: 16) ?? 0
    let channels: [Int] = [value >> 16, value >> 8 & 255, value & 255]
    let parts: [Double] = channels.map { channel in
      let share = Double(channel) / 255
      return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  /// For the eye: `INQUEST_SAVE_HTML=/tmp/pages swift test --filter savesTheSamplesForTheEye`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["INQUEST_SAVE_HTML"] != nil))
  func savesTheSamplesForTheEye() throws {
    let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["INQUEST_SAVE_HTML"] ?? "/tmp")
    for (name, result) in SampleResult.all {
      try Data(HTMLReport.render(result)).write(to: folder.appendingPathComponent(name + ".html"))
    }
  }
}
