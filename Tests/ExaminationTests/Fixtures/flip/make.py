#!/usr/bin/env python3
"""Makes the small case of the flip tests: a software-signed quote over the replay of nine real events and seven records.

Run in this folder with a lab capture as argument; needs openssl. The files it made are committed, so that the tests
have other people's signatures and hashes to stand on; the key is thrown away.
"""
import hashlib, os, struct, subprocess, sys

capture = sys.argv[1]
log = open(f"{capture}/binary_bios_measurements", "rb").read()


def events(data):
    size = struct.unpack_from("<I", data, 28)[0]
    yield 0, data[: 32 + size], None, None
    at = 32 + size
    while at < len(data):
        start = at
        register, kind, count = struct.unpack_from("<III", data, at)
        at += 12
        digests = {}
        for _ in range(count):
            algorithm = struct.unpack_from("<H", data, at)[0]
            width = {4: 20, 11: 32}[algorithm]
            digests[algorithm] = data[at + 2 : at + 2 + width]
            at += 2 + width
        length = struct.unpack_from("<I", data, at)[0]
        at += 4 + length
        yield register, data[start:at], kind, digests


everything = list(events(log))
wanted, kept = [], {}
for index, (register, raw, kind, digests) in enumerate(everything[1:]):
    if kind in (0x8, 0x80000008, 0x80000007, 0x4, 0xD, 0x80000006) and len(raw) < 500 and kept.get(kind, 0) < 3:
        kept[kind] = kept.get(kind, 0) + 1
        wanted.append((register, raw, kind, digests))
with open("case/binary_bios_measurements", "wb") as out:
    out.write(everything[0][1])
    for event in wanted:
        out.write(event[1])

banks = {4: "sha1", 11: "sha256"}
values = {b: {r: bytes(hashlib.new(n).digest_size) for r in range(24)} for b, n in banks.items()}


def extend(bank, register, digest):
    values[bank][register] = hashlib.new(banks[bank], values[bank][register] + digest).digest()


for register, _, kind, digests in wanted:
    if kind != 3:
        for bank, digest in digests.items():
            extend(bank, register, digest)

records = b""
firmware = b"".join(values[11][r] for r in range(10))
paths = [(b"boot_aggregate", hashlib.sha256(firmware).digest())]
paths += [(p, hashlib.sha256(p).digest()) for p in (b"/usr/bin/sh", b"/usr/lib/libc.so.6", b"/etc/passwd")]
paths += [(b"/var/log/open", None), (b"/usr/bin/id", hashlib.sha256(b"id").digest()), (b"/tail", hashlib.sha256(b"t").digest())]
for number, (path, digest) in enumerate(paths):
    field = b"sha256:\0" + (digest or bytes(32))
    data = struct.pack("<I", len(field)) + field + struct.pack("<I", len(path) + 1) + path + b"\0"
    recorded = hashlib.sha1(data).digest() if digest else bytes(20)
    records += struct.pack("<I", 10) + recorded + struct.pack("<I", 6) + b"ima-ng" + struct.pack("<I", len(data)) + data
    if number < 6:  # The last record follows the quote.
        for bank, name in banks.items():
            extend(bank, 10, hashlib.new(name, data).digest() if digest else b"\xff" * len(values[bank][10]))
open("case/binary_runtime_measurements", "wb").write(records)

registers = list(range(11)) + [14]
bitmap = bytes([0xFF, 0x07 | 0x40, 0x00])
concatenated = b"".join(values[b][r] for b in (4, 11) for r in registers)
attest = b"\xffTCG" + struct.pack(">H", 0x8018)
signer = b"\x00\x0b" + hashlib.sha256(b"a parent that is not archived").digest()
attest += struct.pack(">H", len(signer)) + signer + struct.pack(">H", 8) + bytes(range(8))
attest += struct.pack(">QIIB", 123456, 7, 0, 1) + struct.pack(">Q", 0x20260101)
attest += struct.pack(">I", 2) + b"".join(struct.pack(">HB", b, 3) + bitmap for b in (4, 11))
attest += struct.pack(">H", 32) + hashlib.sha256(concatenated).digest()
open("case/quote.attest", "wb").write(attest)

subprocess.check_call("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem".split(), stderr=subprocess.DEVNULL)
subprocess.check_call("openssl pkey -in private.pem -pubout -out keys/key.pem".split())
subprocess.check_call("openssl dgst -sha256 -sign private.pem -out bare.sig case/quote.attest".split())
bare = open("bare.sig", "rb").read()
open("case/quote.sig", "wb").write(struct.pack(">HHH", 0x14, 0x0B, len(bare)) + bare)
os.remove("private.pem")
os.remove("bare.sig")

digests = [values[b][r] for b in (4, 11) for r in registers]
dump = struct.pack("<I", 2) + b"".join(struct.pack("<HB", b, 3) + bitmap + b"\0\0" for b in (4, 11)) + bytes(14 * 8)
lists = [digests[i : i + 8] for i in range(0, len(digests), 8)]
dump += struct.pack("<I", len(lists))
for chunk in lists:
    dump += struct.pack("<I", len(chunk)) + b"".join(struct.pack("<H", len(d)) + d.ljust(64, b"\0") for d in chunk).ljust(528, b"\0")
open("case/quote.pcrs", "wb").write(dump)
