import ByteReading
import TCGEventLog

/// Of the boot manager: its entries, and where the firmware’s part ends.
extension Telling {
  func bootManager(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    var entries: [(event: Int, name: String, option: EFILoadOption)] = []
    var separators: [Int] = []
    for index in indexes {
      switch contents[index] {
      case .variable(let variable, .loadOption(let option)): entries.append((index, variable.nameText, option))
      case .variable(_, .order), .variable(_, .number):
        facts.append(fact("variable", events[index].summary ?? "", index))
      case .partitionTable: facts.append(fact("started from", events[index].summary ?? "", index))
      case .text: facts.append(fact("action", events[index].summary ?? "", index))
      case .separator: separators.append(index)
      default: break
      }
    }
    let used = usedEntry(entries)
    for entry in entries.prefix(Self.listLimit) {
      let mark = entry.event == used ? "boot entry used (its path is that of the first image)" : "boot entry"
      let paths = ([entry.option.path] + entry.option.furtherPaths).map(\.text).joined(separator: "; ")
      // Only the content of the variable is hashed where firmware keeps to the rule: the number is a claim then.
      facts.append(
        fact(mark, "\(entry.name) “\(escapedUTF16(entry.option.description))” \(paths)", entry.event))
    }
    facts += more(entries.map(\.event), "boot entry")
    if !separators.isEmpty {
      let registers = Set(separators.map { log.events[$0].registerIndex }).sorted()
      let names =
        log.registerFamily == .pcr
        ? "PCR " + registers.map(String.init).joined(separator: ", ")
        : registers.map(log.name(ofRegister:)).joined(separator: ", ")
      facts.append(fact("end of the firmware’s part", "separators in \(names)", restingOn: separators))
    }
    return facts
  }

  /// The entry with the path of the first image that was started; an entry may hold the end of the path only.
  private func usedEntry(_ entries: [(event: Int, name: String, option: EFILoadOption)]) -> Int? {
    // Firmware says when an entry was tried in vain, and goes on with the next.
    let returned = contents.indices.last {
      if case .text(let text) = contents[$0] { text.text.hasPrefix("Returning from EFI Application") } else { false }
    }
    let first = contents.indices.first {
      $0 > returned ?? -1 && log.events[$0].recordedType == .efiBootServicesApplication && stages[$0] != .bootManager
    }
    guard let first, case .imageLoad(let image) = contents[first], !image.path.text.isEmpty else { return nil }
    let path = image.path.text.lowercased()
    let fitting = entries.filter { entry in
      ([entry.option.path] + entry.option.furtherPaths).contains {
        let own = $0.text.lowercased()
        return !own.isEmpty && own != "/" && path.hasSuffix(own)
      }
    }
    return fitting.count == 1 ? fitting[0].event : nil
  }
}
