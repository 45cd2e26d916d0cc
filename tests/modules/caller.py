"""A PKCS#11 caller that shares no code with keyrite.

    caller.py MODULE [INIT-ARGS] < calls.json > answers.json

Reads a JSON list of calls, makes them one after another in this process, and prints the list of
answers. A call is {"do": NAME, ...}; the functions named do_NAME below say what else it takes. An
answer holds at least "rv", the name of the return value. A return value other than CKR_OK ends the
program with an error, unless the call says which one it wants ("rv": NAME) or that it takes any
("rv": "any").

Objects are kept under the name that a call gives in "as", and used by that name afterwards.
Attribute values are true and false, numbers, texts, or {"hex": BYTES}.
"""

import ctypes
import json
import sys
from ctypes import POINTER
from ctypes import Structure
from ctypes import byref
from ctypes import c_char
from ctypes import c_ubyte
from ctypes import c_ulong
from ctypes import c_void_p

UNAVAILABLE = c_ulong(-1).value
# More than any attribute of a test; what claims to be longer is not asked for.
LONGEST = 1 << 20

# PKCS#11 v3.1, the order of CK_FUNCTION_LIST.
FUNCTIONS = """C_Initialize C_Finalize C_GetInfo C_GetFunctionList C_GetSlotList C_GetSlotInfo
C_GetTokenInfo C_GetMechanismList C_GetMechanismInfo C_InitToken C_InitPIN C_SetPIN C_OpenSession
C_CloseSession C_CloseAllSessions C_GetSessionInfo C_GetOperationState C_SetOperationState C_Login
C_Logout C_CreateObject C_CopyObject C_DestroyObject C_GetObjectSize C_GetAttributeValue
C_SetAttributeValue C_FindObjectsInit C_FindObjects C_FindObjectsFinal C_EncryptInit C_Encrypt
C_EncryptUpdate C_EncryptFinal C_DecryptInit C_Decrypt C_DecryptUpdate C_DecryptFinal C_DigestInit
C_Digest C_DigestUpdate C_DigestKey C_DigestFinal C_SignInit C_Sign C_SignUpdate C_SignFinal
C_SignRecoverInit C_SignRecover C_VerifyInit C_Verify C_VerifyUpdate C_VerifyFinal
C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate C_DecryptDigestUpdate C_SignEncryptUpdate
C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey C_UnwrapKey C_DeriveKey
C_SeedRandom C_GenerateRandom C_GetFunctionStatus C_CancelFunction C_WaitForSlotEvent""".split()

