import Testing

@testable import Reports

@Suite struct ReportWordsTests {
  @Test func thousandsAreSetOffByCommas() {
    #expect(
      [0, 999, 1000, 1_234_567, -1000, -100].map { grouped($0) } == [
        "0", "999", "1,000", "1,234,567", "-1,000", "-100",
      ])
    #expect(grouped(UInt64.max) == "18,446,744,073,709,551,615")
  }

  @Test func runsOfRegistersAreDrawnTogether() {
    #expect(spans([0, 1, 2, 7, 9, 10]) == "0–2, 7, 9–10")
    #expect(spans([]) == "")
    #expect(spans([Int.max - 1, Int.max]).hasSuffix("807"))
  }

  @Test func theClockIsToldInDaysHoursMinutesAndSeconds() {
    #expect(duration(milliseconds: 7) == "0.007 s")
    #expect(duration(milliseconds: 90_061_001) == "1 d 1 h 1 min 1.001 s")
    #expect(duration(milliseconds: UInt64.max) == "213,503,982,334 d 14 h 25 min 51.615 s")
  }

  @Test func harmlessTextStaysAsItIsAndTheRestIsShownByItsBytes() {
    #expect(harmless("plain é 漢 \\x0a") == "plain é 漢 \\x0a")
    #expect(harmless("a\u{202e}b\r\u{7f}\u{200b}") == "a\\xe2\\x80\\xaeb\\x0d\\x7f\\xe2\\x80\\x8b")
  }
}
