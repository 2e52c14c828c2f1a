import ByteReading
import Digests
import Foundation
import ReferenceManifests
import TestSupport
import Testing

private let sha256 = String(repeating: "ab", count: 32)

private let index = """
  <?xml version="1.0" encoding="UTF-8"?>
  <repomd xmlns="http://linux.duke.edu/metadata/repo">
    <revision>1700000000</revision>
    <tags><distro cpeid="cpe:/o:x">Example 1</distro><content>c</content></tags>
    <data type="primary"><checksum type="sha256">\(sha256)</checksum><open-checksum type="sha">\(String(repeating: "0f", count: 20))</open-checksum>
      <location href="repodata/primary.xml.gz"/><timestamp>1700000000.5</timestamp><size>12</size><open-size>34</open-size></data>
    <data type="group"><checksum type="sha256">abc</checksum><location href="../../etc/passwd"/><size>x</size></data>
  </repomd>
  """

private let primary = """
  <metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="2">
  <package type="rpm"><name>bash</name><arch>x86_64</arch><version epoch="1" ver="5.2" rel="3.el9"/>
    <checksum type="sha256" pkgid="YES">\(sha256)</checksum><time file="2" build="1700000000"/>
    <size package="10" installed="20" archive="30"/><location href="Packages/b/bash.rpm"/>
    <format><rpm:sourcerpm>bash-5.2-3.el9.src.rpm</rpm:sourcerpm></format></package>
  <package type="rpm"><name>nameless</name></package>
  </metadata>
  """

private let updates = """
  <updates>
  <update from="a@b" status="final" type="security" version="1"><id>RHSA-2024:1234</id><title>t</title>
    <severity>Important</severity><issued date="2024-01-02 03:04:05"/><updated date="1704164645"/>
    <references><reference href="h" id="CVE-2024-1" type="cve"/><reference href="h" id="77" type="bugzilla"/></references>
    <pkglist><collection short="c"><name>c</name>
      <package name="bash" version="5.2" release="4.el9" epoch="0" arch="x86_64" src="s"><filename>f</filename></package>
      <package name="bash" version="5.2" release="4.el9" epoch="0" arch="aarch64" src="s"><filename>f</filename></package>
      <package name="dbus" version="1" release="2" epoch="3" arch="noarch" src="s"><filename>f</filename></package>
    </collection></pkglist></update>
  <update type="recommended"><id>SUSE-1</id><issued date="yesterday"/><pkglist><collection><package version="1"/></collection></pkglist></update>
  </updates>
  """

struct RepositoryMetadataTests {
  @Test func theIndexNamesItsFilesAndTheirDigests() throws {
    let found = RepositoryIndex(Array(index.utf8), file: "repomd.xml")
    #expect(found.revision == "1700000000")
    #expect(found.tags == ["Example 1"])
    let entry = try #require(found.entries.first)
    #expect(entry.type == "primary")
    #expect(entry.location == Array("repodata/primary.xml.gz".utf8))
    #expect(entry.checksum == MetadataChecksum(.sha256, [UInt8](repeating: 0xab, count: 32)))
    #expect(entry.openChecksum == MetadataChecksum(.sha1, [UInt8](repeating: 0x0f, count: 20)))
    #expect(entry.byteCount == 12)
    #expect(entry.openByteCount == 34)
    #expect(entry.date == "2023-11-14T22:13:20Z")
  }

  @Test func whatTheIndexMayNotSayIsAProblemAndLeftOut() throws {
    let found = RepositoryIndex(Array(index.utf8), file: "repomd.xml")
    let entry = try #require(found.entries.last)
    #expect(entry.location == nil)
    #expect(entry.checksum == nil)
    #expect(entry.byteCount == nil)
    #expect(found.problems.map(\.found) == ["../../etc/passwd", "sha256 abc", "x"])
    #expect(found.problems.first?.field == "data, line 7")
  }

