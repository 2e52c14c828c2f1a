import ByteReading
import Digests
import Hashing
import IMALog
import ReferenceManifests

@testable import Appraisal

/// A boot with containers, a list that was tampered with, signatures and buffers, made by hand.
extension SampleResult {
  typealias Owner = AttestationResult.Owner
  typealias Explanation = AttestationResult.ListExplanation
  typealias Signatures = AttestationResult.FileSignatures
  typealias Buffer = AttestationResult.Buffer

  static let whatRan: AttestationResult = {
    var result = measured
    result.caseName = "containers"
    result.reasons = ["Container shop-web ran code that no reference knows."]
    result.hosts[0].reasons = ["Boot reset 3 is untrusted: container shop-web ran code that no reference knows."]
    var boot = measuredHost.boots[0]
    boot.verdictNow = .trusted
    boot.reasons = ["Container shop-web ran code that no reference knows."]
    boot.reasonsNow = [
      "At the last capture the compromised container was gone, and '/usr/bin/whoami' was the package's again."
    ]
    boot.owners = owners
    boot.explanations = [replayed, hostileExplanation]
    boot.signatures = signatures
    boot.buffers = buffers
    boot.records = records(of: madePaths)
    result.hosts[0].boots[0] = boot
    return result
  }()

  /// The same with as many containers as one host has in the published measurements.
  static let crowded: AttestationResult = {
    var result = whatRan
    result.hosts[0].boots[0].owners =
      [owners[0]]
      + (0..<512).map { index in
        Owner(
          kind: .container, identifier: hex(32, index), name: "worker-\(index)", image: "registry.example/worker:3",
          verdict: index == 300 ? .untrusted : .trusted, verdictNow: index == 300 ? .untrusted : .trusted, records: 4,
          counts: [.init(.known, index == 300 ? 3 : 4)] + (index == 300 ? [.init(.unknown, 1)] : []),
          attributions: [.init(strategy: "device-number", certainty: .certain, records: 4)], firstRecord: index,
          lastRecord: index + 3, badRecords: index == 300 ? [303] : [], badRecordCount: index == 300 ? 1 : 0,
          reasons: index == 300 ? ["Record 303: '/tmp/miner', which nobody knows."] : [])
      }
    return result
  }()

  static let owners: [Owner] = [
    Owner(
      kind: .host, identifier: "host", verdict: .trusted, verdictNow: .trusted, records: 820,
      counts: [.init(.known, 818), .init(.classed, 2)],
      attributions: [
        .init(strategy: "device-number", certainty: .certain, records: 790),
        .init(strategy: "path", certainty: .possible, records: 30),
      ], firstRecord: 0, lastRecord: 998),
    Owner(
      kind: .runtime, identifier: "runtime", name: "containerd", verdict: .trusted, verdictNow: .trusted, records: 22,
      counts: [.init(.known, 22)],
      attributions: [.init(strategy: "cgroup-path", certainty: .certain, records: 22)], firstRecord: 310,
      lastRecord: 402),
    Owner(
      kind: .container, identifier: hex(32, 77), name: "shop-web", image: "registry.example/shop/web:1.4",
      pod: "b7e0a1d2-1c7c-4a35-9a43-0d6ad1f2a311", verdict: .untrusted, verdictNow: .untrusted, records: 96,
      counts: [.init(.unknown, 2), .init(.changed, 1), .init(.known, 93)],
      attributions: [
        .init(strategy: "device-number", certainty: .certain, records: 90),
        .init(strategy: "overlay-path", certainty: .probable, records: 6),
      ], firstRecord: 412, lastRecord: 991, badRecords: [601, 990, 991], badRecordCount: 3,
      reasons: [
        "Records 601 and 990: '/tmp/xmrig' and '/tmp/.x/sh' are known to no reference, and no layer of the image holds them.",
        "Removing it ends what it does and mends the state from then on. Its 96 records and register 10 stay until the next reset.",
      ]),
    Owner(
      kind: .container, identifier: hex(32, 78), name: "shop-db", image: "registry.example/postgres:15",
      verdict: .trusted, verdictNow: .trusted, records: 31, counts: [.init(.known, 31)],
      attributions: [.init(strategy: "device-number", certainty: .certain, records: 31)], firstRecord: 430,
      lastRecord: 700),
    Owner(
      kind: .departed, identifier: hex(32, 79), name: hostile, image: hostile, pod: hostile, verdict: .inconclusive,
      verdictNow: .trusted, records: 12, counts: [.init(.notAssessable, 12)],
      attributions: [.init(strategy: hostile, certainty: .possible, records: 12)], firstRecord: 500, lastRecord: 520,
      reasons: [hostile]),
    Owner(
      kind: .unattributed, identifier: "unattributed", verdict: .inconclusive, verdictNow: .inconclusive, records: 19,
      counts: [.init(.known, 19)], attributions: [.init(strategy: "none", certainty: .possible, records: 19)],
      firstRecord: 415, lastRecord: 989, reasons: ["The records fit the host and every container alike."]),
  ]

  static let replayed = Explanation(
    file: "ima.bin", quotes: ["b/quote.bin"], interval: 640..<641,
    intervalReason:
      "Records 0 to 639 give the value of a/quote.bin and are those of a's copy of the list; with record 640 of that copy put back, the rest gives the value of b/quote.bin.",
    conclusion:
      "Record 640 of a's list, '/tmp/xmrig', was removed from b's list: put back at its place, every bank gives the quoted value.",
    hypotheses: [
      .init(name: "head-trimmed", outcome: .refuted, candidates: 1, message: "The first record is boot_aggregate."),
      .init(name: "tail-trimmed", outcome: .refuted, candidates: 1, message: "a's copy is no longer than b's."),
      .init(
        name: "one-record-removed", outcome: .reproduces, candidates: 361,
        message: "Record 640 of a's copy put back at 640 gives PCR 10 in sha1 and sha256."),
      .init(name: "pair-swapped", outcome: .notExhausted, candidates: 200_000, message: "Neighbours only were tried."),
      .init(name: "digest-edited", outcome: .notTestable, candidates: 0, message: "No store was given."),
    ])

