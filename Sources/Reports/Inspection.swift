import ByteReading

/// One evidence file decoded for a person: what `inquest inspect` shows in any of its formats.
public struct Inspection: Equatable, Sendable {
  /// As given on the command line, escaped.
  public var file: String
  /// What the content is, for example `tpm2-quote`.
  public var kind: String
  public var content: InspectionValue
  /// What is wrong with the file, in the order of its bytes; what could be read stands in `content` all the same.
  public var problems: [String]
  /// The content in the layout of another tool, which YAML then has in place of our own.
  public var layout: YAMLNode?

  public init(file: String, kind: String, content: InspectionValue, problems: [String] = []) {
    self.file = file
    self.kind = kind
    self.content = content
    self.problems = problems
  }
}

/// A value in the tree of an inspection; names and lists keep their order.
public indirect enum InspectionValue: Equatable, Sendable {
  case text(String)
  case unsigned(UInt64)
  case negative(Int64)
  case bool(Bool)
  case hex([UInt8])
  case list([InspectionValue])
  case fields([Field])
  /// The format has the field, and this file has no value for it.
  case none

  public struct Field: Equatable, Sendable {
    public var name: String
    public var value: InspectionValue

    public init(_ name: String, _ value: InspectionValue) {
      self.name = name
      self.value = value
    }
  }

  /// A number of any type that 64 bits hold.
  public static func number(_ value: some FixedWidthInteger) -> InspectionValue {
    value < 0 ? .negative(Int64(value)) : .unsigned(UInt64(value))
  }
}

extension InspectionValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
  public init(dictionaryLiteral elements: (String, InspectionValue)...) {
    self = .fields(elements.map { Field($0.0, $0.1) })
  }

  public init(arrayLiteral elements: InspectionValue...) { self = .list(elements) }

  public init(stringLiteral text: String) { self = .text(text) }
}

extension InspectionValue {
  /// The text of a value without parts; nil for a list or fields that are not empty.
  var line: String? {
    switch self {
    case .text(let text): harmless(text)
    case .unsigned(let number): String(number)
    case .negative(let number): String(number)
    case .bool(let flag): flag ? "true" : "false"
    case .hex(let bytes): hexText(bytes)
    case .list(let values): values.isEmpty ? "" : nil
    case .fields(let fields): fields.isEmpty ? "" : nil
    case .none: ""
    }
  }
}
