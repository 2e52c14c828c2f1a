import Archives
import ByteReading
import ConciseManifests
import OpenPGP
import PortableExecutable
import PublicKeys
import ReferenceManifests
import TCGEventLog
import XMLSignature

/// Any bytes as what builders of references read. The first byte says as what. Nothing may stop the program.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReferences(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard let kind = input.first else { return 0 }
  let bytes = Array(input.dropFirst())
  switch kind % 17 {
  case 0: if let package = try? RPMPackage(bytes, file: "x.rpm") { _ = package }
  case 1: _ = try? RPMHeader(stored: bytes, file: "header")
  case 2: _ = try? NDBDatabase(bytes, file: "Packages.db")
  case 3: _ = DebianRelease.read(bytes, file: "Release")
  case 4: _ = DebianIndexEntry.read(bytes, file: "Packages")
  case 5: readMetadata(bytes)
  case 6: readLists(bytes)
  case 7: _ = (SecurityTracker(bytes, file: "tracker.json"), SecurityAdvisoryList(bytes, file: "list"))
  case 8:
    let keys = OpenPGPKeyring(certificates: [bytes])
    _ = keys.verify(detached: bytes, over: bytes)
    _ = keys.verify(cleartext: bytes)
  case 9: walk(bytes, .tar)
  case 10: walk(bytes, .ar)
  case 11: readImageDocuments(bytes)
  case 13: readBootImage(bytes)
  case 14: readBaseRIM(bytes)
  case 15: _ = try? EFISignatureDatabase(bytes, file: "dbx")
  case 16: readConciseManifest(bytes)
  default: walk(bytes, .cpio)
  }
  return 0
}

private func readMetadata(_ bytes: [UInt8]) {
  _ = RepositoryIndex(bytes, file: "repomd.xml")
  _ = RepositoryPackages(bytes, file: "primary.xml")
  _ = UpdateInformation(bytes, file: "updateinfo.xml")
}

private func readImageDocuments(_ bytes: [UInt8]) {
  if let index = try? ImageIndex(bytes) {
    for manifest in index.manifests { _ = (manifest.path, manifest.sha256, manifest.isAttestation, manifest.name) }
  }
  _ = try? ImageManifest(bytes)
  _ = try? ImageConfiguration(bytes)
  _ = try? SavedImages(bytes)
}

private func readBootImage(_ bytes: [UInt8]) {
  guard let image = try? PortableExecutable(bytes, file: "x.efi") else { return }
  precondition(image.digestedRanges.reduce(0) { $0 + $1.count } <= bytes.count, "more is hashed than there is")
  _ = image.authenticodeDigests(.sha256)
  let table = SBAT(image.content(ofSection: ".sbat") ?? [])
  _ = table.revoked(by: table)
  for certificate in image.certificates { _ = ImageSignature(certificate.content)?.signers }
}

private func readBaseRIM(_ bytes: [UInt8]) {
  _ = BaseRIM.parse(bytes, file: "x.swidtag")
  // With no key nothing may be valid; the document is parsed and canonicalised all the same.
  precondition(!verifyXMLSignature(of: bytes, with: []).isValid, "a signature is valid without a key")
}

private func readConciseManifest(_ bytes: [UInt8]) {
  guard let parsed = ConciseManifest.parse(bytes, file: "x.corim") else { return }
  for problem in parsed.problems { precondition(problem.offset <= bytes.count, "a place behind the end") }
  _ = (parsed.value.registerValues, parsed.value.expectedEvents, parsed.value.signed?.signedBytes)
}

private func readLists(_ bytes: [UInt8]) {
  _ = recognise(list: bytes)
  _ = ListReading(digestLines: bytes, name: "list", file: "list")
  _ = ListReading(hashdeep: bytes, name: "list", file: "list")
  _ = ListReading(mtree: bytes, name: "list", file: "list")
  _ = ListReading(csv: bytes, name: "list", file: "list")
  _ = ListReading(keylimePolicy: bytes, name: "list", file: "list")
}

private func walk(_ bytes: [UInt8], _ format: ArchiveReader.Format) {
  guard let archive = try? ArchiveReader(MemorySource(bytes), format) else { return }
  while let member = try? archive.next() {
    _ = member
    try? archive.forEachPiece { _ in }
  }
}
