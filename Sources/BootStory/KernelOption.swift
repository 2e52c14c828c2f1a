import ByteReading

/// One word of a kernel command line that changes how far the running system protects itself or measures what it runs.
///
/// Source: Linux, `Documentation/admin-guide/kernel-parameters.txt`; systemd, `kernel-command-line(7)`; dracut,
/// `dracut.cmdline(7)`.
public struct KernelOption: Equatable, Sendable {
  public enum Weight: String, CaseIterable, Sendable {
    /// A protection is off, or somebody gets a shell before the system starts.
    case weakens
    /// A protection that is not on by itself.
    case strengthens
    /// Neither by itself, yet it decides what is measured or what starts.
    case decides
  }

  /// As it stands in the command line; escaped.
  public var text: String
  public var weight: Weight
  /// What it does, in one sentence.
  public var sentence: String

  /// The words of a command line that have a weight, in its order. `--` ends the options of the kernel; what follows goes to
  /// init, where words such as `single` count too.
  ///
  /// - parameter commandLine: as it was measured, not escaped.
  public static func all(in commandLine: [UInt8]) -> [KernelOption] {
    words(commandLine).compactMap { word in
      let (name, value) = split(word)
      // The kernel takes a dash for an underscore.
      let normal = String(name.map { $0 == "-" ? "_" : $0 })
      return judged(normal, value.map { meaning(of: $0, for: normal) }).map {
        KernelOption(text: word, weight: $0.0, sentence: $0.1)
      }
    }
  }

