import IMALog

extension MeasurementList {
  /// Indexes of records named boot_aggregate behind the first one. A kernel that kexec started goes on with the list of the
  /// one before and adds its own.
  ///
  /// Source: Linux, security/integrity/ima/ima_kexec.c and ima_init.c.
  var kernelStarts: [Int] {
    var found: [Int] = []
    var stream = stream()
    while let batch = stream.next() {
      for (offset, frame) in batch.frames.enumerated() where batch.isPerhapsBootAggregate(frame) {
        let index = batch.firstIndex + offset
        guard index > 0, record(at: index).path == Array("boot_aggregate".utf8) else { continue }
        found.append(index)
      }
    }
    return found
  }
}

extension MeasurementBatch {
  /// Looks at one letter: the name ends the data, or is followed by up to three empty fields.
  fileprivate func isPerhapsBootAggregate(_ frame: RecordFrame) -> Bool {
    let end = start + Int(frame.dataStart) + Int(frame.dataByteCount)
    // The template `ima` has no NUL behind the name.
    let last = frame.isLegacy ? 14 : 15
    return stride(from: last, through: last + 12, by: 4).contains { back in
      Int(frame.dataByteCount) >= back && bytes[end - back] == UInt8(ascii: "b")
        && bytes[end - back + 5] == UInt8(ascii: "a")
    }
  }
}
