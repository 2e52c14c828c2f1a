import ByteReading
import Digests
import Hashing
import PublicKeys
import TCGEventLog

/// One decoded part of two events' data that differs.
public struct FieldDifference: Equatable, Sendable {
  /// For example `SecureBoot`, `Boot0001 description`, `kernel command line`. Safe to print, like the values.
  public var name: String
  /// nil when only the second event has the part.
  public var old: String?
  /// nil when only the first event has the part.
  public var new: String?

  public init(name: String, old: String?, new: String?) {
    self.name = name
    self.old = old
    self.new = new
  }
}

/// Two contents of the same event, part by part.
struct ContentDifference {
  var old: EventContent
  var new: EventContent

  /// In the order of the old content, then what only the new one has. Empty when no decoded part differs: the bytes may
  /// differ all the same.
  var fields: [FieldDifference] {
    switch (old, new) {
    case (.loader(let old), .loader(let new)) where old.kind == new.kind && old.kind.isWords:
      return words(old.kind.rawValue, old.subject, new.subject)
    case (.variable(let variable, let old), .variable(let other, let new)) where variable.name == other.name:
      guard let olds = old.signatureLists, let news = new.signatureLists else {
        return compared(self.old.fields, self.new.fields)
      }
      return signatures(variable.nameText, olds, news)
    default: return compared(old.fields, new.fields)
    }
  }

  private func compared(_ old: [ContentField], _ new: [ContentField]) -> [FieldDifference] {
    let (left, right) = (numbered(old), numbered(new))
    let news = Dictionary(right.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let olds = Set(left.map(\.name))
    return left.compactMap { field in
      let other = news[field.name]
      return other == field.value ? nil : FieldDifference(name: field.name, old: field.value, new: other)
    } + right.filter { !olds.contains($0.name) }.map { FieldDifference(name: $0.name, old: nil, new: $0.value) }
  }

  /// The second part of a name is called so, and the third.
  private func numbered(_ fields: [ContentField]) -> [ContentField] {
    var counts: [String: Int] = [:]
    return fields.map { field in
      let count = counts[field.name, default: 0] + 1
      counts[field.name] = count
      return count == 1 ? field : ContentField("\(field.name) [\(count)]", field.value)
    }
  }

  /// Words that one side has and the other has not, those of one option with each other; behind them the whole texts where the
  /// blanks between words differ, too. The whole texts alone when only their order or their blanks differ.
  private func words(_ name: String, _ old: String, _ new: String) -> [FieldDifference] {
    guard old != new else { return [] }
    let whole = FieldDifference(name: name, old: old, new: new)
    let differences = wordDifferences(name, old, new)
    guard !differences.isEmpty else { return [whole] }
    return EscapedWords(old).controls == EscapedWords(new).controls ? differences : differences + [whole]
  }

  private func wordDifferences(_ name: String, _ old: String, _ new: String) -> [FieldDifference] {
    let (olds, news) = (EscapedWords(old).words, EscapedWords(new).words)
    var rest = Dictionary(news.map { ($0, 1) }, uniquingKeysWith: +)
    var gone: [String] = []
    for word in olds {
      if let count = rest[word], count > 0 { rest[word] = count - 1 } else { gone.append(word) }
    }
    // The last occurrences are those beyond what the old text has.
    var added: [String] = []
    for word in news.reversed() {
      guard let count = rest[word], count > 0 else { continue }
      rest[word] = count - 1
      added.append(word)
    }
    added.reverse()
    var values: [Substring: [String]] = [:]
    for word in added.reversed() { values[option(word), default: []].append(word) }
    var differences: [FieldDifference] = gone.map { word in
      FieldDifference(name: name, old: word, new: values[option(word)]?.popLast())
    }
    // Each list is now without those that a word of the old text took, which were its first.
    var left = values.mapValues(\.count)
    var unclaimed: [String] = []
    for word in added.reversed() where left[option(word), default: 0] > 0 {
      left[option(word), default: 0] -= 1
      unclaimed.append(word)
    }
    differences += unclaimed.reversed().map { FieldDifference(name: name, old: nil, new: $0) }
    return differences
  }

  private func option(_ word: String) -> Substring { word.prefix { $0 != "=" } }

  // MARK: Keys and digests of Secure Boot

  private struct ListedSignature: Hashable {
    var type: EFIGUID
    var owner: EFIGUID?
    var data: [UInt8]
  }

  private func signatures(_ name: String, _ old: [EFISignatureList], _ new: [EFISignatureList]) -> [FieldDifference] {
    let (olds, news) = (listed(old), listed(new))
    var rest = Dictionary(news.map { ($0, 1) }, uniquingKeysWith: +)
    var differences: [FieldDifference] = []
    for signature in olds {
      if let count = rest[signature], count > 0 {
        rest[signature] = count - 1
      } else {
        differences.append(FieldDifference(name: name, old: text(signature), new: nil))
      }
    }
    for signature in news {
      guard let count = rest[signature], count > 0 else { continue }
      rest[signature] = count - 1
      differences.append(FieldDifference(name: name, old: nil, new: text(signature)))
    }
    return differences
  }

  private func listed(_ lists: [EFISignatureList]) -> [ListedSignature] {
    lists.flatMap { list in
      list.signatures.map { ListedSignature(type: list.type, owner: $0.owner, data: $0.data) }
    }
  }

  private func text(_ signature: ListedSignature) -> String {
    signatureText(type: signature.type, owner: signature.owner, data: signature.data)
  }
}

/// Words of a text that `escapedText` made, in which ends of lines and tabs stand as escapes.
private struct EscapedWords {
  var words: [String] = []
  /// Blanks other than the space, in their order.
  var controls: [String] = []

