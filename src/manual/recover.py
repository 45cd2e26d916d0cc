#!/usr/bin/env python3
"""Rebuilds a secret from keyrite shares, with stock Python 3 and nothing else.

    python3 recover.py OUT FILE...

Each FILE is a share as age opened it, or the text of a card: a line `keyrite-card v1`, then every
numbered line as it is printed. Files and cards of one set may be mixed. What is wrong is named,
and nothing is written; OUT is new and readable by its owner only.
"""
import hashlib, hmac, os, sys

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

def times(a, b, modulus=0x11B):  # product of two polynomials over GF(2)
    product = 0
    while b:
        product ^= a * (b & 1)
        a, b = min(a << 1, a << 1 ^ modulus), b >> 1
    return product

def over(a, b):  # in GF(256), where b to the power 254 is 1/b
    for _ in range(254): a = times(a, b)
    return a

def sha256(data): return hashlib.sha256(data).digest()

def read_share(text):
    body, _, total = text.rpartition("checksum ")
    if sha256(body.encode()).hex()[:16] != total.strip(): return "it is damaged: its checksum does not fit"
    lines = [line.split(" ", 1) for line in body.splitlines()]
    f = dict(lines)
    common = [line for line in lines if line[0] not in ("keyrite-share", "index", "field", "salt", "share")]
    return dict(
        set=bytes.fromhex(f["set"]), epoch=int(f["epoch"]), threshold=int(f["threshold"]), index=int(f["index"]),
        key=f["key"], type=f["type"], subject=f["subject"],
        digest=sha256("".join(f"{name} {value}\n" for name, value in common).encode())[:16],
        checks=dict(value.split(" ") for name, value in lines if name == "check"),
        list=dict(value.split(" ") for name, value in lines if name == "commitment"),
        salt=bytes.fromhex(f["salt"]), share=bytes.fromhex(f["share"]))

def read_card(text):
    head, *lines = text.splitlines()
    if not lines:  # out of a QR code
        head = "".join(head.split()[2:])
        lines = [head[at:at + 30] for at in range(0, len(head), 30)]
    data = b""
    for n, line in enumerate((line for line in lines if not line.startswith("#")), 1):
        line = "".join(line.replace("-", "").split()).upper()
        if line[:2] != f"{n:02}": return f"line {n:02} is missing or out of its place"
        digits = [DIGITS.find(digit) for digit in line[2:].replace("I", "1").replace("L", "1").replace("O", "0")]
        if len(digits) != 28 or -1 in digits: return f"line {n:02} is not a number and seven groups of four"
        for root in (2, 4, 8, 16):  # the line's number is the first digit of the code
            value = 0
            for digit in [n] + digits: value = times(value, root, 0x25) ^ digit
            if value: return f"line {n:02} is mistyped"
        data += sum(digit << 5 * (23 - i) for i, digit in enumerate(digits[:24])).to_bytes(15, "big")
    if not data or data[1] * 15 != len(data): return "lines are missing at its end"
    if sha256(b"keyrite-card/v1" + data[:-4])[:4] != data[-4:]: return "its lines are not all of one card"
    if data[0] != 1: return "it is of a later version"
    at, texts = 42, []
    for _ in range(4):
        texts.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    _, key, kind, check = texts
    return dict(
        set=data[10:26], epoch=int.from_bytes(data[5:9], "big"), threshold=data[3], index=data[2],
        key=key, type=kind, subject=("key", "backup-key", "component")[data[9]], digest=data[26:42],
        checks=dict([check.split(" ")] if check else []), list={},
        salt=data[at:at + 32], share=data[at + 33:at + 33 + data[at + 32]])

def commitment(s):
    made = b"keyrite-share-commitment/v1" + s["set"] + s["epoch"].to_bytes(4, "big") + bytes([s["index"]])
    return sha256(made + s["salt"] + s["share"]).hex()

def aes(key, block):
    sbox = [times(over(1, b), 0x1F, 0x101) ^ 0x63 for b in range(256)]
    xor = lambda one, other: bytes(a ^ b for a, b in zip(one, other))
    n, words, constant = len(key) // 4, [key[i:i + 4] for i in range(0, len(key), 4)], 1
    for i in range(n, 4 * (n + 7)):
        word = words[-1]
        if i % n == 0 or n > 6 and i % n == 4: word = bytes(sbox[b] for b in word)
        if i % n == 0:
            word = bytes([word[1] ^ constant, word[2], word[3], word[0]])
            constant = times(constant, 2)
        words.append(xor(words[-n], word))
    rounds = [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]
    state = xor(block, rounds[0])
    for number, key in enumerate(rounds[1:], 1):
        state = bytes(sbox[state[5 * i % 16]] for i in range(16))
        if number + 1 < len(rounds):
            at = lambda i, turn: state[i // 4 * 4 + (i + turn) % 4]
            state = bytes(times(at(i, 0), 2) ^ times(at(i, 1), 3) ^ at(i, 2) ^ at(i, 3) for i in range(16))
        state = xor(state, key)
    return state

def check_value(name, secret):
    if name == "mac5": return hmac.new(secret, bytes(16), "sha256").hexdigest()[:10].upper()
    if name == "ekcv":
        return hmac.new(hmac.new(bytes(32), secret, "sha256").digest(), b"Key Check Value\1", "sha256").hexdigest()
    if name == "kcv.ecb3": return aes(secret, bytes(16))[:3].hex().upper()
    if name == "kcv.cmac5":
        twice = times(int.from_bytes(aes(secret, bytes(16)), "big"), 2, 1 << 128 | 0x87)
        return aes(secret, twice.to_bytes(16, "big"))[:5].hex().upper()
    return None

def recover(out, names):
    shares = {}
    for name in names:
        text = open(name, encoding="ascii").read().strip() + "\n"
        read = read_card if text.lower().startswith("keyrite-card v1") else read_share
        share = read(text)
        if isinstance(share, str): sys.exit(f"{name}: {share}")
        for other, first in shares.items():
            if any(share[field] != first[field] for field in ("set", "epoch", "threshold", "digest")):
                sys.exit(f"{name} and {other} are of different sets")
            if share["index"] == first["index"]: sys.exit(f"{name} and {other} are the same share")
        shares[name] = share
    listed = next((share["list"] for share in shares.values() if share["list"]), None)
    for name, share in shares.items():
        if listed and listed.get(str(share["index"])) != commitment(share): sys.exit(f"{name} was altered")
    need = next((share["threshold"] for share in shares.values()), 2)
    if len(shares) < need: sys.exit(f"too few: {len(shares)} of the {need} shares that are needed")
    points = {share["index"]: share["share"] for share in shares.values()}
    secret, xor = bytes(len(share["share"])), share["subject"] == "component"
    for x, y in points.items():  # the value at 0 of the polynomial through all points; components are XORed
        weight = 1
        for other in () if xor else points.keys() - {x}: weight = over(times(weight, other), other ^ x)
        secret = bytes(a ^ times(weight, b) for a, b in zip(secret, y))
    checks = {name: value for share in shares.values() for name, value in share["checks"].items()}
    for name, value in checks.items():
        found = check_value(name, secret)
        if found not in (None, value): sys.exit(f"WRONG SECRET: its {name} is not {value}; nothing is written")
        print(f"{name} {value}", "holds" if found else "must be compared by hand")
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file: file.write(secret)
    print(f"{out} is the {'key' if xor else share['subject']} of {share['key']} ({share['type']})")

if __name__ == "__main__":
    if len(sys.argv) < 3: sys.exit(__doc__)
    recover(sys.argv[1], sys.argv[2:])
