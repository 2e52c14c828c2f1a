import ByteReading

/// Reads a measurement list batch by batch, from bytes in memory or from windows of a file too large to keep.
///
/// Both ways give the same records, problems and unread range. A broken or cut frame of a binary list ends it, because
/// nothing says where the next record starts; a bad line of a text list is one problem and the next line goes on.
public struct MeasurementStream: Sendable {
  /// Gives up to so many bytes that follow those given before; empty at the end of the file.
  public typealias Source = @Sendable (_ byteCount: Int) throws(ParseError) -> [UInt8]

  /// The hash of template data whose width is given; nil when there is none of that width.
  public typealias TemplateHash = @Sendable (_ templateData: [UInt8], _ digestByteCount: Int) -> [UInt8]?

  /// The name that errors carry.
  public let file: String
  public let format: MeasurementListFormat
  /// Every fault met so far, in the order of the file; at most `problemLimit`, the last of which counts the rest.
  public private(set) var problems: [ParseError] = []
  /// What was not read because a frame before it is broken. Final once `next` gave nil.
  public private(set) var unread: Range<Int> = 0..<0
  /// Number of records given so far.
  public private(set) var recordCount = 0

  public static let problemLimit = 1000

  /// Lines of a text list that are no record, as ranges of the file; neighbours are one range.
  var skipped: [Range<Int>] = []
  private var window: [UInt8]
  /// Where the window begins in the file.
  private var windowStart = 0
  /// The next unread byte, from the start of the window.
  private var cursor = 0
  private let source: Source?
  private var isAtEnd: Bool
  private var isFinished = false
  private let windowByteCount: Int
  private let recordLimit: Int
  /// Of a text list: the width of all template digests, once known, and whether lines end in CR LF.
  private var textDigestByteCount: Int?
  private var hasCarriageReturns: Bool?
  private var omittedProblemCount = 0
  private let templateHash: TemplateHash?
  /// Of a text list: how its texts may have been written, the likeliest first, and how many records may still tell.
  private var textForms = PatchedTextForm.all
  private var textFormTrials = 64
  /// Of a kexec buffer: where its header says that the records end, and how many there are.
  private var carried: (end: Int, count: UInt64)?

  /// Reads bytes in memory, which are shared and not copied.
  ///
  /// A text list does not show whether texts of patched kernels end in NUL. With `templateHash` the form is taken whose
  /// hash is the recorded one, without it the usual one.
  public init(
    _ bytes: [UInt8], file: String, format: MeasurementListFormat, templateHash: TemplateHash? = nil
  ) {
    self.init(
      window: bytes, source: nil, file: file, format: format, windowByteCount: 1 << 20, recordLimit: 8192,
      templateHash: templateHash)
  }

  /// Reads a source to its end and keeps about `windowByteCount` bytes of it at a time, more only when one record or
  /// line is longer (at most 16 MiB of template data).
  public init(
    file: String, format: MeasurementListFormat, windowByteCount: Int = 1 << 20, templateHash: TemplateHash? = nil,
    source: @escaping Source
  ) {
    self.init(
      window: [], source: source, file: file, format: format, windowByteCount: max(windowByteCount, 2),
      recordLimit: 8192, templateHash: templateHash)
  }

  private init(
    window: [UInt8], source: Source?, file: String, format: MeasurementListFormat, windowByteCount: Int,
    recordLimit: Int, templateHash: TemplateHash?
  ) {
    self.templateHash = templateHash
    self.window = window
    self.source = source
    self.file = file
    self.format = format
    self.windowByteCount = windowByteCount
    self.recordLimit = recordLimit
    isAtEnd = source == nil
  }

  /// The next records, at least one; nil when the list has ended.
  public mutating func next() -> MeasurementBatch? {
    while !isFinished {
      if window.count - cursor < windowByteCount / 2 { fill(to: windowByteCount) }
      guard readHead() else { continue }
      if let batch = format.layout.map({ nextBinary($0) }) ?? nextText() {
        recordCount += batch.frames.count
        return batch
      }
    }
    return nil
  }

  // MARK: Heads

  /// Reads what stands before the first record; false when something did, and the window may have to be filled again.
  private mutating func readHead() -> Bool {
    guard windowStart == 0, cursor == 0 else { return true }
    if !isAtEnd, window.count < KexecHeader.byteCount { fill(to: KexecHeader.byteCount) }
    switch format {
    case .binary, .binaryWithDigestLengths: return true
    case .kexecBuffer(let byteOrder, _): return readHeader(byteOrder)
    case .ascii:
      if window.starts(with: MeasurementLine.byteOrderMark) {
        cursor = MeasurementLine.byteOrderMark.count
        skipped.append(0..<cursor)
      }
      return true
    }
  }

