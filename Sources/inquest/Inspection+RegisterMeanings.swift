import Digests
import Replay
import Reports
import TPMStructures

/// What registers are for whose values no event log of firmware explains, by their numbers: as their values have it, one sentence
/// where all banks say the same.
func meanings(_ values: RegisterValues) -> [InspectionValue.Field] {
  let registers = Set(values.banks.flatMap { values.registers(of: $0) }).sorted()
  return field(
    registers.compactMap { register in
      var told: [(banks: [String], sentence: String)] = []
      for bank in values.banks {
        guard let value = values[bank, register], let sentence = meaning(ofRegister: register, value: value) else {
          continue
        }
        if let place = told.firstIndex(where: { $0.sentence == sentence }) {
          told[place].banks.append(bank.name)
        } else {
          told.append(([bank.name], sentence))
        }
      }
      guard let first = told.first else { return nil }
      let all =
        told.count == 1
        ? first.sentence
        : told.map { "\($0.banks.joined(separator: ", ")): \($0.sentence)" }
          .joined(separator: "; ")
      return (register, all)
    })
}

/// The same where only the numbers are known, as in a quote without its PCR file.
func meanings(_ selection: RegisterSelection) -> [InspectionValue.Field] {
  let registers = Set(selection.banks.flatMap(\.registers)).sorted()
  return field(registers.compactMap { register in unloggedPurpose(ofRegister: register).map { (register, $0) } })
}

private func meaning(ofRegister register: Int, value: [UInt8]) -> String? {
  guard let purpose = unloggedPurpose(ofRegister: register) else { return nil }
  guard let meaning = unloggedMeaning(ofRegister: register, value: value) else { return "\(purpose): not extended" }
  // What is said of these values names no register.
  return (17...22).contains(register) ? "DRTM: " + meaning : meaning
}

private func field(_ meanings: [(register: Int, sentence: String)]) -> [InspectionValue.Field] {
  guard !meanings.isEmpty else { return [] }
  return [
    .init("registersWithoutLog", .fields(meanings.map { .init("\($0.register)", .text($0.sentence)) }))
  ]
}
