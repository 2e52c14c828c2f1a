import Appraisal
import EvidenceIntake
import Examination
import Foundation
import TestSupport

/// The lab machine's root of attestation key certificates, which lies outside every case.
let labRoot = projectRoot.appendingPathComponent("samples/trust-anchors/lab-root.pem")
let samples = projectRoot.appendingPathComponent("samples")

func request(
  _ folder: URL, anchors: [URL] = [], keys: [URL] = [], policy: URL? = nil, description: URL? = nil,
  nonces: [[UInt8]] = [], collectedAt: String? = nil, jobs: Int = 1
) -> ExaminationRequest {
  var request = ExaminationRequest(roots: [FilePath(folder.path)], jobs: jobs, toolVersion: "test")
  request.trustAnchors = anchors.map { FilePath($0.path) }
  request.pinnedKeys = keys.map { FilePath($0.path) }
  request.policy = policy.map { FilePath($0.path) }
  request.description = description.map { FilePath($0.path) }
  request.nonces = nonces
  request.collectedAt = collectedAt
  return request
}

extension AttestationResult {
  var allQuotes: [Quote] { hosts.flatMap(\.boots).flatMap(\.captures).flatMap(\.quotes) }
  var allLogs: [Log] { hosts.flatMap(\.boots).flatMap(\.captures).flatMap(\.logs) }

  func quote(_ file: String) -> Quote? { allQuotes.first { $0.file == file } }

  /// Codes of the findings that make something untrusted, each once.
  var decidingCodes: Set<String> { Set(findings.filter { $0.effect == .untrusted }.map(\.code.rawValue)) }

  func codes(of file: String) -> Set<String> { Set(findings.filter { $0.file == file }.map(\.code.rawValue)) }
}

extension AttestationResult.Quote {
  func outcome(_ name: AttestationResult.Check.Name) -> AttestationResult.Check.Outcome? {
    checks.first { $0.name == name && $0.part == nil }?.outcome
  }
}
