import Appraisal
import Foundation
import TestSupport
import Testing

@Suite struct FindingCatalogueTests {
  /// The table of the contract, section 4, for the codes that exist, and the ones that were added in its style.
  private static let promised: [String: (Severity, Effect)] = [
    "quote.malformed": (.critical, .untrusted), "quote.not-from-tpm": (.critical, .untrusted),
    "quote.not-a-quote": (.critical, .untrusted), "quote.signature-invalid": (.critical, .untrusted),
    "quote.nonce-mismatch": (.critical, .untrusted), "quote.nonce-unknown": (.notice, .none),
    "quote.nonce-reused": (.critical, .untrusted), "quote.pcr-digest-mismatch": (.critical, .untrusted),
    "quote.pcr-selection-mismatch": (.critical, .untrusted), "quote.weak-algorithm": (.warning, .none),
    "key.missing": (.notice, .inconclusive), "key.unanchored": (.notice, .inconclusive),
    "key.untrusted": (.critical, .untrusted), "key.name-mismatch": (.critical, .untrusted),
    "key.not-restricted": (.critical, .untrusted), "key.expired-at-capture": (.warning, .inconclusive),
    "log.malformed": (.critical, .untrusted), "log.truncated": (.warning, .none),
    "log.trailing-data": (.notice, .none), "log.replay-mismatch": (.critical, .untrusted),
    "log.unquoted-records": (.notice, .none), "log.missing": (.notice, .inconclusive),
    "event.digest-mismatch": (.critical, .untrusted), "event.known-deviation": (.notice, .none),
    "boot.changed": (.warning, .inconclusive), "event.revoked-image": (.critical, .untrusted),
    "ima.template-hash-mismatch": (.critical, .untrusted), "ima.boot-aggregate-mismatch": (.critical, .untrusted),
    "ima.violation": (.warning, .none), "timeline.diverged": (.critical, .untrusted),
    "timeline.clock-went-back": (.critical, .untrusted), "timeline.reset-count-went-back": (.critical, .untrusted),
    "input.unrecognised": (.notice, .none), "input.unreadable": (.warning, .none),
    "input.refused": (.critical, .untrusted),
    "measurement.unknown": (.critical, .untrusted), "measurement.changed": (.critical, .untrusted),
    "measurement.superseded": (.warning, .none), "measurement.name-mismatch": (.notice, .none),
    "reference.unsigned": (.warning, .none), "reference.weak-digest": (.warning, .none),
    "reference.signature-invalid": (.critical, .untrusted),
    "reference.conflict": (.warning, .none),
    "reference.expired-key": (.warning, .none),
    "ima.signature-invalid": (.critical, .untrusted), "ima.signature-unknown-key": (.warning, .none),
    "container.compromised": (.critical, .untrusted), "container.departed": (.notice, .none),
    "container.device-reused": (.warning, .none),
  ]
  private static let added: [String: (Severity, Effect)] = [
    "boot.reference-missing": (.notice, .none), "boot.registers-known": (.notice, .none),
    "event.revoked-generation": (.warning, .inconclusive), "event.unknown-image": (.warning, .none),
    "event.superseded-image": (.warning, .none),
    "event.separator-missing": (.warning, .none),
    "event.separator-repeated": (.warning, .none),
    "event.separator-error": (.warning, .none),
    "event.separator-unexpected": (.warning, .none),
    "event.separator-relabelled": (.warning, .none),
    "event.after-separator": (.warning, .none),
    "event.foreign-register": (.warning, .inconclusive),
    "secureboot.state-undetermined": (.warning, .none), "secureboot.database-malformed": (.warning, .none),
    "secureboot.variable-missing": (.warning, .inconclusive),
    "boot.text-unexplained": (.warning, .inconclusive),
    "secureboot.audit-mode": (.warning, .none),
    "secureboot.debug-mode": (.warning, .none),
    "secureboot.dma-unprotected": (.warning, .none),
    "secureboot.dbx-missing": (.warning, .none),
    "secureboot.authority-unexpected": (.warning, .none),
    "boot.option-weakens": (.warning, .none),
    "secureboot.disabled": (.warning, .none),
    "secureboot.setup-mode": (.warning, .none),
    "event.exit-boot-services-failed": (.notice, .none), "secureboot.authority-revoked": (.critical, .untrusted),
    "quote.signature-missing": (.notice, .inconclusive), "quote.empty-selection": (.warning, .inconclusive),
    "quote.pcr-values-missing": (.notice, .inconclusive), "key.validity-undetermined": (.notice, .inconclusive),
    "log.copy-differs": (.notice, .none), "log.not-quoted": (.notice, .inconclusive),
    "log.trust-point": (.info, .none), "log.trust-point-mismatch": (.warning, .none),
    "log.unproven-records": (.warning, .inconclusive),
    "measurement.not-assessed": (.notice, .inconclusive), "input.missing": (.warning, .inconclusive),
    "description.invalid": (.warning, .none), "measurement.library-unresolved": (.warning, .none),
    "measurement.level-too-low": (.critical, .untrusted),
    "reference.signature-unsupported": (.notice, .inconclusive),
    "reference.key-missing": (.notice, .inconclusive),
    "reference.key-revoked": (.critical, .untrusted),
    "reference.signer-untrusted": (.notice, .inconclusive),
    "reference.chain-broken": (.critical, .untrusted),
    "reference.file-missing": (.notice, .inconclusive),
    "reference.not-listed": (.warning, .none),
    "reference.payload-differs": (.critical, .untrusted),
    "reference.duplicate": (.notice, .none),
    "reference.implausible-digest": (.warning, .none),
    "reference.ambiguous-digest": (.notice, .none),
    "reference.suspect-path": (.warning, .none),
    "reference.incomplete": (.notice, .none),
    "reference.not-covered": (.notice, .inconclusive),
    "reference.superseded": (.notice, .none),
    "reference.out-of-date": (.warning, .none),
    "reference.damaged": (.critical, .untrusted),
    "reference.unreadable": (.warning, .none),
    "reference.refused": (.critical, .untrusted),
    "reference.unrecognised": (.notice, .none),
    "ima.signature-unverifiable": (.notice, .none), "ima.kernel-boundary": (.notice, .none),
    "ima.head-missing": (.warning, .inconclusive), "container.unattributed": (.notice, .none),
  ]

