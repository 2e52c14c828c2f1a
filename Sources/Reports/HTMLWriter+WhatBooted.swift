import Appraisal
import BootStory
import Replay

// What booted, as a chain of stages. What a digest does not cover, or no quote proves, looks like a claim and is called one.
extension HTMLWriter {
  /// Facts that stand open in a stage; a fold holds the others.
  private static let openFacts = 16

  /// - parameter rowLimit: events that the table of a stage shows.
  mutating func whatBooted(
    _ told: AttestationResult.ToldBoot?, then userSpace: AttestationResult.ToldBoot?, id: String, rowLimit: Int
  ) {
    guard let told, !told.story.stages.isEmpty else { return }
    block("h4", ["id": id + "-booted"], text: "What booted")
    block("p", ["class": "prose"]) { line in
      line.text("Told from the event log ")
      line.path(told.file)
      line.text(", in the order of a start. A log’s own words are worth what its digests and the quotes make of them:")
    }
    bindingLegend()
    block("ol", ["class": "stages"]) { list in
      for stage in told.story.stages { list.stage(stage, told.story.registers, rowLimit: rowLimit) }
    }
    guard let userSpace, !userSpace.story.stages.isEmpty else { return }
    block("p", ["class": "prose"]) { line in
      line.text("User space goes on in ")
      line.path(userSpace.file)
      line.text(":")
    }
    block("ol", ["class": "stages"]) { list in
      for stage in userSpace.story.stages { list.stage(stage, userSpace.story.registers, rowLimit: rowLimit) }
    }
  }

  private mutating func bindingLegend() {
    block("dl", ["class": "legend claims"]) { list in
      list.fact("digests proven:") {
        $0.text("a quote of a trusted key covers the register and the log as far as the event")
      }
      list.fact {
        $0.element("span", ["class": "claim"], text: "a claim:")
      } value: {
        $0.text("no digest covers it")
      }
      list.fact("partly a claim:") { $0.text("a digest covers the content that was measured, not every word about it") }
      list.fact("not proven:") { $0.text("a digest covers it, but no quote proves the digest") }
    }
  }

  private mutating func fact(_ name: (inout HTMLWriter) -> Void, value: (inout HTMLWriter) -> Void) {
    block("div") { pair in
      pair.element("dt") { name(&$0) }
      pair.element("dd") { value(&$0) }
    }
  }

  private mutating func stage(_ stage: BootStory.Stage, _ family: BootStory.Registers, rowLimit: Int) {
    let mark = stage.mark
    block("li", ["class": "stage " + mark.tone.rawValue]) { item in
      item.block("h5") { title in
        title.text(stage.stage.title + " ")
        title.mark(mark)
      }
      item.block("p", ["class": "quiet"], text: stage.place(in: family))
      item.facts(Array(stage.facts.prefix(Self.openFacts)), of: stage)
      let rest = Array(stage.facts.dropFirst(Self.openFacts))
      if !rest.isEmpty {
        item.block("details") { fold in
          fold.block("summary", text: "\(grouped(rest.count)) more of this stage")
          fold.facts(rest, of: stage)
        }
      }
      item.block("details") { fold in
        fold.block("summary", text: stage.events.count == 1 ? "The event" : "The \(grouped(stage.events.count)) events")
        fold.events(of: stage, family, limit: rowLimit)
      }
    }
  }

  /// Facts of one name that follow one another stand under it once.
  private mutating func facts(_ facts: [BootStory.Fact], of stage: BootStory.Stage) {
    guard !facts.isEmpty else { return }
    block("dl", ["class": "facts wide"]) { list in
      var rest = facts[...]
      while let first = rest.first {
        let run = rest.prefix { $0.name == first.name }
        rest = rest.dropFirst(run.count)
        list.block("div") { group in
          group.element("dt") { $0.name(of: first, in: stage) }
          for fact in run { group.element("dd") { $0.value(of: fact, in: stage) } }
        }
      }
    }
  }

  /// An option of the kernel with a weight has a mark in place of a name.
  private mutating func name(of fact: BootStory.Fact, in stage: BootStory.Stage) {
    if stage.stage == .kernelCommandLine, let weight = KernelOption.Weight(rawValue: fact.name) {
      mark(weight.mark)
    } else {
      text(fact.name)
    }
  }

