import ByteReading
import Digests
import EvidenceIntake
import Hashing
import PortableExecutable
import Replay

/// Files that somebody has at hand, such as those of a disk's boot partition: says of which of them a digest in a log is.
///
/// A file is known by its own digests, a PE image by its Authenticode digests, too, and a unified kernel image by those of its
/// sections. That a file was measured says nothing about whether it is good.
public struct MeasuredFiles: Sendable {
  private var contents: [Digest: KnownContent] = [:]

  public init() {}

  /// - throws: `FileError` when the file cannot be read.
  public mutating func add(fileAt place: FilePath) throws(FileError) {
    add(try EvidenceIntake.contents(of: place), name: escapedText(place.lastComponent.utf8))
  }

  /// - parameter name: what to call the file, escaped.
  public mutating func add(_ bytes: [UInt8], name: String) {
    let image = try? PortableExecutable(bytes, file: name)
    for algorithm in HashAlgorithm.allCases {
      add(algorithm.digest(of: bytes), algorithm, KnownContent(name: name, rule: "the file's \(algorithm.name)"))
      guard let image, let own = FileDigestAlgorithm(algorithm) else { continue }
      for digest in image.authenticodeDigests(own) {
        add(digest, algorithm, KnownContent(name: name, rule: "Authenticode \(algorithm.name)"))
      }
      for section in image.sections where !section.content.isEmpty {
        let content = KnownContent(
          name: "section \(escapedText(section.name)) of \(name)", rule: "the content's \(algorithm.name)")
        add(algorithm.digest(of: Array(bytes[section.content])), algorithm, content)
      }
    }
  }

  private mutating func add(_ digest: [UInt8]?, _ algorithm: HashAlgorithm, _ content: KnownContent) {
    guard let digest else { return }
    let key = Digest(algorithm, digest)
    if contents[key] == nil { contents[key] = content }
  }

  public func content(of digest: Digest) -> KnownContent? { contents[digest] }
}
