import Foundation

/// Seconds of processor and wall-clock time.
public struct Cost: Sendable {
  public var cpu = 0.0
  public var wall = 0.0
}

/// Runs a program to its end; gives its output and what it cost.
public func runChild(_ path: String, _ arguments: [String]) throws -> (output: String, cost: Cost) {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
  posix_spawn_file_actions_addclose(&actions, ends[0])
  var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
  defer { for word in words { free(word) } }
  words.append(nil)
  var child: pid_t = 0
  let start = DispatchTime.now().uptimeNanoseconds
  guard posix_spawn(&child, path, &actions, nil, words, environ) == 0 else { throw POSIXError(.ENOENT) }
  close(ends[1])
  let data = try FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readToEnd() ?? Data()
  var status: Int32 = 0
  var usage = rusage()
  wait4(child, &status, 0, &usage)
  let wall = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
  return (
    String(decoding: data, as: UTF8.self), Cost(cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), wall: wall)
  )
}

private func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

public func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  return sorted.count % 2 == 1
    ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}

/// The largest resident size of this process so far, in MiB.
public func peakMebibytes() -> Double {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
  return (Double(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first ?? "") ?? .nan) / 1024
}
