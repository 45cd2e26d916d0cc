//! Ceremonies with a module that lies, refuses, dies, hangs or loses its token: what is said, with
//! which code, and what is left.

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use crate::common::said;
use crate::hsm_room::Room;
use crate::hsm_room::keys_in;
use crate::tokens::Kind;
use crate::tokens::Token;

/// The shipped script under a shorter wrapping key.
const EDITS: [(&str, &str); 2] = [("RSA_4096", "RSA_2048"), ("parameters.json", "aws.json")];

const fn shim(faults: &'static str) -> Kind {
    Kind::Shim(&Kind::Kryoptic, faults)
}

/// The shipped script for AWS on a token with these faults.
#[track_caller]
fn room(token: &Token, edits: &[(&str, &str)]) -> Room {
    let room = Room::shipped("hsm-aws-aes256", &[&EDITS[..], edits].concat());
    room.name(token);
    room.provider("aws", 2048);
    room
}

/// A ceremony that ends with an empty token.
const DESTROYED: [(&str, &str); 1] = [(
    "  - lock: payments\n",
    "  - lock: payments\n  - destroy: {key: payments, where: token}\n",
)];

/// What the room answers about things that an interruption left.
const ORPHANS: [(&str, &str); 4] = [
    ("orphan/token:payments", "no"),
    ("orphan/artifacts/payments-backup.kwp", "no"),
    (
        "orphan/artifacts/payments-for-aws/EncryptedKeyMaterial.bin",
        "no",
    ),
    ("orphan/artifacts/payments-for-aws/ImportToken.bin", "no"),
];

/// How often each function is called.
type Calls = BTreeMap<String, usize>;

#[track_caller]
fn calls(change: &[(&str, &str)], code: i32) -> Calls {
    let mut token = Token::fresh(shim(""), "ceremony");
    let log = token.log_calls();
    let room = room(&token, &DESTROYED);
    room.run(&token, "out", change).assert().code(code);
    let mut calls = Calls::new();
    for call in fs::read_to_string(log).unwrap().lines() {
        *calls.entry(call.to_owned()).or_default() += 1;
    }
    calls
}

/// Calls before the first step, and in the whole ceremony.
fn counted() -> &'static (Calls, Calls) {
    static COUNTED: OnceLock<(Calls, Calls)> = OnceLock::new();
    COUNTED.get_or_init(|| (calls(&[("1/present/ana", "")], 4), calls(&[], 0)))
}

#[test]
fn a_module_is_initialised_once_and_the_token_opened_once() {
    let (_, whole) = counted();
    for once in ["C_Initialize", "C_Login"] {
        assert_eq!(whole.get(once), Some(&1), "{once}");
    }
    // One to look at the token and one for all keys.
    assert!(whole["C_OpenSession"] <= 2, "{whole:?}");
    assert!(!whole.contains_key("C_InitToken"), "{whole:?}");
    assert!(!whole.contains_key("C_SetPIN"), "{whole:?}");
}

/// The module dies, hangs or loses its token at the first call of a function in the first step that
/// needs it, or at the last of the ceremony; the ceremony is resumed and ends well.
#[track_caller]
fn interrupted(fault: &str, function: &str, last: bool) {
    let (before, whole) = counted();
    let at = if last {
        whole[function]
    } else {
        before.get(function).unwrap_or(&0) + 1
    };
    assert!(
        at > before.get(function).copied().unwrap_or(0),
        "{function}"
    );
    let mut token = Token::fresh(shim(""), "ceremony");
    let room = room(&token, &DESTROYED);
    token.set_faults(&format!("{fault}@{function}:{at}"));
    let stopped = room
        .run(&token, "out", &[])
        .args(["--token-timeout", "20"])
        .assert();
    let (told, code) = (said(&stopped), stopped.get_output().status.code());
    let name = format!("{fault} {function}:{at}");
    match fault {
        "hang" => {
            assert_eq!(code, Some(6), "{name}: {told}");
            assert!(
                told.contains(&format!("did not return from {function}")),
                "{name}: {told}"
            );
            assert!(told.contains("--resume"), "{name}: {told}");
        }
        "abort" => assert_eq!(code, None, "{name}: {told}"),
        "gone" => {
            assert_eq!(code, Some(6), "{name}: {told}");
            assert!(told.contains("CKR_DEVICE_REMOVED"), "{name}: {told}");
            assert!(told.contains("--resume"), "{name}: {told}");
        }
        "full" => {
            assert_eq!(code, Some(6), "{name}: {told}");
            assert!(told.contains("CKR_DEVICE_MEMORY"), "{name}: {told}");
            assert!(told.contains("the token is full"), "{name}: {told}");
        }
        other => panic!("{other}"),
    }
    token.set_faults("");
    // The step that was interrupted is told, and what is left of it.
    let resumed = room.run(&token, "out", &ORPHANS).arg("--resume").assert();
    let (told, code) = (said(&resumed), resumed.get_output().status.code());
    assert_eq!(code, Some(0), "{name}: {told}");
    assert!(
        told.contains("while the token was asked to"),
        "{name}: {told}"
    );
    room.verify("out");
    assert_eq!(keys_in(&token), 0, "{name}");
}

