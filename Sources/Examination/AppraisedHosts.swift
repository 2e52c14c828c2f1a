import Appraisal
import Correlation
import ReferenceStore

/// Step 8: what the references say of the list of every boot. Without a store there is nothing to say.
struct AppraisedHosts {
  /// By host, then by boot, in the order of `ExaminedHost.boots`.
  private(set) var appraisals: [[BootAppraisal?]] = []
  /// Where packages come from, of all boots; entries refer to these by index.
  private(set) var origins: [ReferenceOrigin] = []

  struct BootAppraisal {
    var appraisal: MeasurementAppraisal
    var file: String
    var asOf: String?
  }

  init(_ hosts: [ExaminedHost], trust: TrustInput) throws(StoreError) {
    guard !trust.stores.isEmpty, trust.policy.measurements == .assess else {
      appraisals = hosts.map { $0.boots.map { _ in nil } }
      return
    }
    // Boots of one date share what was found out about packages.
    var appraisers: [String?: MeasurementAppraiser] = [:]
    for host in hosts {
      var ofHost: [BootAppraisal?] = []
      for boot in host.boots {
        guard let chain = boot.correlation.chains.first else {
          ofHost.append(nil)
          continue
        }
        let asOf = trust.asOfText ?? Self.lastCapture(of: boot)
        let appraiser: MeasurementAppraiser
        if let known = appraisers[asOf] {
          appraiser = known
        } else {
          appraiser = try MeasurementAppraiser(stores: trust.stores, policy: trust.policy, asOf: asOf)
          appraisers[asOf] = appraiser
        }
        var appraisal = try appraiser.appraise(chain.chain.longest.log)
        share(&appraisal)
        ofHost.append(BootAppraisal(appraisal: appraisal, file: chain.chain.longest.file, asOf: asOf))
      }
      appraisals.append(ofHost)
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
