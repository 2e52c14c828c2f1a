import ByteReading
import Foundation
import TestSupport
import Testing

@testable import TCGEventLog

private let isExhaustive = ProcessInfo.processInfo.environment["INQUEST_EVERY_BYTE"] != nil

/// Other data in the same record: as if the frame were whole and the data altered.
extension Event {
  func with(data: [UInt8]) throws -> Event {
    let bytes = LogBytes.record(
      register: registerIndex, type: recordedType.rawValue, digests: [(4, LogBytes.sha1Digest)], data: data)
    return try #require(try parse(LogBytes.header() + bytes).value.events.first)
  }
}

/// Takes the data apart. What cannot be is said, at a place in the record.
func takeApart(_ event: Event) -> EventContent {
  let content = event.content(file: "log.bin")
  if let error = content.error {
    #expect(event.dataOffset <= error.offset && error.offset <= event.byteRange.upperBound, "\(error)")
  }
  return content
}

extension EventContent {
  /// What is wrong with the data; nil when nothing is.
  var error: ParseError? {
    switch self {
    case .undecodable(let error), .variable(_, .undecodable(let error)): error
    case .imageLoad(let image): image.path.problem
    case .variable(_, .loadOption(let option)):
      ([option.path] + option.furtherPaths).lazy.compactMap(\.problem).first
    default: nil
    }
  }
}

/// Every different event of the corpus once.
enum DistinctEvents {
  struct Key: Hashable {
    var type: EventType
    var register: UInt32
    var data: [UInt8]
  }

  static func inCorpus() throws -> [Event] {
    var seen: Set<Key> = []
    return try EventLogCorpus.paths().flatMap { path in
      try parse(try Corpus.bytes(path)).value.events.filter {
        seen.insert(Key(type: $0.recordedType, register: $0.registerIndex, data: $0.data)).inserted
      }
    }
  }
}

@Suite struct EventContentLimitsTests {
  @Test(.enabled(if: Corpus.isPresent))
  func anExtremeInEachLengthOfEveryEventIsReadWithinIt() throws {
    var lengths = 0
    for event in try DistinctEvents.inCorpus() {
      let fields = LengthFields.of(event)
      // A log of Windows has hundreds of tags in one event.
      let step = isExhaustive ? 1 : max(1, fields.count / 12)
      for field in stride(from: 0, to: fields.count, by: step).map({ fields[$0] }) {
        lengths += 1
        for extreme in extremes(ofByteCount: field.width) {
          _ = takeApart(try event.with(data: event.data.replacing(at: field.place, extreme)))
        }
      }
    }
    #expect(lengths > 2000, "\(lengths)")
  }

  @Test(.enabled(if: Corpus.isPresent))
  func everyEventsDataCutAnywhereAreReadWithinThem() throws {
    for event in try DistinctEvents.inCorpus() {
      let step = isExhaustive ? 1 : max(1, event.data.count / 8)
      for count in stride(from: 0, to: event.data.count, by: step) {
        _ = takeApart(try event.with(data: Array(event.data.prefix(count))))
      }
    }
  }

  @Test(.enabled(if: Corpus.isPresent && isExhaustive, "INQUEST_EVERY_BYTE is not set"))
  func anExtremeInEveryPlaceOfEveryEventIsReadWithinIt() throws {
    for event in try DistinctEvents.inCorpus() where event.data.count <= 16384 {
      for place in event.data.indices {
        for extreme in extremes(ofByteCount: 4) {
          _ = takeApart(try event.with(data: event.data.replacing(at: place, extreme)))
        }
      }
    }
  }
}
