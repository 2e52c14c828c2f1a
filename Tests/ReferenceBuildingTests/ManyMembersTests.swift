import EvidenceIntake
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import TestSupport
import Testing

/// A tar of a million empty files is small when packed; reading it must stay small, too.
@Test func aPackageOfAMillionMembersIsRefusedAndTheRestIsRead() throws {
  #expect(BuildLimits().memberCount < 1_000_000)
  let scratch = try ScratchCase()
  let script = """
    import io, tarfile, sys
    def tar(names, xz):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w:xz' if xz else 'w', preset=0) if xz else tarfile.open(fileobj=out, mode='w') as t:
            for name, data in names:
                info = tarfile.TarInfo(name); info.size = len(data); t.addfile(info, io.BytesIO(data))
        return out.getvalue()
    def member(name, data):
        return ('%-16s%-12d%-6d%-6d%-8s%-10d`\\n' % (name, 0, 0, 0, '100644', len(data))).encode() + data + (b'\\n' if len(data) % 2 else b'')
    count = int(sys.argv[1])
    control = tar([('./control', b'Package: many\\nVersion: 1\\nArchitecture: all\\nMaintainer: a\\nDescription: b\\n')], False)
    data = tar((('./f/%d' % i, b'') for i in range(count)), True)
    open(sys.argv[2], 'wb').write(b'!<arch>\\n' + member('debian-binary', b'2.0\\n') + member('control.tar', control) + member('data.tar.xz', data))
    """
  try scratch.write(script, to: "make.py")
  let made = try Tool.run("python3", [scratch.path + "/make.py", "3000", scratch.path + "/many.deb"])
  try #require(made.status == 0)
  var options = BuildOptions(keys: OpenPGPKeyring())
  options.limits.memberCount = 2000
  let reading = DebianPackageReader.read(
    path: FilePath(scratch.path + "/many.deb"), name: "many.deb", options: options)
  #expect(reading.problems.contains { $0.kind == .refused }, "\(reading.problems)")
  #expect((1900...2100).contains(reading.packages.first?.files.count ?? 0))
}
