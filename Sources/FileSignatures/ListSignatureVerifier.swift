import ByteReading
import Digests
import Dispatch
import IMALog
import PublicKeys
import Synchronization

/// Verifies the signatures of a list with given keys and with those that the list itself shows.
///
/// Each different signature is verified once with each key that it may be of. The result does not depend on `jobs`.
public struct ListSignatureVerifier: Sendable {
  private let given: [SigningKey]
  private let jobs: Int

  public init(given: [SigningKey], jobs: Int = 1) {
    self.given = given
    self.jobs = max(1, jobs)
  }

  public func verify(_ list: MeasurementList) -> ListSignatures {
    var gathered = GatheredClaims(given)
    for index in 0..<list.count { gathered.add(list.record(at: index), of: list) }
    return result(of: gathered)
  }

  /// What became of signatures in packages, with given keys only. `Record.record` is the place in `packaged`.
  public func verify(_ packaged: [PackagedSignature]) -> ListSignatures {
    var gathered = GatheredClaims(given)
    for (index, signature) in packaged.enumerated() { gathered.add(signature.claim(), at: index) }
    return result(of: gathered)
  }

  private func result(of gathered: GatheredClaims) -> ListSignatures {
    let verdicts = SignatureVerdicts(gathered, jobs: jobs)
    var result = ListSignatures(
      keys: gathered.ring.keys, recordsOfKey: gathered.ring.keys.map { _ in 0 }, records: [],
      unsignedRecords: gathered.unsignedRecords)
    for (record, claims) in gathered.records {
      let findings = claims.map { verdicts.finding($0, at: record) }
      guard let finding = findings.min(by: { $0.rank < $1.rank }) else { continue }
      if let key = finding.key { result.recordsOfKey[key] += 1 }
      result.records.append(
        .init(
          record: record, outcome: finding.outcome, key: finding.key, keyIdentifier: finding.keyIdentifier,
          message: finding.message))
    }
    return result
  }
}

/// Pass 1: what is claimed, each different thing once, and the keys that the list shows.
private struct GatheredClaims {
  /// A claim with places in the tables instead of statements.
  indirect enum Claim {
    case settled(SignatureFinding)
    case statement(Int)
    case appended(Int)
    case all([Claim])
  }

  var ring: SigningKeyRing
  var records: [(record: Int, claims: [Claim])] = []
  var statements: [SignatureStatement] = []
  var appended: [AppendedStatement] = []
  var unsignedRecords = 0
  private var placeOfStatement: [SignatureStatement: Int] = [:]
  private var placeOfAppended: [AppendedStatement: Int] = [:]

  init(_ given: [SigningKey]) { ring = SigningKeyRing(given) }

  mutating func add(_ record: Measurement, of list: MeasurementList) {
    if let buffer = record.buffer { return addKey(buffer, of: record) }
    let claims = RecordClaims(record, of: list)
    let found = claims.claims()
    if !found.isEmpty {
      records.append((record.index, found.map { place($0) }))
    } else if claims.hasPlace, record.path != Array("boot_aggregate".utf8) {
      unsignedRecords += 1
    }
  }

  mutating func add(_ claim: SignatureClaim, at index: Int) { records.append((index, [place(claim)])) }

  /// The record of a key names its keyring; those of revoked keys hold none that signs.
  private mutating func addKey(_ buffer: [UInt8], of record: Measurement) {
    guard let keyring = record.path, !record.isViolation,
      keyring.first == UInt8(ascii: ".") || keyring.first == UInt8(ascii: "_"),
      ![".blacklist", ".ima_blacklist"].contains(where: { keyring.elementsEqual($0.utf8) }),
      let certificate = Certificate(der: buffer)
    else { return }
    ring.addMeasured(SigningKey(certificate: certificate, origin: .measured(record: record.index, keyring: keyring)))
  }