  private mutating func value(of fact: BootStory.Fact, in stage: BootStory.Stage) {
    let doubt = fact.doubt(in: stage)
    let isCode = ["image", "measured digest", "command line", "command", "file", "section"].contains(fact.name)
    element("span", ["class": fact.binding == .bound && fact.isProven ? "shown" : "claim"]) { span in
      isCode ? span.path(fact.value) : span.text(fact.value)
    }
    guard let doubt else { return }
    text(" ")
    mark(doubt)
  }

  private mutating func events(of stage: BootStory.Stage, _ family: BootStory.Registers, limit: Int) {
    table(
      "Events: \(stage.stage.title)",
      columns: ["Event", family.label, "Type, and what it says", "Its digest", "Quote"],
      of: stage.events, class: "events stacks", limit: limit
    ) { body, event, _ in
      body.block("tr") { row in
        row.element("td", ["class": "number", "data-label": "Event"], text: grouped(event.index))
        row.element(
          "td", ["class": "number", "data-label": family.label],
          text: event.isExtended ? "\(family.number(event.register))" : "–")
        row.element("th", ["scope": "row"]) { cell in
          cell.element("code", text: event.type)
          guard let summary = event.summary else { return }
          cell.block("p") { line in
            line.element(
              "span", ["class": event.binding == .bound && event.isProven ? "shown" : "claim"], text: summary)
          }
        }
        row.element("td") { cell in
          cell.mark(event.binding.mark)
          cell.block("p", ["class": "quiet"], text: event.derivation)
        }
        row.element("td", ["data-label": "Quote"]) { $0.mark(event.proof) }
      }
    }
  }
}

extension BootStory.Stage {
  /// How much of it quotes prove.
  fileprivate var mark: Mark {
    let (extended, proven) = (extendedCount, provenCount)
    if extended == 0 { return Mark(symbol: "–", word: "in no register", tone: .plain) }
    if events.contains(where: { $0.binding == .contradicted }) {
      return Mark(symbol: "✗", word: "data contradict their digests", tone: .bad)
    }
    if proven == extended { return Mark(symbol: "✓", word: "digests proven", tone: .good) }
    if proven == 0 { return Mark(symbol: "?", word: "not proven", tone: .open) }
    return Mark(symbol: "?", word: "\(grouped(proven)) of \(grouped(extended)) events proven", tone: .open)
  }

  /// Its registers and how much was measured into them.
  fileprivate func place(in family: BootStory.Registers) -> String {
    guard !registers.isEmpty else { return "no register covers it" }
    let events = extendedCount == 1 ? "1 event" : "\(grouped(extendedCount)) events"
    return "\(family.label) \(spans(registers.map(family.number))), \(events) measured"
  }
}

extension BootStory.Fact {
  /// What keeps it from being more than a claim; nil when nothing does, or when the mark of the stage says so already.
  fileprivate func doubt(in stage: BootStory.Stage) -> Mark? {
    switch binding {
    case .contradicted, .unbound, .partlyBound: binding.mark
    case .bound:
      isProven || stage.provenCount == 0 ? nil : Mark(symbol: "?", word: "not proven", tone: .open)
    }
  }
}

extension BootStory.StoryEvent {
  fileprivate var proof: Mark {
    if !isExtended { return Mark(symbol: "–", word: "in no register", tone: .plain) }
    return isProven
      ? Mark(symbol: "✓", word: "proven", tone: .good) : Mark(symbol: "?", word: "not proven", tone: .open)
  }
}

extension EventBinding {
  fileprivate var mark: Mark {
    switch self {
    case .bound: Mark(symbol: "✓", word: "of all its data", tone: .plain)
    case .partlyBound: Mark(symbol: "•", word: "partly a claim", tone: .plain)
    case .unbound: Mark(symbol: "–", word: "a claim", tone: .plain)
    case .contradicted: Mark(symbol: "✗", word: "contradicted by its digest", tone: .bad)
    }
  }
}

extension KernelOption.Weight {
  fileprivate var mark: Mark {
    switch self {
    case .weakens: Mark(symbol: "!", word: "weakens", tone: .open)
    case .strengthens: Mark(symbol: "+", word: "strengthens", tone: .plain)
    case .decides: Mark(symbol: "•", word: "decides", tone: .plain)
    }
  }
}
