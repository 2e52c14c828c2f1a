import BootStory
import ByteReading
import Comparison
import Digests
import TCGEventLog

/// A comparison as lines for a person.
func comparisonText(
  _ comparison: CaptureComparison, names: (String, String), problems: [String], showsAll: Bool
) -> [UInt8] {
  var lines = ["\(names.0) -> \(names.1)"]
  for pair in comparison.pairs {
    lines.append("\(pair.kind.rawValue): \(pair.old) -> \(pair.new)")
    switch pair.result {
    case .eventLogs(let logs): lines += indented(text(logs))
    case .measurementLists(let lists): lines += indented(text(lists, showsAll: showsAll))
    case .quotes(let quotes): lines += indented(text(quotes))
    case .registers(let registers): lines += indented(registers.isEmpty ? ["no difference"] : registers.map(text))
    }
  }
  for file in comparison.onlyOld { lines.append("- \(file.kind.rawValue): \(file.path)") }
  for file in comparison.onlyNew { lines.append("+ \(file.kind.rawValue): \(file.path)") }
  lines += comparison.notes.map { "not compared: " + $0 }
  lines += problems.map { "problem: " + $0 }
  return Array((lines.joined(separator: "\n") + "\n").utf8)
}

private func indented(_ lines: [String]) -> [String] { lines.map { "  " + $0 } }

private func counted(_ number: Int, _ one: String) -> String { number == 1 ? "1 \(one)" : "\(number) \(one)s" }

/// `name: old -> new`, or with a sign when one side lacks it.
private func text(_ field: FieldDifference) -> String {
  switch (field.old, field.new) {
  case (let old?, let new?): "\(field.name): \(old) -> \(new)"
  case (let old?, nil): "\(field.name): - \(old)"
  case (nil, let new?): "\(field.name): + \(new)"
  case (nil, nil): field.name
  }
}

private func text(_ register: RegisterDifference) -> String {
  text(
    FieldDifference(
      name: "\(register.bank.name) PCR \(register.register)", old: register.old.map { hexText($0) },
      new: register.new.map { hexText($0) }))
}

// MARK: Event logs

private func text(_ logs: EventLogComparison) -> [String] {
  var lines = logs.header.map { "~ " + text($0) }
  if logs.isEmpty {
    lines.append("no difference in \(counted(logs.counts.new, "event"))")
  } else {
    lines.append(
      "\(counted(logs.counts.old, "event")) -> \(counted(logs.counts.new, "event")): \(summary(logs.differences))")
  }
  for stage in stages(logs.differences) {
    lines.append("\(stage.name):")
    lines += indented(stage.differences.flatMap(text))
  }
  if !logs.hasCommonBank { lines.append("the logs have no bank in common: digests were not compared") }
  if !logs.differences.isEmpty || !logs.registers.isEmpty { lines.append(registerSentence(logs.registers)) }
  if let sentence = leftOutSentence(logs) { lines.append(sentence) }
  return lines
}

private func summary(_ differences: [EventDifference]) -> String {
  let kinds: [EventDifference.Kind] = [.gone, .added, .changed, .moved]
  let parts = kinds.compactMap { kind in
    let count = differences.count { $0.kind == kind }
    return count == 0 ? nil : "\(count) \(kind.rawValue)"
  }
  return parts.isEmpty ? "the events are the same" : parts.joined(separator: ", ")
}

/// Differences by stage, in the order in which a machine starts.
private func stages(_ differences: [EventDifference]) -> [(name: String, differences: [EventDifference])] {
  let groups = Dictionary(grouping: differences) { BootStage(rawValue: $0.stage) ?? .other }
  return BootStage.allCases.compactMap { stage in groups[stage].map { (stage.title, $0) } }
}

private func text(_ difference: EventDifference) -> [String] {
  let sign =
    switch difference.kind {
    case .gone: "-"
    case .added: "+"
    case .changed: "~"
    case .moved: ">"
    }
  let places = [difference.old, difference.new].compactMap {
    $0.map { "\($0.record) at 0x\(String($0.offset, radix: 16))" }
  }
  let isSamePlace = difference.old == difference.new
  let place = "record " + (isSamePlace ? places[0] : places.joined(separator: " -> "))
  var lines = ["\(sign) \(place), PCR \(difference.register): \(difference.title)"]
  if difference.kind == .moved { lines.append("    " + orderSentence(difference)) }
  lines += difference.fields.map { "    " + text($0) }
  let digests = difference.kind == .gone || difference.kind == .added ? [] : difference.digests
  lines += digests.map {
    "    "
      + text(
        FieldDifference(
          name: "\($0.bank) digest", old: $0.old.map { hexText($0) }, new: $0.new.map { hexText($0) }))
  }
  if !difference.meaning.isEmpty { lines.append("    " + difference.meaning) }
  return lines
}

