/// Containers and pods that ran bad code are named, and so is what the list cannot tell apart.
///
/// Their measured files have findings of their own; these speak of the owners.
public struct ContainerRule {
  public static let id = "container"

  private let file: String

  /// - parameter file: path of the list.
  public init(file: String) { self.file = file }

  private static let shownLimit = 200

  /// - parameter openRecords: records of bad code that may be a container's or the host's.
  func appraise(
    _ owners: [AttestationResult.Owner], owners found: ListOwners, openRecords: [Int], hasReferences: Bool
  ) -> [Finding] {
    compromised(owners) + departed(owners) + reused(found) + anonymous(found, owners)
      + unattributed(found, openRecords, owners)
  }

  private func compromised(_ owners: [AttestationResult.Owner]) -> [Finding] {
    let bad = owners.filter { $0.badRecordCount > 0 && [.container, .pod, .departed].contains($0.kind) }
      .filter { owner in owner.kind != .pod || owner.attributions.isEmpty == false }
    return bad.prefix(Self.shownLimit).map { owner in
      Finding(
        .containerCompromised, file: file, record: owner.badRecords.first,
        range: owner.badRecordCount > 1 ? (owner.badRecords.first ?? 0)...(owner.badRecords.last ?? 0) : nil,
        message:
          "\(title(owner)) ran unknown or changed code: \(owner.badRecordCount) \(owner.badRecordCount == 1 ? "record" : "records"), the first is \(owner.badRecords.first ?? 0). \(owner.reasons.dropFirst().first ?? "")"
      )
    }
  }

  private func title(_ owner: AttestationResult.Owner) -> String {
    let kind =
      switch owner.kind {
      case .pod: "Pod"
      case .departed: "Departed container"
      default: "Container"
      }
    return "\(kind) \(owner.name.map { "\($0) (\(owner.identifier))" } ?? owner.identifier)"
      + (owner.pod.map { " of pod \($0)" } ?? "")
  }

  private func departed(_ owners: [AttestationResult.Owner]) -> [Finding] {
    let gone = owners.filter { $0.kind == .departed }
    guard let first = gone.first else { return [] }
    let names = gone.prefix(5).map { $0.name ?? $0.identifier }.joined(separator: ", ")
    return [
      Finding(
        .containerDeparted, file: file, record: first.firstRecord,
        message:
          "The list shows \(gone.count) \(gone.count == 1 ? "owner" : "owners") that the last inventory does not have, with \(gone.reduce(0) { $0 + $1.records }) records: \(names)\(gone.count > 5 ? ", ..." : "")."
      )
    ]
  }

  private func reused(_ found: ListOwners) -> [Finding] {
    found.reusedDevices.prefix(Self.shownLimit).map { device in
      Finding(
        .containerDeviceReused, file: file,
        message:
          "Device \(device.device) stands for \(device.owners.joined(separator: " and for ")): its records are given by the order of the inventories, which is not proof."
      )
    }
  }

  private func anonymous(_ found: ListOwners, _ owners: [AttestationResult.Owner]) -> [Finding] {
    guard found.recordsOfAnonymousDevices > 0, owners.contains(where: { $0.kind != .host }) else { return [] }
    return [
      Finding(
        .containerUnattributed, severity: .info, file: file,
        message:
          "\(found.recordsOfAnonymousDevices) of \(found.recordsWithDevice) records have a device with major number 0 (overlay, tmpfs and the like), which the host and containers share; they count for the host unless an inventory names the device."
      )
    ]
  }

  /// One finding for the records between the signs of one container and those of the next.
  private func unattributed(
    _ found: ListOwners, _ openRecords: [Int], _ owners: [AttestationResult.Owner]
  ) -> [Finding] {
    var groups: [(last: String?, records: [Int])] = []
    for record in openRecords {
      let last = found.lastStarted(before: record)
      // Records and starts go forward together.
      if let group = groups.last, group.last == last {
        groups[groups.count - 1].records.append(record)
      } else {
        groups.append((last, [record]))
      }
    }
    return groups.prefix(Self.shownLimit).map { last, records in
      let first = records.first ?? 0
      let others = found.started(before: first).count - 1
      let candidate = last.map { identifier in
        let name = owners.first { $0.identifier == identifier }?.name
        return
          " The last container that had shown itself before is \(name.map { "\($0) (\(identifier.prefix(12)))" } ?? String(identifier.prefix(12)))"
          + (others > 0 ? ", after \(others) \(others == 1 ? "other" : "others")." : ".")
      }
      return Finding(
        .containerUnattributed, file: file, record: first,
        range: records.count > 1 ? first...(records.last ?? first) : nil,
        message:
          "\(records.count) \(records.count == 1 ? "record" : "records") of unknown or changed code may be a container's or the host's: the template holds nothing that tells them apart, and the path is the one the process sees.\(candidate ?? "")"
      )
    }
  }
}
