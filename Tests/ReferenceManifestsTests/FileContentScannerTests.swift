import Foundation
import ReferenceManifests
import TestSupport
import Testing

struct FileContentScannerTests {
  /// A shared object by hand: header, one PT_LOAD over the file, PT_DYNAMIC and PT_INTERP; dynamic section, strings.
  private static func elf(is64Bit: Bool, isBigEndian: Bool, type: UInt64 = 3) -> [UInt8] {
    let word = is64Bit ? 8 : 4
    let number = { (value: UInt64, count: Int) in
      let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
      return isBigEndian ? little.reversed() : little
    }
    let headerCount = is64Bit ? 64 : 52
    let segmentCount = is64Bit ? 56 : 32
    let dynamic = headerCount + 3 * segmentCount
    let strings = dynamic + 5 * 2 * word
    let table = Array("\0libself.so.1\0libc.so.6\0libm.so.6\0".utf8)
    let base: UInt64 = 0x1000
    var file: [UInt8] =
      [0x7f, 0x45, 0x4c, 0x46, is64Bit ? 2 : 1, isBigEndian ? 2 : 1, 1] + [UInt8](repeating: 0, count: 9)
    file += number(type, 2) + number(62, 2) + number(1, 4) + number(0, word) + number(UInt64(headerCount), word)
    file += number(0, word) + number(0, 4) + number(UInt64(headerCount), 2) + number(UInt64(segmentCount), 2)
    file += number(3, 2) + number(0, 2) + number(0, 2) + number(0, 2)
    for (kind, offset, size) in [(1, 0, strings + table.count), (2, dynamic, 10 * word), (3, strings, 1)]
      as [(UInt64, Int, Int)]
    {
      file += number(kind, 4) + (is64Bit ? number(5, 4) : [])
      file += number(UInt64(offset), word) + number(UInt64(offset) + base, word) + number(0, word)
      file += number(UInt64(size), word) + number(UInt64(size), word) + (is64Bit ? [] : number(5, 4)) + number(0, word)
    }
    let entries: [(UInt64, UInt64)] = [(1, 14), (14, 1), (5, UInt64(strings) + base), (1, 24), (0, 0)]
    for (tag, value) in entries { file += number(tag, word) + number(value, word) }
    return file + table
  }

  private static let expected = ELFInformation(
    type: .shared, hasInterpreter: true, soname: Array("libself.so.1".utf8),
    needed: [Array("libc.so.6".utf8), Array("libm.so.6".utf8)])

  @Test(arguments: [true, false], [true, false])
  func bothClassesAndByteOrdersAreRead(is64Bit: Bool, isBigEndian: Bool) {
    let file = Self.elf(is64Bit: is64Bit, isBigEndian: isBigEndian)
    #expect(FileContentScanner.content(of: file) == .elf(Self.expected))
  }

  @Test func piecesOfAnySizeGiveTheSame() {
    var scanner = FileContentScanner()
    let file = Self.elf(is64Bit: true, isBigEndian: false)
    let large = Array("#!/bin/sh\n".utf8) + [UInt8](repeating: 1, count: 10_000)
    for size in [1, 7, 100, 5000] {
      for (bytes, content) in [
        (file, FileContent.elf(Self.expected)), (large, .script(interpreter: Array("/bin/sh".utf8))),
      ] {
        for start in stride(from: 0, to: bytes.count, by: size) {
          let piece = Array(bytes[start..<min(bytes.count, start + size)])
          scanner.add(piece.span.bytes)
        }
        #expect(scanner.finish() == content)
      }
    }
    #expect(scanner.finish() == .empty)
  }

  @Test func truncationsAndFlipsNeverStopTheScanner() {
    for is64Bit in [true, false] {
      let file = Self.elf(is64Bit: is64Bit, isBigEndian: false)
      for count in 1..<file.count {
        #expect(FileContentScanner.content(of: Array(file.prefix(count))) != .elf(Self.expected))
      }
      for index in file.indices {
        var flipped = file
        for value: UInt8 in [0xff, 0x80, 0x01] {
          flipped[index] = file[index] ^ value
          #expect(FileContentScanner.content(of: flipped) != .empty)
        }
      }
    }
  }

  @Test func scriptsAndImagesAreToldByTheirFirstBytes() {
    let content = { (text: String) in FileContentScanner.content(of: Array(text.utf8)) }
    let script = { (path: String) in FileContent.script(interpreter: Array(path.utf8)) }
    #expect(content("#!/bin/sh\n") == script("/bin/sh"))
    #expect(content("#! \t/usr/bin/env python3") == script("/usr/bin/env"))
    #expect(content("#!" + String(repeating: "x", count: 300)) == script(String(repeating: "x", count: 127)))
    #expect(content("#!\n/bin/sh") == .other)
    #expect(content("#") == .other)
    #expect(content("") == .empty)
    var image = [UInt8](repeating: 0, count: 0x80)
    image.replaceSubrange(0..<2, with: [0x4d, 0x5a])
    image[0x3c] = 0x70
    #expect(FileContentScanner.content(of: image) == .other)
    image.replaceSubrange(0x70..<0x74, with: [0x50, 0x45, 0, 0])
    #expect(FileContentScanner.content(of: image) == .pe)
    image[0x3f] = 0xff
    #expect(FileContentScanner.content(of: image) == .other)
  }

  @Test(
    .enabled(if: Tool.isInstalled("objdump"), "needs objdump"),
    arguments: ["/usr/bin/tar", "/lib/x86_64-linux-gnu/libc.so.6"])
  func objdumpNamesTheSameLibraries(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    guard case .elf(let information) = FileContentScanner.content(of: [UInt8](data)) else {
      Issue.record("\(path) is no ELF file")
      return
    }
    let lines = try Tool.run("objdump", ["-p", path]).output.split(separator: "\n").map { $0.split(separator: " ") }
    let named = { (tag: String) in
      lines.filter { $0.first == Substring(tag) && $0.count == 2 }.map { Array($0[1].utf8) }
    }
    #expect(information.needed == named("NEEDED"))
    #expect(information.soname == named("SONAME").first)
    #expect(information.hasInterpreter == lines.contains { $0.first == "INTERP" })
    #expect(information.type == .shared)
  }
}
