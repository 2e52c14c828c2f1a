import ByteReading
import Digests
import Hashing
import PortableExecutable
import ReferenceManifests
import ReferenceStore
import TCGEventLog

/// Images that were measured while a machine booted, held against packages, `dbx` and SBAT levels; and files that a loader
/// read, which references may know by their content.
///
/// The digest of such an event is the Authenticode digest of the image, and the only thing that a quote proves. Type and path
/// are what the log claims: they excuse nothing that a digest condemns.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.1; shim, SBAT.md.
public final class BootImageAppraiser {
  let library: ReferenceLibrary
  let policy: Policy
  private let given: [RevocationList]
  private let holdsImages: Bool

  /// - parameter revocations: what was given from outside, beside that of the log itself.
  public init(
    stores: [ReferenceStore], policy: Policy, asOf: String?, revocations: [RevocationList]
  ) throws(StoreError) {
    library = try ReferenceLibrary(stores, policy: policy, asOf: asOf)
    self.policy = policy
    given = revocations
    var holds = false
    for store in stores where try store.holdsImages() { holds = true }
    holdsImages = holds
  }

  public struct Outcome: Sendable {
    public var images: [AttestationResult.BootImage] = []
    public var findings: [Finding] = []
    /// Lists of revocations that were given from outside.
    public var given: [RevocationList] = []
    /// Entries of revocation lists that are of kinds nothing is held against, by the source of the list.
    public var unreadRevocations: [String: Int] = [:]

    /// Nothing was measured.
    public init() {}

    /// What was found out about the images that a quote proves, in a sentence; nil when none of them was looked up.
    public var summary: String? {
      let proven = images.filter { $0.isProven && $0.digestOf == .authenticode }
      guard proven.contains(where: { $0.status != .notAssessed && $0.status != .firmware }) else { return nil }
      let counts = AttestationResult.BootImage.Status.allCases.compactMap { status -> String? in
        let count = proven.count { $0.status == status }
        return count == 0 ? nil : "\(count) \(status.words)"
      }
      return
        "Of the images that booted, \(counts.joined(separator: ", ")). What else booted is proven by the quote, not appraised."
    }
  }

  /// - parameter expected: by the index of an event of the log, the reference that has it.
  public func appraise(
    _ log: EventLog, file: String, proven: ProvenEvents, expected: [Int: String] = [:]
  ) throws(StoreError) -> Outcome {
    let logged = LoggedRevocations(log, file: file, proven: proven)
    let revocations = logged.revocations + given
    var outcome = Outcome()
    for list in revocations where list.otherCount > 0 {
      outcome.unreadRevocations[list.source, default: 0] += list.otherCount
    }
    for event in log.events {
      if event.mayBeOfAFile {
        guard let row = try loaderFile(event, file: file, proven: proven) else { continue }
        outcome.images.append(row)
        if row.status == .superseded { outcome.findings.append(superseded(row, event)) }
        continue
      }
      guard event.recordedType.isImageLoad || event.mayHideAnImage,
        let measured = MeasuredImage(event, file: file, proven: proven)
      else { continue }
      var image = measured.row(file: file)
      let known = try candidate(for: measured.digests)
      judge(&image, measured, known, expected[event.index])
      revoke(&image, measured, known, by: revocations)
      guard event.recordedType.isImageLoad || known != nil || image.status == .revoked || mustExplain(event) else {
        continue
      }
      outcome.images.append(image)
      outcome.findings += findings(on: image, event, known, level: logged.sbatLevel)
    }
    return outcome
  }

  /// What is open when all logs of a boot were looked at: images of which no quote proves any in PCR 4 are not assessed.
  public func findings(onWhole outcome: Outcome) -> [Finding] {
    // What was measured elsewhere started nothing: some registers anybody may extend, some even reset.
    guard policy.boot == .assess,
      !outcome.images.contains(where: { $0.isProven && $0.digestOf == .authenticode && $0.register == 4 })
    else { return [] }
    return [
      Finding(
        .eventUnknownImage, effect: .inconclusive,
        message:
          "The policy asks for boot content to be assessed, and no quote proves any image in PCR 4, where boot loaders are measured."
      )
    ]
  }

