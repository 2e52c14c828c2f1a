import Foundation
import ReferenceManifests
import Testing

struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
      (4_107_542_399, "2100-02-28T23:59:59Z"), (4_294_967_295, "2106-02-07T06:28:15Z"),
      (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] as [(Int64, String)])
  func secondsAreWrittenAsTheCalendarHasThem(seconds: Int64, text: String) {
    #expect(rfc3339Text(secondsSince1970: seconds) == text)
  }

  @Test func whatNoFourDigitYearHasIsNil() {
    for seconds in [Int64.min, -62_135_596_801, 253_402_300_800, Int64.max] {
      #expect(rfc3339Text(secondsSince1970: seconds) == nil)
    }
  }

  @Test func everyDayOfFourCenturiesIsAsFoundationHasIt() {
    let formatter = ISO8601DateFormatter()
    for day in stride(from: Int64(-30_000), to: 146_097, by: 37) {
      let seconds = day * 86_400 + day % 86_400
      #expect(
        rfc3339Text(secondsSince1970: seconds) == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
    }
  }
}
