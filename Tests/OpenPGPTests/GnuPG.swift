import Foundation
import TestSupport

/// GnuPG with a home of its own, which makes keys and signatures to compare with.
///
/// GnuPG keeps an agent running for its home; it is stopped when this object goes.
final class GnuPG: Sendable {
  static let isInstalled = Tool.isInstalled("gpg") && Tool.isInstalled("gpgv") && Tool.isInstalled("gpgconf")

  let scratch: ScratchCase
  var folder: URL { scratch.folder }

  init() throws {
    scratch = try ScratchCase("g")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.path)
  }

  deinit {
    do {
      _ = try Tool.run("gpgconf", ["--homedir", scratch.path, "--kill", "all"])
    } catch {
      print("gpgconf could not be run: \(error)")
    }
  }

  /// `time` as `20200102T030405`; nil is now.
  @discardableResult
  func run(_ arguments: [String], at time: String? = nil) throws -> String {
    let clock = time.map { ["--faked-system-time", $0 + "!"] } ?? []
    let common = [
      "--homedir", scratch.path, "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "",
    ]
    return try Tool.run("gpg", common + clock + arguments, in: folder).output
  }

  func makeKey(_ name: String, _ algorithm: String, usage: String = "sign", expires: String = "never", at time: String)
    throws
  {
    try run(["--quick-generate-key", name, algorithm, usage, expires], at: time)
  }

  func certificate(_ name: String, armoured: Bool = false) throws -> [UInt8] {
    let file = UUID().uuidString
    try run(["--output", file] + (armoured ? ["--armor"] : []) + ["--export", name])
    return try scratch.read(file)
  }

  /// Revokes a key; `reason` is GnuPG's answer: 1 compromised, 2 superseded, 3 retired. It has no option for that, so its
  /// questions are answered from a file.
  func revoke(_ name: String, reason: String, at time: String) throws {
    try scratch.write("y\n\(reason)\n\ny\n", to: "answers")
    let clock = ["--homedir", scratch.path, "--faked-system-time", time + "!"]
    let answers = ["--pinentry-mode", "loopback", "--passphrase", "", "--no-tty", "--yes", "--command-file", "answers"]
    _ = try Tool.run("gpg", clock + answers + ["--output", "revocation", "--gen-revoke", name], in: folder)
    try run(["--import", "revocation"], at: time)
  }

  /// A detached signature, or with `--clear-sign` among the options the signed document.
  func sign(_ message: [UInt8], by name: String, _ options: [String] = ["--detach-sign"], at time: String) throws
    -> [UInt8]
  {
    let file = UUID().uuidString
    try scratch.write(message, to: file)
    try run(["--local-user", name, "--output", file + ".out"] + options + [file], at: time)
    return try scratch.read(file + ".out")
  }

  /// The verdicts of gpgv, a line each: its keyword and the key.
  func verdicts(_ signature: [UInt8], over message: [UInt8]?, with keys: [UInt8]) throws -> [String] {
    let (ring, file, text) = (UUID().uuidString, UUID().uuidString, UUID().uuidString)
    try scratch.write(keys, to: ring)
    try scratch.write(signature, to: file)
    if let message { try scratch.write(message, to: text) }
    let output = try Tool.run(
      "gpgv", ["--status-fd", "1", "--keyring", scratch.path + "/" + ring, file] + (message == nil ? [] : [text]),
      in: folder
    ).output
    let words = ["GOODSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG", "EXPSIG"]
    return output.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      return parts.count > 2 && words.contains(String(parts[1])) ? "\(parts[1]) \(parts[2])" : nil
    }
  }
}
