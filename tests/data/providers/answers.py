"""Writes the answers of providers under */answers: shapes after the pages named in README.md, the key
being tests/data/crypto/ec-p256-public.pem, of secrets the bytes 00 01 02 …; ids and times are made up.

usage: answers.py (in tests/data/providers)
"""
import base64
import gzip
import hashlib
import hmac
import json
import os
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GOOGLE = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/payments"
KID = "https://payments.vault.azure.net/keys/payments/0123456789abcdef0123456789abcdef"
MATERIAL = "123456789012345678901234567890123456789012345678901234567890abcd"[:64]

pem = open("../crypto/ec-p256-public.pem").read()
key = load_pem_public_key(pem.encode())
spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
numbers = key.public_numbers()
secret = bytes(range(32))
# The question of the tests, and what only the secret answers.
question = hashlib.sha256(b"question").digest()
text = hashlib.sha256(b"text").digest()


def b64(value):
    return base64.b64encode(value).decode()


def url(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def write(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(value if isinstance(value, bytes) else (json.dumps(value, indent=4) + "\n").encode())


def crc32c(value):
    crc = 0xFFFFFFFF
    for byte in value:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def metadata(**changed):
    whole = {
        "AWSAccountId": "111122223333", "KeyId": ARN.split("/")[1], "Arn": ARN,
        "CreationDate": "2027-01-04T09:31:12.417000+00:00", "Enabled": True, "Description": "",
        "KeyUsage": "SIGN_VERIFY", "KeyState": "Enabled", "ValidTo": "2027-10-31T10:12:40+00:00",
        "Origin": "EXTERNAL", "ExpirationModel": "KEY_MATERIAL_EXPIRES", "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "ECC_NIST_P256", "KeySpec": "ECC_NIST_P256",
        "SigningAlgorithms": ["ECDSA_SHA_256"], "MultiRegion": False,
    }
    whole.update(changed)
    return {"KeyMetadata": whole}


write("aws/answers/describe-key.json", metadata())
write("aws/answers/pending-import.json", metadata(KeyState="PendingImport", Enabled=False))
write("aws/answers/epoch.json", metadata(ValidTo=1825064560.5))
write("aws/answers/made-there.json", metadata(Origin="AWS_KMS"))
write("aws/answers/other-key.json", metadata(Arn=ARN.replace("eu-west-1", "us-east-1")))
write("aws/answers/symmetric.json", metadata(
    KeySpec="SYMMETRIC_DEFAULT", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE", ValidTo=None,
    CurrentKeyMaterialId=MATERIAL))
write("aws/answers/get-public-key.json", {
    "KeyId": ARN, "PublicKey": b64(spki), "CustomerMasterKeySpec": "ECC_NIST_P256",
    "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "SigningAlgorithms": ["ECDSA_SHA_256"]})
write("aws/answers/generate-mac.json", {
    "Mac": b64(hmac.digest(secret, question, "sha256")), "MacAlgorithm": "HMAC_SHA_256", "KeyId": ARN})
write("aws/answers/import-key-material.json", {"KeyId": ARN, "KeyMaterialId": MATERIAL})
write("aws/answers/list-key-rotations.json", {"Rotations": [
    {"KeyId": ARN, "KeyMaterialId": "0" * 64, "ImportState": "IMPORTED", "KeyMaterialState": "NON_CURRENT",
     "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"},
    {"KeyId": ARN, "KeyMaterialId": MATERIAL, "KeyMaterialDescription": "payments-2027",
     "ImportState": "IMPORTED", "KeyMaterialState": "CURRENT",
     "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "RotationDate": "2027-01-05T08:00:00+00:00",
     "RotationType": "ON_DEMAND"}], "Truncated": False})


def attribute(name, value):
    return struct.pack(">II", name, len(value)) + value


def statement(ekcv, kcv, local):
    values = [attribute(0x100, struct.pack(">I", 3)), attribute(0x163, local), attribute(0x173, kcv),
              attribute(0x1003, ekcv)]
    body = b"".join(values)
    objects = struct.pack(">III", 0x40001, len(values), len(body)) + body
    buffer = struct.pack(">HHHH", 2, 3, 8, 0) + objects
    whole = struct.pack(">IIII", 0, 3, 16 + len(buffer) + 256, len(buffer)) + buffer + bytes(range(256))
    return gzip.compress(whole, mtime=0)


# EKCV and KCV as in the statement that PeculiarVentures published.
published = bytes.fromhex("4075a3e5a13e33095430962abcbacbef32d7737234868785d2420893293fc86a")
write("google/answers/attestation.dat", statement(published, bytes.fromhex("81b1a7"), b"\0"))
write("google/answers/made-there.dat", statement(published, bytes.fromhex("81b1a7"), b"\1"))


def version(**changed):
    whole = {
        "algorithm": "EC_SIGN_P256_SHA256", "createTime": "2027-01-04T10:20:00.123456789Z",
        "importJob": "projects/p/locations/europe-west3/keyRings/r/importJobs/j",
        "importTime": "2027-01-04T10:20:01.123456789Z", "name": GOOGLE + "/cryptoKeyVersions/1",
        "protectionLevel": "HSM", "reimportEligible": True, "state": "ENABLED",
        "attestation": {"content": b64(statement(hashlib.sha256(spki).digest(), hashlib.sha1(spki).digest()[:3], b"\0")),
                        "format": "CAVIUM_V2_COMPRESSED"},
    }
    whole.update(changed)
    return whole


write("google/answers/version.json", version())
write("google/answers/pending-import.json", version(state="PENDING_IMPORT", attestation=None, importTime=None))
write("google/answers/failed.json", version(state="IMPORT_FAILED", attestation=None, importTime=None,
                                            importFailureReason="the wrapped key is too short"))
write("google/answers/public-key.json", {
    "algorithm": "EC_SIGN_P256_SHA256", "name": GOOGLE + "/cryptoKeyVersions/1", "pem": pem,
    "pemCrc32c": str(crc32c(pem.encode())), "protectionLevel": "HSM"})
write("google/answers/damaged.json", {
    "algorithm": "EC_SIGN_P256_SHA256", "name": GOOGLE + "/cryptoKeyVersions/1", "pem": pem,
    "pemCrc32c": str(crc32c(pem.encode()) ^ 1), "protectionLevel": "HSM"})
mac = hmac.digest(secret, question, "sha256")
write("google/answers/mac.bin", mac)
write("google/answers/mac.json", {
    "name": GOOGLE + "/cryptoKeyVersions/1", "mac": b64(mac), "macCrc32c": str(crc32c(mac)),
    "verifiedDataCrc32c": True, "protectionLevel": "HSM"})

jwk = {"crv": "P-256", "d": None, "k": None, "keyOps": ["sign", "verify"], "kid": KID, "kty": "EC-HSM",
       "n": None, "e": None, "t": None, "x": b64(numbers.x.to_bytes(32, "big")),
       "y": b64(numbers.y.to_bytes(32, "big"))}
attributes = {"created": "2027-01-04T10:20:00+00:00", "enabled": True, "expires": None, "exportable": False,
              "notBefore": None, "recoverableDays": 90, "recoveryLevel": "Recoverable",
              "updated": "2027-01-04T10:20:00+00:00"}
write("azure/answers/key-show.json", {"attributes": attributes, "key": jwk, "managed": None,
                                      "releasePolicy": None, "tags": None})
hsm = "https://payments.managedhsm.azure.net/keys/payments/0123456789abcdef0123456789abcdef"
write("azure/answers/oct.json", {"attributes": attributes, "key": {
    "kid": hsm, "kty": "oct-HSM", "keyOps": ["encrypt", "decrypt"], "k": None}, "tags": None})
write("azure/answers/decrypted.json", {"kid": hsm, "value": url(text)})

ciphertext = AESGCM(secret).encrypt(question[:12], text, None)
assert AESGCM(secret).decrypt(question[:12], ciphertext, None) == text


def vault(data):
    return {"request_id": "0b9d7f0c-2b0e-6f3a-5c1d-8f6a7d3b2c10", "lease_id": "", "lease_duration": 0,
            "renewable": False, "data": data, "warnings": None}


def transit(keys, kind, **changed):
    whole = {"allow_plaintext_backup": False, "deletion_allowed": False, "derived": False, "exportable": False,
             "imported_key": True, "imported_key_allow_rotation": False, "keys": keys, "latest_version": len(keys),
             "min_decryption_version": 1, "min_encryption_version": 0, "name": "payments", "type": kind}
    whole.update(changed)
    return vault(whole)


def public(value, name):
    return {"certificate_chain": "", "creation_time": "2027-01-04T10:20:00.5Z", "name": name, "public_key": value}


write("vault/answers/key.json", transit({"1": public(pem, "P-256")}, "ecdsa-p256"))
write("vault/answers/symmetric.json", transit({"1": 1799057300}, "aes256-gcm96"))
write("vault/answers/made-there.json", transit({"1": 1799057300}, "aes256-gcm96", imported_key=False))
write("vault/answers/decrypted.json", vault({"plaintext": b64(text)}))
write("vault/answers/hmac.json", vault({"hmac": "vault:v1:" + b64(mac)}))
ed = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032, 7.1 test 1
write("vault/answers/ed25519.json", transit({"1": public(b64(ed), "ed25519")}, "ed25519"))

write("oci/answers/key-version.json", {"data": {
    "compartment-id": "ocid1.compartment.oc1..a", "id": "ocid1.keyversion.oc1.eu-frankfurt-1.a.b",
    "is-primary": None, "key-id": "ocid1.key.oc1.eu-frankfurt-1.a.b", "lifecycle-state": "ENABLED",
    "origin": "EXTERNAL", "public-key": pem, "time-created": "2027-01-04T10:20:00.000000+00:00",
    "vault-id": "ocid1.vault.oc1.eu-frankfurt-1.a.b"}, "etag": "a"})
write("generic/answers/public-key.jwk.json", {"kty": "EC", "crv": "P-256",
      "x": url(numbers.x.to_bytes(32, "big")), "y": url(numbers.y.to_bytes(32, "big"))})
