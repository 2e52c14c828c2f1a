import Dispatch
import Synchronization

/// Runs numbered work on several threads and gives the outcomes in the order of the numbers.
///
/// At most four outcomes a thread wait to be taken, so that memory is bounded however slow the taker is.
final class OrderedTasks<Outcome: Sendable>: Sendable {
  private struct State {
    var next = 0
    var taken = 0
    var finished: [Int: Outcome] = [:]
  }

  private let count: Int
  private let state = Mutex(State())
  /// Counts the outcomes that may still be begun before one is taken.
  private let room: DispatchSemaphore
  /// Counts the outcomes that were finished.
  private let finished = DispatchSemaphore(value: 0)
  private let jobs: Int
  private let work: @Sendable (Int) -> Outcome

  init(count: Int, jobs: Int, _ work: @escaping @Sendable (Int) -> Outcome) {
    self.count = count
    self.work = work
    self.jobs = max(1, min(jobs, count))
    // A semaphore must not be freed with a lower value than it began with: it begins at zero and is raised.
    room = DispatchSemaphore(value: 0)
    for _ in 0..<self.jobs * 4 { room.signal() }
    let queue = DispatchQueue(label: "inquest.reading", attributes: .concurrent)
    for _ in 0..<self.jobs { queue.async { self.runTasks() } }
  }

  private func runTasks() {
    while true {
      room.wait()
      let index = state.withLock { state -> Int? in
        guard state.next < count else { return nil }
        defer { state.next += 1 }
        return state.next
      }
      guard let index else {
        // The others wait for room, too, and there is nothing left for them.
        room.signal()
        return
      }
      let outcome = work(index)
      state.withLock { $0.finished[index] = outcome }
      finished.signal()
    }
  }

  /// The next outcome with its number; nil after the last. To be called by one thread.
  func next() -> (index: Int, outcome: Outcome)? {
    while true {
      let found = state.withLock { state -> (Int, Outcome)? in
        guard let outcome = state.finished.removeValue(forKey: state.taken) else { return nil }
        defer { state.taken += 1 }
        return (state.taken, outcome)
      }
      if let found {
        room.signal()
        return found
      }
      if state.withLock({ $0.taken >= count }) { return nil }
      finished.wait()
    }
  }
}
