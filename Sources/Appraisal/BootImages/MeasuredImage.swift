import Digests
import Hashing
import ReferenceManifests
import TCGEventLog

/// An event of an image, with the digests that count: those that a quote proves, or all where none is proven.
struct MeasuredImage {
  let event: Event
  /// The strongest first.
  let digests: [Digest]
  /// Digests of banks that no quote proves, where another one is proven. Lists of revocations have SHA-256 as a rule, whatever bank is
  /// quoted.
  let unproven: [Digest]
  let isProven: Bool
  let path: String?
  let isClaimedFirmware: Bool

  /// Nil when the event has no digest that could be looked up.
  init?(_ event: Event, file: String, proven: ProvenEvents) {
    self.event = event
    // The first of each bank is the one that is replayed.
    var seen: Set<HashAlgorithm> = []
    let all = event.digests.compactMap { digest in digest.algorithm.map { Digest($0, digest.bytes) } }
      .filter { FileDigestAlgorithm($0.algorithm) != nil && seen.insert($0.algorithm).inserted }
    let good = all.filter { proven.covers(event, in: $0.algorithm) }
    isProven = !good.isEmpty
    // SHA-256 first: that is what references and dbx are sure to have.
    let order: [HashAlgorithm] = [.sha256, .sha384, .sha512, .sha1]
    digests = (isProven ? good : all).sorted { left, right in
      (order.firstIndex(of: left.algorithm) ?? order.count) < (order.firstIndex(of: right.algorithm) ?? order.count)
    }
    unproven = isProven ? all.filter { !good.contains($0) } : []
    guard !digests.isEmpty else { return nil }
    if case .imageLoad(let load) = event.content(file: file) {
      path = load.path.nodes.isEmpty ? nil : load.path.text
      isClaimedFirmware = load.path.isOfFirmware
    } else {
      path = nil
      isClaimedFirmware = false
    }
  }

  func row(file: String) -> AttestationResult.BootImage {
    AttestationResult.BootImage(
      file: file, record: event.index, register: Int(event.registerIndex), type: event.recordedType.name, path: path,
      digest: digests[0], isProven: isProven, status: .notAssessed, reason: "")
  }
}

extension EFIDevicePath {
  /// No file of a disk, but a firmware volume, a range of memory or a device's own memory.
  ///
  /// Source: UEFI Specification 2.10, section 10.3.5: media nodes 6 and 7 are the PIWG firmware file and volume, 8 an offset
  /// range (an option ROM), 4 a file path; hardware node 3 is memory.
  var isOfFirmware: Bool {
    guard !nodes.isEmpty, !nodes.contains(where: { $0.type == 4 && $0.subtype == 4 }) else { return false }
    return nodes.contains { node in
      node.type == 4 && (6...8).contains(node.subtype) || node.type == 1 && node.subtype == 3
    }
  }
}

extension Event {
  /// Whether the digest of an image could stand here under the name of another type, in a register into which images are
  /// measured. What is bound to a text or a separator that the log shows is none.
  var mayHideAnImage: Bool {
    guard recordedType != .noAction, [2, 4].contains(registerIndex) else { return false }
    // A bank of zeros, or of an algorithm that nobody here knows, can hold no digest of an image that anything would be held against.
    let telling = digests.filter { $0.algorithm != nil && $0.bytes.contains { $0 != 0 } }
    return telling.isEmpty || !isShownWhole || !telling.allSatisfy { $0.algorithm?.digest(of: data) == $0.bytes }
  }

  /// Data that a person can read to their last character, or too short to be anything else. The header of an image has zeros and
  /// other bytes that are no text, so what Authenticode hashes of one is never shown whole.
  private var isShownWhole: Bool {
    if data.count <= 4 { return true }
    let isPlain = { (byte: UInt8) in (0x20..<0x7f).contains(byte) || [9, 10, 13].contains(byte) }
    let closing = data.reversed().prefix { $0 == 0 }.count
    if data.dropLast(closing).allSatisfy(isPlain) { return true }
    return stride(from: 0, to: data.count, by: 2).allSatisfy { place in
      let high = place + 1 < data.count ? data[place + 1] : 0
      return high == 0 && (isPlain(data[place]) || data[place] == 0 && place + closing >= data.count)
    }
  }
}

extension EventType {
  var isImageLoad: Bool {
    switch self {
    case .efiBootServicesApplication, .efiBootServicesDriver, .efiRuntimeServicesDriver: true
    default: false
    }
  }
}
