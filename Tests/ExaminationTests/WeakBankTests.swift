import Appraisal
import Digests
import SampleEvidence
import TestSupport
import Testing

/// Registers that the stronger bank leaves out are as weak as if it were not quoted.
@Test(.enabled(if: Tool.isInstalled("openssl"), "openssl is absent"), arguments: [true, false])
func aRegisterThatOnlyTheWeakBankCoversIsNamed(isInBoth: Bool) throws {
  var values = RegisterValues()
  values[.sha1, 4] = [UInt8](repeating: 1, count: 20)
  values[.sha256, 7] = [UInt8](repeating: 2, count: 32)
  if isInBoth { values[.sha256, 4] = [UInt8](repeating: 3, count: 32) }
  let host = try SignedHost()
  try host.addQuote("c/q", values)
  let found = try host.examined().findings.filter { $0.code == .quoteWeakAlgorithm }
  #expect(
    found.map(\.message)
      == (isInBoth ? [] : ["The quote rests on weak algorithms: PCR 4 is quoted in the SHA-1 bank alone."]))
}
