/// Register indexes as text, runs joined: `0-9, 14`.
public func registerText(_ registers: [Int]) -> String {
  var runs: [ClosedRange<Int>] = []
  for register in registers.sorted() {
    if let last = runs.last, last.upperBound + 1 >= register {
      runs[runs.count - 1] = last.lowerBound...max(last.upperBound, register)
    } else {
      runs.append(register...register)
    }
  }
  return runs.map { run in
    run.count == 1
      ? "\(run.lowerBound)"
      : run.count == 2 ? "\(run.lowerBound), \(run.upperBound)" : "\(run.lowerBound)-\(run.upperBound)"
  }.joined(separator: ", ")
}
