import Appraisal
import ByteReading
import Digests

// What booted, for the structured reports: the images of each boot.

extension AttestationResult.BootImage {
  func write(to image: inout some StructureWriter) {
    image.value("file", file)
    image.value("record", record)
    image.value("register", register)
    image.value("type", type)
    image.value("path", path)
    image.value("algorithm", digest.algorithm.name)
    image.value("digest", hexText(digest.bytes))
    image.value("digestOf", digestOf.rawValue)
    image.value("isProven", isProven)
    image.value("status", status.rawValue)
    image.sentence("reason", reason)
    if let package {
      image.object("package") { package.write(to: &$0) }
    } else {
      image.absent("package")
    }
    image.sentences("signers", of: "signer", signers)
    image.sentences("sbat", of: "entry", sbat)
  }
}

extension AttestationResult.BootImage.Package {
  fileprivate func write(to written: inout some StructureWriter) {
    written.value("name", name)
    written.value("version", version)
    written.value("architecture", architecture)
    written.value("format", format)
    written.value("path", path)
    written.value("store", store)
    written.value("standing", standing)
  }
}
