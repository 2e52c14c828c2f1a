import Appraisal
import Foundation
import TestSupport
import Testing

@testable import Examination

@Suite struct PolicyReadingTests {
  private func policy(_ text: String) throws(PolicyError) -> Policy { try Policy(Array(text.utf8), file: "p.yaml") }

  @Test func bothScopesAreRead() throws {
    #expect(try policy("version: 1\nscope:\n  measurements: out-of-scope\n").measurements == .outOfScope)
    #expect(try policy("version: 1\nscope:\n  measurements: assess\n").measurements == .assess)
    #expect(try policy("version: 1").measurements == .assess)
    #expect(try policy("version: 1").file == "p.yaml")
  }

  @Test(arguments: [
    ("", "a mapping was expected at the top"), ("- 1", "a mapping was expected at the top"),
    ("a: [", "not valid YAML"), ("scope: {}", "'version: 1' was expected"), ("version: 2", "'version: 1' was expected"),
    ("version: one", "'version: 1' was expected"), ("version: 1\nscopes: {}", "'scopes' is no key of a policy"),
    ("version: 1\nscope:\n  start: assess", "scope: 'start' is no scope"),
    ("version: 1\nscope:\n  measurements: never", "scope.measurements: one of assess, out-of-scope was expected"),
    ("version: 1\nscope:\n  measurements: [assess]", "scope.measurements: one of assess, out-of-scope was expected"),
    ("version: 1\nscope: out-of-scope", "scope: a mapping was expected"),
    ("version: 1\nscope: [measurements]", "scope: a mapping was expected"),
    ("version: 1\nversion: 1", "not valid YAML"),
  ])
  func whatIsNotUnderstoodIsRefused(text: String, reason: String) {
    #expect(throws: PolicyError(file: "p.yaml", reason: reason)) { try policy(text) }
  }

  @Test func theErrorNamesTheFileAndEscapesWhatItQuotes() {
    #expect("\(PolicyError(file: "p.yaml", reason: "why"))" == "p.yaml: why")
    let error = #expect(throws: PolicyError.self) { try policy("version: 1\n\"a\\u001b[2J\": 1") }
    #expect(error?.reason.contains("\u{1b}") == false)
  }
}

@Suite struct PolicyOfReferencesTests {
  private func policy(_ text: String) throws(PolicyError) -> Policy {
    try Policy(Array("version: 1\n\(text)".utf8), file: "p.yaml")
  }

  @Test func theDefaultPolicyIsTheFileInTheProject() throws {
    let file = projectRoot.appendingPathComponent("policies/default.yaml")
    #expect(DefaultPolicy.text == (try String(contentsOf: file, encoding: .utf8)), "run scripts/embed-schemas")
    #expect(Policy.standard.classes.count > 5 && Policy.standard.exemptions.isEmpty && Policy.standard.file == nil)
  }

  /// Nothing that the default policy lets pass covers a folder: an implant beside any of its files is unknown code.
  @Test func noClassOfTheDefaultPolicyCoversAnImplantBesideItsFiles() throws {
    for rule in Policy.standard.classes {
      #expect(rule.fileClass != .code)
      for entry in rule.files {
        let sample = entry.path.text.replacingOccurrences(of: "*", with: "6.1.0").replacingOccurrences(
          of: "{hex}", with: "0a"
        ).replacingOccurrences(of: "{digits}", with: "7")
        #expect(entry.path.matches(Array(sample.utf8)))
        let folder = sample.split(separator: "/").dropLast().joined(separator: "/")
        for name in [
          "implant", "implant.sh", ".hidden", "x.so", sample.split(separator: "/").last.map { $0 + "x" } ?? "",
        ] {
          let path = Array("/\(folder)/\(name)".utf8)
          let covering = Policy.standard.classes.filter { rule in rule.files.contains { $0.path.matches(path) } }
          #expect(covering.isEmpty, "/\(folder)/\(name) is covered by \(covering.map(\.name))")
        }
      }
    }
    for folder in ["/var/log", "/tmp", "/var/tmp", "/var/lib/dpkg/info", "/etc", "/root", "/run", "/dev/shm", "/opt"] {
      let path = Array("\(folder)/implant".utf8)
      #expect(!Policy.standard.classes.contains { rule in rule.files.contains { $0.path.matches(path) } })
    }
  }

