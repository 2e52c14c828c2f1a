import Foundation
import TestSupport

/// Packages made with rpmbuild and signed with a key made for the purpose, all in one folder that goes with the value.
final class RPMBuild: Sendable {
  static let isPossible = ["rpmbuild", "rpmsign", "rpmkeys", "rpm", "gpg"].allSatisfy { Tool.isInstalled($0) }
  static let user = "Test Packager <packager@example.org>"

  struct Failure: Error { var text: String }

  let scratch: ScratchCase

  init() throws {
    scratch = try ScratchCase("rpm")
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  var home: String { scratch.path + "/gnupg" }

  /// Agents that gpg started keep running in the folder otherwise.
  deinit { _ = try? Tool.run("gpgconf", ["--homedir", home, "--kill", "all"]) }

  /// A new RSA key; the public part of it.
  func makeKey(_ user: String = RPMBuild.user) throws -> [UInt8] {
    try run(
      "gpg",
      [
        "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", user,
        "rsa2048", "sign", "0",
      ])
    try run(
      "gpg", ["--homedir", home, "--batch", "--yes", "-o", scratch.path + "/key.asc", "--armor", "--export", user])
    return try scratch.read("key.asc")
  }

  /// Builds `NAME-1.0-RELEASE.noarch.rpm` with file digests of OpenPGP's `algorithm` and gives its path.
  /// With `image`, the bytes of it at `/boot/vmlinuz-1.0`.
  func build(
    _ name: String, algorithm: Int, release: String = "1", compressor: String = "w3.gzdio", epoch: Int? = nil,
    image: [UInt8]? = nil
  ) throws -> String {
    var text = spec(name, release: release, epoch: epoch)
    if let image {
      try scratch.write(image, to: name + ".image")
      text = text.replacingOccurrences(
        of: "%install\n",
        with: "%install\nmkdir -p %{buildroot}/boot\ncp \(scratch.path)/\(name).image %{buildroot}/boot/vmlinuz-1.0\n")
      text = text.replacingOccurrences(of: "%files\n", with: "%files\n/boot/vmlinuz-1.0\n")
    }
    try scratch.write(text, to: name + ".spec")
    let top = scratch.path
    try run(
      "rpmbuild",
      [
        "-bb", "--quiet", "--define", "_topdir \(top)/build", "--define", "_rpmdir \(top)", "--dbpath", top + "/db",
        "--define", "_build_name_fmt %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
        "--define", "_binary_filedigest_algorithm \(algorithm)", "--define",
        "_source_filedigest_algorithm \(algorithm)",
        "--define", "_binary_payload \(compressor)", "--define", "_build_id_links none", top + "/" + name + ".spec",
      ])
    return top + "/\(name)-1.0-\(release).noarch.rpm"
  }

  /// Signs the header, and with `isOverPayload` header and payload together, too, with the key of `user`.
  func sign(_ package: String, user: String = RPMBuild.user, isOverPayload: Bool = false) throws {
    // Debian's macros name a gpg2 that Debian does not have.
    let gpg = try run("sh", ["-c", "command -v gpg"]).split(separator: "\n").first.map(String.init) ?? "gpg"
    try run(
      "rpmsign",
      (isOverPayload ? ["--addsign", "--rpmv3"] : ["--addsign"]) + [
        "--define", "_gpg_name \(user)", "--define", "_gpg_path \(home)", "--define", "__gpg \(gpg)", package,
      ])
  }

  /// What `rpmkeys --checksig` says, with nothing but `key` imported.
  func check(_ package: String, key: [UInt8]?) throws -> (status: Int32, output: String) {
    let database = scratch.path + "/keys-\(UUID().uuidString)"
    if let key {
      let file = "import-\(UUID().uuidString).asc"
      try scratch.write(key, to: file)
      try run("rpmkeys", ["--dbpath", database, "--import", scratch.path + "/" + file])
    }
    return try Tool.run("rpmkeys", ["--dbpath", database, "--checksig", "-v", package])
  }

  @discardableResult func run(_ tool: String, _ arguments: [String]) throws -> String {
    let (status, output) = try Tool.run(tool, arguments, in: scratch.folder)
    guard status == 0 else { throw Failure(text: "\(tool) \(arguments.joined(separator: " ")): \(status) \(output)") }
    return output
  }

  private func spec(_ name: String, release: String, epoch: Int?) -> String {
    """
    Name: \(name)
    \(epoch.map { "Epoch: \($0)" } ?? "")
    Version: 1.0
    Release: \(release)
    Summary: Files of every kind
    License: CC0
    BuildArch: noarch
    Vendor: Inquest tests
    %description
    Files of every kind.
    %install
    mkdir -p %{buildroot}/etc/\(name) %{buildroot}/usr/bin %{buildroot}/usr/share/doc/\(name)
    printf '#!/bin/sh\\necho \(name) \(release)\\n' > %{buildroot}/usr/bin/\(name)
    chmod 755 %{buildroot}/usr/bin/\(name)
    ln -s \(name) %{buildroot}/usr/bin/\(name)-link
    ln %{buildroot}/usr/bin/\(name) %{buildroot}/usr/bin/\(name)-hard
    echo setting > %{buildroot}/etc/\(name)/main.conf
    echo kept > %{buildroot}/etc/\(name)/kept.conf
    : > %{buildroot}/etc/\(name)/empty
    : > "%{buildroot}/etc/\(name)/with space"
    head -c 100000 /dev/zero > %{buildroot}/usr/share/doc/\(name)/zeros
    echo terms > %{buildroot}/usr/share/doc/\(name)/LICENSE
    touch %{buildroot}/etc/\(name)/ghost
    %post
    echo configured \(name)
    %preun -p /bin/bash
    echo leaving
    %files
    %defattr(-,root,root)
    /usr/bin/*
    %dir /etc/\(name)
    %config /etc/\(name)/main.conf
    %config(noreplace) /etc/\(name)/kept.conf
    /etc/\(name)/empty
    "/etc/\(name)/with space"
    %ghost /etc/\(name)/ghost
    %doc /usr/share/doc/\(name)/zeros
    %license /usr/share/doc/\(name)/LICENSE
    """
  }
}
