/// Bytes that may have been extended without an event, with what to call them.
public struct MismatchConstant: Equatable, Sendable {
  /// For people; escaped.
  public var name: String
  /// What was hashed.
  public var bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// A text without a NUL.
  public init(_ text: String) { self.init(name: "\"\(text)\"", bytes: Array(text.utf8)) }

  /// What systemd extends while a system starts and stops, in this order.
  ///
  /// Source: systemd-pcrphase.service(8); UAPI group, "Linux TPM PCR Registry".
  public static let phases = ["os-separator", "enter-initrd", "leave-initrd", "sysinit", "ready", "shutdown", "final"]
    .map { MismatchConstant($0) }

  /// Texts that boot loaders and the early user space extend, some of them without an event.
  ///
  /// Source: as for `phases`; TCG PC Client Platform Firmware Profile 1.05, section 10.4.1.
  static let published =
    phases
    + [
      "Calling EFI Application from Boot Option", "Returning from EFI Application from Boot Option",
    ].map { MismatchConstant($0) } + exitBootServices
}