  static let hostileExplanation = Explanation(
    file: hostile, quotes: [hostile, longPath], interval: nil, intervalReason: hostile, conclusion: nil,
    hypotheses: [.init(name: hostile, outcome: .refuted, candidates: 3, message: hostile)])

  static let signatures = Signatures(
    counts: [
      (.verified, 410), (.verifiedByMeasuredKey, 12), (.invalid, 1), (.unknownKey, 2), (.unsupported, 3),
    ], unsignedRecords: 570,
    keys: [
      .init(
        identifier: "ad3c6c05", algorithm: "RSA 2048", subject: "CN=Site file signing", source: "keys/site.pem",
        isGiven: true, records: 410),
      .init(
        identifier: "0badcafe", algorithm: "ECDSA P-256", subject: hostile, source: "record 12, keyring .ima",
        isGiven: false, records: 12),
    ],
    faults: [
      .init(
        record: 601, path: "/usr/sbin/sshd", outcome: .invalid,
        message: "The signature of key ad3c6c05 is not over the measured digest."),
      .init(record: 602, path: hostile, outcome: .unknownKey, message: hostile),
    ])

  static let buffers: [Buffer] = [
    Buffer(
      record: 12, kind: "key", name: ".ima",
      fields: [
        ("subject", "CN=Machine owner key"), ("algorithm", "ECDSA P-256"), ("keyring", ".ima"),
        ("valid", "2024-01-01 to 2034-01-01"),
      ]),
    Buffer(record: 13, kind: "kernel-version", name: "kernel_version", fields: [("version", "6.1.0-44-amd64")]),
    Buffer(
      record: 14, kind: "ima-policy", name: "ima-policy",
      fields: [("text", "measure func=FILE_CHECK mask=MAY_READ uid=0; dont_measure fsmagic=0x9fa0"), ("rules", "2")]),
    Buffer(record: 640, kind: "other", name: hostile, fields: [(hostile, hostile)]),
  ]

  // MARK: Records

  static let madePaths =
    [
      "boot_aggregate", "/usr/bin/bash", "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1",
      "\"=1\"", "'quoted", "with,comma", "with \"quotes\"", "two\nlines", hostile, "/tmp/\u{ff1d}1", "/opt/ü/datei",
    ] + (0..<30).map { "/usr/lib/lib\($0).so" }

  static func records(of paths: [String]) -> MeasuredRecords {
    let bytes = paths.enumerated().flatMap { record($1, isViolation: $0 == 20) }
    let format = MeasurementListFormat.binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
    let list = MeasurementList.parse(bytes, file: "ima.bin", format: format).value
    var attributions = RecordAttributions()
    for index in paths.indices {
      attributions.append(
        index % 3 == 1
          ? .init(kind: .container, owner: hex(32, 77), strategy: "device-number", certainty: .certain)
          : .init(kind: .host, owner: "host", strategy: "device-number", certainty: .certain))
    }
    return MeasuredRecords(
      file: "ima.bin", list: list, appraisal: appraisal(of: paths),
      brackets: [
        .init(
          records: 0..<10, after: nil, before: "a/quote.bin", notAfterClock: 60_000, notAfter: "2026-05-05T08:00:00Z"),
        .init(
          records: 10..<25, after: "a/quote.bin", before: "b/quote.bin", notBeforeClock: 60_000,
          notAfterClock: 1_860_000, notBefore: "2026-05-05T08:00:00Z", notAfter: "2026-05-05T10:30:00.5+02:00"),
        .init(records: 25..<paths.count, after: "b/quote.bin", before: nil, notBeforeClock: 1_860_000),
      ], attributions: attributions, signatures: [1: .verified, 14: .unknownKey])
  }

  private static func appraisal(of paths: [String]) -> MeasurementAppraisal {
    let entries = paths.enumerated().map { index, path in
      var entry = AppraisedMeasurement(
        path: Array(path.utf8), algorithm: "sha256", digest: [], records: [index],
        status: MeasurementStatus.allCases[index % MeasurementStatus.allCases.count], fileClass: .code, reason: "")
      if index % 2 == 1 {
        entry.package = PackageReference(
          format: .deb, name: index == 3 ? "=package" : "bash", version: "5.2", architecture: "amd64",
          distribution: "Debian bookworm", origin: index % 3, digestOrigin: .payload)
        entry.packagedPath = Array(path.utf8)
      }
      if index == 14 { entry.passedBy = hostile }
      return entry
    }
    return MeasurementAppraisal(
      measurements: entries, entryOfRecord: paths.indices.map { UInt32($0) }, origins: [], missingLibraries: [],
      level: .l1)
  }

  private static func record(_ path: String, isViolation: Bool) -> [UInt8] {
    let digest = Array("sha256:\0".utf8) + (HashAlgorithm.sha256.digest(of: Array(path.utf8)) ?? [])
    let data = little(digest.count) + digest + little(path.utf8.count + 1) + Array(path.utf8) + [0]
    let hash = isViolation ? Array(repeating: 0, count: 20) : HashAlgorithm.sha1.digest(of: data) ?? []
    return little(10) + hash + little(6) + Array("ima-ng".utf8) + little(data.count) + data
  }

  private static func little(_ number: Int) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
