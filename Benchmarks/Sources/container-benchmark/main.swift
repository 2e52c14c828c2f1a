import Appraisal
import EvidenceIntake
import Examination
import Foundation
import Measuring
import Reports

// How long one host with many containers takes, beside the times that the research system's verifier was published with:
// reading, signature, replay, attribution, lookups, verdicts of every container, three reports.

/// Seconds of the verifier by number of containers, as published in 2016 (Figure 5 of the poster).
let published: [(containers: Int, seconds: Double)] = [(0, 1.56), (32, 1.63), (128, 1.77), (256, 1.95), (512, 2.35)]

func analyze(_ host: MadeHost) throws {
  var request = ExaminationRequest(roots: [FilePath(host.evidence)], jobs: 1, toolVersion: "benchmark")
  request.pinnedKeys = [FilePath(host.key)]
  request.references = [FilePath(host.store)]
  let result = try examine(request)
  let size = HTMLReport.render(result).count + XMLReport.render(result).count + JSONReport.render(result).count
  let owners = result.hosts.flatMap(\.boots).flatMap(\.owners)
  let bad = owners.filter { $0.badRecordCount > 0 }.map { $0.name ?? $0.identifier }
  print("\(owners.count) \(bad.isEmpty ? "-" : bad.joined(separator: ",")) \(size)")
}

func row(_ cells: [String]) {
  print("  " + cells.map { $0.padding(toLength: 18, withPad: " ", startingAt: 0) }.joined())
}

func compare(rounds: Int) throws {
  let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let place = NSTemporaryDirectory() + "inquest-containers-\(getpid())"
  defer { try? FileManager.default.removeItem(atPath: place) }
  print("One host with containers, GENERATED lists of the template ima-cont-id, one unknown digest in one container")
  row(["containers", "records", "CPU s", "wall s", "published wall s", "named"])
  var seconds: [(Int, Double)] = []
  for (count, time) in published {
    let bad = count > 0 ? count / 2 : nil
    let host = MadeHost(folder: place + "/\(count)", count: count, bad: bad)
    try host.make()
    var runs: [Cost] = []
    var named = ""
    for _ in 0..<rounds {
      let (output, cost) = try runChild(program, ["analyze", host.folder, "\(count)"])
      runs.append(cost)
      named = output.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    }
    guard named == (bad.map { "service-\($0)" } ?? "-") else {
      print("the bad container is \(bad.map { "service-\($0)" } ?? "none"), and '\(named)' was named")
      exit(1)
    }
    let (cpu, wall) = (median(runs.map(\.cpu)), median(runs.map(\.wall)))
    seconds.append((count, cpu))
    let records = MadeHost.hostRecords + count * MadeHost.recordsOfContainer
    row([
      "\(count)", "\(records)", String(format: "%.3f", cpu), String(format: "%.3f", wall), String(format: "%.2f", time),
      named,
    ])
  }
  let (base, slope) = line(through: seconds)
  print(
    String(format: "  least squares: %.3f s + %.3f ms a container; published: 1.57 s + 1.52 ms", base, slope * 1000))
  print(
    "  The published times are of 2016's hardware and include a network and a database server; these are CPU times of one\n  process on this machine. They show how the work grows with the containers, not which system is faster."
  )
}

func line(through points: [(Int, Double)]) -> (base: Double, slope: Double) {
  let n = Double(points.count)
  let x = points.reduce(0) { $0 + Double($1.0) } / n
  let y = points.reduce(0) { $0 + $1.1 } / n
  let slope =
    points.reduce(0) { $0 + (Double($1.0) - x) * ($1.1 - y) }
    / points.reduce(0) { $0 + (Double($1.0) - x) * (Double($1.0) - x) }
  return (y - slope * x, slope)
}

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "analyze" {
  try analyze(MadeHost(folder: arguments[2], count: Int(arguments[3]) ?? 0, bad: nil))
} else {
  try compare(rounds: 5)
}
