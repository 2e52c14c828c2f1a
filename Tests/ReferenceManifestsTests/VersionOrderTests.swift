import ReferenceManifests
import TestSupport
import Testing

/// Pairs whose first is the older one in dpkg's order.
private let debianOlder: [(String, String)] = [
  ("1.0~rc1-1", "1.0-1"), ("1.0~~", "1.0~"), ("1.0~", "1.0"), ("1.0", "1.0a"), ("1.0a", "1.0+"), ("1.0", "1.0.1"),
  ("1.9", "1.10"), ("1.0-1", "1.0-1.1"), ("1.0-1", "1.0-1+b1"), ("1.0-1+b1", "1.0-1+deb12u1"), ("9.1-1", "1:0.1-1"),
  ("1.0-1~bpo12+1", "1.0-1"), ("3.0.20-1~deb12u2", "3.0.22-1~deb12u1"), ("1.2.3", "1.2.3-1"),
  ("2.36-9+deb12u9", "2.36-9+deb12u10"),
  ("1.0-a", "1.0-a1"), ("1-1-1", "1-1-2"), ("1.0+dfsg", "1.0+git"), ("0", "1"), ("1.0Z", "1.0a"), ("1.0a", "1.0."),
  ("99999999999999999999", "100000000000000000000"),
]

private let debianSame: [(String, String)] = [
  ("1.0-1", "0:1.0-1"), ("1.0-1", "1.0-01"), ("1.0", "1.0-0"), ("1.00", "1.0"), ("1.0a", "1.0a0"), ("+1:2", "1:2"),
  (" 1.0 ", "1.0"), ("1.", "1.0"),
]

private let rpmOlder: [(String, String)] = [
  ("1.0~rc1-1", "1.0-1"), ("1.0-1", "1.0^git1-1"), ("1.0^git1-1", "1.0.1-1"), ("1.0~rc1^git1", "1.0~rc2"),
  ("1.0~rc1", "1.0~rc1^git1"), ("1.0^git1~pre", "1.0^git1"), ("1.0a", "1.0.1"), ("a", "1"), ("1.a", "1.1"),
  ("1.9-1", "1.10-1"), ("9.9-9", "1:0.1-1"), ("1.0", "1.0-1"), ("5.5p1", "5.5p10"), ("10xyz", "10.1xyz"),
  ("xyz10", "xyz10.1"),
  ("2.0", "2.0.1"), ("2.0.1", "2.0.1a"), ("1.0-1.el8", "1.0-1.el9"), ("1.0-1.el9", "1.0-1.el9_2"), ("6.0.rc1", "6.0.1"),
  ("1.0^", "1.0^1"), ("4.999.9", "5.0"), ("20100000000000000000000", "20101121000000000000000"),
]

private let rpmSame: [(String, String)] = [
  ("1.0-1", "0:1.0-1"), ("1.0-1", ":1.0-1"), ("1.0", "1_0"), ("1.05", "1.5"), ("2_0", "2.0"), ("1.0-1", "1.0-01"),
  ("1..0", "1.0"),
  ("00:1", "0:1"), ("1.0.", "1.0"),
]

