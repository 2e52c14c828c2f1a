import SampleEvidence
import Testing

@testable import Examination

@Suite struct BootPausesTests {
  private func entry(
    _ file: String, restarts: UInt32 = 0, clock: UInt64, time: Int64? = nil, isSafe: Bool = true
  ) throws -> BootPauses.Entry {
    var quote = MadeQuote(file)
    quote.restartCount = restarts
    quote.clock = clock
    quote.isSafe = isSafe
    let statement = VerifiedCapture.Statement(
      quote: try quote.verified(), hasRoleOfQuote: true, expectedNonces: [], archivedNonces: [])
    let capture = VerifiedCapture(
      capture: DiscoveredCapture(folder: file), quotes: [statement], collectedAt: nil, time: time)
    return (statement, capture)
  }

  private func events(_ entries: BootPauses.Entry...) -> [String] {
    let pauses = BootPauses(entries)
    return entries.indices.flatMap {
      pauses.events(before: $0, host: "h", boot: "b").map { "\($0.kind): \($0.message)" }
    }
  }

  @Test func aRestartWithinOneResetIsAResume() throws {
    let found = events(try entry("a", clock: 1000), try entry("b", restarts: 1, clock: 2000))
    #expect(
      found == [
        "resume: The machine was suspended and resumed once between a and b: the restart count rose from 0 to 1, the reset count did not."
      ])
    #expect(events(try entry("a", clock: 1000), try entry("b", clock: 2000)).isEmpty)
  }

  @Test func aClockThatStoodStillOrIsNotSafeIsTold() throws {
    let still = events(try entry("a", clock: 1000, time: 0), try entry("b", clock: 61_000, time: 7200))
    #expect(still.count == 1)
    #expect(
      still.first?.hasPrefix("clock-gap: The TPM's clock advanced 60 seconds between a and b, while 7200 ") == true)
    #expect(events(try entry("a", clock: 1000, time: 0), try entry("b", clock: 61_000, time: 300)).isEmpty)
    #expect(events(try entry("a", clock: 1000, time: .min), try entry("b", clock: 61_000, time: .max)).isEmpty)
    let unsafe = events(try entry("a", clock: 1000), try entry("b", clock: 2000, isSafe: false))
    #expect(unsafe.first?.contains("is not safe") == true)
  }
}
