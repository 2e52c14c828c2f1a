import ByteReading

/// A whole measurement list, kept as its bytes and one index entry a record; records are decoded on demand.
///
/// A text list is kept in the binary form that the kernel hashes, so that both kinds are worked with alike.
public struct MeasurementList: Sendable {
  /// How the archived file is written.
  public let format: MeasurementListFormat
  /// The name that errors carry.
  public let file: String
  /// Bytes of one recorded template digest: 20, 32, 48 or 64.
  public let templateDigestByteCount: Int
  /// Lines of a text list that are no record, in the order of the file.
  public let skipped: [Range<Int>]

  private let layout: RecordLayout
  /// The binary form, for a binary list the file itself.
  private let bytes: [UInt8]
  /// Where each record begins in `bytes`, and at last where the last one ends.
  private let starts: [Int]
  /// Where each line begins in a text list, and at last where the last one ends; empty for binary lists.
  private let lineStarts: [Int]

  /// Number of records.
  public var count: Int { starts.count - 1 }

  /// Reads a list of known format (`MeasurementListFormat.detect`). Never fails: what could not be read is in the
  /// problems and the unread range.
  ///
  /// `templateHash` settles how a text list of a patched kernel was written (`MeasurementStream`).
  public static func parse(
    _ bytes: [UInt8], file: String, format: MeasurementListFormat,
    templateHash: MeasurementStream.TemplateHash? = nil
  ) -> Parsed<MeasurementList> {
    var stream = MeasurementStream(bytes, file: file, format: format, templateHash: templateHash)
    var index = Index(starts: [format.headByteCount])
    while let batch = stream.next() { index.append(batch) }
    let list = MeasurementList(index, of: bytes, stream: stream)
    return Parsed(value: list, problems: stream.problems, unread: stream.unread)
  }

  /// The record at `index`, which is less than `count`.
  public func record(at index: Int) -> Measurement {
    precondition(index >= 0 && index < count, "the list has \(count) records, none at \(index)")
    let record = bytes[starts[index]..<starts[index + 1]]
    let frame = frame(at: index)
    let digest = record.dropFirst(layout.digestStart).prefix(templateDigestByteCount)
    let name = Array(record.dropFirst(Int(frame.nameStart)).prefix(Int(frame.nameByteCount)))
    let data = Array(record.suffix(Int(frame.dataByteCount)))
    let range = fileRange(at: index)
    let dataOffset = isText ? range.lowerBound : range.lowerBound + Int(frame.dataStart)
    let (fields, problem) = layout.fields(of: data, templateName: name, file: file, offset: dataOffset)
    return Measurement(
      index: index, offset: range.lowerBound, byteCount: range.count, registerIndex: Int(frame.registerIndex),
      recordedTemplateDigest: Array(digest), templateName: name, templateData: data, byteOrder: layout.byteOrder,
      fields: fields, fieldProblem: problem)
  }

  /// The register of the record at `index`, without decoding the rest.
  public func registerIndex(at index: Int) -> Int { Int(frame(at: index).registerIndex) }

  /// Whether the record at `index` says that it is the hash over the registers of the boot, which a kernel measures
  /// before all else. A file may bear the name too where the kernel could not tell its path.
  public func isBootAggregate(at index: Int) -> Bool {
    let frame = frame(at: index)
    let start = starts[index] + Int(frame.dataStart)
    // Digest, name and the few fields that have a value for no file. What is longer is a file or a buffer.
    guard frame.dataByteCount <= 512 else { return false }
    return bytes[start..<start + Int(frame.dataByteCount)].contains(sequence: Self.bootAggregate)
      && record(at: index).isBootAggregate
  }

  /// Indexes of the records that are a `boot_aggregate`, in order: where a kernel began. A list that a kexec carried on
  /// has one more for each new kernel; so has one that several archived files were joined to.
  public var kernelStarts: [Int] { (0..<count).filter { isBootAggregate(at: $0) } }

  /// Whether the first record is a `boot_aggregate`. When not, records before it are missing: the list was trimmed,
  /// staged, or archived from a later record on.
  public var beginsWithBootAggregate: Bool { count > 0 && isBootAggregate(at: 0) }

  static let bootAggregate = Array("boot_aggregate".utf8)

  /// The template's name in the record at `index`, without decoding the rest.
  public func templateName(at index: Int) -> ArraySlice<UInt8> {
    let frame = frame(at: index)
    return bytes[(starts[index] + Int(frame.nameStart))...].prefix(Int(frame.nameByteCount))
  }

