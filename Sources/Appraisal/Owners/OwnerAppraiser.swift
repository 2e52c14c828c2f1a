import ByteReading

/// The verdict of every owner of a boot's list, since the boot began and now.
public struct OwnerAppraiser {
  private let policy: Policy
  private let inventory: OwnerInventory
  private let knownOwners: [String: Int]
  private let file: String
  private let bracket: (Int) -> (after: String?, before: String?)

  /// - parameter file: path of the list.
  /// - parameter bracket: for each record the quotes before and after it.
  public init(
    policy: Policy, inventory: OwnerInventory, file: String,
    bracket: @escaping (Int) -> (after: String?, before: String?)
  ) {
    self.policy = policy
    self.inventory = inventory
    knownOwners = Dictionary(
      inventory.owners.enumerated().map { ($0.element.identifier, $0.offset) }, uniquingKeysWith: { first, _ in first })
    self.file = file
    self.bracket = bracket
  }

  /// What comes out for one boot.
  public struct Outcome {
    public var owners: [AttestationResult.Owner]
    /// About content, for the time since the boot began.
    public var findings: [Finding]
    /// About content, for the state at the last capture.
    public var findingsNow: [Finding]
    /// What happened to contents that no longer count, or may not.
    public var reasonsNow: [String]
    /// Where each record stands after open records were taken from the host.
    public var attributions: RecordAttributions
  }

  /// - parameter signatures: findings about the signatures of measured files; each counts for the owner of its record.
  /// - parameter evidence: the verdict of everything but content.
  public func appraise(
    _ found: ListOwners, appraisal: MeasurementAppraisal?, signatures: [Finding] = [], evidence: Verdict
  ) -> Outcome {
    var owners = found
    if let appraisal { releaseOpenRecords(&owners, appraisal) }
    let parts = OwnerMeasurements.split(owners, inventory: inventory, appraisal: appraisal)
    var outcome = Outcome(
      owners: [], findings: [], findingsNow: [], reasonsNow: [], attributions: owners.attributions)
    let openRecords = parts.first { $0.kind == .unattributed }.map { bad($0).flatMap(\.records).sorted() } ?? []
    let doubtful = doubtfulRecords(parts, signatures: signatures, owners: owners)
    for part in parts {
      let own = signatures.filter { finding in
        let owner = finding.record.flatMap { owners.attributions.attribution(of: $0) }
        return owner.map { $0.kind == part.kind && $0.owner == part.identifier } ?? (part.kind == .host)
      }
      let judged = judge(
        part, signatures: own + strangers(part, appraisal), evidence: evidence, openRecords: openRecords,
        doubtfulRecords: part.kind == .host ? doubtful : [], isAlone: parts.count == 1, owners: owners)
      outcome.owners.append(judged.owner)
      outcome.findings += judged.findings
      outcome.findingsNow += judged.findingsNow
      outcome.reasonsNow += judged.reasonsNow
    }
    outcome.owners += pods(outcome.owners, owners)
    outcome.findings += ContainerRule(file: file).appraise(
      outcome.owners, owners: owners, openRecords: openRecords, hasReferences: appraisal != nil)
    return outcome
  }

  // MARK: One owner

  private struct Judged {
    var owner: AttestationResult.Owner
    var findings: [Finding]
    var findingsNow: [Finding]
    var reasonsNow: [String]
  }

