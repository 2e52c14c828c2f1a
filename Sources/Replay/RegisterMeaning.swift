import Digests

/// What the value of a register says that no event of any log explains: of registers that systems extend without a log, or that
/// anybody may reset. Nil for those of firmware, where an unexplained value says nothing by itself.
///
/// Source: TCG PC Client Platform TPM Profile 1.05, table of PCR attributes; TCG PC Client Platform Firmware Profile 1.05, section
/// 2.3.4; UAPI group, "Linux TPM PCR Registry".
public func unloggedMeaning(ofRegister register: Int, value: [UInt8]) -> String? {
  let isZero = value.allSatisfy { $0 == 0 }
  switch register {
  case 10 where !isZero: return "the kernel's own, for its measurement list (IMA); no event log tells what extended it"
  case 9 where !isZero:
    return "files and options that loaders and the kernel read; some systems extend it from user space, too"
  case 11 where !isZero:
    return
      "parts of a unified kernel image and phases of the start, which user space extends: no sign of tampering by itself"
  case 12 where !isZero:
    return "options and credentials given to the kernel, some extended by user space: no sign of tampering by itself"
  case 13 where !isZero: return "extensions of the system, extended by user space: no sign of tampering by itself"
  case 15 where !isZero:
    return "identity of the machine and of its volumes, extended by user space: no sign of tampering by itself"
  case 16: return "for debugging: every program may reset and extend it, so nothing follows from its value"
  case 17...22:
    if value.allSatisfy({ $0 == 0xff }) { return "no dynamic launch since the last reset of the TPM" }
    if isZero { return "set to zero, as a dynamic launch or a trusted operating system does, and not extended since" }
    return register < 20
      ? "extended by a dynamic launch (Intel TXT, AMD SKINIT), which no log that was given tells of"
      : "extended by the system of a dynamic launch, which no log that was given tells of"
  case 23: return "for applications: every program may reset and extend it, so nothing follows from its value"
  default: return nil
  }
}

/// Whether any program may reset the register and extend it anew, so that its value proves nothing of a boot.
///
/// Source: TCG PC Client Platform TPM Profile 1.05, table of PCR attributes: 16 for debugging, 23 for applications.
public func isResettableByAnyone(_ register: Int) -> Bool { register == 16 || register == 23 }

/// What a register is for that no event log of firmware and loaders tells of, whatever its value; nil for the others.
///
/// Source: as above.
public func unloggedPurpose(ofRegister register: Int) -> String? {
  switch register {
  case 10: "the kernel's own, for its measurement list (IMA)"
  case 11: "parts of a unified kernel image and phases of the start, extended by user space"
  case 12: "options and credentials given to the kernel, some extended by user space"
  case 13: "extensions of the system, extended by user space"
  case 15: "identity of the machine and of its volumes, extended by user space"
  case 16: "for debugging: every program may reset and extend it"
  case 17...19: "for a dynamic launch (Intel TXT, AMD SKINIT), all ones without one"
  case 20...22: "for the system of a dynamic launch, all ones without one"
  case 23: "for applications: every program may reset and extend it"
  default: nil
  }
}
