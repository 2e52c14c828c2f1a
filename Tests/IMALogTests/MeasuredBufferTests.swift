import ByteReading
import IMALog
import TestSupport
import Testing

@Suite struct MeasuredBufferTests {
  private func buffer(_ name: String, _ bytes: [UInt8]) -> MeasuredBuffer? {
    let data = Build.field(Build.digest()) + Build.field(Build.text(name)) + Build.field(bytes)
    return MeasuredBuffer(parse(Build.record("ima-buf", data)).value.record(at: 0), file: "list")
  }

  private func buffer(_ name: String, _ text: String) -> MeasuredBuffer? { buffer(name, Array(text.utf8)) }

  private func pair(_ key: String, _ value: String) -> MeasuredBuffer.Pair {
    .init(key: Array(key.utf8), value: Array(value.utf8))
  }

  @Test func theNameSaysWhatABufferIs() {
    let certificate: [UInt8] = [0x30, 0x82, 0, 2, 5, 0]
    #expect(buffer(".ima", certificate) == .key(keyring: Array(".ima".utf8), der: certificate))
    #expect(buffer("_evm", certificate) == .key(keyring: Array("_evm".utf8), der: certificate))
    #expect(buffer(".blacklist", "bin:00ff") == .refusedHash(Array("bin:00ff".utf8)))
    #expect(buffer("blacklisted-hash", [1, 2]) == .refusedFile(digest: [1, 2]))
    #expect(buffer("kexec-cmdline", "ro quiet\0") == .kexecCommandLine(Array("ro quiet".utf8)))
    #expect(buffer("kernel_version", "6.12.0") == .kernelVersion(Array("6.12.0".utf8)))
    #expect(
      buffer("selinux-state", "initialized=1;enforcing=0;")
        == .selinuxState([pair("initialized", "1"), pair("enforcing", "0")]))
    #expect(buffer("selinux-policy-hash", [9, 0]) == .selinuxPolicyHash([9, 0]))
    #expect(buffer("apparmor-state", "x") == .other([0x78]))
    #expect(buffer(".ima", []) == nil)
    guard case .policy(let policy)? = buffer("policy", "measure func=BPRM_CHECK\n") else {
      Issue.record("a policy is one whatever the record's name")
      return
    }
    #expect(policy.rules.count == 1)
  }

  @Test func bytesThatAreNotWhatTheNameSaysAreKeptWithTheReason() {
    for (name, bytes, reason) in [
      (".ima", [0x30, 0x82, 0xff, 0xff, 1], "key of .ima: expected an X.509 certificate in DER, found other bytes"),
      ("selinux-state", Array("on;".utf8), "selinux-state: expected name=value;, found on"),
      ("dm_table_load", Array("name=a,x;".utf8), "dm_table_load: expected key=value, found x"),
      ("dm_table_load", Array("dm_version=4.0.0;".utf8), "dm_table_load: expected the device's name, found none"),
      (
        "dm_table_clear", Array(repeating: 0x61, count: 70_000),
        "dm_table_clear: expected at most 65536 bytes, found 70000"
      ),
    ] as [(String, [UInt8], String)] {
      guard case .undecodable(bytes, let error)? = buffer(name, bytes) else {
        Issue.record("\(name) is undecodable")
        continue
      }
      #expect(error.description == "list at 0x0: " + reason)
    }
  }

  @Test func aLoadedTableHasItsDeviceAndARowForEachTarget() throws {
    guard
      case .deviceMapper(let event)? = buffer(
        "dm_table_load",
        "dm_version=4.45.0;name=a\\,b\\;c\\=d\\\\,uuid=,major=253,minor=3,minor_count=1,num_targets=2;"
          + "target_index=0,target_begin=0,target_name=linear,device_name=7:0,start=512;"
          + "target_index=1,target_begin=2,target_name=verity,salt=-;")
    else {
      Issue.record("an event")
      return
    }
    #expect(event.kind == .tableLoad && event.version == Array("4.45.0".utf8))
    #expect(event.name == Array("a,b;c=d\\".utf8) && event.deviceNumber == .init(major: 253, minor: 3))
    #expect(event.targets.count == 2 && event.targets[1].contains(pair("target_name", "verity")))
    #expect(event.properties.isEmpty && event.inactiveDevice.isEmpty)
  }

  @Test func otherEventsHaveHashesAndBothDevices() {
    guard
      case .deviceMapper(let removal)? = buffer(
        "dm_device_remove",
        "dm_version=4.45.0;device_active_metadata=name=linear1,uuid=,major=253,minor=0;"
          + "device_inactive_metadata=name=linear1,uuid=,major=253,minor=0,num_targets=2;"
          + "active_table_hash=sha256:4d,inactive_table_hash=sha256:55,remove_all=n;current_device_capacity=8;"),
      case .deviceMapper(let renaming)? = buffer(
        "dm_device_rename",
        "name=linear1,uuid=u,major=253,minor=0;new_name=linear\\=2,new_uuid=u;current_device_capacity=2;")
    else {
      Issue.record("two events")
      return
    }
    #expect(removal.name == Array("linear1".utf8) && removal.inactiveDevice.contains(pair("num_targets", "2")))
    #expect(removal.properties.contains(pair("inactive_table_hash", "sha256:55")))
    #expect(removal.properties.last == pair("current_device_capacity", "8"))
    #expect(renaming.version == nil && renaming.properties.contains(pair("new_name", "linear=2")))
  }

  @Test(arguments: ["name=a\\", "name=a,\\", ";;;", "=", "name=", "name=a;target_index=0;", "\\"])
  func oddEventsDoNotCrash(text: String) {
    for name in ["dm_table_load", "dm_device_remove", "selinux-state"] { #expect(buffer(name, text) != nil) }
  }

  @Test(.enabled(if: Corpus.isPresent)) func buffersOfTheCorpusAreDecoded() throws {
    let folder = "ima/RedHat-SP-Security+keylime-tests/functional/"
    let events = measurements(
      try readList(folder + "keylime_create_policy-static-data/test2/ascii_runtime_measurements-2").value)
    let kinds = events.map { event -> String in
      switch MeasuredBuffer(event, file: "list") {
      case .deviceMapper(let event): event.kind.rawValue + " " + escapedText(event.name ?? [])
      case .selinuxState(let settings): "selinux-state \(settings.count)"
      case .selinuxPolicyHash(let hash): "selinux-policy-hash \(hash.count)"
      case .key(let keyring, _): escapedText(keyring)
      default: "other"
      }
    }
    #expect(
      kinds == [
        "dm_table_load rhel-root", "dm_device_resume rhel-root", "dm_table_load rhel-swap",
        "dm_device_resume rhel-swap",
        "selinux-state 10", "selinux-state 10", "selinux-policy-hash 32", ".builtin_trusted_keys",
        ".builtin_trusted_keys", ".builtin_trusted_keys", ".ima",
      ])
    let keys = measurements(try readList(folder + "keylime-policy-commands/ima_log.txt").value).compactMap {
      if case .key(let keyring, _)? = MeasuredBuffer($0, file: "list") { escapedText(keyring) } else { nil }
    }
    #expect(keys == [".ima", ".test"])
  }
}
