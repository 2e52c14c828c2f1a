import TCGEventLog

/// Which authority let each image start, as far as the order of the events tells.
///
/// An authority is measured into one register and the image into another, and no event names the other one. Firmware that is made
/// from EDK2 measures the authority first, other firmware the image. Of shim, two calls differ: what it loads itself it measures
/// behind the authority since 15.4 and before it in older versions, what a loader hands it to verify before it. Nothing in a log says
/// whose an event is, so every combination of these orders is tried, and an image has an authority where all that fit agree. A
/// combination fits when
/// - every authority has an image, and no image has two;
/// - one that comes behind its image comes directly behind it, but for the partition table: both are measured in one call;
/// - with Secure Boot on, no image came before that of the first authority: it would have started unverified.
///
/// The answers are claims: nothing binds where an event stands among those of other registers. Linear in the size of the log.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8; shim, `pe.c` (`verify_image`) and `shim.c` (`shim_verify`).
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
    /// nil where firmware may have measured it as well as shim.
    var isOfShim: Bool?
    /// The image whose event is the one directly before.
    var imageBefore: Int?
    /// The next image, wherever it is.
    var imageBehind: Int?
  }

  /// One order of each call.
  private struct Orders {
    var firmware: Order
    var shimLoads: Order
    var shimVerifies: Order

    static let all: [Orders] = Order.allCases.flatMap { firmware in
      Order.allCases.flatMap { loads in
        Order.allCases.map { Orders(firmware: firmware, shimLoads: loads, shimVerifies: $0) }
      }
    }
  }

  /// What one combination gives.
  private struct Fit {
    /// The authority of an image, by the indexes of their events.
    var authorities: [Int: Int] = [:]
    /// Images of which an authority may be, as well as another one's.
    var open: Set<Int> = []
  }

  /// Combinations that fit.
  private let fitting: [Fit]
  /// The authorities of one of them, turned around.
  private let images: [Int: Int]

  init(_ log: EventLog, contents: [EventContent], secureBoot: SecureBootEvidence) {
    let reading = Reading(log, contents: contents, secureBoot: secureBoot)
    fitting = Orders.all.compactMap(reading.fit)
    images = Dictionary((fitting.first?.authorities ?? [:]).map { ($0.value, $0.key) }, uniquingKeysWith: min)
  }

  /// The image that an authority let start, where all combinations that fit agree.
  func image(of authority: Int) -> Int? {
    guard let image = images[authority], answer(for: image) == .authority(authority) else { return nil }
    return image
  }

  /// - parameter image: the index of the event of an image.
  func answer(for image: Int) -> Answer {
    guard let first = fitting.first,
      fitting.allSatisfy({ $0.authorities[image] == first.authorities[image] && !$0.open.contains(image) })
    else { return .notTold }
    return first.authorities[image].map { .authority($0) } ?? .noNewKey
  }

  /// What of a log the orders are tried on.
  private struct Reading {
    /// Authorities of images behind the separator, in the order of the log.
    var entries: [Entry] = []
    /// The first image that firmware let start from a disk or over a network.
    private var firstImage: Int?
    /// The first image behind that of shim, where the log shows that shim had run by then.
    private var firstImageOfShim: Int?
    /// Images that shim loaded itself: the first behind each of its starts.
    private var loadedByShim: Set<Int> = []
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
      var shimHasStarted = false
      for (event, content) in zip(log.events, contents) {
        if let authority = authorities.first, authority.event == event.index {
          authorities.removeFirst()
          guard let entry = authority.entry else {
            (shimHasRun, shimHasStarted) = (true, true)
            lastImage = nil
            continue
          }
          // Firmware measures an entry of db once a start: one that comes again is by shim, which verifies by db as well.
          let isOfShim = authority.variable != "db" || known.contains(entry) ? true : shimHasRun ? nil : false
          known.insert(entry)
          shimHasRun = shimHasRun || isOfShim == true
          if !authority.isBeforeSeparator {
            entries.append(Entry(event: event.index, isOfShim: isOfShim, imageBefore: lastImage))
          }
        } else if case .loader(let loader) = content, loader.kind == .shimVariable {
          (shimHasRun, shimHasStarted) = (true, true)
        } else if event.registerIndex == 14, log.registerFamily == .pcr {
          (shimHasRun, shimHasStarted) = (true, true)
        } else if case .imageLoad(let image) = content, !image.path.isOfFirmwareVolume {
          // Images of the firmware's own volumes need no authority.
          note(image: event, image.path, shimHasRun: shimHasRun)
          if shimHasStarted || event.index == firstImageOfShim {
            loadedByShim.insert(event.index)
            shimHasStarted = false
          }
          lastImage = event.index
          continue
        }
        if ![.efiGPTEvent, .efiGPTEvent2].contains(event.recordedType) { lastImage = nil }
      }
      noteImagesBehind(contents)
    }

    private mutating func note(image event: Event, _ path: EFIDevicePath, shimHasRun: Bool) {
      guard event.recordedType == .efiBootServicesApplication else { return }
      let isFromMemory = !path.namesFile
      // Firmware names the device, shim the file alone or nothing: an image from memory was started by the one before it, which then is
      // shim and no boot manager. Of one with a device both may be.
      if firstImage != nil, firstImageOfShim == nil, !path.namesDevice, shimHasRun || isFromMemory {
        firstImageOfShim = event.index
      }
      if firstImage == nil, !isFromMemory { firstImage = event.index }
    }

    private mutating func noteImagesBehind(_ contents: [EventContent]) {
      var next: Int?
      var index = contents.count
      for position in entries.indices.reversed() {
        while index > entries[position].event {
          index -= 1
          if case .imageLoad(let image) = contents[index], !image.path.isOfFirmwareVolume { next = index }
        }
        entries[position].imageBehind = next
      }
    }

    /// What a combination gives; nil when the log does not fit it.
    func fit(_ orders: Orders) -> Fit? {
      var fit = Fit()
      var firstOf: (firmware: Int?, shim: Int?)
      for entry in entries {
        let before = entry.imageBefore.flatMap { self.orders(of: $0, entry, orders).contains(.imageFirst) ? $0 : nil }
        let behind = entry.imageBehind.flatMap {
          self.orders(of: $0, entry, orders).contains(.authorityFirst) ? $0 : nil
        }
        var possible = [before, behind].compactMap { $0 }.filter { fit.authorities[$0] == nil }
        // Shim verifies nothing that runs before it.
        if entry.isOfShim == true { possible.removeAll { $0 == firstImage } }
        if entry.isOfShim == true, firstOf.shim == nil, isEnabled, let first = firstImageOfShim,
          possible.contains(first)
        {
          possible = [first]
        }
        guard let image = possible.first else { return nil }
        guard possible.count == 1 else {
          fit.open.formUnion(possible)
          continue
        }
        fit.authorities[image] = entry.event
        switch entry.isOfShim {
        case true?: firstOf.shim = firstOf.shim ?? image
        case false?: firstOf.firmware = firstOf.firmware ?? image
        case nil: break
        }
      }
      guard isEnabled else { return fit }
      if let first = firstOf.firmware, let firstImage, firstImage < first, !hasEarlierAuthority { return nil }
      if let first = firstOf.shim, let firstImageOfShim, firstImageOfShim < first { return nil }
      return fit
    }

    /// Orders in which the measurer of the entry may have measured it and the image.
    private func orders(of image: Int, _ entry: Entry, _ orders: Orders) -> [Order] {
      let shim = loadedByShim.contains(image) ? orders.shimLoads : orders.shimVerifies
      return switch entry.isOfShim {
      case true?: [shim]
      case false?: [orders.firmware]
      case nil: [orders.firmware, shim]
      }
    }
  }
}