  /// Where the record lies in the archived file.
  public func fileRange(at index: Int) -> Range<Int> {
    guard isText else { return starts[index]..<starts[index + 1] }
    let start = lineStarts[index]
    let next = lineStarts[index + 1]
    // Lines that are no record may follow this one.
    return start..<(skippedStart(after: start).map { min($0, next) } ?? next)
  }

  /// Reads the list again batch by batch.
  public func stream() -> MeasurementStream {
    let width = templateDigestByteCount
    return MeasurementStream(
      recordBytes, file: file,
      format: layout.hasDigestLength
        ? .binaryWithDigestLengths(byteOrder: layout.byteOrder, templateDigestByteCount: width)
        : .binary(byteOrder: layout.byteOrder, templateDigestByteCount: width))
  }

  /// The records as the kernel writes them, whatever the archived file is written in.
  public var binaryForm: [UInt8] { recordBytes }

  /// Index of the first record that differs from the other list's at the same place; nil when one list is the
  /// beginning of the other.
  ///
  /// Records are equal when register, template name and template data are, and the recorded template digests too
  /// where both lists have them of one width. The lists may be of different formats.
  public func firstDifference(from other: MeasurementList) -> Int? {
    let common = min(count, other.count)
    if layout == other.layout, starts[0] == 0, other.starts[0] == 0 {
      let difference = ByteReading.firstDifference(
        bytes.span.extracting(first: starts[common]), other.bytes.span.extracting(first: other.starts[common]))
      guard let difference else { return nil }
      return record(holding: difference)
    }
    return (0..<common).first { !isSame(at: $0, as: other) }
  }

  /// The records were not in binary form in the archived file.
  private var isText: Bool { !lineStarts.isEmpty }

  /// The records without what stands before and behind them.
  private var recordBytes: [UInt8] {
    starts[0] == 0 && starts[count] == bytes.count ? bytes : Array(bytes[starts[0]..<starts[count]])
  }

  /// The frame at `index`, its places counted from the record's start.
  private func frame(at index: Int) -> RecordFrame {
    do throws(FrameFault) {
      return try layout.frame(at: starts[index], in: bytes.span, base: starts[index])
    } catch {
      preconditionFailure("a record that was read once cannot be read again: \(error)")
    }
  }

