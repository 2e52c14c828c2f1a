extension IMAPolicy {
  /// Classes of files and buffers that are measured, in words and without repetition, in the order of the rules.
  public var measuredClasses: [String] { classes(.measure) }
  /// Classes that are kept out although a later rule would measure them.
  public var excludedClasses: [String] { classes(.dontMeasure) }
  /// Classes that may be used only when their hash or signature is good.
  public var appraisedClasses: [String] { classes(.appraise) }

  /// One paragraph: what is measured, what is kept out, what is appraised. A file that no rule names leaves no record,
  /// whatever it did.
  public var summary: String {
    var sentences = [
      measuredClasses.isEmpty
        ? "The policy measures nothing." : "Measured: " + measuredClasses.joined(separator: "; ") + "."
    ]
    if !measuredClasses.isEmpty, !excludedClasses.isEmpty {
      sentences.append("Not measured: " + excludedClasses.joined(separator: "; ") + ".")
    }
    if !appraisedClasses.isEmpty {
      sentences.append("Appraised before use: " + appraisedClasses.joined(separator: "; ") + ".")
    }
    return sentences.joined(separator: " ")
  }

  private func classes(_ action: Rule.Action) -> [String] {
    var seen: Set<String> = []
    return rules.filter { $0.action == action }.map(\.subject).filter { seen.insert($0).inserted }
  }
}

extension IMAPolicy.Rule {
  /// Which files or buffers the rule is about, in words.
  public var subject: String {
    let said = [
      "func", "mask", "template", "pcr", "appraise_type", "appraise_flag", "appraise_algos", "permit_directio",
    ]
    let others = conditions.filter { !said.contains($0.key) }.map(\.words)
    return ([hook] + others).joined(separator: " ")
  }

  /// What the hook of the kernel sees.
  private var hook: String {
    switch value("func") {
    case nil: "all files" + (mask.isEmpty ? "" : " " + mask)
    case "BPRM_CHECK": "programs run"
    case "CREDS_CHECK": "programs run, by the credentials they get"
    case "MMAP_CHECK", "FILE_MMAP": "libraries and other files mapped" + (mask.contains("execut") ? " to execute" : "")
    case "MMAP_CHECK_REQPROT": "files asked to be mapped to execute"
    case "FILE_CHECK", "PATH_CHECK": "files " + (mask.isEmpty ? "opened" : mask)
    case "MODULE_CHECK": "kernel modules loaded"
    case "FIRMWARE_CHECK": "firmware loaded"
    case "KEXEC_KERNEL_CHECK": "kernels loaded by kexec"
    case "KEXEC_INITRAMFS_CHECK": "initial RAM disks loaded by kexec"
    case "KEXEC_CMDLINE": "command lines given to kexec"
    case "POLICY_CHECK": "IMA policies loaded from a file"
    case "KEY_CHECK": "keys added to keyrings"
    case "CRITICAL_DATA": "the state of kernel subsystems"
    case "SETXATTR_CHECK": "hashes written to files' attributes"
    case .some(let other): "what the hook \(other) sees"
    }
  }

  private var mask: String {
    switch value("mask").map({ $0.hasPrefix("^") ? String($0.dropFirst()) : $0 }) {
    case nil: ""
    case "MAY_READ": "read"
    case "MAY_WRITE": "written"
    case "MAY_EXEC": "executed"
    case "MAY_APPEND": "appended to"
    case .some(let other): "opened with \(other)"
    }
  }
}

extension IMAPolicy.Condition {
  /// What the condition narrows the rule to.
  fileprivate var words: String {
    switch key {
    case "uid": return "by \(whom("user"))"
    case "euid": return "with the rights of \(whom("user"))"
    case "gid": return "by \(whom("group"))"
    case "egid": return "with the rights of \(whom("group"))"
    case "fowner": return "owned by \(whom("user"))"
    case "fgroup": return "of \(whom("group"))"
    case "fsmagic": return "on \(fileSystem)"
    case "fsname": return "on file systems named \(value)"
    case "fsuuid": return "on the file system \(value)"
    case "fs_subtype": return "on file systems of subtype \(value)"
    case "keyrings": return "of \(value)"
    case "label": return "labelled \(value)"
    default: return "where \(key)\(comparison.rawValue)\(value)"
    }
  }

  private func whom(_ kind: String) -> String {
    switch comparison {
    case .equal: value == "0" ? (kind == "user" ? "root" : "the group root") : "\(kind) \(value)"
    case .greater: "\(kind)s above \(value)"
    case .less: "\(kind)s below \(value)"
    }
  }

  /// Source: Linux, include/uapi/linux/magic.h.
  private var fileSystem: String {
    let digits = value.lowercased().hasPrefix("0x") ? value.dropFirst(2) : value[...]
    guard let magic = UInt64(digits, radix: 16), let name = Self.fileSystems[magic] else {
      return "file systems of magic \(value)"
    }
    return name
  }

  private static let fileSystems: [UInt64: String] = [
    0x9fa0: "proc", 0x6265_6572: "sysfs", 0x6462_6720: "debugfs", 0x0102_1994: "tmpfs", 0x1cd1: "devpts",
    0x4249_4e4d: "binfmt_misc", 0x7363_6673: "securityfs", 0xf97c_ff8c: "selinuxfs", 0x4341_5d53: "smackfs",
    0x27_e0eb: "cgroup", 0x6367_7270: "cgroup2", 0x6e73_6673: "nsfs", 0xde5e_81e4: "efivarfs", 0x8584_58f6: "ramfs",
    0x794c_7630: "overlayfs", 0x7371_7368: "squashfs", 0xef53: "ext2, ext3 or ext4", 0x5846_5342: "xfs",
    0x9123_683e: "btrfs", 0x6969: "nfs", 0x6573_5546: "fuse", 0x9584_58f6: "hugetlbfs", 0x9660: "isofs",
    0x7472_6163: "tracefs", 0xcafe_4a11: "bpf", 0x6165_676c: "pstore", 0x1980_0202: "mqueue", 0x4d44: "fat",
  ]
}
