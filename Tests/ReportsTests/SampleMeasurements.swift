import Appraisal
import Digests
import ReferenceManifests

/// Measured files of one boot with every status, made by hand.
extension SampleResult {
  typealias Measured = AttestationResult.BootMeasurements
  typealias Package = AttestationResult.Package
  typealias Measurement = AttestationResult.Measurement
  typealias Origin = AttestationResult.Origin

  static let measured = AttestationResult(
    caseName: "measured", toolVersion: "0.1.0", verdict: .untrusted, verdictNow: .inconclusive, level: .l1,
    reasons: ["Code that nobody knows was measured."], hosts: [measuredHost],
    measurements: .init(byStatus: [("unknown", 21), ("changed", 2), ("known", 966)], notVerified: 6),
    stores: [.init(name: "site.store", digest: hex(32, 1)), .init(name: hostile, digest: hex(32, 2))],
    origins: origins,
    timeline: [
      event("quote", "The first quote was signed.", records: nil),
      event("measurements", "500 records were measured.", records: 500..<1000),
      event("unknown", "'/tmp/x\(hostile)', which nobody knows, was measured.", records: 990..<991),
      event("changed", "'/usr/bin/whoami' was measured with other content.", records: 991..<992),
      event("superseded", "'/usr/bin/openssl' of openssl 3.0.20 was measured.", records: 992..<993),
      event("known-elsewhere", "'/tmp/id' was measured with the content of '/usr/bin/id'.", records: 993..<994),
      event("restored", "'/usr/bin/whoami' was measured with the content of coreutils again.", records: 994..<995),
    ])

  static let measuredHost = AttestationResult.Host(
    name: "web-01", verdict: .untrusted, verdictNow: .inconclusive, level: .l1,
    boots: [
      Boot(
        label: "reset 3", resetCount: 3, verdict: .untrusted, level: .l1,
        captures: [
          Capture(
            name: "a", collectedAt: "2026-05-05T08:00:00Z",
            quotes: [Quote(file: "a/quote.bin", kind: "quote")]),
          Capture(
            name: "b", collectedAt: "2026-05-05T08:30:00Z", quotes: [Quote(file: "b/quote.bin", kind: "quote")],
            logs: [
              Log(
                file: "ima.bin", kind: .imaList, format: "binary", records: 1000, provenRecords: 990,
                matches: [
                  Match(
                    source: .quote("a/quote.bin"), bank: .sha256, registers: [10], records: 500, outcome: .prefix),
                  Match(
                    source: .quote("b/quote.bin"), bank: .sha256, registers: [10], records: 990, outcome: .prefix),
                ],
                brackets: [
                  .init(records: 0..<500, after: nil, before: "a/quote.bin"),
                  .init(records: 500..<990, after: "a/quote.bin", before: "b/quote.bin"),
                  .init(records: 990..<1000, after: "b/quote.bin", before: nil),
                ])
            ]),
        ], measurements: measurements),
      Boot(label: "reset 4", resetCount: 4, verdict: .inconclusive, level: nil),
    ])

  static let newer = NewerVersion(
    version: "3.0.22-1~deb12u1", type: .security, date: "2026-01-20", advisory: "DSA-6010-1 " + hostile)

  static let measurements = Measured(
    file: "ima.bin", asOf: "2026-05-05T08:00:00Z",
    counts: MeasurementStatus.allCases.enumerated().map { index, status in
      .init(status, status == .unknown ? 21 : status == .known ? 966 : index == 1 ? 2 : 1)
    },
    initramfsRecords: 100,
    passed: [
      .init(name: "our-agent " + hostile, reason: "The site's own agent. " + hostile, isExemption: true, records: 1),
      .init(name: "logs", reason: "Logs are never run.", isExemption: false, records: 5),
    ],
    runs: [.init(.notAFile, 1), .init(.known, 966)]
      + MeasurementStatus.allCases.filter { ![.known, .notAFile].contains($0) }.map {
        .init($0, $0 == .unknown ? 21 : 1)
      } + [.init(.known, 3)],
    packages: [
      Package(
        format: "deb", name: "openssl", version: "3.0.20-1~deb12u2", architecture: "amd64",
        distribution: "Debian bookworm", origin: 0, counts: [.init(.superseded, 1), .init(.known, 2)],
        supersededBy: newer),
      Package(
        format: "list", name: hostile, version: "", architecture: "", distribution: hostile, origin: 1,
        counts: [.init(.changed, 2)], supersededBy: nil),
      Package(
        format: "rpm", name: "bash", version: "5.1-2.el9", architecture: "x86_64", distribution: "", origin: 2,
        counts: [.init(.known, 4)], supersededBy: nil),
    ],
    entries: entries, omittedEntries: 7,
    levelReasons: ["Record 990: '/tmp/x\(hostile)' (unknown, weight 10)"] + (0..<6).map { "Record \($0): more" })

