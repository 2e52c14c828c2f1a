/// A clear-signed document taken apart.
///
/// Source: RFC 9580, section 7. Nothing but blank lines may stand outside of it, so that no reader can be shown text that
/// is not signed.
struct CleartextMessage {
  /// The signed lines, without dash-escapes and blanks at their ends.
  var lines: [ArraySlice<UInt8>] = []
  /// The armoured signature, from its first line on.
  var signature: ArraySlice<UInt8> = []
  /// The first thing that may not be there, a sentence; nil when there is none.
  var fault: String?

  /// Every signed line with a line feed behind it.
  var text: [UInt8] { lines.flatMap { Array($0) + [0x0a] } }

  private static let begin = Array("-----BEGIN PGP SIGNED MESSAGE-----".utf8)
  private static let beginSignature = Array("-----BEGIN PGP SIGNATURE-----".utf8)
  private static let endSignature = Array("-----END PGP SIGNATURE-----".utf8)

  /// Nil when the document does not begin as a clear-signed one.
  init?(_ document: [UInt8]) {
    let all = Armour.lines(of: document[...])
    guard let start = all.firstIndex(where: { !$0.isEmpty }), all[start].elementsEqual(Self.begin) else { return nil }
    var next = start + 1
    while next < all.count, !all[next].isEmpty {
      if !all[next].starts(with: Array("Hash:".utf8)) {
        fault = fault ?? "Line \(next + 1) is no header of a signed message."
      }
      next += 1
    }
    guard let end = all[min(next + 1, all.count)...].firstIndex(where: { $0.elementsEqual(Self.beginSignature) }) else {
      fault = "The signed message has no signature."
      addLines(all[min(next + 1, all.count)...])
      return
    }
    addLines(all[(next + 1)..<end])
    signature = document[all[end].startIndex...]
    checkRest(all[end...])
  }

  private mutating func addLines(_ escaped: ArraySlice<ArraySlice<UInt8>>) {
    for (index, line) in zip(escaped.indices, escaped) {
      if line.starts(with: [0x2d, 0x20]) || line.elementsEqual([0x2d]) {
        lines.append(line.dropFirst(2))
      } else {
        if line.first == 0x2d { fault = fault ?? "Line \(index + 1) begins with a dash that is not escaped." }
        lines.append(line)
      }
    }
  }

  /// Only blank lines may follow the signature.
  private mutating func checkRest(_ rest: ArraySlice<ArraySlice<UInt8>>) {
    guard let end = rest.firstIndex(where: { $0.elementsEqual(Self.endSignature) }) else {
      fault = fault ?? "The signature has no end."
      return
    }
    if let other = rest[(end + 1)...].firstIndex(where: { !$0.isEmpty }) {
      fault = fault ?? "Line \(other + 1) stands outside of the signed message."
    }
  }
}
