import Appraisal
import ByteReading
import IMALog
import PublicKeys

extension AttestationResult.Buffer {
  /// A report shows so much of one value; the list has the rest.
  private static let valueLimit = 2000

  /// The measured buffers of a list.
  static func all(in list: MeasurementList, file: String) -> [Self] {
    (0..<list.count).compactMap { index in
      let record = list.record(at: index)
      return MeasuredBuffer(record, file: file).map { Self($0, of: record) }
    }
  }

  private init(_ buffer: MeasuredBuffer, of record: Measurement) {
    let (kind, fields) = Self.content(of: buffer)
    self.init(
      record: record.index, kind: kind, name: escapedText(record.path ?? []),
      fields: fields.map { ($0.0, $0.1.count > Self.valueLimit ? $0.1.prefix(Self.valueLimit) + " …" : $0.1) })
  }

  private static func content(of buffer: MeasuredBuffer) -> (String, [(String, String)]) {
    switch buffer {
    case .key(let keyring, let der):
      let certificate = Certificate(der: der)
      return (
        "key",
        [("keyring", escapedText(keyring))]
          + (certificate.map { [("subject", $0.subject), ("issuer", $0.issuer), ("algorithm", $0.key.algorithm)] }
            ?? [("problem", "no certificate that could be read")])
      )
    case .refusedHash(let text): return ("refused-hash", [("hash", escapedText(text))])
    case .refusedFile(let digest): return ("refused-file", [("digest", hexText(digest))])
    case .kexecCommandLine(let text): return ("kexec-cmdline", [("command line", escapedText(text))])
    case .kernelVersion(let text): return ("kernel-version", [("version", escapedText(text))])
    case .selinuxState(let pairs): return ("selinux-state", texts(pairs))
    case .selinuxPolicyHash(let hash): return ("selinux-policy-hash", [("hash", hexText(hash))])
    case .deviceMapper(let event):
      var fields = [("event", event.kind.rawValue)] + texts(event.device)
      fields += texts(event.inactiveDevice).map { ("inactive \($0.0)", $0.1) }
      for (index, target) in event.targets.enumerated() {
        fields += texts(target).map { ("target \(index) \($0.0)", $0.1) }
      }
      return ("device-mapper", fields + texts(event.properties))
    case .policy(let policy):
      return ("ima-policy", [("rules", "\(policy.rules.count)"), ("summary", policy.summary)])
    case .other(let bytes): return ("other", [("bytes", "\(bytes.count)")])
    case .undecodable(let bytes, let problem):
      return ("undecodable", [("bytes", "\(bytes.count)"), ("problem", problem.description)])
    }
  }

  private static func texts(_ pairs: [MeasuredBuffer.Pair]) -> [(String, String)] {
    pairs.map { (escapedText($0.key), escapedText($0.value)) }
  }
}