  private func record(holding offset: Int) -> Int {
    var low = 0
    var high = count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  private func skippedStart(after offset: Int) -> Int? {
    var low = 0
    var high = skipped.count
    while low < high {
      let middle = (low + high) / 2
      if skipped[middle].lowerBound > offset { high = middle } else { low = middle + 1 }
    }
    return low < skipped.count ? skipped[low].lowerBound : nil
  }

  private func isSame(at index: Int, as other: MeasurementList) -> Bool {
    let (mine, theirs) = (frame(at: index), other.frame(at: index))
    guard mine.registerIndex == theirs.registerIndex else { return false }
    guard
      templateDigestByteCount != other.templateDigestByteCount
        || recordedDigest(at: index) == other.recordedDigest(at: index)
    else { return false }
    return bytes[starts[index] + Int(mine.nameStart)..<starts[index + 1]]
      == other.bytes[other.starts[index] + Int(theirs.nameStart)..<other.starts[index + 1]]
  }

  private func recordedDigest(at index: Int) -> ArraySlice<UInt8> {
    bytes[(starts[index] + layout.digestStart)...].prefix(templateDigestByteCount)
  }

  private init(_ index: Index, of bytes: [UInt8], stream: MeasurementStream) {
    format = stream.format
    file = stream.file
    if let layout = stream.format.layout {
      self.layout = layout
      self.bytes = bytes
      lineStarts = []
    } else {
      // A text list without any record has no width; 20 is that of the plain list.
      layout = RecordLayout(byteOrder: .littleEndian, digestByteCount: index.digestByteCount ?? 20)
      self.bytes = index.text
      lineStarts = index.lineStarts + [stream.unread.lowerBound]
    }
    templateDigestByteCount = layout.digestByteCount
    starts = index.starts
    skipped = stream.skipped
  }

  /// Takes records that another document carries, one after another, and makes a list of them.
  ///
  /// The list is in the little-endian binary form that the kernel would have written; the place of a record is that in
  /// the document.
  public struct Records {
    private var bytes: [UInt8] = []
    private var starts = [0]
    private var places: [Int] = []
    private var digestByteCount: Int?
    private let documentByteCount: Int

    /// - parameter byteCount: that of the document.
    public init(byteCount: Int) { documentByteCount = byteCount }

    /// Adds a record with its template data as the binary list has them. Gives an error, and adds nothing, when no
    /// list can hold it.
    public mutating func append(
      registerIndex: UInt32, templateDigest: [UInt8], templateName: [UInt8], templateData: [UInt8],
      range: Range<Int>, file: String
    ) -> ParseError? {
      func error(_ field: String, _ expected: String, _ found: String) -> ParseError {
        ParseError(file: file, offset: range.lowerBound, field: field, expected: expected, found: found)
      }
      guard MeasurementListFormat.templateDigestByteCounts.contains(templateDigest.count),
        templateDigest.count == digestByteCount ?? templateDigest.count
      else {
        return error(
          "template digest", "\(digestByteCount.map { "\($0)" } ?? "20, 32, 48 or 64") bytes", "\(templateDigest.count)"
        )
      }
      guard (1...Int(FrameLimit.nameByteCount)).contains(templateName.count) else {
        return error("template name", "1 to \(FrameLimit.nameByteCount) bytes", "\(templateName.count)")
      }
      guard templateData.count <= Int(FrameLimit.dataByteCount), bytes.count <= 1 << 30 else {
        return error("template data", "at most \(FrameLimit.dataByteCount) bytes", "\(templateData.count)")
      }
      let before = bytes.count
      append(registerIndex)
      bytes += templateDigest
      append(UInt32(templateName.count))
      bytes += templateName
      if templateName != Template.legacyName { append(UInt32(templateData.count)) }
      bytes += templateData
      let layout = RecordLayout(byteOrder: .littleEndian, digestByteCount: templateDigest.count)
      do throws(FrameFault) {
        // Template `ima` holds a length of its own, which must be that of the data.
        let frame = try layout.frame(at: before, in: bytes.span, base: before)
        guard Int(frame.byteCount) == bytes.count - before else { throw .cut(needed: 0, field: "", fieldStart: 0) }
      } catch {
        bytes.removeLast(bytes.count - before)
        return ParseError(
          file: file, offset: range.lowerBound, field: "template data", expected: "those of the template",
          found: "\(templateData.count) bytes that are not")
      }
      digestByteCount = templateDigest.count
      starts.append(bytes.count)
      places.append(range.lowerBound)
      return nil
    }

    private mutating func append(_ value: UInt32) {
      for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    /// The list, with the problems and the unread range of the document. Nil when no record was added.
    public consuming func list(
      file: String, problems: [ParseError], unread: Range<Int>
    ) -> Parsed<MeasurementList>? {
      guard let width = digestByteCount else { return nil }
      let list = MeasurementList(
        format: .binary(byteOrder: .littleEndian, templateDigestByteCount: width), file: file, bytes: bytes,
        starts: starts, places: places + [documentByteCount])
      return Parsed(value: list, problems: problems, unread: unread)
    }
  }

  private init(format: MeasurementListFormat, file: String, bytes: [UInt8], starts: [Int], places: [Int]) {
    self.format = format
    self.file = file
    self.bytes = bytes
    self.starts = starts
    guard case .binary(let order, let width) = format else { preconditionFailure("records are carried in binary form") }
    layout = RecordLayout(byteOrder: order, digestByteCount: width)
    templateDigestByteCount = width
    lineStarts = places
    skipped = []
  }

  /// What is gathered from the batches.
  private struct Index {
    var starts: [Int]
    var lineStarts: [Int] = []
    var text: [UInt8] = []
    var digestByteCount: Int?

    mutating func append(_ batch: MeasurementBatch) {
      // Records of a binary list lie in the file as in the batch; those of a text list are joined.
      let base = batch.lineStarts.isEmpty ? batch.fileStart : text.count
      for frame in batch.frames { starts.append(base + Int(frame.start) + Int(frame.byteCount)) }
      guard !batch.lineStarts.isEmpty else { return }
      digestByteCount = batch.templateDigestByteCount
      lineStarts += batch.lineStarts
      text += batch.bytes
    }
  }
}

extension ArraySlice<UInt8> {
  /// Whether `sequence`, which is not empty, lies in these bytes.
  fileprivate func contains(sequence: [UInt8]) -> Bool {
    guard let first = sequence.first else { return true }
    var rest = self
    while let place = rest.firstIndex(of: first) {
      if rest[place...].starts(with: sequence) { return true }
      rest = rest[(place + 1)...]
    }
    return false
  }
}
