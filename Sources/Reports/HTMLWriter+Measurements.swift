import Appraisal

// What the references say of the measured files of one boot.
extension HTMLWriter {
  mutating func measuredFiles(of boot: MeasuredBoot) {
    block("h4", ["id": boot.id + "-measured"], text: "Measured files")
    introduction(to: boot)
    counts(boot.measurements.counts)
    plot(of: boot)
    var rowsLeft = boot.rowLimit
    for (group, paths) in boot.groups {
      let rows = min(paths.count, group.isAlwaysOpen ? rowsLeft : min(rowsLeft, Self.groupLimit))
      rowsLeft -= rows
      self.group(group, paths, rows: rows, of: boot)
    }
    if boot.measurements.omittedEntries > 0 {
      block(
        "p",
        text:
          "\(counted(boot.measurements.omittedEntries, "more content")) of little weight were counted and are listed in \(boot.hasRecords ? "measurements.jsonl only" : "no report")."
      )
    }
    packages(of: boot)
  }

  /// Rows of one group that is not the weightiest.
  private static let groupLimit = 400

  private mutating func introduction(to boot: MeasuredBoot) {
    block("p", ["class": "prose"]) { line in
      line.text("Compared with the reference values: every record of ")
      line.path(boot.measurements.file)
      line.text(". ")
      if let date = boot.measurements.asOf {
        line.text("Newer versions count when they were published by \(date).")
      } else {
        line.text("No date is known, so any newer version in the references counts as newer.")
      }
    }
  }

  // MARK: Counts

