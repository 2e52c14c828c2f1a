import Appraisal
import ByteReading
import Yams

/// Why a policy could not be used.
public struct PolicyError: Error, Equatable, Sendable, CustomStringConvertible {
  public var file: String
  public var reason: String
  public var description: String { "\(file): \(reason)" }
}

extension Policy {
  /// Reads a policy file. Everything in it must be understood: a policy that is half read would decide otherwise than
  /// its author meant.
  public init(_ bytes: [UInt8], file: String) throws(PolicyError) {
    self.init(file: file)
    guard bytes.count <= 1 << 20, !hasAliases(bytes) else {
      throw PolicyError(file: file, reason: "too large, or uses YAML aliases")
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw PolicyError(file: file, reason: "not valid YAML")
    }
    guard let mapping = root?.mapping else {
      throw PolicyError(file: file, reason: "a mapping was expected at the top")
    }
    guard mapping["version"]?.int == 1 else { throw PolicyError(file: file, reason: "'version: 1' was expected") }
    for (key, value) in mapping {
      switch key.string {
      case "version": break
      case "scope": try readScope(value, file: file)
      default:
        throw PolicyError(file: file, reason: "'\(escapedText((key.string ?? "").utf8))' is no key of a policy")
      }
    }
  }

  private mutating func readScope(_ value: Node, file: String) throws(PolicyError) {
    guard let mapping = value.mapping else {
      throw PolicyError(file: file, reason: "scope: a mapping was expected")
    }
    for (key, item) in mapping {
      guard key.string == "measurements" else {
        throw PolicyError(file: file, reason: "scope: '\(escapedText((key.string ?? "").utf8))' is no scope")
      }
      guard let scope = Scope(rawValue: item.string ?? "") else {
        throw PolicyError(
          file: file,
          reason: "scope.measurements: one of \(Scope.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
      }
      measurements = scope
    }
  }
}
