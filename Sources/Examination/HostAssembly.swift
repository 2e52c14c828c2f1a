import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import PublicKeys
import QuoteVerification
import TPMStructures

/// One host with its boots.
struct AssembledHost: Sendable {
  var name: String
  var boots: [AssembledBoot]
}

/// What was archived of one boot.
struct AssembledBoot: Sendable {
  /// nil when no quote says it.
  var resetCount: UInt32?
  var parts: [Part]
  /// Unsigned register files, each with its path.
  var snapshots: [(file: String, values: RegisterValues)] = []

  /// What one capture holds of this boot.
  struct Part: Sendable {
    var capture: VerifiedCapture
    var quotes: [VerifiedCapture.Statement]
    var eventLogs: [Int] = []
    var lists: [Int] = []
    var emptyLogs: [String] = []
  }
}

/// Step 6: captures that share a key are one host; quotes with one reset count are one boot.
struct HostAssembly {
  let captures: [VerifiedCapture]
  let evidence: EvidenceSet
  let statements: CaseStatements

  /// Folders with other statements only.
  let others: [VerifiedCapture]

  init(_ verified: VerifiedCaptures, evidence: EvidenceSet, statements: CaseStatements) {
    captures = verified.captures.filter(\.capture.isCapture)
    others = verified.captures.filter { !$0.capture.isCapture }
    self.evidence = evidence
    self.statements = statements
  }

  func hosts() -> [AssembledHost] {
    let groups = groups()
    let single = groups.count == 1
    var hosts = groups.map { members in
      AssembledHost(name: name(of: members, isOnlyHost: single), boots: boots(of: members))
    }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for other in others { place(other, in: &hosts) }
    return hosts
  }

  /// Statements that are no quotes are listed with the host whose key signed them, else with the first; they say nothing
  /// of any boot. Alone in a case they are a host of their own, of which nothing is proven.
  private func place(_ other: VerifiedCapture, in hosts: inout [AssembledHost]) {
    let part = AssembledBoot.Part(capture: other, quotes: sortedByFile(other.quotes))
    guard !hosts.isEmpty else {
      hosts.append(AssembledHost(name: evidence.name, boots: [AssembledBoot(resetCount: nil, parts: [part])]))
      return
    }
    let signers = Set(other.quotes.compactMap(\.quote.key?.fingerprint))
    let home = hosts.firstIndex { host in
      host.boots.flatMap(\.parts).flatMap(\.quotes).contains { statement in
        statement.quote.key.map { signers.contains($0.fingerprint) } == true
      }
    }
    let host = home ?? 0
    if hosts[host].boots.isEmpty { hosts[host].boots.append(AssembledBoot(resetCount: nil, parts: [])) }
    hosts[host].boots[0].parts.append(part)
  }

  // MARK: Hosts

  /// Indexes of captures, one group a host.
  private func groups() -> [[Int]] {
    var group = Array(captures.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while group[index] != index { index = group[index] }
      return index
    }
    func join(_ left: Int, _ right: Int) {
      let (a, b) = (root(left), root(right))
      group[max(a, b)] = min(a, b)
    }
    var owners: [String: Int] = [:]
    let caseIsHost = captures.contains { $0.capture.folder.isEmpty }
    for index in captures.indices {
      var marks = captures[index].quotes.compactMap { statement -> String? in
        guard statement.quote.isAuthentic, let key = statement.quote.key else { return nil }
        return "key \(hexText(key.fingerprint))"
      }
      let folder = captures[index].capture.folder
      if let named = statements.host(folder) {
        marks.append("named \(named)")
      } else {
        marks.append("folder \(caseIsHost ? "" : captures[index].capture.topFolder)")
      }
      for mark in marks {
        if let owner = owners[mark] { join(owner, index) } else { owners[mark] = index }
      }
    }
    return Dictionary(grouping: captures.indices, by: root).values.map { $0.sorted() }
      .sorted { ($0.first ?? 0) < ($1.first ?? 0) }
  }

