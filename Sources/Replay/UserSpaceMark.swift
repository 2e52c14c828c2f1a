import Digests
import Hashing
import TCGEventLog

extension Event {
  /// Whether a log of user space may have the event in a register of firmware and loaders: it is one of the marks that systemd sets there,
  /// or, in register 9, of its registers in NV indexes, by its digests and not by what the log calls it.
  ///
  /// Source: systemd-pcrphase.service(8); systemd, `src/shared/tpm2-util.c` (`nvpcr-init`, `nvpcr-separator`).
  public var isMarkOfUserSpace: Bool {
    isDigest(ofOneOf: MismatchConstant.phases.map(\.bytes))
      || registerIndex == 9 && measuredWord.map { $0.hasPrefix("nvpcr-") } ?? false
  }

  /// The text of a record of systemd, when the digests are of it and it is one word without anything that a boot loader could take for
  /// two, so that whoever reads it reads all that was measured.
  public var measuredWord: String? {
    guard case .systemd(let measurement)? = canonical?.content, !measurement.string.isEmpty,
      measurement.string.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
      isDigest(ofOneOf: [Array(measurement.string.utf8)])
    else { return nil }
    return measurement.string
  }

  private func isDigest(ofOneOf texts: [[UInt8]]) -> Bool {
    !digests.isEmpty
      && digests.allSatisfy { digest in texts.contains { digest.algorithm?.digest(of: $0) == digest.bytes } }
  }
}
