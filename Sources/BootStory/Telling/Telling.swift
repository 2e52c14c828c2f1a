import ByteReading
import Digests
import Replay
import TCGEventLog

/// Turns the events of a stage into the facts that a person tells of it.
struct Telling {
  let log: EventLog
  let contents: [EventContent]
  let checks: [EventDigestCheck]
  let events: [BootStory.StoryEvent]
  /// Banks whose digest of an event a quote proves.
  let provenBanks: [Set<HashAlgorithm>]
  let stages: [BootStage]
  let secureBoot: SecureBootEvidence
  let authorities: ImageAuthorities
  let options: [BootStory.MeasuredOption]
  let windows: WindowsBoot

  /// More of one kind are counted, not listed: the events tell them all.
  static let listLimit = 12

  func facts(of stage: BootStage, _ indexes: [Int]) -> [BootStory.Fact] {
    switch stage {
    case .firmware: firmware(indexes)
    case .platformConfiguration: configuration(indexes)
    case .secureBoot: secureBootFacts()
    case .drivers: drivers(indexes)
    case .bootManager: bootManager(indexes)
    case .bootLoader, .kernel: images(indexes) + files(indexes)
    case .loaderConfiguration: loaderConfiguration(indexes)
    case .kernelCommandLine: commandLines(indexes)
    case .initrd: files(indexes)
    case .operatingSystem: operatingSystem(indexes)
    case .other: []
    }
  }

  // MARK: Facts of one event and of many

  /// A fact that one event says. `binding` is that of the value, where the event as a whole has another.
  func fact(_ name: String, _ value: String, _ event: Int, _ binding: EventBinding? = nil) -> BootStory.Fact {
    BootStory.Fact(
      name: name, value: EventContent.short(value), event: event, binding: binding ?? checks[event].binding,
      isProven: events[event].isProven)
  }

  /// A fact that rests on several events, as weak as the weakest of them.
  func fact(_ name: String, _ value: String, restingOn indexes: [Int], _ binding: EventBinding? = nil)
    -> BootStory.Fact
  {
    let order: [EventBinding] = [.contradicted, .unbound, .partlyBound, .bound]
    let weakest = order.first { binding in indexes.contains { checks[$0].binding == binding } } ?? .unbound
    return BootStory.Fact(
      name: name, value: EventContent.short(value), event: indexes.count == 1 ? indexes[0] : nil,
      binding: binding ?? weakest, isProven: !indexes.isEmpty && indexes.allSatisfy { events[$0].isProven })
  }

  /// The digest of an event, which is what was measured whatever the rest says: of banks that a quote proves where there is one, for
  /// those of other banks may be anything.
  func digest(_ event: Int) -> String? {
    let all = log.events[event].digests.filter { digest in
      digest.algorithm != nil && digest.bytes.contains { $0 != 0 }
    }
    let proven = all.filter { $0.algorithm.map(provenBanks[event].contains) ?? false }
    let known = proven.isEmpty ? all : proven
    guard let best = known.first(where: { $0.algorithm == .sha256 }) ?? known.last, let algorithm = best.algorithm
    else {
      return nil
    }
    return "\(algorithm.name):\(hexText(best.bytes))"
  }

  func digestFact(_ event: Int) -> [BootStory.Fact] {
    // The digest is what was extended: it needs no rule to hold.
    digest(event).map { [fact("measured digest", $0, event, .bound)] } ?? []
  }

  /// More of one kind are counted, not listed: the events tell them all.
  func more(_ indexes: [Int], _ name: String) -> [BootStory.Fact] {
    let rest = Array(indexes.dropFirst(Self.listLimit))
    return rest.isEmpty ? [] : [fact(name, "\(rest.count) more", restingOn: rest)]
  }
}
