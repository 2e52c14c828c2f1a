import Comparison
import Digests
import Reports
import TCGEventLog

/// A comparison as a tree for programs.
func tree(_ comparison: CaptureComparison, second: String) -> InspectionValue {
  [
    "second": .text(second),
    "isDifferent": .bool(!comparison.isEmpty),
    "pairs": .list(comparison.pairs.map(tree)),
    "onlyInFirst": .list(comparison.onlyOld.map(tree)),
    "onlyInSecond": .list(comparison.onlyNew.map(tree)),
    "notes": .list(comparison.notes.map { .text($0) }),
  ]
}

private func tree(_ file: UnpairedFile) -> InspectionValue {
  ["kind": .text(file.kind.rawValue), "file": .text(file.path)]
}

private func tree(_ pair: ComparedPair) -> InspectionValue {
  let fields: [InspectionValue.Field] = [
    .init("kind", .text(pair.kind.rawValue)), .init("first", .text(pair.old)), .init("second", .text(pair.new)),
    .init("isDifferent", .bool(!pair.isEmpty)),
  ]
  switch pair.result {
  case .eventLogs(let logs): return .fields(fields + tree(logs))
  case .measurementLists(let lists): return .fields(fields + tree(lists))
  case .quotes(let quotes):
    return .fields(
      fields + [
        .init("fields", .list(quotes.fields.map(tree))), .init("registers", .list(quotes.registers.map(tree))),
        .init("ofEveryQuote", .list(quotes.ofEveryQuote.map(tree))),
      ])
  case .registers(let registers): return .fields(fields + [.init("registers", .list(registers.map(tree)))])
  }
}

private func tree(_ field: FieldDifference) -> InspectionValue {
  [
    "name": .text(field.name), "old": field.old.map { .text($0) } ?? .none,
    "new": field.new.map { .text($0) } ?? .none,
  ]
}

private func tree(_ register: RegisterDifference) -> InspectionValue {
  [
    "bank": .text(register.bank.name), "pcr": .number(register.register),
    "old": register.old.map { .hex($0) } ?? .none, "new": register.new.map { .hex($0) } ?? .none,
  ]
}

private func tree(_ logs: EventLogComparison) -> [InspectionValue.Field] {
  [
    .init("events", ["first": .number(logs.counts.old), "second": .number(logs.counts.new)]),
    .init("digestsCompared", .bool(logs.hasCommonBank)),
    .init("header", .list(logs.header.map(tree))),
    .init("differences", .list(logs.differences.map(tree))),
    .init("registers", .list(logs.registers.map(tree))),
    .init("leftOut", .fields(logs.leftOut.map { .init($0.content.rawValue, .number($0.count)) })),
  ]
}

private func tree(_ difference: EventDifference) -> InspectionValue {
  func place(_ place: EventDifference.Place?) -> InspectionValue {
    place.map { ["record": .number($0.record), "offset": .number($0.offset)] } ?? .none
  }
  var fields: [InspectionValue.Field] = [
    .init("kind", .text(difference.kind.rawValue)), .init("stage", .text(difference.stage)),
    .init("first", place(difference.old)), .init("second", place(difference.new)),
    .init("pcr", .number(difference.register)), .init("event", .text(difference.title)),
    .init("fields", .list(difference.fields.map(tree))),
    .init(
      "digests",
      .list(
        difference.digests.map {
          [
            "bank": .text($0.bank), "old": $0.old.map { .hex($0) } ?? .none, "new": $0.new.map { .hex($0) } ?? .none,
          ]
        })),
    .init("meaning", .text(difference.meaning)),
  ]
  if difference.kind == .moved {
    fields.append(.init("isReorderedInRegister", .bool(difference.isReorderedInRegister)))
  }
  return .fields(fields)
}

private func tree(_ lists: MeasurementListComparison) -> [InspectionValue.Field] {
  [
    .init("records", ["first": .number(lists.counts.old), "second": .number(lists.counts.new)]),
    .init("inBoth", .number(lists.common)),
    .init("prefix", lists.prefix.map { .text(name($0)) } ?? .none),
    .init("differences", .list(lists.differences.map(tree))),
    .init(
      "reordered",
      .list(lists.reordered.map { ["first": .number($0.old), "second": .number($0.new)] })),
    .init("leftOut", .number(lists.leftOut)),
    .init("templateDigestsCompared", .bool(!lists.hasOtherTemplateDigests)),
  ]
}

private func name(_ prefix: MeasurementListComparison.Prefix) -> String {
  switch prefix {
  case .same: "same"
  case .newIsShorter: "second-is-shorter"
  case .newIsLonger: "second-is-longer"
  }
}

private func tree(_ difference: MeasurementDifference) -> InspectionValue {
  func place(_ place: MeasurementDifference.Place?) -> InspectionValue {
    place.map { ["record": .number($0.record), "offset": .number($0.offset)] } ?? .none
  }
  return [
    "kind": .text(difference.kind.rawValue), "first": place(difference.old), "second": place(difference.new),
    "path": .text(difference.path), "digest": difference.digest.map { .text($0) } ?? .none,
    "isPathInBoth": .bool(difference.isPathInBoth), "fields": .list(difference.fields.map(tree)),
    "meaning": .text(difference.meaning),
  ]
}
