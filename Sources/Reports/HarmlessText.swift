import ByteReading

/// Text that cannot act on whoever shows it, for any kind of report.
///
/// Values of a result are escaped where they are made. This is the second lock: control characters, invisible
/// characters and those that turn the direction of text become `\xNN`. A backslash stays, since it is most likely
/// from the first escaping.
func harmless(_ text: String) -> String {
  if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
  var shown = ""
  for scalar in text.unicodeScalars {
    if scalar == "\\" {
      shown += "\\"
    } else {
      shown += escapedText(String(scalar).utf8)
    }
  }
  return shown
}
