/// A script in an RPM header, which rpm writes to `/var/tmp/rpm-tmp.XXXXXX` and runs.
///
/// Source: rpm, lib/rpmscript.c (`runExtScript`); include/rpm/rpmtag.h.
public struct RPMScriptlet: Equatable, Sendable {
  /// The tag's name in lower case, for example `postin`; triggers with their number from 0: `trigger-0`.
  public var name: String
  public var text: [UInt8]
  /// The interpreter, `/bin/sh` where none is named.
  public var interpreter: [UInt8]
  /// True when rpm runs another text than the header's: it expands macros or queries in it first.
  public var isExpanded: Bool

  /// Lua is run by rpm itself and never becomes a file.
  public var isEmbedded: Bool { interpreter.first == UInt8(ascii: "<") }

  private struct Place {
    var name: String
    var text: UInt32
    var interpreter: UInt32
    var flags: UInt32
  }

  /// Scripts of which a package has one each.
  private static let single = [
    Place(name: "prein", text: 1023, interpreter: 1085, flags: 5020),
    Place(name: "postin", text: 1024, interpreter: 1086, flags: 5021),
    Place(name: "preun", text: 1025, interpreter: 1087, flags: 5022),
    Place(name: "postun", text: 1026, interpreter: 1088, flags: 5023),
    Place(name: "verifyscript", text: 1079, interpreter: 1091, flags: 5026),
    Place(name: "pretrans", text: 1151, interpreter: 1153, flags: 5024),
    Place(name: "posttrans", text: 1152, interpreter: 1154, flags: 5025),
    Place(name: "preuntrans", text: 5103, interpreter: 5105, flags: 5107),
    Place(name: "postuntrans", text: 5104, interpreter: 5106, flags: 5108),
  ]

  /// Scripts of which a package may have many.
  private static let triggers = [
    Place(name: "trigger", text: 1065, interpreter: 1092, flags: 5027),
    Place(name: "filetrigger", text: 5066, interpreter: 5067, flags: 5068),
    Place(name: "transfiletrigger", text: 5076, interpreter: 5077, flags: 5078),
  ]

  static func list(_ reader: inout RPMValueReader) -> [RPMScriptlet] {
    var found: [RPMScriptlet] = []
    for place in single {
      guard let text = reader.string(RPMTag(rawValue: place.text)) else { continue }
      let program = reader.strings(RPMTag(rawValue: place.interpreter))?.first
      found.append(RPMScriptlet(place.name, text, program, reader.integer(RPMTag(rawValue: place.flags))))
    }
    for place in triggers {
      guard let texts = reader.strings(RPMTag(rawValue: place.text)) else { continue }
      let programs = reader.strings(RPMTag(rawValue: place.interpreter)) ?? []
      let flags = reader.integers(RPMTag(rawValue: place.flags)) ?? []
      for (number, text) in texts.enumerated() {
        found.append(
          RPMScriptlet(
            "\(place.name)-\(number)", text, number < programs.count ? programs[number] : nil,
            number < flags.count ? flags[number] : nil))
      }
    }
    return found
  }

  /// Bits of the flags: 1 expands macros, 2 a query format.
  private init(_ name: String, _ text: [UInt8], _ interpreter: [UInt8]?, _ flags: UInt64?) {
    self.name = name
    self.text = text
    self.interpreter = interpreter ?? Array("/bin/sh".utf8)
    isExpanded = (flags ?? 0) & 3 != 0
  }
}