  /// Whether an event whose type is no image's must be known all the same: loaders are measured into register 4.
  private func mustExplain(_ event: Event) -> Bool { policy.boot == .assess && event.registerIndex == 4 }

  // MARK: References

  private struct Known {
    var image: BootImage
    var file: KnownFile
    var package: KnownPackage
    var store: String
    var standing: ReferenceOrigin.Standing
    var newer: NewerVersion?
  }

  /// The package that has the image, one without a successor before one with.
  private func candidate(for digests: [Digest]) throws(StoreError) -> Known? {
    guard holdsImages, policy.boot != .outOfScope, let digest = digests.first,
      let algorithm = FileDigestAlgorithm(digest.algorithm)
    else { return nil }
    var found: [Known] = []
    for (number, store) in library.stores.enumerated() {
      for file in try store.images(with: [FileDigest(algorithm, digest.bytes)]).joined() {
        let key = ReferenceLibrary.PackageKey(store: number, package: file.package)
        guard try library.counts(key), let package = try library.package(key),
          let image = try store.images(of: [file]).first ?? nil
        else { continue }
        found.append(
          Known(
            image: image, file: file, package: package, store: store.name, standing: try library.standing(of: key),
            newer: try library.newerVersion(than: key)))
      }
    }
    return found.min { left, right in
      let (a, b) = (left.newer == nil ? 0 : 1, right.newer == nil ? 0 : 1)
      if a != b { return a < b }
      let (one, other) = (left.package, right.package)
      return (one.name, one.version, left.store, escapedText(left.file.path))
        < (other.name, other.version, right.store, escapedText(right.file.path))
    }
  }

  private func judge(
    _ image: inout AttestationResult.BootImage, _ measured: MeasuredImage, _ known: Known?, _ expected: String?
  ) {
    if let known {
      image.package = AttestationResult.BootImage.Package(known.file, known.package, known.store, known.standing)
      image.signers = known.image.certificates.filter(\.isSigner).map(\.subject)
      image.sbat = SBAT(known.image.sbat ?? []).entries.map { "\($0.component),\($0.generation)" }
      let title = "\(known.package.name) \(known.package.version)"
      if let newer = known.newer {
        image.status = .superseded
        image.reason = "It is that of \(title); version \(newer.version) was out."
      } else {
        image.status = .known
        image.reason = "It is that of \(title)."
      }
      if image.digest.algorithm == .sha1 { image.reason += " SHA-1 alone tells it, which can be forged." }
    } else if policy.boot == .outOfScope {
      image.reason = "Boot content is out of the policy's scope."
    } else if let expected {
      image.status = .known
      image.reason = "It is among the events of the \(expected)."
    } else if !holdsImages {
      image.reason = "No reference that holds images for firmware was given."
    } else if measured.isClaimedFirmware {
      image.status = .firmware
      image.reason =
        "The log says that it came with the firmware or a device: packages do not have it. The path is the log's claim."
    } else {
      image.status = .unknown
      image.reason = "No reference has this image."
    }
  }

  // MARK: Revocation

  private func revoke(
    _ image: inout AttestationResult.BootImage, _ measured: MeasuredImage, _ known: Known?,
    by revocations: [RevocationList]
  ) {
    var digests = measured.digests.compactMap { digest in
      FileDigestAlgorithm(digest.algorithm).map { RevocationList.Entry($0, digest.bytes) }
    }
    // Of a known image all digests are known, whatever bank was proven.
    digests += known?.image.digests.map { RevocationList.Entry($0.algorithm, $0.bytes) } ?? []
    for list in revocations {
      guard let reason = list.reason(against: digests, certificates: known?.image.certificates ?? []) else { continue }
      image.status = .revoked
      // A list of the log that no quote proves may have been written by anybody.
      if !list.isProven { image.isProven = false }
      image.reason = "It is forbidden: \(reason)."
      return
    }
    let unproven = measured.unproven.compactMap { digest in
      FileDigestAlgorithm(digest.algorithm).map { RevocationList.Entry($0, digest.bytes) }
    }
    for list in revocations {
      guard let reason = list.reason(against: unproven, certificates: []) else { continue }
      image.status = .revoked
      image.isProven = false
      image.reason = "It is forbidden: \(reason), which is of a bank that no quote proves."
      return
    }
  }

