import Digests
import Hashing
import ReferenceManifests

/// The SHA-256 of a value written in one fixed way: what packages, sources and whole stores are compared by.
///
/// Every text and byte string goes in with its length before it, every list with its count and sorted, so that no two
/// different values give the same bytes.
struct ContentDigest {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ number: some FixedWidthInteger) {
    let wide = UInt64(truncatingIfNeeded: number)
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: wide >> UInt64(shift))) }
  }

  mutating func add(_ value: [UInt8]) {
    add(value.count)
    bytes += value
  }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ value: [UInt8]?) {
    add(value == nil ? 0 : 1)
    if let value { add(value) }
  }

  mutating func add(_ text: String?) { add(text.map { Array($0.utf8) }) }

  /// Empty only when OpenSSL lacks SHA-256, which no supported one does.
  var sha256: [UInt8] { HashAlgorithm.sha256.digest(of: bytes) ?? [] }
}

extension ReferencePackage {
  /// What the package is known by: two readings of the same package have the same, whatever the order of their files.
  var contentDigest: [UInt8] {
    var digest = ContentDigest()
    for text in [format.rawValue, name, version, architecture, distribution] { digest.add(text) }
    for text in [sourceName, sourceVersion, date] { digest.add(text) }
    let rows = files.map(\.contentBytes).sorted { $0.lexicographicallyPrecedes($1) }
    digest.add(rows.count)
    for row in rows { digest.add(row) }
    return digest.sha256
  }
}

extension ReferenceFile {
  fileprivate var contentBytes: [UInt8] {
    let row = FileRow(self)
    var digest = ContentDigest()
    digest.add(path)
    digest.add(row.kind)
    digest.add(row.target)
    digest.add(byteCount.flatMap { Int64(exactly: $0) } ?? -1)
    digest.add(mode.map { Int($0) } ?? -1)
    digest.add(flags.rawValue)
    digest.add(row.content ?? -1)
    digest.add(row.detail)
    digest.add(row.needed)
    digest.add(signature)
    let kept = digestsOnce
    digest.add(kept.count)
    for item in kept {
      digest.add(item.algorithm.rawValue)
      digest.add(item.origin.rawValue)
      digest.add(item.bytes)
    }
    digest.add(image == nil ? 0 : 1)
    if let image { digest.add(image.contentBytes) }
    return digest.bytes
  }
}

extension BootImage {
  fileprivate var contentBytes: [UInt8] {
    var digest = ContentDigest()
    digest.add(sbat)
    digest.add(digests.count)
    for item in digests {
      digest.add(item.algorithm.rawValue)
      digest.add(item.bytes)
    }
    digest.add(certificates.count)
    for certificate in certificates {
      digest.add(certificate.sha256)
      for text in [certificate.subject, certificate.issuer] { digest.add(text) }
      digest.add(certificate.isSigner ? 1 : 0)
    }
    return digest.bytes
  }
}

extension ReferenceFile {
  /// The digests by algorithm and value, each once: that of the best origin, which is what the table of digests keeps.
  fileprivate var digestsOnce: [ReferenceDigest] {
    let sorted = digests.sorted { left, right in
      if left.algorithm != right.algorithm { return left.algorithm < right.algorithm }
      if left.bytes != right.bytes { return left.bytes.lexicographicallyPrecedes(right.bytes) }
      return left.origin.rawValue < right.origin.rawValue
    }
    return sorted.enumerated().filter { index, digest in
      index == 0 || sorted[index - 1].algorithm != digest.algorithm || sorted[index - 1].bytes != digest.bytes
    }.map(\.element)
  }
}

extension PackageUpdate {
  var contentDigest: [UInt8] {
    var digest = ContentDigest()
    for text in [format.rawValue, name, version, distribution, type.rawValue] { digest.add(text) }
    digest.add(namesSource ? 1 : 0)
    for text in [date, advisory] { digest.add(text) }
    digest.add(references.count)
    for reference in references { digest.add(reference) }
    return digest.sha256
  }
}

extension ReferenceSource {
  var contentBytes: [UInt8] {
    var digest = ContentDigest()
    digest.add(kind.rawValue)
    digest.add(sha256)
    digest.add(byteCount)
    digest.add(vouchedBy)
    for text in [date, validUntil] { digest.add(text) }
    digest.add(distribution)
    digest.add(signatures.count)
    for signature in signatures {
      for text in [signature.status.rawValue, signature.scheme, signature.key, signature.signer] { digest.add(text) }
      digest.add(signature.createdAt)
      digest.add(signature.detail)
    }
    return digest.bytes
  }
}