  private mutating func counts(_ counts: [AttestationResult.StatusCount]) {
    let total = max(1, counts.reduce(0) { $0 + $1.records })
    table(
      "Records by status", columns: ["Status", "Records", "Share", "What it means"], of: counts,
      class: "statuses stacks"
    ) { body, count, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row"]) { $0.mark(count.status.mark) }
        row.element("td", ["class": "number", "data-label": "Records"], text: grouped(count.records))
        row.element("td", ["class": "share"]) { cell in
          let width = max(2, Int((Double(count.records) / Double(total) * 1000).rounded()))
          cell.element("svg", ["width": "100%", "height": "12", "aria-hidden": "true"]) { svg in
            svg.element(
              "rect",
              ["class": "bar " + count.status.mark.tone.rawValue, "width": Self.percent(width), "height": "12"]
            ) { _ in }
          }
        }
        row.element("td", ["class": "quiet"], text: count.status.meaning)
      }
    }
  }

  // MARK: Plot

  private mutating func plot(of boot: MeasuredBoot) {
    let picture = StatusPicture(runs: boot.measurements.runs)
    guard picture.records > 0 else { return }
    block("figure", ["class": "plot"]) { figure in
      figure.block(
        "figcaption",
        text:
          "Where the records of each status stand in the list, from record 0 on the left to record \(grouped(picture.records - 1)) on the right"
      )
      figure.quoteMarks(of: boot, records: picture.records)
      let cuts = boot.cutPositions(of: picture.records)
      for lane in picture.lanes { figure.lane(lane, cuts: cuts) }
      figure.stretches(of: boot, records: picture.records)
      figure.block(
        "p", ["class": "legend"],
        text:
          "A mark stands for one record or more. The lines across are the quotes, each after the records that it proves."
      )
    }
  }

  /// The names of the quotes above the lanes, those of one capture together.
  private mutating func quoteMarks(of boot: MeasuredBoot, records: Int) {
    let pins = boot.quotePins(of: records)
    let rows = (pins.compactMap(\.row).max() ?? -1) + 1
    guard rows > 0 else { return }
    block("div", ["class": "lane"]) { lane in
      lane.element("span", ["class": "lane-name"]) { _ in }
      lane.element("svg", ["width": "100%", "height": String(rows * 20 + 4), "aria-hidden": "true"]) { svg in
        for pin in pins { svg.label(of: pin, bar: rows * 20 + 8) }
      }
    }
  }

  private mutating func lane(_ lane: StatusPicture.Lane, cuts: [Int]) {
    block("div", ["class": "lane"]) { row in
      row.element("span", ["class": "lane-name"]) { name in
        name.mark(lane.status.mark)
        name.text(" " + grouped(lane.records))
      }
      row.element(
        "svg",
        [
          "width": "100%", "height": "18", "viewBox": "0 0 1000 18", "preserveAspectRatio": "none",
          "aria-hidden": "true",
        ]
      ) { svg in
        svg.element("path", ["class": "marks " + lane.status.mark.tone.rawValue, "d": lane.outline(height: 18)]) { _ in
        }
        for cut in cuts {
          svg.element("path", ["class": "cut", "d": "M\(cut) 0v18"]) { _ in }
        }
      }
    }
  }

  /// The part of the initramfs, below the lanes.
  private mutating func stretches(of boot: MeasuredBoot, records: Int) {
    guard let count = boot.measurements.initramfsRecords, count > 0 else { return }
    block("div", ["class": "lane"]) { lane in
      lane.element("span", ["class": "lane-name quiet"], text: "initramfs")
      lane.element("svg", ["width": "100%", "height": "16", "aria-hidden": "true"]) { svg in
        svg.span(
          .init(start: 0, end: StatusPicture.position(count, of: records), label: "", isProven: true), top: 3)
      }
    }
    block(
      "p", ["class": "legend"],
      text: "initramfs: the first \(counted(count, "record")), made before the root file system was in use.")
  }

  // MARK: Files

  private mutating func group(
    _ group: MeasurementGroup, _ paths: [MeasuredPath], rows: Int, of boot: MeasuredBoot
  ) {
    let records = paths.flatMap(\.contents).reduce(0) { $0 + $1.recordCount }
    let contents = paths.reduce(0) { $0 + $1.contents.count }
    let size = [counted(paths.count, "path"), counted(contents, "content"), counted(records, "record")]
      .joined(separator: ", ")
    guard rows > 0 else {
      return block("p", text: "\(group.title): \(size), listed in report.json.")
    }
    guard group.isClosed || (paths.count > 12 && !group.isAlwaysOpen) else {
      block("h5") { title in
        title.text(group.title)
        title.element("span", ["class": "count"], text: " " + size)
      }
      return fileTable(group, paths, rows: rows, of: boot)
    }
    block("details") { details in
      details.block("summary", text: "\(group.title): \(size)")
      details.fileTable(group, paths, rows: rows, of: boot)
    }
  }

  private mutating func fileTable(
    _ group: MeasurementGroup, _ paths: [MeasuredPath], rows: Int, of boot: MeasuredBoot
  ) {
    // What all rows say is said once, above them.
    let reasons = Set(paths.map(\.first.reason))
    let shared = paths.count > 1 && reasons.count == 1 ? paths.first?.first.reason : nil
    table(
      shared ?? group.meaning, columns: ["Record", "File", "First measured", "Content"], of: paths,
      class: "files stacks", limit: rows
    ) { body, path, _ in
      body.block("tr") { row in
        row.element("td", ["class": "number", "data-label": "Record"], text: path.first.recordsText)
        row.element("th", ["scope": "row"]) { cell in
          cell.path(path.first.path)
          if shared == nil || !group.isAlwaysOpen {
            cell.reason(path.first, marked: !group.isOfOneStatus, omitsReason: shared != nil)
          }
          cell.owner(of: path.first, boot)
          cell.notes(on: path.first)
        }
        row.element("td", ["class": "when", "data-label": "When"]) { $0.bracket(of: path.first, boot) }
        row.element("td") { cell in
          cell.content(of: path.first)
          cell.otherContents(of: path, boot)
        }
      }
    }
  }

  private mutating func bracket(of entry: AttestationResult.Measurement, _ boot: MeasuredBoot) {
    text(boot.bracket(of: entry))
    if let captures = boot.captures(of: entry) { block("p", ["class": "quiet"], text: captures) }
    if let times = boot.times(of: entry) { block("p", ["class": "quiet"], text: times) }
  }

  /// How class and status were told.
  private mutating func reason(_ entry: AttestationResult.Measurement, marked: Bool, omitsReason: Bool) {
    block("p", ["class": "quiet"]) { line in
      if marked {
        line.mark(entry.status.mark)
        line.text(", ")
      }
      line.text(omitsReason ? entry.fileClass.rawValue : "\(entry.fileClass.rawValue): \(entry.reason)")
    }
  }

  /// The package that explains or owns the file, and by what rule and digest.
  private mutating func owner(of entry: AttestationResult.Measurement, _ boot: MeasuredBoot) {
    guard let package = entry.package else { return }
    block("p", ["class": "quiet"]) { line in
      line.text(entry.ownerWords + " ")
      line.provenance(package, origin: entry.origin, of: boot.origins)
      if let path = entry.packagedPath {
        line.text(", there ")
        line.path(path)
      }
      let notes = [entry.ruleWords, entry.digestOriginWords].compactMap { $0 }
      if !notes.isEmpty { line.text(" (\(notes.joined(separator: "; ")))") }
    }
  }

  private mutating func notes(on entry: AttestationResult.Measurement) {
    if let newer = entry.supersededBy { block("p", ["class": "quiet"], text: "Replaced by \(newer.words).") }
    if let rule = entry.passedBy { block("p", ["class": "quiet"], text: "Let pass by “\(rule)”: not verified.") }
    if !entry.alsoIn.isEmpty {
      block("p", ["class": "quiet"], text: "Also in \(entry.alsoIn.joined(separator: ", ")).")
    }
  }

  /// What else was measured under the same path.
  private mutating func otherContents(of path: MeasuredPath, _ boot: MeasuredBoot) {
    let others = path.contents.dropFirst()
    guard !others.isEmpty else { return }
    block("details") { details in
      details.block("summary", text: "\(counted(others.count, "more content"))")
      details.block("ul", ["class": "contents"]) { list in
        for entry in others.prefix(Self.contentLimit) {
          list.block("li") { item in
            item.text("Record \(entry.recordsText), \(boot.bracket(of: entry))")
            item.content(of: entry)
          }
        }
        let more = others.count - Self.contentLimit
        if more > 0 { list.block("li", text: "\(grouped(more)) more are in report.json.") }
      }
    }
  }

  /// Contents of one path that are listed below the first.
  private static let contentLimit = 50

  private mutating func content(of entry: AttestationResult.Measurement) {
    guard !entry.digest.isEmpty else { return text("no digest") }
    block("dl", ["class": "comparison"]) { list in
      for expected in entry.expected.prefix(5) { list.fact("Expected", expected, isCode: true) }
      list.fact("Measured", entry.digest, isCode: true)
    }
  }

  /// The package's name, as a link to where it comes from.
  private mutating func provenance(_ name: String, origin: Int?, of origins: [AttestationResult.Origin]) {
    guard let origin, origin < min(origins.count, HTMLReport.originLimit) else { return text(name) }
    element("a", ["href": Self.originLink(origin)], text: name)
  }

  // MARK: Packages

  private mutating func packages(of boot: MeasuredBoot) {
    let packages = boot.measurements.packages
    guard !packages.isEmpty else { return }
    let notable = packages.filter { $0.counts.contains { $0.status != .known } || $0.supersededBy != nil }
    let plain = packages.filter { package in !notable.contains(package) }
    block("h5") { title in
      title.text("Packages")
      title.element("span", ["class": "count"], text: " \(counted(packages.count, "package"))")
    }
    if !notable.isEmpty {
      packageTable("Packages with more than known files", notable, rows: boot.rowLimit, of: boot)
    }
    guard !plain.isEmpty else { return }
    block("details") { details in
      details.block("summary", text: "\(counted(plain.count, "package")) of which all that was measured is known")
      details.packageTable(
        "Packages of which all that was measured is known", plain, rows: min(Self.groupLimit, boot.rowLimit), of: boot)
    }
  }

  private mutating func packageTable(
    _ caption: String, _ packages: [AttestationResult.Package], rows: Int, of boot: MeasuredBoot
  ) {
    table(
      caption, columns: ["Package", "Version", "Records by status", "Replaced by", "Where it comes from"],
      of: packages, class: "packages stacks", limit: rows
    ) { body, package, _ in
      body.block("tr") { row in
        row.element("th", ["scope": "row", "class": "any"], text: package.name)
        row.element("td", ["data-label": "Version"]) { cell in
          cell.text(package.version.isEmpty ? "none" : package.version)
          let more = [package.format, package.architecture, package.distribution].filter { !$0.isEmpty }
          cell.block("p", ["class": "quiet"], text: more.joined(separator: ", "))
        }
        row.element("td", ["data-label": "Records"]) { cell in
          for count in package.counts {
            cell.mark(count.status.mark, as: "\(grouped(count.records)) \(count.status.mark.word)")
            cell.text(" ")
          }
        }
        row.element("td", ["data-label": "Replaced by"], text: package.supersededBy?.words ?? "–")
        row.element("td", ["data-label": "From"]) { cell in
          guard boot.origins.indices.contains(package.origin) else { return cell.text("not told") }
          let origin = boot.origins[package.origin]
          cell.mark(origin.mark)
          cell.block("p", ["class": "quiet"]) {
            $0.provenance(origin.sources.first?.path ?? "its source", origin: package.origin, of: boot.origins)
          }
        }
      }
    }
  }
}

extension AttestationResult.Measurement {
  /// The first records and how many more there are.
  fileprivate var recordsText: String {
    let shown = records.prefix(3).map { grouped($0) }.joined(separator: "; ")
    let more = recordCount - min(3, records.count)
    return more > 0 ? "\(shown); \(grouped(more)) more" : shown
  }

  /// How the file and the package belong together.
  fileprivate var ownerWords: String {
    switch status {
    case .changed: "Belongs to"
    case .unknown, .notAssessable: "Listed by"
    case .knownElsewhere: "Content of"
    default: "From"
    }
  }
}
