import BootStory
import Replay
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

/// The common name of a subject, behind the variable.
private func name(_ value: String) -> String {
  let variable = value.prefix { $0 != ":" }
  guard let start = value.range(of: "CN=")?.upperBound else { return value }
  return "\(variable) \(value[start...].prefix { $0 != "," })"
}

/// Images of a corpus log and what the story says let them start, as `record: variable common name`.
private func signers(_ path: String) throws -> [String] {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let facts = BootStory(log, checks: checkEventDigests(log)).stages.flatMap(\.facts)
  var image: Int?
  var told: [(Int, String)] = []
  for fact in facts {
    if fact.name == "image" { image = fact.event }
    if fact.name == "verified by", let image { told.append((image, fact.value)) }
  }
  return told.sorted { $0.0 < $1.0 }.map { "\($0.0): \(name($0.1))" }
}

private let noNewKey = "no new key: one that was measured before, or none"
private let microsoft = "db Microsoft Corporation UEFI CA 2011"

/// What the sources of shim and of EDK2 say of each: firmware that measures the key first and firmware that measures it behind the
/// image, shim before 15.4 and since, with an entry that is measured again and one that is not.
private let known: [(path: String, signers: [String])] = [
  (
    "eventlog/kgoldman__ibmtss/utils/sm2.log",
    [
      "15: \(microsoft)", "18: Shim Canonical Ltd. Master Certificate Authority", "33: MokList Almasi Secure db2",
    ]
  ),
  (
    "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-postcode.bin",
    [
      "37: \(microsoft)", "38: Shim Canonical Ltd. Master Certificate Authority",
      "52: Shim Canonical Ltd. Master Certificate Authority",
    ]
  ),
  (
    "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-moklisttrusted.bin",
    ["24: \(microsoft)", "31: Shim Red Hat Secure Boot CA 5", "89: \(noNewKey)", "90: \(noNewKey)"]
  ),
  (
    "eventlog/google__go-eventlog/testdata/eventlogs/tpm/cos-85-amd-sev.bin",
    ["21: db UEFI DB Key v10", "22: db UEFI DB Key v10", "40: db UEFI DB Key v10"]
  ),
  (
    "eventlog/google__go-eventlog/testdata/eventlogs/tpm/cos-101-amd-sev.bin",
    ["21: db UEFI DB Key v10", "25: db UEFI DB Key v10", "43: \(noNewKey)", "44: \(noNewKey)"]
  ),
  (
    "eventlog/google__go-eventlog/testdata/eventlogs/tpm/debian-10.bin",
    ["21: \(microsoft)", "22: Shim Debian Secure Boot CA", "24: \(noNewKey)"]
  ),
  (
    "eventlog/google__go-tpm-tools/internal/test/eventlogs/eventlogwithsp800155.bin",
    ["26: db UEFI DB Key v20250203", "33: db UEFI DB Key v20250203", "49: \(noNewKey)"]
  ),
  // An option ROM’s authority comes first, then Windows.
  (
    "eventlog/google__go-attestation/attest/testdata/option_rom_eventlog",
    ["43: db Microsoft Windows Production PCA 2011"]
  ),
  // An application of the firmware’s own volume needs no authority.
  (
    "eventlog/kgoldman__ibmtss/utils/deb2.log",
    [
      "34: db James Bottomley UEFI Application Key", "37: MokList Debian Secure Boot Signer",
      "99: MokList James Bottomley Secure Boot MoK Key",
    ]
  ),
  // The key of shim was measured for an option ROM already, and the boot was tried twice.
  (
    "eventlog/kgoldman__ibmtss/utils/amd635.log",
    [
      "30: \(noNewKey)", "34: Shim Canonical Ltd. Master Certificate Authority",
      "49: MokList Canonical Ltd. Secure Boot Signing (IBM 2020)", "69: \(noNewKey)",
      "73: Shim Canonical Ltd. Master Certificate Authority",
      "88: MokList Canonical Ltd. Secure Boot Signing (IBM 2020)",
    ]
  ),
  (
    "lab/vmA-secureboot-ima-ng/boot1/q0/binary_bios_measurements",
    ["23: \(microsoft)", "29: MokListRT Debian Secure Boot CA", "45: \(noNewKey)", "46: \(noNewKey)"]
  ),
]

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"), arguments: known)
func theAuthorityOfEachImageIsToldInWhicheverOrderTheTwoWereMeasured(path: String, signers expected: [String]) throws {
  #expect(try signers(path) == expected)
}

/// No genuine log is so that its order tells nothing.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"), arguments: try EventLogCorpus.paths())
func theOrderOfAGenuineLogFits(path: String) throws {
  #expect(try !signers(path).contains { $0.contains("not told") })
}

