import ByteReading

/// What a variable such as `Boot0001` holds.
///
/// Source: UEFI Specification 2.10, section 3.1.3, `EFI_LOAD_OPTION`. Little-endian.
public struct EFILoadOption: Equatable, Sendable {
  public var attributes: UInt32
  public var filePathListLength: UInt16
  /// UTF-16 code units without the closing NUL.
  public var description: [UInt16]
  /// Where the image is: the first of the paths. Empty when there is none.
  public var path: EFIDevicePath
  /// The paths behind it, which mean what the maker of the firmware says. HP puts a node of its own first and the image's path second.
  public var furtherPaths: [EFIDevicePath]
  /// What the loader gets handed.
  public var optionalData: [UInt8]

  public var isActive: Bool { attributes & 1 != 0 }
  public var isHidden: Bool { attributes & 8 != 0 }
  /// `LOAD_OPTION_CATEGORY`: 0 takes part in the start, 1 is an application that is started on request; others are not defined.
  public var category: UInt8 { UInt8(attributes >> 8 & 0x1f) }

  init(from reader: inout ByteReader) throws(ParseError) {
    attributes = try reader.uint32("EFI_LOAD_OPTION.Attributes")
    filePathListLength = try reader.uint16("EFI_LOAD_OPTION.FilePathListLength")
    description = []
    while true {
      let unit = try reader.uint16("EFI_LOAD_OPTION.Description")
      if unit == 0 { break }
      description.append(unit)
    }
    var list = try reader.slice(Int(filePathListLength), "EFI_LOAD_OPTION.FilePathList")
    let paths = EFIDevicePath.all(from: &list)
    path = paths.first ?? EFIDevicePath(from: &list)
    furtherPaths = Array(paths.dropFirst())
    optionalData = reader.rest()
  }
}