  // MARK: Findings

  private func superseded(_ image: AttestationResult.BootImage, _ event: Event) -> Finding {
    image.finding(.eventSupersededImage, event, image.reason)
  }

  private func findings(
    on image: AttestationResult.BootImage, _ event: Event, _ known: Known?, level: SBAT?
  ) -> [Finding] {
    func finding(
      _ code: FindingCode, severity: Severity? = nil, effect: Effect? = nil, _ message: String,
      expected: String? = nil
    ) -> Finding {
      image.finding(code, event, severity: severity, effect: effect, message, expected: expected)
    }
    var found: [Finding] = []
    switch image.status {
    case .revoked:
      // What no quote proves may be an edit of the log.
      found.append(
        image.isProven
          ? finding(.eventRevokedImage, image.reason)
          : finding(
            .eventRevokedImage, severity: .warning, effect: .inconclusive, image.reason + " No quote proves it."))
    case .unknown where policy.boot != .assess: found.append(finding(.eventUnknownImage, image.reason))
    case .unknown where !event.recordedType.isImageLoad:
      found.append(
        finding(
          .eventUnknownImage, effect: .inconclusive,
          image.reason + " Its type, a claim, is no image's, and its digest is of nothing that the log shows."))
    case .unknown where !image.isProven:
      found.append(finding(.eventUnknownImage, effect: .inconclusive, image.reason + " No quote proves it."))
    case .unknown:
      found.append(finding(.eventUnknownImage, severity: .critical, effect: .untrusted, image.reason))
    case .firmware where image.register == 4 && policy.boot == .assess:
      // Where boot loaders are measured a claimed path must not excuse one.
      found.append(finding(.eventUnknownImage, effect: .inconclusive, image.reason))
    case .notAssessed where policy.boot == .assess:
      found.append(finding(.eventUnknownImage, effect: .inconclusive, image.reason))
    case .known where policy.boot == .assess && !image.isProven,
      .superseded where policy.boot == .assess && !image.isProven:
      found.append(finding(.eventUnknownImage, effect: .inconclusive, image.reason + " No quote proves it."))
    case .superseded: found.append(superseded(image, event))
    case .known, .firmware, .notAssessed: break
    }
    if let known, let level {
      for revocation in SBAT(known.image.sbat ?? []).revoked(by: level) {
        found.append(
          finding(
            .eventRevokedGeneration,
            "its SBAT generation of \(revocation.component) is \(revocation.generation), and the SbatLevel of the log demands \(revocation.required).",
            expected: "\(revocation.component),\(revocation.required)"))
      }
    }
    return found
  }
}

extension AttestationResult.BootImage {
  fileprivate func finding(
    _ code: FindingCode, _ event: Event, severity: Severity? = nil, effect: Effect? = nil, _ message: String,
    expected: String? = nil
  ) -> Finding {
    let name = path ?? package.map { $0.path } ?? "no path in the log"
    return Finding(
      code, severity: severity, effect: effect, file: file, offset: event.offset, record: event.index,
      message:
        "\(digestOf == .file ? "File that a loader read" : "Boot image") in PCR \(register) (\(name)): \(message)",
      expected: expected, actual: "\(digest.algorithm.name):\(hexText(digest.bytes))")
  }
}

extension AttestationResult.BootImage.Package {
  init(
    _ file: KnownFile, _ package: KnownPackage, _ store: String, _ standing: ReferenceOrigin.Standing
  ) {
    let words =
      switch standing {
      case .signed(let signer): "signed by \(signer)"
      case .unsigned: "unsigned"
      case .refused(let why): "refused: \(why)"
      }
    self.init(
      name: package.name, version: package.version, architecture: package.architecture,
      format: package.format.rawValue, path: escapedText(file.path), store: store, standing: words)
  }
}
