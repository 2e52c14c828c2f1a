import ByteReading

extension Measurement {
  /// The record is the hash over the registers of the boot, by its name.
  public var isBootAggregate: Bool { path?.elementsEqual(MeasurementList.bootAggregate) ?? false }

  // MARK: Fields of the template evm-sig and of templates put together from fields

  /// The user that owns the file (`iuid`); nil when the template has no such field or the record is of no file.
  public var ownerUserIdentifier: UInt32? { integer("iuid") }
  /// The group that owns the file (`igid`); nil when the template has no such field or the record is of no file.
  public var ownerGroupIdentifier: UInt32? { integer("igid") }
  /// The file's type and permissions as `stat` gives them (`imode`); nil when the template has no such field or the
  /// record is of no file.
  public var mode: UInt16? {
    guard let bytes = field("imode"), bytes.count == 2 else { return nil }
    let (low, high) = byteOrder == .littleEndian ? (bytes[0], bytes[1]) : (bytes[1], bytes[0])
    return UInt16(high) << 8 | UInt16(low)
  }

  /// Names of the extended attributes that EVM protects on the file (`xattrnames`), in the order of their lengths.
  /// Empty when the template has no such field or the file no such attribute.
  public var extendedAttributeNames: [[UInt8]] {
    texts("xattrnames", separator: UInt8(ascii: "|"))
  }

  /// Bytes of each attribute's value (`xattrlengths`), in the order of the names; nil when the field is absent or no
  /// whole number of 4-byte integers.
  public var extendedAttributeLengths: [UInt32]? {
    guard let bytes = field("xattrlengths"), bytes.count.isMultiple(of: 4) else { return nil }
    return stride(from: 0, to: bytes.count, by: 4).compactMap { bytes.span.uint32(at: $0, byteOrder) }
  }

  /// Values of the attributes one after another (`xattrvalues`); nil when there is none.
  public var extendedAttributeValues: [UInt8]? { nonEmpty("xattrvalues") }

  /// One extended attribute of the file.
  public struct ExtendedAttribute: Equatable, Sendable {
    /// Such as `security.selinux`. Not trusted to be text.
    public var name: [UInt8]
    public var value: [UInt8]
  }

  /// The extended attributes put together from their three fields; nil when those are absent or do not fit each other.
  public var extendedAttributes: [ExtendedAttribute]? {
    guard let lengths = extendedAttributeLengths, let values = field("xattrvalues") else { return nil }
    let names = extendedAttributeNames
    guard names.count == lengths.count else { return nil }
    var attributes: [ExtendedAttribute] = []
    var rest = values[...]
    for (name, length) in zip(names, lengths) {
      guard Int(length) <= rest.count else { return nil }
      attributes.append(ExtendedAttribute(name: name, value: Array(rest.prefix(Int(length)))))
      rest = rest.dropFirst(Int(length))
    }
    return rest.isEmpty ? attributes : nil
  }

  // MARK: Fields of patched kernels

  /// The number of a block device or of what stands for one.
  public struct DeviceNumber: Hashable, Sendable, CustomStringConvertible {
    public var major: UInt32
    public var minor: UInt32
    public var description: String { "\(major):\(minor)" }

    public init(major: UInt32, minor: UInt32) {
      self.major = major
      self.minor = minor
    }

    /// `major:minor` in decimal; nil for anything else.
    public init?(_ text: [UInt8]) {
      let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard parts.count == 2, let major = decimal(parts[0]).flatMap({ UInt32(exactly: $0) }),
        let minor = decimal(parts[1]).flatMap({ UInt32(exactly: $0) })
      else { return nil }
      self.init(major: major, minor: minor)
    }
  }

  /// The device of the file system that the file lies on (`dev-id`); nil when the template has no such field, when it
  /// is empty, as for `boot_aggregate`, or no device number.
  public var deviceNumber: DeviceNumber? { text("dev-id").flatMap { DeviceNumber($0) } }

  /// Who did what to the file by its security labels (`subj`): `ACT=rx&SUBJ=label&OBJ=label`.
  public struct Access: Equatable, Sendable {
    /// Letters of `rwxa`: read, write, execute, append.
    public var actions: [UInt8]
    /// Label of the process.
    public var subject: [UInt8]
    /// Label of the file.
    public var object: [UInt8]
  }

  /// The access that was measured; nil when the template has no such field, it is empty or of another form.
  public var access: Access? {
    guard let parts = text("subj")?.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false),
      parts.count == 3
    else { return nil }
    let names = ["ACT=", "SUBJ=", "OBJ="].map { Array($0.utf8) }
    guard zip(parts, names).allSatisfy({ $0.starts(with: $1) }) else { return nil }
    return Access(
      actions: Array(parts[0].dropFirst(4)), subject: Array(parts[1].dropFirst(5)),
      object: Array(parts[2].dropFirst(4)))
  }

  /// Name of the control group of the process that caused the measurement (`cgn`), for Docker the container's
  /// identifier; nil when there is none.
  public var controlGroupName: [UInt8]? { text("cgn") }
  /// Path of that control group (`cg-path` of `ima-cgpath`), which names pod and container; `-` when the kernel had
  /// none. Nil when the template has no such field.
  public var controlGroupPath: [UInt8]? { text("cgpath") ?? text("cg-path") }
  /// Programs of the process that caused the measurement and of its ancestors (`dep`), itself first. Empty when the
  /// template has no such field.
  public var dependencies: [[UInt8]] { texts("dep", separator: UInt8(ascii: ":")) }
  /// Inode number of the process's mount namespace (`mns`); nil when there is none or it is no number.
  public var mountNamespace: UInt64? { number("mns") }
  /// Number of the IMA namespace (`nsid`); nil when there is none or it is no number.
  public var namespaceIdentifier: UInt64? { number("nsid") }
  /// How many times the namespace measured this so far (`cnt`); nil when there is none or it is no number.
  public var count: UInt64? { number("cnt") }
  /// The process that caused the measurement (`pid`); nil when there is none or it is no number.
  public var processIdentifier: UInt64? { number("pid") }

  // MARK: Forms of fields

  private func integer(_ identifier: String) -> UInt32? {
    guard let bytes = field(identifier), bytes.count == 4 else { return nil }
    return bytes.span.uint32(at: 0, byteOrder)
  }

  /// A text without the NUL that may end it; nil when it is absent or empty.
  private func text(_ identifier: String) -> [UInt8]? {
    guard let bytes = field(identifier) else { return nil }
    let text = bytes.last == 0 ? bytes.dropLast() : bytes
    return text.isEmpty ? nil : text
  }

  private func texts(_ identifier: String, separator: UInt8) -> [[UInt8]] {
    // The last of more than 1024 texts is the rest of the field: each costs far more than its bytes.
    text(identifier)?.split(separator: separator, maxSplits: 1023, omittingEmptySubsequences: false).map { Array($0) }
      ?? []
  }

  private func number(_ identifier: String) -> UInt64? { text(identifier).flatMap { decimal($0[...]) } }
}

/// The number that decimal digits and nothing else write; nil when there are none or they need more than 64 bits.
func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
  guard !digits.isEmpty else { return nil }
  var value: UInt64 = 0
  for digit in digits {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
    let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
    let (sum, isStillTooLarge) = tens.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
    guard !isTooLarge, !isStillTooLarge else { return nil }
    value = sum
  }
  return value
}
