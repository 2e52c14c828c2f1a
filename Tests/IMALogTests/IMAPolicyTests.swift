import ByteReading
import IMALog
import Testing

@Suite struct IMAPolicyTests {
  private func policy(_ text: String) -> IMAPolicy { IMAPolicy(Array(text.utf8), file: "ima-policy") }

  @Test func rulesAreReadWithTheirConditions() throws {
    let policy = policy(
      """
      # pseudo file systems
      dont_measure fsmagic=0x9fa0

      \tmeasure func=FILE_CHECK mask=^MAY_READ euid=0 obj_type="bin t"\r
      measure func=KEY_CHECK keyrings=.ima|.evm fowner>1000 whatever
      """)
    try #require(policy.rules.count == 2 || policy.rules.count == 3)
    #expect(policy.problems.isEmpty && policy.rules.map(\.action) == [.dontMeasure, .measure, .measure])
    #expect(policy.rules[0].value("fsmagic") == "0x9fa0")
    #expect(policy.rules[1].value("euid") == "0" && policy.rules[1].value("mask") == "^MAY_READ")
    #expect(policy.rules[2].conditions.last?.comparison == .greater && policy.rules[2].options == ["whatever"])
  }

  @Test func aSummarySaysWhatIsMeasuredAndWhatIsNot() {
    let policy = policy(
      """
      dont_measure fsmagic=0x9fa0
      dont_measure fsmagic=0x1234 func=FILE_CHECK
      measure func=BPRM_CHECK
      measure func=FILE_MMAP mask=MAY_EXEC
      measure func=FILE_CHECK mask=MAY_READ uid=0
      measure func=MODULE_CHECK template=ima-modsig
      measure func=FIRMWARE_CHECK
      measure func=KEXEC_KERNEL_CHECK
      measure func=KEXEC_INITRAMFS_CHECK
      measure func=KEXEC_CMDLINE
      measure func=KEY_CHECK keyrings=.ima
      measure func=CRITICAL_DATA label=selinux
      measure func=FILE_CHECK mask=MAY_WRITE fowner<1000
      measure func=NEW_CHECK
      measure fsname=rootfs
      appraise fowner=0
      """)
    #expect(
      policy.summary
        == "Measured: programs run; libraries and other files mapped to execute; files read by root; kernel modules loaded; "
        + "firmware loaded; kernels loaded by kexec; initial RAM disks loaded by kexec; command lines given to kexec; keys "
        + "added to keyrings of .ima; the state of kernel subsystems labelled selinux; files written owned by users below "
        + "1000; what the hook NEW_CHECK sees; all files on file systems named rootfs. Not measured: all files on proc; "
        + "files opened on file systems of magic 0x1234. Appraised before use: all files owned by root.")
    #expect(IMAPolicy(rules: []).summary == "The policy measures nothing.")
  }

  @Test func linesThatAreNoRuleAreProblemsWithTheirPlace() {
    let policy = policy("measure func=BPRM_CHECK\nmeasured x\n")
    #expect(policy.rules.count == 1)
    #expect(
      policy.problems.map(\.description) == [
        "ima-policy at 0x18: rule: expected an action such as measure, found measured"
      ])
  }

  @Test func hostilePoliciesAreBounded() {
    let many = policy(String(repeating: "measure\n", count: 10_000))
    #expect(many.rules.count == IMAPolicy.ruleLimit && many.problems.count == 1)
    let wrong = policy(String(repeating: "x\n", count: 10_000))
    #expect(wrong.rules.isEmpty && wrong.problems.count == IMAPolicy.problemLimit + 1)
    #expect(policy("measure " + String(repeating: "a=b ", count: 100_000)).problems.count == 1)
    #expect(policy("\0\0\n\u{1b}[2J").problems.count == 2)
  }

  @Test(arguments: [
    ("ro quiet ima_policy=tcb", ["tcb"]), ("ima_tcb", ["ima_tcb"]), ("ima_tcb ima_policy=tcb", ["ima_tcb"]),
    ("ima_policy=\"tcb|secure_boot|critical_data\" x", ["tcb", "secure_boot", "critical_data"]),
    ("ima_policy=\"appraise_tcb secure_boot\"", ["secure_boot", "appraise_tcb"]),
    ("ima_appraise_tcb ima_policy=nonsense", ["appraise_tcb"]), ("ima_policy=tcb\n", ["tcb"]),
  ])
  func policiesOfTheCommandLineAreNamed(line: String, names: [String]) {
    #expect(KernelPolicy(commandLine: Array(line.utf8))?.names == names)
  }

  @Test(arguments: ["", "ro quiet", "ima_policy=", "ima_policy=none", "xima_tcb", "ima_policy"])
  func aCommandLineWithoutPolicyHasNone(line: String) {
    #expect(KernelPolicy(commandLine: Array(line.utf8)) == nil)
  }

  @Test func theBuiltInPoliciesSayWhatTheyMeasure() throws {
    let tcb = try #require(KernelPolicy(commandLine: Array("ima_policy=tcb".utf8)))
    #expect(tcb.policy.rules.count == 20)
    #expect(
      tcb.policy.measuredClasses == [
        "libraries and other files mapped to execute", "programs run", "files read with the rights of root",
        "files read by root", "kernel modules loaded", "firmware loaded", "IMA policies loaded from a file",
      ])
    #expect(tcb.policy.excludedClasses.first == "all files on proc" && tcb.policy.excludedClasses.count == 13)
    #expect(tcb.policy.excludedClasses.last == "files opened on tmpfs")
    let old = try #require(KernelPolicy(commandLine: Array("ima_tcb".utf8)))
    #expect(old.policy.measuredClasses.count == 5)
    let secure = try #require(KernelPolicy(commandLine: Array("ima_policy=secure_boot".utf8)))
    #expect(
      secure.summary
        == "The policy measures nothing. Appraised before use: kernel modules loaded; firmware loaded; kernels loaded by "
        + "kexec; IMA policies loaded from a file.")
    let data = try #require(KernelPolicy(commandLine: Array("ima_policy=critical_data".utf8)))
    #expect(data.summary == "Measured: the state of kernel subsystems.")
    let appraising = try #require(KernelPolicy(commandLine: Array("ima_appraise_tcb".utf8)))
    #expect(appraising.policy.appraisedClasses == ["all files owned by root"])
  }
}