  private mutating func readHeader(_ byteOrder: ByteOrder) -> Bool {
    do throws(ParseError) {
      let header = try Array(window.prefix(KexecHeader.byteCount)).read(file: file, byteOrder: byteOrder) {
        (reader: inout ByteReader) throws(ParseError) in try KexecHeader(from: &reader)
      }
      cursor = KexecHeader.byteCount
      carried = (Int(clamping: max(header.bufferSize, UInt64(cursor))), header.count)
    } catch {
      report(error)
      endUnread()
    }
    return false
  }

  /// The records of a kexec buffer have ended: what follows is the rest of its memory.
  private mutating func endCarried() {
    if let carried, carried.count != UInt64(recordCount) {
      report(
        ParseError(
          file: file, offset: 16, field: "ima_kexec_hdr.count", expected: "\(recordCount) as there are records",
          found: "\(carried.count)"))
    }
    if window[cursor...].contains(where: { $0 != 0 }) {
      report(
        ParseError(
          file: file, offset: windowStart + cursor, field: "kexec buffer", expected: "zeros behind the last record",
          found: "other bytes"))
    }
    endUnread()
  }

  // MARK: Binary

  private mutating func nextBinary(_ layout: RecordLayout) -> MeasurementBatch? {
    let start = cursor
    var frames: [RecordFrame] = []
    frames.reserveCapacity(min(recordLimit, (window.count - cursor) / 64))
    let held = window
    if let carried, windowStart + cursor >= carried.end || isAtEnd && cursor == held.count {
      endCarried()
      return nil
    }
    let heldEnd = min(held.count, (carried?.end ?? .max) - windowStart)
    let fault = layout.appendFrames(
      of: held.span.extracting(first: heldEnd), from: &cursor, limit: recordLimit, to: &frames)
    if frames.isEmpty, let fault {
      settle(fault)
      return nil
    }
    if frames.isEmpty { isFinished = true }
    guard !frames.isEmpty else {
      unread = fileEnd..<fileEnd
      return nil
    }
    for frame in frames where frame.registerIndex >= FrameLimit.registerCount {
      report(
        ParseError(
          file: file, offset: windowStart + start + Int(frame.start), field: "PCR index",
          expected: "0 to \(FrameLimit.registerCount - 1)", found: "\(frame.registerIndex)"))
    }
    return MeasurementBatch(
      firstIndex: recordCount, bytes: window, start: start, frames: frames,
      templateDigestByteCount: layout.digestByteCount, templateDigestStart: UInt32(layout.digestStart), lineStarts: [],
      fileStart: windowStart + start)
  }

  /// No record can be read at the cursor: gets more bytes, or ends the list.
  private mutating func settle(_ fault: FrameFault) {
    switch fault {
    case .cut(let needed, let field, let fieldStart):
      guard isAtEnd || fileEnd >= carried?.end ?? .max else { return fill(to: max(needed, windowByteCount)) }
      report(
        ParseError(
          file: file, offset: windowStart + fieldStart, field: field, expected: "\(needed) bytes in the record",
          found: "\(window.count - cursor)", missingByteCount: needed - (window.count - cursor)))
    case .broken(let field, let fieldStart, let expected, let found):
      report(
        ParseError(
          file: file, offset: windowStart + fieldStart, field: field, expected: expected, found: found))
    }
    endUnread()
  }

  /// Everything from the cursor on stays unread; the rest of the source is read for its length only.
  private mutating func endUnread() {
    let start = windowStart + cursor
    while !isAtEnd {
      cursor = window.count
      fill(to: windowByteCount)
    }
    unread = start..<fileEnd
    isFinished = true
  }

  // MARK: Text

