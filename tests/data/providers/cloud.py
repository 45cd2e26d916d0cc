"""Stands in for the `aws` and `az` commands: opens what is imported with pyca/cryptography, and answers from it.

usage: cloud.py aws|az ARGUMENT…

Knows the calls of the commands that a ceremony writes, and those that fetch an answer. CLOUD names a folder that
keeps what came in, and has the private halves of the wrapping keys: aws.der and az.der. CLOUD_TIME is the moment.
Answers have the members that the AWS CLI Command Reference (kms import-key-material, describe-key,
list-key-rotations) and the Key Vault REST API (KeyBundle, KeyOperationResult) document. How AWS makes the id of a
material is not published: here it is a digest of the key's name and the material, so that it is the same for the
same material alone.
"""
import base64
import hashlib
import json
import os
import sys

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "0123456789abcdef0123456789abcdef"


def options(arguments):
    found, words = {}, []
    while arguments:
        word = arguments.pop(0)
        if word.startswith("--"):
            found[word[2:]] = arguments.pop(0)
        else:
            words.append(word)
    return words, found


def path(name):
    return os.path.join(os.environ["CLOUD"], name)


def stored(name):
    try:
        with open(path(name)) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def store(name, value):
    with open(path(name), "w") as file:
        json.dump(value, file)


def opened(private, blob, hash_):
    with open(path(private), "rb") as file:
        key = serialization.load_der_private_key(file.read(), None)
    head, tail = blob[: key.key_size // 8], blob[key.key_size // 8 :]
    plain = key.decrypt(head, padding.OAEP(padding.MGF1(hash_), hash_, None))
    return keywrap.aes_key_unwrap_with_padding(plain, tail) if tail else plain


def unpacked(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def packed(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def file_of(name):
    with open(name.removeprefix("fileb://"), "rb") as file:
        return file.read()


def aws(words, given):
    assert words[0] == "kms", words
    arn = given["key-id"]
    keys = stored("aws.json")
    if words[1] == "import-key-material":
        assert file_of(given["import-token"])
        plain = opened("aws.der", file_of(given["encrypted-key-material"]), hashes.SHA256())
        assert len(plain) == 32, "SYMMETRIC_DEFAULT takes 32 bytes"
        material = hashlib.sha256(arn.encode() + plain).hexdigest()
        known = keys.get(arn)
        # A key takes its own material again, and no other under that name.
        if known and given.get("import-type") != "NEW_KEY_MATERIAL":
            assert known["material"] == material, "IncorrectKeyMaterialException"
        keys[arn] = {"material": material, "ends": given.get("valid-to"), "model": given["expiration-model"]}
        store("aws.json", keys)
        return {"KeyId": arn, "KeyMaterialId": material}
    key = keys[arn]
    if words[1] == "describe-key":
        return {
            "KeyMetadata": {
                "AWSAccountId": arn.split(":")[4],
                "KeyId": arn.split("/")[1],
                "Arn": arn,
                "Enabled": True,
                "KeyUsage": "ENCRYPT_DECRYPT",
                "KeyState": "Enabled",
                "ValidTo": key["ends"],
                "Origin": "EXTERNAL",
                "ExpirationModel": key["model"],
                "KeyManager": "CUSTOMER",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
                "MultiRegion": False,
                "CurrentKeyMaterialId": key["material"],
            }
        }
    assert words[1] == "list-key-rotations", words
    return {
        "Rotations": [
            {
                "KeyId": arn,
                "KeyMaterialId": key["material"],
                "ImportState": "IMPORTED",
                "KeyMaterialState": "CURRENT",
                "ExpirationModel": key["model"],
                "ValidTo": key["ends"],
            }
        ],
        "Truncated": False,
    }


def az(words, given):
    keys = stored("az.json")
    if words[0] == "rest":
        url = given["uri"].split("?")[0].removesuffix("/decrypt")
        asked = json.loads(given["body"])
        assert asked["alg"] == "A256GCM", asked
        sealed = unpacked(asked["value"]) + unpacked(asked["tag"])
        plain = AESGCM(bytes.fromhex(keys[url]["plain"])).decrypt(unpacked(asked["iv"]), sealed, None)
        return {"kid": f"{url}/{VERSION}", "value": packed(plain)}
    url = f"https://{given['hsm-name']}.managedhsm.azure.net/keys/{given['name']}"
    if words[2] == "import":
        assert given["kty"] == "oct", given
        byok = json.loads(file_of(given["byok-file"]))
        assert byok["header"]["enc"] == "CKM_RSA_AES_KEY_WRAP", byok
        plain = opened("az.der", unpacked(byok["ciphertext"]), hashes.SHA1())
        keys[url] = {"plain": plain.hex(), "created": os.environ["CLOUD_TIME"]}
        store("az.json", keys)
    else:
        assert words[2] == "show", words
    created = keys[url]["created"]
    return {
        "attributes": {
            "created": created,
            "enabled": True,
            "expires": None,
            "exportable": False,
            "notBefore": None,
            "recoverableDays": 90,
            "recoveryLevel": "Recoverable",
            "updated": created,
        },
        "key": {"kid": f"{url}/{VERSION}", "kty": "oct-HSM", "keyOps": ["encrypt", "decrypt"], "k": None},
        "managed": None,
        "releasePolicy": None,
        "tags": None,
    }


print(json.dumps({"aws": aws, "az": az}[sys.argv[1]](*options(sys.argv[2:])), indent=4))
