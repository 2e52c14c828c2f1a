import Foundation
import GRDB

/// A row holds what no build writes: the file was made or changed by something else.
struct WrongValue: Error, CustomStringConvertible {
  var column: String

  var description: String { "the store holds a value in column '\(column)' that no build writes" }
}

/// Values of columns that may hold anything: SQLite enforces no types, and GRDB's own subscripts end the program at a value
/// of another type.
extension Row {
  /// The value of a column; throws at NULL.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
    guard let value: Value = try optional(column) else { throw WrongValue(column: column) }
    return value
  }

  /// The value of a column; nil for NULL.
  func optional<Value: DatabaseValueConvertible>(_ column: String) throws -> Value? {
    let stored: DatabaseValue = self[column]
    if stored.isNull { return nil }
    guard let value = Value.fromDatabaseValue(stored) else { throw WrongValue(column: column) }
    return value
  }

  /// The case that a column names.
  func value<Value: RawRepresentable>(_ column: String) throws -> Value where Value.RawValue: DatabaseValueConvertible {
    guard let value = Value(rawValue: try value(column)) else { throw WrongValue(column: column) }
    return value
  }

  /// The bytes of a column; nil for NULL.
  func bytes(_ column: String) throws -> [UInt8]? {
    let data: Data? = try optional(column)
    return data.map { Array($0) }
  }
}
