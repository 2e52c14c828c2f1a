import Appraisal
import Replay
import TCGEventLog

@testable import BootStory

/// A start told by hand, with a stage of every kind of proof and hostile text in every place.
extension SampleResult {
  static let whatBooted: AttestationResult = {
    var result = trusted
    result.caseName = "what-booted"
    var story = BootStory(EventLog(format: .cryptoAgile, events: [], banks: [.sha256], padding: 0..<0), checks: [])
    story.stages = [
      .init(
        stage: .firmware,
        facts: [
          fact("firmware version (S-CRTM)", "1.2.3", 0, .bound, true), fact(hostile, hostile, nil, .unbound, true),
        ],
        events: [event(0, 0, .bound, true), event(1, 0, .unbound, true), event(2, 0, .bound, true)]),
      .init(
        stage: .platformConfiguration,
        facts: (0..<20).map { (index: Int) in fact("variable", "V\(index)", index, .bound, false) },
        events: [event(3, 1, .bound, true), event(4, 1, .bound, false)]),
      .init(
        stage: .kernelCommandLine,
        facts: [
          fact("command line", "grub_cmdline ro ima_appraise=fix", 5, .bound, true),
          fact("weakens", "ima_appraise=fix: IMA does not enforce appraisal.", 5, .bound, true),
        ], events: [event(5, 8, .bound, true)]),
      .init(stage: .initrd, facts: [], events: [event(6, 9, .bound, false)]),
      .init(stage: .operatingSystem, facts: [], events: [event(7, 5, .contradicted, true)]),
      .init(stage: .other, facts: [], events: (8..<300).map { event($0, 0xffff_ffff, .unbound, false) }),
    ]
    result.hosts[0].boots[0].story = .init(file: "evening/eventlog.bin", story: story)
    var userSpace = story
    userSpace.stages = [
      .init(
        stage: .operatingSystem,
        facts: [fact("measured by user space", "os-separator into PCR 0", 0, .bound, true)],
        events: [event(0, 0, .bound, true)])
    ]
    result.hosts[0].boots[0].userSpaceStory = .init(file: "evening/tpm2-measure.log", story: userSpace)
    return result
  }()

  private static func fact(_ name: String, _ value: String, _ event: Int?, _ binding: EventBinding, _ isProven: Bool)
    -> BootStory.Fact
  { .init(name: name, value: value, event: event, binding: binding, isProven: isProven) }

  private static func event(_ index: Int, _ register: UInt32, _ binding: EventBinding, _ isProven: Bool)
    -> BootStory.StoryEvent
  {
    .init(
      index: index, register: register, type: "EV_TEST", summary: index == 2 ? nil : hostile, binding: binding,
      derivation: hostile, isExtended: register < 24, isProven: isProven)
  }
}
