extension Event {
  /// The firmware says that its boot services have ended.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.1, `EV_EFI_ACTION`.
  public var endsBootServices: Bool {
    recordedType == .efiAction && data.starts(with: "Exit Boot Services Returned with Success".utf8)
  }
}