  @Test func packagesHaveVersionDigestAndPlace() throws {
    let found = RepositoryPackages(Array(primary.utf8), file: "primary.xml")
    let package = try #require(found.packages.first)
    #expect(found.packages.count == 1)
    #expect(package.version == "1:5.2-3.el9")
    #expect(package.architecture == "x86_64")
    #expect(package.buildTime == "2023-11-14T22:13:20Z")
    #expect(package.byteCount == 10)
    #expect(package.sourcePackage == "bash-5.2-3.el9.src.rpm")
    #expect(found.problems.map(\.found) == ["nameless"])
  }

  @Test func advisoriesGiveOneUpdateAPackageAndVersion() {
    let found = UpdateInformation(Array(updates.utf8), file: "updateinfo.xml")
    #expect(found.advisories.map(\.severity) == ["Important", nil])
    #expect(found.advisories.map(\.updated) == ["2024-01-02T03:04:05Z", nil])
    let history = found.updates(distribution: "Example 1")
    #expect(history.map { "\($0.name) \($0.version)" } == ["bash 5.2-4.el9", "dbus 3:1-2"])
    #expect(history.first?.type == .security)
    #expect(history.first?.date == "2024-01-02T03:04:05Z")
    #expect(history.first?.references == ["CVE-2024-1", "bugzilla 77"])
    #expect(history.first?.advisory == "RHSA-2024:1234")
    #expect(found.advisories.last?.type == .bugfix)
    #expect(found.problems.map(\.found) == ["yesterday", "no name"])
  }

  @Test func fileDigestsTakeTheirAlgorithmFromThePackage() {
    let text = """
      <filelists-ext packages="1"><package pkgid="x" name="a" arch="noarch"><version epoch="0" ver="1" rel="2"/>
      <checksum type="sha3-256"/><file hash="\(sha256)">/usr/bin/a</file><file type="dir">/usr</file>
      <file type="ghost">/var/g</file><file hash="12">/bad</file></package>
      <package name="b"><version ver="1"/><file hash="\(sha256)">/b</file></package></filelists-ext>
      """
    let found = RepositoryFileDigests(Array(text.utf8), file: "f")
    #expect(found.packages.map(\.version) == ["1-2", "1"])
    #expect(found.packages.first?.files.map { $0.digests.first?.algorithm } == [.sha3_256, nil, nil, nil])
    #expect(found.packages.first?.files.map(\.kind) == [.regular, .directory, .regular, .regular])
    #expect(found.packages.last?.files.first?.digests.first?.algorithm == .sha256)
    #expect(found.problems.map(\.found) == ["12"])
  }

  @Test func everyTruncationKeepsWhatWasWholeAndSaysSo() {
    let whole = Array(primary.utf8)
    for count in stride(from: 0, to: whole.count - 3, by: 3) {
      #expect(!RepositoryPackages(Array(whole.prefix(count)), file: "p").problems.isEmpty, "\(count)")
    }
    for bit in stride(from: 0, to: whole.count * 8, by: 7) {
      var copy = whole
      copy[bit / 8] ^= 1 << (bit % 8)
      _ = RepositoryPackages(copy, file: "p")
    }
  }

  @Test(.enabled(if: Corpus.isPresent && Tool.isInstalled("createrepo_c"), "the corpus or createrepo_c is not there"))
  func whatCreaterepoWritesIsReadWithoutProblems() throws {
    let scratch = try ScratchCase("repository")
    try scratch.copy(Corpus.url("ref/lab-made/rpm"), to: "")
    let arguments = ["-q", "--compress-type", "gz", "--no-database", "--simple-md-filenames", scratch.path]
    #expect(try Tool.run("createrepo_c", arguments).status == 0)
    let index = RepositoryIndex(try scratch.read("repodata/repomd.xml"), file: "repomd.xml")
    #expect(index.problems == [])
    #expect(index.entries.map(\.type).sorted() == ["filelists", "other", "primary"])
    let unpacked = try Tool.run("gzip", ["-dc", scratch.path + "/repodata/primary.xml.gz"]).output
    let packages = RepositoryPackages(Array(unpacked.utf8), file: "primary.xml")
    #expect(packages.problems == [])
    #expect(packages.packages.map(\.name) == ["fix-md5", "fix-sha1", "fix-sha256", "fix-sha384", "fix-sha512"])
    #expect(index.entries.first { $0.type == "primary" }?.openByteCount == UInt64(unpacked.utf8.count))
  }
}