  private mutating func place(_ claim: SignatureClaim) -> Claim {
    switch claim {
    case .settled(let outcome, let identifier, let message):
      return .settled(SignatureFinding(outcome, keyIdentifier: identifier, message: message))
    case .statement(let statement):
      if let known = placeOfStatement[statement] { return .statement(known) }
      placeOfStatement[statement] = statements.count
      statements.append(statement)
      return .statement(statements.count - 1)
    case .appended(let statement):
      if let known = placeOfAppended[statement] { return .appended(known) }
      placeOfAppended[statement] = appended.count
      appended.append(statement)
      return .appended(appended.count - 1)
    case .all(let claims):
      return .all(claims.map { place($0) })
    }
  }
}

/// What is known of one signature of one record.
private struct SignatureFinding {
  var outcome: SignatureOutcome
  var key: Int?
  var keyIdentifier: String
  var message: String

  init(_ outcome: SignatureOutcome, key: Int? = nil, keyIdentifier: String, message: String = "") {
    self.outcome = outcome
    self.key = key
    self.keyIdentifier = keyIdentifier
    self.message = message
  }

  /// Of several signatures of one record the first in this order speaks for it: one that is wrong before one that holds.
  var rank: Int {
    switch outcome {
    case .invalid: 0
    case .verified: 1
    case .verifiedByMeasuredKey: 2
    case .unknownKey: 3
    case .malformed: 4
    case .unsupported: 5
    }
  }

  /// Of several things that must all hold the least sure one speaks.
  var doubt: Int {
    switch outcome {
    case .invalid: 0
    case .malformed: 1
    case .unknownKey: 2
    case .unsupported: 3
    case .verifiedByMeasuredKey: 4
    case .verified: 5
    }
  }
}

/// Pass 2: every statement with every key that it may be of. Pass 3: what that says of a record at its place.
private struct SignatureVerdicts {
  private let gathered: GatheredClaims
  /// For each statement the keys that were tried, given ones first.
  private var ofStatement: [[(key: Int, outcome: PublicKey.Verification)]]
  private var ofAppended: [[(key: Int, outcome: AppendedSignature.Verification)]]

  init(_ gathered: GatheredClaims, jobs: Int) {
    self.gathered = gathered
    let ring = gathered.ring
    ofStatement = mapped(gathered.statements, jobs: jobs) { statement in
      ring.places(of: statement.keyIdentifier).map { place in
        let outcomes = statement.digests.map {
          ring.keys[place].key.verify(statement.signature, hash: statement.hash, digest: $0)
        }
        let good = outcomes.first { if case .verifies = $0 { true } else { false } }
        return (place, good ?? outcomes.first ?? .doesNotFit)
      }
    }
    ofAppended = mapped(gathered.appended, jobs: jobs) { statement in
      ring.certified.compactMap { place in
        guard let certificate = ring.keys[place].certificate else { return nil }
        let outcome = statement.signature.verify(with: certificate, hash: statement.hash, digest: statement.digest)
        return outcome == .otherSigner ? nil : (place, outcome)
      }
    }
  }

  func finding(_ claim: GatheredClaims.Claim, at record: Int) -> SignatureFinding {
    switch claim {
    case .settled(let finding): finding
    case .statement(let place): finding(gathered.statements[place], ofStatement[place], at: record)
    case .appended(let place): finding(gathered.appended[place], ofAppended[place], at: record)
    case .all(let claims):
      // Nothing that must hold besides is nothing against the first.
      claims.filter { if case .all(let rest) = $0 { !rest.isEmpty } else { true } }.map { finding($0, at: record) }
        .min { $0.doubt < $1.doubt } ?? SignatureFinding(.unsupported, keyIdentifier: "")
    }
  }

