import BootStory
import Testing

private func weights(_ line: String) -> [String] {
  KernelOption.all(in: Array(line.utf8)).map { "\($0.text) \($0.weight.rawValue)" }
}

@Test func optionsThatTakeProtectionAwayWeaken() {
  let line =
    "/vmlinuz root=/dev/vda2 init=/bin/sh rdinit=/bin/sh mitigations=off mitigations=off,nosmt selinux=0 enforcing=0 apparmor=0 "
    + "ima_appraise=fix systemd.debug-shell rd.break rd.break=pre-mount single 1 rescue emergency iommu=off nokaslr audit=0 "
    + "systemd.mask=auditd.service lockdown=none module.sig_enforce=0 init_on_alloc=0 systemd.unit=rescue.target"
  let found = KernelOption.all(in: Array(line.utf8))
  #expect(found.count == line.split(separator: " ").count - 2)
  #expect(found.filter { $0.weight != .weakens } == [])
}

@Test func optionsThatAddProtectionStrengthen() {
  #expect(
    weights(
      "ima_appraise=enforce lockdown=confidentiality module.sig_enforce=1 init_on_alloc=1 efi=disable_early_pci_dma")
      == [
        "ima_appraise=enforce strengthens", "lockdown=confidentiality strengthens", "module.sig_enforce=1 strengthens",
        "init_on_alloc=1 strengthens", "efi=disable_early_pci_dma strengthens",
      ])
}

@Test func whatIsMeasuredIsDecidedByOptions() {
  #expect(
    weights("ima_policy=tcb ima_hash=sha256 ima_template=ima-ng security=apparmor") == [
      "ima_policy=tcb decides", "ima_hash=sha256 decides", "ima_template=ima-ng decides", "security=apparmor decides",
    ])
}

@Test func commonOptionsHaveNoWeight() {
  #expect(
    weights("BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet splash console=ttyS0 init=/sbin/init panic=1 loglevel=1") == [])
}

@Test func aBlankWithinQuotesSeparatesNothing() {
  #expect(weights("dyndbg=\"file a single +p\" quiet") == [])
  #expect(weights("a=\"b c\" single") == ["single weakens"])
}

@Test func aDashIsAnUnderscore() {
  #expect(weights("ima-policy=tcb systemd.debug_shell") == ["ima-policy=tcb decides", "systemd.debug_shell weakens"])
}

/// What separates words for the kernel separates them here.
@Test(arguments: ["\t", "\n", "\r", "\u{b}", "\u{c}", " \t "]) func anyWhiteSpaceSeparates(space: String) {
  #expect(weights("quiet\(space)init=/bin/sh\(space)ro") == ["init=/bin/sh weakens"])
}

@Test func aNoBreakSpaceOfLatin1SeparatesAsInTheKernel() {
  #expect(KernelOption.all(in: Array("quiet".utf8) + [0xa0] + Array("single".utf8)).map(\.text) == ["single"])
  #expect(KernelOption.all(in: Array("\"quiet single".utf8)) == [])
}

@Test func numbersAndSwitchesMayBeWrittenInSeveralWays() {
  for zero in ["0", "00", "0x0", "0X00", "+0"] {
    #expect(weights("selinux=\(zero)") == ["selinux=\(zero) weakens"])
    #expect(weights("enforcing=\(zero)") == ["enforcing=\(zero) weakens"])
  }
  for one in ["1", "0x1", "01"] { #expect(weights("selinux=\(one)") == ["selinux=\(one) strengthens"]) }
  for no in ["0", "n", "N", "off", "OFF", "false", "no"] {
    #expect(weights("module.sig_enforce=\(no)") == ["module.sig_enforce=\(no) weakens"])
    #expect(weights("init_on_alloc=\(no)") == ["init_on_alloc=\(no) weakens"])
  }
  for yes in ["1", "y", "on", "true"] {
    #expect(weights("systemd.debug-shell=\(yes)") == ["systemd.debug-shell=\(yes) weakens"])
  }
  #expect(weights("selinux=x systemd.debug_shell=0") == [])
}

@Test func shellsAndMitigationsOfDistributionsAreKnown() {
  for word in [
    "break", "break=init", "spectre_v2=off", "mds=off", "tsx_async_abort=off", "retbleed=off", "l1tf=off",
    "nospec_store_bypass_disable", "iommu=off,force", "intel_iommu=off,sm_on", "systemd.unit=debug-shell.service",
    "systemd.crash_shell", "init_on_free=0", "hardened_usercopy=off",
  ] {
    #expect(weights(word) == ["\(word) weakens"])
  }
  #expect(weights("spectre_v2=on iommu=soft") == [])
  #expect(weights("lockdown=bogus systemd.set_credential=a:b").allSatisfy { $0.hasSuffix("decides") })
}
