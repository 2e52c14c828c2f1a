import ByteReading
import Digests
import Replay
import TCGEventLog

/// Turns the events of a stage into the facts that a person tells of it.
struct Telling {
  let log: EventLog
  let contents: [EventContent]
  let checks: [EventDigestCheck]
  let events: [BootStory.StoryEvent]
  /// Banks whose digest of an event a quote proves.
  let provenBanks: [Set<HashAlgorithm>]
  let stages: [BootStage]
  let secureBoot: SecureBootEvidence
  let authorities: ImageAuthorities
  let options: [BootStory.MeasuredOption]
  let windows: WindowsBoot

  /// More of one kind are counted, not listed: the events tell them all.
  private static let listLimit = 12

  func facts(of stage: BootStage, _ indexes: [Int]) -> [BootStory.Fact] {
    switch stage {
    case .firmware: firmware(indexes)
    case .platformConfiguration: configuration(indexes)
    case .secureBoot: secureBootFacts()
    case .drivers: drivers(indexes)
    case .bootManager: bootManager(indexes)
    case .bootLoader, .kernel: images(indexes) + files(indexes)
    case .loaderConfiguration: loaderConfiguration(indexes)
    case .kernelCommandLine: commandLines(indexes)
    case .initrd: files(indexes)
    case .operatingSystem: operatingSystem(indexes)
    case .other: []
    }
  }

  // MARK: Facts of one event and of many

  /// A fact that one event says. `binding` is that of the value, where the event as a whole has another.
  private func fact(_ name: String, _ value: String, _ event: Int, _ binding: EventBinding? = nil) -> BootStory.Fact {
    BootStory.Fact(
      name: name, value: EventContent.short(value), event: event, binding: binding ?? checks[event].binding,
      isProven: events[event].isProven)
  }

  /// A fact that rests on several events, as weak as the weakest of them.
  private func fact(_ name: String, _ value: String, restingOn indexes: [Int], _ binding: EventBinding? = nil)
    -> BootStory.Fact
  {
    let order: [EventBinding] = [.contradicted, .unbound, .partlyBound, .bound]
    let weakest = order.first { binding in indexes.contains { checks[$0].binding == binding } } ?? .unbound
    return BootStory.Fact(
      name: name, value: EventContent.short(value), event: indexes.count == 1 ? indexes[0] : nil,
      binding: binding ?? weakest, isProven: !indexes.isEmpty && indexes.allSatisfy { events[$0].isProven })
  }

  /// The digest of an event, which is what was measured whatever the rest says: of banks that a quote proves where there is one, for
  /// those of other banks may be anything.
  private func digest(_ event: Int) -> String? {
    let all = log.events[event].digests.filter { digest in
      digest.algorithm != nil && digest.bytes.contains { $0 != 0 }
    }
    let proven = all.filter { $0.algorithm.map(provenBanks[event].contains) ?? false }
    let known = proven.isEmpty ? all : proven
    guard let best = known.first(where: { $0.algorithm == .sha256 }) ?? known.last, let algorithm = best.algorithm
    else {
      return nil
    }
    return "\(algorithm.name):\(hexText(best.bytes))"
  }

  private func digestFact(_ event: Int) -> [BootStory.Fact] {
    // The digest is what was extended: it needs no rule to hold.
    digest(event).map { [fact("measured digest", $0, event, .bound)] } ?? []
  }

  // MARK: Firmware

