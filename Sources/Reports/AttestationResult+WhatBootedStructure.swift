import Appraisal
import BootStory
import Replay

// What booted, stage after stage, for the structured reports.

extension AttestationResult.Boot {
  /// The stories last, absent when no event log tells one.
  func writeWhatBooted(to boot: inout some StructureWriter) {
    for (name, story) in [("story", story), ("userSpaceStory", userSpaceStory)] {
      guard let story else {
        boot.absent(name)
        continue
      }
      boot.object(name) { written in
        written.value("log", story.file)
        written.value("registers", story.story.registers.rawValue)
        written.objects("stages", of: "stage", story.story.stages) { $1.write(to: &$0) }
      }
    }
  }
}

extension BootStory.Stage {
  fileprivate func write(to written: inout some StructureWriter) {
    written.value("stage", stage.rawValue)
    written.objects("facts", of: "fact", facts) { $1.write(to: &$0) }
    written.objects("events", of: "event", events) { $1.write(to: &$0) }
  }
}

extension BootStory.Fact {
  fileprivate func write(to fact: inout some StructureWriter) {
    fact.value("name", name)
    fact.value("event", event)
    fact.value("label", binding.rawValue)
    fact.value("isProven", isProven)
    fact.sentence("value", value)
  }
}

extension BootStory.StoryEvent {
  fileprivate func write(to event: inout some StructureWriter) {
    event.value("index", index)
    event.value("pcr", register)
    event.value("type", type)
    event.value("label", binding.rawValue)
    event.value("rule", derivation)
    event.value("isExtended", isExtended)
    event.value("isProven", isProven)
    event.sentence("summary", summary)
  }
}
