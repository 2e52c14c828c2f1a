import Appraisal
import Testing

@testable import inquest

/// What a person reads on the terminal first.
@Suite struct SummaryTests {
  typealias Owner = AttestationResult.Owner

  private func result(owners: [Owner], conclusion: String? = nil) -> AttestationResult {
    let explanation = AttestationResult.ListExplanation(
      file: "b/ima.bin", quotes: ["b/quote.bin"], interval: 640..<641, intervalReason: "", conclusion: conclusion,
      hypotheses: [])
    let boot = AttestationResult.Boot(
      label: "reset 3", resetCount: 3, verdict: .untrusted, verdictNow: .trusted, owners: owners,
      explanations: [explanation])
    return AttestationResult(
      caseName: "case", toolVersion: "0", verdict: .untrusted, verdictNow: .trusted,
      hosts: [.init(name: "web-01", verdict: .untrusted, verdictNow: .trusted, boots: [boot])])
  }

  private func container(_ name: String?, bad: Int, verdict: Verdict = .untrusted) -> Owner {
    Owner(
      kind: .container, identifier: "id-\(bad)", name: name, verdict: verdict, verdictNow: .trusted, records: 9,
      badRecordCount: bad)
  }

  @Test func aHostThatIsOtherNowSaysSo() {
    #expect(summary(result(owners: [])).contains("\nhost web-01: untrusted, now trusted (1 boot, 0 quotes)"))
  }

  @Test func theWorstContainerIsNamed() {
    let host = Owner(kind: .host, identifier: "host", verdict: .untrusted, verdictNow: .untrusted, records: 1)
    let owners = [host, container("db", bad: 1), container("web", bad: 3), container("ok", bad: 9, verdict: .trusted)]
    #expect(
      summary(result(owners: owners)).contains(
        "\n  boot reset 3, container web (id-3): untrusted, now trusted, 3 bad records; 1 more untrusted\n"))
    #expect(summary(result(owners: [container(nil, bad: 1)])).contains("container id-1: untrusted, now trusted, 1 bad"))
    #expect(!summary(result(owners: [host])).contains("bad record"))
  }

  @Test func whatWasDoneToAListIsOneLine() {
    let text = summary(result(owners: [], conclusion: "Record 640 was removed."))
    #expect(text.contains("\n  boot reset 3, b/ima.bin: Record 640 was removed.\n"))
  }
}