private let image = [UInt8](repeating: 0, count: 32)

/// Answers for the images of a made log: `db` and `shim` are authorities, `disk` images of a
/// device, `file` and `memory` without one, `rom` a driver, `mok` what shim
/// measures at its start.
private func answers(_ steps: String) throws -> [String] {
  func file(_ name: String) -> [UInt8] {
    let units: [UInt8] = name.utf16.flatMap { [UInt8($0), 0] }
    return [4, 4, UInt8(4 + units.count), 0] + units
  }
  let name = file("\\a.efi")
  let bridge: [UInt8] = [2, 1, 12, 0, 0xd0, 0x41, 3, 0x0a, 0, 0, 0, 0]
  let images = [name, bridge + name, file("\\FvFile(a)")].map { nodes -> [UInt8] in
    let path = nodes + [0x7f, 0xff, 4, 0]
    return [UInt8](repeating: 0, count: 24) + [UInt8(path.count), 0, 0, 0, 0, 0, 0, 0] + path
  }
  var events = [
    MadeEvent(7, .efiVariableDriverConfig, MadeVariable.data("SecureBoot", [1])),
    MadeEvent(7, .separator, [0, 0, 0, 0]),
  ]
  var first = events.count
  for (number, step) in steps.split(separator: " ").enumerated() {
    let entry = [UInt8](repeating: UInt8(number), count: 40)
    switch step {
    case "db": events.append(MadeEvent(7, .efiVariableAuthority, MadeVariable.data("db", entry)))
    case "shim": events.append(MadeEvent(7, .efiVariableAuthority, MadeVariable.data("Shim", entry)))
    case "file": events.append(MadeEvent(4, .efiBootServicesApplication, images[0], measured: [1]))
    case "disk": events.append(MadeEvent(4, .efiBootServicesApplication, images[1], measured: [1]))
    case "disguised": events.append(MadeEvent(4, .efiBootServicesApplication, images[2], measured: [1]))
    case "memory": events.append(MadeEvent(4, .efiBootServicesApplication, image, measured: [1]))
    case "rom": events.append(MadeEvent(2, .efiBootServicesDriver, image, measured: [1]))
    case "mok": events.append(MadeEvent(14, .ipl, Array("MokList".utf8) + [0], measured: [1]))
    default: Issue.record("no such step: \(step)")
    }
  }
  let log = try #require(madeEventLog(events)).log
  let told = BootStory(log, checks: checkEventDigests(log)).stages.flatMap(\.facts).filter { $0.name == "verified by" }
  first = log.events.count - steps.split(separator: " ").count
  return told.sorted { ($0.event ?? 0) < ($1.event ?? 0) }.map { fact in
    switch fact.value.prefix(3) {
    case "no ": "none"
    case "not": "not told"
    default: "by \((fact.event ?? 0) - first)"
    }
  }
}

@Test(
  arguments: [
    ("db file", ["by 0"]), ("file db", ["by 1"]),
    // A boot manager of the disk that starts another image by another key: nothing of shim is in the log.
    ("db file db file", ["by 0", "by 2"]),
    ("file db file db", ["by 1", "by 3"]),
    // Of shim’s, each order.
    ("db file mok shim file file", ["by 0", "by 3", "none"]),
    ("db file mok file shim file", ["by 0", "by 4", "none"]),
    ("file db mok file shim", ["by 1", "by 4"]),
    // What shim loads itself and what it verifies for a loader may be in different orders.
    ("db file mok shim file memory shim", ["by 0", "by 3", "by 6"]),
    ("db file mok shim file memory shim memory", ["by 0", "by 3", "not told", "not told"]),
    ("db file mok file shim file memory", ["by 0", "by 4", "none", "none"]),
    // A second shim that firmware starts, and that measures the image first: the first key behind it is of what it loads.
    ("db disk mok db disk mok memory shim memory", ["by 0", "by 3", "by 7", "none"]),
    ("db disk mok db disk memory shim memory", ["by 0", "by 3", "by 6", "none"]),
    // A file whose name is written like the firmware’s own volume is none of it.
    ("db disguised", ["by 0"]),
    // Which of two images shim is cannot be told, and neither whose its key is.
    ("db file file shim file", ["by 0", "not told", "not told"]),
    // An authority of no image, or two of one: no order fits.
    ("db db file", ["not told"]), ("db", []),
    // An option ROM right before the key is its image in one order, and not in the other.
    ("rom db file", ["not told"]), ("db rom file", ["none"]),
  ] as [(String, [String])])
func anAuthorityIsToldOnlyWhereTheOrderShowsWhoseItIs(steps: String, expected: [String]) throws {
  #expect(try answers(steps).sorted() == expected.sorted(), "\(steps)")
}
