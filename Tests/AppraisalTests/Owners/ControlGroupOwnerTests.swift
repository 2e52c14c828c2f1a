import Testing

@testable import Appraisal

@Suite struct ControlGroupOwnerTests {
  private static let container = String(repeating: "0123456789abcdef", count: 4)
  private static let pod = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
  private static let slice = pod.replacing("-", with: "_")

  @Test(arguments: [
    (
      "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(slice).slice:cri-containerd:\(container)",
      true, true
    ),
    ("/kubepods.slice/kubepods-burstable-pod\(slice).slice/cri-containerd-\(container).scope", true, true),
    ("/kubepods/burstable/pod\(pod)/\(container)", true, true),
    ("/kubepods.slice/kubepods-pod\(slice).slice", true, false),
    ("/system.slice/docker-\(container).scope", false, true),
    ("/docker/\(container)", false, true),
    ("docker-\(container).scope", false, true),
    ("/machine.slice/libpod-\(container).scope/container", false, true),
    ("/system.slice/ssh.service", false, false),
    ("/kubepods.slice", false, false),
    ("/user.slice/podman-pod\(slice).slice", false, false),
    ("/docker/\(container)ff", false, false),
    ("/docker/\(container.dropLast())", false, false),
    ("", false, false),
  ])
  func podsAndContainersAreReadFromTheirControlGroup(path: String, hasPod: Bool, hasContainer: Bool) {
    let owner = ControlGroupOwner(path.utf8)
    #expect(owner.pod == (hasPod ? Self.pod : nil))
    #expect(owner.container == (hasContainer ? Self.container : nil))
    #expect(owner.isHost == (!hasPod && !hasContainer))
  }

  @Test func aChainComesFromARuntimeWhenSomeAncestorIsOne() {
    let shim = "/usr/bin/containerd-shim-runc-v2:/usr/lib/systemd/systemd:swapper/0"
    #expect(ProcessChain("/pause:\(shim)".utf8).comesFromRuntime)
    #expect(ProcessChain("/usr/bin/dockerd:/usr/lib/systemd/systemd:swapper/0".utf8).isRuntimeItself)
    #expect(!ProcessChain("/tmp/bash:/tmp/containerd-x:/usr/lib/systemd/systemd:swapper/0".utf8).comesFromRuntime)
    #expect(!ProcessChain("/usr/bin/bash:/usr/sbin/sshd:/usr/lib/systemd/systemd:swapper/0".utf8).comesFromRuntime)
    #expect(!ProcessChain("/usr/bin/bash:/usr/bin/containerd:/usr/lib/systemd/systemd:swapper/0".utf8).isRuntimeItself)
    #expect(ProcessChain.isShim("/usr/bin/containerd-shim-runc-v2".utf8))
    #expect(!ProcessChain.isShim("/tmp/containerd-shim-runc-v2".utf8))
  }
}
