import TCGEventLog

extension EventLog {
  /// The stage of each event, one answer an event in the order of the log.
  ///
  /// Told by type, content and place among the others, by the register only where these say nothing: a log of RTMRs has other
  /// numbers. Type and text are claims of the log, so an attacker may move an event to another stage; nothing that decides
  /// trust may rest on it. Linear in the size of the log.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.4 and 10.4.1; Linux TPM PCR Registry of the UAPI group.
  public var bootStages: [BootStage] {
    let contents = events.map { $0.content(file: "") }
    var reading = StageReading(log: self, contents: contents)
    return zip(events, contents).map { reading.stage(of: $0, $1) }
  }
}

/// What was met on the way through the log, as far as it tells of what follows.
private struct StageReading {
  /// Paths that GRUB was told to load.
  private var kernelPaths: Set<Substring> = []
  private var initrdPaths: Set<Substring> = []
  /// Index of the last application before the sections of a unified kernel image.
  private var unifiedKernel: Int?
  /// What the last application was that the log has before, but for those of the firmware itself.
  private var lastApplication = LastApplication.none
  /// A boot loader has measured a text or file of its own.
  private var loaderHasMeasured = false
  /// Numbers of registers are those of a TPM; else of the RTMRs of a guest.
  private let hasRegistersOfTPM: Bool
  /// Whatever register a log of user space extends, it is the system that does.
  private let isOfUserSpace: Bool
  private let secureBootRegister: UInt32

  init(log: EventLog, contents: [EventContent]) {
    hasRegistersOfTPM = log.registerFamily == .pcr
    isOfUserSpace = log.followsFirmware
    secureBootRegister = log.secureBootRegister
    var lastApplication: Int?
    for (event, content) in zip(log.events, contents) where !isResettable(event) {
      switch content {
      case .imageLoad where event.recordedType == .efiBootServicesApplication: lastApplication = event.index
      case .loader(let loader) where loader.kind == .grubCommand: note(command: loader.subject)
      case .loader(let loader) where loader.kind == .stubSection && unifiedKernel == nil:
        unifiedKernel = lastApplication
      default: break
      }
    }
  }

  /// Of registers that any program may reset: what stands there says nothing of the boot.
  ///
  /// Source: TCG PC Client Platform TPM Profile 1.05, table of PCR attributes: 16 for debugging, 23 for applications.
  private func isResettable(_ event: Event) -> Bool { hasRegistersOfTPM && [16, 23].contains(event.registerIndex) }

  /// Keeps the files of `linux` and `initrd`, in whichever form of the command.
  private mutating func note(command: String) {
    let words = command.split(separator: " ")
    guard let name = words.first else { return }
    switch name {
    case "linux", "linuxefi", "linux16", "multiboot", "multiboot2", "chainloader":
      if let path = words.dropFirst().first { kernelPaths.insert(path) }
    case "initrd", "initrdefi", "initrd16": initrdPaths.formUnion(words.dropFirst())
    default: break
    }
  }

  private enum LastApplication {
    case none
    /// An image that a file or a network card gave; what it is called tells whether it starts kernels.
    case named(startsKernels: Bool)
    case fromMemory
  }

  mutating func stage(of event: Event, _ content: EventContent) -> BootStage {
    if isOfUserSpace { return .operatingSystem }
    if isResettable(event) { return .other }
    if case .loader(let loader) = content, loader.kind != .shimVariable, event.registerIndex != 14 {
      loaderHasMeasured = true
    }
    switch event.recordedType {
    case .efiBootServicesApplication: return application(event, content)
    case .efiBootServicesDriver, .efiRuntimeServicesDriver, .efiSPDMFirmwareBlob, .efiSPDMFirmwareConfig,
      .efiSPDMDevicePolicy, .efiSPDMDeviceAuthority:
      return .drivers
    case .efiVariableAuthority: return .secureBoot
    case .efiVariableDriverConfig, .efiVariableBoot, .efiVariableBoot2: return variable(event, content)
    case .sCRTMContents, .sCRTMVersion, .postCode, .postCode2, .efiPlatformFirmwareBlob, .efiPlatformFirmwareBlob2,
      .efiHCRTMEvent, .cpuMicrocode, .nonhostCode:
      return .firmware
    case .efiHandoffTables, .efiHandoffTables2, .tableOfDevices, .nonhostConfig, .nonhostInfo:
      return .platformConfiguration
    case .efiGPTEvent, .efiGPTEvent2, .omitBootDeviceEvents: return .bootManager
    case .separator: return separator(event)
    case .efiAction, .action: return action(event, content)
    case .ipl: return loaderEvent(event, content)
    case .iplPartitionData: return .bootLoader
    case .eventTag: return tagged(event, content)
    case .platformConfigFlags: return flags(content, event)
    case .noAction: return unmeasured(event, content)
    case .compactHash: return hasRegistersOfTPM && event.registerIndex == 11 ? .operatingSystem : byRegister(event)
    default: return byRegister(event)
    }
  }