  private func firmware(_ indexes: [Int]) -> [BootStory.Fact] {
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

  private func more(_ indexes: [Int], _ name: String) -> [BootStory.Fact] {
    let rest = Array(indexes.dropFirst(Self.listLimit))
    return rest.isEmpty ? [] : [fact(name, "\(rest.count) more", restingOn: rest)]
  }

  // MARK: Configuration, drivers

  private func configuration(_ indexes: [Int]) -> [BootStory.Fact] {
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

  private func drivers(_ indexes: [Int]) -> [BootStory.Fact] {
    indexes.prefix(Self.listLimit).map { fact("driver", events[$0].summary ?? events[$0].type, $0) }
      + more(indexes, "driver")
  }

  // MARK: Secure Boot

  private func secureBootFacts() -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    facts += secureBoot.states.prefix(Self.listLimit).map { flag in
      let place =
        flag.isBehindSeparator ? ", measured behind the separator: whatever ran by then may have extended it" : ""
      return fact("state", state(flag) + place, flag.event, flag.binding)
    }
    if secureBoot.states.isEmpty {
      facts.append(fact("state", "not known: no event of the register is of the variable SecureBoot", restingOn: []))
    }
    for (name, flag) in [
      ("setup mode", secureBoot.setupMode), ("audit mode", secureBoot.auditMode),
      ("deployed mode", secureBoot.deployedMode),
    ] {
      if let flag {
        facts.append(fact(name, Self.answer(flag), flag.event))
      }
    }
    if let event = secureBoot.debugMode { facts.append(fact("mode of the firmware", "UEFI Debug Mode", event)) }
    if let event = secureBoot.unprotectedDMA { facts.append(fact("DMA", "DMA Protection Disabled", event)) }
    for database in secureBoot.databases { facts += self.facts(of: database) }
    for authority in secureBoot.authorities { facts.append(self.fact(of: authority)) }
    for index in stages.indices where stages[index] == .secureBoot {
      if case .loader(let loader) = contents[index] {
        facts.append(fact("measured by shim", "\(loader.subject) (\(digest(index) ?? "no digest"))", index))
      }
    }
    return facts
  }

  private static func answer(_ flag: SecureBootEvidence.Flag) -> String {
    switch flag.value {
    case 1: "yes"
    case 0: "no"
    case let value?: "\(value)"
    case nil: flag.isEmpty ? "empty" : "of another form than one byte"
    }
  }

  /// Whether the log has anything that shim measures.
  private var hasShim: Bool {
    secureBoot.authorities.contains { $0.variable != "db" }
      || contents.contains { if case .loader(let loader) = $0 { loader.kind == .shimVariable } else { false } }
  }

  private func state(_ flag: SecureBootEvidence.Flag) -> String {
    switch flag.value {
    case 1: "on: images must be signed by a key of db" + (hasShim ? ", or of shim" : "")
    case 0: "off: any image may start"
    case nil:
      flag.isEmpty
        ? "the variable was empty as it was measured: not on" : "the variable has another form than one byte: not on"
    case let value?: "\(value), which is not defined"
    }
  }

  private func facts(of database: SecureBootEvidence.Database) -> [BootStory.Fact] {
    let event = database.event
    if database.isEmpty { return [fact(database.name, "empty", event)] }
    if database.isUndecodable { return [fact(database.name, "the data break their format", event)] }
    var parts: [String] = []
    let certificates = database.certificates.count + database.unreadCertificateCount
    if certificates > 0 { parts.append(EventContent.counted(certificates, "certificate")) }
    if !database.digests.isEmpty {
      parts.append(database.digests.count == 1 ? "1 hash" : "\(database.digests.count) hashes")
    }
    if database.otherCount > 0 { parts.append("\(database.otherCount) of another kind") }
    let names = database.certificates.prefix(Self.listLimit).map(Self.text)
    return [fact(database.name, parts.joined(separator: ", "), event)]
      + names.map { fact("\(database.name) certificate", $0, event) }
  }

  private static func text(_ certificate: SecureBootEvidence.KnownCertificate) -> String {
    "\(certificate.subject), \(day(certificate.notBefore)) to \(day(certificate.notAfter))"
  }

  private static func day(_ seconds: Int64) -> String { String(timeText(seconds).prefix(10)) }

  private func fact(of authority: SecureBootEvidence.Authority) -> BootStory.Fact {
    if let text = authority.text { return fact("\(authority.variable) (shim)", text, authority.event) }
    let what =
      authority.certificate?.subject ?? "an entry of \(authority.entry?.count ?? 0) bytes that is no certificate"
    let ofDriver =
      authorities.image(of: authority.event).map { log.events[$0].recordedType != .efiBootServicesApplication } ?? false
    let place =
      authority.isBeforeSeparator
      ? ", before the separator: for a driver or option ROM" : ofDriver ? ", for a driver" : ""
    return fact("image verified by \(authority.variable)", what + place, authority.event)
  }

  // MARK: Boot manager

  private func bootManager(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    var entries: [(event: Int, name: String, option: EFILoadOption)] = []
    var separators: [Int] = []
    for index in indexes {
      switch contents[index] {
      case .variable(let variable, .loadOption(let option)): entries.append((index, variable.nameText, option))
      case .variable(_, .order), .variable(_, .number):
        facts.append(fact("variable", events[index].summary ?? "", index))
      case .partitionTable: facts.append(fact("started from", events[index].summary ?? "", index))
      case .text: facts.append(fact("action", events[index].summary ?? "", index))
      case .separator: separators.append(index)
      default: break
      }
    }
    let used = usedEntry(entries)
    for entry in entries.prefix(Self.listLimit) {
      let mark = entry.event == used ? "boot entry used (its path is that of the first image)" : "boot entry"
      let paths = ([entry.option.path] + entry.option.furtherPaths).map(\.text).joined(separator: "; ")
      // Only the content of the variable is hashed where firmware keeps to the rule: the number is a claim then.
      facts.append(
        fact(mark, "\(entry.name) “\(escapedUTF16(entry.option.description))” \(paths)", entry.event))
    }
    facts += more(entries.map(\.event), "boot entry")
    if !separators.isEmpty {
      let registers = Set(separators.map { log.events[$0].registerIndex }).sorted()
      let names =
        log.registerFamily == .pcr
        ? "PCR " + registers.map(String.init).joined(separator: ", ")
        : registers.map(log.name(ofRegister:)).joined(separator: ", ")
      facts.append(fact("end of the firmware’s part", "separators in \(names)", restingOn: separators))
    }
    return facts
  }

  /// The entry with the path of the first image that was started; an entry may hold the end of the path only.
  private func usedEntry(_ entries: [(event: Int, name: String, option: EFILoadOption)]) -> Int? {
    // Firmware says when an entry was tried in vain, and goes on with the next.
    let returned = contents.indices.last {
      if case .text(let text) = contents[$0] { text.text.hasPrefix("Returning from EFI Application") } else { false }
    }
    let first = contents.indices.first {
      $0 > returned ?? -1 && log.events[$0].recordedType == .efiBootServicesApplication && stages[$0] != .bootManager
    }
    guard let first, case .imageLoad(let image) = contents[first], !image.path.text.isEmpty else { return nil }
    let path = image.path.text.lowercased()
    let fitting = entries.filter { entry in
      ([entry.option.path] + entry.option.furtherPaths).contains {
        let own = $0.text.lowercased()
        return !own.isEmpty && own != "/" && path.hasSuffix(own)
      }
    }
    return fitting.count == 1 ? fitting[0].event : nil
  }

  // MARK: Loaders, kernel

  private func images(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    let loads = indexes.filter { if case .imageLoad = contents[$0] { true } else { false } }
    for index in loads.prefix(Self.listLimit) {
      guard case .imageLoad(let image) = contents[index] else { continue }
      facts.append(
        fact(
          "image", image.path.text.isEmpty ? "from memory, without a path" : image.path.text, index))
      facts += digestFact(index)
      facts += signer(of: index)
    }
    return facts + more(loads, "image")
  }

  /// What let an image start. Images and authorities are measured into two registers, and nothing binds which came first: a claim,
  /// always.
  private func signer(of image: Int) -> [BootStory.Fact] {
    switch authorities.answer(for: image) {
    case .authority(let event):
      return secureBoot.authorities.filter { $0.event == event }.map {
        fact(
          "verified by", "\($0.variable): \($0.certificate?.subject ?? "an entry that is no certificate")", event,
          .unbound)
      }
    case .noNewKey where secureBoot.isEnabled == true:
      return [fact("verified by", "no new key: one that was measured before, or none", image, .unbound)]
    case .notTold where secureBoot.isEnabled == true:
      return [
        fact(
          "verified by",
          "not told: some firmware measures a key before its image, some behind it, and the log fits neither or both",
          image,
          .unbound)
      ]
    case .noNewKey, .notTold: return []
    }
  }

  /// Files that a loader read, and sections of a unified image.
  private func files(_ indexes: [Int]) -> [BootStory.Fact] {
    indexes.flatMap { index -> [BootStory.Fact] in
      switch contents[index] {
      case .loader(let loader):
        // A section's name is measured, then its content, with the same data.
        if checks[index].rule == .sectionName { return [] }
        return [fact(loader.kind == .stubSection ? "section" : "file", loader.subject, index)] + digestFact(index)
      case .tags(let tags): return [fact("measured", tags.first?.name ?? "tagged event", index)] + digestFact(index)
      case .text(let text): return [fact("measured", text.text, index)] + digestFact(index)
      case .opaque where log.events[index].recordedType == .ipl:
        return [fact("code or data of a disk", "boot sector or the like", index)] + digestFact(index)
      default: return []
      }
    }
  }

  private func loaderConfiguration(_ indexes: [Int]) -> [BootStory.Fact] {
    let commands = indexes.filter {
      if case .loader(let loader) = contents[$0] { loader.kind == .grubCommand } else { false }
    }
    let known = Set(commands)
    let others = indexes.filter { !known.contains($0) }
    var facts = files(Array(others.prefix(Self.listLimit))) + more(others, "file")
    if !commands.isEmpty {
      facts.append(
        fact("commands", "\(commands.count) of GRUB by their labels, which stand among the events", restingOn: commands)
      )
      for index in commands {
        guard let summary = events[index].summary else { continue }
        let name = summary.prefix { $0 != " " }
        if ["linux", "linuxefi", "initrd", "initrdefi", "chainloader", "insmod"].contains(name), facts.count < 40 {
          facts.append(fact("command", summary, index))
        }
      }
    }
    let own = Set(indexes)
    for found in options where found.origin == .otherText && own.contains(found.event) && facts.count < 60 {
      facts.append(fact("weakens", "\(found.option.text): \(found.option.sentence)", found.event))
    }
    return facts
  }

  private func commandLines(_ indexes: [Int]) -> [BootStory.Fact] {
    var facts: [BootStory.Fact] = []
    let own = Set(indexes)
    let lines = log.kernelCommandLines.filter { own.contains($0.event) }
    for line in lines {
      facts.append(fact("command line", escapedText(line.text), line.event))
      for option in KernelOption.all(in: line.text) {
        facts.append(
          fact(option.weight.rawValue, "\(option.text): \(option.sentence)", line.event))
      }
    }
    let told = Set(lines.map(\.event))
    for index in indexes where !told.contains(index) {
      guard checks[index].rule != .sectionName else { continue }
      if let line = checks[index].commandLine {
        facts.append(fact("command line as the kernel got it", "the text of event \(line)", index))
        continue
      }
      facts.append(
        fact("measured", "\(events[index].summary ?? "a command line"): its digest is of no text of the log", index))
      facts += digestFact(index)
    }
    return facts
  }

  private func operatingSystem(_ indexes: [Int]) -> [BootStory.Fact] {
    let told = indexes.filter { if case .text = contents[$0] { true } else { false } }
    let records = indexes.filter { if case .canonical = contents[$0] { events[$0].summary != nil } else { false } }
    let states = indexes.filter { if case .windowsState = contents[$0] { true } else { false } }
    let separators = told.filter { log.events[$0].recordedType == .separator }
    let ofWindows = Set(windows.settings.map(\.event)).union(windows.modules.map(\.event))
    let known = Set(told).union(records).union(states).union(ofWindows)
    let rest = indexes.filter { !known.contains($0) }
    let actions = told.filter { log.events[$0].recordedType != .separator }
    var facts = actions.prefix(Self.listLimit).map { fact("action", events[$0].summary ?? "", $0) }
    facts += more(actions, "action")
    for index in states.prefix(Self.listLimit) {
      if case .windowsState(let state) = contents[index] {
        facts.append(fact("state of Windows", windowsStateText(state), index))
      }
    }
    let own = Set(indexes)
    for found in options where found.origin == .windows && own.contains(found.event) {
      facts.append(fact("weakens", "\(found.option.text): \(found.option.sentence)", found.event))
    }
    facts += records.prefix(Self.listLimit).map { index in
      fact(
        "measured by user space", "\(events[index].summary ?? "") into \(log.name(ofRegister: events[index].register))",
        index)
    }
    facts += more(records, "measured by user space")
    let settings = windows.settings.filter { own.contains($0.event) }
    if !settings.isEmpty {
      let words = settings.map { "\($0.name)=\($0.value)" }
      for start in stride(from: 0, to: words.count, by: Self.listLimit) {
        let part = start..<min(start + Self.listLimit, words.count)
        facts.append(
          fact(
            "settings of Windows", words[part].joined(separator: ", "),
            restingOn: Set(settings[part].map(\.event)).sorted()))
      }
    }
    facts += windowsModules(windows.modules.filter { own.contains($0.event) })
    if !separators.isEmpty {
      let names = separators.map { log.name(ofRegister: events[$0].register) }
      facts.append(fact("end of what Windows’ loader measured", names.joined(separator: ", "), restingOn: separators))
    }
    if !rest.isEmpty {
      facts.append(fact("other events", "\(rest.count) of the operating system’s own loader", restingOn: rest))
    }
    return facts
  }

  private func windowsModules(_ modules: [WindowsBoot.Module]) -> [BootStory.Fact] {
    guard !modules.isEmpty else { return [] }
    let named = modules.filter { $0.path != nil }
    let count = fact(
      "modules of Windows", "\(modules.count) measured, \(named.count) of them with a path",
      restingOn: Set(modules.map(\.event)).sorted())
    let told = named.prefix(Self.listLimit).map { module in
      let publisher = module.publisher.map { ", published by \($0)" } ?? ""
      return fact("module of Windows", (module.path ?? "") + publisher, module.event)
    }
    let rest = named.dropFirst(Self.listLimit)
    guard !rest.isEmpty else { return [count] + told }
    let more = fact(
      "module of Windows", "\(rest.count) more with a path", restingOn: Set(rest.map(\.event)).sorted())
    return [count] + told + [more]
  }
}