  /// - parameter doubtfulRecords: bad records of other owners that may as well be this one's.
  /// - parameter isAlone: nobody else is in the list or in an inventory.
  private func judge(
    _ part: OwnerMeasurements, signatures: [Finding], evidence: Verdict, openRecords: [Int], doubtfulRecords: [Int],
    isAlone: Bool, owners: ListOwners
  ) -> Judged {
    let known = knownOwners[part.identifier].map { inventory.owners[$0] }
    let title = title(part, known)
    let rule = MeasurementRule(policy: policy, file: file, owner: title, bracket: bracket)
    let bad = bad(part)
    let now = current(part, title: title, isSure: part.isSure || isAlone)
    // Gone by the user's word: what it ran is history. By the case's own word it may as well be there, and records that
    // are not its own for sure may be of somebody who is.
    let isGone = part.kind == .departed && inventory.isVouched && part.isSure
    let isSaidToBeGone = part.kind == .departed && !isGone
    let findings = rule.appraise(part.measurements) + signatures
    var findingsNow = isGone ? [] : rule.appraise(now.measurements) + signatures
    for index in findingsNow.indices
    where isSaidToBeGone || now.undetermined.contains(findingsNow[index].record ?? -1) {
      findingsNow[index].effect = findingsNow[index].effect == .untrusted ? .inconclusive : findingsNow[index].effect
    }
    let badRecords = bad.flatMap(\.records).sorted()
    // Records that may be this owner's or another's leave its verdict open.
    let mayBeIts = (isOpen(part, owners) && !openRecords.isEmpty) || part.records == 0 || !doubtfulRecords.isEmpty
    var owner = AttestationResult.Owner(
      kind: part.kind, identifier: part.identifier, name: known?.name, image: known?.image,
      pod: known?.pod ?? owners.podOfContainer[part.identifier],
      verdict: verdict(evidence, findings, isOpen: mayBeIts),
      verdictNow: verdict(evidence, findingsNow, isOpen: mayBeIts && !isGone),
      records: part.records, counts: part.counts, attributions: part.attributions, firstRecord: part.firstRecord,
      lastRecord: part.lastRecord, badRecords: Array(badRecords.prefix(20)), badRecordCount: badRecords.count)
    owner.reasons = reasons(
      part, badRecords: badRecords, mayBeIts: mayBeIts, openRecords: openRecords, doubtfulRecords: doubtfulRecords)
    return Judged(owner: owner, findings: findings, findingsNow: findingsNow, reasonsNow: now.reasons)
  }

  private func title(_ part: OwnerMeasurements, _ known: KnownOwner?) -> String? {
    switch part.kind {
    case .host: nil
    case .runtime, .unattributed: words(part.kind)
    case .container, .pod, .departed: "\(words(part.kind)) \(known?.title ?? part.identifier)"
    }
  }

  private func words(_ kind: AttestationResult.Owner.Kind) -> String {
    switch kind {
    case .host: "the host"
    case .container: "container"
    case .pod: "pod"
    case .runtime: "the container runtime"
    case .departed: "departed container"
    case .unattributed: "records of no certain owner"
    }
  }

  private func verdict(_ evidence: Verdict, _ findings: [Finding], isOpen: Bool) -> Verdict {
    if evidence == .untrusted || findings.contains(where: { $0.effect == .untrusted }) { return .untrusted }
    let isInconclusive = isOpen || findings.contains { $0.effect == .inconclusive }
    return isInconclusive ? .inconclusive : evidence
  }

  /// Contents that make their owner untrusted.
  private func bad(_ part: OwnerMeasurements) -> [AppraisedMeasurement] { part.measurements.filter(isBad) }

  private func isBad(_ entry: AppraisedMeasurement) -> Bool {
    [.unknown, .changed].contains(entry.status) && policy.weight(of: entry.status, for: entry.fileClass) == .critical
      && entry.passedBy == nil
  }

  private func reasons(
    _ part: OwnerMeasurements, badRecords: [Int], mayBeIts: Bool, openRecords: [Int], doubtfulRecords: [Int]
  ) -> [String] {
    var reasons: [String] = []
    if let first = badRecords.first {
      reasons.append(
        "\(badRecords.count) \(badRecords.count == 1 ? "record" : "records") of unknown or changed code, the first is record \(first)."
      )
      switch part.kind {
      case .container, .pod:
        reasons.append(
          "Removing it restores the state from then on; its records stay in the list and in the register until the next reset."
        )
      case .departed:
        reasons.append(
          "It was gone at the last inventory\(!inventory.isVouched ? ", by the case's own word" : part.isSure ? ", so it counts for the time since boot only" : ", but not all its records are its own for sure, so they may be of somebody who is still there")."
        )
      case .unattributed:
        reasons.append("The records may be a container's or the host's; nothing in them says which.")
      case .host, .runtime:
        reasons.append("Restoring the files mends the state from then on; the records stay until the next reset.")
      }
    }
    if part.records == 0 {
      reasons.append(
        "No record is its own: what it ran had been recorded before under the same path, or nothing in the list tells its records from others."
      )
    }
    if mayBeIts, part.kind != .unattributed, !openRecords.isEmpty {
      reasons.append(
        "\(openRecords.count) \(openRecords.count == 1 ? "record" : "records") of unknown or changed code may be of this owner or of another one."
      )
    }
    if let first = doubtfulRecords.first {
      reasons.append(
        "\(doubtfulRecords.count) bad \(doubtfulRecords.count == 1 ? "record" : "records") of other owners may be the host's own, the first is record \(first): a process of the host can take on what those owners were told by."
      )
    }
    return reasons
  }

