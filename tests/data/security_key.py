"""An ssh-agent with one FIDO2 key in software, for the tests: spoken from the specifications.

    security_key.py SOCKET KIND FLAGS

KIND is sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com; FLAGS is what the key says
of the person (1: touched it). The public key is printed once the socket is there. PROTOCOL.u2f of
OpenSSH, and draft-ietf-sshm-ssh-agent.
"""

import base64
import hashlib
import os
import socket
import struct
import sys
import threading

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

APPLICATION = b"ssh:"


def string(data):
    return struct.pack(">I", len(data)) + data


def mpint(number):
    data = number.to_bytes((number.bit_length() + 8) // 8, "big")
    return string(data)


def take(data):
    (length,) = struct.unpack(">I", data[:4])
    return data[4 : 4 + length], data[4 + length :]


path, kind, flags = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
if kind.startswith(b"sk-ssh-ed25519"):
    key = ed25519.Ed25519PrivateKey.generate()
    public = string(key.public_key().public_bytes_raw())
else:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    public = string(b"nistp256") + string(point)
blob = string(kind) + public + string(APPLICATION)


def sign(message):
    trailer = struct.pack(">BI", flags, 7)
    signed = hashlib.sha256(APPLICATION).digest() + trailer + hashlib.sha256(message).digest()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        made = key.sign(signed)
    else:
        r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        made = mpint(r) + mpint(s)
    return string(kind) + string(made) + trailer


def answer(message):
    if message[0] == 11:
        return bytes([12]) + struct.pack(">I", 1) + string(blob) + string(b"a security key")
    if message[0] == 13:
        asked, rest = take(message[1:])
        data, _ = take(rest)
        if asked == blob:
            return bytes([14]) + string(sign(data))
    return bytes([5])


def serve(connection):
    stream = connection.makefile("rwb")
    while len(head := stream.read(4)) == 4:
        stream.write(string(answer(stream.read(struct.unpack(">I", head)[0]))))
        stream.flush()


listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen()
print(kind.decode(), base64.b64encode(blob).decode(), flush=True)
# It ends when the test closes its standard input, or ends itself.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
