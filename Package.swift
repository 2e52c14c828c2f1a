// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target under `Sources`: language mode 6 comes with the tools version.
let checked: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
let values: [Target.Dependency] = ["ByteReading", "Digests"]

/// What quotes and logs are made of, and the samples read into it.
let proofs: [Target.Dependency] = [
  "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "Replay", "QuoteVerification", "FileSignatures",
  "SampleEvidence",
]

/// Reference values: read, verified, kept.
let references: [Target.Dependency] = [
  "Hashing", "PublicKeys", "TCGEventLog", "XMLReading", "XMLSignature", "ReferenceManifests", "Archives", "OpenPGP",
  "PortableExecutable", "ReferenceStore", "EvidenceIntake", "ConciseManifests", "TPMStructures",
  "JSONReading",
]

/// One test target a source target, with what its tests need beside the target itself.
let testTargets: [Target] = [
  ("ByteReading", []),
  ("Digests", []),
  ("Hashing", ["Digests"]),
  ("TPMStructures", values),
  ("TCGEventLog", values),
  ("IMALog", values + ["Hashing"]),
  ("Replay", values + ["TCGEventLog", "IMALog", "Hashing"]),
  ("PublicKeys", values),
  ("QuoteVerification", values + ["TPMStructures", "Hashing", "PublicKeys"]),
  ("EvidenceIntake", values + ["ContainerInventory", "TPMStructures", "TCGEventLog", "IMALog"]),
  ("FileSignatures", values + ["IMALog", "Hashing", "PublicKeys"]),
  ("Correlation", values + proofs + ["CanonicalEventLog"]),
  ("Comparison", values + ["TCGEventLog", "IMALog", "Hashing", "EvidenceIntake"]),
  ("BootStory", values + ["TCGEventLog", "Hashing", "PublicKeys", "Replay", "SampleEvidence"]),
  (
    "Appraisal",
    values + proofs + [
      "Correlation", "BootStory", "EvidenceIntake", "ReferenceManifests", "ReferenceStore", "ConciseManifests",
    ]
  ),
  (
    "Reports",
    values + [
      "XMLReading", "Hashing", "IMALog", "ReferenceManifests", "ReferenceStore", "Appraisal", "BootStory", "Replay",
      "TCGEventLog",
    ]
  ),
  ("XMLReading", ["ByteReading"]),
  ("XMLSignature", ["ByteReading", "PublicKeys"]),
  ("CBORReading", ["ByteReading"]),
  ("JSONReading", ["ByteReading"]),
  ("ConciseManifests", values + ["CBORReading"]),
  ("CanonicalEventLog", values + ["TCGEventLog", "IMALog", "Hashing", "Replay"]),
  ("ContainerInventory", ["ByteReading"]),
  ("IntegrityReports", values + ["Hashing", "EvidenceIntake", "IMALog"]),
  ("ReferenceManifests", values + ["Hashing"]),
  ("Archives", values + ["Hashing"]),
  ("PortableExecutable", values + ["Archives"]),
  ("OpenPGP", values + ["ReferenceManifests"]),
  ("ReferenceStore", values + ["Hashing", "ReferenceManifests"]),
  ("ReferenceBuilding", values + references),
  (
    "Examination",
    values + proofs + [
      "Appraisal", "Reports", "ContainerInventory", "EvidenceIntake", "Correlation", "LabReferences", "XMLReading",
      "BootStory",
      "OpenPGP", "ReferenceBuilding", "ReferenceManifests", "ReferenceStore", "ConciseManifests",
    ]
  ),
].map { (name: String, others: [Target.Dependency]) in
  .testTarget(
    name: name + "Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + others,
    exclude: ["Appraisal", "Examination"].contains(name) ? ["Fixtures"] : [])
}

