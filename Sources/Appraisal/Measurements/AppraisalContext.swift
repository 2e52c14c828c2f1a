/// Where the path of a measured file stands, and so whose files may be there.
public enum AppraisalContext: Hashable, Sendable {
  /// The machine itself: packages own its paths, images do not.
  case host
  /// A container. `images` are identifiers (`sha256:…`) or names as `ReferenceStore.packages(ofImage:)` takes them; the
  /// files of all of them may stand in the container. Empty when nobody knows the image, or no store has it: then content
  /// tells alone, since no package of the host owns a path of the container.
  case container(images: [String])
}
