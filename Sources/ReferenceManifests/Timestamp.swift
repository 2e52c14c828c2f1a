/// RFC 3339 text, UTC, of whole seconds since 1970-01-01, for example `2024-08-29T19:06:12Z`. Years before 1 or after
/// 9999 cannot be written and give nil.
///
/// Source: RFC 3339, section 5.6; the proleptic Gregorian calendar.
public func rfc3339Text(secondsSince1970 seconds: Int64) -> String? {
  guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
  let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
  let second = seconds - day * 86_400
  // Years begin in March here, so that the leap day is a year's last.
  let shifted = day + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let marchMonth = (5 * dayOfYear + 2) / 153
  let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  let date = digits(year, 4) + "-" + digits(month, 2) + "-" + digits(dayOfYear - (153 * marchMonth + 2) / 5 + 1, 2)
  return date + "T" + digits(second / 3600, 2) + ":" + digits(second / 60 % 60, 2) + ":" + digits(second % 60, 2) + "Z"
}

private func digits(_ number: Int64, _ width: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, width - text.count)) + text
}
