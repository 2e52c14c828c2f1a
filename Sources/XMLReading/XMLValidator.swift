import ByteReading
import CXMLValidation

/// Checks XML documents against a schema with libxml2.
public enum XMLValidator {
  /// One thing that is wrong with a document.
  public struct Problem: Equatable, Sendable {
    /// Line in the document, from 1; nil when unknown.
    public var line: Int?
    public var message: String

    public init(line: Int?, message: String) {
      self.line = line
      self.message = message
    }
  }

  /// What is wrong with a document by a schema, at most 100 problems; empty when it is valid.
  ///
  /// A document with a DOCTYPE is never valid. Nothing but the two texts is read.
  public static func problems(in document: [UInt8], schema: String) -> [Problem] {
    let schemaBytes = Array(schema.utf8)
    var messages: UnsafeMutablePointer<CChar>?
    // Safe: both arrays live through the call and their counts are passed with them.
    let status = unsafe document.withUnsafeBytes { document in
      unsafe schemaBytes.withUnsafeBytes { schema in
        unsafe cxml_validate(
          document.bindMemory(to: CChar.self).baseAddress, document.count,
          schema.bindMemory(to: CChar.self).baseAddress, schema.count, &messages)
      }
    }
    // Safe: the text ends with a zero, is ours since the call returned, and is freed after it was copied.
    let text = unsafe messages.map { unsafe String(cString: $0) } ?? ""
    unsafe cxml_free(messages)

    let problems = text.split(separator: "\n").map { Problem($0) }
    guard problems.isEmpty, status != Int32(CXML_VALID) else { return problems }
    return [Problem(line: nil, message: "the schema could not be applied")]
  }
}

extension XMLValidator.Problem {
  /// Reads a line of `cxml_validate`.
  fileprivate init(_ text: Substring) {
    let parts = text.split(separator: "\t", maxSplits: 1)
    let number = parts.first.flatMap { Int($0) } ?? 0
    line = number > 0 ? number : nil
    message = escapedText((parts.last ?? "").utf8)
  }
}