  /// A name that somebody gave, else the top folder, else the case when it is itself the host.
  private func name(of members: [Int], isOnlyHost: Bool) -> String {
    for index in members {
      if let named = statements.host(captures[index].capture.folder) { return named }
    }
    let tops = Set(members.map { captures[$0].capture.topFolder })
    guard let top = tops.min(), !top.isEmpty else { return evidence.name }
    guard isOnlyHost else { return top }
    // Several folders of one host, or keys outside its folder: the case itself is the host.
    let keysElsewhere = evidence.files.contains { file in
      !file.path.hasPrefix(top + "/") && !keySources(file.content, file: file.path).isEmpty
    }
    return tops.count > 1 || keysElsewhere ? evidence.name : top
  }

  // MARK: Boots

  private func boots(of members: [Int]) -> [AssembledBoot] {
    var boots: [AssembledBoot] = []
    for index in members { split(captures[index], into: &boots) }
    joinByLists(&boots)
    adoptLogsWithoutQuote(&boots)
    holdStrayQuotesAgainstTheirCapture(&boots)
    attachSnapshots(&boots, members)
    for index in boots.indices { boots[index].sortByProof() }
    return boots.sorted { left, right in
      (left.resetCount ?? .max, left.firstFolder) < (right.resetCount ?? .max, right.firstFolder)
    }
  }

  /// Each quote goes to the boot of its reset count; the logs go where most of the capture's quotes go.
  private func split(_ capture: VerifiedCapture, into boots: inout [AssembledBoot]) {
    var byCount: [UInt32?: [VerifiedCapture.Statement]] = [:]
    for statement in capture.quotes {
      let count = statement.quote.information == nil ? nil : statement.quote.attestation?.clock.resetCount
      byCount[count, default: []].append(statement)
    }
    let counted = byCount.filter { $0.key != nil }
    let home = counted.max { left, right in
      (weight(left.value), right.key ?? 0) < (weight(right.value), left.key ?? 0)
    }?.key
    // Statements that are no quotes, or cannot be read, stay with the rest of their capture.
    if let others = byCount[nil], home != nil {
      byCount[nil] = nil
      byCount[home, default: []] += others
    }
    if byCount.isEmpty { byCount[nil] = [] }
    let groups = byCount.sorted { ($0.key ?? .max) < ($1.key ?? .max) }
    let eventLogs = shares(of: capture.capture.eventLogs, among: groups.map(\.value), home: home, groups.map(\.key))
    let lists = shares(of: capture.capture.lists, among: groups.map(\.value), home: home, groups.map(\.key))
    for (index, group) in groups.enumerated() {
      var part = AssembledBoot.Part(capture: capture, quotes: sortedByFile(group.value))
      part.eventLogs = eventLogs[index]
      part.lists = lists[index]
      if group.key == home { part.emptyLogs = capture.capture.emptyEventLogs + capture.capture.emptyLists }
      if let count = group.key,
        let known = boots.firstIndex(where: { $0.resetCount == count && sharesSigner($0, with: group.value) })
      {
        boots[known].parts.append(part)
      } else {
        boots.append(AssembledBoot(resetCount: group.key, parts: [part]))
      }
    }
  }

  /// Reset counts of two TPMs may be equal: captures are of one boot only when they name a common key.
  private func sharesSigner(_ boot: AssembledBoot, with quotes: [VerifiedCapture.Statement]) -> Bool {
    let known = Set(boot.parts.flatMap(\.quotes).compactMap(\.quote.attestation?.qualifiedSigner))
    return quotes.contains { quote in quote.quote.attestation.map { known.contains($0.qualifiedSigner) } == true }
  }

  /// Captures with different keys of one TPM are of one boot when their lists extend each other and their reset counts
  /// agree.
  private func joinByLists(_ boots: inout [AssembledBoot]) {
    var joined: [AssembledBoot] = []
    for boot in boots {
      if let count = boot.resetCount,
        let home = joined.firstIndex(where: { $0.resetCount == count && belongs(boot, to: $0) })
      {
        joined[home].parts += boot.parts
      } else {
        joined.append(boot)
      }
    }
    boots = joined
  }