  private mutating func nextText() -> MeasurementBatch? {
    var out: [UInt8] = []
    var lineStarts: [Int] = []
    out.reserveCapacity(min(windowByteCount, window.count - cursor))
    let firstLine = cursor
    while lineStarts.count < recordLimit, out.count < windowByteCount {
      guard let line = nextLine() else { break }
      if read(line, into: &out) { lineStarts.append(windowStart + line.lowerBound) }
    }
    if cursor == firstLine { settleText() }
    guard !lineStarts.isEmpty, let width = textDigestByteCount else { return nil }
    let layout = RecordLayout(byteOrder: .littleEndian, digestByteCount: width)
    var frames: [RecordFrame] = []
    frames.reserveCapacity(lineStarts.count)
    var end = 0
    _ = layout.appendFrames(of: out.span, from: &end, limit: lineStarts.count, to: &frames)
    return MeasurementBatch(
      firstIndex: recordCount, bytes: out, start: 0, frames: frames, templateDigestByteCount: width,
      templateDigestStart: UInt32(layout.digestStart), lineStarts: lineStarts, fileStart: 0)
  }

  /// No line ends in the window: gets more bytes, or ends the list.
  private mutating func settleText() {
    if !isAtEnd, window.count - cursor < Self.lineLimit {
      // Twice as much each time, so that a long line is not searched again and again.
      fill(to: max(windowByteCount, 2 * (window.count - cursor)))
    } else if cursor < window.count {
      report(
        ParseError(
          file: file, offset: windowStart + cursor, field: "line", expected: "at most \(Self.lineLimit) bytes",
          found: "more"))
      endUnread()
    } else {
      unread = fileEnd..<fileEnd
      isFinished = true
    }
  }

  /// Twice the largest template data, and room for the rest of a line.
  private static let lineLimit = 2 * Int(FrameLimit.dataByteCount) + (1 << 20)
  /// A name with newlines makes a line of several. The kernel's longest path has 4096 bytes.
  private static let continuationLimit = 1 << 16

  /// The next record's line without its end, with those that continue it; the cursor moves behind it. Nil when the
  /// window does not hold the line and the beginning of the next.
  private mutating func nextLine() -> Range<Int>? {
    let held = window
    let text = held.span
    let start = cursor
    guard start < text.count, var end = lineEnd(text, from: start) else { return nil }
    if MeasurementLine(text, from: start, to: contentEnd(text, start, end)) != nil {
      let firstEnd = end
      while end < text.count, end - firstEnd < Self.continuationLimit {
        switch continues(text, at: end + 1) {
        case nil: return nil
        case false?:
          cursor = end + 1
          return start..<contentEnd(text, start, end)
        case true?:
          guard let next = lineEnd(text, from: end + 1) else { return nil }
          end = next
        }
      }
    }
    cursor = min(end + 1, text.count)
    return start..<contentEnd(text, start, end)
  }

  /// The place of the newline, or the end of the file; nil when more of the file is needed.
  private func lineEnd(_ text: Span<UInt8>, from start: Int) -> Int? {
    text.firstIndex(of: .newline, from: start) ?? (isAtEnd ? text.count : nil)
  }

