import ByteReading
import Correlation
import Digests
import Reports
import TCGEventLog
import TPMStructures

/// A quote that Windows put into its log, with what the records before it give. Nothing here asks who signed it.
func tree(_ check: TrustPointCheck) -> InspectionValue {
  let point = check.trustPoint
  var fields: [InspectionValue.Field] = [
    .init("record", .number(point.record)), .init("key", point.keyName.map { .text($0) } ?? .none),
    .init("keyDigest", point.keyDigest.map { .hex($0) } ?? .none),
  ]
  switch check.statement {
  case .attestation(let attestation):
    fields += [
      .init("statement", .text("TPMS_ATTEST")), .init("time", time(attestation.nonce)),
      .init("clock", .number(attestation.clock.clock)), .init("resetCount", .number(attestation.clock.resetCount)),
      .init("restartCount", .number(attestation.clock.restartCount)),
    ]
  case .tpm12(let quote):
    fields += [.init("statement", .text("TPM_QUOTE_INFO2")), .init("time", time(quote.nonce))]
  case .unreadable(let error): fields.append(.init("statement", .text(error.description)))
  }
  let selection = check.selection.banks.map { bank in
    InspectionValue.fields([
      .init("bank", .text(bank.algorithm?.name ?? "0x" + String(bank.rawAlgorithm, radix: 16))),
      .init("registers", .list(bank.registers.map { .number($0) })),
    ])
  }
  fields.append(.init("pcrSelect", .list(selection)))
  switch check.outcome {
  case .reproduced: fields.append(.init("replay", .text("the records before it give the quoted values")))
  case .reproducedWithout(let record):
    fields.append(
      .init("replay", .text("the records before it give the quoted values only when record \(record) is left out")))
  case .differs(let expected, let actual):
    fields += [
      .init("replay", .text("the records before it do not give the quoted values")),
      .init("quotedDigest", .hex(expected)), .init("replayedDigest", .hex(actual)),
    ]
  case .notComputable(let reason): fields.append(.init("replay", .text("not comparable: \(reason)")))
  }
  fields.append(.init("signature", .text("not verified here: 'analyze' tries the keys of the case and of --key")))
  return .fields(fields)
}

/// Windows puts a FILETIME where a nonce belongs: 100 nanoseconds since 1601-01-01 UTC, 64 bits little-endian, zeros
/// behind it.
private func time(_ nonce: [UInt8]) -> InspectionValue {
  guard nonce.count >= 8, nonce.dropFirst(8).allSatisfy({ $0 == 0 }) else { return .none }
  let ticks = nonce.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  // Seconds from 1601 to 1970.
  let seconds = Int64(ticks / 10_000_000) - 11_644_473_600
  return .text(timeText(seconds))
}
