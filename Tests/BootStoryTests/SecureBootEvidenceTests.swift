import BootStory
import Replay
import TCGEventLog
import TestSupport
import Testing

/// The state of Secure Boot that the tests of other tools state for these logs.
@Test(
  .enabled(if: Corpus.isPresent, "the corpus is absent"),
  arguments: [
    ("eventlog/google__go-attestation/attest/testdata/coreos_36_shielded_vm_no_secure_boot_eventlog", false),
    ("eventlog/google__go-attestation/attest/testdata/ubuntu_2104_shielded_vm_no_secure_boot_eventlog", false),
    ("eventlog/google__go-attestation/attest/testdata/option_rom_eventlog", true),
    // The variable has no byte: it is not on.
    ("eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-arch-linux.bin", false),
    ("lab/vmA-secureboot-ima-ng/boot1/q0/binary_bios_measurements", true),
  ])
func secureBootIsAsOthersState(path: String, isEnabled: Bool) throws {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let story = BootStory(log, checks: checkEventDigests(log))
  #expect(story.secureBoot.isEnabled == isEnabled)
}
