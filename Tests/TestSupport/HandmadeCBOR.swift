/// Items of CBOR as tests write them down, encoded as short as they can be.
///
/// Source: RFC 8949, section 4.2.1.
public indirect enum HandmadeCBOR: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  case number(Int)
  case bytes([UInt8])
  case text(String)
  case array([HandmadeCBOR])
  case map([(HandmadeCBOR, HandmadeCBOR)])
  case tag(Int, HandmadeCBOR)
  case bool(Bool)
  case null

  public init(integerLiteral value: Int) { self = .number(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(arrayLiteral elements: HandmadeCBOR...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (HandmadeCBOR, HandmadeCBOR)...) { self = .map(elements) }

  public var encoded: [UInt8] {
    switch self {
    case .number(let value): value < 0 ? Self.head(1, -1 - value) : Self.head(0, value)
    case .bytes(let bytes): Self.head(2, bytes.count) + bytes
    case .text(let text): Self.head(3, text.utf8.count) + Array(text.utf8)
    case .array(let items): Self.head(4, items.count) + items.flatMap(\.encoded)
    case .map(let pairs): Self.head(5, pairs.count) + pairs.flatMap { $0.0.encoded + $0.1.encoded }
    case .tag(let number, let item): Self.head(6, number) + item.encoded
    case .bool(let value): [value ? 0xf5 : 0xf4]
    case .null: [0xf6]
    }
  }

  private static func head(_ type: UInt8, _ value: Int) -> [UInt8] {
    switch value {
    case ..<24: [type << 5 | UInt8(value)]
    case ..<256: [type << 5 | 24, UInt8(value)]
    case ..<65536: [type << 5 | 25, UInt8(value >> 8), UInt8(value & 255)]
    default: [type << 5 | 26] + (0..<4).reversed().map { UInt8(value >> ($0 * 8) & 255) }
    }
  }
}

extension HandmadeCBOR {
  /// A manifest without a signature that holds one module, whose reference values are these measurements.
  public static func manifest(
    id: String = "made", vendor: String = "Lab", model: String = "Board", measurements: [HandmadeCBOR]
  ) -> HandmadeCBOR {
    let module: HandmadeCBOR = [
      1: [0: "module"], 4: [0: [[[0: [1: .text(vendor), 2: .text(model)]], .array(measurements)]]],
    ]
    return .tag(501, [0: .text(id), 1: [.tag(506, .bytes(module.encoded))]])
  }

  /// A measurement whose integrity registers have these SHA-256 values.
  public static func registers(_ values: KeyValuePairs<HandmadeCBOR, [UInt8]>) -> HandmadeCBOR {
    [1: [14: .map(values.map { ($0.0, [[1, .bytes($0.1)]]) })]]
  }
}
