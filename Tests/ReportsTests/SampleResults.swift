import Appraisal
import Digests

/// Results made by hand that hold at least one of everything a report can show.
enum SampleResult {
  typealias Quote = AttestationResult.Quote
  typealias Log = AttestationResult.Log
  typealias Match = AttestationResult.Match
  typealias Check = AttestationResult.Check
  typealias Boot = AttestationResult.Boot
  typealias Capture = AttestationResult.Capture
  typealias Register = AttestationResult.Register

  /// Text that tries to become markup, to end a line, and to turn the direction of what follows.
  static let hostile = "evil\"'<script>alert(1)</script>&amp;\n]]>\u{202e}gpj.\u{0}\u{1b}[31m\u{ffff}é\\x0a"
  static let longPath = "captures/" + String(repeating: "a-very-long-folder-name/", count: 12) + "quote.bin"

  static var all: [(name: String, result: AttestationResult)] {
    [
      ("trusted", trusted), ("untrusted", untrusted), ("inconclusive", inconclusive), ("empty", empty),
      ("large", large), ("measured", measured), ("what-ran", whatRan), ("crowded", crowded),
      ("what-booted", whatBooted),
    ]
  }

  static let empty = AttestationResult(
    caseName: "empty", toolVersion: "0.1.0", verdict: .inconclusive, verdictNow: .inconclusive)

  static let trusted = AttestationResult(
    caseName: "web-01-monday", toolVersion: "0.1.0", verdict: .trusted, verdictNow: .trusted, level: .l4,
    reasons: [
      "Both quotes of the only boot are signed by a key that the given trust anchor vouches for, and every quoted register is explained by a log.",
      "Freshness is not proven: no nonce was given for the first quote.",
    ],
    parameters: [.init(name: "--trust-anchor", value: "tpm-vendor-root.pem (CN=Example TPM Root)")],
    claims: [.init(file: "inquest.yaml", subject: "collected-at of morning", value: "2026-05-04T08:00:00Z")],
    inputs: inputs(6),
    hosts: [
      .init(
        name: "web-01", verdict: .trusted, verdictNow: .trusted, level: .l4,
        reasons: ["The only boot is trusted."],
        boots: [
          Boot(
            label: "reset 41", resetCount: 41, verdict: .trusted, level: .l4,
            reasons: ["Two quotes prove the event log whole and 1,204 of 1,204 IMA records."],
            captures: [
              Capture(
                name: "morning", collectedAt: "2026-05-04T08:00:00Z",
                quotes: [quote("morning/quote.bin", clock: 90_061_001)],
                logs: [
                  Log(
                    file: "morning/ima.bin", kind: .imaList, format: "binary, little-endian, templates ima-ng",
                    records: 921,
                    prefixOf: "evening/ima.bin", provenRecords: 921,
                    matches: [match("morning/quote.bin", [10], 921, .complete)])
                ]),
              Capture(
                name: "evening", collectedAt: "2026-05-04T20:00:00Z",
                quotes: [quote("evening/quote.bin", clock: 133_261_001)],
                logs: [
                  Log(
                    file: "evening/eventlog.bin", kind: .eventLog, format: "crypto-agile, banks sha1 sha256",
                    records: 78,
                    provenRecords: 78,
                    matches: [
                      match("morning/quote.bin", Array(0...7), 78, .complete),
                      match("evening/quote.bin", Array(0...7), 78, .complete),
                    ]),
                  Log(
                    file: "evening/ima.bin", kind: .imaList, format: "binary, little-endian, templates ima-ng",
                    records: 1204, provenRecords: 1204,
                    matches: [
                      match("morning/quote.bin", [10], 921, .prefix), match("evening/quote.bin", [10], 1204, .complete),
                    ],
                    bootAggregate: "SHA-256 over PCR 0 to 9, as kernels since 5.8 make it",
                    brackets: [
                      .init(records: 0..<921, after: nil, before: "morning/quote.bin"),
                      .init(records: 921..<1204, after: "morning/quote.bin", before: "evening/quote.bin"),
                    ]),
                ]),
            ],
            registers: registers("evening/quote.bin", "evening/ima.bin"))
        ])
    ],
    measurements: .init(byStatus: [("known", 1190), ("superseded", 2)], notVerified: 12),
    findings: [
      Finding(
        .quoteNonceUnknown, severity: .notice, effect: Effect.none, host: "web-01", boot: "reset 41",
        capture: "morning",
        file: "morning/quote.bin", message: "No nonce was given, so an older quote could stand here.")
    ],
    timeline: timeline("web-01", "reset 41"),
    limits: ["A quote says nothing about memory after a file was measured.", "The collector's clock is not proven."])

