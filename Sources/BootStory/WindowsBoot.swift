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

  /// Words such as `TestSigning=1`, each once an event.
  private(set) var options: [(event: Int, option: KernelOption)] = []
  private(set) var modules: [Module] = []
  /// Windows measures into these, and an operating system alone extends them.
  private static let registers: ClosedRange<UInt32> = 11...14
  private static let moduleAggregation: UInt32 = 0x4001_0003
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
    guard case .nested(let inner) = tag.value else { return }
    if tag.identifier == Self.moduleAggregation {
      let text = { (identifier: UInt32) in
        inner.lazy.compactMap { tag -> String? in
          if tag.identifier == identifier, case .text(let text) = tag.value { text.text } else { nil }
        }.first
      }
      modules.append(Module(event: event, path: text(Self.path), publisher: text(Self.publisher)))
    }
    for inner in inner { read(inner, event) }
  }

  private static func option(_ tag: TaggedEvent) -> KernelOption? {
    guard case .number(let value) = tag.value, let (isGoodOn, sentence) = settings[tag.identifier],
      (value != 0) != isGoodOn
    else { return nil }
    return KernelOption(text: "\(tag.name ?? "")=\(value)", weight: .weakens, sentence: sentence)
  }

  /// Switches by their tag: whether they protect when they are on, and what is so when they do not.
  private static let settings: [UInt32: (isGoodOn: Bool, sentence: String)] = [
    0x0004_0001: (false, "A debugger may be attached to the boot loader of Windows."),
    0x0005_0001: (false, "A debugger may be attached to the kernel of Windows."),
    0x0005_0002: (true, "Windows does not check the signatures of what the kernel loads."),
    0x0005_0003: (false, "Windows loads drivers that are signed for tests, by anybody."),
    0x0005_0005: (false, "Windows was started in safe mode, without most of what protects it."),
    0x0005_0006: (false, "Windows PE was started, a system for setting up and repairing, and not the installed one."),
    0x0005_000d: (false, "A debugger may be attached to the hypervisor."),
  ]
}
