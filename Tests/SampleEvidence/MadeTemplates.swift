import Correlation
import Digests
import Hashing
import IMALog

/// A record of any template, made by hand: fields in their order, texts with the NUL that kernels put behind them.
public struct MadeTemplateRecord {
  public var template: String
  public var fields: [[UInt8]]
  public var register: UInt32 = 10

  public init(_ template: String, _ fields: [[UInt8]]) {
    self.template = template
    self.fields = fields
  }

  /// `ima-cont-id` of DIVE's kernel patch: the device of the file's super block, digest, name.
  public static func device(_ device: String, _ path: String, content: String? = nil) -> Self {
    Self("ima-cont-id", [text(device), digest(content ?? path), text(path)])
  }

  /// `ima-cgpath` of torsec's kernel patch: ancestors of the process, its control group, digest, name.
  public static func controlGroup(
    _ group: String, chain: String, _ path: String, content: String? = nil, template: String = "ima-cgpath"
  ) -> Self {
    Self(template, [text(chain), text(group), digest(content ?? path), text(path)])
  }

  /// A field list that has the owner of the file.
  public static func owner(_ user: UInt32, _ path: String, content: String? = nil) -> Self {
    Self(
      "d-ng|n-ng|iuid|igid|imode",
      [digest(content ?? path), text(path), little(user), little(user), little(UInt16(0o100755))])
  }

  public static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
  public static func digest(_ content: String) -> [UInt8] {
    Array("sha256:\0".utf8) + (HashAlgorithm.sha256.digest(of: Array(content.utf8)) ?? [])
  }

  public var data: [UInt8] { fields.flatMap { little(UInt32($0.count)) + $0 } }

  public var bytes: [UInt8] {
    little(register) + (HashAlgorithm.sha1.digest(of: data) ?? []) + little(UInt32(template.utf8.count))
      + Array(template.utf8) + little(UInt32(data.count)) + data
  }
}

public func madeList(_ records: [MadeTemplateRecord], file: String = "capture/list") -> MeasurementList {
  let format = MeasurementListFormat.binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
  return MeasurementList.parse(records.flatMap(\.bytes), file: file, format: format).value
}
