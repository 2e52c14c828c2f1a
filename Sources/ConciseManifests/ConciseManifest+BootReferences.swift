import Digests

/// Values that a TPM should have after a boot, as modules give them.
extension ConciseManifest {
  /// A value that a register may have. Several of one register and bank are alternatives.
  public struct RegisterValue: Hashable, Sendable {
    public var register: Int
    public var digest: Digest
  }

  /// An event that a boot should measure: digests of one content in several banks.
  public struct ExpectedEvent: Equatable, Sendable {
    public var register: UInt32
    /// Name of the type in the PC Client profile, starting with `EV_`.
    public var type: String
    public var digests: [Digest]
  }

  /// Whether numbers of integrity registers can be those of PCRs: profiles of other technologies number their own.
  ///
  /// Source: Intel's arc 2.16.840.1.113741 (TDX: RTMRs), Arm's profiles of PSA and CCA (realm extensible measurements).
  private var mayNumberPCRs: Bool {
    !["2.16.840.1.113741", "arm.com", "tdx"].contains { profile.lowercased().contains($0) }
  }

  private var referenceMeasurements: [ConciseModule.Measurement] {
    modules.flatMap { $0.references.flatMap(\.measurements) }
  }

  /// Values of integrity registers, and digests of measurements whose key or name is that of a PCR (`PCR 7`). Only reference
  /// values count: an endorsed value says what holds when others have been met.
  public var registerValues: [RegisterValue] {
    guard mayNumberPCRs else { return [] }
    var seen: Set<RegisterValue> = []
    var values: [RegisterValue] = []
    func add(_ index: UInt64?, _ digests: [ConciseDigest]) {
      guard let register = index.flatMap({ Int(exactly: $0) }), (0..<24).contains(register) else { return }
      for digest in digests.compactMap(\.digest) {
        let value = RegisterValue(register: register, digest: digest)
        if seen.insert(value).inserted { values.append(value) }
      }
    }
    for measurement in referenceMeasurements {
      for register in measurement.registers { add(register.index, register.digests) }
      if let name = measurement.labels.first(where: {
        $0.lowercased().hasPrefix("pcr") && registerIndex(ofName: $0) != nil
      }) {
        add(registerIndex(ofName: name), measurement.digests)
      }
    }
    return values
  }

  /// Digests of measurements whose key or name is a register and a type of event: `PCR 4 EV_EFI_BOOT_SERVICES_APPLICATION`.
  public var expectedEvents: [ExpectedEvent] {
    guard mayNumberPCRs else { return [] }
    return referenceMeasurements.compactMap { measurement in
      let digests = measurement.digests.compactMap(\.digest)
      guard !digests.isEmpty, let (register, type) = measurement.labels.lazy.compactMap(Self.event).first else {
        return nil
      }
      return ExpectedEvent(register: register, type: type, digests: digests)
    }
  }

  public var hasBootReferences: Bool { !registerValues.isEmpty || !expectedEvents.isEmpty }

  private static func event(_ label: String) -> (UInt32, String)? {
    guard let start = label.start(of: "EV_") else { return nil }
    let type = String(label[start...])
    var place = label[..<start]
    while let last = place.last, " :,-_/".contains(last) { place.removeLast() }
    guard type.utf8.allSatisfy({ (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f }),
      place.lowercased().hasPrefix("pcr"), let register = registerIndex(ofName: String(place)),
      let register = UInt32(exactly: register), register < 24
    else { return nil }
    return (register, type)
  }
}

extension ConciseModule.Measurement {
  /// What the measurement is called.
  fileprivate var labels: [String] {
    var labels = name.isEmpty ? [] : [name]
    if case .text(let text) = key { labels.append(text) }
    return labels
  }
}

extension String {
  /// Where `mark` begins for the first time.
  fileprivate func start(of mark: String) -> Index? {
    indices.first { self[$0...].hasPrefix(mark) }
  }
}