  static let inconclusive = AttestationResult(
    caseName: "lab", toolVersion: "0.1.0", verdict: .inconclusive, verdictNow: .inconclusive,
    reasons: ["The signatures hold, but nobody vouches for the key: no trust anchor and no pinned key was given."],
    inputs: inputs(2),
    hosts: [
      .init(
        name: "lab-7", verdict: .inconclusive, verdictNow: .inconclusive,
        reasons: ["The key is not anchored."],
        boots: [
          Boot(
            label: "reset 2", resetCount: 2, verdict: .inconclusive, reasons: ["The key is not anchored."],
            captures: [
              Capture(
                name: ".", quotes: [quote("quote.bin", clock: 5_000, key: .undetermined)],
                logs: [
                  Log(
                    file: "ima.txt", kind: .imaList, format: "ASCII, templates ima-ng", records: 0,
                    matches: [
                      Match(
                        source: .quote("quote.bin"), bank: .sha256, registers: [10], outcome: .notQuoted,
                        note: "The list is empty.")
                    ])
                ])
            ]),
          Boot(
            label: "without quote", resetCount: nil, verdict: .inconclusive,
            reasons: ["No quote belongs to these logs."],
            captures: [Capture(name: "old")]),
        ])
    ],
    measurements: .init(byStatus: [("not-assessed", 0)]),
    findings: [
      Finding(
        .keyUnanchored, severity: .notice, effect: .inconclusive, host: "lab-7", boot: "reset 2", file: "ak.pub",
        message: "The key that signed is known, but nothing given from outside the case vouches for it.")
    ],
    limits: ["Who owns the key is not shown."])

  static let untrusted = AttestationResult(
    caseName: "incident " + hostile, toolVersion: "0.1.0", verdict: .untrusted, verdictNow: .inconclusive, level: .l1,
    reasons: [
      "On web-01, no prefix of the measurement list gives the register the TPM signed: records were changed or removed after they were measured.",
      "The signature of \(longPath) does not verify with any key of the case. " + hostile,
    ],
    parameters: [
      .init(name: "--nonce", value: "c0ffee"), .init(name: "--key", value: "ak.pem, SHA-256 " + hex(32, 7)),
      .init(name: "--policy", value: hostile),
    ],
    claims: [
      .init(file: "inquest.yaml", subject: "name of host", value: "web-01"),
      .init(file: hostile, subject: hostile, value: hostile),
    ],
    inputs: inputs(44) + [
      .init(path: hostile, size: 0, sha256: nil, kind: "unreadable"),
      .init(path: longPath, size: 145, sha256: hex(32, 3), kind: "tpm2-quote", duplicateOf: "boot1/q0/quote.bin"),
    ],
    hosts: [
      .init(
        name: "web-01", verdict: .untrusted, verdictNow: .inconclusive, level: .l1,
        reasons: ["Boot reset 3 is untrusted: the measurement list does not fit the quote."],
        boots: [compromisedBoot, laterBoot]),
      .init(
        name: "db-02 " + hostile, verdict: .inconclusive, verdictNow: .inconclusive,
        reasons: ["No quote was archived for this host."],
        boots: [
          Boot(
            label: "without quote", resetCount: nil, verdict: .inconclusive, reasons: ["Logs alone are never trusted."],
            captures: [
              Capture(
                name: "db-02",
                logs: [
                  Log(
                    file: "db-02/ascii_runtime_measurements", kind: .imaList, format: "ASCII, templates ima-sig",
                    records: 311,
                    matches: [
                      Match(
                        source: .against("db-02/pcrs.txt"), bank: .sha1, registers: [10], records: 300,
                        range: 300...302,
                        outcome: .prefix, note: "Compared with an unsigned register file.")
                    ])
                ], snapshots: [.init(file: "db-02/pcrs.txt", pcrs: values([.sha1], [0, 10]))])
            ])
        ]),
    ],
    measurements: .init(
      byStatus: [("known", 2210), ("superseded", 14), ("changed", 1), ("unknown", 3), ("not-assessed", 25)],
      notVerified: 118),
    findings: findings,
    timeline: timeline("web-01", "reset 3") + [
      .init(
        host: "web-01", boot: "reset 4", kind: "reset", message: "The machine was started again.",
        notBefore: "2026-05-05T10:00:00Z", notAfter: "2026-05-06T09:30:00Z")
    ],
    limits: [
      "What ran before the first measured record, and code that IMA's policy does not measure, leave no trace here.",
      "A quote proves what was measured, not that it was harmless.",
      "Records after the last quote are present but not proven.",
    ])

