import Foundation
import TestSupport
import Testing

private let capture = projectRoot.appendingPathComponent("samples/clean/capture").path

/// `inquest inspect` as a person and as a program read it.
@Suite struct InspectCommandTests {
  private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    try Tool.run(projectRoot.appendingPathComponent(".build/debug/inquest").path, ["inspect"] + arguments)
  }

  private func content(_ path: String) throws -> [String: Any] {
    let output = try run("--format", "json", path).output
    let document = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    return try #require(document?["content"] as? [String: Any])
  }

  @Test func anEventLogBeginsWithWhatAPersonWantsToKnow() throws {
    let log = capture + "/binary_bios_measurements"
    let text = try run(log).output
    let head = try #require(text.range(of: "  overview:\n"))
    let events = try #require(text.range(of: "  events:\n"))
    #expect(head.lowerBound < events.lowerBound)
    for line in [
      "    format:          crypto-agile, Spec ID Event03 2.0 errata 0\n", "    banks:           sha1, sha256\n",
      "    events:          52\n", "    registers:       PCR 0 (4), PCR 1 (5), ", "    firmwareVersion: empty\n",
      "    secureBoot:      on, as record 3 says\n", "File(\\EFI\\BOOT\\grubx64.efi)\n",
      "      [0] /boot/vmlinuz-6.1.0-56-amd64 root=/dev/vda2 ", "    problems:        none\n",
    ] {
      #expect(text[head.lowerBound..<events.lowerBound].contains(line), "\(line)")
    }
    #expect(text.contains("      text:        no text\n      encoding:    UTF-16LE\n"))
    let overview = try #require(try content(log)["overview"] as? [String: Any])
    #expect(overview["events"] as? Int == 52 && (overview["loaders"] as? [String])?.count == 2)
    #expect((overview["kernel"] as? [String])?.isEmpty == false)
    // The layout of another tool has no place for it.
    #expect(try !run("--format", "yaml", log).output.contains("overview"))
    let scratch = try ScratchCase("cut")
    try scratch.write(Array(try Data(contentsOf: URL(fileURLWithPath: log)).dropLast(10)), to: "cut")
    let cut = try run(scratch.path + "/cut")
    #expect(cut.status == 65 && cut.output.contains("    problems:        1, the first: "))
  }

  /// No type of firmware is made up for a record that is none of firmware.
  @Test func aRecordOfUserSpaceHasItsKindInTheLayoutOfAnotherTool() throws {
    let scratch = try ScratchCase("systemd")
    let digest = String(repeating: "0", count: 64)
    let record =
      "{\"pcr\":11,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"\(digest)\"}],\"content_type\":\"systemd\","
      + "\"content\":{\"string\":\"enter-initrd\",\"eventType\":\"phase\"}}"
    try scratch.write("\u{1e}" + record + "\n", to: "tpm2-measure.log")
    let output = try run("--format", "yaml", scratch.path + "/tpm2-measure.log").output
    #expect(output.contains("  EventType: \"systemd phase\"\n"))
    #expect(output.contains("  Event:\n    String: \"enter-initrd\"\n"))
    #expect(!output.contains("0xffffffff"))
  }

  @Test func longBytesAreCutForAPersonOnly() throws {
    let log = capture + "/binary_bios_measurements"
    let text = try run(log).output
    #expect(text.contains("… (") && text.contains(" bytes)\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 1000 })
    for format in ["json", "xml"] { #expect(try !run("--format", format, log).output.contains("…")) }
  }

  @Test func registersWithoutALogSayWhatTheyAreFor() throws {
    let scratch = try ScratchCase("registers")
    let zero = String(repeating: "0", count: 40)
    let ones = String(repeating: "f", count: 40)
    try scratch.write(
      "sha1:\n  0: 0x\(ones)\n  11: 0x\(zero)\n  12: 0x\(ones)\n  16: 0x\(zero)\n  17: 0x\(ones)\n  23: 0x\(zero)\n"
        + "sha256:\n  17: 0x\(String(repeating: "0", count: 64))\n",
      to: "pcrs.txt")
    let text = try run(scratch.path + "/pcrs.txt")
    #expect(text.status == 0)
    for line in [
      "    11: parts of a unified kernel image and phases of the start, extended by user space: not extended\n",
      "    12: options and credentials given to the kernel, some extended by user space: no sign of tampering by itself\n",
      "    16: for debugging: every program may reset and extend it, so nothing follows from its value\n",
      "    17: sha1: DRTM: no dynamic launch since the last reset of the TPM; sha256: DRTM: set to zero, as a dynamic ",
      "    23: for applications: every program may reset and extend it, ",
    ] {
      #expect(text.output.contains(line), "\(line)")
    }
    let told = try #require(try content(scratch.path + "/pcrs.txt")["registersWithoutLog"] as? [String: String])
    #expect(told.keys.sorted() == ["11", "12", "16", "17", "23"])
    // A quote has no values, and a PCR file has.
    for (file, register) in [("quote-rsa-sha256.attest", "10"), ("quote-rsa-sha256.pcrs", "10")] {
      let told = try content(capture + "/" + file)["registersWithoutLog"] as? [String: String]
      #expect(told?[register]?.hasPrefix("the kernel's own, for its measurement list (IMA)") == true, "\(file)")
    }
  }

  /// A SHA-1 log of one event, "menu".
  private static func menu(register: UInt8) -> [UInt8] {
    let digest: [UInt8] = [
      0x25, 0x2a, 0x25, 0x66, 0x7d, 0xc7, 0xc6, 0x5f, 0xe0, 0xe9, 0xbf, 0x62, 0xd4, 0x74, 0xbb, 0xab, 0x9b, 0xab, 0x40,
      0x68,
    ]
    return [register, 0, 0, 0, 13, 0, 0, 0] + digest + [4, 0, 0, 0] + Array("menu".utf8)
  }

  /// A register after it, by hand: SHA-1 of 20 zeros and that digest.
  private static let extendedMenu = "51915c7a8bae0a6828bd32212fd1fee4a4d527d6"

  @Test func aTableOfRegistersInJSONIsReadHereAndByReplay() throws {
    let scratch = try ScratchCase("table")
    try scratch.write(Self.menu(register: 12), to: "log")
    let value = Self.extendedMenu
    try scratch.write("{\"sha1\": {\"PCR-12\": \"0x\(value)\"}}", to: "pcrs.json")
    let shown = try content(scratch.path + "/pcrs.json")
    #expect((shown["sha1"] as? [String: String])?["12"] == value)
    let compared = try program("replay", scratch.path + "/log", "--against", scratch.path + "/pcrs.json")
    #expect(compared.status == 0 && compared.output.contains("# sha1 PCR 12: complete, 1 of 1 records\n"))
    try scratch.write("{\"sha1\": {\"12\": \"\(value)\", \"13\": \"00\"}}", to: "half.json")
    let half = try run(scratch.path + "/half.json")
    #expect(half.status == 65 && half.output.contains(": pcr-listing\n"))
    #expect(
      half.output.contains(
        "half.json at 0x42: JSON sha1 PCR 13: expected 20 bytes in hexadecimal digits or Base64, found '00'\n"))
    #expect(try program("replay", scratch.path + "/log", "--against", scratch.path + "/half.json").status == 65)
  }

  /// What replay prints of a guest's log can be kept, and a log held against it.
  @Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
  func registersOfAGuestAreReadAsReplayPrintsThem() throws {
    let log = Corpus.url("eventlog/google__go-eventlog/testdata/eventlogs/ccel/cos-113-intel-tdx.bin").path
    let printed = try program("replay", log)
    let scratch = try ScratchCase("guest")
    try scratch.write(printed.output, to: "registers")
    let same = try program("replay", log, "--against", scratch.path + "/registers")
    #expect(same.status == 0 && same.output.contains("# sha384 RTMR 0,1,2: complete"))
    let other = try #require(printed.output.split(separator: "\n").first { $0.contains("RTMR1") })
    let zeros = "    RTMR1: 0x" + String(repeating: "0", count: 96)
    try scratch.write(printed.output.replacing(other, with: zeros), to: "registers")
    let differing = try program("replay", log, "--against", scratch.path + "/registers")
    #expect(differing.status == 1 && differing.output.contains("# sha384 RTMR 1: mismatch"))
  }

  /// A log that lacks every event of a register that is away from its reset value is not complete.
  @Test func aRegisterWithoutItsEventsIsNoAgreement() throws {
    let scratch = try ScratchCase("missing")
    try scratch.write(Self.menu(register: 4), to: "log")
    let value = Self.extendedMenu
    let reset = String(repeating: "0", count: 40)
    try scratch.write("{\"sha1\": {\"4\": \"\(value)\", \"7\": \"\(reset)\"}}", to: "whole.json")
    #expect(try program("replay", scratch.path + "/log", "--against", scratch.path + "/whole.json").status == 0)
    try scratch.write("{\"sha1\": {\"4\": \"\(value)\", \"7\": \"\(value)\"}}", to: "more.json")
    let lacking = try program("replay", scratch.path + "/log", "--against", scratch.path + "/more.json")
    #expect(lacking.status == 1)
    #expect(
      lacking.output.contains(
        "# sha1 PCR 7: not in this log; it is away from its reset value, so an event is missing\n"))
  }

  private func program(_ arguments: String...) throws -> (status: Int32, output: String) {
    try Tool.run(projectRoot.appendingPathComponent(".build/debug/inquest").path, arguments)
  }

  private let tag = """
    <?xml version="1.0" encoding="UTF-8"?>
    <SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" name="Board" version="1.2" tagId="t-1"
        tagVersion="3">
      <Entity name="Maker" regid="maker.example" role="softwareCreator tagCreator"/>
      <Meta bindingSpec="PC Client RIM" platformManufacturerStr="Maker" platformModel="M1" firmwareVersion="7"/>
      <Payload>
        <Directory name="rim"><File name="a.rimel" size="4"
          xmlns:S="http://www.w3.org/2001/04/xmlenc#sha256" S:hash="\(String(repeating: "ab", count: 32))"/></Directory>
      </Payload>
    </SoftwareIdentity>

    """

  @Test func aSoftwareTagIsToldAndNothingOfItIsVerified() throws {
    let scratch = try ScratchCase("tag")
    try scratch.write(tag, to: "board.swidtag")
    let text = try run(scratch.path + "/board.swidtag")
    #expect(text.status == 0 && text.output.contains("board.swidtag: swid-tag\n"))
    let shown = try content(scratch.path + "/board.swidtag")
    #expect(shown["name"] as? String == "Board" && shown["version"] as? String == "1.2")
    #expect(shown["platformModel"] as? String == "M1" && shown["signature"] as? String == "none")
    let entity = try #require((shown["entities"] as? [[String: Any]])?.first)
    #expect(entity["name"] as? String == "Maker" && entity["roles"] as? [String] == ["softwareCreator", "tagCreator"])
    let file = try #require((shown["payload"] as? [[String: Any]])?.first)
    #expect(file["path"] as? String == "rim/a.rimel" && file["size"] as? Int == 4)
    #expect((file["digests"] as? [String: String])?["sha256"] == String(repeating: "ab", count: 32))
    // A signature is said to be there, never to hold.
    try scratch.write(
      tag.replacingOccurrences(
        of: "</SoftwareIdentity>",
        with:
          "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><KeyInfo><KeyName>k</KeyName></KeyInfo></Signature></SoftwareIdentity>"
      ),
      to: "signed.swidtag")
    let signed = try content(scratch.path + "/signed.swidtag")
    #expect((signed["signature"] as? String)?.hasPrefix("in the tag, not verified here") == true)
    #expect(signed["signatureKeyName"] as? String == "k")
    // What comes before a fault is shown, and the fault with its place.
    let middle = try #require(tag.range(of: "size=\"4\""))
    try scratch.write(String(tag[..<middle.lowerBound]), to: "cut.swidtag")
    let cut = try run(scratch.path + "/cut.swidtag")
    #expect(cut.status == 65 && cut.output.contains("Maker") && cut.output.contains("problem: "))
    #expect(cut.output.contains("cut.swidtag at 0x"))
    try scratch.write("<!DOCTYPE x>" + tag.dropFirst(39), to: "doctype.swidtag")
    let refused = try run(scratch.path + "/doctype.swidtag")
    #expect(refused.status == 65 && refused.output.contains("refused: an XML document with a DOCTYPE"))
  }
}
