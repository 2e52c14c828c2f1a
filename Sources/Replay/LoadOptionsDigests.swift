import Digests
import Hashing
import TCGEventLog

/// The digests that the stub of the Linux kernel gives its load options, for each command line that a boot loader measured.
///
/// The event of the stub has no text, but what a loader hands over is the line that it measured: GRUB puts `BOOT_IMAGE=` before
/// it and no NUL behind, systemd's loaders hand it over as they log it. So the digest shows which text is the command line, which
/// otherwise is the claim of a label.
///
/// The stub measures into PCR 9 before the boot services end, and each start does so once: what stands elsewhere, or says otherwise than
/// another, shows nothing.
///
/// Source: Linux, `drivers/firmware/efi/libstub/efi-stub-helper.c` (`efi_measure_tagged_event`); GRUB, `grub-core/loader/efi/linux.c`;
/// systemd, `src/boot/measure.c`.
struct LoadOptionsDigests {
  /// Indexes of the events whose text has the digest.
  private var events: [Digest: Int] = [:]
  /// Indexes of the kernel's events.
  private let loadOptions: Set<Int>
  /// The line that all of them are of; nil where there is none, or they differ.
  private var line: Int?

  init(_ log: EventLog) {
    let banks = log.banks
    let register: UInt32 = log.registerFamily == .pcr ? 9 : 3
    let end = log.events.firstIndex(where: \.endsBootServices)
    loadOptions = Set(
      log.events.prefix(end ?? log.events.count)
        .filter { $0.isOfLoadOptions && $0.registerIndex == register }.map(\.index))
    guard !loadOptions.isEmpty else { return }
    for line in log.kernelCommandLines where !log.events[line.event].isOfLoadOptions {
      let event = log.events[line.event]
      let wide = String(decoding: line.text, as: UTF8.self).utf16.flatMap {
        [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]
      }
      let label = "BOOT_IMAGE=".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
      for bytes in [event.data, wide, wide + [0, 0], label + wide, label + wide + [0, 0]] {
        for bank in banks {
          guard let digest = bank.digest(of: bytes) else { continue }
          let known = Digest(bank, digest)
          events[known] = events[known] ?? line.event
        }
      }
    }
    let lines = Set(loadOptions.map { find(log.events[$0]) })
    line = lines.count == 1 ? lines.first ?? nil : nil
  }

  /// The event whose text the load options are; nil for other events.
  func commandLine(of event: Event) -> Int? { loadOptions.contains(event.index) ? line : nil }

  /// By every digest that can be computed here.
  private func find(_ event: Event) -> Int? {
    let known = event.digests.compactMap { digest in
      digest.algorithm.flatMap { $0.digest(of: []) == nil ? nil : Digest($0, digest.bytes) }
    }
    guard let first = known.first, let line = events[first], known.allSatisfy({ events[$0] == line }) else {
      return nil
    }
    return line
  }
}

extension Event {
  /// Source: Linux, `drivers/firmware/efi/libstub/efistub.h` (`LOAD_OPTIONS_EVENT_TAG_ID`).
  fileprivate var isOfLoadOptions: Bool { recordedType == .eventTag && firstTag == 0x8f3b_22ed }
}