  /// Which logs of a capture go to the boot of which quotes. With quotes of one boot only, all of them; with several, a
  /// log goes where a quote agrees with it, a list also where it is a part of a longer one. Where several boots agree, as
  /// firmware often measures the same, the names break the tie. What nothing places goes where most quotes go.
  private func shares(
    of logs: [Int], among groups: [[VerifiedCapture.Statement]], home: UInt32?, _ counts: [UInt32?]
  ) -> [[Int]] {
    guard groups.count > 1 else { return [logs] }
    let homeIndex = counts.firstIndex(of: home) ?? 0
    var shares = groups.map { _ in [Int]() }
    var agreeing: [Int: [Int]] = [:]
    var open: [Int] = []
    for log in logs {
      let fitting = groups.indices.filter { agrees(log, groups[$0]) }
      agreeing[log] = fitting
      let best = fitting.max { left, right in
        (likeness(log, groups[left]), right) < (likeness(log, groups[right]), left)
      }
      if let best { shares[best].append(log) } else { open.append(log) }
    }
    for log in open {
      let place = shares.firstIndex { $0.contains { isPart(log, of: $0) } }
      shares[place ?? homeIndex].append(log)
    }
    // A log that several boots agree with stands for each that has no other.
    for index in groups.indices where shares[index].isEmpty {
      shares[index] = logs.filter { agreeing[$0]?.contains(index) == true }
    }
    return shares
  }

  /// How many characters the log's name and that of a quote have in common at their start, at best.
  private func likeness(_ log: Int, _ quotes: [VerifiedCapture.Statement]) -> Int {
    let name = evidence.files[log].path.utf8
    return quotes.map { zip(name, $0.quote.quote.file.utf8).prefix { $0 == $1 }.count }.max() ?? 0
  }

  private func isPart(_ log: Int, of other: Int) -> Bool {
    guard let list = evidence.files[log].content.measurementList,
      let longer = evidence.files[other].content.measurementList
    else { return false }
    return list.value.count > 1 && longer.value.count > 1 && list.value.firstDifference(from: longer.value) == nil
  }

  private func agrees(_ log: Int, _ quotes: [VerifiedCapture.Statement]) -> Bool {
    var material = BootEvidence()
    material.quotes = quotes.map(\.quote).filter { $0.information != nil && !$0.isForged }
    let file = evidence.files[log]
    switch file.content {
    case .eventLog(let parsed):
      material.eventLogs = [ArchivedLog(file: file.path, capture: file.folder, log: parsed.value)]
    default:
      guard let parsed = file.content.measurementList else { return false }
      material.lists = [ArchivedLog(file: file.path, capture: file.folder, log: parsed.value)]
    }
    return BootCorrelation(material, jobs: 1).matches.contains { $0.found != nil }
  }

  /// Authentic quotes count more than any number of others.
  private func weight(_ statements: [VerifiedCapture.Statement]) -> Int {
    statements.reduce(0) { $0 + ($1.quote.isAuthentic ? 1000 : 1) }
  }

  private func sortedByFile(_ statements: [VerifiedCapture.Statement]) -> [VerifiedCapture.Statement] {
    statements.sorted { $0.quote.quote.file.utf8.lexicographicallyPrecedes($1.quote.quote.file.utf8) }
  }

  /// A capture without quotes belongs to the boot whose lists it extends or whose event log it shares, else to the boot
  /// whose quotes agree with it; failing that, to the only boot that lacks such a log.
  private func adoptLogsWithoutQuote(_ boots: inout [AssembledBoot]) {
    var homeless = boots.filter { $0.resetCount == nil }
    boots.removeAll { $0.resetCount == nil }
    homeless.removeAll { orphan in
      guard let home = home(of: orphan, among: boots) else { return false }
      boots[home].parts += orphan.parts
      return true
    }
    for orphan in homeless {
      if let sibling = boots.firstIndex(where: { $0.resetCount == nil && belongs(orphan, to: $0) }) {
        boots[sibling].parts += orphan.parts
      } else {
        boots.append(orphan)
      }
    }
  }

