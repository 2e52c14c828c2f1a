import Appraisal
import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

/// Answers of a lookup, for a person or a program.
public enum ReferenceAnswers {
  /// One paragraph for each question, one line for each file, package and link of the chain.
  public static func text(_ answers: [(question: String, answers: [ReferenceAnswer])]) -> String {
    answers.map { question, answers in
      let lines = answers.isEmpty ? ["  not found"] : answers.flatMap(lines)
      return ([escapedText(question.utf8)] + lines).joined(separator: "\n") + "\n"
    }.joined()
  }

  private static func lines(_ answer: ReferenceAnswer) -> [String] {
    let package = answer.package
    let title = [package.name, package.version, package.architecture].filter { !$0.isEmpty }.joined(separator: " ")
    let distribution = package.distribution.isEmpty ? "" : ", \(package.distribution)"
    let rule = answer.rule.map { $0 == .same ? "" : " (by the rule \($0.rawValue))" } ?? ""
    var lines = ["  \(escapedText(answer.path))\(rule)", "    \(title) (\(package.format.rawValue)\(distribution))"]
    let flags = answer.flags.names
    if !flags.isEmpty { lines.append("    marked: \(flags.joined(separator: ", "))") }
    if case .symbolicLink(let target) = answer.kind { lines.append("    a link to \(escapedText(target))") }
    lines += answer.digests.map { "    \($0.algorithm.name):\(hexText($0.bytes)) (\($0.origin.name))" }
    if let image = answer.image { lines += self.lines(image) }
    for chain in answer.chains { lines += self.lines(chain) }
    lines.append("    \(answer.standing.sentence)")
    return lines
  }

  private static func lines(_ image: BootImage) -> [String] {
    image.digests.map { "    \($0.algorithm.name):\(hexText($0.bytes)) (authenticode)" }
      + image.certificates.filter(\.isSigner).map { "    signed by \($0.subject), issued by \($0.issuer)" }
      + (image.sbat ?? []).split(separator: 0x0a).prefix(32).map { "    sbat \(escapedText($0))" }
  }

  private static func lines(_ chain: [ReferenceSource]) -> [String] {
    chain.enumerated().flatMap { index, source in
      let how = index == 0 ? "from" : "vouched for by"
      return ["    \(how) \(source.path) (\(source.kind.rawValue), SHA-256 \(hexText(source.sha256)))"]
        + source.signatures.map { "      signature \($0.status.rawValue): \($0.key) \($0.signer)" }
    }
  }

  /// The same as a document of the form `inquest-reference-lookup/1`.
  public static func json(_ answers: [(question: String, answers: [ReferenceAnswer])]) -> [UInt8] {
    JSONWriter.document { document in
      document.value("schema", "inquest-reference-lookup/1")
      document.objects("lookups", of: "lookup", answers) { lookup, item in
        lookup.value("asked", escapedText(item.question.utf8))
        lookup.objects("files", of: "file", item.answers) { $1.write(to: &$0) }
      }
    }
  }
}

extension ReferenceAnswer {
  fileprivate func write(to file: inout JSONWriter) {
    file.value("path", escapedText(path))
    file.value("rule", rule?.rawValue)
    file.value("size", byteCount)
    file.sentences("flags", of: "flag", flags.names)
    if case .symbolicLink(let target) = kind {
      file.value("linkTarget", escapedText(target))
    } else {
      file.absent("linkTarget")
    }
    file.object("package") { written in package.write(to: &written) }
    file.objects("digests", of: "digest", digests) { written, digest in
      written.value("algorithm", digest.algorithm.name)
      written.value("value", hexText(digest.bytes))
      written.value("origin", digest.origin.name)
    }
    if let image {
      file.object("image") { written in image.write(to: &written) }
    } else {
      file.absent("image")
    }
    file.value("store", store)
    file.value("standing", standing.name)
    file.value("standingReason", standing.sentence)
    file.objects("chains", of: "chain", chains) { written, chain in
      written.objects("sources", of: "source", chain) { $1.write(to: &$0) }
    }
  }
}

extension BootImage {
  fileprivate func write(to image: inout JSONWriter) {
    image.objects("authenticode", of: "digest", digests) { written, digest in
      written.value("algorithm", digest.algorithm.name)
      written.value("value", hexText(digest.bytes))
    }
    image.value("sbat", sbat.map { escapedText($0) })
    image.objects("certificates", of: "certificate", certificates) { written, certificate in
      written.value("subject", certificate.subject)
      written.value("issuer", certificate.issuer)
      written.value("sha256", hexText(certificate.sha256))
      written.value("signer", certificate.isSigner)
    }
  }
}

extension KnownPackage {
  func write(to package: inout some StructureWriter) {
    package.value("format", format.rawValue)
    package.value("name", name)
    package.value("version", version)
    package.value("architecture", architecture)
    package.value("sourceName", sourceName)
    package.value("sourceVersion", sourceVersion)
    package.value("distribution", distribution)
    package.value("date", date)
  }
}

extension ReferenceOrigin.Standing {
  var name: String {
    switch self {
    case .signed: "signed"
    case .unsigned: "unsigned"
    case .refused: "refused"
    }
  }

  var sentence: String {
    switch self {
    case .signed(let signer): "vouched for by a good signature of \(signer)"
    case .unsigned: "no good signature vouches for it"
    case .refused(let why): "does not count: \(why)"
    }
  }
}

extension ReferenceFile.Flags {
  /// In words, in the order of the bits.
  public var names: [String] {
    let known: [(ReferenceFile.Flags, String)] = [
      (.configuration, "configuration"), (.ghost, "ghost"), (.documentation, "documentation"), (.license, "license"),
      (.noReplace, "noreplace"), (.maintainerScript, "maintainer-script"), (.packageRecord, "package-record"),
      (.notInstalled, "not-installed"), (.diverted, "diverted"),
    ]
    return known.filter { contains($0.0) }.map(\.1)
  }
}
