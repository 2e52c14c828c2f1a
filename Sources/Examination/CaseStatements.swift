import Appraisal
import ByteReading
import ContainerInventory
import EvidenceIntake

/// What descriptions say about captures, hosts and roles: those in the case, and then the one from outside, which wins.
struct CaseStatements: Sendable {
  /// What a description says of containers and devices of the captures in and below a folder.
  struct Inventory: Sendable {
    var file: String
    var folder: String
    var content: ContainerInventory
    /// Said by a description inside the case, not by the user's own.
    var isClaim: Bool
  }

  private(set) var inventories: [Inventory] = []
  /// Role by path relative to the case.
  private(set) var roles: [String: CaseDescription.Role] = [:]
  private(set) var claims: [AttestationResult.Claim] = []
  private(set) var findings: [Finding] = []
  private var captures: [String: CaseDescription.Capture] = [:]
  private var hostByFolder: [String: String] = [:]
  /// Times that the description from outside names, by folder.
  private var outsideTimes: [String: String] = [:]
  /// Nonces that the description from outside names, by folder.
  private var expectedNonces: [String: [UInt8]] = [:]

  init(_ evidence: EvidenceSet, outside: CaseDescription?) {
    for file in evidence.files {
      guard case .description(let bytes) = file.content else { continue }
      take(CaseDescription(bytes, file: file.path, folder: file.folder, isTrusted: false), evidence, isClaim: true)
    }
    if let outside { take(outside, evidence, isClaim: false) }
  }

  private mutating func take(_ description: CaseDescription, _ evidence: EvidenceSet, isClaim: Bool) {
    for problem in description.problems {
      findings.append(
        Finding(.descriptionInvalid, file: description.file, message: "The description is not understood: \(problem)."))
    }
    for capture in description.captures { take(capture, description.file, evidence, isClaim: isClaim) }
    for inventory in description.inventories {
      inventories.append(
        Inventory(file: description.file, folder: inventory.folder, content: inventory.content, isClaim: isClaim))
      let place = inventory.folder.isEmpty ? "." : inventory.folder
      if !inventory.content.containers.isEmpty {
        claim(
          description.file, "containers of \(place)",
          inventory.content.containers.map { escapedText($0.label.utf8) }.joined(separator: ", "),
          isClaim)
      }
      if !inventory.content.hostDevices.isEmpty {
        let devices = inventory.content.hostDevices.map(\.description)
        claim(description.file, "host devices of \(place)", devices.joined(separator: ", "), isClaim)
      }
    }
    for host in description.hosts {
      claim(description.file, "host", "\(host.name): \(host.folders.joined(separator: ", "))", isClaim)
      for folder in host.folders { hostByFolder[folder] = host.name }
    }
  }

  private mutating func take(
    _ capture: CaseDescription.Capture, _ file: String, _ evidence: EvidenceSet, isClaim: Bool
  ) {
    let name = capture.folder.isEmpty ? "." : capture.folder
    if !evidence.files.contains(where: { $0.folder == capture.folder || $0.folder.hasPrefix(capture.folder + "/") }) {
      findings.append(
        Finding(.inputMissing, file: file, message: "\(file) describes the capture \(name), which is not in the case."))
    }
    for path in capture.roles.keys.sorted() where !evidence.files.contains(where: { $0.path == path }) {
      findings.append(
        Finding(.inputMissing, file: file, message: "\(file) names the file \(path), which is not in the case."))
    }
    roles.merge(capture.roles) { _, new in new }
    var known = captures[capture.folder] ?? CaseDescription.Capture(folder: capture.folder)
    known.host = capture.host ?? known.host
    known.collectedAt = capture.collectedAt ?? known.collectedAt
    if !isClaim, let time = capture.collectedAt { outsideTimes[capture.folder] = time }
    if let nonce = capture.nonce {
      if isClaim { known.nonce = nonce } else { expectedNonces[capture.folder] = nonce }
    }
    captures[capture.folder] = known
    if let host = capture.host {
      hostByFolder[capture.folder] = host
      claim(file, "host of \(name)", host, isClaim)
    }
    if let time = capture.collectedAt { claim(file, "collected-at of \(name)", time, isClaim) }
    for (path, role) in capture.roles.sorted(by: { $0.key < $1.key }) {
      claim(file, "role of \(path)", role.rawValue, isClaim)
    }
  }

  private mutating func claim(_ file: String, _ subject: String, _ value: String, _ isClaim: Bool) {
    guard isClaim else { return }
    claims.append(.init(file: file, subject: subject, value: value))
  }

  /// What is said of a folder itself, or of the nearest folder above it.
  private func nearest<Value>(_ folder: String, _ value: (String) -> Value?) -> Value? {
    var parts = folder.split(separator: "/")
    while true {
      if let found = value(parts.joined(separator: "/")) { return found }
      guard !parts.isEmpty else { return nil }
      parts.removeLast()
    }
  }

  /// The user's word in a description, else the one on the command line, else what the case says of itself.
  func collectedAt(_ folder: String, commandLine: String?) -> String? {
    nearest(folder) { outsideTimes[$0] } ?? commandLine ?? nearest(folder) { captures[$0]?.collectedAt }
  }

  func host(_ folder: String) -> String? { nearest(folder) { hostByFolder[$0] } }
  func expectedNonce(_ folder: String) -> [UInt8]? { nearest(folder) { expectedNonces[$0] } }
  func claimedNonce(_ folder: String) -> [UInt8]? { captures[folder]?.nonce }
}