  private func home(of orphan: AssembledBoot, among boots: [AssembledBoot]) -> Int? {
    if let home = boots.firstIndex(where: { belongs(orphan, to: $0) }) { return home }
    let logs = orphan.parts.flatMap { $0.eventLogs + $0.lists }
    if let home = boots.firstIndex(where: { boot in
      let quotes = boot.parts.flatMap(\.quotes)
      return logs.contains { agrees($0, quotes) }
    }) {
      return home
    }
    let hasList = orphan.parts.contains { !$0.lists.isEmpty }
    let lacking = boots.indices.filter { index in
      boots[index].parts.allSatisfy { hasList ? $0.lists.isEmpty : $0.eventLogs.isEmpty }
    }
    return lacking.count == 1 && boots.count == 1 ? lacking[0] : nil
  }

  /// A quote of a boot that has no log of a kind, in a capture whose other quotes are of another boot: it was put beside
  /// that capture's logs, so it is held against them.
  private func holdStrayQuotesAgainstTheirCapture(_ boots: inout [AssembledBoot]) {
    for index in boots.indices where boots[index].resetCount != nil {
      let parts = boots[index].parts
      let lacksEventLog = parts.allSatisfy { $0.eventLogs.isEmpty && $0.emptyLogs.isEmpty }
      let lacksList = parts.allSatisfy { $0.lists.isEmpty && $0.emptyLogs.isEmpty }
      for part in parts.indices {
        let capture = parts[part].capture.capture
        if lacksEventLog { boots[index].parts[part].eventLogs = capture.eventLogs }
        if lacksList { boots[index].parts[part].lists = capture.lists }
      }
    }
  }

  private func belongs(_ orphan: AssembledBoot, to boot: AssembledBoot) -> Bool {
    let own = lists(orphan)
    let others = lists(boot)
    let extends = own.contains { list in
      others.contains { other in list.count > 1 && other.count > 1 && list.firstDifference(from: other) == nil }
    }
    return extends || (own.isEmpty && !eventLogs(orphan).isDisjoint(with: eventLogs(boot)))
  }

  /// SHA-256 of each event log of a boot.
  private func eventLogs(_ boot: AssembledBoot) -> Set<[UInt8]> {
    Set(boot.parts.flatMap(\.eventLogs).compactMap { evidence.files[$0].sha256 })
  }

  private func lists(_ boot: AssembledBoot) -> [MeasurementList] {
    boot.parts.flatMap(\.lists).compactMap { index in
      evidence.files[index].content.measurementList?.value
    }
  }

  /// A register file goes to the boot whose captures lie in its folder, below it, or below the nearest folder above it.
  private func attachSnapshots(_ boots: inout [AssembledBoot], _ members: [Int]) {
    for file in evidence.files where file.duplicateOf == nil {
      guard let values = file.content.unsignedRegisters else { continue }
      let homes = boots.indices.filter {
        boots[$0].holds(capturesNear: file.folder, allFolders: captures.map(\.capture.folder))
      }
      guard homes.count == 1 else { continue }
      boots[homes[0]].snapshots.append((file.path, values))
    }
  }
}

extension AssembledBoot {
  var firstFolder: String { parts.map(\.capture.capture.folder).min() ?? "" }

  /// Captures in the order in which their first authentic quotes were made; those without one stay where their folders put
  /// them, behind the others.
  fileprivate mutating func sortByProof() {
    let moments = parts.map { part in
      part.quotes.filter(\.quote.isAuthentic).compactMap(\.quote.attestation?.clock)
        .map { (UInt64($0.restartCount), $0.clock) }.min { $0 < $1 } ?? (.max, .max)
    }
    parts = parts.indices.sorted { (moments[$0].0, moments[$0].1, $0) < (moments[$1].0, moments[$1].1, $1) }
      .map { parts[$0] }
  }

  /// True when a capture of this boot is nearest to `folder`: the folder itself, below it, or below its nearest
  /// ancestor that has captures at all.
  fileprivate func holds(capturesNear folder: String, allFolders: [String]) -> Bool {
    var parts = folder.split(separator: "/")
    while true {
      let place = parts.joined(separator: "/")
      let inside = { (path: String) in place.isEmpty || path == place || path.hasPrefix(place + "/") }
      if allFolders.contains(where: inside) {
        return self.parts.contains { inside($0.capture.capture.folder) }
      }
      guard !parts.isEmpty else { return false }
      parts.removeLast()
    }
  }
}
