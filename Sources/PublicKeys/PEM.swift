import COpenSSL

/// One block of a PEM file.
public struct PEMBlock: Equatable, Sendable {
  /// For example `CERTIFICATE` or `PUBLIC KEY`.
  public var label: String
  public var der: [UInt8]

  public init(label: String, der: [UInt8]) {
    self.label = label
    self.der = der
  }
}

/// The blocks of a PEM text in their order; empty when the text holds none.
///
/// Source: RFC 7468.
public func pemBlocks(_ text: [UInt8]) -> [PEMBlock] {
  var blocks: [PEMBlock] = []
  var position = 0
  var label = [CChar](repeating: 0, count: 64)
  var der = [UInt8](repeating: 0, count: min(text.count, 1 << 20))
  while position < text.count {
    let start = position
    // Safe: every array is passed with its count, and the label has the 64 bytes the function asks for.
    let count = unsafe cossl_pem_next(text, text.count, &position, &label, &der, der.count)
    if count > 0 { blocks.append(PEMBlock(label: string(label), der: Array(der.prefix(count)))) }
    guard position > start else { break }
  }
  return blocks
}
