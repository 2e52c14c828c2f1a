import Foundation
import Hashing
import TestSupport
import Testing

@testable import Archives

struct ArchiveReaderTests {
  /// An `ar` of two members, by hand.
  private static func ar(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    members.reduce(into: Array("!<arch>\n".utf8)) { archive, member in
      let fields = [
        ("\(member.name)", 16), ("0", 12), ("0", 6), ("0", 6), ("100644", 8), ("\(member.bytes.count)", 10),
      ]
      for (text, width) in fields { archive += Array(text.padding(toLength: width, withPad: " ", startingAt: 0).utf8) }
      archive += [0x60, 0x0a] + member.bytes + (member.bytes.count % 2 == 1 ? [0x0a] : [])
    }
  }

  private static func members(
    _ reader: ArchiveReader
  ) throws(ArchiveError) -> [(member: ArchiveMember, bytes: [UInt8])] {
    var found: [(ArchiveMember, [UInt8])] = []
    while let member = try reader.next() {
      found.append((member, try reader.memberData.remainingBytes(limit: 1 << 20)))
    }
    return found
  }

  @Test func membersOfAnArComeWithTheirBytes() throws {
    let archive = Self.ar([("debian-binary", Array("2.0\n".utf8)), ("odd", [1, 2, 3])])
    let found = try Self.members(ArchiveReader(MemorySource(archive), .ar))
    #expect(found.map { String(decoding: $0.member.path, as: UTF8.self) } == ["debian-binary", "odd"])
    #expect(found.map(\.bytes) == [Array("2.0\n".utf8), [1, 2, 3]])
    #expect(found.map(\.member.byteCount) == [4, 3])
  }

  @Test func everyTruncationOfAnArIsAnErrorOrFewerMembers() throws {
    let archive = Self.ar([("one", [UInt8](repeating: 7, count: 40)), ("two", [UInt8](repeating: 8, count: 40))])
    for count in 0..<archive.count {
      do {
        let found = try Self.members(ArchiveReader(MemorySource(Array(archive.prefix(count))), .ar))
        #expect(found.count < 2)
      } catch {
        #expect(error.kind == .damaged)
      }
    }
  }

  @Test func flippedBytesNeverStopTheProgram() throws {
    let archive = Self.ar([("one", [UInt8](repeating: 7, count: 40)), ("two", [UInt8](repeating: 8, count: 40))])
    for index in archive.indices {
      var flipped = archive
      flipped[index] ^= 0xff
      let found = (try? Self.members(ArchiveReader(MemorySource(flipped), .ar))) ?? []
      #expect(found.count <= 2)
    }
  }