@Test func tableOfDebianVersionsIsInOrder() {
  for (first, second) in debianOlder {
    #expect(DebianVersion(first) < DebianVersion(second), "\(first) < \(second)")
    #expect(!(DebianVersion(second) < DebianVersion(first)), "\(second) < \(first)")
    #expect(versionPrecedes(first, second, format: .deb))
  }
  for (first, second) in debianSame { #expect(DebianVersion(first) == DebianVersion(second), "\(first) = \(second)") }
}

@Test func tableOfRPMVersionsIsInOrder() {
  for (first, second) in rpmOlder {
    #expect(RPMVersion(first) < RPMVersion(second), "\(first) < \(second)")
    #expect(!(RPMVersion(second) < RPMVersion(first)), "\(second) < \(first)")
    #expect(versionPrecedes(first, second, format: .rpm))
  }
  for (first, second) in rpmSame { #expect(RPMVersion(first) == RPMVersion(second), "\(first) = \(second)") }
}

@Test(arguments: ["", " ", "a1", "1:", "1-", ":1", "x:1", "-1:2", "2147483648:1", "1 2", "1_2", "1.0-1_2", "1é"])
func debianVersionsThatDpkgRefusesOrWarnsAboutAreInvalidAndStillOrdered(text: String) {
  let version = DebianVersion(text)
  #expect(!version.isValid)
  #expect(version == DebianVersion(text))
  for other in ["1.0", "a1", "1_2", ""] where other != text {
    #expect(version < DebianVersion(other) || version > DebianVersion(other) || version == DebianVersion(other))
  }
}

@Test(arguments: ["1.0-1", "2147483647:1", "1:2:3-4", "0", "1.0~rc1+b1-1~bpo12+1"])
func debianVersionsThatDpkgAcceptsAreValid(text: String) { #expect(DebianVersion(text).isValid) }

@Test func invalidRPMVersionsSaySo() {
  for text in ["", "1:", "1-", "1.0-1-1", "a:1", "1 2", "1é", "1/2"] { #expect(!RPMVersion(text).isValid, "\(text)") }
  for text in ["1", "1:1.0~rc1^git1-1.el9_2+x", "a.b"] { #expect(RPMVersion(text).isValid, "\(text)") }
}

@Test func versionsOfListsHaveNoOrder() {
  #expect(VersionOrder(of: "1", to: "2", format: .list) == .unordered)
  #expect(VersionOrder(of: "1", to: "1", format: .list) == .same)
  #expect(!versionPrecedes("1", "2", format: .list) && !versionPrecedes("2", "1", format: .list))
}

/// Texts of few characters, so that pairs that differ late and pairs that are equal both occur.
private func randomVersion(_ generator: inout SplitMix, _ characters: [Character], hasEpoch: Bool) -> String {
  func part(_ count: ClosedRange<Int>) -> String {
    String(
      (0..<Int.random(in: count, using: &generator)).map { _ in characters.randomElement(using: &generator) ?? "0" })
  }
  let epoch =
    hasEpoch && Int.random(in: 0..<4, using: &generator) == 0 ? "\(Int.random(in: 0...2, using: &generator)):" : ""
  let release = Int.random(in: 0..<2, using: &generator) == 0 ? "" : "-" + part(1...4)
  return epoch + "1" + part(0...6) + release
}

private func randomPairs(_ count: Int, seed: UInt64, _ characters: String) -> [(String, String)] {
  var generator = SplitMix(state: seed)
  let characters = Array(characters)
  return (0..<count).map { _ in
    let first = randomVersion(&generator, characters, hasEpoch: true)
    guard Int.random(in: 0..<3, using: &generator) == 0 else {
      return (first, randomVersion(&generator, characters, hasEpoch: true))
    }
    // The same but for one character, so that long common beginnings occur.
    var second = Array(first)
    let start = second.firstIndex(of: ":").map { $0 + 1 } ?? 0
    let place = Int.random(in: start..<second.count, using: &generator)
    if second[place] != "-" {
      second[place] = characters.randomElement(using: &generator) ?? "0"
    }
    return (first, String(second))
  }
}

private func sign(_ order: VersionOrder) -> String {
  switch order {
  case .older: "-1"
  case .same: "0"
  case .newer: "1"
  case .unordered: "?"
  }
}

@Test(.enabled(if: Tool.isInstalled("dpkg")), arguments: [UInt64(20_240_611), 7])
func randomDebianVersionsAreOrderedAsDpkgOrdersThem(seed: UInt64) throws {
  print("seed of the random Debian versions: \(seed)")
  let pairs = randomPairs(150, seed: seed, "0019ab~+.Z")
  let script = pairs.map { first, second in
    "if dpkg --compare-versions '\(first)' lt '\(second)'; then echo -1; "
      + "elif dpkg --compare-versions '\(first)' eq '\(second)'; then echo 0; else echo 1; fi"
  }.joined(separator: "\n")
  let answers = try Tool.run("sh", ["-c", script]).output.split(separator: "\n").map(String.init)
  try #require(answers.count == pairs.count)
  for (pair, answer) in zip(pairs, answers) {
    #expect(
      sign(VersionOrder(of: pair.0, to: pair.1, format: .deb)) == answer, "\(pair.0) and \(pair.1), seed \(seed)")
  }
}

@Test(.enabled(if: Tool.isInstalled("rpm")), arguments: [UInt64(20_240_611), 7, 99])
func randomRPMVersionsAreOrderedAsRPMOrdersThem(seed: UInt64) throws {
  print("seed of the random RPM versions: \(seed)")
  let pairs = randomPairs(700, seed: seed, "0019ab~^._+Z")
  let lua = pairs.map { first, second in "c('\(first)','\(second)')" }.joined(separator: " ")
  let function = "function c(x,y) local a,b=rpm.ver(x),rpm.ver(y); print((a<b and -1 or (a>b and 1 or 0))..'\\n') end "
  let output = try Tool.run("rpm", ["--eval", "%{lua:\(function)\(lua)}"]).output
  let answers = output.split(separator: "\n").map(String.init)
  try #require(answers.count == pairs.count)
  for (pair, answer) in zip(pairs, answers) {
    #expect(sign(VersionOrder(of: pair.0, to: pair.1, format: .rpm)) == answer, "\(pair.0) and \(pair.1), seed \(seed)")
  }
}

/// A small generator whose seed can be printed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
