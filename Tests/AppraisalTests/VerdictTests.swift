import Appraisal
import Testing

@Suite struct VerdictTests {
  @Test(
    arguments: [
      ([], .inconclusive), ([.trusted], .trusted), ([.trusted, .trusted], .trusted),
      ([.trusted, .inconclusive], .inconclusive), ([.inconclusive], .inconclusive),
      ([.inconclusive, .untrusted], .untrusted), ([.trusted, .untrusted, .trusted], .untrusted),
    ] as [([Verdict], Verdict)])
  func theWorstPartDecidesAndNoPartAtAllProvesNothing(parts: [Verdict], whole: Verdict) {
    #expect(Verdict.worst(of: parts) == whole)
    #expect(Verdict.worst(of: parts.reversed()) == whole)
  }

  @Test func theWorseSeverityComesFirst() {
    #expect([Severity.info, .warning, .critical, .notice].sorted() == [.critical, .warning, .notice, .info])
  }
}
