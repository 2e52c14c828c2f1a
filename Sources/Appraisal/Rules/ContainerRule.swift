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

  private func unattributed(
    _ found: ListOwners, _ openRecords: [Int], _ owners: [AttestationResult.Owner]
  ) -> [Finding] {
    guard let first = openRecords.first else { return [] }
    let names = found.started(before: first).prefix(5).map { identifier in
      owners.first { $0.identifier == identifier }.flatMap { owner in
        owner.name.map { "\($0) (\(identifier.prefix(12)))" }
      }
        ?? String(identifier.prefix(12))
    }
    let candidates =
      names.isEmpty
      ? ""
      : " Containers that had shown themselves before record \(first), the last one first: \(names.joined(separator: ", "))."
    return [
      Finding(
        .containerUnattributed, file: file, record: first,
        range: openRecords.count > 1 ? first...(openRecords.last ?? first) : nil,
        message:
          "\(openRecords.count) \(openRecords.count == 1 ? "record" : "records") of unknown or changed code may be a container's or the host's: the template holds nothing of the owner, and the path is the one the process sees.\(candidates)"
      )
    ]
  }
}
