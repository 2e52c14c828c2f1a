import Foundation
import TestSupport
import Testing

@testable import Archives

struct DecompressionTests {
  private static let tools: [(Compression, String)] = [
    (.gzip, "gzip"), (.bzip2, "bzip2"), (.xz, "xz"), (.zstd, "zstd"), (.lz4, "lz4"),
  ]

  private static func packed(_ bytes: [UInt8], _ tool: String) throws -> [UInt8] {
    let folder = try ScratchCase()
    try folder.write(bytes, to: "plain")
    #expect(try Tool.run("sh", ["-c", "\(tool) -c plain > packed"], in: folder.folder).status == 0)
    return try folder.read("packed")
  }

  @Test func everyCompressionGivesTheBytesBack() throws {
    let plain = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    for (compression, tool) in Self.tools where Tool.isInstalled(tool) {
      let packed = try Self.packed(plain, tool)
      #expect(try Decompression(MemorySource(packed), compression).remainingBytes(limit: 1 << 20) == plain)
      #expect(try Decompression(MemorySource(packed)).remainingBytes(limit: 1 << 20) == plain)
    }
    #expect(try Decompression(MemorySource(plain)).remainingBytes(limit: 1 << 20) == plain)
    #expect(try Decompression(MemorySource([]), Compression.none).remainingBytes(limit: 1 << 20) == [])
  }

  @Test func bytesOfAnotherCompressionAreDamage() throws {
    #expect { try Decompression(MemorySource([1, 2, 3]), .xz).remainingBytes(limit: 10) } throws: { error in
      (error as? ArchiveError)?.message == "is not compressed as xz"
    }
  }

  @Test(.enabled(if: Tool.isInstalled("xz"), "needs xz"))
  func everyTruncationOfXzIsAnErrorAfterABeginning() throws {
    let plain = Array("a text that is packed".utf8)
    let packed = try Self.packed(plain, "xz")
    for count in 1..<packed.count {
      let stream = try Decompression(MemorySource(Array(packed.prefix(count))), .xz)
      #expect(throws: ArchiveError.self) { try stream.remainingBytes(limit: 1 << 20) }
    }
  }

  @Test(.enabled(if: Tool.isInstalled("xz"), "needs xz"))
  func aBombStopsAtTheRatioAndAtTheSize() throws {
    let packed = try Self.packed([UInt8](repeating: 0, count: 80 << 20), "xz -1")
    #expect(packed.count < 80 << 10)
    let ratio = try Decompression(MemorySource(packed), .xz)
    #expect { _ = try ratio.drain() } throws: { ($0 as? ArchiveError)?.kind == .limit(.ratio) }
    #expect(ratio.unpackedByteCount <= ArchiveLimits.ratioFloor + 1 << 20)
    let size = try Decompression(MemorySource(packed), .xz, limits: ArchiveLimits(unpackedByteCount: 1 << 20))
    #expect { _ = try size.drain() } throws: { ($0 as? ArchiveError)?.kind == .limit(.unpackedByteCount) }
    #expect { try Decompression(MemorySource(packed), .xz).remainingBytes(limit: 100) } throws: { error in
      (error as? ArchiveError)?.kind == .limit(.unpackedByteCount)
    }
  }
}
