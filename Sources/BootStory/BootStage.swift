/// What part of a start an event speaks of, in the order in which a machine starts.
public enum BootStage: String, CaseIterable, Comparable, Sendable {
  /// Code of the platform: root of trust, firmware volumes, microcode.
  case firmware
  /// Settings and tables of the platform that are no code.
  case platformConfiguration = "platform-configuration"
  /// Whether images must be signed and by whom: the state, the keys, and what let an image start.
  case secureBoot = "secure-boot"
  /// Option ROMs, UEFI drivers, and devices that measure themselves.
  case drivers
  /// The firmware's choice of what to start: boot entries, partition table, the separators that end the firmware's part.
  case bootManager = "boot-manager"
  /// Images that choose and load the kernel: shim, GRUB, systemd-boot, the Windows boot manager.
  case bootLoader = "boot-loader"
  /// Files that the loader read to decide, and the commands that it ran.
  case loaderConfiguration = "loader-configuration"
  /// The kernel, or the unified kernel image that holds it.
  case kernel
  case kernelCommandLine = "kernel-command-line"
  case initrd
  /// From the end of the boot services on.
  case operatingSystem = "operating-system"
  /// Nothing says where it belongs.
  case other

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  public static func < (left: Self, right: Self) -> Bool { left.place < right.place }

  /// What a person calls it, for a heading.
  public var title: String {
    switch self {
    case .firmware: "Firmware"
    case .platformConfiguration: "Platform configuration"
    case .secureBoot: "Secure Boot"
    case .drivers: "Option ROMs and drivers"
    case .bootManager: "Boot manager"
    case .bootLoader: "Boot loaders"
    case .loaderConfiguration: "Loader configuration and commands"
    case .kernel: "Kernel"
    case .kernelCommandLine: "Kernel command line"
    case .initrd: "Initial RAM disk"
    case .operatingSystem: "Operating system"
    case .other: "Not attributed"
    }
  }
}
