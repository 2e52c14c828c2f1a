import ByteReading

/// What a record measured that is no file: a key, a command line, the state of a part of the kernel.
///
/// Source: Linux, security/integrity/ima/ima_main.c, `process_buffer_measurement` and its callers. A record's name says
/// what its buffer is.
public enum MeasuredBuffer: Equatable, Sendable {
  /// A key that was added to a keyring, such as `.ima`: an X.509 certificate in DER, not parsed here.
  ///
  /// Source: Linux, security/integrity/ima/ima_asymmetric_keys.c.
  case key(keyring: [UInt8], der: [UInt8])
  /// A hash that the kernel refuses, as the text of the keyring `.blacklist`: `bin:` or `tbs:` and digits.
  case refusedHash([UInt8])
  /// The digest of a module or kernel that was refused because the keyring `.blacklist` has it.
  ///
  /// Source: Linux, security/integrity/ima/ima_appraise.c, `ima_check_blacklist`.
  case refusedFile(digest: [UInt8])
  /// The command line for the kernel that a kexec starts, without the NUL.
  case kexecCommandLine([UInt8])
  /// The version of the running kernel, such as `6.12.0`, without the NUL.
  case kernelVersion([UInt8])
  /// Settings of SELinux in the kernel's order, such as `enforcing` and `1`.
  ///
  /// Source: Linux, security/selinux/ima.c, `selinux_ima_collect_state`.
  case selinuxState([Pair])
  /// The hash of the SELinux policy in kernel memory; the record's own digest is the hash of this hash.
  case selinuxPolicyHash([UInt8])
  case deviceMapper(DeviceMapperEvent)
  /// The text of an IMA policy. Kernels measure the policy's file, whose record has a digest only; the text itself
  /// comes from other hands.
  case policy(IMAPolicy)
  /// The name is one we do not know; nothing is wrong.
  case other([UInt8])
  /// The name says what the bytes are, and they are not that.
  case undecodable([UInt8], ParseError)

  /// `key=value` as recorded.
  public struct Pair: Equatable, Sendable {
    public var key: [UInt8]
    public var value: [UInt8]

    public init(key: [UInt8], value: [UInt8]) {
      self.key = key
      self.value = value
    }
  }

  /// What the record's buffer is; nil when it has none. `file` is the name that errors carry.
  public init?(_ record: Measurement, file: String) {
    guard let buffer = record.buffer else { return nil }
    let name = record.path ?? []
    do throws(ParseError) {
      self = try Self.decode(buffer, name: name, file: file, offset: record.offset)
    } catch {
      self = .undecodable(buffer, error)
    }
  }

  private static func decode(
    _ buffer: [UInt8], name: [UInt8], file: String, offset: Int
  ) throws(ParseError) -> MeasuredBuffer {
    let text = buffer.last == 0 ? buffer.dropLast() : buffer
    let label = String(decoding: name.prefix(64), as: UTF8.self)
    switch label {
    case "kexec-cmdline": return .kexecCommandLine(text)
    case "kernel_version": return .kernelVersion(text)
    case "blacklisted-hash": return .refusedFile(digest: buffer)
    case ".blacklist" where !isCertificate(buffer): return .refusedHash(text)
    case "selinux-state": return .selinuxState(try selinuxSettings(text, file: file, offset: offset))
    case "selinux-policy-hash": return .selinuxPolicyHash(buffer)
    default: break
    }
    if let kind = DeviceMapperEvent.Kind(rawValue: label) {
      return .deviceMapper(try DeviceMapperEvent(kind, text, file: file, offset: offset))
    }
    // Any keyring may be named in the policy; those of the kernel begin with a dot, IMA's old ones with `_`.
    if isCertificate(buffer) { return .key(keyring: name, der: buffer) }
    if name.first == UInt8(ascii: "."), !name.contains(UInt8(ascii: "/")) {
      throw ParseError(
        file: file, offset: offset, field: "key of \(escapedText(name))", expected: "an X.509 certificate in DER",
        found: "other bytes")
    }
    let policy = IMAPolicy(text, file: file)
    return policy.problems.isEmpty && !policy.rules.isEmpty ? .policy(policy) : .other(buffer)
  }

  /// A DER sequence that fills the bytes.
  private static func isCertificate(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 4, bytes[0] == 0x30 else { return false }
    switch bytes[1] {
    case 0x81: return Int(bytes[2]) == bytes.count - 3
    case 0x82: return Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - 4
    default: return false
    }
  }

  /// `initialized=1;enforcing=1;`
  private static func selinuxSettings(
    _ text: [UInt8], file: String, offset: Int
  ) throws(ParseError) -> [Pair] {
    guard text.count <= 1 << 16 else {
      throw ParseError(
        file: file, offset: offset, field: "selinux-state", expected: "at most \(1 << 16) bytes", found: "\(text.count)"
      )
    }
    var pairs: [Pair] = []
    for part in text.split(separator: UInt8(ascii: ";")) {
      guard let equals = part.firstIndex(of: UInt8(ascii: "=")), equals > part.startIndex else {
        throw ParseError(
          file: file, offset: offset, field: "selinux-state", expected: "name=value;",
          found: escapedText(part.prefix(40)))
      }
      pairs.append(Pair(key: Array(part[..<equals]), value: Array(part[(equals + 1)...])))
    }
    return pairs
  }
}