  // MARK: Images

  private mutating func application(_ event: Event, _ content: EventContent) -> BootStage {
    guard case .imageLoad(let image) = content else { return .bootLoader }
    let path = image.path.text
    if image.path.isOfFirmwareVolume { return .bootManager }
    let isFromMemory = !image.path.namesFile
    defer {
      lastApplication = isFromMemory ? .fromMemory : .named(startsKernels: Self.namesKernelLoader(path))
    }
    if event.index == unifiedKernel { return .kernel }
    return isFromMemory ? ofMemory(path) : Self.namesKernel(path) ? .kernel : .bootLoader
  }

  /// An image without a file's path was read by the one before it, and started from memory. So shim of older versions starts GRUB,
  /// and GRUB the kernel: it is a kernel when a loader has measured something by then, or came before it.
  private func ofMemory(_ path: String) -> BootStage {
    // What the stub of systemd names the kernel that it carries.
    if path.lowercased().contains("venmedia(55c5d1f8-04cd-46b5-8a20-e56cbb3052d0)") || loaderHasMeasured {
      return .kernel
    }
    return switch lastApplication {
    case .none: .bootLoader
    case .named(let startsKernels): startsKernels ? .kernel : .bootLoader
    case .fromMemory: .kernel
    }
  }

  private static func namesKernelLoader(_ path: String) -> Bool {
    let name = lastComponent(path)
    return name.hasPrefix("grub") || name.hasPrefix("systemd-boot")
  }

  private static func lastComponent(_ path: String) -> String {
    path.lowercased().split { "\\/()".contains($0) }.last.map(String.init) ?? ""
  }

  private static func namesKernel(_ path: String) -> Bool {
    let name = lastComponent(path)
    // A module of GRUB that starts kernels is none, nor is what configures one.
    guard ![".mod", ".lst", ".cfg", ".conf", ".sig"].contains(where: name.hasSuffix) else { return false }
    return path.lowercased().contains("\\efi\\linux\\") || name == "kernel"
      || ["vmlinu", "bzimage", "linux"].contains { name.hasPrefix($0) }
  }

  private static func namesInitrd(_ path: String) -> Bool {
    let lower = path.lowercased()
    return ["initr", "-ucode", "/ucode", "/microcode"].contains { lower.contains($0) }
  }

  // MARK: Variables and actions

  private func variable(_ event: Event, _ content: EventContent) -> BootStage {
    guard case .variable(let variable, _) = content else { return byRegister(event) }
    let name = variable.nameText
    if Self.secureBootVariables.contains(name) { return .secureBoot }
    if ["BootOrder", "BootNext", "BootCurrent"].contains(name) || Self.isNumbered(name, "Boot") { return .bootManager }
    if name == "DriverOrder" || Self.isNumbered(name, "Driver") { return .drivers }
    if name == "SysPrepOrder" || Self.isNumbered(name, "SysPrep") { return .bootManager }
    // RTMR 0 stands for the register of the platform's configuration, too.
    guard hasRegistersOfTPM else { return .platformConfiguration }
    if event.registerIndex == secureBootRegister { return .secureBoot }
    return event.registerIndex == 3 && event.recordedType == .efiVariableDriverConfig
      ? .drivers : .platformConfiguration
  }

  private static let secureBootVariables: Set<String> = [
    "SecureBoot", "SetupMode", "AuditMode", "DeployedMode", "PK", "KEK", "db", "dbx", "dbt", "dbr", "MokList",
    "MokListX",
    "MokListTrusted", "MokSBState", "SbatLevel", "devAuthBoot",
  ]

  private static func isNumbered(_ name: String, _ prefix: String) -> Bool {
    name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 4
  }

  private func separator(_ event: Event) -> BootStage {
    switch event.registerIndex {
    case 0...(hasRegistersOfTPM ? 7 : 2): .bootManager
    case 8...15: .operatingSystem
    case 3...4: .operatingSystem
    default: .other
    }
  }