  /// Known code under other paths in a container whose image no store has: whether it belongs there cannot be said.
  private func strangers(_ part: OwnerMeasurements, _ appraisal: MeasurementAppraisal?) -> [Finding] {
    guard let appraisal, ![.host, .runtime].contains(part.kind) else { return [] }
    let records = part.measurements.filter { entry in
      let images =
        appraisal.imagesOfContext.indices.contains(entry.context)
        ? appraisal.imagesOfContext[entry.context] : []
      return entry.status == .knownElsewhere && entry.fileClass == .code && images.isEmpty
    }.flatMap(\.records).sorted()
    guard let first = records.first else { return [] }
    let known = knownOwners[part.identifier].map { inventory.owners[$0] }
    return [
      Finding(
        .contentNotAssessed, file: file, record: first,
        range: records.count > 1 ? first...(records.last ?? first) : nil,
        message:
          "In \(title(part, known) ?? part.identifier): \(records.count) \(records.count == 1 ? "record has" : "records have") known content under another path, and no reference is the container's image, so whether it belongs there can't be said."
      )
    ]
  }

  // MARK: Doubtful records

  /// Bad records of containers, pods and the runtime that are not theirs for sure: root on the host can put a process into
  /// any control group, and a file into any folder or of any user.
  private func doubtfulRecords(
    _ parts: [OwnerMeasurements], signatures: [Finding], owners: ListOwners
  ) -> [Int] {
    let contents = parts.lazy.flatMap(bad).flatMap(\.records)
    let files = signatures.filter { $0.effect == .untrusted }.compactMap(\.record)
    let records = Set(contents).union(files).filter { record in
      guard let owner = owners.attributions.attribution(of: record) else { return false }
      return ![.host, .unattributed].contains(owner.kind) && owner.certainty != .certain
    }
    return records.sorted()
  }

  // MARK: Open records

  /// Bad code that only its path gives to the host, in a list that shows containers, may be any running container's.
  private func releaseOpenRecords(_ owners: inout ListOwners, _ appraisal: MeasurementAppraisal) {
    guard owners.hasOpenRecords else { return }
    let records = appraisal.measurements.filter(isBad).flatMap(\.records).filter { record in
      guard let attribution = owners.attributions.attribution(of: record) else { return false }
      return attribution.kind == .host && attribution.strategy == "default" && attribution.certainty == .possible
    }
    guard !records.isEmpty else { return }
    owners.release(
      records,
      as: RecordAttribution(
        kind: .unattributed, owner: ListOwners.unattributed, strategy: "start-order", certainty: .possible))
  }

  private func isOpen(_ part: OwnerMeasurements, _ owners: ListOwners) -> Bool {
    switch part.kind {
    case .host: true
    case .container, .departed, .pod: owners.showsStart(of: part.identifier)
    case .runtime, .unattributed: false
    }
  }

  // MARK: Now

