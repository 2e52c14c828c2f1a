/// Seconds since 1970-01-01 UTC of an RFC 3339 time or a date alone (its first moment, UTC); nil for anything else.
///
/// Source: RFC 3339, section 5.6. Fractions of a second are dropped.
public func secondsSinceEpoch(_ text: String) -> Int64? {
  let bytes = Array(text.utf8)
  guard bytes.count >= 10, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
    let day = number(bytes[8..<10]), bytes[4] == 0x2d, bytes[7] == 0x2d, (1...12).contains(month),
    (1...days(in: month, of: year)).contains(day)
  else { return nil }
  let midnight = days(before: year, month, day) * 86400
  if bytes.count == 10 { return midnight }
  guard bytes.count >= 20, [0x54, 0x74, 0x20].contains(bytes[10]), let hour = number(bytes[11..<13]),
    let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]), bytes[13] == 0x3a, bytes[16] == 0x3a,
    hour < 24, minute < 60, second <= 60, let offset = offset(bytes[19...])
  else { return nil }
  return midnight + hour * 3600 + minute * 60 + second - offset
}

/// The same in microseconds, with the fraction as far as it goes; nil for what is no RFC 3339 time.
public func microsecondsSinceEpoch(_ text: String) -> Int64? {
  guard let seconds = secondsSinceEpoch(text) else { return nil }
  let fraction = text.utf8.drop { $0 != 0x2e }.dropFirst().prefix { (0x30...0x39).contains($0) }
  let digits = fraction.prefix(6).map { Int64($0 - 0x30) } + Array(repeating: 0, count: max(0, 6 - fraction.count))
  return seconds * 1_000_000 + digits.reduce(0) { $0 * 10 + $1 }
}

/// Seconds east of UTC from `Z` or `+hh:mm`, after an optional fraction.
private func offset(_ text: ArraySlice<UInt8>) -> Int64? {
  var rest = text
  if rest.first == 0x2e {
    let fraction = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
    guard !fraction.isEmpty else { return nil }
    rest = rest.dropFirst(1 + fraction.count)
  }
  if rest.count == 1, rest.first == 0x5a || rest.first == 0x7a { return 0 }
  let zone = Array(rest)
  guard zone.count == 6, zone[0] == 0x2b || zone[0] == 0x2d, zone[3] == 0x3a, let hours = number(zone[1..<3]),
    let minutes = number(zone[4..<6]), hours < 24, minutes < 60
  else { return nil }
  return (zone[0] == 0x2b ? 1 : -1) * (hours * 3600 + minutes * 60)
}

private func number(_ digits: ArraySlice<UInt8>) -> Int64? {
  var value: Int64 = 0
  for digit in digits {
    guard (0x30...0x39).contains(digit) else { return nil }
    value = value * 10 + Int64(digit - 0x30)
  }
  return value
}

private func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

private func days(in month: Int64, of year: Int64) -> Int64 {
  switch month {
  case 2: isLeap(year) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
private func days(before year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
  let years = year - 1
  let untilYear = years * 365 + years / 4 - years / 100 + years / 400 - 719_162
  let untilMonth = (1..<month).reduce(Int64(0)) { $0 + days(in: $1, of: year) }
  return untilYear + untilMonth + day - 1
}

/// RFC 3339 text, UTC, of seconds since 1970-01-01.
public func timeText(_ seconds: Int64) -> String {
  let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
  let (year, month, day) = date(ofDay: days)
  let rest = seconds - days * 86400
  func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
  let time = [rest / 3600, rest / 60 % 60, rest % 60].map(two).joined(separator: ":")
  let digits = String(repeating: "0", count: max(0, 4 - "\(year)".count)) + "\(year)"
  return "\(digits)-\(two(month))-\(two(day))T\(time)Z"
}

/// The date of a day counted from 1970-01-01. Days are moved to eras of 400 years that begin on 1 March, in which each
/// date follows from the day's number.
private func date(ofDay day: Int64) -> (Int64, Int64, Int64) {
  let shifted = day + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let marchMonth = (5 * dayOfYear + 2) / 153
  let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
}