  private func action(_ event: Event, _ content: EventContent) -> BootStage {
    guard case .text(let text) = content else { return byRegister(event) }
    if text.text.hasPrefix("Exit Boot Services") { return .operatingSystem }
    if text.text.hasPrefix("Calling EFI Application") || text.text.hasPrefix("Returning from EFI Application") {
      return .bootManager
    }
    return byRegister(event)
  }

  // MARK: Loaders

  private func loaderEvent(_ event: Event, _ content: EventContent) -> BootStage {
    guard case .loader(let loader) = content else {
      guard hasRegistersOfTPM, [4, 5, 14].contains(event.registerIndex) else { return byRegister(event) }
      return event.registerIndex == 14 ? .secureBoot : .bootLoader
    }
    switch loader.kind {
    case .grubCommand, .moduleCommandLine: return .loaderConfiguration
    case .kernelCommandLine, .systemdOptions: return .kernelCommandLine
    case .shimVariable: return .secureBoot
    case .stubSection: return Self.section(loader.subject)
    case .grubFile, .text: return file(loader.subject, event)
    }
  }

  /// A section of a unified kernel image, by its name.
  private static func section(_ name: String) -> BootStage {
    switch name {
    case ".cmdline": .kernelCommandLine
    case ".initrd", ".ucode": .initrd
    default: .kernel
    }
  }

  private func file(_ path: String, _ event: Event) -> BootStage {
    // What GRUB as Red Hat patched it calls the two files that it loads.
    if event.registerIndex == 9, path == "Kernel" { return .kernel }
    if event.registerIndex == 9, path == "Initrd" { return .initrd }
    guard path.hasPrefix("/") || path.hasPrefix("(") else { return byRegister(event) }
    // The commands name files without the device, or with it, and GRUB logs them as it opened them.
    let bare = path.hasPrefix("(") ? path.drop { $0 != ")" }.dropFirst() : path[...]
    if initrdPaths.contains(bare) || initrdPaths.contains(path[...]) { return .initrd }
    if kernelPaths.contains(bare) || kernelPaths.contains(path[...]) { return .kernel }
    if Self.namesInitrd(path) { return .initrd }
    return Self.namesKernel(path) ? .kernel : .loaderConfiguration
  }

  private func tagged(_ event: Event, _ content: EventContent) -> BootStage {
    if case .text(let text) = content { return text.text == "Linux initrd" ? .initrd : .kernelCommandLine }
    guard case .tags(let tags) = content, let first = tags.first else { return byRegister(event) }
    switch first.identifier {
    case 0x8f3b_22ec, 0x49df_fe0f, 0xdac0_8e1a: return .initrd
    case 0x8f3b_22ed: return .kernelCommandLine
    case 0xf5bc_582a: return .loaderConfiguration
    case 0x6c46_f751: return .kernel
    case 0xd5cb_7cbc, 0xe0d4_7bc8, 0xc0b3_bd23: return .platformConfiguration
    default: return byRegister(event)
    }
  }

  private func flags(_ content: EventContent, _ event: Event) -> BootStage {
    guard case .text(let text) = content else { return byRegister(event) }
    // A hypervisor that starts a kernel without a loader.
    switch text.text {
    case "kernel": return .kernel
    case "DirectBoot Command Line": return .kernelCommandLine
    case "initrd": return .initrd
    default: return .platformConfiguration
    }
  }

  private func unmeasured(_ event: Event, _ content: EventContent) -> BootStage {
    switch content {
    case .specificationID, .startupLocality, .referenceManifest: .firmware
    case .tags: .operatingSystem
    default: byRegister(event)
    }
  }

  /// What the register is for.
  ///
  /// Source: Platform Firmware Profile 1.05, section 3.3.4; Linux TPM PCR Registry; UEFI 2.10, section 38.4.1.
  private func byRegister(_ event: Event) -> BootStage {
    guard hasRegistersOfTPM else {
      return switch event.registerIndex {
      case 0: .firmware
      case 1: .platformConfiguration
      case 2: .bootLoader
      case 3: .loaderConfiguration
      case 4, .max: .operatingSystem
      default: .other
      }
    }
    return switch event.registerIndex {
    case 0: .firmware
    case 1, 6: .platformConfiguration
    case 2, 3: .drivers
    case 4: .bootLoader
    case 5: .bootManager
    case 7, 14: .secureBoot
    case 8, 9: .loaderConfiguration
    case 10...13, 15, .max: .operatingSystem
    default: .other
    }
  }
}
