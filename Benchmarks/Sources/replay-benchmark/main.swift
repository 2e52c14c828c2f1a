import ByteReading
import CBareHashing
import Digests
import Foundation
import IMALog
import Measuring
import Replay

/// Replays a file from windows, as a program does that never keeps the whole file.
func replay(_ path: String, jobs: Int) throws -> ReplayedMeasurements {
  let descriptor = open(path, O_RDONLY)
  let first = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(upToCount: 1 << 16) ?? Data()
  guard let format = MeasurementListFormat.detect([UInt8](first)) else { throw POSIXError(.EINVAL) }
  let stream = MeasurementStream(file: path, format: format) { (count: Int) throws(ParseError) -> [UInt8] in
    [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      written = max(0, read(descriptor, buffer.baseAddress, count))
    }
  }
  defer { close(descriptor) }
  let rules = [ExtendRule(.sha1), ExtendRule(.sha256)]
  let target = RegisterTarget(id: "never", rule: 1, values: [10: Array(repeating: 1, count: 32)])
  return try MeasurementReplay(rules: rules, targets: [target], jobs: jobs).run(stream)
}

/// CPU seconds of the bare hash work on a list, and the register values it gives.
func bareWork(_ path: String) throws -> (seconds: Double, sha1: [UInt8], sha256: [UInt8]) {
  let descriptor = open(path, O_RDONLY)
  defer { close(descriptor) }
  var stream = MeasurementStream(
    file: path, format: .binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
  ) { (count: Int) throws(ParseError) -> [UInt8] in
    [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      written = max(0, read(descriptor, buffer.baseAddress, count))
    }
  }
  var (sha1, sha256) = ([UInt8](repeating: 0, count: 20), [UInt8](repeating: 0, count: 32))
  var seconds = 0.0
  while let batch = stream.next() {
    var blocks: [UInt8] = []
    var counts: [UInt8] = []
    for frame in batch.frames {
      let start = batch.start + Int(frame.dataStart)
      var padded = Array(batch.bytes[start..<start + Int(frame.dataByteCount)])
      padded += [UInt8](repeating: 0, count: 72)
      let count = bare_pad(&padded, Int(frame.dataByteCount))
      blocks += padded[..<(count * 64)]
      counts.append(UInt8(count))
    }
    let violations = batch.frames.map { $0.isViolation ? UInt8(1) : 0 }
    var start = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
    bare_replay(blocks, counts, violations, counts.count, &sha1, &sha256)
    var end = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
    seconds += Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  }
  return (seconds, sha1, sha256)
}

/// Register files as `evmctl ima_measurement --pcrs` reads them.
func writeRegisters(_ value: [UInt8], to path: String) throws {
  var text = ""
  for register in 0..<24 {
    let shown = register == 10 ? value : [UInt8](repeating: (17...22).contains(register) ? 0xff : 0, count: value.count)
    text += String(format: "PCR-%02d:", register) + shown.map { String(format: " %02X", $0) }.joined() + "\n"
  }
  try text.write(toFile: path, atomically: true, encoding: .utf8)
}

func show(_ name: String, _ value: Double, _ unit: String, target: Double? = nil) {
  let text = String(format: "%.3f %@", value, unit)
  let verdict = target.map { String(format: "   target %.2f: %@", $0, value <= $0 ? "reached" : "MISSED") } ?? ""
  print("  " + name.padding(toLength: 52, withPad: " ", startingAt: 0) + text + verdict)
}

func compare(recordCount: Int, rounds: Int) throws {
  let path = NSTemporaryDirectory() + "inquest-benchmark-\(getpid()).list"
  defer { for suffix in ["", ".sha1", ".sha256"] { unlink(path + suffix) } }
  var generator = ListGenerator()
  try generator.write(recordCount, to: path)
  try writeRegisters(generator.sha1, to: path + ".sha1")
  try writeRegisters(generator.sha256, to: path + ".sha256")
  print("\(recordCount) ima-ng records, mean template data \(generator.dataByteCount / max(1, recordCount)) bytes")
  print(bare_has_sha_instructions() ? "bare work: SHA instructions" : "bare work: no SHA instructions, OpenSSL blocks")

  let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let evmctl = ["/usr/bin/evmctl", "/usr/local/bin/evmctl"].first { FileManager.default.isExecutableFile(atPath: $0) }
  let expected = "\(hexText(generator.sha1)) \(hexText(generator.sha256)) \(recordCount)"
  var bare: [Double] = []
  var costs: [Int: [Cost]] = [1: [], 2: []]
  var peaks: [Double] = []
  var peer: [Cost] = []
  for _ in 0..<rounds {
    let work = try bareWork(path)
    guard work.sha1 == generator.sha1, work.sha256 == generator.sha256 else {
      print("the bare work gives other values than OpenSSL")
      exit(1)
    }
    bare.append(work.seconds)
    for jobs in [1, 2] {
      let (output, cost) = try runChild(program, ["replay", path, "\(jobs)"])
      let parts = output.split(separator: " ")
      guard parts.prefix(3).joined(separator: " ") == expected, parts.count == 4 else {
        print("replay gives \(output), expected \(expected)")
        exit(1)
      }
      costs[jobs]?.append(cost)
      peaks.append(Double(parts[3]) ?? .nan)
    }
    if let evmctl {
      let arguments = ["--pcrs", "sha1,\(path).sha1", "--pcrs", "sha256,\(path).sha256", "--ignore-violations", path]
      let (output, cost) = try runChild(evmctl, ["ima_measurement"] + arguments)
      guard output.contains("Matched") else {
        print("evmctl says: \(output)")
        exit(1)
      }
      peer.append(cost)
    }
  }
  let cpu1 = median((costs[1] ?? []).map(\.cpu))
  let (wall1, wall2) = (median((costs[1] ?? []).map(\.wall)), median((costs[2] ?? []).map(\.wall)))
  print("medians of \(rounds) rounds, whole processes")
  show("bare hash work, CPU", median(bare), "s")
  show("replay, 1 job, CPU", cpu1, "s")
  show("replay, 2 jobs, CPU", median((costs[2] ?? []).map(\.cpu)), "s")
  show("replay, 1 job, wall", wall1, "s")
  show("replay, 2 jobs, wall", wall2, "s")
  show("CPU of replay / bare work", cpu1 / median(bare), "", target: 1.9)
  show("wall of 2 jobs / 1 job", wall2 / wall1, "", target: 0.65)
  show("peak resident size", peaks.max() ?? .nan, "MiB", target: 64)
  if peer.isEmpty {
    print("  evmctl is not installed")
  } else {
    show("evmctl ima_measurement, CPU", median(peer.map(\.cpu)), "s")
    show("CPU of replay / evmctl", cpu1 / median(peer.map(\.cpu)), "", target: 0.12)
  }
}

let arguments = CommandLine.arguments
if arguments.count == 4, arguments[1] == "replay" {
  let result = try replay(arguments[2], jobs: Int(arguments[3]) ?? 1)
  let values = result.values.map { hexText($0[10] ?? []) }.joined(separator: " ")
  print("\(values) \(result.recordCount) \(peakMebibytes())", terminator: "")
} else if arguments.count == 4, arguments[1] == "generate" {
  var generator = ListGenerator()
  try generator.write(Int(arguments[2]) ?? 1_000_000, to: arguments[3])
} else {
  try compare(
    recordCount: arguments.count > 1 ? Int(arguments[1]) ?? 1_000_000 : 1_000_000,
    rounds: arguments.count > 2 ? Int(arguments[2]) ?? 5 : 5)
}