  @Test func everyKeyIsRead() throws {
    let policy = try policy(
      """
      required-level: l3
      as-of: 2026-11-23
      trust-anchors: [ca.pem]
      references:
        require-signed: true
        allowed-signers: ["0123 4567 89ab cdef 0123 4567 89ab cdef 0123 4567"]
      weights:
        changed: {code: critical, configuration: critical, data: warning}
      classes:
        - {name: a, reason: b, class: data, stage: initramfs, paths: [/conf/x]}
      exemptions:
        - name: agent
          reason: ours
          class: code
          files:
            - {path: /opt/agent, digests: ["sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"]}
            - {path: /opt/agent.log, class: data}
      code-paths: [/etc/x.conf]
      """)
    #expect(policy.requiredLevel == .l3 && policy.asOf == "2026-11-23" && policy.trustAnchors == ["ca.pem"])
    #expect(policy.requiresSignedReferences)
    #expect(policy.allowedSigners == ["0123456789ABCDEF0123456789ABCDEF01234567"])
    #expect(policy.weight(of: .changed, for: .configuration) == .critical)
    #expect(policy.classes.map(\.name) == ["a"] && policy.classes[0].isOfInitramfs)
    #expect(policy.exemptions[0].files.count == 2 && policy.exemptions[0].files[1].digest == nil)
    #expect(policy.codePaths.map(\.text) == ["/etc/x.conf"])
  }

  @Test func whatAPolicyDoesNotSpeakOfIsThatOfTheDefault() throws {
    let policy = try policy("required-level: l1")
    #expect(policy.classes == Policy.standard.classes && policy.codePaths == Policy.standard.codePaths)
  }

  @Test(arguments: [
    ("classes: [{name: a, reason: b, class: code, paths: [/x]}]", "code is never a class"),
    ("classes: [{name: a, reason: b, class: data, paths: [/var/log/*]}]", "covers a whole folder"),
    ("classes: [{name: a, reason: b, class: data, paths: [/var/log/*.*]}]", "covers a whole folder"),
    ("exemptions: [{name: a, reason: b, class: data, files: [{path: /usr/bin/*}]}]", "covers a whole folder"),
    ("classes: [{name: a, class: data, paths: [/x]}]", "a 'reason' is needed"),
    ("classes: [{name: a, reason: b, class: data, paths: [x]}]", "an absolute path was expected"),
    ("exemptions: [{name: a, reason: b, class: code, files: [{path: /x}]}]", "give its digests"),
    ("exemptions: [{name: a, reason: b, class: data, files: [{path: /x, digests: [sha256:00]}]}]", "a digest such as"),
    ("exemptions: [{name: a, reason: b, class: data, files: [{path: /x, sha256: 00}]}]", "'sha256' is no key"),
    ("weights: {known: {code: critical, configuration: info, data: info}}", "'known' is none of"),
    ("weights: {unknown: {code: critical}}", "are all needed"),
    ("weights: {unknown: {code: fatal, configuration: info, data: info}}", "critical, warning, notice or info"),
    ("required-level: l5", "one of l1, l2, l3, l4"), ("required-level: l", "one of l1, l2, l3, l4"),
    ("as-of: yesterday", "a date was expected"), ("references: {require-signed: maybe}", "true or false"),
    ("references: {allowed-signers: [me]}", "a fingerprint"), ("trust-anchors: ca.pem", "a list was expected"),
  ])
  func mistakesAreNamed(text: String, reason: String) throws {
    let error = #expect(throws: PolicyError.self) { try policy(text) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }
}