#[test]
fn a_module_that_dies_while_it_wraps_leaves_a_ceremony_that_resumes() {
    interrupted("abort", "C_WrapKey", false);
    interrupted("abort", "C_WrapKey", true);
}

#[test]
fn a_module_that_dies_while_it_unwraps_leaves_a_ceremony_that_resumes() {
    interrupted("abort", "C_UnwrapKey", false);
}

#[test]
fn a_module_that_dies_while_a_key_is_locked_leaves_a_ceremony_that_resumes() {
    interrupted("abort", "C_GenerateKeyPair", false);
    interrupted("abort", "C_SetAttributeValue", false);
}

#[test]
fn a_module_that_dies_while_it_destroys_leaves_a_ceremony_that_resumes() {
    interrupted("abort", "C_DestroyObject", false);
    interrupted("abort", "C_DestroyObject", true);
}

#[test]
fn a_module_that_hangs_is_stopped_and_leaves_a_ceremony_that_resumes() {
    interrupted("hang", "C_WrapKey", true);
}

#[test]
fn a_token_that_vanishes_leaves_a_ceremony_that_resumes() {
    for (function, last) in [
        ("C_WrapKey", false),
        ("C_SetAttributeValue", true),
        ("C_DestroyObject", true),
    ] {
        interrupted("gone", function, last);
    }
}

#[test]
fn a_token_that_is_full_leaves_a_ceremony_that_resumes_where_there_is_room() {
    interrupted("full", "C_GenerateKey", false);
}

/// What keeps a ceremony from beginning: code, and what is said.
#[test]
fn a_token_that_lets_nobody_in_is_told_with_what_to_do() {
    let wrong = "00000000\n";
    for (faults, pin, code, words) in [
        (
            "read-only",
            None,
            1,
            &["is read-only", "use one that can"][..],
        ),
        ("pin-locked", None, 1, &["is locked", "security officer"]),
        (
            "few-tries",
            Some(wrong),
            1,
            &["the PIN is not that of token", "before trying again"],
        ),
        (
            "last-try",
            Some(wrong),
            1,
            &["the PIN is not that of token", "do not try again"],
        ),
        (
            "busy",
            None,
            6,
            &["CKR_USER_ALREADY_LOGGED_IN", "another program"],
        ),
        (
            "busy-so",
            None,
            6,
            &["CKR_USER_ANOTHER_ALREADY_LOGGED_IN", "another program"],
        ),
        ("nonsense-attribute", None, 6, &["that cannot be"]),
        (
            "gone@C_Login:1",
            None,
            6,
            &["CKR_DEVICE_REMOVED", "--resume"],
        ),
        (
            "full@C_GenerateKey:1",
            None,
            6,
            &["CKR_DEVICE_MEMORY", "the token is full"],
        ),
    ] {
        let mut token = Token::fresh(shim(""), "ceremony");
        let room = room(&token, &[]);
        token.set_faults(faults);
        if let Some(pin) = pin {
            fs::write(token.pin_file(), pin).unwrap();
        }
        let stopped = room.run(&token, "out", &[]).assert();
        let (told, got) = (said(&stopped), stopped.get_output().status.code());
        assert_eq!(got, Some(code), "{faults}: {told}");
        for words in words {
            assert!(told.contains(words), "{faults}: {told}");
        }
        assert!(told.contains("hint: "), "{faults}: {told}");
        assert!(!room.path("out").exists(), "{faults}");
        token.set_faults("");
        assert_eq!(keys_in(&token), 0, "{faults}");
    }
}

#[test]
fn a_token_that_nobody_initialised_is_told() {
    let blank = Token::blank(Kind::SoftHsm);
    let named = Token::fresh(Kind::SoftHsm, "ceremony");
    let room = room(&named, &[]);
    let told = said(&room.run(&blank, "out", &[]).assert().code(1));
    assert!(told.contains("the module has no token with"), "{told}");
    assert!(!room.path("out").exists());
}

#[test]
fn a_pin_pad_takes_the_pin_itself() {
    let token = Token::fresh(shim("pinpad"), "ceremony");
    let room = room(&token, &[("  pin: [ana, cho]", "#")]);
    let mut command = token.keyrite();
    command.arg("run").arg(room.path("script.yaml"));
    command.arg("--out").arg(room.path("out"));
    command.arg("--answers").arg(room.answers(&[]));
    room.reach(&token, &mut command);
    let told = said(&command.assert().code(0));
    assert!(told.contains("at its own PIN pad"), "{told}");
    room.verify("out");
}

