import ByteReading
import Correlation
import Digests
import EvidenceIntake
import Foundation
import IMALog
import PublicKeys
import QuoteVerification
import TCGEventLog
import TPMStructures
import TestSupport

/// The files of a case of `samples/`, or of another folder, read into what the rules take.
public struct SampleCase: Sendable {
  public let files: [EvidenceFile]

  /// - parameter name: a folder of `samples/`.
  public init(_ name: String) throws {
    try self.init(folder: projectRoot.appendingPathComponent("samples/" + name))
  }

  /// `samples/web-01`, read once for all tests.
  public static func web() throws -> SampleCase { try webOnce.get() }
  private static let webOnce = Result { try SampleCase("web-01") }

  public init(folder: URL) throws { files = try EvidenceSet.read([FilePath(folder.path)]).files }

  public func content(_ path: String) throws -> EvidenceContent {
    guard let file = files.first(where: { $0.path == path }) else { throw NotASample(path: path) }
    return file.content
  }

  /// Every key and certificate of the case.
  public var keys: [KeySource] {
    files.flatMap { file -> [KeySource] in
      switch file.content {
      case .publicArea(let area): [KeySource(file: file.path, content: .publicArea(area))]
      case .certificates(let certificates, let keys):
        certificates.map { KeySource(file: file.path, content: .certificate($0)) }
          + keys.map { KeySource(file: file.path, content: .publicKey($0)) }
      default: []
      }
    }
  }

  /// A quote of three files with one stem, not yet verified.
  public func quote(_ stem: String) throws -> UnverifiedQuote {
    guard case .attestation(let attestation) = try content(stem + ".attest"),
      case .signature(let signature) = try content(stem + ".sig")
    else { throw NotASample(path: stem) }
    var quote = UnverifiedQuote(
      file: stem + ".attest", attestation: .present(attestation), signatureFile: stem + ".sig",
      signature: .present(signature))
    if files.contains(where: { $0.path == stem + ".pcrs" }) {
      guard case .registerFile(let registers) = try content(stem + ".pcrs") else { throw NotASample(path: stem) }
      quote.registerFile = stem + ".pcrs"
      quote.registers = .present(.labelled(registers))
    }
    return quote
  }

  /// The quote, verified with the keys of the case and the lab's root as the anchor.
  public func verified(_ stem: String, at time: Int64? = nil) throws -> VerifiedQuote {
    QuoteVerifier(ring: KeyRing(keys), anchors: try Self.anchors()).verify(try quote(stem), at: time)
  }

  /// The root of the lab machine's key certificates.
  public static func anchors() throws -> [Certificate] {
    let root = projectRoot.appendingPathComponent("samples/trust-anchors/lab-root.pem")
    return pemBlocks([UInt8](try Data(contentsOf: root))).compactMap { Certificate(der: $0.der) }
  }

  /// The bytes of a file of `samples/web-01`.
  public static func bytes(ofWeb path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: projectRoot.appendingPathComponent("samples/web-01/" + path)))
  }

  /// The event log of a capture.
  public func eventLog(_ capture: String) throws -> ArchivedLog<EventLog> {
    let path = capture + "/binary_bios_measurements"
    guard case .eventLog(let log) = try content(path) else { throw NotASample(path: path) }
    return ArchivedLog(file: path, capture: capture, log: log.value)
  }

  /// The measurement list of a capture.
  public func list(_ capture: String) throws -> ArchivedLog<MeasurementList> {
    let path = capture + "/binary_runtime_measurements"
    guard case .measurementList(let list) = try content(path) else { throw NotASample(path: path) }
    return ArchivedLog(file: path, capture: capture, log: list.value)
  }
}

public struct NotASample: Error {
  public var path: String
}