  /// One content of every status, and what reports tell apart beyond that.
  static let entries: [Measurement] =
    MeasurementStatus.allCases.enumerated().map { index, status in
      entry("/usr/bin/file-\(index)", status, record: 600 + index)
    } + [
      entry("/tmp/x" + hostile, .unknown, record: 990) { entry in
        entry.reason = hostile
        entry.alsoIn = [hostile]
        entry.packagedPath = hostile
        entry.after = "b/quote.bin"
        entry.before = nil
      },
      entry("/usr/bin/whoami", .changed, record: 991) { entry in
        entry.package = "coreutils 9.1-1"
        entry.origin = 0
        entry.expected = [hex(32, 40), hex(32, 41)]
        entry.packagedPath = "/bin/whoami"
        entry.rule = "merged-usr"
      },
      entry("/etc/nginx/nginx.conf", .changed, record: 992) { entry in
        entry.fileClass = .configuration
        entry.passedBy = "site-config " + hostile
      },
      entry("/usr/bin/openssl", .superseded, record: 993) { entry in
        entry.package = "openssl 3.0.20-1~deb12u2"
        entry.origin = 2
        entry.digestOrigin = "header"
        entry.supersededBy = newer
      },
    ]

  static let origins: [Origin] = [
    Origin(
      store: "site.store", standing: "signed", detail: "Debian Archive Automatic Signing Key " + hostile,
      sources: [
        .init(
          kind: "deb", path: "pool/openssl.deb", sha256: hex(32, 50), date: nil, signatures: []),
        .init(
          kind: "debian-release", path: "dists/bookworm/InRelease", sha256: hex(32, 51), date: "2026-01-20T00:00:00Z",
          signatures: ["good: OpenPGP v4, RSA 4096, SHA256 by Debian (0E98404D386FA1D9)", hostile]),
      ]),
    Origin(
      store: hostile, standing: "unsigned", detail: nil,
      sources: [.init(kind: "csv", path: hostile, sha256: hex(32, 52), date: hostile, signatures: [])]),
    Origin(store: "site.store", standing: "refused", detail: "the signer is not allowed " + hostile, sources: []),
  ]

  static func entry(
    _ path: String, _ status: MeasurementStatus, record: Int, _ change: (inout Measurement) -> Void = { _ in }
  ) -> Measurement {
    let appraised = AppraisedMeasurement(
      path: [], algorithm: "sha256", digest: [], records: [record, record + 30], status: status, fileClass: .code,
      reason: "It starts with '#!'.")
    var entry = Measurement(
      appraised, path: path, digest: status == .violation ? "" : "sha256:" + hex(32, record), after: "a/quote.bin",
      before: "b/quote.bin")
    change(&entry)
    return entry
  }

  /// More than a page can hold: contents, packages, sources and runs.
  static let vast: AttestationResult = {
    var result = measured
    var host = measuredHost
    host.boots[0].measurements?.entries = (0..<3500).map { entry("/opt/file-\($0)", .unknown, record: $0) }
    host.boots[0].measurements?.packages = (0..<1200).map {
      Package(
        format: "deb", name: "package-\($0)", version: "1", architecture: "all", distribution: "", origin: $0,
        counts: [.init(.known, 1)], supersededBy: nil)
    }
    host.boots[0].measurements?.runs = (0..<12_000).map { .init($0 % 2 == 0 ? .known : .classed, 1) }
    result.hosts = [host]
    result.origins = (0..<1200).map { index in
      Origin(
        store: "site.store", standing: "unsigned", detail: nil,
        sources: [.init(kind: "deb", path: "\(index).deb", sha256: hex(32, index), date: nil, signatures: [])])
    }
    return result
  }()

  private static func event(_ kind: String, _ message: String, records: Range<Int>?) -> AttestationResult.TimelineEvent
  {
    .init(
      host: "web-01", boot: "reset 3", kind: kind, message: message, notBeforeClock: 60_000,
      notAfterClock: 1_860_000, notBefore: "2026-05-05T08:00:00Z", notAfter: "2026-05-05T08:30:00Z", file: "ima.bin",
      records: records)
  }
}