private func orderSentence(_ difference: EventDifference) -> String {
  difference.isReorderedInRegister
    ? "moved within the order of its register, whose value depends on it"
    : "moved between events of other registers: the order within its own register is the same"
}

private func registerSentence(_ registers: [RegisterDifference]) -> String {
  guard !registers.isEmpty else { return "PCR values that the logs give: the same" }
  var banks: [(name: String, registers: [String])] = []
  for register in registers {
    if banks.last?.name != register.bank.name { banks.append((register.bank.name, [])) }
    banks[banks.count - 1].registers.append("\(register.register)")
  }
  let parts = banks.map { "\($0.name) \($0.registers.joined(separator: ","))" }
  return "PCR values that the logs give differ: " + parts.joined(separator: "; ")
}

private func leftOutSentence(_ logs: EventLogComparison) -> String? {
  let count = logs.leftOut.reduce(0) { $0 + $1.count }
  guard count > 0 else { return nil }
  let parts = logs.leftOut.map { "\($0.content.rawValue) \($0.count)" }.joined(separator: ", ")
  return
    "\(counted(count, "difference")) that \(count == 1 ? "changes" : "change") on every boot left out: \(parts); --all shows them"
}

// MARK: Measurement lists

private func text(_ lists: MeasurementListComparison, showsAll: Bool) -> [String] {
  var lines: [String] = []
  let counts = "\(counted(lists.counts.old, "record")) -> \(counted(lists.counts.new, "record"))"
  switch lists.prefix {
  case .same where lists.isEmpty: lines.append("no difference in \(counted(lists.counts.new, "record"))")
  case .newIsShorter:
    lines.append("\(counts): the second list is the first \(lists.counts.new) records of the first list")
  case .newIsLonger:
    lines.append("\(counts): the first list is the first \(lists.counts.old) records of the second list")
  case .same, nil:
    let gone = lists.differences.count { $0.kind == .gone }
    let added = lists.differences.count { $0.kind == .added }
    let changed = lists.differences.count { $0.kind == .changed }
    lines.append("\(counts), \(lists.common) in both: \(gone) gone, \(added) added, \(changed) changed")
  }
  lines += lists.differences.flatMap(text)
  if !lists.reordered.isEmpty {
    lines.append(
      "\(lists.reordered.count) of the \(lists.common) records in both stand in another order, which is normal between boots"
        + (showsAll ? ":" : "; --all shows them"))
    if showsAll { lines += lists.reordered.map { "> record \($0.old) -> \($0.new)" } }
  }
  if lists.leftOut > 0 {
    lines.append(
      "\(counted(lists.leftOut, "record")) with other numbers of processes or namespaces left out; --all shows them")
  }
  if lists.hasOtherTemplateDigests {
    lines.append("the lists have template digests of different lengths, which were not compared")
  }
  return lines
}

private func text(_ difference: MeasurementDifference) -> [String] {
  let sign =
    switch difference.kind {
    case .gone: "-"
    case .added: "+"
    case .changed: "~"
    }
  let places = [difference.old, difference.new].compactMap { $0.map { "\($0.record)" } }
  let place = places.count == 2 && places[0] == places[1] ? places[0] : places.joined(separator: " -> ")
  let other = difference.isPathInBoth ? " (the other list has this path with other content)" : ""
  var lines = ["\(sign) record \(place): \(difference.path)" + (difference.digest.map { " " + $0 } ?? "") + other]
  lines += difference.fields.map { "    " + text($0) }
  if !difference.meaning.isEmpty { lines.append("    " + difference.meaning) }
  return lines
}

// MARK: Quotes

private func text(_ quotes: QuoteComparison) -> [String] {
  var lines = quotes.fields.map { "~ " + text($0) } + quotes.registers.map { "~ " + text($0) }
  if lines.isEmpty { lines.append("no difference") }
  if !quotes.ofEveryQuote.isEmpty {
    lines.append("of every quote its own: " + quotes.ofEveryQuote.map(text).joined(separator: ", "))
  }
  return lines
}