  /// The contents that still count at the last capture, and what became of the others.
  ///
  /// - parameter isSure: the records are of this owner and of nobody else, so that one of them says what became of another.
  private func current(
    _ part: OwnerMeasurements, title: String?, isSure: Bool
  ) -> (measurements: [AppraisedMeasurement], undetermined: Set<Int>, reasons: [String]) {
    var kept: [AppraisedMeasurement] = []
    var undetermined: Set<Int> = []
    var reasons: [String] = []
    let states = part.currentContents(isBad: isBad)
    for (entry, state) in zip(part.measurements, states) {
      guard isBad(entry) else {
        kept.append(entry)
        continue
      }
      let path = "'\(escapedText(entry.path))'" + (title.map { " in \($0)" } ?? "")
      let record = entry.records.first ?? 0
      switch state {
      case .last: kept.append(entry)
      case .replaced(let later) where !isSure:
        kept.append(entry)
        undetermined.insert(record)
        reasons.append(
          "\(path) had bad content at record \(record), and known content was measured under the path at record \(later). Not all these records are of one owner for sure, so that may be another one's file."
        )
      case .replaced(let later):
        reasons.append(
          "\(path) had bad content at record \(record) and was measured with known content again at record \(later). The same bad content would not be recorded a second time, nor is a program that still runs with it."
        )
      case .undetermined(let earlier):
        kept.append(entry)
        undetermined.insert(record)
        reasons.append(
          "\(path) had bad content at record \(record), after known content at record \(earlier). If that was restored, the kernel made no record of it, because it records no content twice for one path: what the file holds now is not in the list."
        )
      }
    }
    if part.kind == .departed, let first = bad(part).flatMap(\.records).min() {
      reasons.append(
        "\(title ?? part.identifier) ran unknown or changed code (first at record \(first)) and is gone by \(departure(part))"
      )
    }
    return (kept, undetermined, Array(reasons.prefix(20)))
  }

  private func departure(_ part: OwnerMeasurements) -> String {
    guard inventory.isVouched else {
      return
        "an inventory that lies in the case, which is a claim: give the inventory with '--description' to have it count."
    }
    return part.isSure
      ? "the inventory given from outside the case."
      : "the inventory given from outside the case, but not all its records are its own for sure: they may be of the host or of another container, which are still there."
  }

  // MARK: Pods

  /// A pod is as good as the worst of its containers.
  private func pods(_ owners: [AttestationResult.Owner], _ found: ListOwners) -> [AttestationResult.Owner] {
    let members = Dictionary(
      grouping: owners.filter { $0.pod != nil && [.container, .departed].contains($0.kind) }, by: { $0.pod ?? "" })
    let names = Dictionary(
      inventory.owners.compactMap { owner in owner.pod.map { ($0, owner.podName) } }, uniquingKeysWith: { $0 ?? $1 })
    return members.sorted { ($0.value.first?.firstRecord ?? 0, $0.key) < ($1.value.first?.firstRecord ?? 0, $1.key) }
      .map { pod, containers in
        let bad = containers.flatMap(\.badRecords).sorted()
        // One that is gone for sure is no worse than the evidence now; one that may be there counts like the others.
        let present = containers.filter { $0.kind == .container || $0.records > 0 }
        return AttestationResult.Owner(
          kind: .pod, identifier: pod, name: names[pod] ?? nil,
          verdict: Verdict.worst(of: containers.map(\.verdict)),
          verdictNow: present.isEmpty
            ? Verdict.worst(of: containers.map(\.verdictNow)) : Verdict.worst(of: present.map(\.verdictNow)),
          records: containers.reduce(0) { $0 + $1.records }, counts: sum(containers.map(\.counts)),
          attributions: [], firstRecord: containers.compactMap(\.firstRecord).min(),
          lastRecord: containers.compactMap(\.lastRecord).max(), badRecords: Array(bad.prefix(20)),
          badRecordCount: containers.reduce(0) { $0 + $1.badRecordCount },
          reasons: containers.filter { $0.badRecordCount > 0 }.prefix(5).map {
            "Its container \($0.name ?? $0.identifier) is \($0.verdict.rawValue)."
          })
      }
  }

  private func sum(_ counts: [[AttestationResult.StatusCount]]) -> [AttestationResult.StatusCount] {
    MeasurementStatus.allCases.compactMap { status in
      let records = counts.joined().filter { $0.status == status }.reduce(0) { $0 + $1.records }
      return records > 0 ? .init(status, records) : nil
    }
  }
}
