import TCGEventLog

/// Which authority let each image start, as far as the order of the events tells.
///
/// An authority is measured into one register and the image into another, and no event names the other one. Firmware that is made
/// from EDK2 and shim since 15.4 measure the authority first; other firmware and older shims the image first. Nothing in a log says
/// whose it is, so every order is tried that the two could have kept, and an image has an authority where all that fit agree. An
/// order fits when
/// - every authority has an image, and no image has two;
/// - one that comes behind its image comes directly behind it, but for the partition table: both are measured in one call;
/// - with Secure Boot on, no image came before that of the first authority: it would have started unverified.
///
/// The answers are claims: nothing binds where an event stands among those of other registers. Linear in the size of the log.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8; shim, `tpm.c` and `shim.c`.
struct ImageAuthorities {
  enum Answer: Equatable {
    /// Index of the authority's event.
    case authority(Int)
    /// No key was measured for it: one that was measured before let it start, or none.
    case noNewKey
    /// Orders that fit the log give it different authorities, or no order fits.
    case notTold
  }

  private enum Order: CaseIterable {
    case authorityFirst
    case imageFirst
  }

  private struct Entry {
    var event: Int
    var isOfShim: Bool
    /// The image whose event is the one directly before.
    var imageBefore: Int?
    /// The next image, wherever it is.
    var imageBehind: Int?

    func image(_ order: Order) -> Int? { order == .authorityFirst ? imageBehind : imageBefore }
  }

  /// Orders that fit, each as the authority of an image by the indexes of their events.
  private let fitting: [[Int: Int]]
  /// The same of one of them, turned around.
  private let images: [Int: Int]

  init(_ log: EventLog, contents: [EventContent], secureBoot: SecureBootEvidence) {
    let reading = Reading(log, contents: contents, secureBoot: secureBoot)
    let orders = Order.allCases.flatMap { firmware in Order.allCases.map { (firmware, shim: $0) } }
    fitting = orders.compactMap { reading.authorities(firmware: $0.0, shim: $0.shim) }
    images = Dictionary((fitting.first ?? [:]).map { ($0.value, $0.key) }, uniquingKeysWith: min)
  }

  /// The image that an authority let start, where all orders that fit agree.
  func image(of authority: Int) -> Int? {
    guard let image = images[authority], fitting.allSatisfy({ $0[image] == authority }) else { return nil }
    return image
  }

  /// - parameter image: the index of the event of an image.
  func answer(for image: Int) -> Answer {
    guard let first = fitting.first, fitting.allSatisfy({ $0[image] == first[image] }) else { return .notTold }
    return first[image].map { .authority($0) } ?? .noNewKey
  }

  /// What of a log the orders are tried on.
  private struct Reading {
    /// Authorities of images behind the separator, in the order of the log.
    var entries: [Entry] = []
    /// The first image that firmware let start from a disk or over a network.
    private var firstImage: Int?
    /// The first image behind that of shim, where the log shows that shim had run by then.
    private var firstImageOfShim: Int?
    /// Firmware has measured an authority before the separator, and need not measure it again.
    private let hasEarlierAuthority: Bool
    private let isEnabled: Bool

    init(_ log: EventLog, contents: [EventContent], secureBoot: SecureBootEvidence) {
      isEnabled = secureBoot.isEnabled == true
      hasEarlierAuthority = secureBoot.authorities.contains { $0.isBeforeSeparator }
      var authorities = secureBoot.authorities[...]
      var known: Set<[UInt8]> = []
      var lastImage: Int?
      var shimHasRun = false
      for (event, content) in zip(log.events, contents) {
        if let authority = authorities.first, authority.event == event.index {
          authorities.removeFirst()
          guard let entry = authority.entry else {
            shimHasRun = true
            lastImage = nil
            continue
          }
          // Firmware measures an entry of db once a start: one that comes again is by shim, which verifies by db as well.
          let isOfShim = authority.variable != "db" || shimHasRun || known.contains(entry)
          known.insert(entry)
          shimHasRun = shimHasRun || isOfShim
          if !authority.isBeforeSeparator {
            entries.append(Entry(event: event.index, isOfShim: isOfShim, imageBefore: lastImage))
          }
        } else if case .loader(let loader) = content, loader.kind == .shimVariable {
          shimHasRun = true
        } else if event.registerIndex == 14, log.registerFamily == .pcr {
          shimHasRun = true
        } else if case .imageLoad(let image) = content, !image.path.text.contains("FvFile(") {
          // Images of the firmware's own volumes need no authority.
          note(image: event, path: image.path.text, shimHasRun: shimHasRun)
          lastImage = event.index
          continue
        }
        if ![.efiGPTEvent, .efiGPTEvent2].contains(event.recordedType) { lastImage = nil }
      }
      noteImagesBehind(contents)
    }

    private mutating func note(image event: Event, path: String, shimHasRun: Bool) {
      guard event.recordedType == .efiBootServicesApplication else { return }
      let isFromMemory = !path.contains("File(") && !path.contains("MAC(")
      // An image without a path was started by the one before it, which then is shim and no boot manager.
      if firstImage != nil, firstImageOfShim == nil, shimHasRun || isFromMemory { firstImageOfShim = event.index }
      if firstImage == nil, !isFromMemory { firstImage = event.index }
    }

    private mutating func noteImagesBehind(_ contents: [EventContent]) {
      var next: Int?
      var index = contents.count
      for position in entries.indices.reversed() {
        while index > entries[position].event {
          index -= 1
          if case .imageLoad(let image) = contents[index], !image.path.text.contains("FvFile(") { next = index }
        }
        entries[position].imageBehind = next
      }
    }

    /// The authority of each image in that order, nil when the log does not fit it.
    func authorities(firmware: Order, shim: Order) -> [Int: Int]? {
      var found: [Int: Int] = [:]
      var firstOf: (firmware: Int?, shim: Int?)
      for entry in entries {
        guard let image = entry.image(entry.isOfShim ? shim : firmware),
          found.updateValue(entry.event, forKey: image) == nil
        else { return nil }
        if entry.isOfShim {
          firstOf.shim = firstOf.shim ?? image
        } else {
          firstOf.firmware = firstOf.firmware ?? image
        }
      }
      guard isEnabled else { return found }
      if let first = firstOf.firmware, let firstImage, firstImage < first, !hasEarlierAuthority { return nil }
      if let first = firstOf.shim, let firstImageOfShim, firstImageOfShim < first { return nil }
      return found
    }
  }
}
