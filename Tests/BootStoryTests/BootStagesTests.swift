import BootStory
import Replay
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

/// Runs of events of one stage, as `stage×count`.
private func runs(_ path: String) throws -> [String] {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let stages = log.bootStages
  #expect(stages.count == log.events.count)
  var runs: [(stage: BootStage, count: Int)] = []
  for stage in stages {
    if runs.last?.stage == stage { runs[runs.count - 1].count += 1 } else { runs.append((stage, 1)) }
  }
  return runs.map { "\($0.stage.rawValue)×\($0.count)" }
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func theStagesOfALabBootFollowOneAnother() throws {
  #expect(
    try runs("lab/vmA-secureboot-ima-ng/boot1/q0/binary_bios_measurements") == [
      "firmware×3", "secure-boot×5", "boot-manager×13", "secure-boot×1", "boot-manager×1", "boot-loader×1",
      "secure-boot×5", "boot-loader×1", "loader-configuration×14", "kernel×3", "kernel-command-line×1",
      "loader-configuration×1", "initrd×1", "operating-system×2",
    ])
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"), arguments: try EventLogCorpus.paths())
func everyEventOfACorpusLogHasAStage(path: String) throws {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let stages = log.bootStages
  #expect(stages.count == log.events.count)
  // Nothing but DRTM registers and unknown numbers is left without a stage.
  for (event, stage) in zip(log.events, stages) where stage == .other {
    #expect(event.registerIndex > 15, "event \(event.index)")
  }
}

/// Any program may reset these and extend what it likes.
@Test(arguments: [UInt32(16), 23])
func registersThatAnyProgramResetsSayNothingOfTheBoot(register: UInt32) throws {
  let events = [
    MadeEvent(0, .sCRTMVersion, Array("1.0".utf8)), MadeEvent(register, .sCRTMVersion, Array("9.9".utf8)),
    MadeEvent(register, .ipl, Array("kernel_cmdline: /vmlinuz quiet".utf8)),
  ]
  let log = try #require(madeEventLog(events)).log
  #expect(log.bootStages == [.firmware, .other, .other])
  let facts = BootStory(log, checks: checkEventDigests(log)).stages.flatMap(\.facts)
  #expect(facts.filter { $0.name == "firmware version (S-CRTM)" }.map(\.value) == ["1.0"])
  #expect(!facts.contains { $0.name == "command line" })
}

/// Numbers of a guest's registers are no PCRs: 2 stands for RTMR 1, with the boot loaders.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func theStagesOfAGuestFollowItsRegisters() throws {
  let path = "eventlog/google__go-eventlog/testdata/eventlogs/ccel/CCEL_unpadded.data.bin"
  #expect(
    try runs(path) == [
      "platform-configuration×1", "firmware×1", "secure-boot×5", "boot-manager×1", "platform-configuration×3",
      "kernel×1", "boot-manager×4", "kernel-command-line×1", "operating-system×2",
    ])
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let story = BootStory(log, checks: checkEventDigests(log))
  let facts = story.stages.flatMap(\.facts)
  #expect(facts.first { $0.name == "end of the firmware’s part" }?.value == "separators in RTMR 0")
  #expect(story.stages.flatMap(\.events).allSatisfy { $0.summary?.contains("PCR") != true })
  let options = story.stages.first { $0.stage == .kernelCommandLine }?.events.first
  #expect(options?.summary == "LOADED_IMAGE::LoadOptions")
}

/// Shim of older versions starts GRUB from memory, as GRUB starts the kernel: neither has a path.
@Test(
  .enabled(if: Corpus.isPresent, "the corpus is absent"),
  arguments: [
    ("eventlog/kgoldman__ibmtss/utils/sm2.log", [15, 18], [33]),
    ("eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-bootorder.bin", [24, 25], []),
    ("eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-uefi-sha1-log.bin", [15, 16], []),
    ("eventlog/google__go-eventlog/testdata/eventlogs/tpm/cos-85-amd-sev.bin", [21, 22], [40]),
    ("eventlog/google__go-eventlog/testdata/eventlogs/tpm/cos-101-amd-sev.bin", [21, 25], [43, 44]),
    ("eventlog/google__go-eventlog/testdata/eventlogs/tpm/debian-10.bin", [21, 22], [24]),
    ("eventlog/galmasi__python3-uefi-eventlog/testlogs/inspur/inspur.bin", [32, 33], []),
    ("eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-arch-linux.bin", [21], [22]),
    (
      "eventlog/nsacyber__HIRS/.ci/system-tests/profiles/laptop/default/laptop_default_binary_bios_measurements",
      [22, 25], [27]
    ),
    ("eventlog/Dstack-TEE__dstack/dstack/cc-eventlog/samples/tpm_eventlog.bin", [], [27, 40]),
  ] as [(String, [Int], [Int])])
func loadersAreNotTakenForKernels(path: String, loaders: [Int], kernels: [Int]) throws {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let stages = log.bootStages
  let images = log.events.filter { $0.recordedType == .efiBootServicesApplication }.map(\.index)
  #expect(images.filter { stages[$0] == .bootLoader } == loaders)
  #expect(images.filter { stages[$0] == .kernel } == kernels)
}

@Test(arguments: [
  ("/boot/grub/x86_64-efi/linux.mod", BootStage.loaderConfiguration),
  ("(hd0,1)/grub/linuxefi.mod", .loaderConfiguration),
  ("/boot/vmlinuz-6.1.0", .kernel), ("/boot/linux", .kernel), ("/boot/linux.cfg", .loaderConfiguration),
])
func aModuleOfGRUBIsNoKernel(path: String, stage: BootStage) throws {
  let log = try #require(madeEventLog([MadeEvent(9, .ipl, Array(path.utf8) + [0], measured: [1])])).log
  #expect(log.bootStages.last == stage)
}
