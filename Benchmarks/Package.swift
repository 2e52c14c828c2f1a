// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Inquest", path: "..")],
  targets: [
    .target(name: "CBareHashing", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "Measuring"),
    .executableTarget(
      name: "replay-benchmark",
      dependencies: ["CBareHashing", "Measuring", .product(name: "Replay", package: "Inquest")]),
    .executableTarget(
      name: "reference-benchmark", dependencies: ["Measuring", .product(name: "References", package: "Inquest")]),
    .executableTarget(
      name: "event-log-benchmark",
      dependencies: ["Measuring", .product(name: "Replay", package: "Inquest")]),
    .executableTarget(
      name: "container-benchmark",
      dependencies: [
        "Measuring", .product(name: "References", package: "Inquest"), .product(name: "Inquest", package: "Inquest"),
      ]),
  ]
)
