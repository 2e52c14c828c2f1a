import ByteReading
import XMLReading

/// Debian's lists of security advisories, `DSA/list` and `DLA/list` of the security tracker's sources.
///
///     [29 Aug 2024] DSA-5760-1 ghostscript - security update
///             {CVE-2024-29506 CVE-2024-29507}
///             [bookworm] - ghostscript 10.0.0~dfsg-11+deb12u5
///
/// Source: security-tracker, doc/narrative/introduction and data/DSA/list.
public struct SecurityAdvisoryList: Equatable, Sendable {
  /// One a release and source package, in the order of the list.
  public var updates: [PackageUpdate] = []
  public var problems: [ReferenceProblem] = []

  public init(_ bytes: [UInt8], file: String) {
    var builder = ListBuilder(file: file)
    var heading: Heading?
    var issues: [String] = []
    forEachLine(of: bytes) { line, offset in
      let text = String(decoding: line, as: UTF8.self)
      let content = trimmed(text)
      guard !content.isEmpty, !content.hasPrefix("#") else { return }
      let isIndented = text.first == " " || text.first == "\t"
      if !isIndented {
        heading = Heading(text)
        issues = []
        if heading == nil { builder.problem(at: offset, "The line is no advisory.", actual: Array(line)) }
      } else if content.hasPrefix("{") {
        issues += content.split { " {}\t".contains($0) }.map { escapedText($0.utf8) }
      } else if content.hasPrefix("[") {
        add(content, heading, issues, line, offset, &builder)
      } else if !content.hasPrefix("NOTE:"), !content.hasPrefix("TODO:") {
        builder.problem(at: offset, "The line is none of an advisory.", actual: Array(line))
      }
    }
    problems = builder.finish([]).problems
  }

  /// `[bookworm] - ghostscript 10.0.0~dfsg-11+deb12u5`, or a word in angle brackets in place of the version.
  private mutating func add(
    _ content: String, _ heading: Heading?, _ issues: [String], _ line: ArraySlice<UInt8>, _ offset: Int,
    _ builder: inout ListBuilder
  ) {
    let words = content.split(separator: " ").map(String.init)
    guard let heading, words.count >= 4, words[1] == "-", let release = words.first, release.hasSuffix("]") else {
      return builder.problem(at: offset, "The line names no fixed version.", actual: Array(line))
    }
    guard !words[3].hasPrefix("<") else { return }
    updates.append(
      PackageUpdate(
        format: .deb, name: escapedText(words[2].utf8), namesSource: true, version: escapedText(words[3].utf8),
        distribution: "Debian " + escapedText(release.dropFirst().dropLast().utf8), type: heading.type,
        date: heading.date, advisory: heading.advisory, references: issues))
  }

  /// An advisory's first line.
  struct Heading: Equatable {
    /// `2024-08-29`.
    var date: String
    /// `DSA-5760-1`.
    var advisory: String
    /// Updates that only repair an earlier one are bugfixes.
    var type: UpdateType

    /// Nil when the line is none.
    init?(_ line: String) {
      let words = line.split(separator: " ").map(String.init)
      guard words.count >= 5, words[0].hasPrefix("["), words[2].hasSuffix("]"), let day = Int(words[0].dropFirst()),
        let month = months.firstIndex(of: words[1]), (1...31).contains(day), words[2].utf8.count == 5,
        let year = Int(words[2].dropLast()), year >= 1990,
        ["DSA-", "DLA-", "ELA-", "DTSA-"].contains(where: words[3].hasPrefix)
      else { return nil }
      date = "\(year)-\(twoDigits(month + 1))-\(twoDigits(day))"
      advisory = escapedText(words[3].utf8)
      type = line.hasSuffix("regression update") ? .bugfix : .security
    }
  }
}

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

private func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
