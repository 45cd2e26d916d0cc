"""Packs a statement as a Marvell HSM gives it (version 2) about the key of import-job.pem.

Layout: Marvell's parse_v2.py, described at
https://www.marvell.com/products/security-solutions/nitrox-hs-adapters/software-key-attestation.html;
gzip as CAVIUM_V2_COMPRESSED in the API of Google Cloud KMS. Handles, labels and the signature are
made up: no HSM made this.

usage: attestation.py PUBLIC_KEY.pem OUT.dat
"""
import gzip
import struct
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key

SIGNATURE = 256
CLASS, TOKEN, LABEL, KEY_TYPE, UNWRAP = 0x0, 0x1, 0x3, 0x100, 0x107
MODULUS, MODULUS_BITS, PUBLIC_EXPONENT = 0x120, 0x121, 0x122
EXTRACTABLE, LOCAL, NEVER_EXTRACTABLE = 0x162, 0x163, 0x164


def packed(handle, attributes):
    body = b"".join(struct.pack(">II", name, len(value)) + value for name, value in attributes)
    return struct.pack(">III", handle, len(attributes), len(body)) + body


def statement(numbers):
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    exponent = numbers.e.to_bytes(3, "big")
    bits = struct.pack(">I", numbers.n.bit_length())
    public = packed(0x40001, [
        (CLASS, struct.pack(">I", 2)), (TOKEN, b"\1"), (LABEL, b"import-job"), (KEY_TYPE, struct.pack(">I", 0)),
        (MODULUS, modulus), (MODULUS_BITS, bits), (PUBLIC_EXPONENT, exponent), (LOCAL, b"\1"),
    ])
    private = packed(0x40002, [
        (CLASS, struct.pack(">I", 3)), (TOKEN, b"\1"), (UNWRAP, b"\1"), (EXTRACTABLE, b"\0"),
        (NEVER_EXTRACTABLE, b"\1"), (LOCAL, b"\1"), (PUBLIC_EXPONENT, exponent), (MODULUS, modulus),
    ])
    info = struct.pack(">HHHH", 2, 3, 8, 8 + len(public))
    buffer = info + public + private
    total = 16 + len(buffer) + SIGNATURE
    return struct.pack(">IIII", 0, 3, total, len(buffer)) + buffer + bytes(range(256))


key = load_pem_public_key(open(sys.argv[1], "rb").read())
with open(sys.argv[2], "wb") as out:
    out.write(gzip.compress(statement(key.public_numbers()), mtime=0))
