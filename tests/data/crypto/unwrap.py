"""Opens wrapped keys with pyca/cryptography, which shares no code with keyrite.

Reads lines `id key-file hash mgf1-hash -|kw|kwp|ecb blob-hex` and answers `id plaintext-hex` for
each. Without hashes the key file is an AES key, else an RSA private key.
"""
import sys

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives import padding as symmetric_padding
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HASHES = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def ecb(kek, blob):
    decryptor = Cipher(algorithms.AES(kek), modes.ECB()).decryptor()
    unpadder = symmetric_padding.PKCS7(128).unpadder()
    padded = decryptor.update(blob) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


AES = {"kw": keywrap.aes_key_unwrap, "kwp": keywrap.aes_key_unwrap_with_padding, "ecb": ecb}
keys = {}
for line in sys.stdin:
    name, path, hash_name, mgf_name, mode, blob = line.split()
    blob = bytes.fromhex(blob)
    if path not in keys:
        with open(path, "rb") as file:
            data = file.read()
        keys[path] = data if hash_name == "-" else serialization.load_der_private_key(data, None)
    key = keys[path]
    if hash_name == "-":
        opened, tail = key, blob
    else:
        mgf = padding.MGF1(HASHES[mgf_name]())
        oaep = padding.OAEP(mgf=mgf, algorithm=HASHES[hash_name](), label=None)
        head, tail = blob[: key.key_size // 8], blob[key.key_size // 8 :]
        opened = key.decrypt(head, oaep)
    if mode != "-":
        opened = AES[mode](opened, tail)
    elif tail:
        raise ValueError(f"{name}: {len(tail)} bytes too many")
    print(name, opened.hex())
