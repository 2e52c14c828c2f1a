import ByteReading
import Testing
import XMLReading

private func events(_ text: String, limits: XMLLimits = XMLLimits()) -> (events: [String], error: ParseError?) {
  events(Array(text.utf8), limits: limits)
}

/// Each event as a line.
private func events(_ bytes: [UInt8], limits: XMLLimits = XMLLimits()) -> (events: [String], error: ParseError?) {
  var found: [String] = []
  let error = readXMLEvents(bytes, file: "x.xml", limits: limits) { event in
    switch event {
    case .start(let element):
      let attributes = element.attributes.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      found.append("<\(element.namespace)|\(element.name)\(attributes)")
    case .text(let text): found.append(text)
    case .end: found.append(">")
    }
    return true
  }
  return (found, error)
}

struct XMLEventsTests {
  @Test func elementsAttributesAndTextComeInOrder() {
    let (found, error) = events(
      "<?xml version='1.0'?>\n<a xmlns='urn:n' xmlns:p='urn:p' b='1&amp;2'>x&lt;y<![CDATA[<z>]]><!-- c --><p:c/>\n</a>\n"
    )
    #expect(error == nil)
    #expect(found == ["<urn:n|a b=1&2", "x<y<z>", "<urn:p|c", ">", ">"])
  }

  @Test(arguments: [
    ("<!DOCTYPE a><a/>", "DOCTYPE"),
    ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "DOCTYPE"),
    ("<a>&e;</a>", "Entity"), ("<a><b></a>", "mismatch"), ("<a>", "well-formed"), ("", "well-formed"),
    ("<a/><b/>", "Extra"), ("<p:a/>", "Namespace"), ("<a b='1' b='2'/>", "redefined"),
    ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "UTF-8"),
  ])
  func whatIsNotWellFormedIsAnErrorWithItsLine(text: String, word: String) {
    let (_, error) = events(text)
    #expect(
      error?.found.contains(word) == true || error?.expected.contains(word) == true, "\(String(describing: error))")
    #expect(error?.file == "x.xml")
  }

  @Test func theErrorGivesLineAndOffsetAndWhatCameBeforeIsKept() throws {
    let (found, error) = events("<a>\n<b/>\n<c></d>\n</a>")
    #expect(found == ["<|a", "<|b", ">", "<|c"])
    let fault = try #require(error)
    #expect(fault.field == "XML, line 3")
    #expect((9...16).contains(fault.offset))
  }

  @Test func otherEncodingsAreRefused() {
    let utf16: [UInt8] = [0xff, 0xfe] + "<a/>".utf8.flatMap { [$0, 0] }
    #expect(events(utf16).error != nil)
    #expect(events([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]).error != nil)
  }

  @Test func depthTextAndTagsAreBounded() {
    var limits = XMLLimits()
    limits.depth = 3
    limits.textByteCount = 10
    #expect(events("<a><b><c/></b></a>", limits: limits).error == nil)
    #expect(events("<a><b><c><d/></c></b></a>", limits: limits).error?.found.contains("deeply") == true)
    #expect(events("<a>0123456789</a>", limits: limits).error == nil)
    #expect(events("<a>0123456789a</a>", limits: limits).error?.found.contains("too long") == true)
    let many = (0..<20_000).map { " a\($0)=''" }.joined()
    #expect(events("<a\(many)/>").error?.found.contains("too long") == true)
  }

  @Test func aDocumentOfManyPiecesIsReadWhole() {
    let text = "<a>" + String(repeating: "<b>é€</b>", count: 20_000) + "</a>"
    let (found, error) = events(text)
    #expect(error == nil)
    #expect(found.count == 60_002)
    #expect(found.filter { $0 == "é€" }.count == 20_000)
  }

  @Test func theHandlerCanStop() {
    var count = 0
    let error = readXMLEvents(Array("<a><b/><c/></a>".utf8), file: "x") { _ in
      count += 1
      return count < 2
    }
    #expect(error == nil)
    #expect(count == 2)
  }

  @Test func everyTruncationIsAnErrorAndEveryFlipAnAnswer() {
    let whole = Array("<?xml version='1.0'?><a xmlns='u'><b c='d&#65;'>t<![CDATA[u]]></b><!--e--><?f g?></a>".utf8)
    #expect(events(whole).error == nil)
    for count in 0..<whole.count { #expect(events(Array(whole.prefix(count))).error != nil, "\(count)") }
    for bit in 0..<whole.count * 8 {
      var copy = whole
      copy[bit / 8] ^= 1 << (bit % 8)
      _ = events(copy)
    }
  }

  @Test func recordsAreHandedOverWhole() {
    let document = Array("<r v='1'><p n='a'> one <q/></p><s/>rest</r>".utf8)
    var nodes: [XMLNode] = []
    let (root, error) = readXMLRecords(document, file: "x", root: "r") { nodes.append($0) }
    #expect(error == nil)
    #expect(root?.attributes == ["v": "1"])
    #expect(nodes.map(\.name) == ["p", "s"])
    #expect(nodes.first?.text == "one")
    #expect(nodes.first?.child("q") != nil)
    var limits = XMLLimits()
    limits.recordElementCount = 1
    #expect(readXMLRecords(document, file: "x", root: "r", limits: limits) { _ in }.error?.found == "more")
    #expect(readXMLRecords(document, file: "x", root: "other") { _ in }.error?.found == "r")
  }
}
