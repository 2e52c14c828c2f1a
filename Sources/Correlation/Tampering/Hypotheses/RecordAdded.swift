/// One record was added or doubled, or the TPM never got its extend: without it the list replays.
struct RecordAdded: TamperHypothesis {
  static let name = "one-record-added"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    search.attempt(search.window.lazy.map { .drop($0) }, limit: TamperBudget.ofEachPlace).told(
      Self.name, { _ in "Without one record the list gives the quoted values." },
      refuted: "The list gives no quoted value without one of its records, whichever.")
  }
}
