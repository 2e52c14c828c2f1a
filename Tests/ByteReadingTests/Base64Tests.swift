import ByteReading
import Foundation
import Testing

@Suite struct Base64Tests {
  @Test func everyLengthComesBack() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 3) }
      let text = Data(bytes).base64EncodedString()
      #expect(bytesOfBase64(text.utf8) == bytes)
      let safe = text.replacing("+", with: "-").replacing("/", with: "_")
      #expect(bytesOfBase64(safe.utf8, isURLSafe: true) == bytes)
      #expect(bytesOfBase64(safe.replacing("=", with: "").utf8, isURLSafe: true) == bytes)
    }
  }

  @Test func blanksBetweenDigitsAreSkipped() {
    #expect(bytesOfBase64(" AQ\nID\t\r\n".utf8) == [1, 2, 3])
  }

  @Test(arguments: ["A", "AQ", "AQI", "AQ=", "A===", "AQ==AQ==", "AQID=", "AQI-", "=", "A?=="])
  func anythingElseIsNone(text: String) { #expect(bytesOfBase64(text.utf8) == nil) }

  @Test func theOtherAlphabetIsNotTaken() {
    #expect(bytesOfBase64("_-__".utf8) == nil)
    #expect(bytesOfBase64("/+//".utf8, isURLSafe: true) == nil)
  }
}
