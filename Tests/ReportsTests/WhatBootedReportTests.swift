import Appraisal
import Foundation
import Testing

@testable import Reports

@Suite struct WhatBootedReportTests {
  private let page = String(decoding: HTMLReport.render(SampleResult.whatBooted), as: UTF8.self)
  private let shownHostile =
    #"evil&quot;&#39;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;\n]]&gt;\xe2\x80\xaegpj.\x00\x1b[31m\xef\xbf\xbfé\x0a"#

  private func stages() -> [Substring] { page.matches(of: #/<li class="stage (?s:.*?)</li>/#).map(\.output) }

  @Test func theStagesAreAChainInTheOrderOfTheStartEachWithRegistersAndProof() throws {
    let stages = stages()
    try #require(stages.count == 7)
    let expected = [
      ("good", "Firmware", "</span> digests proven</span>", "PCR 0, 3 events measured"),
      ("open", "Platform configuration", "1 of 2 events proven", "PCR 1, 2 events measured"),
      ("good", "Kernel command line", "</span> digests proven</span>", "PCR 8, 1 event measured"),
      ("open", "Initial RAM disk", "not proven", "PCR 9, 1 event measured"),
      ("bad", "Operating system", "data contradict their digests", "PCR 5, 1 event measured"),
      ("plain", "Not attributed", "in no register", "no register covers it"),
      // What user space measured, in a chain of its own.
      ("good", "Operating system", "</span> digests proven</span>", "PCR 0, 1 event measured"),
    ]
    for (stage, words) in zip(stages, expected) {
      #expect(stage.hasPrefix("<li class=\"stage \(words.0)\">"))
      let head = stage.prefix(400)
      for word in [words.1, words.2, words.3] { #expect(head.contains(word), "\(word)") }
    }
  }

  @Test func theLogOfUserSpaceIsToldBehindTheOther() throws {
    let second = try #require(page.range(of: "User space goes on in "))
    #expect(page[second.upperBound...].contains("os-separator into PCR 0"))
    #expect(!page[..<second.lowerBound].contains("os-separator into PCR 0"))
  }

  @Test func whatNoDigestCoversLooksLikeAClaimAndIsCalledOne() {
    let stages = stages()
    #expect(page.contains("<span class=\"claim\">a claim:</span></dt><dd>no digest covers it</dd>"))
    #expect(stages[0].contains("<dd><span class=\"shown\">1.2.3</span></dd>"))
    #expect(stages[0].contains("<dd><span class=\"claim\">\(shownHostile)</span> <span class=\"mark plain\">"))
    // Bound, but no quote proves it.
    #expect(stages[1].contains("<span class=\"claim\">V0</span> <span class=\"mark open\">"))
  }

  @Test func anOptionThatWeakensHasAMark() {
    #expect(stages()[2].contains("</span> weakens</span></dt><dd><span class=\"shown\">ima_appraise=fix: IMA"))
  }

  @Test func factsOfOneNameStandUnderItOnceAndManyAreFolded() {
    #expect(stages()[1].contains("<summary>4 more of this stage</summary>"))
    #expect(stages()[1].matches(of: #/<dt>variable<\/dt>/#).count == 2)
  }

  @Test func theEventsAreFoldedAndBounded() {
    let last = stages()[5]
    #expect(last.contains("<summary>The 292 events</summary>"))
    #expect(last.contains("Showing 200 of 292; 92 more are in report.json."))
    #expect(!last.contains("4294967295"))
  }

  @Test func hostileTextIsHarmlessInEveryPlaceOfTheChain() {
    for place in [
      "<dt>\(shownHostile)</dt>", "\">\(shownHostile)</span></p>", "<p class=\"quiet\">\(shownHostile)</p>",
    ] {
      #expect(page.contains(place), "\(place)")
    }
    #expect(!page.contains("<script"))
  }

  @Test func aBootWithoutAStoryHasNoChain() {
    #expect(!String(decoding: HTMLReport.render(SampleResult.trusted), as: UTF8.self).contains("<ol class=\"stages\">"))
  }

  @Test func theJSONHoldsEveryFactAndEvent() throws {
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(JSONReport.render(SampleResult.whatBooted))) as? [String: Any])
    let host = try #require((report["hosts"] as? [[String: Any]])?.first)
    let boot = try #require((host["boots"] as? [[String: Any]])?.first)
    let story = try #require(boot["story"] as? [String: Any])
    #expect(story["log"] as? String == "evening/eventlog.bin")
    let stages = try #require(story["stages"] as? [[String: Any]])
    #expect(stages.map { ($0["facts"] as? [Any])?.count } == [2, 20, 2, 0, 0, 0])
    #expect(stages.map { ($0["events"] as? [Any])?.count } == [3, 2, 1, 1, 1, 292])
    let event = try #require((stages[4]["events"] as? [[String: Any]])?.first)
    #expect(event["label"] as? String == "contradicted")
    #expect(event["isProven"] as? Bool == true)
    #expect(event["pcr"] as? Int == 5)
  }
}
