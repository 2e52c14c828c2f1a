import Foundation

/// A case made for one test, in a folder that goes with it.
public final class ScratchCase: Sendable {
  public let folder: URL

  /// The folder's last component is the name of the case.
  public init(_ name: String = "case") throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("inquest-tests-\(UUID().uuidString)").appendingPathComponent(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  public var path: String { folder.path }

  public func write(_ bytes: [UInt8], to path: String) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  public func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  public func read(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
  }

  /// Copies a file or a whole folder into the case.
  public func copy(_ source: URL, to path: String) throws {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder)
    guard isFolder.boolValue else { return try write([UInt8](try Data(contentsOf: source)), to: path) }
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path).sorted() {
      try copy(source.appendingPathComponent(name), to: path.isEmpty ? name : path + "/" + name)
    }
  }

  public func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: folder.appendingPathComponent(path))
  }
}
