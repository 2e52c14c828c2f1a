import CLibRNP
import ReferenceManifests

/// Certificates that signatures are verified with.
public struct OpenPGPKeyring: Sendable {
  /// No key at all: every signature is `keyMissing`.
  public init() {}
}
