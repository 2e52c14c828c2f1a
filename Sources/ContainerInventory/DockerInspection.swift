import ByteReading
import JSONReading

/// What `docker inspect` prints of containers and images: a list of objects.
///
/// Source: Docker Engine API, `ContainerInspect` and `ImageInspect`.
extension JSONReading {
  mutating func readInspection(_ elements: [JSONNode]) -> Bool {
    for element in elements {
      guard let identifier = element.string(of: "Id") else { continue }
      if element["RootFS"] != nil || element["RepoTags"] != nil, identifier.hasPrefix("sha256:") {
        readImage(element, identifier)
      } else if isFullIdentifier(identifier), element["State"] != nil || element["HostConfig"] != nil {
        readContainer(element, identifier)
      }
    }
    guard !inventory.isEmpty else { return false }
    let known = inventory.containers.count + inventory.images.count
    if known < elements.count, let odd = elements.first(where: { $0.string(of: "Id") == nil }) {
      report(odd, "Id", expected: "an inspected container or image")
    }
    return true
  }

  private mutating func readContainer(_ node: JSONNode, _ identifier: String) {
    var container = Container(identifier: identifier, source: file)
    container.name = text(node["Name"], "Name").map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
    container.image = text(node["Config"]?["Image"], "Config.Image")
    container.imageIdentifier = text(node["Image"], "Image")
    let labels = node["Config"]?["Labels"]
    container.pod = text(labels?["io.kubernetes.pod.uid"], "Config.Labels.io.kubernetes.pod.uid")
    if let state = node["State"] {
      container.state = dockerState(text(state["Status"], "State.Status") ?? "")
      container.startedAt = time(state["StartedAt"], "State.StartedAt")
      container.finishedAt = time(state["FinishedAt"], "State.FinishedAt")
      container.processIdentifier = number(state["Pid"], "State.Pid").flatMap { $0 > 0 ? $0 : nil }
    }
    container.cgroupParent = text(node["HostConfig"]?["CgroupParent"], "HostConfig.CgroupParent")
    let driver = node["GraphDriver"]?["Data"]
    container.deviceMapperName = text(driver?["DeviceName"], "GraphDriver.Data.DeviceName")
    readLayers(of: driver, own: &container.ownLayers, image: &container.imageLayers)
    if text(node["HostConfig"]?["UsernsMode"], "HostConfig.UsernsMode") != "host" {
      let places = [node["ResolvConfPath"], node["HostnamePath"], node["LogPath"], driver?["UpperDir"]]
      container.userIdentifiers = places.lazy.compactMap { $0?.string.flatMap(remappedUsers) }.first
    }
    inventory.containers.append(container)
  }

  private mutating func readImage(_ node: JSONNode, _ identifier: String) {
    var image = ContainerImage(identifier: identifier, source: file)
    image.names = node["RepoTags"]?.elements?.compactMap(\.string) ?? []
    image.layers = node["RootFS"]?["Layers"]?.elements?.compactMap(\.string) ?? []
    var lower: [String] = []
    readLayers(of: node["GraphDriver"]?["Data"], own: &image.layerFolders, image: &lower)
    let upper = image.layerFolders
    image.layerFolders += lower.filter { !upper.contains($0) }
    inventory.images.append(image)
  }

  private mutating func readLayers(of driver: JSONNode?, own: inout [String], image: inout [String]) {
    for name in ["UpperDir", "MergedDir", "WorkDir"] {
      guard let folder = text(driver?[name], "GraphDriver.Data.\(name)").flatMap(layerFolder) else { continue }
      if !own.contains(folder) { own.append(folder) }
    }
    guard let lower = text(driver?["LowerDir"], "GraphDriver.Data.LowerDir") else { return }
    for path in lower.split(separator: ":").prefix(1024) {
      guard let folder = layerFolder(String(path)) else { continue }
      // Docker puts its own files (resolv.conf and the like) into a layer of the container between both.
      if folder.hasSuffix("-init") {
        if !own.contains(folder) { own.append(folder) }
      } else if !image.contains(folder) {
        image.append(folder)
      }
    }
  }

  private func dockerState(_ status: String) -> Container.State {
    switch status {
    case "running", "paused", "restarting": .running
    case "exited", "dead", "removing": .exited
    default: .unknown
    }
  }
}

/// The name of a layer's folder in a path of a storage driver.
private func layerFolder(_ path: String) -> String? {
  let parts = path.split(separator: "/")
  guard let driver = parts.lastIndex(where: { ["overlay2", "overlay", "snapshots"].contains($0) }),
    driver + 1 < parts.count
  else { return nil }
  return String(parts[driver + 1])
}

/// Docker keeps the files of a daemon with user namespaces below a folder named `<first user>.<first group>`.
private func remappedUsers(_ path: String) -> UserIdentifierRange? {
  for part in path.split(separator: "/") {
    let numbers = part.split(separator: ".", omittingEmptySubsequences: false)
    if numbers.count == 2, let user = UInt32(numbers[0]), UInt32(numbers[1]) != nil {
      return UserIdentifierRange(first: user, count: nil)
    }
  }
  return nil
}
