import Foundation

/// Event logs of the corpus with what is known of them.
public enum EventLogCorpus {
  public struct Row: CustomStringConvertible, Sendable {
    /// Path below the corpus; rows of the same bytes share one.
    public var path: String
    /// Where the origin has it: register values lie beside that.
    public var originPath: String
    /// `eventlog-agile`, `eventlog-sha1` or `eventlog-ccel`.
    public var kind: String
    /// The last column, as text.
    public var facts: String

    public var description: String { path }

    /// The number that stands before ` events`.
    public var recordCount: Int? { number(before: " events") }
    public var trailingByteCount: Int { number(before: " trailing 0x") ?? 0 }
    public var banks: [String] {
      value(after: "banks=").map { $0.components(separatedBy: "+") } ?? []
    }
    public var startupLocality: UInt8? { value(after: "StartupLocality=").flatMap { UInt8($0) } }

    /// Registers that a replay reproduces or misses, by the name of the bank.
    public var replay: [String: (match: [Int], mismatch: [Int])] {
      var found: [String: (match: [Int], mismatch: [Int])] = [:]
      for part in facts.components(separatedBy: "; ") {
        let words = part.components(separatedBy: " replay match ")
        guard words.count == 2 else { continue }
        let lists = words[1].components(separatedBy: " mismatch ")
        guard lists.count == 2 else { continue }
        found[words[0]] = (integers(lists[0]), integers(lists[1]))
      }
      return found
    }

    private func integers(_ text: String) -> [Int] {
      let list = text.prefix { $0 != "]" }
      return list.split { !$0.isNumber }.compactMap { Int($0) }
    }

    private func number(before words: String) -> Int? {
      guard let range = facts.range(of: words) else { return nil }
      let digits = facts[..<range.lowerBound].reversed().prefix { $0.isNumber }
      return Int(String(digits.reversed()))
    }

    private func value(after words: String) -> String? {
      guard let range = facts.range(of: words) else { return nil }
      return String(facts[range.upperBound...].prefix { $0 != ";" && $0 != " " })
    }
  }

  /// Every row of the index whose kind is an event log, duplicates too: they carry facts of their own.
  public static func rows() throws -> [Row] {
    guard Corpus.isPresent else { return [] }
    return try Corpus.index("eventlog").compactMap { row in
      guard let file = row["file"], let repository = row["origin repo"], let origin = row["origin path"],
        let kind = row["kind"], kind.hasPrefix("eventlog-"), let facts = row["expected result / known facts"]
      else { return nil }
      let folder = repository.replacingOccurrences(of: "/", with: "__")
      return Row(
        path: "eventlog/" + file, originPath: "eventlog/\(folder)/\(origin)", kind: kind, facts: facts)
    }
  }

  /// Every distinct log of the index, then those of the lab.
  public static func paths() throws -> [String] {
    var seen: Set<String> = []
    return try rows().map(\.path).filter { seen.insert($0).inserted } + lab().map { $0 + "binary_bios_measurements" }
  }

  /// Folders of the lab that hold a log and the registers read with it.
  public static func lab() -> [String] {
    guard Corpus.isPresent else { return [] }
    // The machine of vmB has no event log: its file is empty.
    return [
      "vmA-secureboot-ima-ng/boot1", "vmA-secureboot-ima-ng/boot2", "vmE-containers/boot1", "vmG-legacy-ima-sha1/boot1",
    ]
    .flatMap { boot in
      ["q0", "q1", "q2", "q3"].map { "lab/\(boot)/\($0)/" }
        .filter { FileManager.default.fileExists(atPath: Corpus.url($0).path) }
    }
  }

  /// Register values by bank and index from text as tpm2_pcrread and tpm2_eventlog print it.
  public static func registers(ofText text: String) -> [String: [Int: String]] {
    var bank = ""
    var values: [String: [Int: String]] = [:]
    for line in text.components(separatedBy: "\n") {
      let parts = line.trimmingCharacters(in: .whitespaces).components(separatedBy: ":")
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { continue }
      if let index = Int(parts[0]), parts[1].hasPrefix("0x") {
        values[bank, default: [:]][index] = parts[1].dropFirst(2).lowercased()
      } else if parts[1].isEmpty {
        bank = parts[0]
      }
    }
    return values
  }

  /// Register values that lie beside a log of the index; empty when there are none.
  public static func registers(besides row: Row) throws -> [String: [Int: String]] {
    let origin = row.originPath.components(separatedBy: "#")[0]
    let stem = (origin as NSString).deletingPathExtension
    for path in [
      origin + ".pcrs.json", stem + ".pcrs.json",
      (origin as NSString).deletingLastPathComponent + "/pcrs.json",
    ] {
      guard let data = try? Data(contentsOf: Corpus.url(path)) else { continue }
      let banks = try JSONDecoder().decode([String: [String: String]].self, from: data)
      return banks.mapValues { values in
        Dictionary(uniqueKeysWithValues: values.compactMap { key, value in Int(key).map { ($0, value) } })
      }
    }
    let lines = stem + "ExpectedPcrs.txt"
    guard FileManager.default.fileExists(atPath: Corpus.url(lines).path) else { return [:] }
    let text = String(decoding: try Corpus.bytes(lines), as: UTF8.self)
    let values = text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    let bank = values.first?.count == 40 ? "sha1" : "sha256"
    return [bank: Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0.offset, $0.element) })]
  }
}
