"""Reads private keys with pyca/cryptography, which shares no code with keyrite.

Reads lines `id pkcs8-hex` and answers `id spki-hex` for each.
"""
import sys

from cryptography.hazmat.primitives import serialization

for line in sys.stdin:
    name, pkcs8 = line.split()
    key = serialization.load_der_private_key(bytes.fromhex(pkcs8), None)
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    print(name, spki.hex())
