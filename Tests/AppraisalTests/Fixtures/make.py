#!/usr/bin/env python3
"""Makes the quotes of weak algorithms for WeakAlgorithmRuleTests, each with the public key that signed it.

Run in this folder; needs openssl. The files it made are committed, so that the tests have other people's signatures to
stand on; the keys are thrown away.
"""
import hashlib, os, struct, subprocess


def sized(data):
    return struct.pack(">H", len(data)) + data


def make(name, bits, signature_hash, bank):
    values = bytes({4: 20, 11: 32}[bank])
    attest = b"\xffTCG\x80\x18" + sized(b"\x00\x0b" + bytes(32)) + sized(bytes(range(8)))
    attest += struct.pack(">QIIB", 123456, 7, 0, 1) + struct.pack(">Q", 1)
    attest += struct.pack(">IHB", 1, bank, 3) + b"\x01\x00\x00"
    attest += sized(hashlib.new(signature_hash, values).digest())
    open(name + ".attest", "wb").write(attest)
    subprocess.run(["openssl", "genrsa", "-out", "key", str(bits)], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "rsa", "-in", "key", "-pubout", "-out", name + ".pem"], check=True)
    signature = subprocess.run(
        ["openssl", "dgst", "-" + signature_hash, "-sign", "key", name + ".attest"], check=True, capture_output=True
    ).stdout
    number = {"sha1": 4, "sha256": 11}[signature_hash]
    open(name + ".sig", "wb").write(struct.pack(">HH", 0x14, number) + sized(signature))
    os.remove("key")


make("short-key", 1024, "sha256", 11)
make("sha1-signature", 2048, "sha1", 11)
make("sha1-bank", 2048, "sha256", 4)
