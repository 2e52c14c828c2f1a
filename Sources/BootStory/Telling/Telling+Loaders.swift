import ByteReading
import Replay
import TCGEventLog

/// Of what the firmware started: loaders and kernels, the files they read, commands and options.
extension Telling {
  func images(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    let loads = indexes.filter { if case .imageLoad = contents[$0] { true } else { false } }
    for index in loads.prefix(Self.listLimit) {
      guard case .imageLoad(let image) = contents[index] else { continue }
      facts.append(
        fact(
          "image", image.path.text.isEmpty ? "from memory, without a path" : image.path.text, index))
      facts += digestFact(index)
      facts += signer(of: index)
    }
    return facts + more(loads, "image")
  }

  /// What let an image start. Images and authorities are measured into two registers, and nothing binds which came first: a claim,
  /// always.
  private func signer(of image: Int) -> [BootStory.Fact] {
    switch authorities.answer(for: image) {
    case .authority(let event):
      return secureBoot.authorities.filter { $0.event == event }.map {
        fact(
          "verified by", "\($0.variable): \($0.certificate?.subject ?? "an entry that is no certificate")", event,
          .unbound)
      }
    case .noNewKey where secureBoot.isEnabled == true:
      return [fact("verified by", "no new key: one that was measured before, or none", image, .unbound)]
    case .notTold where secureBoot.isEnabled == true:
      return [
        fact(
          "verified by",
          "not told: some firmware measures a key before its image, some behind it, and the log fits neither or both",
          image,
          .unbound)
      ]
    case .noNewKey, .notTold: return []
    }
  }

  /// Files that a loader read, and sections of a unified image.
  func files(_ indexes: [Int]) -> [BootStory.Fact] {
    indexes.flatMap { index -> [BootStory.Fact] in
      switch contents[index] {
      case .loader(let loader):
        // A section's name is measured, then its content, with the same data.
        if checks[index].rule == .sectionName { return [] }
        return [fact(loader.kind == .stubSection ? "section" : "file", loader.subject, index)] + digestFact(index)
      case .tags(let tags): return [fact("measured", tags.first?.name ?? "tagged event", index)] + digestFact(index)
      case .text(let text): return [fact("measured", text.text, index)] + digestFact(index)
      case .opaque where log.events[index].recordedType == .ipl:
        return [fact("code or data of a disk", "boot sector or the like", index)] + digestFact(index)
      default: return []
      }
    }
  }

  func loaderConfiguration(_ indexes: [Int]) -> [BootStory.Fact] {
    let commands = indexes.filter {
      if case .loader(let loader) = contents[$0] { loader.kind == .grubCommand } else { false }
    }
    let known = Set(commands)
    let others = indexes.filter { !known.contains($0) }
    var facts = files(Array(others.prefix(Self.listLimit))) + more(others, "file")
    if !commands.isEmpty {
      facts.append(
        fact("commands", "\(commands.count) of GRUB by their labels, which stand among the events", restingOn: commands)
      )
      for index in commands {
        guard let summary = events[index].summary else { continue }
        let name = summary.prefix { $0 != " " }
        if ["linux", "linuxefi", "initrd", "initrdefi", "chainloader", "insmod"].contains(name), facts.count < 40 {
          facts.append(fact("command", summary, index))
        }
      }
    }
    let own = Set(indexes)
    for found in options where found.origin == .otherText && own.contains(found.event) && facts.count < 60 {
      facts.append(fact("weakens", "\(found.option.text): \(found.option.sentence)", found.event))
    }
    return facts
  }

  func commandLines(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    let own = Set(indexes)
    let lines = log.kernelCommandLines.filter { own.contains($0.event) }
    for line in lines {
      facts.append(fact("command line", escapedText(line.text), line.event))
      for option in KernelOption.all(in: line.text) {
        facts.append(
          fact(option.weight.rawValue, "\(option.text): \(option.sentence)", line.event))
      }
    }
    let told = Set(lines.map(\.event))
    for index in indexes where !told.contains(index) {
      guard checks[index].rule != .sectionName else { continue }
      if let line = checks[index].commandLine {
        facts.append(fact("command line as the kernel got it", "the text of event \(line)", index))
        continue
      }
      facts.append(
        fact("measured", "\(events[index].summary ?? "a command line"): its digest is of no text of the log", index))
      facts += digestFact(index)
    }
    return facts
  }
}