  /// 3,000 findings and inputs: more than a page may show.
  static let large = AttestationResult(
    caseName: "large", toolVersion: "0.1.0", verdict: .untrusted, verdictNow: .untrusted,
    reasons: ["Many files changed."],
    inputs: inputs(3000),
    findings: (0..<3000).map { index in
      Finding(
        index < 1500 ? .imaTemplateHashMismatch : .imaViolation, severity: index < 1500 ? .critical : .notice,
        effect: index < 1500 ? .untrusted : Effect.none, host: "web-01", boot: "reset 3", file: "ima.bin",
        offset: index * 90, record: index, message: "Finding number \(index).")
    })

  private static let compromisedBoot = Boot(
    label: "reset 3", resetCount: 3, verdict: .untrusted, level: .l1,
    reasons: [
      "Quote boot1/q2/quote.bin and the longest list of this boot contradict each other in register 10.",
      "Three files that ran are not in the reference values.",
    ],
    captures: [
      Capture(
        name: "boot1/q0", collectedAt: "2026-05-05T08:00:00Z",
        quotes: [quote("boot1/q0/quote.bin", resetCount: 3, clock: 60_000)],
        logs: [
          Log(
            file: "boot1/q0/ima.bin", kind: .imaList, format: "binary, little-endian, templates ima-ng", records: 521,
            prefixOf: "boot1/q2/ima.bin", provenRecords: 519,
            matches: [match("boot1/q0/quote.bin", [10], 519, .prefix)])
        ]),
      Capture(
        name: "boot1/q1", collectedAt: "2026-05-05T08:30:00Z",
        quotes: [
          quote("boot1/q1/quote.bin", resetCount: 3, clock: 1_860_000),
          quote("boot1/q1/quote-sha1.bin", resetCount: 3, clock: 1_861_000),
        ],
        logs: []),
      Capture(
        name: "boot1/q2", collectedAt: "2026-05-05T10:00:00Z",
        quotes: [
          quote("boot1/q2/quote.bin", resetCount: 3, clock: 7_260_000, signature: .passed, digest: .failed),
          quote(longPath, resetCount: 3, clock: 18_446_744_073_709_551_615, signature: .failed, key: .undetermined),
          Quote(
            file: "boot1/q2/" + hostile, kind: "malformed",
            checks: [
              Check(.signature, .notApplicable, "A malformed statement has no signature to check."),
              Check(
                .structure, .failed, "TPMS_ATTEST.extraData needs 4 bytes, 1 left", expected: "4 bytes",
                actual: "1 byte"),
            ]),
        ],
        logs: [
          Log(
            file: "boot1/q2/eventlog.bin", kind: .eventLog, format: "crypto-agile, banks sha1 sha256", records: 92,
            provenRecords: 92,
            matches: [
              match("boot1/q0/quote.bin", Array(0...9) + [14], 92, .complete),
              Match(
                source: .quote("boot1/q2/quote.bin"), bank: .sha1, registers: [], outcome: .notQuoted,
                note: "The selection holds SHA-256 registers only."),
            ]),
          Log(
            file: "boot1/q2/ima.bin", kind: .imaList, format: "binary, little-endian, templates ima-ng, ima-sig",
            records: 1932, provenRecords: 1288,
            matches: [
              match("boot1/q0/quote.bin", [10], 519, .prefix, range: 519...521),
              match("boot1/q1/quote.bin", [10], 1286, .prefix),
              match("boot1/q1/quote-sha1.bin", [10], 1288, .prefix, bank: .sha1),
              Match(
                source: .quote("boot1/q2/quote.bin"), bank: .sha256, registers: [10], mismatching: [10],
                outcome: .mismatch,
                note: "Tested and excluded: padded SHA-1, big-endian, a cut list, violations as zeros."),
              Match(
                source: .quote(longPath), bank: .sha256, registers: [10], outcome: .notQuoted,
                note: "The quote is not authentic."),
            ],
            bootAggregate: "SHA-1 over PCR 0 to 7, as kernels before 5.8 make it " + hostile,
            violations: [77, 1290],
            brackets: [
              .init(records: 0..<519, after: nil, before: "boot1/q0/quote.bin"),
              .init(records: 519..<1286, after: "boot1/q0/quote.bin", before: "boot1/q1/quote.bin"),
              .init(records: 1286..<1288, after: "boot1/q1/quote.bin", before: "boot1/q1/quote-sha1.bin"),
              .init(records: 1288..<1932, after: "boot1/q1/quote-sha1.bin", before: nil),
            ]),
          Log(
            file: "boot1/q2/ascii_runtime_measurements", kind: .imaList, format: "ASCII, templates ima-ng",
            records: 1932,
            copyOf: "boot1/q2/ima.bin"),
        ],
        snapshots: [.init(file: "boot1/q2/pcrs-after.txt", pcrs: values([.sha1, .sha256], [0, 7, 10]))]),
    ],
    registers: registers("boot1/q2/quote.bin", "boot1/q2/ima.bin") + [
      Register(
        bank: .sha256, index: 10, observed: hex(32, 1), calculated: hex(32, 2), state: .mismatch,
        quote: "boot1/q2/quote.bin", log: "boot1/q2/ima.bin"),
      Register(bank: .sha256, index: 14, observed: hex(32, 4), calculated: nil, state: .unexplained, quote: hostile),
      Register(
        bank: .sha256, index: 16, observed: hex(32, 0, fill: 0), calculated: nil, state: .atReset,
        quote: "boot1/q2/quote.bin"),
      Register(
        bank: .sha1, index: 10, observed: nil, calculated: hex(20, 5), state: .notQuoted, log: "boot1/q2/ima.bin"),
    ])

