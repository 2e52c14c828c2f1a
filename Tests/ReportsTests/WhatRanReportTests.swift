import Appraisal
import Foundation
import Testing

@testable import Reports

@Suite struct WhatRanReportTests {
  private let page = String(decoding: HTMLReport.render(SampleResult.whatRan), as: UTF8.self)
  private let crowded = String(decoding: HTMLReport.render(SampleResult.crowded), as: UTF8.self)
  private let shownHostile =
    #"evil&quot;&#39;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;\n]]&gt;\xe2\x80\xaegpj.\x00\x1b[31m\xef\xbf\xbfé\x0a"#

  // MARK: HTML

  @Test func theCompromisedContainerStandsFirstWithItsNameImageAndBadRecords() throws {
    let alarm = try #require(page.firstMatch(of: #/<div class="finding alarm bad">(?s:.*?)</div>\n<div class="scroll/#))
      .output
    #expect(alarm.contains("Untrusted</span> Container shop-web</h5>"))
    #expect(alarm.contains("<code class=\"path\">registry.example/shop/web:1.4</code>"))
    #expect(alarm.contains("<dt>Bad records</dt><dd>601; 990; 991</dd>"))
    #expect(alarm.contains("by overlay-path (6)"))
    #expect(alarm.contains("stay until the next reset."))
    #expect(page.contains("records of 6 owners: 1 untrusted, 2 inconclusive, 3 trusted"))
  }

  @Test func ofManyContainersOnlyTheBadOnesStandOpen() throws {
    let owners = try #require(crowded.firstMatch(of: #/<h4 id="host-1-boot-1-owners">(?s:.*?)<h4/#)).output
    let fold = try #require(owners.range(of: "<details>")?.lowerBound)
    let open = owners[..<fold]
    #expect(open.contains("Container worker-300"))
    #expect(open.contains("<strong>Host</strong>"))
    #expect(!open.contains("worker-299"))
    #expect(owners[fold...].contains("511 more owners, trusted since boot and now, 2,044 records"))
    #expect(owners[fold...].matches(of: #/<strong>worker-/#).count == 511)
    #expect(crowded.utf8.count < 2 << 20)
  }

  @Test func anOwnersTableOfThousandsIsBounded() {
    var result = SampleResult.crowded
    let owner = result.hosts[0].boots[0].owners[1]
    result.hosts[0].boots[0].owners += Array(repeating: owner, count: 5000)
    let page = String(decoding: HTMLReport.render(result), as: UTF8.self)
    #expect(page.contains("Showing 1,200 of 5,511; 4,311 more are in report.json."))
  }

  @Test func sinceBootAndNowStandSideBySideEachWithItsReasons() throws {
    let both = try #require(page.firstMatch(of: #/<div class="both">(?s:.*?)</div>\n</div>/#)).output
    #expect(both.contains("Untrusted") && both.contains("Trusted"))
    #expect(both.contains("Container shop-web ran code that no reference knows."))
    #expect(both.contains("At the last capture the compromised container was gone"))
    #expect(!String(decoding: HTMLReport.render(SampleResult.trusted), as: UTF8.self).contains("<div class=\"both\">"))
  }

  @Test func anExplanationSaysWhatWasDoneWhereAndWhatWasTested() throws {
    let figure = try #require(page.firstMatch(of: #/<figure class="explanation">(?s:.*?)</figure>/#)).output
    #expect(figure.contains("was removed from b&#39;s list"))
    #expect(figure.contains("<strong>at record 640</strong>"))
    #expect(figure.contains("<rect class=\"change\" x=\"64%\""))
    #expect(figure.contains(" does not fit Q2"))
    for outcome in ["gives the quoted values", "refuted", "not all tried", "not testable"] {
      #expect(figure.contains("</span> \(outcome)</span>"))
    }
    #expect(figure.contains("200,000"))
    #expect(page.contains("What was done is not known:"))
  }

  @Test func signaturesAndBuffersAreTables() {
    #expect(page.contains("570 records of files carry none."))
    #expect(page.contains("</span> verified by a measured key</span>"))
    #expect(page.contains("record 12, keyring .ima"))
    #expect(page.contains("The signature of key ad3c6c05 is not over the measured digest."))
    #expect(page.contains("<dt>subject</dt><dd><code class=\"path\">CN=Machine owner key</code></dd>"))
    #expect(page.contains("IMA policy<p class=\"quiet\">"))
  }

  @Test func hostileTextIsHarmlessInEveryNewPlace() {
    let places = [
      "<strong>\(shownHostile)</strong>", "pod <code class=\"path\">\(shownHostile)</code>", "by \(shownHostile)",
      "<p class=\"reason\">\(shownHostile)</p>", "<p class=\"prose\">\(shownHostile)</p>",
      "<th scope=\"row\">\(shownHostile)</th>", "<dt>\(shownHostile)</dt>", "data-label=\"Subject\">\(shownHostile)",
    ]
    for place in places { #expect(page.contains(place), "\(place)") }
    #expect(!page.contains("<script"))
  }

  // MARK: JSON

  @Test func theJSONHoldsOwnersExplanationsSignaturesAndBuffers() throws {
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(JSONReport.render(SampleResult.whatRan))) as? [String: Any])
    let host = try #require((report["hosts"] as? [[String: Any]])?.first)
    let boots = try #require(host["boots"] as? [[String: Any]])
    #expect(boots[0]["verdictNow"] as? String == "trusted")
    #expect((boots[0]["reasonsNow"] as? [String])?.count == 1)
    let owners = try #require(boots[0]["owners"] as? [[String: Any]])
    #expect(owners.map { $0["kind"] as? String } == SampleResult.owners.map(\.kind.rawValue))
    #expect(Set(owners.map { Set($0.keys) }).count == 1)
    #expect(owners[2]["badRecords"] as? [Int] == [601, 990, 991])
    let explanation = try #require((boots[0]["explanations"] as? [[String: Any]])?.first)
    #expect(explanation["interval"] as? [String: Int] == ["first": 640, "last": 640])
    #expect((explanation["hypotheses"] as? [[String: Any]])?[2]["outcome"] as? String == "reproduces")
    let signatures = try #require(boots[0]["signatures"] as? [String: Any])
    #expect((signatures["keys"] as? [[String: Any]])?[1]["isGiven"] as? Bool == false)
    #expect((boots[0]["buffers"] as? [[String: Any]])?.count == 4)
    #expect(boots[1]["signatures"] is NSNull)
    #expect(boots[1]["verdictNow"] as? String == "inconclusive")
  }
}
