import ByteReading
import Correlation
import PublicKeys
import QuoteVerification
import Replay

/// Which authentic quotes of a boot may prove its logs.
///
/// Where some key is trusted, only quotes of trusted keys count: anybody can sign with a key of his own. And quotes of two
/// keys complete each other only when something shows that the keys are of one TPM: both prove records of one list, or
/// the list that one proves begins with the boot_aggregate of the event log that the other proves. Equal reset counts
/// show nothing. Of several such groups the one counts that proves most.
struct ProvingQuotes {
  let files: Set<String>

  init(_ boot: ExaminedBoot) {
    let authentic = boot.statements.map(\.statement.quote).filter(\.isAuthentic)
    let trusted = authentic.filter(\.isOfTrustedKey)
    let candidates = trusted.isEmpty ? authentic : trusted
    var groups = KeyGroups(candidates.compactMap { $0.key?.fingerprint })
    let keys = Dictionary(
      candidates.compactMap { quote in quote.key.map { (quote.quote.file, $0.fingerprint) } },
      uniquingKeysWith: { first, _ in first })
    var provers: [String: [[UInt8]]] = [:]
    for match in boot.correlation.matches {
      guard case .quote(let file) = match.source, let key = keys[file], let found = match.found else { continue }
      let isList = boot.correlation.chains.contains { $0.chain.longest.file == match.log }
      // One record alone, the boot_aggregate, is the same on machines that boot alike.
      if !isList || found.lowerBound > 1 { provers[match.log, default: []].append(key) }
    }
    for chain in boot.correlation.chains {
      let list = provers[chain.chain.longest.file] ?? []
      groups.join(list)
      if case .matches(_, let log)? = boot.aggregates[chain.chain.longest.file], let first = list.first {
        groups.join([first] + (provers[log] ?? []))
      }
    }
    let proven = groups.members.map { group in
      (group: group, logs: provers.values.count { !$0.filter(group.contains).isEmpty })
    }
    // The first of equals, in the order of the fingerprints.
    let best =
      proven.enumerated().max { left, right in
        (left.element.logs, right.offset) < (right.element.logs, left.offset)
      }?.element.group ?? []
    files = Set(candidates.filter { $0.key.map { best.contains($0.fingerprint) } == true }.map(\.quote.file))
  }
}

/// Keys that are shown to be of one TPM.
private struct KeyGroups {
  private var groups: [Set<[UInt8]>]

  init(_ keys: [[UInt8]]) {
    groups = Set(keys).sorted { $0.lexicographicallyPrecedes($1) }.map { [$0] }
  }

  var members: [Set<[UInt8]>] { groups }

  mutating func join(_ keys: [[UInt8]]) {
    let touched = groups.filter { group in keys.contains { group.contains($0) } }
    guard touched.count > 1 else { return }
    groups.removeAll { touched.contains($0) }
    groups.append(touched.reduce([]) { $0.union($1) })
  }
}

extension VerifiedQuote {
  /// The user pinned the key, or a certificate leads to an anchor of his.
  var isOfTrustedKey: Bool {
    switch trust {
    case .pinned, .anchored: true
    case .validityUndetermined, .expired, .refused, .unanchored, nil: false
    }
  }
}
