import Digests
import ReferenceManifests

/// How one file stands in its row, and back.
struct FileRow {
  var kind: Int
  var target: [UInt8]?
  var content: Int?
  /// The interpreter of a script or the soname of an ELF file.
  var detail: [UInt8]?
  /// `DT_NEEDED` names, each followed by a NUL.
  var needed: [UInt8]?

  private static let elf = 16
  private static let hasInterpreter = 8

  init(_ file: ReferenceFile) {
    switch file.kind {
    case .regular: kind = 0
    case .directory: kind = 1
    case .symbolicLink(let to):
      kind = 2
      target = to
    case .other: kind = 3
    }
    switch file.content {
    case nil: break
    case .other: content = 0
    case .empty: content = 1
    case .script(let interpreter):
      content = 2
      detail = interpreter
    case .pe: content = 3
    case .elf(let information):
      content = Self.elf + Int(information.type.rawValue) + (information.hasInterpreter ? Self.hasInterpreter : 0)
      detail = information.soname
      if !information.needed.isEmpty { needed = information.needed.flatMap { $0 + [0] } }
    }
  }

  /// One bit for each algorithm that the file has a digest of.
  static func algorithms(of file: ReferenceFile) -> Int {
    file.digests.reduce(0) { bits, digest in
      bits | (1 << (FileDigestAlgorithm.allCases.firstIndex(of: digest.algorithm) ?? 0))
    }
  }

  static func bits(of algorithms: [FileDigestAlgorithm]) -> Int {
    FileDigestAlgorithm.allCases.enumerated().reduce(0) { bits, item in
      algorithms.contains(item.element) ? bits | (1 << item.offset) : bits
    }
  }

  static func algorithms(_ bits: Int) -> [FileDigestAlgorithm] {
    FileDigestAlgorithm.allCases.enumerated().filter { bits & (1 << $0.offset) != 0 }.map(\.element)
  }

  static func kind(_ number: Int, target: [UInt8]?) throws -> ReferenceFile.Kind {
    switch number {
    case 0: return .regular
    case 1: return .directory
    case 2: return .symbolicLink(target: target ?? [])
    case 3: return .other
    default: throw WrongValue(column: "kind")
    }
  }

  static func content(_ number: Int?, detail: [UInt8]?, needed: [UInt8]?) throws -> FileContent? {
    guard let number else { return nil }
    switch number {
    case 0: return .other
    case 1: return .empty
    case 2: return .script(interpreter: detail ?? [])
    case 3: return .pe
    case elf..<elf + 2 * hasInterpreter:
      guard let type = ELFInformation.ObjectType(rawValue: UInt16((number - elf) % hasInterpreter)) else {
        throw WrongValue(column: "content")
      }
      let names = (needed ?? []).split(separator: 0, omittingEmptySubsequences: false).dropLast().map { Array($0) }
      return .elf(
        ELFInformation(
          type: type, hasInterpreter: number - elf >= hasInterpreter, soname: detail, needed: names))
    default: throw WrongValue(column: "content")
    }
  }
}