/// What came of a ceremony in practice on a token that lies.
struct Met {
    code: Option<i32>,
    told: String,
    room: Room,
}

#[track_caller]
fn met(faults: &'static str, edits: &[(&str, &str)]) -> Met {
    let token = Token::fresh(shim(faults), "ceremony");
    let room = room(&token, edits);
    let done = room.run(&token, "out", &[]).assert();
    let code = done.get_output().status.code();
    Met {
        code,
        told: said(&done),
        room,
    }
}

const PAIR: [(&str, &str); 2] = [
    ("type: aes-256", "type: ec-p256"),
    ("valid-for: 300d", "valid-for: never"),
];
const BY_AES: (&str, &str) = ("RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256");

/// A lie, how the script is changed for it, and what comes of it: code, and words said or recorded.
type Lie = (
    &'static str,
    &'static [(&'static str, &'static str)],
    i32,
    &'static str,
);

const LIES: [Lie; 13] = [
    ("short-length", &[], 0, "is wrapped for aws"),
    ("long-length", &[], 0, "is wrapped for aws"),
    ("trailing-zeros", &[], 6, "cannot"),
    ("oaep-sha1", &[], 6, "SHA-1"),
    (
        "native-sha1",
        &[PAIR[0], PAIR[1], BY_AES],
        0,
        "CKM_AES_KEY_WRAP_KWP",
    ),
    ("missing@0x210B,kwp-is-pkcs7", &[], 6, "PKCS"),
    ("missing-kwp", &[], 6, "CKR_MECHANISM_INVALID"),
    ("hollow@0x210B", &[], 6, "CKR_MECHANISM_INVALID"),
    ("pkcs8-padded", &[PAIR[0], PAIR[1], BY_AES], 6, "zero bytes"),
    ("local-false", &[], 0, "CKA_LOCAL is false, not true"),
    (
        "lock-ignored",
        &[],
        0,
        "CKA_EXTRACTABLE is false, and it comes out by",
    ),
    ("wrong-check", &[], 6, "another key"),
    ("nonsense-attribute@0x103", &[], 6, "that cannot be"),
];

#[test]
fn every_lie_is_found_or_harmless() {
    let mut wrong = Vec::new();
    for (lie, edits, code, words) in LIES {
        let met = met(lie, edits);
        let record = met.room.path("out/record.jsonl");
        let recorded = fs::read_to_string(record).unwrap_or_default();
        let all = met.told.split_whitespace().collect::<Vec<_>>().join(" ");
        let finding = all
            .split(". ")
            .find(|it| it.contains(words))
            .map_or("", |it| &it[..it.len().min(300)]);
        println!("{lie} → {:?}: {finding}", met.code);
        if met.code != Some(code) || !(all.contains(words) || recorded.contains(words)) {
            wrong.push(format!("{lie}: {:?} {all}", met.code));
        }
        if met.code == Some(0) {
            met.room.verify("out");
        } else if met.room.path("out").exists() {
            wrong.push(format!("{lie}: something was made"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_recovery_into_a_token_that_lies_is_told() {
    let first = Token::fresh(Kind::Kryoptic, "ceremony");
    let room = Room::shipped("hsm-generate-backup", &[]);
    room.name(&first);
    room.run(&first, "out", &[]).assert().code(0);
    let lie = Kind::Shim(&Kind::SoftHsm, "always-sensitive-lie");
    let second = Token::fresh(lie, "second");
    room.script(&crate::hsm_ceremonies::recovery(&room), &[]);
    room.name(&second);
    let told = said(&room.run(&second, "again", &[]).assert().code(0));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let finding = "CKA_ALWAYS_SENSITIVE is true, not false";
    println!("always-sensitive-lie → {finding}");
    assert!(told.contains(finding), "{told}");
    room.verify("again");
}

#[test]
fn a_key_that_says_that_it_was_never_extractable_and_comes_out_is_told() {
    let waiver = "
waivers:
  - rule: no-backup
    reason: the key can be made anew
    owner: payments-platform
    until: 2099-12-31

steps:";
    let edits = [
        (
            "  - split: {key: payments, threshold: 2, among: custodians}\n",
            "",
        ),
        ("  - restore-test: {key: payments, with: [ben, dee]}\n", ""),
        ("\nsteps:", waiver),
    ];
    for (lie, finding) in [
        ("", "key payments cannot leave the HSM any more"),
        (
            "non-extractable-wraps",
            "CKA_EXTRACTABLE is false, and it comes out by",
        ),
    ] {
        let token = Token::fresh(shim(lie), "ceremony");
        let room = Room::shipped("hsm-generate-backup", &edits);
        room.name(&token);
        let told = said(&room.run(&token, "out", &[]).assert().code(0));
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        println!("{lie} → {finding}");
        assert!(told.contains(finding), "{lie}: {told}");
        assert_eq!(told.contains("cannot leave the HSM"), lie.is_empty());
        room.verify("out");
    }
}
