import ByteReading
import Digests
import TPMStructures

/// How the second of two quotes differs from the first. Nothing is verified here.
public struct QuoteComparison: Sendable {
  /// Signer, firmware version, selection, and the digest of the registers where no register is known to explain it.
  public let fields: [FieldDifference]
  /// What every quote has of its own: nonce, clock, counts of resets and restarts. No difference unless everything is asked for.
  public let ofEveryQuote: [FieldDifference]
  /// Registers whose values are known from the quotes' own files and differ.
  public let registers: [RegisterDifference]

  public var isEmpty: Bool { fields.isEmpty && registers.isEmpty }

  /// - parameter registers: the values that belong to each quote; nil when they were not archived.
  public init(
    _ old: Attestation, _ new: Attestation, registers values: (old: RegisterValues?, new: RegisterValues?),
    showsAll: Bool = false
  ) {
    var fields: [FieldDifference] = []
    var own: [FieldDifference] = []
    func compare(_ name: String, _ old: String, _ new: String, _ fields: inout [FieldDifference]) {
      if old != new { fields.append(FieldDifference(name: name, old: old, new: new)) }
    }
    registers = RegisterDifference.between(
      values.old ?? RegisterValues(), values.new ?? RegisterValues(), countingUnknown: true)
    compare("kind", old.attested.kind, new.attested.kind, &fields)
    compare("magic", hex(old.magic), hex(new.magic), &fields)
    compare("qualified signer", bytesText(old.qualifiedSigner), bytesText(new.qualifiedSigner), &fields)
    compare("firmware version", hex(old.firmwareVersion), hex(new.firmwareVersion), &fields)
    compare("clock is safe", old.clock.isSafe ? "yes" : "no", new.clock.isSafe ? "yes" : "no", &fields)
    if case .quote(let left) = old.attested, case .quote(let right) = new.attested {
      compare("PCR selection", Self.text(left.selection), Self.text(right.selection), &fields)
      if registers.isEmpty { compare("PCR digest", bytesText(left.digest), bytesText(right.digest), &fields) }
    }
    compare("reset count", "\(old.clock.resetCount)", "\(new.clock.resetCount)", &own)
    compare("restart count", "\(old.clock.restartCount)", "\(new.clock.restartCount)", &own)
    compare("clock", "\(old.clock.clock) ms", "\(new.clock.clock) ms", &own)
    compare("nonce", bytesText(old.nonce), bytesText(new.nonce), &own)
    ofEveryQuote = showsAll ? [] : own
    self.fields = showsAll ? fields + own : fields
  }

  private static func text(_ selection: RegisterSelection) -> String {
    selection.banks.map { bank in
      let name = bank.algorithm?.name ?? hex(bank.rawAlgorithm)
      return name + ":" + bank.registers.map(String.init).joined(separator: ",")
    }.joined(separator: "+")
  }
}
