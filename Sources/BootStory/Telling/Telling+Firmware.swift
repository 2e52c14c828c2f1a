import ByteReading
import TCGEventLog

/// Of the platform: its firmware, its settings, its drivers.
extension Telling {
  func firmware(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    var blobs: [Int] = []
    var texts: [Int] = []
    for index in indexes {
      switch (log.events[index].recordedType, contents[index]) {
      case (.sCRTMVersion, let content):
        let value: String
        switch content {
        case .text(let text): value = text.text
        case .guid(let guid): value = guid.text
        case .empty: value = "empty"
        default: value = Self.version(log.events[index].data)
        }
        facts.append(fact("firmware version (S-CRTM)", value.isEmpty ? "empty" : value, index))
      case (_, .firmwareBlob): blobs.append(index)
      case (.efiHCRTMEvent, _):
        facts.append(fact("H-CRTM", "the platform measured itself before the TPM was started", index))
      case (_, .startupLocality(let locality, _)):
        facts.append(fact("startup locality", String(locality), index))
      case (_, .referenceManifest(let pointer)):
        facts.append(fact("reference manifest", pointer.manifest.text, index))
      case (_, .text): texts.append(index)
      default: break
      }
    }
    if !blobs.isEmpty {
      facts.append(
        fact("firmware volumes", "\(blobs.count) measured; addresses and sizes are claims", restingOn: blobs))
    }
    return facts + texts.prefix(Self.listLimit).map { fact("code", events[$0].summary ?? "", $0) } + more(texts, "code")
  }

  /// A structure of the vendor's: the text that it begins with, where it does, else its bytes.
  private static func version(_ data: [UInt8]) -> String {
    let text = data.prefix { (0x20...0x7e).contains($0) }
    guard text.count >= 3, data.count > text.count, data[text.count] == 0 else {
      return "0x" + hexText(data.prefix(64))
    }
    return "\(escapedText(text)), and \(EventContent.counted(data.count - text.count, "byte")) behind it"
  }

  func configuration(_ indexes: [Int]) -> [BootStory.Fact] {
    var variables: [Int] = []
    var others: [Int] = []
    for index in indexes {
      switch contents[index] {
      case .variable: variables.append(index)
      case .empty, .opaque: break
      default: others.append(index)
      }
    }
    var facts = variables.prefix(Self.listLimit).map { fact("variable", events[$0].summary ?? "", $0) }
    facts += more(variables, "variable")
    facts += others.prefix(Self.listLimit).map { fact("setting or table", events[$0].summary ?? "", $0) }
    facts += more(others, "setting or table")
    let told = Set(variables).union(others)
    let rest = indexes.filter { !told.contains($0) }
    return rest.isEmpty
      ? facts : facts + [fact("other settings", "\(rest.count) measured, of no known format", restingOn: rest)]
  }

  func drivers(_ indexes: [Int]) -> [BootStory.Fact] {
    indexes.prefix(Self.listLimit).map { fact("driver", events[$0].summary ?? events[$0].type, $0) }
      + more(indexes, "driver")
  }
}
