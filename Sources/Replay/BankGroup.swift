import Digests
import Hashing

/// The banks of some rules along a list.
///
/// They are extended together: an extend waits for the one before, and the other bank's fills the time.
struct BankGroup: Sendable {
  private var banks: [RegisterBank]
  private var searches: [RegisterSearch]
  private let algorithms: [HashAlgorithm]
  private let keepsHistory: Bool
  private var histories: [[UInt8]] = []

  init(_ rules: [ExtendRule], starts: [RegisterBank], searches: [RegisterSearch], keepsHistory: Bool) {
    banks = starts
    algorithms = rules.map(\.templateAlgorithm)
    self.searches = searches
    self.keepsHistory = keepsHistory
    if keepsHistory || searches.contains(where: \.isNeeded) { histories = Array(repeating: [], count: banks.count) }
  }

  /// Extends the registers with the digests of the pieces; gives the values after each record, bank by bank and piece
  /// by piece, when they are kept. Nil when OpenSSL lacks an algorithm.
  mutating func extend(_ pieces: [TemplateHasher.Piece]) -> [[[UInt8]]]? {
    var kept: [[[UInt8]]] = Array(repeating: [], count: banks.count)
    for piece in pieces {
      guard
        RegisterBank.extend(
          &banks, registers: piece.registers, with: piece.digests, algorithms: algorithms, histories: &histories)
      else { return nil }
      for index in histories.indices {
        searches[index].look(in: histories[index], piece)
        if keepsHistory { kept[index].append(histories[index]) }
      }
    }
    return kept
  }

  /// The searches as they stand, with the values of their banks.
  var finished: [(search: RegisterSearch, bank: RegisterBank)] { Array(zip(searches, banks)) }
}
