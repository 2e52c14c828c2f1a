/// What changes on every boot of an unchanged machine. Each case names one row of the table in docs/compare.md.
public enum VolatileContent: String, CaseIterable, Sendable {
  case loadAddress = "load addresses"
  case firmwareAddress = "addresses of firmware in memory"
  case tableAddress = "addresses of handoff tables"
  case bootCounter = "boot counters"
  case time = "times"
  case randomSeed = "random seeds"
}

/// Bytes of an event's data that change on every boot.
public struct VolatileSpan: Equatable, Sendable {
  public var content: VolatileContent
  /// In `Event.data`.
  public var range: Range<Int>
}

extension Event {
  /// In the order of the data, none over another. Only what is told by the format itself: a field of a structure, a tag or
  /// a variable that its vendor's GUID names.
  public func volatileSpans(file: String) -> [VolatileSpan] {
    switch recordedType {
    case .efiBootServicesApplication, .efiBootServicesDriver, .efiRuntimeServicesDriver:
      guard case .imageLoad(let image) = content(file: file) else { return [] }
      // ImageLocationInMemory comes first; the path begins behind four integers of eight bytes.
      return [VolatileSpan(content: .loadAddress, range: 0..<8)] + image.path.volatileSpans(from: 32)
    case .efiPlatformFirmwareBlob, .efiPlatformFirmwareBlob2, .postCode, .postCode2, .sCRTMContents, .cpuMicrocode:
      // Base and length stand last.
      guard case .firmwareBlob = content(file: file), data.count >= 16 else { return [] }
      return [VolatileSpan(content: .firmwareAddress, range: data.count - 16..<data.count - 8)]
    case .efiHandoffTables, .efiHandoffTables2:
      guard case .handoffTables(let tables) = content(file: file) else { return [] }
      let start = data.count - tables.tables.count * 24
      return tables.tables.indices.map {
        VolatileSpan(content: .tableAddress, range: start + $0 * 24 + 16..<start + $0 * 24 + 24)
      }
    case .eventTag, .noAction:
      guard case .tags(let tags) = content(file: file) else { return [] }
      return tags.flatMap { volatileSpans(of: $0) }
    case .efiVariableBoot, .efiVariableBoot2, .efiVariableDriverConfig:
      return variableSpans(file: file)
    default: return []
    }
  }

  /// The data with zeros in place of what changes on every boot.
  public func settledData(_ spans: [VolatileSpan]) -> [UInt8] {
    var settled = data
    for span in spans {
      for place in span.range where settled.indices.contains(place) { settled[place] = 0 }
    }
    return settled
  }

  private func volatileSpans(of tag: TaggedEvent) -> [VolatileSpan] {
    if case .nested(let tags) = tag.value { return tags.flatMap { volatileSpans(of: $0) } }
    let start = tag.offset - dataOffset + 8
    return TaggedEvent.volatileTags[tag.identifier].map {
      [VolatileSpan(content: $0, range: start..<start + tag.data.count)]
    } ?? []
  }

  private func variableSpans(file: String) -> [VolatileSpan] {
    guard case .variable(let variable, let content) = content(file: file) else { return [] }
    let start = variable.contentRange.lowerBound - dataOffset
    if let known = VolatileVariable(vendor: variable.vendor, name: variable.nameText).content {
      return [VolatileSpan(content: known, range: start..<start + variable.contentRange.count)]
    }
    guard case .loadOption(let option) = content else { return [] }
    // Attributes, length of the path, description with its NUL.
    var place = start + 6 + (option.description.count + 1) * 2
    return ([option.path] + option.furtherPaths).flatMap { path in
      defer { place += path.byteCount }
      return path.volatileSpans(from: place)
    }
  }
}

extension TaggedEvent {
  /// Source: Windows SDK, `wbcl.h`.
  fileprivate static let volatileTags: [UInt32: VolatileContent] = [
    0x0002_0002: .bootCounter, 0x0002_0006: .bootCounter, 0x0007_0007: .loadAddress,
  ]
}

/// A variable that holds something else on every boot.
private struct VolatileVariable {
  var vendor: EFIGUID?
  var name: String

  /// nil for one that does not. A name without the vendor's GUID says nothing: anyone may make a variable of that name.
  ///
  /// Source: EDK II, `MdeModulePkg`, `gMtcVendorGuid`; systemd, the Boot Loader Interface.
  var content: VolatileContent? {
    switch (vendor?.text, name) {
    case ("eb704011-1402-11d3-8e77-00a0c969723b", "MTC"): .bootCounter
    case (Self.systemd, "LoaderTimeInitUSec"), (Self.systemd, "LoaderTimeMenuUSec"),
      (Self.systemd, "LoaderTimeExecUSec"):
      .time
    case (Self.systemd, "LoaderRandomSeed"): .randomSeed
    default: nil
    }
  }

  private static let systemd = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
}

extension EFIDevicePath {
  /// Start and end address of memory-mapped devices: a firmware volume lies elsewhere when memory is laid out otherwise.
  ///
  /// Source: UEFI Specification 2.10, section 10.3.2.3: type 1, subtype 3, memory type, start, end.
  fileprivate func volatileSpans(from start: Int) -> [VolatileSpan] {
    var spans: [VolatileSpan] = []
    var place = start
    for node in nodes {
      if node.type == 1, node.subtype == 3, node.data.count == 20 {
        spans.append(VolatileSpan(content: .firmwareAddress, range: place + 8..<place + 24))
      }
      place += 4 + node.data.count
    }
    return spans
  }
}