  private static let laterBoot = Boot(
    label: "reset 4", resetCount: 4, verdict: .inconclusive,
    reasons: ["The measurement list of this boot was not archived."],
    captures: [
      Capture(
        name: "boot2/q0", collectedAt: "2026-05-06T09:30:00Z",
        quotes: [quote("boot2/q0/quote.bin", resetCount: 4, clock: 90_000, key: .undetermined)])
    ])

  private static let findings: [Finding] =
    [
      Finding(
        .logReplayMismatch, severity: .critical, effect: .untrusted, host: "web-01", boot: "reset 3",
        capture: "boot1/q2",
        file: "boot1/q2/ima.bin", offset: 131_072, record: 1288, range: 1288...1931,
        message:
          "No prefix of the list gives PCR 10 (sha256) as quoted. Records 0 to 1287 are proven by an earlier quote; the first altered or missing record is at or after 1288.",
        expected: hex(32, 1), actual: hex(32, 2)),
      Finding(
        .quoteSignatureInvalid, severity: .critical, effect: .untrusted, host: "web-01", boot: "reset 3",
        file: longPath,
        message: "The signature does not verify with the key. " + hostile, expected: hostile, actual: longPath),
      Finding(
        .quoteMalformed, severity: .critical, effect: .untrusted, host: "web-01", boot: "reset 3", file: hostile,
        offset: 10,
        message: "TPMS_ATTEST.extraData needs 4 bytes, 1 left", expected: "4 bytes", actual: "1 byte"),
      Finding(
        .imaViolation, severity: .warning, effect: Effect.none, host: "web-01", boot: "reset 3",
        file: "boot1/q2/ima.bin",
        offset: 6930, record: 77, message: "/var/log/wtmp was open for writing while it was measured."),
      Finding(
        .keyUnanchored, severity: .notice, effect: .inconclusive, host: "web-01", boot: "reset 4",
        message: "Nothing given from outside the case vouches for the key."),
    ]
    + (0..<40).map {
      Finding(
        .inputUnrecognised, severity: .notice, effect: Effect.none, file: "notes/page-\($0).txt",
        message: "Not a kind of evidence this tool knows.")
    } + [
      Finding(
        .logUnquotedRecords, severity: .info, effect: Effect.none, host: "web-01", boot: "reset 3",
        file: "boot1/q2/ima.bin", range: 1288...1931, message: "644 records are present, and no quote proves them.")
    ]

