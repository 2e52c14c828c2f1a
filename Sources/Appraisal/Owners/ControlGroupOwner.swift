import ByteReading

/// The pod and the container that a control group's path names.
///
/// The kubelet makes `kubepods…-pod<uid with _ for ->.slice` (systemd) or `kubepods/…/pod<uid>` (cgroupfs); runtimes put the
/// container's 64 hexadecimal digits below it: `cri-containerd:<id>`, `cri-containerd-<id>.scope`, `docker-<id>.scope`,
/// `crio-<id>.scope`, `libpod-<id>.scope`, `/docker/<id>`. Templates that record the control group's name only hold the last part.
struct ControlGroupOwner: Equatable {
  var pod: String?
  var container: String?

  init(_ path: some Collection<UInt8>) {
    let bytes = Array(path)
    pod = Self.pod(in: bytes)
    container = Self.container(in: bytes)
  }

  var isHost: Bool { pod == nil && container == nil }

  private static func pod(in path: [UInt8]) -> String? {
    guard let kubepods = path.firstRange(of: "kubepods") else { return nil }
    // The uid follows the last `pod` that stands behind a separator, up to the next one.
    var place = kubepods.upperBound
    while let found = path[place...].firstRange(of: "pod") {
      place = found.upperBound
      guard let before = path[..<found.lowerBound].last, [UInt8(ascii: "-"), UInt8(ascii: "/")].contains(before) else {
        continue
      }
      let uid = path[found.upperBound...].prefix { isHex($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
      let end = path[uid.endIndex...].first
      guard uid.count >= 32,
        end == nil || end == UInt8(ascii: ".") || end == UInt8(ascii: "/") || end == UInt8(ascii: ":")
      else { continue }
      return escapedText(uid.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 })
    }
    return nil
  }

  /// The last run of exactly 64 hexadecimal digits.
  private static func container(in path: [UInt8]) -> String? {
    var found: ArraySlice<UInt8>?
    var start = path.startIndex
    while start < path.endIndex {
      guard isHex(path[start]) else {
        start += 1
        continue
      }
      let run = path[start...].prefix(while: isHex)
      if run.count == 64 { found = run }
      start = run.endIndex
    }
    return found.map { escapedText($0) }
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}

/// The process and its ancestors as the kernel recorded them, from the process outwards, joined with colons.
struct ProcessChain {
  private let names: [ArraySlice<UInt8>]
  private let whole: [UInt8]

  init(_ chain: some Collection<UInt8>) {
    whole = Array(chain)
    names = whole.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: true)
  }

  /// Some ancestor is a container runtime.
  var comesFromRuntime: Bool { names.contains { Self.isRuntime($0) } }

  /// Exactly the service manager, and below it only the runtime's daemon: the runtime itself.
  var isRuntimeItself: Bool { Self.ownChains.contains { $0.elementsEqual(whole) } }

  /// A program that starts containers and stays outside of them. Only where distributions put it: anybody can give a program
  /// of his own the name.
  static func isRuntime(_ path: some Collection<UInt8>) -> Bool {
    let bytes = Array(path)
    let name = bytes.split(separator: UInt8(ascii: "/")).last ?? []
    return runtimes.contains { name.starts(with: $0.utf8) } && programFolders.contains { bytes.starts(with: $0.utf8) }
  }

  static func isShim(_ path: some Collection<UInt8>) -> Bool {
    let bytes = Array(path)
    let name = bytes.split(separator: UInt8(ascii: "/")).last ?? []
    return name.starts(with: "containerd-shim".utf8) && programFolders.contains { bytes.starts(with: $0.utf8) }
  }

  private static let runtimes = ["containerd", "dockerd", "crio", "conmon", "podman"]
  private static let programFolders = [
    "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/bin/", "/sbin/", "/usr/lib/", "/usr/libexec/",
    "/opt/cni/bin/", "/snap/", "/var/lib/rancher/",
  ]
  private static let ownChains = [
    "/usr/bin/containerd:/usr/bin/containerd:/usr/lib/systemd/systemd:swapper/0",
    "/usr/bin/containerd:/usr/lib/systemd/systemd:swapper/0",
    "/usr/bin/dockerd:/usr/bin/dockerd:/usr/lib/systemd/systemd:swapper/0",
    "/usr/bin/dockerd:/usr/lib/systemd/systemd:swapper/0",
  ].map { Array($0.utf8) }
}

extension Collection<UInt8> {
  /// Where the text stands first.
  func firstRange(of text: String) -> Range<Index>? {
    let wanted = Array(text.utf8)
    var start = startIndex
    while start != endIndex {
      let rest = self[start...]
      if rest.starts(with: wanted) { return start..<rest.index(rest.startIndex, offsetBy: wanted.count) }
      start = index(after: start)
    }
    return nil
  }
}
