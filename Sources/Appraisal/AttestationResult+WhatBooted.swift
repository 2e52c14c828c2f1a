import BootStory

extension AttestationResult {
  /// What booted, told from the event log of which quotes prove most.
  public struct ToldBoot: Equatable, Sendable {
    /// Path of the log.
    public var file: String
    public var story: BootStory

    public init(file: String, story: BootStory) {
      self.file = file
      self.story = story
    }
  }
}
