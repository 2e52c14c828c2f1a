import TCGEventLog

/// Of the operating system, as far as its loader or its user space measured.
extension Telling {
  func operatingSystem(_ indexes: [Int]) -> [BootStory.Fact] {
    let told = indexes.filter { if case .text = contents[$0] { true } else { false } }
    let records = indexes.filter { if case .canonical = contents[$0] { events[$0].summary != nil } else { false } }
    let states = indexes.filter { if case .windowsState = contents[$0] { true } else { false } }
    let separators = told.filter { log.events[$0].recordedType == .separator }
    let ofWindows = Set(windows.settings.map(\.event)).union(windows.modules.map(\.event))
    let known = Set(told).union(records).union(states).union(ofWindows)
    let rest = indexes.filter { !known.contains($0) }
    let actions = told.filter { log.events[$0].recordedType != .separator }
    var facts = actions.prefix(Self.listLimit).map { fact("action", events[$0].summary ?? "", $0) }
    facts += more(actions, "action")
    for index in states.prefix(Self.listLimit) {
      if case .windowsState(let state) = contents[index] {
        facts.append(fact("state of Windows", windowsStateText(state), index))
      }
    }
    let own = Set(indexes)
    for found in options where found.origin == .windows && own.contains(found.event) {
      facts.append(fact("weakens", "\(found.option.text): \(found.option.sentence)", found.event))
    }
    facts += records.prefix(Self.listLimit).map { index in
      fact(
        "measured by user space", "\(events[index].summary ?? "") into \(log.name(ofRegister: events[index].register))",
        index)
    }
    facts += more(records, "measured by user space")
    let settings = windows.settings.filter { own.contains($0.event) }
    if !settings.isEmpty {
      let words = settings.map { "\($0.name)=\($0.value)" }
      for start in stride(from: 0, to: words.count, by: Self.listLimit) {
        let part = start..<min(start + Self.listLimit, words.count)
        facts.append(
          fact(
            "settings of Windows", words[part].joined(separator: ", "),
            restingOn: Set(settings[part].map(\.event)).sorted()))
      }
    }
    facts += windowsModules(windows.modules.filter { own.contains($0.event) })
    if !separators.isEmpty {
      let names = separators.map { log.name(ofRegister: events[$0].register) }
      facts.append(fact("end of what Windows’ loader measured", names.joined(separator: ", "), restingOn: separators))
    }
    if !rest.isEmpty {
      facts.append(fact("other events", "\(rest.count) of the operating system’s own loader", restingOn: rest))
    }
    return facts
  }

  private func windowsModules(_ modules: [WindowsBoot.Module]) -> [BootStory.Fact] {
    guard !modules.isEmpty else { return [] }
    let named = modules.filter { $0.path != nil }
    let count = fact(
      "modules of Windows", "\(modules.count) measured, \(named.count) of them with a path",
      restingOn: Set(modules.map(\.event)).sorted())
    let told = named.prefix(Self.listLimit).map { module in
      let publisher = module.publisher.map { ", published by \($0)" } ?? ""
      return fact("module of Windows", (module.path ?? "") + publisher, module.event)
    }
    let rest = named.dropFirst(Self.listLimit)
    guard !rest.isEmpty else { return [count] + told }
    let more = fact(
      "module of Windows", "\(rest.count) more with a path", restingOn: Set(rest.map(\.event)).sorted())
    return [count] + told + [more]
  }
}
