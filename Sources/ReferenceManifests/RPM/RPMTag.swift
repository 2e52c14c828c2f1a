/// The number of a value in an RPM header, with rpm's own name.
///
/// Numbers 1000 to 1008 mean other things in the signature header than in the main header.
///
/// Source: rpm, include/rpm/rpmtag.h.
public struct RPMTag: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  private init(_ number: UInt32) { rawValue = number }

  // Regions.
  static let headerImage = RPMTag(61)
  static let headerSignatures = RPMTag(62)
  static let headerImmutable = RPMTag(63)

  // The signature header, also what the database keeps of it.
  /// Over header and payload, in a database.
  public static let storedPGP = RPMTag(259)
  public static let storedGPG = RPMTag(262)
  public static let dsaHeader = RPMTag(267)
  public static let rsaHeader = RPMTag(268)
  public static let sha1Header = RPMTag(269)
  public static let longSignatureSize = RPMTag(270)
  public static let sha256Header = RPMTag(273)
  public static let signatureFileSignatures = RPMTag(274)
  public static let openPGP = RPMTag(278)
  public static let sha3Header = RPMTag(279)
  /// Signature header only.
  public static let signatureSize = RPMTag(1000)
  public static let signaturePGP = RPMTag(1002)
  public static let signatureMD5 = RPMTag(1004)
  public static let signatureGPG = RPMTag(1005)

  // The package.
  public static let name = RPMTag(1000)
  public static let version = RPMTag(1001)
  public static let release = RPMTag(1002)
  public static let epoch = RPMTag(1003)
  public static let buildTime = RPMTag(1006)
  public static let distribution = RPMTag(1010)
  public static let vendor = RPMTag(1011)
  public static let architecture = RPMTag(1022)
  public static let sourceRPM = RPMTag(1044)
  public static let sourcePackage = RPMTag(1106)
  public static let rpmFormat = RPMTag(5114)

  // Its files.
  public static let oldFileNames = RPMTag(1027)
  public static let fileSizes = RPMTag(1028)
  public static let fileStates = RPMTag(1029)
  public static let fileModes = RPMTag(1030)
  public static let fileDigests = RPMTag(1035)
  public static let fileLinkTargets = RPMTag(1036)
  public static let fileFlags = RPMTag(1037)
  public static let fileVerifyFlags = RPMTag(1045)
  public static let fileInodes = RPMTag(1096)
  public static let directoryIndexes = RPMTag(1116)
  public static let baseNames = RPMTag(1117)
  public static let directoryNames = RPMTag(1118)
  public static let longFileSizes = RPMTag(5008)
  public static let fileDigestAlgorithm = RPMTag(5011)
  public static let fileSignatures = RPMTag(5090)

  // Its payload.
  public static let payloadFormat = RPMTag(1124)
  public static let payloadCompressor = RPMTag(1125)
  public static let payloadDigest = RPMTag(5092)
  public static let payloadDigestAlgorithm = RPMTag(5093)
}
