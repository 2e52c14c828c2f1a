import ByteReading
import EvidenceIntake
import IMALog

/// A log as a file, or as the bytes of standard input, which can be read only once.
struct LogReplayInput {
  let path: FilePath
  let head: [UInt8]
  private let bytes: [UInt8]?

  init(_ path: FilePath) throws(LogReplayError) {
    self.path = path
    do throws(FileError) {
      if path.text == "-" {
        let all = try contentsOfStandardInput()
        bytes = all
        head = all
      } else {
        bytes = nil
        head = try OpenFile(path).next(1 << 20)
      }
    } catch {
      throw .unreadable(error)
    }
  }

  /// The binary form of a list that another document carries.
  init(_ list: MeasurementList) {
    path = FilePath(list.file)
    bytes = list.binaryForm
    head = []
  }

  func contents() throws(LogReplayError) -> [UInt8] {
    if let bytes { return bytes }
    do throws(FileError) {
      return try EvidenceIntake.contents(of: path)
    } catch {
      throw .unreadable(error)
    }
  }

  func stream(_ format: MeasurementListFormat) throws(LogReplayError) -> MeasurementStream {
    if let bytes {
      return MeasurementStream(bytes, file: path.text, format: format, templateHash: recordedTemplateHash)
    }
    let file: OpenFile
    do throws(FileError) {
      file = try OpenFile(path)
    } catch {
      throw .unreadable(error)
    }
    return MeasurementStream(file: path.text, format: format, templateHash: recordedTemplateHash) {
      count throws(ParseError) in
      do throws(FileError) {
        return try file.next(count)
      } catch {
        throw ParseError(file: error.path, offset: 0, field: "the file", expected: "bytes", found: error.reason)
      }
    }
  }
}
