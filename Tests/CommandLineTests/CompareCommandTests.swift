import Foundation
import TestSupport
import Testing

private let samples = projectRoot.appendingPathComponent("samples")
private let log = samples.appendingPathComponent("clean/capture/binary_bios_measurements").path

@Suite struct CompareCommandTests {
  private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    try Tool.run(projectRoot.appendingPathComponent(".build/debug/inquest").path, ["compare"] + arguments)
  }

  /// The samples are of two boots of one machine.
  @Test func twoBootsThatDifferInLoadAddressesOnlyEndWith0() throws {
    let other = samples.appendingPathComponent("edited-list/q1/binary_bios_measurements").path
    let usual = try run(other, log)
    #expect(usual.status == 0)
    #expect(usual.output.contains("no difference in 52 events\n"))
    #expect(
      usual.output.contains("2 differences that change on every boot left out: load addresses 2; --all shows them\n"))
    let all = try run(other, log, "--all")
    #expect(all.status == 1)
    #expect(all.output.contains("        load address: 0x7ce07018 -> 0x7ce27018\n"))
    #expect(all.output.contains("  Boot loaders:\n    ~ record 23 at 0x2bcd, PCR 4: EV_EFI_BOOT_SERVICES_APPLICATION "))
    #expect(try run(log, log, "--all").status == 0)
  }

  @Test func anEditedCommandLineIsSaidUnderItsStageInEveryFormat() throws {
    let scratch = try ScratchCase("edited")
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: log)))
    let place = try #require(bytes.lastRange(of: Array("ima_policy=tcb".utf8)))
    bytes.replaceSubrange(place, with: Array("ima_policy=off".utf8))
    try scratch.write(bytes, to: "edited")
    let text = try run(log, scratch.path + "/edited")
    #expect(text.status == 1)
    #expect(
      text.output.contains("  Kernel command line:\n    ~ record 47 at 0x3b8a, PCR 8: EV_IPL kernel command line "))
    #expect(text.output.contains("        kernel command line: ima_policy=tcb -> ima_policy=off\n"))
    #expect(text.output.contains("in the second log a digest is not that of the data\n"))
    #expect(text.output.contains("PCR values that the logs give: the same\n"))
    let json = try run(log, scratch.path + "/edited", "--format", "json")
    let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let content = try #require(document["content"] as? [String: Any])
    let pair = try #require((content["pairs"] as? [[String: Any]])?.first)
    let difference = try #require((pair["differences"] as? [[String: Any]])?.first)
    #expect(json.status == 1 && content["isDifferent"] as? Bool == true)
    #expect(difference["stage"] as? String == "kernel-command-line" && difference["pcr"] as? Int == 8)
    let field = try #require((difference["fields"] as? [[String: Any]])?.first)
    #expect(field["old"] as? String == "ima_policy=tcb" && field["new"] as? String == "ima_policy=off")
    #expect(try run(log, scratch.path + "/edited", "--format", "yaml").output.contains("new: \"ima_policy=off\""))
    let xml = try run(log, scratch.path + "/edited", "--format", "xml")
    #expect(xml.output.contains("ima_policy=off") && xml.output.hasPrefix("<?xml"))
  }

  @Test func capturesAreComparedFileByFile() throws {
    let edited = samples.appendingPathComponent("edited-list")
    let result = try run(edited.appendingPathComponent("q1").path, samples.appendingPathComponent("clean/capture").path)
    #expect(result.status == 1)
    #expect(
      result.output.contains("event log: binary_bios_measurements -> binary_bios_measurements\n  no difference in"))
    #expect(result.output.contains("measurement list: binary_runtime_measurements -> binary_runtime_measurements\n"))
    #expect(result.output.contains("    file digest: sha256:"))
    #expect(result.output.contains("quote: quote-rsa-sha256.attest -> quote-rsa-sha256.attest\n  ~ sha256 PCR 10: "))
    #expect(result.output.contains("of every quote its own: reset count: 3 -> 4, clock: "))
    // A folder without a log against one with a log.
    let scratch = try ScratchCase("half")
    try scratch.copy(
      samples.appendingPathComponent("clean/capture/quote-rsa-sha256.attest"), to: "quote-rsa-sha256.attest")
    let half = try run(scratch.path, samples.appendingPathComponent("clean/capture").path)
    #expect(half.status == 1 && half.output.contains("+ event log: binary_bios_measurements\n"))
  }

  @Test func aCutLogIs65AndComparedAllTheSame() throws {
    let scratch = try ScratchCase("cut")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: log)))
    try scratch.write(Array(bytes.dropLast(10)), to: "cut")
    let result = try run(log, scratch.path + "/cut")
    #expect(result.status == 65)
    #expect(result.output.contains("52 events -> 51 events: 1 gone\n") && result.output.contains("problem: cut at 0x"))
  }

  @Test func whatCannotBeComparedEndsWithItsOwnStatus() throws {
    let scratch = try ScratchCase("none")
    try scratch.write("no evidence\n", to: "note.txt")
    #expect(try run(log, scratch.path + "/note.txt").status == 65)
    #expect(try run(log, samples.appendingPathComponent("clean/capture/binary_runtime_measurements").path).status == 65)
    #expect(try run(log, scratch.path + "/absent").status == 66)
    #expect(try run(log).status == 64)
    #expect(try run("-", "-").status == 64)
  }
}

extension [UInt8] {
  fileprivate func lastRange(of part: [UInt8]) -> Range<Int>? {
    (0...Swift.max(0, count - part.count)).last { self[$0...].starts(with: part) }.map { $0..<$0 + part.count }
  }
}
