#!/usr/bin/env python3
"""Checks a ceremony without keyrite: with Python's standard library and ssh-keygen.

    python3 -I verify.py [ALLOWED_SIGNERS]

Run it in the folder of the ceremony; a copy that you trust, for this one is as old as the record, and
always with -I, or Python takes modules from the folder. ALLOWED_SIGNERS is your own list of keys;
without it those count that the ceremony itself names. Exit code 0: whatever is checked here holds;
1: somebody has not signed, or does not agree; 5: something was altered.
"""

import hashlib
import json
import os
import subprocess
import sys

NOT_CHECKED = """not checked here: that the entries fit what script.yaml says, its rules and its roles; who has to
sign organisation.yaml; that check values are those of the keys; until when approvals held; that a security key was
touched; the clock"""
TOP = "script.yaml organisation.yaml record.jsonl allowed_signers VERIFY.txt verify.py artifacts approvals signatures dissent orphans"
keys = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "allowed_signers"
altered, missing = [], []


def check(holds, what):
    if not holds:
        altered.append(what)
    return holds


def read(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def parsed(data):
    """An object in its canonical writing (RFC 8785: here strings and small numbers only), or None."""
    try:
        value = json.loads(data)
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return value if isinstance(value, dict) and text.encode() == data else None
    except (ValueError, RecursionError):
        return None


def signed(who, purpose, signature, message, at):
    time = "verify-time=" + at.translate(str.maketrans("", "", "-:T"))
    purpose = ("" if purpose == "organisation" else "ceremony-") + purpose + "@keyrite"
    command = ["ssh-keygen", "-Y", "verify", "-f", keys, "-I", who, "-n", purpose]
    done = subprocess.run([*command, "-s", signature, "-O", time], input=message, capture_output=True)
    return check(done.returncode == 0, f"{signature} is not {who}'s signature for {purpose}")


def below(folder):
    for place, folders, files in os.walk(folder):
        yield from (os.path.join(place, name) for name in files)
        yield from (path for name in folders if os.path.islink(path := os.path.join(place, name)))


def listed(folder):
    """Names in a folder, without what an interrupted write left."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [name for name in names if not (name.startswith(".") and name.endswith(".part"))]


def chain(script, record):
    check(record.endswith(b"\n"), "record.jsonl is missing or cut off")
    entries, before = [], sha256(script)
    for number, line in enumerate(record.split(b"\n")[:-1]):
        entry = parsed(line) or {}
        ((kind, event),) = entry["event"].items() if len(entry.get("event", "")) == 1 else (("", {}),)
        where = f"line {number + 1} of record.jsonl"
        check(list(entry) == ["at", "event", "prev", "seq"], f"{where} is not an entry in canonical JSON")
        check(entry.get("prev") == before, f"{where} does not continue what is in front of it")
        check(entry.get("seq") == number, f"{where} has another number")
        check((kind == "open") == (number == 0), f"{where} should be `open`, or should not")
        check(not entries or entry.get("at", "") >= entries[-1][0], f"{where} is older than the one before")
        entries.append((entry.get("at", ""), kind, event, entry.get("prev", "")))
        before = sha256(line)
    kinds = [kind for _, kind, _, _ in entries]
    check(kinds[-1:] == ["sealed"] and kinds.count("sealed") == 1, "record.jsonl does not end with its seal")
    return entries


def main():
    script, record = read("script.yaml"), read("record.jsonl")
    entries = chain(script, record)
    if altered:
        return
    (began, _, opened, _), (ended, _, sealed, _) = entries[0], entries[-1]
    rehearsal = opened["mode"] == "rehearsal"
    for name, field in ("allowed_signers", "allowed-signers"), ("VERIFY.txt", "verify-txt"), ("verify.py", "verify-py"):
        # Records of before verify.py name none; where none is, its bytes are none.
        wanted = opened.get(field, sha256(b"")) if name == "verify.py" else opened[field]
        check(sha256(read(name)) == wanted, f"{name} is not the file that the record names")
    # Approvals, and every file that an entry names.
    files, kept, begun = [], set(), set()
    for approval in opened["script-approvals"]:
        files.append(approval["signature"])
        signed(approval["by"], "script", approval["signature"]["path"], script, began)
    pinned = opened.get("organisation", {"signatures": [], "sha256": sha256(b"")})
    organisation = read("organisation.yaml")
    check(sha256(organisation) == pinned["sha256"], "organisation.yaml is not the file that the record names")
    for signature in pinned["signatures"]:
        files.append(signature["signature"])
        signed(signature["by"], "organisation", signature["signature"]["path"], organisation, began)
    approved = [approval["by"] for approval in opened["script-approvals"]]
    for person in opened["people"] if opened["mode"] == "production" else []:
        check("approver" not in person["roles"] or person["id"] in approved, f"{person['id']} did not approve the script")
    for at, kind, event, before in entries:
        files += event["artifacts"] if kind == "step" else []
        if kind == "step" and (approve := event["did"].get("approve")):
            files += [approve["request"], approve["signature"]]
            asked = parsed(read(approve["request"]["path"])) or {}
            fits = (asked.get("by"), asked.get("head"), asked.get("expires")) == (approve["by"], before, approve["expires"])
            check(fits and asked["ceremony"] == opened["ceremony"], f"{approve['request']['path']} asks for something else")
            signed(approve["by"], "approval", approve["signature"]["path"], read(approve["request"]["path"]), at)
        told = event if kind == "exception" else kind == "step" and event["did"].get("exception", {}).get("told")
        if told and "request" in told:
            request, once = told["request"], {made["signature"]["path"]: made for made in told["signatures"]}
            files += [request, *(made["signature"] for made in once.values())]
            fields = {name: told[name] for name in told if name not in ("request", "signatures")}
            wanted = {**fields, "format": "keyrite-exception/v1", "ceremony": opened["ceremony"], "head": before}
            check(parsed(read(request["path"])) == wanted, f"{request['path']} is another exception")
            for made in once.values():
                signed(made["by"], "exception", made["signature"]["path"], read(request["path"]), at)
        if kind == "orphan" and event["decision"] == "kept":
            kept.add(event["sha256"])
        if kind == "batch-key":
            begun.add(f"artifacts/{event['batch']}-for-{event['for']}.tar")
    for file in files:
        data, path = read(file["path"]), file["path"]
        inside = path.split("/")[0] in ("artifacts", "approvals") and os.path.normpath(path) == path
        check(inside and sha256(data) == file["sha256"] and len(data) == file.get("bytes", len(data)), f"{path} was altered")
    known = begun | {file["path"] for file in files}
    for path in [*below("artifacts"), *below("approvals")]:
        check(path in known, f"no entry names {path}")
    for path in below("orphans"):
        check(sha256(read(path)) in kept, f"no entry names {path}")
    for name in os.listdir("."):
        check(name in TOP.split() or (rehearsal and name == "stand-in-media"), f"{name} does not belong here")
    # Who signed, who does not agree, and who has still to sign.
    signers, answered = sealed["signers"], set()
    for name in listed("signatures"):
        who = name.removesuffix(".sig")
        signed(who, "rehearsal" if rehearsal else "record", f"signatures/{name}", record, ended)
        answered.add(who)
    for name in listed("dissent"):
        if name.endswith(".json"):
            data, who = read(f"dissent/{name}"), name.removesuffix(".json")
            said = parsed(data) or {}
            fits = (said.get("ceremony"), said.get("record")) == (opened["ceremony"], sha256(record))
            check(fits, f"dissent/{name} is about another record")
            signed(who, "rehearsal" if rehearsal else "dissent", f"dissent/{name}.sig", data, ended)
            missing.append(f"{who} does not agree: {said.get('reason')!a}")
            answered.add(who)
        else:
            check(name.endswith(".json.sig"), f"dissent/{name} does not belong here")
    roles = {person["id"]: person["roles"] for person in opened["people"]}
    quorum = sealed.get("quorum", {})
    enough = [role for role, count in quorum.items() if sum(role in roles.get(who, []) for who in answered) >= count]
    for who in signers:
        if who not in answered and not set(roles.get(who, ["nobody"])) <= set(enough):
            missing.append(f"{who} has not signed")


try:
    main()
except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
    altered.append(f"the record cannot be read: {error!a}")
for what in altered:
    print("ALTERED:", what)
for what in missing:
    print("MISSING:", what)
if not (altered or missing):
    print("whatever is checked here holds, by keys of", "your list" if len(sys.argv) > 1 else "the ceremony's own list")
print(NOT_CHECKED)
sys.exit(5 if altered else 1 if missing else 0)