# Numbers: PKCS#11 v3.1, pkcs11t.h.
RVS = {
    "CKR_OK": 0x0, "CKR_HOST_MEMORY": 0x2, "CKR_SLOT_ID_INVALID": 0x3, "CKR_GENERAL_ERROR": 0x5,
    "CKR_FUNCTION_FAILED": 0x6, "CKR_ARGUMENTS_BAD": 0x7, "CKR_ATTRIBUTE_READ_ONLY": 0x10,
    "CKR_ATTRIBUTE_SENSITIVE": 0x11, "CKR_ATTRIBUTE_TYPE_INVALID": 0x12,
    "CKR_ATTRIBUTE_VALUE_INVALID": 0x13, "CKR_ACTION_PROHIBITED": 0x1B, "CKR_DATA_LEN_RANGE": 0x21,
    "CKR_DEVICE_ERROR": 0x30, "CKR_DEVICE_MEMORY": 0x31, "CKR_DEVICE_REMOVED": 0x32,
    "CKR_ENCRYPTED_DATA_INVALID": 0x40, "CKR_FUNCTION_NOT_SUPPORTED": 0x54,
    "CKR_KEY_HANDLE_INVALID": 0x60, "CKR_KEY_SIZE_RANGE": 0x62, "CKR_KEY_TYPE_INCONSISTENT": 0x63,
    "CKR_KEY_FUNCTION_NOT_PERMITTED": 0x68, "CKR_KEY_NOT_WRAPPABLE": 0x69,
    "CKR_KEY_UNEXTRACTABLE": 0x6A, "CKR_MECHANISM_INVALID": 0x70,
    "CKR_MECHANISM_PARAM_INVALID": 0x71, "CKR_OBJECT_HANDLE_INVALID": 0x82,
    "CKR_OPERATION_NOT_INITIALIZED": 0x91, "CKR_PIN_INCORRECT": 0xA0, "CKR_PIN_LOCKED": 0xA4,
    "CKR_SESSION_HANDLE_INVALID": 0xB3, "CKR_SESSION_READ_ONLY": 0xB5,
    "CKR_SESSION_READ_WRITE_SO_EXISTS": 0xB8, "CKR_TEMPLATE_INCOMPLETE": 0xD0,
    "CKR_TEMPLATE_INCONSISTENT": 0xD1, "CKR_TOKEN_NOT_PRESENT": 0xE0,
    "CKR_TOKEN_WRITE_PROTECTED": 0xE2, "CKR_USER_ALREADY_LOGGED_IN": 0x100,
    "CKR_USER_NOT_LOGGED_IN": 0x101, "CKR_USER_PIN_NOT_INITIALIZED": 0x102,
    "CKR_WRAPPED_KEY_INVALID": 0x110, "CKR_WRAPPED_KEY_LEN_RANGE": 0x112,
    "CKR_WRAPPING_KEY_HANDLE_INVALID": 0x113, "CKR_BUFFER_TOO_SMALL": 0x150,
    "CKR_CRYPTOKI_NOT_INITIALIZED": 0x190, "CKR_TOKEN_NOT_INITIALIZED": 0x208,
}
MECHANISMS = {
    "CKM_RSA_PKCS_KEY_PAIR_GEN": 0x0, "CKM_RSA_PKCS": 0x1, "CKM_RSA_PKCS_OAEP": 0x9,
    "CKM_SHA256_RSA_PKCS": 0x40, "CKM_SHA256_HMAC": 0x251, "CKM_GENERIC_SECRET_KEY_GEN": 0x350,
    "CKM_EC_KEY_PAIR_GEN": 0x1040, "CKM_ECDSA": 0x1041, "CKM_RSA_AES_KEY_WRAP": 0x1054,
    "CKM_AES_KEY_GEN": 0x1080, "CKM_AES_ECB": 0x1081, "CKM_AES_CBC": 0x1082,
    "CKM_AES_CBC_PAD": 0x1085, "CKM_AES_CMAC": 0x108A, "CKM_AES_KEY_WRAP": 0x2109,
    "CKM_AES_KEY_WRAP_PAD": 0x210A, "CKM_AES_KEY_WRAP_KWP": 0x210B,
    "CKM_AES_KEY_WRAP_PKCS7": 0x210C,
}
HASHES = {"SHA1": (0x220, 1), "SHA256": (0x250, 2), "SHA384": (0x260, 3), "SHA512": (0x270, 4)}
CLASSES = {"data": 0, "public": 2, "private": 3, "secret": 4}
KEY_TYPES = {"rsa": 0x0, "ec": 0x3, "generic": 0x10, "aes": 0x1F}
FLAG, NUMBER, BYTES = "flag", "number", "bytes"
ATTRIBUTES = {
    "CKA_CLASS": (0x0, NUMBER), "CKA_TOKEN": (0x1, FLAG), "CKA_PRIVATE": (0x2, FLAG),
    "CKA_LABEL": (0x3, BYTES), "CKA_VALUE": (0x11, BYTES), "CKA_TRUSTED": (0x86, FLAG),
    "CKA_CHECK_VALUE": (0x90, BYTES), "CKA_KEY_TYPE": (0x100, NUMBER), "CKA_ID": (0x102, BYTES),
    "CKA_SENSITIVE": (0x103, FLAG), "CKA_ENCRYPT": (0x104, FLAG), "CKA_DECRYPT": (0x105, FLAG),
    "CKA_WRAP": (0x106, FLAG), "CKA_UNWRAP": (0x107, FLAG), "CKA_SIGN": (0x108, FLAG),
    "CKA_VERIFY": (0x10A, FLAG), "CKA_DERIVE": (0x10C, FLAG), "CKA_MODULUS": (0x120, BYTES),
    "CKA_MODULUS_BITS": (0x121, NUMBER), "CKA_PUBLIC_EXPONENT": (0x122, BYTES),
    "CKA_PUBLIC_KEY_INFO": (0x129, BYTES), "CKA_VALUE_LEN": (0x161, NUMBER),
    "CKA_EXTRACTABLE": (0x162, FLAG), "CKA_LOCAL": (0x163, FLAG),
    "CKA_NEVER_EXTRACTABLE": (0x164, FLAG), "CKA_ALWAYS_SENSITIVE": (0x165, FLAG),
    "CKA_KEY_GEN_MECHANISM": (0x166, NUMBER), "CKA_MODIFIABLE": (0x170, FLAG),
    "CKA_COPYABLE": (0x171, FLAG), "CKA_DESTROYABLE": (0x172, FLAG),
    "CKA_EC_PARAMS": (0x180, BYTES), "CKA_EC_POINT": (0x181, BYTES),
    "CKA_WRAP_WITH_TRUSTED": (0x210, FLAG),
}
USERS = {"so": 0, "user": 1}
SERIAL_SESSION, RW_SESSION = 4, 2