  // MARK: Parts

  static func hex(_ byteCount: Int, _ seed: Int, fill: Int? = nil) -> String {
    (0..<byteCount * 2).map { String(fill ?? (($0 * 7 + seed * 13 + $0 * $0 * seed) % 16), radix: 16) }.joined()
  }

  private static func inputs(_ count: Int) -> [AttestationResult.Input] {
    (0..<count).map {
      .init(path: "boot1/file-\($0).bin", size: 145 + $0 * 331, sha256: hex(32, $0), kind: "tpm2-quote")
    }
  }

  private static func values(_ banks: [HashAlgorithm], _ indexes: [Int]) -> RegisterValues {
    var values = RegisterValues()
    for bank in banks {
      for index in indexes {
        values[bank, index] = Array(repeating: UInt8(17 * index + 5), count: bank.digestByteCount)
      }
    }
    return values
  }

  private static func match(
    _ quote: String, _ registers: [Int], _ records: Int, _ outcome: Match.Outcome, bank: HashAlgorithm = .sha256,
    range: ClosedRange<Int>? = nil
  ) -> Match {
    Match(
      source: .quote(quote), bank: bank, registers: registers, records: records, range: range ?? records...records,
      outcome: outcome)
  }

  private static func registers(_ quote: String, _ log: String) -> [Register] {
    (0...9).map { index in
      Register(
        bank: .sha256, index: index, observed: hex(32, index + 20), calculated: hex(32, index + 20), state: .matches,
        quote: quote, log: log)
    }
  }

  private static func quote(
    _ file: String, resetCount: UInt32 = 41, clock: UInt64, signature: Check.Outcome = .passed,
    key: Check.Outcome = .passed, digest: Check.Outcome = .passed
  ) -> Quote {
    Quote(
      file: file, signatureFile: file + ".sig", registerFile: file + ".pcrs", kind: "quote",
      key: .init(
        name: "000b" + hex(32, 9), fingerprint: hex(32, 11), algorithm: "RSA 2048", files: ["ak.pub", "ak.pem"],
        certificate: "CN=AK of " + file),
      scheme: "rsapss", saltLength: 32, hash: "sha256", nonce: hex(20, 5), resetCount: resetCount, restartCount: 0,
      clock: clock, safe: true, firmwareVersion: 0x0007_0055_0000_0000,
      selection: [.init(bank: "sha256", registers: Array(0...10) + [14])], pcrDigest: hex(32, 6),
      pcrs: values([.sha256], Array(0...10)), pcrsFrom: "pcr-file",
      checks: [
        Check(
          .signature, signature,
          signature == .passed ? "The signature verifies with the key." : "The signature does not verify with the key."),
        Check(.structure, .passed, "A complete TPMS_ATTEST of type quote."),
        Check(.nonce, .undetermined, "The nonce was archived with the quote, so freshness cannot be told."),
        Check(
          .key, key,
          key == .passed ? "A given trust anchor vouches for the key." : "No trust anchor or pinned key was given."),
        Check(
          .pcrDigest, digest, "The register values, hashed, against the signed digest.", expected: hex(32, 6),
          actual: digest == .passed ? hex(32, 6) : hex(32, 8)),
        Check(.structure, part: "magic", .passed, "Made inside a TPM.", expected: "ff544347", actual: "ff544347"),
        Check(.key, part: "attributes", .notApplicable, "The key is known as PEM only; its attributes are not."),
      ])
  }

  private static func timeline(_ host: String, _ boot: String) -> [AttestationResult.TimelineEvent] {
    [
      .init(
        host: host, boot: boot, kind: "quote", message: "The first quote was signed.", notBeforeClock: 60_000,
        notAfterClock: 60_000, notBefore: "2026-05-05T08:00:00Z", notAfter: "2026-05-05T08:00:00Z",
        file: "boot1/q0/quote.bin"),
      .init(
        host: host, boot: boot, kind: "measurements",
        message: "767 records were measured between the first and the second quote.",
        notBeforeClock: 60_000, notAfterClock: 1_860_000, notBefore: "2026-05-05T08:00:00Z",
        notAfter: "2026-05-05T08:30:00Z", file: "boot1/q2/ima.bin", records: 519..<1286),
    ]
  }
}