  /// Words, escaped, at what the kernel takes for white space, a no-break space of Latin-1 among it; within double quotes nothing
  /// separates.
  ///
  /// Source: Linux, `lib/cmdline.c` (`next_arg`) and `lib/ctype.c`.
  private static func words(_ text: [UInt8]) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    var isQuoted = false
    for byte in text + [UInt8(ascii: " ")] {
      if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if !isQuoted && ((9...13).contains(byte) || byte == 0x20 || byte == 0xa0) {
        if !word.isEmpty { words.append(escapedText(word)) }
        word = []
      } else {
        word.append(byte)
      }
    }
    // A quotation that does not end reaches to the end.
    return word.isEmpty ? words : words + [escapedText(word.dropLast())]
  }

  private static func split(_ word: String) -> (name: String, value: String?) {
    guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<equals]), String(word[word.index(after: equals)...]))
  }

  /// The one way of several in which a number or a yes may be written.
  ///
  /// Source: Linux, `lib/kstrtox.c`: `kstrtoul` with base 0 for the numbers, `kstrtobool` for the others.
  private static func meaning(of value: String, for name: String) -> String {
    if numbers.contains(name) {
      let (digits, base) =
        value.lowercased().hasPrefix("0x")
        ? (value.dropFirst(2), 16) : value.hasPrefix("0") ? (value[...], 8) : (value[...], 10)
      return UInt64(digits.hasPrefix("+") ? digits.dropFirst() : digits, radix: base).map(String.init) ?? value
    }
    guard switches.contains(name) else { return value }
    switch value.lowercased().prefix(2) {
    case "on": return "1"
    case "of": return "0"
    case let start:
      if let first = start.first, "yt1".contains(first) { return "1" }
      if let first = start.first, "nf0".contains(first) { return "0" }
      return value
    }
  }

  private static let numbers: Set<String> = ["selinux", "enforcing", "apparmor", "integrity_audit"]
  private static let switches: Set<String> = [
    "module.sig_enforce", "systemd.debug_shell", "rd.systemd.debug_shell", "iommu.passthrough", "init_on_alloc",
    "init_on_free", "page_poison", "randomize_kstack_offset", "audit", "hardened_usercopy", "systemd.crash_shell",
  ]

  private static func judged(_ name: String, _ value: String?) -> (Weight, String)? {
    if let fixed = byWord[value.map { name + "=" + $0 } ?? name] { return fixed }
    guard let value else { return nil }
    switch name {
    case "init":
      return standardInits.contains(value)
        ? nil : (.weakens, "The first program is not the system's own init, but what this names.")
    case "rdinit", "rd.init":
      return value == "/init" ? nil : (.weakens, "The initial RAM disk starts another program than its own.")
    case "ima_policy": return (.decides, "IMA measures by the policy that is named here, from the start.")
    case "ima_hash": return (.decides, "IMA hashes files with this algorithm.")
    case "ima_template", "ima_template_fmt": return (.decides, "IMA records have this form.")
    case "ima_appraise":
      return value == "enforce"
        ? (.strengthens, "IMA refuses files whose appraisal fails.")
        : (.weakens, "IMA does not enforce appraisal: a file whose check fails is used all the same.")
    case "lockdown":
      guard ["integrity", "confidentiality"].contains(value) else {
        return (.decides, "Names a mode of lockdown that the kernel does not have, so none follows from it.")
      }
      return (.strengthens, "The running kernel cannot be changed, even by root, as far as this mode goes.")
    case "security", "lsm":
      return (.decides, "Names the security modules that are active; one that is left out is off.")
    case "mitigations":
      return value.hasPrefix("off")
        ? byWord["mitigations=off"] : (.decides, "Chooses the mitigations of processor faults.")
    case "efi": return efi(value)
    case "audit": return value == "1" ? (.strengthens, "The kernel audits from the start.") : nil
    case "systemd.mask", "rd.systemd.mask": return (.weakens, "The unit that is named does not start.")
    case "systemd.unit", "rd.systemd.unit":
      return ["rescue.target", "emergency.target", "debug-shell.service"].contains(value)
        ? (.weakens, "The system starts into a shell for repair.") : (.decides, "The system starts this unit.")
    case "systemd.run", "systemd.run_success_action":
      return (.weakens, "The system runs this command as root and stops.")
    case "systemd.wants", "rd.systemd.wants": return (.decides, "The system starts this unit besides.")
    case "rd.break": return byWord["rd.break"]
    case "break": return byWord["break"]
    case "systemd.set_credential", "systemd.set_credential_binary":
      return (.decides, "Gives the system a credential, which units may take for a password or a setting.")
    case "spectre_v2", "spec_store_bypass_disable", "l1tf", "mds", "tsx_async_abort", "retbleed", "srbds",
      "mmio_stale_data",
      "gather_data_sampling", "spec_rstack_overflow", "reg_file_data_sampling", "spectre_bhi", "kvm.nx_huge_pages":
      return value.split(separator: ",").contains("off")
        ? (.weakens, "A mitigation of a processor fault is off.") : nil
    case "iommu", "intel_iommu", "amd_iommu":
      let words = value.split(separator: ",")
      return words.count > 1 && words.contains("off") ? noIOMMU : nil
    case "module_blacklist", "modprobe.blacklist": return (.decides, "Modules named here are not loaded.")
    default:
      return name.hasPrefix("sysctl.") ? (.decides, "Sets a value of the running kernel before anything starts.") : nil
    }
  }

  private static func efi(_ value: String) -> (Weight, String)? {
    let words = value.split(separator: ",")
    if words.contains("disable_early_pci_dma") {
      return (.strengthens, "Devices have no DMA until the kernel has set up its protection.")
    }
    if words.contains("no_disable_early_pci_dma") {
      return (.weakens, "Devices keep DMA while the kernel takes over from the firmware.")
    }
    if words.contains("debug") { return (.decides, "The kernel reports what the firmware hands over.") }
    return nil
  }

  private static let standardInits: Set<String> = [
    "/sbin/init", "/lib/systemd/systemd", "/usr/lib/systemd/systemd", "/bin/systemd", "/usr/bin/init", "/usr/sbin/init",
  ]

  private static let selinuxOff: (Weight, String) = (.weakens, "SELinux is off.")
  private static let appArmorOff: (Weight, String) = (.weakens, "AppArmor is off.")
  private static let auditOff: (Weight, String) = (.weakens, "The kernel audits nothing.")
  private static let repairShell: (Weight, String) = (.weakens, "The system starts into a shell for repair.")
  private static let noIOMMU: (Weight, String) = (.weakens, "Devices reach all memory: the IOMMU is off.")

  private static let byWord: [String: (Weight, String)] = [
    "mitigations=off": (.weakens, "The mitigations of processor faults are off."),
    "selinux=0": selinuxOff, "enforcing=0": (.weakens, "SELinux reports and forbids nothing."),
    "enforcing=1": (.strengthens, "SELinux enforces from the start."),
    "selinux=1": (.strengthens, "SELinux is on."),
    "apparmor=0": appArmorOff, "apparmor=1": (.strengthens, "AppArmor is on."),
    "lockdown=none": (.weakens, "Root may change the running kernel."),
    "module.sig_enforce": (.strengthens, "The kernel loads signed modules only."),
    "module.sig_enforce=1": (.strengthens, "The kernel loads signed modules only."),
    "module.sig_enforce=0": (
      .weakens, "The kernel loads modules without a signature, unless another setting forbids it."
    ),
    "ima_appraise_tcb": (.strengthens, "IMA appraises the files of root."),
    "ima_tcb": (.decides, "IMA measures by its built-in policy."),
    "ima=off": (.weakens, "IMA is off: nothing is measured."),
    "ima_canonical_fmt": (.decides, "IMA records are little-endian."),
    "integrity_audit=1": (.decides, "IMA audits in full."),
    "systemd.debug_shell": (.weakens, "A root shell without a password waits on a terminal."),
    "systemd.debug_shell=1": (.weakens, "A root shell without a password waits on a terminal."),
    "rd.systemd.debug_shell=1": (.weakens, "A root shell without a password waits on a terminal."),
    "rd.systemd.debug_shell": (.weakens, "A root shell without a password waits on a terminal."),
    "break": (.weakens, "The initial RAM disk stops in a root shell."),
    "systemd.crash_shell": (.weakens, "When the system fails it gives a root shell."),
    "systemd.crash_shell=1": (.weakens, "When the system fails it gives a root shell."),
    "nospec_store_bypass_disable": (.weakens, "A mitigation of a processor fault is off."),
    "init_on_free=0": (.weakens, "Memory is not cleared when it is given back, whatever the kernel was built to do."),
    "hardened_usercopy=0": (.weakens, "Copies between kernel and programs are not checked."),
    "rd.break": (.weakens, "The initial RAM disk stops in a root shell."),
    "rd.shell": (.weakens, "The initial RAM disk gives a root shell when it fails."),
    "single": repairShell, "s": repairShell, "S": repairShell, "1": repairShell, "rescue": repairShell,
    "emergency": repairShell, "_b": repairShell,
    "iommu=off": noIOMMU, "intel_iommu=off": noIOMMU, "amd_iommu=off": noIOMMU,
    "iommu=pt": (.decides, "Devices of the host reach memory without translation; those of guests do not."),
    "intel_iommu=on": (.strengthens, "The IOMMU of Intel is on."),
    "iommu.passthrough=1": (.weakens, "Devices reach memory without translation."),
    "iommu=force": (.strengthens, "The IOMMU is on."),
    "nokaslr": (.weakens, "The kernel stands at a known address."),
    "nopti": (.weakens, "The page tables of the kernel are not kept apart."),
    "pti=off": (.weakens, "The page tables of the kernel are not kept apart."),
    "nospectre_v1": (.weakens, "Mitigations of Spectre variant 1 are off."),
    "nospectre_v2": (.weakens, "Mitigations of Spectre variant 2 are off."),
    "nosmep": (.weakens, "The kernel may run code of programs."),
    "nosmap": (.weakens, "The kernel may read programs' data unguarded."),
    "noexec=off": (.weakens, "Data can be run as code."),
    "audit=0": auditOff,
    "debug": (.decides, "The kernel reports more."),
    "noefi": (.decides, "The kernel does not call the firmware."),
    "init_on_alloc=1": (.strengthens, "Memory is cleared when it is handed out."),
    "init_on_alloc=0": (.weakens, "Memory is not cleared when it is handed out."),
    "init_on_free=1": (.strengthens, "Memory is cleared when it is given back."),
    "slab_nomerge": (.strengthens, "Kinds of kernel objects are kept apart."),
    "page_poison=1": (.strengthens, "Freed memory is overwritten."),
    "randomize_kstack_offset=1": (.strengthens, "The kernel's stack moves with each call."),
    "vsyscall=none": (.strengthens, "A table at a fixed address is off."),
    "debugfs=off": (.strengthens, "The interface for debugging is off."),
    "kgdbwait": (.weakens, "The kernel waits for a debugger."),
    "norandmaps": (.weakens, "Programs stand at known addresses."),
    "evm=fix": (.weakens, "EVM writes what it should verify."),
  ]
}
