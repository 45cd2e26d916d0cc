"""Opens every key of a batch with pyca/cryptography and tar, and holds it against the record.

usage: batch.py CEREMONY ARCHIVE RSA_PRIVATE.der [NAME=RSA_PRIVATE.der …]

Every file that a line names must be in the archive with that SHA-256, and no other; the wrapped key
must open to 32 bytes with that CMAC. Prints how many keys there were and how many different ones.
"""
import hashlib
import json
import sys
import tarfile

from cryptography.hazmat.primitives import cmac, hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import algorithms


def read(path):
    with open(path, "rb") as file:
        return serialization.load_der_private_key(file.read(), None)


ceremony, archive, shared = sys.argv[1:4]
own = dict(argument.split("=", 1) for argument in sys.argv[4:])
shared = read(shared)
oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
with tarfile.open(f"{ceremony}/{archive}") as tar:
    files = {member.name: tar.extractfile(member).read() for member in tar}
    assert all(member.isfile() and member.mode == 0o600 for member in tar)
seen, count = set(), 0
with open(f"{ceremony}/record.jsonl") as record:
    for line in record:
        key = json.loads(line)["event"].get("batch-key")
        if key is None:
            continue
        count += 1
        assert key["row"] == count, key
        for file in key["files"]:
            bytes = files.pop(file["path"])
            assert hashlib.sha256(bytes).hexdigest() == file["sha256"], file
            if file["path"].endswith((".bin", ".b64")) and "Token" not in file["path"]:
                private = read(own[key["key"]]) if key["key"] in own else shared
                plain = private.decrypt(bytes, oaep)
        assert len(plain) == 32
        mac = cmac.CMAC(algorithms.AES(plain))
        mac.update(b"\0" * 16)
        assert mac.finalize()[:5].hex().upper() == key["check-values"]["kcv.cmac5"], key
        seen.add(plain)
assert not files, files.keys()
print(count, len(seen))
