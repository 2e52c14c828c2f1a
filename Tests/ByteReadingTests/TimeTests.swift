import ByteReading
import Testing

@Suite struct TimeTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1969-12-31T23:59:59Z", -1), ("2000-01-01", 946_684_800),
      ("2026-11-23T05:09:02Z", 1_795_410_542), ("2024-02-29T12:00:00Z", 1_709_208_000),
      ("2000-02-29", 951_782_400), ("2100-02-28T23:59:59Z", 4_107_542_399), ("2100-03-01", 4_107_542_400),
      ("9999-12-31T23:59:59Z", 253_402_300_799), ("0001-01-01", -62_135_596_800), ("1582-10-15", -12_219_292_800),
    ] as [(String, Int64)])
  func aTimeInUTCIsCountedFrom1970(text: String, seconds: Int64) {
    #expect(secondsSinceEpoch(text) == seconds)
  }

  @Test(
    arguments: [
      ("2026-11-23T05:09:02+00:00", 0), ("2026-11-23T06:09:02+01:00", 0), ("2026-11-22T23:39:02-05:30", 0),
      ("2026-11-23t05:09:02z", 0), ("2026-11-23 05:09:02Z", 0), ("2026-11-23T05:09:02.999Z", 0),
      ("2026-11-23T05:09:02.5+00:00", 0), ("2026-11-23T05:09:60Z", 58),
    ] as [(String, Int64)])
  func offsetsFractionsAndLowerCaseAreRead(text: String, later: Int64) {
    #expect(secondsSinceEpoch(text) == 1_795_410_542 + later)
  }

  @Test(arguments: [
    "", "2026", "2026-11-2", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "2025-02-29", "2100-02-29",
    "2026/11/23", "2026-11-23T", "2026-11-23T05:09Z", "2026-11-23T05:09:02", "2026-11-23T24:00:00Z",
    "2026-11-23T05:60:00Z", "2026-11-23T05:09:61Z", "2026-11-23T05:09:02+0100", "2026-11-23T05:09:02+24:00",
    "2026-11-23T05:09:02+01:60", "2026-11-23T05:09:02Z ", "2026-11-23X05:09:02Z", "+026-11-23", "2026-11-23Z",
    "20２6-11-23", "2026-11-23T05:09:02.Z",
  ])
  func anythingElseIsNoTime(text: String) {
    #expect(secondsSinceEpoch(text) == nil)
  }

  /// Days of every length of month and every kind of year, with a time of day that moves along.
  @Test func aTimeAndItsTextAreTheSame() {
    var seconds: Int64 = -2_208_988_800
    while seconds < 4_200_000_000 {
      let text = timeText(seconds)
      #expect(secondsSinceEpoch(text) == seconds, "\(text)")
      seconds += 86400 * 13 + 12_345
    }
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_399, "2000-02-28T23:59:59Z"),
      (951_782_400, "2000-02-29T00:00:00Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
      (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] as [(Int64, String)])
  func textIsOfFixedWidthInUTC(seconds: Int64, text: String) {
    #expect(timeText(seconds) == text)
  }

  @Test(
    arguments: [
      ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1_000_000), ("1970-01-01T00:00:01.5Z", 1_500_000),
      ("1970-01-01T01:00:00.000001+01:00", 1), ("1969-12-31T23:59:59.25Z", -750_000),
      ("1970-01-01T00:00:00.1234567899Z", 123_456),
    ] as [(String, Int64)])
  func microsecondsKeepTheFraction(text: String, microseconds: Int64) {
    #expect(microsecondsSinceEpoch(text) == microseconds)
  }

  @Test func whatIsNoTimeHasNoMicroseconds() {
    #expect(microsecondsSinceEpoch("yesterday.5") == nil)
    #expect(microsecondsSinceEpoch("1970-01-01T00:00:00.Z") == nil)
  }
}
