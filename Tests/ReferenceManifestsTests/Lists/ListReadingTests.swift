import ByteReading
import Digests
import Foundation
import ReferenceManifests
import TestSupport
import Testing

private let digest = String(repeating: "ab", count: 32)
private let sha1 = String(repeating: "cd", count: 20)

/// `path algorithm:digest` a line, sorted.
private func rows(_ reading: ListReading) -> [String] {
  reading.packages.flatMap { package in
    package.files.map { file in
      ([escapedText(file.path)] + file.digests.map { "\($0.algorithm.name):\(hexText($0.bytes).prefix(4))" })
        .joined(separator: " ")
    }
  }.sorted()
}

private func lines(_ text: String, file: String = "list") -> ListReading {
  ListReading(digestLines: Array(text.utf8), name: "list", file: file)
}

struct ListReadingTests {
  @Test func linesOfCoreutilsAndOfItsBSDFormAreRead() {
    let reading = lines(
      """
      # comment
      \(digest)  ./a b
      \(sha1) */usr/bin/x
      \\\(digest)  new\\nline\\\\
      SHA256 (with (brackets) = x) = \(digest)
      \\SHA1 (a\\rb) = \(sha1)

      """)
    #expect(
      rows(reading) == [
        "/a b sha256:abab", "/a\\x0db sha1:cdcd", "/new\\nline\\\\ sha256:abab", "/usr/bin/x sha1:cdcd",
        "/with (brackets) = x sha256:abab",
      ])
    #expect(reading.problems.map(\.kind) == [.ambiguousDigest])
    #expect(reading.problems.first?.message.hasPrefix("2 digests") == true)
  }

  @Test func theFileNameTellsTheAlgorithm() {
    #expect(lines("\(digest)  a", file: "d/SHA256SUMS").problems == [])
    #expect(rows(lines("\(digest)  a", file: "allowlist.sm3")) == ["/a sm3:abab"])
    #expect(rows(lines("\(sha1)  a", file: "allowlist.sm3")) == ["/a sha1:cdcd"])
  }

  @Test func whatCannotBeUsedIsAProblemWithItsPlaceAndTheRestIsRead() {
    let reading = lines(
      """
      \(digest)  a
      nonsense
      \(digest)ab  b
      SHA1 (c) = \(digest)
      \(digest)  ../up
      \(String(repeating: "0", count: 64))  zero
      \(sha1)  boot_aggregate
      \(sha1)  %keyring:.ima
      \\\(sha1)  bad\\escape
      """)
    #expect(rows(reading) == ["/a sha256:abab", "/b", "/c", "/zero"])
    #expect(
      reading.problems.map(\.kind) == [
        .damaged, .damaged, .damaged, .refused, .damaged, .damaged, .unrecognised, .ambiguousDigest,
      ])
    #expect(reading.problems.first?.offset == 68)
    #expect(reading.problems.first?.actual == "nonsense")
    #expect(reading.problems[6].message.hasPrefix("2 entries"))
  }

  @Test func oneTreeGivesTheSameDigestsInEveryFormat() throws {
    guard Corpus.isPresent else { return }
    let read = { (name: String) in try Corpus.bytes("ref/lab-made/tree." + name) }
    let sums = ListReading(digestLines: try read("sha256sum"), name: "t", file: "tree.sha256sum")
    let expected = rows(sums)
    // hashdeep and md5deep followed the tree's one symbolic link.
    let isLink = { (row: String) in row.hasPrefix("/usr/lib/pm-utils/sleep.d/95hdparm-apm ") }
    #expect(expected.count > 40)
    #expect(sums.problems == [])
    func only(_ reading: ListReading, _ algorithm: FileDigestAlgorithm) -> [String] {
      var copy = reading
      for index in copy.packages.indices {
        copy.packages[index].files.removeAll { $0.kind != .regular }
        for place in copy.packages[index].files.indices {
          copy.packages[index].files[place].digests.removeAll { $0.algorithm != algorithm }
        }
      }
      return rows(copy).filter { !isLink($0) }
    }
    let tagged = ListReading(digestLines: try read("sha256sum-bsd"), name: "t", file: "t")
    #expect(rows(tagged) == expected)
    let hashdeep = ListReading(hashdeep: try read("hashdeep"), name: "t", file: "t")
    #expect(hashdeep.problems == [])
    #expect(only(hashdeep, .sha256) == expected)
    let mtree = ListReading(mtree: try read("mtree"), name: "t", file: "t")
    #expect(mtree.problems == [])
    #expect(only(mtree, .sha256) == expected)
    let md5 = rows(ListReading(digestLines: try read("md5sum"), name: "t", file: "t"))
    let md5deep = ListReading(digestLines: try read("md5deep"), name: "t", file: "t")
    #expect(rows(md5deep).filter { !isLink($0) } == md5)
    #expect(rows(md5deep).count == md5.count + 1)
    #expect(only(hashdeep, .md5) == md5)
    #expect(only(mtree, .md5) == md5)
    #expect(only(mtree, .sha1) == only(hashdeep, .sha1))
  }

  @Test(.enabled(if: Tool.isInstalled("sha512sum"), "sha512sum is not installed"))
  func namesThatSha512sumEscapesComeBack() throws {
    let scratch = try ScratchCase("names")
    for name in ["a\nb", "c\\d", " e ", "f\rg"] { try scratch.write([1], to: name) }
    let output = try Tool.run("sha512sum", ["--", "a\nb", "c\\d", " e ", "f\rg"], in: scratch.folder).output
    let tagged = try Tool.run("sha512sum", ["--tag", "--", "a\nb", "c\\d", " e ", "f\rg"], in: scratch.folder).output
    for text in [output, tagged] {
      let paths = lines(text).packages.first?.files.map { String(decoding: $0.path, as: UTF8.self) } ?? []
      #expect(Set(paths).isSuperset(of: ["/a\nb", "/c\\d", "/ e "]))
      #expect(
        lines(text).packages.first?.files.map { $0.digests.first?.algorithm } == [.sha512, .sha512, .sha512, .sha512])
    }
  }

  @Test func mtreeFoldersDefaultsAndEscapesAreFollowed() {
    let text = """
      #mtree
      /set type=file mode=0644
      . type=dir mode=0755
      usr type=dir
      bin type=dir
      a\\040b size=3 sha256digest=\(digest) \\
        md5=\(String(repeating: "1", count: 32))
      l type=link link=a\\sb
      ..
      ..
      /unset mode
      etc type=dir
      c sha1=\(sha1) uid=0
      ..
      ..
      ..
      ./full/path sha512=\(digest)\(digest) mode=7777
      bad\\q
      """
    let reading = ListReading(mtree: Array(text.utf8), name: "m", file: "m")
    #expect(
      rows(reading) == [
        "/", "/etc", "/etc/c sha1:cdcd", "/full/path sha512:abab", "/usr", "/usr/bin",
        "/usr/bin/a b md5:1111 sha256:abab",
        "/usr/bin/l",
      ])
    let files = reading.packages.first?.files ?? []
    #expect(files.first { $0.path.elementsEqual("/usr/bin/a b".utf8) }?.byteCount == 3)
    #expect(files.first { $0.path.elementsEqual("/usr/bin/a b".utf8) }?.mode == 0o644)
    #expect(files.first { $0.path.elementsEqual("/etc/c".utf8) }?.mode == nil)
    #expect(files.first { $0.path.elementsEqual("/usr/bin/l".utf8) }?.kind == .symbolicLink(target: Array("a b".utf8)))
    #expect(
      reading.problems.map(\.message) == [
        "More folders are left than were entered.", "The name has an escape that mtree does not know.",
      ])
  }

  @Test func deepFoldersOfAnMtreeAreBounded() {
    let text = String(repeating: "a type=dir\n", count: 2000)
    let reading = ListReading(mtree: Array(text.utf8), name: "m", file: "m")
    #expect(reading.packages.first?.files.count == 256)
    #expect(reading.problems.contains { $0.kind == .refused })
  }

  @Test func tablesGroupTheirRowsByPackage() throws {
    let text = """
      Path,SHA-256,package,version,arch,distribution,source,date,type,flags,format,size,mode,colour\r
      /usr/bin/a,\(digest),coreutils,9.1-1,amd64,Debian bookworm,,2024-01-02,file,config|doc,deb,12,0755,red\r
      "/usr/bin/b, ""c""\nd",\(digest),coreutils,9.1-1,amd64,Debian bookworm,,2024-01-02,,,deb,,,\r
      /x,\(sha1),,,,,,,,,,,,\r
      /l,,,,,,,,link,,,,,
      short,row
      /y,\(digest),,,,,,yesterday,thing,odd,tar,x,9,
      """
    let reading = ListReading(csv: Array(text.utf8), name: "t.csv", file: "t.csv")
    #expect(reading.packages.map(\.name) == ["coreutils", "t.csv"])
    let package = try #require(reading.packages.first)
    #expect(package.format == .deb)
    #expect(package.version == "9.1-1")
    #expect(package.date == "2024-01-02")
    #expect(package.files.map { String(decoding: $0.path, as: UTF8.self) } == ["/usr/bin/a", "/usr/bin/b, \"c\"\nd"])
    #expect(package.files.first?.flags == [.configuration, .documentation])
    #expect(package.files.first?.byteCount == 12)
    #expect(package.files.first?.mode == 0o755)
    #expect(
      reading.problems.map(\.actual).compactMap(\.self) == [
        sha1, "2 fields", "thing", "odd", "x", "9", "tar", "yesterday",
      ])
    #expect(reading.problems.first?.message.contains("colour") == true)
  }

  @Test func aTableMayNameTheAlgorithmOfEachRow() {
    let text = "digest,algorithm,file\n\(digest),sm3,a\n\(sha1),,b\nsha1:\(sha1),,c\n\(digest),whirlpool,d\n"
    let reading = ListReading(csv: Array(text.utf8), name: "t", file: "t")
    #expect(rows(reading) == ["/a sm3:abab", "/b sha1:cdcd", "/c sha1:cdcd", "/d"])
    #expect(reading.problems.map(\.message) == ["Digests in whirlpool are not known here and were left out."])
  }

  @Test func keylimePoliciesGiveEachDigestAsAnAlternative() {
    let policy = """
      {"meta": {"version": 1}, "release": 0, "digests": {"/b": ["\(digest)", "\(sha1)"], "/a": ["\(sha1)"], "/z": [1],
       "boot_aggregate": ["\(sha1)"], "/0": ["\(String(repeating: "0", count: 64))"], "/s": "\(digest)12"},
       "excludes": ["a", "b"], "keyrings": {}, "ima-buf": {}}
      """
    let reading = ListReading(keylimePolicy: Array(policy.utf8), name: "p", file: "p")
    #expect(rows(reading) == ["/a sha1:cdcd", "/b sha1:cdcd", "/b sha256:abab"])
    #expect(reading.problems.count == 6)
    #expect(reading.problems.first?.message == "2 entries of excludes are not used.")
  }

  @Test func keylimesOwnPoliciesAreReadOrRefusedAsNoted() throws {
    guard Corpus.isPresent else { return }
    let folder = "ref/keylime+keylime/test/data/"
    for (path, algorithm) in [("sha1", FileDigestAlgorithm.sha1), ("sha384", .sha384), ("sha512", .sha512)] {
      let list = try Corpus.bytes(folder + "create-runtime-policy/allowlist-\(path)")
      #expect(recognise(list: list) == .digestList)
      let reading = ListReading(digestLines: list, name: "l", file: "l")
      #expect(reading.packages.first?.files.contains { $0.digests.first?.algorithm == algorithm } == true)
      let policy = try Corpus.bytes(folder + "create-runtime-policy/policy-\(path)")
      #expect(recognise(list: policy) == .keylimePolicy)
      let other = ListReading(keylimePolicy: policy, name: "l", file: "l")
      #expect(other.packages.first?.files.contains { $0.digests.first?.algorithm == algorithm } == true)
    }
    for name in ["runtime-policy-test-signed.json", "runtime-policy-test.json"] {
      let bytes = try Corpus.bytes(folder + name)
      #expect(recognise(list: bytes) == .keylimePolicy, "\(name)")
      let reading = ListReading(keylimePolicy: bytes, name: "l", file: "l")
      #expect(reading.packages.first?.files.isEmpty == false, "\(name)")
      #expect(reading.problems.contains { $0.kind == .signatureUnsupported } == name.contains("signed"))
    }
    let bogus = try Corpus.bytes(folder + "sign-runtime-policy/runtime-policy-bogus.json")
    #expect(ListReading(keylimePolicy: bogus, name: "l", file: "l").packages == [])
    #expect(recognise(list: try Corpus.bytes("ref/keylime+keylime/test-data/files/allowlist.json")) == nil)
  }

  @Test func theContentTellsWhatAListIs() {
    let cases: [(String, ReferenceSource.Kind?)] = [
      ("%%%% HASHDEEP-1.0\n", .hashdeep), ("#mtree\n", .mtree), ("/set type=file\n", .mtree),
      ("# c\n\n\(digest)  a", .digestList),
      ("MD5 (a) = \(String(repeating: "1", count: 32))\n", .digestList), ("path,sha256\n", .csv),
      ("path,colour\n", nil),
      ("[29 Aug 2024] DSA-5760-1 ghostscript - security update\n", .debianSecurityList),
      ("{\"ghostscript\": {\"CVE-2024-1\": {}}}", .debianSecurityTracker),
      (" {\"a\\\"\": 1, \"digests\" : {}}", .keylimePolicy),
      ("{\"a\": {\"b\": 1}}", nil), ("hello world\n", nil), ("", nil), ("{", nil), ("{\"", nil), ("{\"\\", nil),
    ]
    for (text, kind) in cases { #expect(recognise(list: Array(text.utf8)) == kind, "\(text)") }
  }

  @Test func truncationsAndFlipsOfEveryFormatGiveAnAnswer() {
    let texts = [
      "\(sha1)  a\nSHA1 (b) = \(sha1)\n\\\(sha1)  c\\n\n",
      "%%%% HASHDEEP-1.0\n%%%% size,sha1,filename\n12,\(sha1),/a,b\n",
      "#mtree\n/set type=file\na type=dir\nb\\040c sha1=\(sha1) \\\n size=1\n..\n",
      "path,sha1,package\n\"/a\"\"b\",\(sha1),p\n/c,,\n",
      "{\"digests\": {\"/a\": [\"\(sha1)\"]}, \"excludes\": [\"x\"]}",
    ]
    for text in texts {
      let whole = Array(text.utf8)
      let all = (0..<whole.count).map { Array(whole.prefix($0)) }
      let flips = (0..<whole.count).map { index in
        var copy = whole
        copy[index] ^= 1 << UInt8(index % 8)
        return copy
      }
      for bytes in all + flips {
        _ = recognise(list: bytes)
        _ = ListReading(digestLines: bytes, name: "l", file: "l")
        _ = ListReading(hashdeep: bytes, name: "l", file: "l")
        _ = ListReading(mtree: bytes, name: "l", file: "l")
        _ = ListReading(csv: bytes, name: "l", file: "l")
        _ = ListReading(keylimePolicy: bytes, name: "l", file: "l")
      }
    }
  }

  @Test func jsonThatIsNestedWithoutEndIsNone() {
    let text = "{\"digests\": " + String(repeating: "[", count: 200_000)
    let closed = text + String(repeating: "]", count: 200_000) + "}"
    for bytes in [Array(text.utf8), Array(closed.utf8)] {
      #expect(ListReading(keylimePolicy: bytes, name: "l", file: "l").packages == [])
    }
  }

  @Test func problemsOfAHostileListAreCountedBeyondABound() {
    let reading = lines(String(repeating: "x\n", count: 5000))
    #expect(reading.problems.count == 1001)
    #expect(reading.problems.last?.message == "4000 more records could not be used.")
  }
}
