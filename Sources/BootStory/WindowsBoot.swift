import ByteReading
import TCGEventLog

/// What Windows measured of its own start: settings that take protections away, and the modules that it loaded.
///
/// Source: Windows SDK, `wbcl.h`; Microsoft, "BCDEdit /set" (`testsigning`, `debug`, `bootdebug`, `nointegritychecks`).
struct WindowsBoot {
  /// One module: a driver, a library of the kernel, or a loader.
  struct Module {
    var event: Int
    /// As Windows wrote it, escaped; nil where it names none, as of the first modules.
    var path: String?
    var publisher: String?
  }

  /// One number that Windows measured of its configuration.
  struct Setting {
    var event: Int
    /// As Windows calls it.
    var name: String
    var value: UInt64
  }

  /// Each name and value once.
  private(set) var settings: [Setting] = []
  /// Words such as `TestSigning=1`, each once an event.
  private(set) var options: [(event: Int, option: KernelOption)] = []
  /// Each module once: Windows measures the digest of most into one register, and that digest with the path into another.
  private(set) var modules: [Module] = []
  /// Places in `modules` by the digest of the image.
  private var named: Set<String> = []
  private var places: [[UInt8]: Int] = [:]
  /// Windows measures into these, and an operating system alone extends them.
  private static let registers: ClosedRange<UInt32> = 11...14
  private static let moduleAggregation: UInt32 = 0x4001_0003
  private static let authenticodeHash: UInt32 = 0x0007_0004
  private static let path: UInt32 = 0x0007_0001
  private static let publisher: UInt32 = 0x0007_0008

  /// - parameter log: of a TPM; in one of RTMRs nothing is looked for.
  init(_ log: EventLog) {
    guard log.registerFamily == .pcr else { return }
    for event in log.events where Self.registers.contains(event.registerIndex) {
      for tag in event.asTags(file: "") { read(tag, event.index) }
    }
  }

  private mutating func read(_ tag: TaggedEvent, _ event: Int) {
    if let option = Self.option(tag), !options.contains(where: { $0.event == event && $0.option == option }) {
      options.append((event, option))
    }
    if case .number(let value) = tag.value, let name = tag.name, Self.isOfConfiguration(tag.identifier),
      named.insert("\(name)=\(value)").inserted
    {
      settings.append(Setting(event: event, name: name, value: value))
    }
    guard case .nested(let inner) = tag.value else { return }
    if tag.identifier == Self.moduleAggregation {
      let text = { (identifier: UInt32) in
        inner.lazy.compactMap { tag -> String? in
          if tag.identifier == identifier, case .text(let text) = tag.value { text.text } else { nil }
        }.first
      }
      let digest = inner.first { $0.identifier == Self.authenticodeHash }?.data
      note(Module(event: event, path: text(Self.path), publisher: text(Self.publisher)), digest)
    }
    for inner in inner { read(inner, event) }
  }

  private mutating func note(_ module: Module, _ digest: [UInt8]?) {
    guard let digest, let place = places[digest] else {
      if let digest { places[digest] = modules.count }
      modules.append(module)
      return
    }
    // The one with the path says more.
    if modules[place].path == nil, module.path != nil { modules[place] = module }
  }

  /// Parameters of the boot loader and of the system.
  private static func isOfConfiguration(_ identifier: UInt32) -> Bool { [4, 5].contains(identifier >> 16) }

  private static func option(_ tag: TaggedEvent) -> KernelOption? {
    guard case .number(let value) = tag.value, let (isGoodOn, sentence) = switches[tag.identifier],
      (value != 0) != isGoodOn
    else { return nil }
    return KernelOption(text: "\(tag.name ?? "")=\(value)", weight: .weakens, sentence: sentence)
  }

  /// Switches by their tag: whether they protect when they are on, and what is so when they do not.
  private static let switches: [UInt32: (isGoodOn: Bool, sentence: String)] = [
    0x0004_0001: (false, "A debugger may be attached to the boot loader of Windows."),
    0x0005_0001: (false, "A debugger may be attached to the kernel of Windows."),
    0x0005_0002: (true, "Windows does not check the signatures of what the kernel loads."),
    0x0005_0003: (false, "Windows loads drivers that are signed for tests, by anybody."),
    0x0005_0005: (false, "Windows was started in safe mode, without most of what protects it."),
    0x0005_0006: (false, "Windows PE was started, a system for setting up and repairing, and not the installed one."),
    0x0005_000d: (false, "A debugger may be attached to the hypervisor."),
  ]
}
