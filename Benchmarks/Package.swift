// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Inquest", path: "..")],
  targets: [
    .target(name: "CBareHashing", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("crypto")]),
    .executableTarget(
      name: "replay-benchmark",
      dependencies: ["CBareHashing", .product(name: "Replay", package: "Inquest")]),
  ]
)
