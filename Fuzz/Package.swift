// swift-tools-version: 6.2
import PackageDescription

// `make fuzz` builds and runs all of them for a minute. One for longer, after that:
//   SWIFT_BACKTRACE=enable=no Fuzz/.build/release/FuzzEvidence -max_total_time=3600 -timeout=5 -rss_limit_mb=1024 \
//     -dict=Fuzz/inquest.dict Fuzz/.build/corpus/evidence Fuzz/Seeds/evidence
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
      name: "FuzzCarriers",
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
