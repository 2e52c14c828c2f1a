// swift-tools-version: 6.2
import PackageDescription

// Build with:  swift build --package-path Fuzz --sanitize=fuzzer --product FuzzEvidence
// Run with:    SWIFT_BACKTRACE=enable=no Fuzz/.build/debug/FuzzEvidence -max_total_time=60 FOLDER_OF_SEEDS
// FuzzMeasurements, FuzzReferences and FuzzSignatures alike.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "Inquest", path: "..")],
  targets: [
    .executableTarget(
      name: "FuzzEvidence",
      dependencies: [
        .product(name: "EvidenceIntake", package: "Inquest"), .product(name: "Replay", package: "Inquest"),
      ],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
    .executableTarget(
      name: "FuzzSignatures",
      dependencies: [
        .product(name: "FileSignatures", package: "Inquest"), .product(name: "EvidenceIntake", package: "Inquest"),
      ],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
    .executableTarget(
      name: "FuzzMeasurements", dependencies: [.product(name: "EvidenceIntake", package: "Inquest")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
    .executableTarget(
      name: "FuzzReferences", dependencies: [.product(name: "References", package: "Inquest")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
  ]
)
