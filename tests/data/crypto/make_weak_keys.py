"""Makes weak/*.der: well-formed keys that protect nothing, each named for its flaw.

Writes DER by hand, since no library writes keys like these.
Everything is drawn from a fixed seed, so that a second run writes the same bytes.
"""

import pathlib
import random

from math import gcd, prod

OUT = pathlib.Path(__file__).parent / "weak"
RNG = random.Random("keyrite weak keys")
E = 65537


def is_prime(n):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(16):
        x = pow(RNG.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def next_prime(n, step=2):
    while not is_prime(n) or gcd(n - 1, E) != 1:
        n += step
    return n


def prime(bits):
    # The two highest bits are set, so that the product of two has all its bits.
    return next_prime(RNG.getrandbits(bits) | (3 << (bits - 2)) | 1)


def tlv(tag, body):
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


RSA = tlv(0x30, bytes.fromhex("06092a864886f70d0101010500"))


def rsa_private(p, q, e=E, **changed):
    """PKCS#8 of a pair, with some of its numbers changed."""
    d = changed.get("d", pow(e, -1, (p - 1) * (q - 1)))
    numbers = {
        "n": p * q, "e": e, "d": d, "p": p, "q": q,
        "dp": d % (p - 1), "dq": d % (q - 1), "qinv": pow(q, -1, p),
    }
    numbers.update(changed)
    key = tlv(0x30, integer(0) + b"".join(integer(numbers[name]) for name in
              ("n", "e", "d", "p", "q", "dp", "dq", "qinv")))
    return tlv(0x30, integer(0) + RSA + tlv(4, key))


def rsa_public(n, e=E):
    key = tlv(0x30, integer(n) + integer(e))
    return tlv(0x30, RSA + tlv(3, b"\0" + key))


CURVES = {
    "p256": ("2a8648ce3d030107", 32,
             0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
    "secp256k1": ("2b8104000a", 32,
                  0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141),
}


def ec_private(curve, number):
    oid, size, _ = CURVES[curve]
    algorithm = tlv(0x30, bytes.fromhex("06072a8648ce3d0201") + tlv(6, bytes.fromhex(oid)))
    key = tlv(0x30, integer(1) + tlv(4, number.to_bytes(size, "big")))
    return tlv(0x30, integer(0) + algorithm + tlv(4, key))


def roca_prime(bits):
    """k * M + (65537^a mod M), the shape that CVE-2017-15361 gives to the primes of 2048-bit keys."""
    primes = [n for n in range(2, 702) if all(n % m for m in range(2, int(n**0.5) + 1))]
    assert len(primes) == 126
    m = prod(primes)
    low, high = (3 << (bits - 2)) // m + 1, (1 << bits) // m - 1
    while True:
        p = RNG.randrange(low, high) * m + pow(E, RNG.getrandbits(256), m)
        if is_prime(p) and gcd(p - 1, E) == 1:
            return p


def write(name, data):
    (OUT / f"{name}.der").write_bytes(data)


def main():
    OUT.mkdir(exist_ok=True)
    p, q = prime(1024), prime(1024)
    a, b = roca_prime(1024), roca_prime(1024)
    close = prime(1024)
    # Fermat's method finds these in a few rounds.
    near = next_prime(close + 2 * RNG.getrandbits(515))
    # These it does not find, yet they are closer than FIPS 186-5 allows.
    nearer = next_prime(close + 2 * RNG.getrandbits(900))
    short, long = prime(1000), prime(1048)

    write("public-roca", rsa_public(a * b))
    write("public-close-primes", rsa_public(close * near))
    write("public-square", rsa_public(close * close))
    write("public-factor-1999", rsa_public(1999 * next_prime((3 << 2035) + RNG.getrandbits(2030) | 1)))
    write("rsa-2048-roca", rsa_private(a, b))
    write("rsa-2048-close-primes", rsa_private(close, near))
    write("rsa-2048-closer-than-fips", rsa_private(close, nearer))
    write("rsa-2048-uneven-primes", rsa_private(short, long))
    write("rsa-2048-short-d", rsa_private(p, q, d=next_prime(RNG.getrandbits(1000) | 1)))
    d = next_prime(RNG.getrandbits(400) | 1)
    write("rsa-2048-wiener", rsa_private(p, q, e=pow(d, -1, (p - 1) * (q - 1)), d=d))
    write("rsa-2048-e-65535", rsa_private(p, q, e=next(
        e for e in range(65535, 3, -2) if gcd(e, (p - 1) * (q - 1)) == 1)))
    # Without small factors, so that only the product is wrong.
    write("rsa-2048-other-n", rsa_private(p, q, n=next(
        n for n in range(p * q + 2, p * q + 10**6, 2) if all(n % m for m in range(3, 2000, 2)))))
    good_d = pow(E, -1, (p - 1) * (q - 1))
    write("rsa-2048-other-d", rsa_private(p, q, d=good_d + 2))
    write("rsa-2048-other-dp", rsa_private(p, q, dp=good_d % (p - 1) + 2))
    write("rsa-2048-other-dq", rsa_private(p, q, dq=good_d % (q - 1) + 2))
    write("rsa-2048-other-qinv", rsa_private(p, q, qinv=pow(q, -1, p) + 2))
    for curve, (_, _, order) in CURVES.items():
        write(f"{curve}-zero", ec_private(curve, 0))
        write(f"{curve}-one", ec_private(curve, 1))
        write(f"{curve}-below-2-64", ec_private(curve, (1 << 64) - 1))
        write(f"{curve}-order-less-one", ec_private(curve, order - 1))
        write(f"{curve}-order", ec_private(curve, order))
        write(f"{curve}-above-the-order", ec_private(curve, order + 1))
        write(f"{curve}-above-2-64", ec_private(curve, 1 << 64))


if __name__ == "__main__":
    main()
