import Appraisal
import Foundation
import TestSupport
import Testing

@testable import Examination

@Suite struct HostTimelineTests {
  @Test func aResetStandsBetweenTwoBootsOfOneHost() throws {
    let result = try examine(request(samples.appendingPathComponent("web-01"), anchors: [labRoot]))
    let resets = result.timeline.filter { $0.kind == "reset" }
    #expect(resets.count == 1)
    let reset = try #require(resets.first)
    #expect(reset.message.hasPrefix("The TPM was reset once between "))
    // It stands before everything of the later boot.
    let place = try #require(result.timeline.firstIndex { $0.kind == "reset" })
    #expect(result.timeline.firstIndex { $0.boot == reset.boot } == place)
    #expect(!result.timeline.contains { ["resume", "clock-gap", "kernel"].contains($0.kind) })
  }

  @Test func capturesOfABootStandInTheOrderOfTheirQuotes() throws {
    let scratch = try ScratchCase()
    let boot = samples.appendingPathComponent("web-01/boot1")
    try scratch.copy(samples.appendingPathComponent("web-01/keys"), to: "keys")
    for (source, name) in [("q0", "z"), ("q1", "y"), ("q2", "x")] {
      try scratch.copy(boot.appendingPathComponent(source), to: name)
    }
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    #expect(result.hosts.first?.boots.first?.captures.map(\.name) == ["z", "y", "x"])
  }
}