  @Test(arguments: FindingCode.allCases)
  func severityAndEffectAreThoseOfTheContract(code: FindingCode) throws {
    let entry = try #require(Self.promised[code.rawValue] ?? Self.added[code.rawValue], "\(code) is in neither table")
    #expect(code.severity == entry.0)
    #expect(code.effect == entry.1)
  }

  @Test func whatIsProvenBadAndNothingElseIsUntrusted() {
    for code in FindingCode.allCases {
      #expect((code.severity == .critical) == (code.effect == .untrusted), "\(code)")
    }
  }

  @Test(arguments: FindingCode.allCases)
  func everyCodeHasThreePartsOfWholeSentences(code: FindingCode) {
    for text in [code.meaning, code.causes, code.nextSteps] {
      #expect(text.count >= 15, "\(text)")
      #expect(text.first?.isUppercase == true, "\(text)")
      #expect(text.hasSuffix("."), "\(text)")
    }
  }

  /// Entries that fall through to a `default` would show here.
  @Test func noTwoCodesShareAMeaning() {
    let meanings = Dictionary(grouping: FindingCode.allCases, by: \.meaning).filter { $0.value.count > 1 }
    #expect(meanings.isEmpty)
  }

  @Test func everyCodeHasItsPageInTheDocumentsAndNoOtherHas() throws {
    let text = try String(contentsOf: projectRoot.appendingPathComponent("docs/findings.md"), encoding: .utf8)
    let pages = text.components(separatedBy: "\n## `").dropFirst().map { $0.components(separatedBy: "`")[0] }
    #expect(pages.sorted() == FindingCode.allCases.map(\.rawValue).sorted())
    for code in FindingCode.allCases {
      #expect(text.contains("*\(code.severity), effect on the verdict: \(code.effect)*\n\n\(code.meaning)"), "\(code)")
    }
  }

  @Test func aFindingTakesSeverityAndEffectFromItsCodeUnlessTold() {
    let plain = Finding(.logReplayMismatch, message: "")
    #expect(plain.severity == .critical)
    #expect(plain.effect == .untrusted)
    let softened = Finding(.logReplayMismatch, severity: .notice, effect: Effect.none, message: "")
    #expect(softened.severity == .notice)
    #expect(softened.effect == .none)
  }
}
