import ByteReading
import JSONReading

/// What `crictl ps -o json` and `crictl pods -o json` print.
///
/// Source: Kubernetes Container Runtime Interface, runtime/v1, `ListContainersResponse` and `ListPodSandboxResponse`.
extension JSONReading {
  mutating func readListing(_ containers: [JSONNode]) -> Bool {
    for node in containers {
      guard let identifier = node.string(of: "id"), isFullIdentifier(identifier),
        node["podSandboxId"] != nil || node["imageRef"] != nil
      else { continue }
      var container = Container(identifier: identifier, source: file)
      container.name = text(node["metadata"]?["name"], "metadata.name")
      container.image = text(node["image"]?["image"], "image.image")
      container.imageIdentifier = text(node["imageRef"], "imageRef").flatMap { imageDigest($0) }
      container.pod = text(node["labels"]?["io.kubernetes.pod.uid"], "labels.io.kubernetes.pod.uid")
      switch text(node["state"], "state") {
      case "CONTAINER_RUNNING": container.state = .running
      case "CONTAINER_EXITED": container.state = .exited
      default: break
      }
      inventory.containers.append(container)
    }
    return !inventory.isEmpty
  }

  mutating func readSandboxes(_ items: [JSONNode]) -> Bool {
    for node in items {
      guard let sandbox = node.string(of: "id"), isFullIdentifier(sandbox),
        let identifier = text(node["metadata"]?["uid"], "metadata.uid")
      else { continue }
      var pod = Pod(identifier: identifier, source: file)
      pod.name = text(node["metadata"]?["name"], "metadata.name")
      pod.namespace = text(node["metadata"]?["namespace"], "metadata.namespace")
      pod.sandbox = normalised(sandbox)
      inventory.pods.append(pod)
    }
    return !inventory.isEmpty
  }
}

extension JSONNode {
  /// Whether this is a sandbox as `crictl pods` lists it.
  var isSandbox: Bool { self["id"] != nil && string(of: "state")?.hasPrefix("SANDBOX_") == true }
}