  init(_ text: String) {
    let bytes = Array(text.utf8)
    var word: [UInt8] = []
    var place = 0
    func end() {
      if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
      word = []
    }
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: " ") {
        end()
        place += 1
      } else if bytes[place] == UInt8(ascii: "\\") {
        if let escape = Self.blanks.first(where: { bytes[place...].starts(with: $0.utf8) }) {
          end()
          controls.append(escape)
          place += escape.utf8.count
        } else {
          // A backslash stands with what it escapes, which may be itself.
          word += bytes[place..<min(place + 2, bytes.count)]
          place += 2
        }
      } else {
        word.append(bytes[place])
        place += 1
      }
    }
    end()
  }

  /// What the kernel takes for a blank. Source: Linux, `lib/ctype.c`.
  private static let blanks = ["\\n", "\\t", "\\x0b", "\\x0c", "\\x0d"]
}

extension EFIVariableContent {
  /// The lists of a variable that holds such; none when it is not set.
  fileprivate var signatureLists: [EFISignatureList]? {
    switch self {
    case .signatureLists(let lists): lists
    case .empty: []
    default: nil
    }
  }
}

extension LoaderMeasurement.Kind {
  /// Whether the text is words in a row, such as a command line.
  fileprivate var isWords: Bool {
    switch self {
    case .grubCommand, .kernelCommandLine, .moduleCommandLine, .systemdOptions: true
    case .grubFile, .shimVariable, .stubSection, .text: false
    }
  }
}

/// A key or a digest so that two different ones never have the same text.
func signatureText(type: EFIGUID?, owner: EFIGUID?, data: [UInt8]) -> String {
  let whose = owner.map { ", owner " + ($0.name ?? $0.text) } ?? ""
  if let certificate = Certificate(der: data) {
    return "certificate \(certificate.subject), SHA-256 \(fingerprint(data))\(whose)"
  }
  return "\(type.map { $0.name ?? $0.text } ?? "signature") \(bytesText(data))\(whose)"
}

func fingerprint(_ bytes: [UInt8]) -> String { HashAlgorithm.sha256.digest(of: bytes).map { hexText($0) } ?? "unknown" }

/// Bytes in full up to the size of the longest digest, else their number and SHA-256.
func bytesText(_ bytes: [UInt8]) -> String {
  bytes.count <= 64 ? hexText(bytes) : "\(bytes.count) bytes, SHA-256 \(fingerprint(bytes))"
}
