/// Which of two versions of one package is the older one.
public enum VersionOrder: Equatable, Sendable {
  case older
  /// Equal to the package manager, though perhaps spelled differently.
  case same
  case newer
  /// Lists and images have no order of versions: nothing is superseded by what stands in one.
  case unordered

  /// How `first` stands to `second` in the order of the packages' own tools.
  public init(of first: String, to second: String, format: ReferencePackage.Format) {
    let order: Int
    switch format {
    case .deb: order = DebianVersion(first).compare(to: DebianVersion(second))
    case .rpm: order = RPMVersion(first).compare(to: RPMVersion(second))
    case .list, .image:
      self = first == second ? .same : .unordered
      return
    }
    self = order < 0 ? .older : order == 0 ? .same : .newer
  }
}

/// True when `first` is older than `second`; always false for lists and images, whose versions have no order.
public func versionPrecedes(_ first: String, _ second: String, format: ReferencePackage.Format) -> Bool {
  VersionOrder(of: first, to: second, format: format) == .older
}