class Version(Structure):
    _fields_ = [("major", c_ubyte), ("minor", c_ubyte)]


class FunctionList(Structure):
    _fields_ = [("version", Version)] + [(name, c_void_p) for name in FUNCTIONS]


class InitArgs(Structure):
    _fields_ = [(name, c_void_p) for name in ("create", "destroy", "lock", "unlock")] + [
        ("flags", c_ulong), ("reserved", c_void_p)]


class Attribute(Structure):
    _fields_ = [("type", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class Mechanism(Structure):
    _fields_ = [("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


class Oaep(Structure):
    _fields_ = [("hash", c_ulong), ("mgf", c_ulong), ("source", c_ulong), ("data", c_void_p),
                ("length", c_ulong)]


class RsaAes(Structure):
    _fields_ = [("bits", c_ulong), ("oaep", POINTER(Oaep))]


class TokenInfo(Structure):
    _fields_ = [("label", c_ubyte * 32), ("manufacturer", c_ubyte * 32), ("model", c_ubyte * 16),
                ("serial", c_ubyte * 16), ("flags", c_ulong)] + [
        (name, c_ulong) for name in (
            "max_sessions", "sessions", "max_rw", "rw", "max_pin", "min_pin", "public", "free",
            "private", "free_private")] + [
        ("hardware", Version), ("firmware", Version), ("time", c_char * 16)]


class Failed(Exception):
    pass


class Caller:
    def __init__(self, module, reserved):
        self.library = ctypes.CDLL(module)
        self.reserved = reserved
        self.session = c_ulong(0)
        self.objects = {}
        table = POINTER(FunctionList)()
        self.library.C_GetFunctionList.restype = c_ulong
        rv = self.library.C_GetFunctionList(byref(table))
        if rv:
            raise Failed(f"C_GetFunctionList: {rv:#x}")
        self.table = table.contents

    def call(self, name, *arguments):
        return ctypes.CFUNCTYPE(c_ulong)(getattr(self.table, name))(*arguments)

    def do_initialize(self):
        if self.reserved is None:
            return self.call("C_Initialize", None), {}
        text = ctypes.c_char_p(self.reserved.encode())
        arguments = InitArgs(flags=2, reserved=ctypes.cast(text, c_void_p))
        return self.call("C_Initialize", byref(arguments)), {}

    def do_finalize(self):
        return self.call("C_Finalize", None), {}

    def do_slots(self):
        """Every slot with a token, as {slot, label, serial, flags, ...}."""
        count = c_ulong()
        rv = self.call("C_GetSlotList", c_ubyte(1), None, byref(count))
        if rv:
            return rv, {}
        ids = (c_ulong * count.value)()
        rv = self.call("C_GetSlotList", c_ubyte(1), ids, byref(count))
        slots = []
        for slot in ids[: count.value]:
            info = TokenInfo()
            rv = rv or self.call("C_GetTokenInfo", c_ulong(slot), byref(info))
            text = {
                name: bytes(getattr(info, name)).decode("utf-8", "replace").rstrip(" \0")
                for name in ("label", "manufacturer", "model", "serial")
            }
            slots.append({"slot": slot, "flags": info.flags, **text})
        return rv, {"slots": slots}

    def do_init_token(self, slot, label, so_pin):
        pin = so_pin.encode()
        label = label.encode().ljust(32)
        return self.call("C_InitToken", c_ulong(slot), pin, c_ulong(len(pin)), label), {}

    def do_init_pin(self, pin):
        pin = pin.encode()
        return self.call("C_InitPIN", self.session, pin, c_ulong(len(pin))), {}

    def do_open(self, slot=None, label=None, serial=None, write=True):
        """A session, kept for the calls that follow, on a slot or on the token so named."""
        if slot is None:
            rv, found = self.do_slots()
            found = [
                one["slot"] for one in found.get("slots", [])
                if label in (None, one["label"]) and serial in (None, one["serial"])
            ]
            if rv or len(found) != 1:
                raise Failed(f"open: {found} have label {label!r}, serial {serial!r}; rv {rv:#x}")
            slot = found[0]
        flags = SERIAL_SESSION | (RW_SESSION if write else 0)
        session = c_ulong()
        rv = self.call("C_OpenSession", c_ulong(slot), c_ulong(flags), None, None, byref(session))
        self.session = session
        return rv, {}

    def do_close(self):
        return self.call("C_CloseSession", self.session), {}

    def do_login(self, pin, user="user"):
        """A pin of null asks for the protected authentication path."""
        pin = None if pin is None else pin.encode()
        length = c_ulong(0 if pin is None else len(pin))
        return self.call("C_Login", self.session, c_ulong(USERS[user]), pin, length), {}

    def do_logout(self):
        return self.call("C_Logout", self.session), {}

    def do_mechanisms(self, slot):
        count = c_ulong()
        rv = self.call("C_GetMechanismList", c_ulong(slot), None, byref(count))
        if rv:
            return rv, {}
        list_ = (c_ulong * count.value)()
        rv = self.call("C_GetMechanismList", c_ulong(slot), list_, byref(count))
        return rv, {"mechanisms": list(list_[: count.value])}

    def do_generate(self, mechanism, template, **rest):
        handle = c_ulong()
        attributes = template_of(template)
        rv = self.call("C_GenerateKey", self.session, byref(mechanism_of(mechanism)), attributes,
                       c_ulong(len(attributes)), byref(handle))
        return rv, self.keep(rest, handle)

    def do_generate_pair(self, mechanism, public, private, **rest):
        """Keeps the halves as NAME.public and NAME.private."""
        handles = c_ulong(), c_ulong()
        publics, privates = template_of(public), template_of(private)
        rv = self.call("C_GenerateKeyPair", self.session, byref(mechanism_of(mechanism)), publics,
                       c_ulong(len(publics)), privates, c_ulong(len(privates)), byref(handles[0]),
                       byref(handles[1]))
        self.objects[rest["as"] + ".public"], self.objects[rest["as"] + ".private"] = handles
        return rv, {}

    def do_create(self, template, **rest):
        handle = c_ulong()
        attributes = template_of(template)
        rv = self.call("C_CreateObject", self.session, attributes, c_ulong(len(attributes)),
                       byref(handle))
        return rv, self.keep(rest, handle)

    def do_find(self, template, **rest):
        """Says how many there are; keeps the only one."""
        attributes = template_of(template)
        rv = self.call("C_FindObjectsInit", self.session, attributes, c_ulong(len(attributes)))
        if rv:
            return rv, {}
        found = []
        handle, count = c_ulong(), c_ulong(1)
        while True:
            rv = self.call("C_FindObjects", self.session, byref(handle), c_ulong(1), byref(count))
            if rv or count.value == 0:
                break
            found.append(handle.value)
        rv = self.call("C_FindObjectsFinal", self.session) or rv
        if len(found) == 1:
            self.keep(rest, c_ulong(found[0]))
        return rv, {"found": len(found)}

    def do_read(self, object, attributes):
        """Each attribute by itself: its value, or the name of what was returned instead."""
        values = {}
        for name in attributes:
            number, kind = ATTRIBUTES[name]
            attribute = Attribute(number, None, 0)
            get = lambda: self.call("C_GetAttributeValue", self.session, self.objects[object],
                                    byref(attribute), c_ulong(1))
            rv = get()
            if rv or attribute.length == UNAVAILABLE:
                values[name] = {"rv": rv_name(rv)}
                continue
            if attribute.length > LONGEST:
                values[name] = {"length": attribute.length}
                continue
            buffer = ctypes.create_string_buffer(max(attribute.length, 1))
            attribute.value = ctypes.cast(buffer, c_void_p)
            rv = get()
            value = buffer.raw[: attribute.length]
            if rv:
                values[name] = {"rv": rv_name(rv)}
            elif kind == FLAG and len(value) == 1:
                values[name] = value != b"\0"
            elif kind == NUMBER and len(value) == 8:
                values[name] = int.from_bytes(value, sys.byteorder)
            else:
                values[name] = {"hex": value.hex()}
        return 0, {"values": values}

    def do_set(self, object, template):
        attributes = template_of(template)
        return self.call("C_SetAttributeValue", self.session, self.objects[object], attributes,
                         c_ulong(len(attributes))), {}

    def do_destroy(self, object):
        return self.call("C_DestroyObject", self.session, self.objects[object]), {}

    def do_wrap(self, mechanism, with_, key, room=4096):
        """The blob made into a buffer of `room` bytes; and what the module says when asked how long
        it will be."""
        arguments = (self.session, byref(mechanism_of(mechanism)), self.objects[with_],
                     self.objects[key])
        asked = c_ulong(0)
        rv = self.call("C_WrapKey", *arguments, None, byref(asked))
        if rv:
            return rv, {}
        buffer, length = ctypes.create_string_buffer(room), c_ulong(room)
        rv = self.call("C_WrapKey", *arguments, buffer, byref(length))
        return rv, {"hex": buffer.raw[: length.value].hex(), "asked": asked.value}

    def do_unwrap(self, mechanism, with_, blob, template, **rest):
        handle = c_ulong()
        attributes = template_of(template)
        blob = bytes.fromhex(blob)
        rv = self.call("C_UnwrapKey", self.session, byref(mechanism_of(mechanism)),
                       self.objects[with_], blob, c_ulong(len(blob)), attributes,
                       c_ulong(len(attributes)), byref(handle))
        return rv, self.keep(rest, handle)

    def do_encrypt(self, mechanism, key, data):
        return self.one_part("C_Encrypt", mechanism, key, data)

    def do_decrypt(self, mechanism, key, data):
        return self.one_part("C_Decrypt", mechanism, key, data)

    def do_sign(self, mechanism, key, data):
        return self.one_part("C_Sign", mechanism, key, data)

    def one_part(self, name, mechanism, key, data):
        rv = self.call(name + "Init", self.session, byref(mechanism_of(mechanism)),
                       self.objects[key])
        if rv:
            return rv, {}
        data = bytes.fromhex(data)
        buffer, length = ctypes.create_string_buffer(4096), c_ulong(4096)
        rv = self.call(name, self.session, data, c_ulong(len(data)), buffer, byref(length))
        return rv, {"hex": buffer.raw[: length.value].hex()}

    def keep(self, rest, handle):
        if "as" in rest:
            self.objects[rest["as"]] = handle
        return {}


def template_of(template):
    attributes = (Attribute * len(template))()
    for slot, (name, value) in zip(attributes, template.items()):
        if name == "CKA_CLASS":
            value = CLASSES[value]
        elif name == "CKA_KEY_TYPE":
            value = KEY_TYPES[value]
        if isinstance(value, bool):
            value = bytes([value])
        elif isinstance(value, int):
            value = value.to_bytes(8, sys.byteorder)
        elif isinstance(value, str):
            value = value.encode()
        else:
            value = bytes.fromhex(value["hex"])
        buffer = ctypes.create_string_buffer(value, max(len(value), 1))
        slot.type, slot.length = ATTRIBUTES[name][0], len(value)
        slot.value = ctypes.cast(buffer, c_void_p)
        # The structure holds an address only; this keeps the bytes alive with it.
        attributes.__dict__.setdefault("kept", []).append(buffer)
    return attributes


def mechanism_of(wanted):
    """A name, or {"name": NAME, "hash": HASH, "mgf": HASH, "bits": AES-BITS, "iv": HEX}."""
    if isinstance(wanted, str):
        wanted = {"name": wanted}
    number = MECHANISMS[wanted["name"]]
    mechanism = Mechanism(number, None, 0)
    parameter = None
    if "hash" in wanted:
        # CKZ_DATA_SPECIFIED, and no label.
        parameter = Oaep(HASHES[wanted["hash"]][0], HASHES[wanted.get("mgf", wanted["hash"])][1], 1)
    if "bits" in wanted:
        parameter = RsaAes(wanted["bits"], ctypes.pointer(parameter))
    if "iv" in wanted:
        iv = bytes.fromhex(wanted["iv"])
        parameter = (c_ubyte * len(iv))(*iv)
    if parameter is not None:
        mechanism.parameter = ctypes.cast(byref(parameter), c_void_p)
        mechanism.length = ctypes.sizeof(parameter)
        mechanism.kept = parameter
    return mechanism


def rv_name(rv):
    return next((name for name, number in RVS.items() if number == rv), f"{rv:#x}")


def main():
    caller = Caller(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    answers = []
    for call in json.load(sys.stdin):
        name, wanted = call.pop("do"), call.pop("rv", "CKR_OK")
        if "with" in call:
            call["with_"] = call.pop("with")
        rv, answer = getattr(caller, "do_" + name)(**call)
        if wanted not in ("any", rv_name(rv)):
            raise Failed(f"{name} {call}: {rv_name(rv)}, not {wanted}")
        answers.append({"rv": rv_name(rv), **answer})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"caller.py: {failed}")
