/// A measured UEFI variable, made by hand.
public enum MadeVariable {
  /// The structure of the event's data, of the vendor that the name belongs to unless another is given.
  public static func data(_ name: String, _ content: [UInt8], vendor: [UInt8]? = nil) -> [UInt8] {
    (vendor ?? (["db", "dbx", "dbt", "dbr"].contains(name) ? database : name.hasPrefix("Mok") ? shim : global))
      + little(UInt64(name.utf16.count)) + little(UInt64(content.count))
      + name.utf16.flatMap { little($0) } + content
  }

  /// EFI_GLOBAL_VARIABLE.
  public static let global: [UInt8] = [
    0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
  ]
  /// EFI_IMAGE_SECURITY_DATABASE_GUID.
  public static let database: [UInt8] = [
    0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f,
  ]
  /// SHIM_LOCK_GUID.
  public static let shim: [UInt8] = [
    0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43, 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23,
  ]
}
