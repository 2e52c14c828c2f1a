import ByteReading
import JSONReading

/// What `kubectl get pods -o json` prints: one Pod or a List of them.
///
/// Source: Kubernetes API, core/v1, `Pod` and `ContainerStatus`.
extension JSONReading {
  mutating func readPods(_ items: [JSONNode], of root: JSONNode) -> Bool {
    let kind = root.string(of: "kind")
    // Elements of a PodList need not repeat their kind.
    let pods = items.filter { ($0.string(of: "kind") ?? (kind == "PodList" ? "Pod" : "")) == "Pod" }
    guard ["List", "PodList"].contains(kind), !pods.isEmpty || kind == "PodList" else { return false }
    for pod in pods { readPod(pod) }
    return true
  }

  mutating func readPod(_ node: JSONNode) {
    let metadata = node["metadata"]
    guard let identifier = text(metadata?["uid"], "metadata.uid") else {
      report(node, "metadata.uid", expected: "the identifier of a pod", found: "none")
      return
    }
    var pod = Pod(identifier: identifier, source: file)
    pod.namespace = text(metadata?["namespace"], "metadata.namespace")
    pod.name = text(metadata?["name"], "metadata.name")
    for key in ["kubernetes.io/config.hash", "kubernetes.io/config.mirror"] {
      guard let other = text(metadata?["annotations"]?[key], "metadata.annotations.\(key)"), other != identifier,
        !pod.otherIdentifiers.contains(other)
      else { continue }
      pod.otherIdentifiers.append(other)
    }
    pod.nodeName = text(node["spec"]?["nodeName"], "spec.nodeName")
    if case .bool(let value)? = node["spec"]?["hostNetwork"]?.value { pod.usesHostNetwork = value }
    inventory.pods.append(pod)
    for list in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
      for status in node["status"]?[list]?.elements ?? [] { readStatus(status, list, of: pod) }
    }
  }

  private mutating func readStatus(_ node: JSONNode, _ list: String, of pod: Pod) {
    let field = "status.\(list)"
    // A container that waits for its start has no identifier yet.
    let present = text(node["containerID"], field + ".containerID").flatMap { withoutScheme($0) }
    if let present { add(present, node, node["state"], field, of: pod) }
    // One that was restarted names the one before.
    let former = node["lastState"]?["terminated"]
    if let before = text(former?["containerID"], field + ".lastState.containerID").flatMap({ withoutScheme($0) }),
      before != present
    {
      add(before, node, node["lastState"], field, of: pod)
    }
  }

  private mutating func add(
    _ identifier: String, _ node: JSONNode, _ state: JSONNode?, _ field: String, of pod: Pod
  ) {
    guard isFullIdentifier(identifier) else {
      return report(
        node, field + ".containerID", expected: "64 hexadecimal digits", found: escapedText(identifier.utf8))
    }
    var container = Container(identifier: identifier, source: file)
    container.name = text(node["name"], field + ".name")
    container.image = text(node["image"], field + ".image")
    container.imageIdentifier = text(node["imageID"], field + ".imageID").flatMap { imageDigest($0) }
    container.pod = pod.identifier
    if let running = state?["running"] {
      container.state = .running
      container.startedAt = time(running["startedAt"], field + ".state.running.startedAt")
    } else if let terminated = state?["terminated"] {
      container.state = .exited
      container.startedAt = time(terminated["startedAt"], field + ".state.terminated.startedAt")
      container.finishedAt = time(terminated["finishedAt"], field + ".state.terminated.finishedAt")
    }
    inventory.containers.append(container)
  }
}

/// What follows `containerd://`, `docker://` or `cri-o://`.
private func withoutScheme(_ identifier: String) -> String? {
  let parts = identifier.split(separator: "/", omittingEmptySubsequences: false)
  guard let last = parts.last, !last.isEmpty else { return nil }
  return normalised(String(last))
}

/// The digest in `docker.io/library/nginx@sha256:…` or `sha256:…`.
func imageDigest(_ text: String) -> String? {
  let digest = text.split(separator: "@").last.map(String.init) ?? text
  return digest.hasPrefix("sha256:") ? digest : nil
}
