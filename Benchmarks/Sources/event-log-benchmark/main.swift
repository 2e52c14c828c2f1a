import ByteReading
import Digests
import Foundation
import Hashing
import Measuring
import Replay
import TCGEventLog

/// Little-endian bytes.
func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

/// A crypto-agile log of two banks in the mix of a Linux boot: mostly GRUB's commands and files, some variables, images and
/// firmware blobs. Every digest is that of the data.
func madeLog(byteCount: Int) -> (bytes: [UInt8], events: Int) {
  var body = Array("Spec ID Event03\0".utf8) + little(UInt32(0)) + [0, 2, 0, 2] + little(UInt32(2))
  body += little(UInt16(4)) + little(UInt16(20)) + little(UInt16(0x0b)) + little(UInt16(32)) + [0]
  var log = little(UInt32(0)) + little(UInt32(3)) + [UInt8](repeating: 0, count: 20) + little(UInt32(body.count)) + body
  log.reserveCapacity(byteCount + 8192)
  var events = 0
  func variable(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let units = name.utf16.flatMap { little($0) }
    return [UInt8](repeating: 0x61, count: 16) + little(UInt64(name.utf16.count)) + little(UInt64(data.count)) + units
      + data
  }
  while log.count < byteCount {
    let (register, type, data, measured): (UInt32, UInt32, [UInt8], [UInt8])
    switch events % 20 {
    case 0:
      (register, type) = (1, 0x8000_0001)
      data = variable("Variable\(events)", [UInt8](repeating: UInt8(truncatingIfNeeded: events), count: 200))
      measured = data
    case 1:
      (register, type) = (0, 0x8000_0008)
      (data, measured) = (little(UInt64(events)) + little(UInt64(4096)), little(UInt64(events)))
    case 2..<12:
      (register, type) = (8, 0x0d)
      let command = Array("set variable_\(events)='a value of the usual length, with blanks'".utf8)
      (data, measured) = (Array("grub_cmd: ".utf8) + command + [0], command)
    default:
      (register, type) = (9, 0x0d)
      (data, measured) = (
        Array("(hd0,gpt2)/boot/grub/x86_64-efi/module_\(events).mod".utf8) + [0], little(UInt64(events))
      )
    }
    log += little(register) + little(type) + little(UInt32(2)) + little(UInt16(4))
    log += HashAlgorithm.sha1.digest(of: measured) ?? []
    log += little(UInt16(0x0b))
    log += HashAlgorithm.sha256.digest(of: measured) ?? []
    log += little(UInt32(data.count)) + data
    events += 1
  }
  return (log, events)
}

func cpuSeconds(_ work: () -> Void) -> Double {
  var start = timespec()
  var end = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
  work()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
  return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
}

func show(_ name: String, _ value: Double, _ unit: String, target: Double? = nil) {
  let verdict = target.map { String(format: "   target %.1f: %@", $0, value <= $0 ? "reached" : "MISSED") } ?? ""
  print(
    "  " + name.padding(toLength: 60, withPad: " ", startingAt: 0) + String(format: "%.1f %@", value, unit) + verdict)
}

let megabytes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 10 : 10
let (bytes, eventCount) = madeLog(byteCount: megabytes << 20)
let path = NSTemporaryDirectory() + "inquest-event-log-\(getpid()).bin"
try Data(bytes).write(to: URL(fileURLWithPath: path))
defer { unlink(path) }
print("event log of \(bytes.count) bytes, \(eventCount) events, banks sha1 and sha256")

var parsing: [Double] = []
var replaying: [Double] = []
var checking: [Double] = []
var decoding: [Double] = []
var last: [UInt8] = []
for _ in 0..<7 {
  var log: EventLog?
  parsing.append(cpuSeconds { log = EventLog.parse(bytes, file: "log")?.value })
  guard let log, log.events.count == eventCount else { fatalError("the log was not read whole") }
  replaying.append(cpuSeconds { last = EventLogReplay(log).values[.sha256, 8] ?? [] })
  checking.append(cpuSeconds { _ = checkEventDigests(log) })
  decoding.append(
    cpuSeconds {
      for event in log.events where event.content(file: "log") == .empty { last = [] }
    })
}
// The register as the plain chain of hashes gives it.
var expected = [UInt8](repeating: 0, count: 32)
for event in EventLog.parse(bytes, file: "log")?.value.events ?? [] where event.registerIndex == 8 {
  expected = HashAlgorithm.sha256.digest(of: expected + (event.digest(in: .sha256) ?? [])) ?? []
}
guard last == expected else { fatalError("the replay gives another value") }

let scale = Double(megabytes) / 10
show("parse, CPU", median(parsing) * 1000, "ms")
show("replay of both banks, CPU", median(replaying) * 1000, "ms")
show("parse and replay", (median(parsing) + median(replaying)) * 1000, "ms", target: 100 * scale)
show("digests against data, CPU", median(checking) * 1000, "ms")
show("every event decoded, CPU", median(decoding) * 1000, "ms")

if let tool = ["/usr/bin/tpm2_eventlog", "/usr/local/bin/tpm2_eventlog"].first(where: {
  FileManager.default.isExecutableFile(atPath: $0)
}) {
  let (output, cost) = try runChild(tool, [path])
  // What it printed last is the table of registers, when it read the file to its end.
  let isWhole = output.contains("pcrs:")
  show("tpm2_eventlog on the same file, CPU" + (isWhole ? "" : " (it gave up)"), cost.cpu * 1000, "ms")
  show("parse and replay, share of its CPU", (median(parsing) + median(replaying)) / cost.cpu * 100, "%")
  let work = median(parsing) + median(replaying) + median(checking) + median(decoding)
  show("parse, replay, digests and decoding, share of its CPU", work / cost.cpu * 100, "%")
} else {
  print("  tpm2_eventlog is not installed: no ratio")
}