let package = Package(
  name: "Inquest",
  products: [
    .library(name: "Inquest", targets: ["Examination", "Reports"]),
    .library(
      name: "EvidenceIntake",
      targets: [
        "EvidenceIntake", "IMALog", "TCGEventLog", "CanonicalEventLog", "CBORReading", "JSONReading", "TPMStructures",
        "ContainerInventory", "ConciseManifests",
      ]),
    .executable(name: "inquest", targets: ["inquest"]),
    // For the nested package of benchmarks.
    .library(name: "FileSignatures", targets: ["FileSignatures", "PublicKeys", "IMALog"]),
    .library(name: "Replay", targets: ["Replay", "TCGEventLog", "IMALog", "Hashing", "Digests", "ByteReading"]),
    .library(
      name: "References",
      targets: [
        "ReferenceBuilding", "ReferenceStore", "ReferenceManifests", "Archives", "OpenPGP", "EvidenceIntake", "Hashing",
        "Digests", "PortableExecutable", "PublicKeys", "TCGEventLog", "XMLSignature",
        "ConciseManifests",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // Layer 0: positions and values.
    .target(
      name: "ByteReading", swiftSettings: checked + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "Digests", swiftSettings: checked),

    // The C libraries, each reached through one small wrapping target.
    .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .target(name: "CXMLValidation", dependencies: ["CLibXML2"]),
    .target(name: "CXMLReading", dependencies: ["CLibXML2"]),
    .systemLibrary(
      name: "CLibXMLSec", pkgConfig: "xmlsec1-openssl", providers: [.apt(["libxmlsec1-dev"])]),
    .target(name: "CXMLSignature", dependencies: ["CLibXML2", "CLibXMLSec"]),
    .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CLibRNP", pkgConfig: "librnp", providers: [.apt(["librnp-dev"])]),

    // Layer 1: bytes into values. No files, no clock, no packages.
    .target(name: "TPMStructures", dependencies: values + ["JSONReading"], swiftSettings: checked),
    .target(name: "TCGEventLog", dependencies: values, swiftSettings: checked),
    .target(name: "IMALog", dependencies: values, swiftSettings: checked),
    .target(name: "Hashing", dependencies: ["Digests", "COpenSSL"], swiftSettings: checked),

    .target(name: "PublicKeys", dependencies: ["Digests", "COpenSSL"], swiftSettings: checked),

    .target(
      name: "XMLReading", dependencies: ["ByteReading", "CXMLReading", "CXMLValidation"], swiftSettings: checked),
    .target(name: "XMLSignature", dependencies: ["ByteReading", "CXMLSignature"], swiftSettings: checked),
    .target(name: "CBORReading", dependencies: ["ByteReading"], swiftSettings: checked),
    .target(name: "ConciseManifests", dependencies: values + ["CBORReading"], swiftSettings: checked),
    .target(name: "JSONReading", dependencies: ["ByteReading"], swiftSettings: checked),
    .target(
      name: "CanonicalEventLog",
      dependencies: values + ["TCGEventLog", "IMALog", "CBORReading", "JSONReading"], swiftSettings: checked),
    .target(
      name: "ContainerInventory", dependencies: ["ByteReading", "XMLReading", "JSONReading"], swiftSettings: checked),
    .target(
      name: "IntegrityReports", dependencies: values + ["Hashing", "XMLReading"], swiftSettings: checked),
    .target(
      name: "ReferenceManifests", dependencies: values + ["Hashing", "XMLReading"], swiftSettings: checked),
    .target(name: "Archives", dependencies: ["Digests", "CLibArchive"], swiftSettings: checked),
    .target(
      name: "PortableExecutable", dependencies: values + ["Hashing"],
      swiftSettings: checked + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "OpenPGP", dependencies: values + ["ReferenceManifests", "COpenSSL", "CLibRNP"], swiftSettings: checked),

    // Layer 2: files, recomputation, signatures, known-good values.
    .target(
      name: "ReferenceStore",
      dependencies: values + [
        "Hashing", "ReferenceManifests", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ], swiftSettings: checked),
    .target(
      name: "EvidenceIntake",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "XMLReading", "JSONReading",
        "ContainerInventory", "IntegrityReports", "CanonicalEventLog", "Archives", "ConciseManifests",
      ], swiftSettings: checked),
    .target(
      name: "Replay", dependencies: values + ["TCGEventLog", "IMALog", "Hashing"],
      swiftSettings: checked),
    .target(
      name: "QuoteVerification",
      dependencies: values + ["TPMStructures", "Hashing", "PublicKeys"], swiftSettings: checked),
    .target(
      name: "FileSignatures", dependencies: values + ["IMALog", "Hashing", "PublicKeys"], swiftSettings: checked),

    // Layer 3: packages, repositories and lists into the store.
    .target(name: "ReferenceBuilding", dependencies: values + references, swiftSettings: checked),

    // Layer 3: quotes and logs into prefixes, boots and brackets.
    .target(
      name: "Correlation",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "Replay", "QuoteVerification",
      ], swiftSettings: checked),

    // Layer 3: two logs or captures into what differs.
    .target(
      name: "Comparison",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "EvidenceIntake", "Replay",
      ], swiftSettings: checked),
    // Layer 3: one event log into the stages of a start, and what each says.
    .target(
      name: "BootStory", dependencies: values + ["TCGEventLog", "Hashing", "PublicKeys", "Replay"],
      swiftSettings: checked),

    // Layer 4: rules, findings, verdict; the one attestation result.
    .target(
      name: "Appraisal",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "Replay", "QuoteVerification",
        "FileSignatures", "Correlation", "BootStory", "ReferenceManifests", "ReferenceStore", "PortableExecutable",
        "ConciseManifests",
      ], swiftSettings: checked),

    // Layer 5: values into text; the numbered steps of one case.
    .target(
      name: "Reports",
      dependencies: values + ["Replay", "BootStory", "ReferenceManifests", "ReferenceStore", "Appraisal"],
      swiftSettings: checked),
    .target(
      name: "Examination",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "ContainerInventory", "EvidenceIntake",
        "Replay", "QuoteVerification", "FileSignatures", "Correlation", "BootStory", "ReferenceManifests",
        "ReferenceStore", "PortableExecutable", "Appraisal",
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: checked),

    // Layer 6: arguments, output files, exit status.
    .executableTarget(
      name: "inquest",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "PublicKeys", "ContainerInventory", "IntegrityReports",
        "EvidenceIntake",
        "Replay", "Correlation", "OpenPGP", "XMLReading", "ReferenceManifests", "ReferenceStore", "ReferenceBuilding",
        "Appraisal", "Examination", "Reports", "BootStory", "Comparison", "ConciseManifests",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: checked),

    // Tests mirror the sources. TestSupport finds samples, the corpus and other people's tools.
    // SampleEvidence reads samples into quotes and logs, and makes small ones by hand.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .target(
      name: "SampleEvidence",
      dependencies: values + [
        "TPMStructures", "TCGEventLog", "IMALog", "Hashing", "PublicKeys", "EvidenceIntake", "QuoteVerification",
        "Correlation", "TestSupport",
      ], path: "Tests/SampleEvidence"),
    .target(
      name: "LabReferences", dependencies: values + references + ["ReferenceBuilding", "TestSupport"],
      path: "Tests/LabReferences"),
    .testTarget(
      name: "CommandLineTests",
      dependencies: values + [
        "inquest", "Appraisal", "TCGEventLog", "TestSupport", .product(name: "Yams", package: "Yams"),
      ]),
  ] + testTargets
)