  @Test(.enabled(if: Tool.isInstalled("tar"), "needs tar"), arguments: ["gnu", "pax", "ustar"])
  func aTarHasItsKindsTargetsAndModes(format: String) throws {
    let folder = try ScratchCase("tree")
    try folder.write("content\n", to: "a/file")
    try folder.write("empty", to: "a/grün")
    let at = { folder.folder.appendingPathComponent($0).path }
    try FileManager.default.setAttributes([.posixPermissions: 0o4755], ofItemAtPath: at("a/file"))
    try FileManager.default.createSymbolicLink(atPath: at("a/link"), withDestinationPath: "../elsewhere")
    try FileManager.default.linkItem(atPath: at("a/file"), toPath: at("a/hard"))
    #expect(
      try Tool.run("tar", ["--format=\(format)", "--sort=name", "-cf", at("t.tar"), "./a"], in: folder.folder).status
        == 0)
    let found = try Self.members(ArchiveReader(FileSource(path: Array(at("t.tar").utf8)), .tar))
    let byPath = Dictionary(uniqueKeysWithValues: found.map { (String(decoding: $0.member.path, as: UTF8.self), $0) })
    #expect(Set(byPath.keys) == ["./a/", "./a/file", "./a/grün", "./a/hard", "./a/link"])
    #expect(byPath["./a/"]?.member.kind == .directory)
    #expect(byPath["./a/link"]?.member.kind == .symbolicLink(target: Array("../elsewhere".utf8)))
    #expect(byPath["./a/hard"]?.member.kind == .hardLink(target: Array("./a/file".utf8)))
    #expect(byPath["./a/file"]?.member.mode == 0o4755)
    #expect(byPath["./a/file"]?.bytes == Array("content\n".utf8))
    #expect(byPath.values.allSatisfy { $0.member.warning == nil })
  }

  @Test(.enabled(if: Tool.isInstalled("tar"), "needs tar"))
  func gapsOfASparseFileComeAsZerosAndCountAgainstTheLimits() throws {
    let folder = try ScratchCase("tree")
    try folder.write([UInt8](repeating: 1, count: 4096), to: "sparse")
    let handle = try FileHandle(forWritingTo: folder.folder.appendingPathComponent("sparse"))
    try handle.truncate(atOffset: 3 << 20)
    try handle.close()
    #expect(try Tool.run("tar", ["--format=gnu", "-S", "-cf", "s.tar", "sparse"], in: folder.folder).status == 0)
    let path = Array(folder.folder.appendingPathComponent("s.tar").path.utf8)
    let reader = try ArchiveReader(FileSource(path: path), .tar)
    _ = try reader.next()
    var count = 0
    try reader.forEachPiece { count += $0.byteCount }
    #expect(count == 3 << 20)
    let bounded = try ArchiveReader(FileSource(path: path), .tar, limits: ArchiveLimits(unpackedByteCount: 1 << 20))
    _ = try bounded.next()
    #expect { try bounded.forEachPiece { _ in } } throws: { ($0 as? ArchiveError)?.kind == .limit(.unpackedByteCount) }
  }

  @Test(.enabled(if: Tool.isInstalled("cpio"), "needs cpio"))
  func theFirstSegmentOfACpioEndsWhereTheNextBegins() throws {
    let folder = try ScratchCase("tree")
    try folder.write("one", to: "first")
    try folder.write("two", to: "second")
    for name in ["first", "second"] {
      #expect(
        try Tool.run("sh", ["-c", "echo \(name) | cpio -o -H newc > \(name).cpio"], in: folder.folder).status == 0)
    }
    let both = try folder.read("first.cpio") + folder.read("second.cpio")
    let reader = try ArchiveReader(MemorySource(both), .cpio)
    #expect(try Self.members(reader).map(\.member.path) == [Array("first".utf8)])
    #expect(reader.position > 0 && reader.position < both.count)
    #expect(try reader.drain().hasContent)
    let one = try ArchiveReader(MemorySource(folder.read("first.cpio")), .cpio)
    _ = try Self.members(one)
    #expect(try !one.drain().hasContent)
  }

  @Test func aMemberCountAndALongPathAreLimits() throws {
    let archive = Self.ar((0..<20).map { ("m\($0)", []) })
    let few = try ArchiveReader(MemorySource(archive), .ar, limits: ArchiveLimits(memberCount: 5))
    #expect { try Self.members(few) } throws: { ($0 as? ArchiveError)?.kind == .limit(.memberCount) }
    #expect(few.memberCount == 6)
    let short = try ArchiveReader(MemorySource(archive), .ar, limits: ArchiveLimits(pathByteCount: 2))
    #expect { try Self.members(short) } throws: { ($0 as? ArchiveError)?.kind == .limit(.pathByteCount) }
  }

  @Test func aMembersDataIsGoneWhenTheArchiveIsReadOn() throws {
    let reader = try ArchiveReader(MemorySource(Self.ar([("one", [1, 2]), ("two", [3, 4])])), .ar)
    _ = try reader.next()
    let inner = try Decompression(reader.memberData, Compression.none)
    _ = try reader.next()
    #expect(throws: ArchiveError.self) { try inner.remainingBytes(limit: 10) }
  }

  @Test func aPathThatIsNoFileSaysWhy() {
    #expect { try FileSource(path: Array("/nowhere/at/all".utf8)) } throws: { error in
      (error as? ArchiveError) == ArchiveError(.unreadable, message: "No such file or directory")
    }
    #expect { try FileSource(path: Array("/tmp".utf8)) } throws: { ($0 as? ArchiveError)?.kind == .unreadable }
  }
}