  /// Where the line's content ends: before CR LF when the list's first line ends so.
  private func contentEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    let endsInReturn = end > start && end < text.count && text[end - 1] == .carriageReturn
    return endsInReturn && (hasCarriageReturns ?? true) ? end - 1 : end
  }

  /// Whether the line at `start` belongs to the name of the record before it; nil when the window does not tell.
  private func continues(_ text: Span<UInt8>, at start: Int) -> Bool? {
    if let end = text.firstIndex(of: .newline, from: start) {
      return isBlankToEnd(text, from: start)
        ? (isAtEnd ? false : nil) : MeasurementLine(text, from: start, to: end) == nil
    }
    guard isAtEnd || text.count - start >= MeasurementLine.headByteCount else { return nil }
    return start < text.count && MeasurementLine(text, from: start, to: text.count) == nil
  }

  /// Only line ends follow: they are the file's end, not a name's.
  private func isBlankToEnd(_ text: Span<UInt8>, from start: Int) -> Bool {
    var place = start
    while place < text.count, text[place] == .newline || text[place] == .carriageReturn { place += 1 }
    return place == text.count
  }

  /// Appends the line's record; says whether there is one.
  private mutating func read(_ line: Range<Int>, into out: inout [UInt8]) -> Bool {
    let held = window
    let text = held.span
    guard !line.isEmpty else {
      skip(line)
      return false
    }
    if hasCarriageReturns == nil {
      hasCarriageReturns = line.upperBound < text.count && text[line.upperBound] == .carriageReturn
    }
    let outEnd = out.count
    do throws(LineFault) {
      guard let record = MeasurementLine(text, from: line.lowerBound, to: line.upperBound) else {
        throw LineFault(
          field: "line", start: line.lowerBound, expected: "a PCR index, a template digest and a template name",
          found: escapedText(window[line.prefix(40)]))
      }
      let width = textDigestByteCount ?? record.digestByteCount
      guard record.digestByteCount == width else {
        throw LineFault(
          field: "template digest", start: record.digest.lowerBound, expected: "\(width) bytes as before",
          found: "\(record.digestByteCount)")
      }
      let form = textForms.first ?? PatchedTextForm()
      let usesForm = try record.appendRecord(text, to: line.upperBound, form, into: &out)
      if usesForm, templateHash != nil, textForms.count > 1, textFormTrials > 0 {
        try chooseTextForm(record, text, to: line.upperBound)
        if let chosen = textForms.first, chosen != form {
          out.removeLast(out.count - outEnd)
          _ = try record.appendRecord(text, to: line.upperBound, chosen, into: &out)
        }
      }
      textDigestByteCount = width
      if record.registerIndex >= FrameLimit.registerCount {
        report(
          ParseError(
            file: file, offset: windowStart + line.lowerBound, field: "PCR index",
            expected: "0 to \(FrameLimit.registerCount - 1)", found: "\(record.registerIndex)"))
      }
      return true
    } catch {
      out.removeLast(out.count - outEnd)
      report(
        ParseError(
          file: file, offset: windowStart + error.start, field: error.field, expected: error.expected,
          found: error.found))
      skip(line)
      return false
    }
  }

  /// Keeps the forms of texts under which the record has its recorded hash; all when none gives it.
  private mutating func chooseTextForm(
    _ record: MeasurementLine, _ text: Span<UInt8>, to end: Int
  ) throws(LineFault) {
    guard let templateHash else { return }
    textFormTrials -= 1
    var fitting: [PatchedTextForm] = []
    for form in textForms {
      var out: [UInt8] = []
      _ = try record.appendRecord(text, to: end, form, into: &out)
      // A record begins with register, template digest, and the name with its length; then comes the data's length.
      let data = out.dropFirst(4 + record.digestByteCount + 4 + record.templateName.count + 4)
      let recorded = out[4..<4 + record.digestByteCount]
      if templateHash(Array(data), record.digestByteCount)?.elementsEqual(recorded) == true { fitting.append(form) }
    }
    if !fitting.isEmpty { textForms = fitting }
  }

  /// Keeps the range of a line that is no record, with its end.
  private mutating func skip(_ line: Range<Int>) {
    let range = windowStart + line.lowerBound..<windowStart + cursor
    if let last = skipped.last, last.upperBound == range.lowerBound {
      skipped[skipped.count - 1] = last.lowerBound..<range.upperBound
    } else {
      skipped.append(range)
    }
  }

  // MARK: Windows

  private var fileEnd: Int { windowStart + window.count }

  /// Drops what was read and reads on until the window holds `byteCount` bytes or the source ends.
  private mutating func fill(to byteCount: Int) {
    guard let source, !isAtEnd else { return }
    var next: [UInt8] = []
    next.reserveCapacity(max(byteCount, window.count - cursor))
    next.append(contentsOf: window[cursor...])
    windowStart += cursor
    cursor = 0
    do throws(ParseError) {
      while next.count < byteCount, !isAtEnd {
        let more = try source(byteCount - next.count)
        if more.isEmpty { isAtEnd = true }
        next.append(contentsOf: more)
      }
    } catch {
      report(error)
      isAtEnd = true
    }
    window = next
  }

  private mutating func report(_ problem: ParseError) {
    guard problems.count >= Self.problemLimit else { return problems.append(problem) }
    omittedProblemCount += 1
    problems[Self.problemLimit - 1] = ParseError(
      file: file, offset: problem.offset, field: "measurement list", expected: "fewer problems",
      found: "\(omittedProblemCount + 1) more, up to this place")
  }
}

extension RecordLayout {
  /// Reads records from `cursor` on, until there are `limit`, the bytes end, or one cannot be read.
  fileprivate func appendFrames(
    of bytes: Span<UInt8>, from cursor: inout Int, limit: Int, to frames: inout [RecordFrame]
  ) -> FrameFault? {
    let base = cursor
    var place = cursor
    defer { cursor = place }
    do throws(FrameFault) {
      while place < bytes.count, frames.count < limit, place - base < 1 << 30 {
        let frame = try frame(at: place, in: bytes, base: base)
        frames.append(frame)
        place += Int(frame.byteCount)
      }
      return nil
    } catch {
      return error
    }
  }
}
