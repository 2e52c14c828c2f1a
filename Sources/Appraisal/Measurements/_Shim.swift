import Digests
import Hashing
import ReferenceManifests

extension FileDigestAlgorithm {
  func digest(of bytes: [UInt8]) -> [UInt8]? { HashAlgorithm(name: name)?.digest(of: bytes) }
}
func versionPrecedes(_ a: String, _ b: String, format: ReferencePackage.Format) -> Bool { a < b }