  private func finding(
    _ statement: SignatureStatement, _ tried: [(key: Int, outcome: PublicKey.Verification)], at record: Int
  ) -> SignatureFinding {
    let identifier = hexText(statement.keyIdentifier)
    let there = tried.filter { gathered.ring.keys[$0.key].isThere(at: record) }
    if let good = there.first(where: { if case .verifies = $0.outcome { true } else { false } }) {
      return verified(by: good.key, identifier)
    }
    guard !there.isEmpty else { return unknown(identifier, later: tried.first?.key) }
    if let doubt = statement.doubt { return SignatureFinding(.unsupported, keyIdentifier: identifier, message: doubt) }
    if gathered.ring.overfull.contains(statement.keyIdentifier) {
      return SignatureFinding(
        .unsupported, keyIdentifier: identifier,
        message:
          "More than \(SigningKeyRing.measuredLimit) measured keys have the identifier \(identifier); not all were tried."
      )
    }
    if there.allSatisfy({ $0.outcome == .doesNotFit }) {
      return SignatureFinding(
        .unsupported, keyIdentifier: identifier,
        message: "The key \(identifier) is of a kind that is not verified with.")
    }
    return invalid(identifier, there.map(\.key))
  }

  private func finding(
    _ statement: AppendedStatement, _ tried: [(key: Int, outcome: AppendedSignature.Verification)], at record: Int
  ) -> SignatureFinding {
    let identifier = hexText(statement.signature.signer)
    let there = tried.filter { gathered.ring.keys[$0.key].isThere(at: record) }
    if let good = there.first(where: { $0.outcome == .verifies }) { return verified(by: good.key, identifier) }
    if there.contains(where: { $0.outcome == .doesNotVerify }) { return invalid(identifier, there.map(\.key)) }
    guard let first = there.first else { return unknown(identifier, later: tried.first?.key) }
    return SignatureFinding(
      .unsupported, keyIdentifier: identifier,
      message: first.outcome == .otherDigest
        ? "The appended signature is over another digest than the record holds (\(statement.hash.name))."
        : "The appended signature is of a kind that is not verified.")
  }

  private func verified(by key: Int, _ identifier: String) -> SignatureFinding {
    SignatureFinding(
      gathered.ring.keys[key].isGiven ? .verified : .verifiedByMeasuredKey, key: key, keyIdentifier: identifier)
  }

  private func unknown(_ identifier: String, later: Int?) -> SignatureFinding {
    var message = "No key \(identifier) was given or measured before."
    if let later, case .measured(let record, _) = gathered.ring.keys[later].origin {
      message = "The key \(identifier) was measured only later, as record \(record)."
    }
    return SignatureFinding(.unknownKey, keyIdentifier: identifier, message: message)
  }

  private func invalid(_ identifier: String, _ keys: [Int]) -> SignatureFinding {
    let names = keys.prefix(3).map { name(of: gathered.ring.keys[$0]) }.joined(separator: ", ")
    return SignatureFinding(
      .invalid, keyIdentifier: identifier,
      message: "The key \(identifier) (\(names)) did not make this signature over what was measured.")
  }

  private func name(of key: SigningKey) -> String {
    switch key.origin {
    case .given(let file): file
    case .measured(let record, _): "measured as record \(record)"
    }
  }
}

/// The values of all elements in their order, made on at most `jobs` threads.
private func mapped<Element: Sendable, Value: Sendable>(
  _ elements: [Element], jobs: Int, _ transform: @Sendable (Element) -> Value
) -> [Value] {
  let chunk = 64
  let chunks = (elements.count + chunk - 1) / chunk
  guard jobs > 1, chunks > 1 else { return elements.map(transform) }
  let next = Mutex(0)
  let parts = Mutex([[Value]](repeating: [], count: chunks))
  DispatchQueue.concurrentPerform(iterations: min(jobs, chunks)) { _ in
    while true {
      let index = next.withLock { place in
        defer { place += 1 }
        return place
      }
      guard index < chunks else { return }
      let values = elements[index * chunk..<min(elements.count, (index + 1) * chunk)].map(transform)
      parts.withLock { $0[index] = values }
    }
  }
  return parts.withLock { $0 }.flatMap { $0 }
}
