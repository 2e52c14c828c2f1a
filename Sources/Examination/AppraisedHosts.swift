import Appraisal
import Correlation
import EvidenceIntake
import IMALog
import ReferenceStore
import TCGEventLog

/// Step 8: whose the records of every boot's list are, and what the references say of the files and of what booted.
struct AppraisedHosts {
  /// Nil when the stores hold nothing that says what should boot.
  let bootReferences: BootReferenceAppraiser?
  /// By host, then by boot, in the order of `ExaminedHost.boots`; nil for a boot without a list.
  private(set) var contents: [[BootContent?]] = []
  /// What was found out about the start, by host and boot.
  private(set) var starts: [[BootStart]] = []
  /// Where packages come from, of all boots; entries refer to these by index.
  private(set) var origins: [ReferenceOrigin] = []

  /// What is known of the content of one boot's main list.
  struct BootContent {
    var file: String
    var list: MeasurementList
    var inventory: OwnerInventory
    var owners: ListOwners
    /// Nil when no references were given, or the policy puts content out of scope.
    var appraisal: MeasurementAppraisal?
    var asOf: String?
  }

  /// What references say of how one boot started.
  struct BootStart {
    /// The event log that was held against reference event logs; nil when nothing was to compare.
    var comparison: (file: String, references: [AttestationResult.BootReference])?
    /// What firmware and boot loaders loaded.
    var images: BootImageAppraiser.Outcome
    /// The day for which references are to hold.
    var asOf: String?
  }

  init(
    _ hosts: [ExaminedHost], evidence: EvidenceSet, inventories: CaseInventories, trust: TrustInput
  ) throws(StoreError) {
    let bootReferences = try BootReferenceAppraiser(stores: trust.stores, policy: trust.policy)
    self.bootReferences = bootReferences.isEmpty && bootReferences.notCounted == 0 ? nil : bootReferences
    // Boots of one date share what was found out about packages.
    var appraisers: [String?: MeasurementAppraiser] = [:]
    for host in hosts {
      var ofHost: [BootContent?] = []
      for boot in host.boots {
        guard let chain = boot.correlation.chains.first else {
          ofHost.append(nil)
          continue
        }
        let list = chain.chain.longest.log
        let inventory = OwnerInventory(boot, inventories)
        var content = BootContent(
          file: chain.chain.longest.file, list: list, inventory: inventory,
          owners: RecordAttributor(inventory).attribute(list))
        if !trust.stores.isEmpty, trust.policy.measurements == .assess {
          let asOf = trust.asOfText ?? Self.lastCapture(of: boot)
          let appraiser: MeasurementAppraiser
          if let known = appraisers[asOf] {
            appraiser = known
          } else {
            appraiser = try MeasurementAppraiser(stores: trust.stores, policy: trust.policy, asOf: asOf)
            appraisers[asOf] = appraiser
          }
          var appraisal = try appraise(content, by: appraiser)
          share(&appraisal)
          content.appraisal = appraisal
          content.asOf = asOf
        }
        ofHost.append(content)
      }
      contents.append(ofHost)
    }
    try appraiseStarts(hosts, evidence, trust)
  }

  private mutating func appraiseStarts(
    _ hosts: [ExaminedHost], _ evidence: EvidenceSet, _ trust: TrustInput
  ) throws(StoreError) {
    // Boots of one date share what was found out about packages.
    var appraisers: [String?: BootImageAppraiser] = [:]
    for host in hosts {
      var ofHost: [BootStart] = []
      for boot in host.boots {
        let asOf = trust.asOfText ?? Self.lastCapture(of: boot)
        let appraiser: BootImageAppraiser
        if let known = appraisers[asOf] {
          appraiser = known
        } else {
          appraiser = try BootImageAppraiser(
            stores: trust.stores, policy: trust.policy, asOf: asOf, revocations: trust.revocations)
          appraisers[asOf] = appraiser
        }
        let comparison = bootReferences.flatMap { boot.comparison(with: $0, evidence) }
        var outcome = BootImageAppraiser.Outcome()
        outcome.given = trust.revocations
        for (file, log) in boot.eventLogs(in: evidence) {
          let found = try appraiser.appraise(
            log, file: file, proven: boot.vouchedEvents(of: file),
            expected: Self.events(of: file, in: comparison?.references ?? []))
          outcome.images += found.images
          outcome.findings += found.findings
          outcome.unreadRevocations.merge(found.unreadRevocations) { max($0, $1) }
        }
        outcome.findings += appraiser.findings(onWhole: outcome)
        ofHost.append(BootStart(comparison: comparison, images: outcome, asOf: asOf))
      }
      starts.append(ofHost)
    }
  }

  /// By the index of an event in the log, the reference that has it.
  private static func events(
    of file: String, in references: [AttestationResult.BootReference]
  ) -> [Int: String] {
    var names: [Int: String] = [:]
    for reference in references {
      for index in reference.matched[file] ?? [] where names[index] == nil { names[index] = reference.words }
    }
    return names
  }

  /// Each record in the place of its owner: what a container runs is held against the container's image.
  private func appraise(
    _ content: BootContent, by appraiser: MeasurementAppraiser
  ) throws(StoreError) -> MeasurementAppraisal {
    var contexts: [AppraisalContext] = [.host]
    var places: [AppraisalContext: Int] = [.host: 0]
    let owners = Dictionary(
      content.inventory.owners.map { ($0.identifier, $0) }, uniquingKeysWith: { first, _ in first })
    let attributions = content.owners.attributions
    let contextOfDistinct = attributions.distinct.map { attribution -> Int in
      let context: AppraisalContext
      switch attribution.kind {
      case .host, .runtime: return 0
      case .container, .departed, .pod, .unattributed:
        let owner = owners[attribution.owner]
        context = .container(images: [owner?.imageIdentifier, owner?.image].compactMap { $0 })
      }
      if let known = places[context] { return known }
      places[context] = contexts.count
      contexts.append(context)
      return contexts.count - 1
    }
    return try appraiser.appraise(content.list, contexts: contexts) { record in
      attributions.place(ofRecord: record).map { contextOfDistinct[$0] } ?? 0
    }
  }

  /// The time of the boot's last capture, where somebody says it.
  private static func lastCapture(of boot: ExaminedBoot) -> String? {
    let times = boot.boot.parts.compactMap { part in part.capture.collectedAt.map { ($0, part.capture.time ?? 0) } }
    return times.max { $0.1 < $1.1 }?.0
  }

  /// Puts the appraisal's origins among those of all, each once.
  private mutating func share(_ appraisal: inout MeasurementAppraisal) {
    let numbers = appraisal.origins.map { origin in
      if let known = origins.firstIndex(of: origin) { return known }
      origins.append(origin)
      return origins.count - 1
    }
    for index in appraisal.measurements.indices {
      guard let own = appraisal.measurements[index].package?.origin, numbers.indices.contains(own) else { continue }
      appraisal.measurements[index].package?.origin = numbers[own]
    }
    appraisal.origins = origins
  }
}
