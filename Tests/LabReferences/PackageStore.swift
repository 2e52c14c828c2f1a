import EvidenceIntake
import Foundation
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import ReferenceStore

/// A store of one RPM package, in a folder of its own.
public func packageStore(rpm: URL, file: URL) throws {
  let options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring(certificates: []))
  let writer = try StoreWriter(file: file.path)
  try writer.add([RPMPackageReader.read(path: FilePath(rpm.path), name: rpm.lastPathComponent, options: options)])
  _ = try writer.finish()
}
