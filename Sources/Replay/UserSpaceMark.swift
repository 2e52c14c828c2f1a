import Digests
import Hashing
import TCGEventLog

extension Event {
  /// Whether a log of user space may have the event in a register of firmware and loaders: it is one of the marks that systemd sets there,
  /// or, in register 9, of its registers in NV indexes, by its digests and not by what the log calls it.
  ///
  /// Source: systemd-pcrphase.service(8); systemd, `src/shared/tpm2-util.c` (`nvpcr-init`, `nvpcr-separator`).
  public var isMarkOfUserSpace: Bool {
    if isDigest(ofOneOf: MismatchConstant.phases.map(\.bytes)) { return true }
    guard registerIndex == 9, case .systemd(let measurement)? = canonical?.content,
      measurement.string.hasPrefix("nvpcr-")
    else { return false }
    return isDigest(ofOneOf: [Array(measurement.string.utf8)])
  }

  private func isDigest(ofOneOf texts: [[UInt8]]) -> Bool {
    !digests.isEmpty
      && digests.allSatisfy { digest in texts.contains { digest.algorithm?.digest(of: $0) == digest.bytes } }
  }
}
