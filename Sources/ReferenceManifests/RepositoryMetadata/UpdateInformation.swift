import ByteReading
import XMLReading

/// `updateinfo.xml`: the advisories of an RPM repository.
///
/// Source: createrepo_c, xml_dump_updateinfo.c.
public struct UpdateInformation: Equatable, Sendable {
  public var advisories: [Advisory] = []
  public var problems: [ParseError] = []

  public struct Advisory: Equatable, Sendable {
    /// For example `RHSA-2024:1234`.
    public var id: String
    public var type: UpdateType
    /// In the source's words, for example `Important`; nil when absent.
    public var severity: String?
    /// RFC 3339.
    public var issued: String?
    /// RFC 3339.
    public var updated: String?
    /// CVE names as they are, other references as `type id`, in the order of the file.
    public var references: [String]
    public var packages: [Package]
  }

  public struct Package: Hashable, Sendable {
    public var name: String
    /// As `ReferencePackage.version`.
    public var version: String
    public var architecture: String
  }

  public init(_ document: [UInt8], file: String) {
    var advisories: [Advisory] = []
    var problems: [ParseError] = []
    let (_, error) = readXMLRecords(document, file: file, root: "updates") { node in
      if node.name == "update" { advisories.append(Advisory(node, file: file, problems: &problems)) }
    }
    if let error { problems.append(error) }
    self.advisories = advisories
    self.problems = problems
  }

  /// One update a package and version, architectures taken together; `distribution` as `PackageUpdate.distribution`.
  public func updates(distribution: String) -> [PackageUpdate] {
    advisories.flatMap { advisory in
      var seen: Set<[String]> = []
      return advisory.packages.filter { seen.insert([$0.name, $0.version]).inserted }.map { package in
        PackageUpdate(
          format: .rpm, name: package.name, namesSource: false, version: package.version, distribution: distribution,
          type: advisory.type, date: advisory.issued ?? advisory.updated, advisory: advisory.id,
          references: advisory.references)
      }
    }
  }
}

extension UpdateInformation.Advisory {
  fileprivate init(_ node: XMLNode, file: String, problems: inout [ParseError]) {
    id = node.child("id")?.text ?? ""
    if id.isEmpty { problems.append(node.fault(file, expected: "an id", found: "none")) }
    type = UpdateType(advisoryType: node.attribute("type") ?? "")
    severity = node.child("severity").map(\.text).flatMap { $0.isEmpty || $0 == "None" ? nil : $0 }
    issued = date(node.child("issued"), file, &problems)
    updated = date(node.child("updated"), file, &problems)
    references = (node.child("references")?.children(named: "reference") ?? []).compactMap(referenceName)
    packages = []
    for entry in (node.child("pkglist")?.children(named: "collection") ?? []).flatMap({ $0.children(named: "package") })
    {
      let version = rpmVersion(
        epoch: entry.attribute("epoch"), version: entry.attribute("version"), release: entry.attribute("release"))
      if let name = entry.attribute("name"), !name.isEmpty, let version {
        packages.append(.init(name: name, version: version, architecture: entry.attribute("arch") ?? ""))
      } else {
        problems.append(
          entry.fault(file, expected: "a name and a version", found: entry.attribute("name") ?? "no name"))
      }
    }
  }
}

extension UpdateType {
  /// The word of an advisory. SUSE's `recommended` and `optional` are repairs and additions.
  fileprivate init(advisoryType word: String) {
    switch word.lowercased() {
    case "recommended": self = .bugfix
    case "optional", "feature": self = .enhancement
    default: self = UpdateType(rawValue: word.lowercased()) ?? .unknown
    }
  }
}

private func referenceName(_ node: XMLNode) -> String? {
  guard let id = node.attribute("id") ?? node.attribute("title"), !id.isEmpty else { return nil }
  let type = node.attribute("type") ?? ""
  return type == "cve" || type.isEmpty ? id : "\(type) \(id)"
}

private func date(_ node: XMLNode?, _ file: String, _ problems: inout [ParseError]) -> String? {
  guard let node, let text = node.attribute("date"), !text.isEmpty else { return nil }
  if let date = rfc3339Text(ofDate: text) { return date }
  problems.append(node.fault(file, expected: "a date", found: text))
  return nil
}

/// RFC 3339 of a date as advisories write it: `2024-01-02`, `2024-01-02 03:04:05` with or without ` UTC`, or seconds since
/// 1970-01-01. Times without a zone are taken as UTC. Nil for anything else.
func rfc3339Text(ofDate text: String) -> String? {
  if let seconds = UInt64(text) { return rfc3339Text(seconds) }
  let parts = text.split(whereSeparator: { " T".contains($0) })
  guard let day = parts.first.map(String.init), isDate(day) else { return nil }
  if parts.count == 1 { return day }
  var time = String(parts[1])
  if time.hasSuffix("Z") { time.removeLast() }
  let zones = parts.dropFirst(2)
  guard isTime(time), zones.isEmpty || zones.elementsEqual(["UTC"]) else { return nil }
  return day + "T" + (time.utf8.count == 5 ? time + ":00" : time) + "Z"
}

/// `2024-01-02`.
func isDate(_ text: String) -> Bool {
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  guard parts.map(\.utf8.count) == [4, 2, 2], isDigits(text.filter { $0 != "-" }) else { return false }
  return (1...12).contains(Int(parts[1]) ?? 0) && (1...31).contains(Int(parts[2]) ?? 0)
}

/// `03:04` or `03:04:05`.
private func isTime(_ text: String) -> Bool {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  guard [2, 3].contains(parts.count), parts.allSatisfy({ $0.utf8.count == 2 }), isDigits(text.filter { $0 != ":" })
  else { return false }
  return zip(parts, [23, 59, 60]).allSatisfy { (Int($0) ?? 99) <= $1 }
}

private func isDigits(_ text: String) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
