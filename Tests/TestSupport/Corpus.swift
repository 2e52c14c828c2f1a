import Foundation

/// The project's root, found from where this file lies.
public let projectRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Real evidence with known truth, which lies beside the project and is never part of it.
public enum Corpus {
  public static let root = projectRoot.deletingLastPathComponent().appendingPathComponent("shared/corpus")

  public static var isPresent: Bool { FileManager.default.fileExists(atPath: root.path) }

  public static func url(_ path: String) -> URL { root.appendingPathComponent(path) }

  public static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(path))) }

  /// Rows of an `INDEX.tsv`, each by the names of its header.
  public static func index(_ folder: String) throws -> [[String: String]] {
    let text = try String(contentsOf: url(folder + "/INDEX.tsv"), encoding: .utf8)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    let names = lines.removeFirst().components(separatedBy: "\t")
    return lines.map {
      Dictionary(zip(names, $0.components(separatedBy: "\t")), uniquingKeysWith: { first, _ in first })
    }
  }
}
