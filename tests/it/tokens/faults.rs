//! Each fault of the shim does what it says, seen by callers that know nothing of it; and without it
//! the same calls go well, so that no test on a fault passes for another reason.

use std::fs;

use serde_json::Value;
use serde_json::json;

use super::Kind;
use super::Token;
use super::modules::aes;
use super::opener::Opener;
use super::opener::Wrap;
use super::opener::ecb_zero;
use super::opener::open;

const KEK: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A token of kryoptic with these faults.
#[track_caller]
pub(super) fn faulty(faults: &'static str) -> Token {
    Token::fresh(Kind::Shim(&Kind::Kryoptic, faults), "faulty")
}

/// An AES key of which the test knows the value.
fn known() -> Value {
    json!({"do": "create", "as": "kek", "template": {
        "CKA_CLASS": "secret", "CKA_KEY_TYPE": "aes", "CKA_TOKEN": false, "CKA_SENSITIVE": true,
        "CKA_EXTRACTABLE": true, "CKA_WRAP": true, "CKA_ENCRYPT": true, "CKA_VALUE": {"hex": KEK},
    }})
}

pub(super) fn generated() -> Value {
    json!({"do": "generate", "as": "k", "mechanism": "CKM_AES_KEY_GEN", "template": aes("k", false)})
}

pub(super) fn check() -> Value {
    json!({"do": "encrypt", "mechanism": "CKM_AES_ECB", "key": "k", "data": "0".repeat(32)})
}

fn text(answer: &Value) -> &str {
    answer["hex"].as_str().unwrap()
}

#[test]
fn without_faults_the_shim_changes_nothing() {
    let token = faulty("");
    let answers = token.calls(json!([
        known(), generated(), check(),
        {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k"},
        {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_PAD", "with": "kek", "key": "k",
         "rv": "CKR_MECHANISM_INVALID"},
        {"do": "read", "object": "k", "attributes": ["CKA_LOCAL"]},
        {"do": "read", "object": "kek", "attributes": ["CKA_ALWAYS_SENSITIVE", "CKA_LABEL"]},
    ]));
    let key = open(Wrap::Kwp, KEK, text(&answers[3])).unwrap();
    assert_eq!(ecb_zero(&key), text(&answers[2]));
    assert_eq!(answers[3]["asked"], 40);
    assert_eq!(answers[5]["values"]["CKA_LOCAL"], true);
    assert_eq!(answers[6]["values"]["CKA_ALWAYS_SENSITIVE"], false);
    let said = token.pkcs11_tool(&["--login", "--list-mechanisms"]);
    assert!(said.contains("AES-KEY-GEN"), "{said}");
    assert!(!said.contains("mechtype-0x1054"), "{said}");
}

#[test]
fn an_unknown_fault_stops_the_caller() {
    let mut token = faulty("");
    token.set_faults("oaep-sha2");
    let output = token.try_calls(&token.log_in());
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no fault \"oaep-sha2\""), "{said}");
}

#[test]
fn the_log_names_every_call() {
    let mut token = faulty("");
    let log = token.log_calls();
    token.calls(json!([generated()]));
    let calls = fs::read_to_string(log).unwrap();
    for name in ["C_Initialize", "C_Login", "C_GenerateKey", "C_Finalize"] {
        assert_eq!(
            calls.lines().filter(|call| *call == name).count(),
            1,
            "{name}"
        );
    }
}

#[test]
fn oaep_is_sha1_whatever_was_asked() {
    let opener = Opener::new();
    let oaep = json!({"name": "CKM_RSA_PKCS_OAEP", "hash": "SHA256"});
    for (faults, right, wrong) in [("", "sha256", "sha1"), ("oaep-sha1", "sha1", "sha256")] {
        let answers = faulty(faults).calls(json!([
            {"do": "create", "as": "wk", "template": opener.template()},
            generated(), check(),
            {"do": "wrap", "mechanism": oaep, "with": "wk", "key": "k"},
            {"do": "encrypt", "mechanism": oaep, "key": "wk", "data": "abcd"},
        ]));
        let key = opener.oaep(right, text(&answers[3])).unwrap();
        assert_eq!(ecb_zero(&key), text(&answers[2]));
        assert_eq!(opener.oaep(right, text(&answers[4])).unwrap(), "abcd");
        assert_eq!(opener.oaep(wrong, text(&answers[3])), None);
        assert_eq!(opener.oaep(wrong, text(&answers[4])), None);
    }
}

#[test]
fn native_rsa_aes_wrap_is_right_or_always_sha1() {
    let opener = Opener::new();
    let native = json!({"name": "CKM_RSA_AES_KEY_WRAP", "bits": 256, "hash": "SHA256"});
    for (faults, right, wrong) in [
        ("native", "sha256", "sha1"),
        ("native-sha1", "sha1", "sha256"),
        ("native,oaep-sha1", "sha1", "sha256"),
    ] {
        let token = faulty(faults);
        let answers = token.calls(json!([
            {"do": "create", "as": "wk", "template": opener.template()},
            generated(), check(),
            {"do": "wrap", "mechanism": native, "with": "wk", "key": "k"},
            {"do": "find", "template": {"CKA_CLASS": "secret"}},
        ]));
        let blob = text(&answers[3]);
        assert_eq!(
            ecb_zero(&opener.rsa_aes(right, blob).unwrap()),
            text(&answers[2])
        );
        assert_eq!(opener.rsa_aes(wrong, blob), None);
        assert_eq!(answers[4]["found"], 1, "the ephemeral key is left");
        let said = token.pkcs11_tool(&["--list-mechanisms"]);
        assert!(said.contains("mechtype-0x1054"), "{said}");
    }
}

#[test]
fn lengths_are_announced_wrong() {
    for (faults, asked, length) in [
        ("short-length", 32, 40),
        ("long-length", 56, 40),
        ("trailing-zeros", 48, 48),
    ] {
        let answers = faulty(faults).calls(json!([
            known(), generated(),
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k"},
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k",
             "room": 39, "rv": "CKR_BUFFER_TOO_SMALL"},
        ]));
        let blob = text(&answers[2]);
        assert_eq!(answers[2]["asked"], asked, "{faults}");
        assert_eq!(blob.len(), 2 * length, "{faults}");
        assert!(open(Wrap::Kwp, KEK, &blob[..80]).is_some(), "{faults}");
        assert!(blob[80..].chars().all(|digit| digit == '0'), "{faults}");
    }
}

#[test]
fn provenance_is_read_wrong() {
    let answers = faulty("local-false,always-sensitive-lie").calls(json!([
        known(), generated(),
        {"do": "read", "object": "k", "attributes": ["CKA_LOCAL"]},
        {"do": "read", "object": "kek", "attributes": ["CKA_ALWAYS_SENSITIVE"]},
    ]));
    assert_eq!(answers[2]["values"]["CKA_LOCAL"], false);
    assert_eq!(answers[3]["values"]["CKA_ALWAYS_SENSITIVE"], true);
}

#[test]
fn a_key_that_says_it_cannot_be_extracted_wraps() {
    let mut template = aes("k", true);
    template["CKA_EXTRACTABLE"] = json!(false);
    for (faults, rv) in [
        ("", "CKR_KEY_UNEXTRACTABLE"),
        ("non-extractable-wraps", "CKR_OK"),
    ] {
        let answers = faulty(faults).calls(json!([
            known(),
            {"do": "generate", "as": "k", "mechanism": "CKM_AES_KEY_GEN", "template": template},
            {"do": "read", "object": "k", "attributes": ["CKA_EXTRACTABLE", "CKA_NEVER_EXTRACTABLE"]},
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k", "rv": rv},
        ]));
        assert_eq!(answers[2]["values"]["CKA_EXTRACTABLE"], false, "{faults}");
        assert_eq!(
            answers[2]["values"]["CKA_NEVER_EXTRACTABLE"], true,
            "{faults}"
        );
    }
}

#[test]
fn a_private_key_that_says_it_cannot_be_extracted_wraps() {
    for (faults, rv) in [
        ("", "CKR_KEY_FUNCTION_NOT_PERMITTED"),
        ("non-extractable-wraps", "CKR_OK"),
    ] {
        let mut pair = p256();
        pair["private"]["CKA_EXTRACTABLE"] = json!(false);
        let answers = faulty(faults).calls(json!([
            known(), pair,
            {"do": "read", "object": "p.private", "attributes": ["CKA_EXTRACTABLE"]},
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "p.private",
             "rv": rv},
        ]));
        assert_eq!(answers[2]["values"]["CKA_EXTRACTABLE"], false, "{faults}");
    }
}

#[test]
fn a_key_that_was_locked_wraps() {
    for (faults, rv) in [("", "CKR_KEY_UNEXTRACTABLE"), ("lock-ignored", "CKR_OK")] {
        let answers = faulty(faults).calls(json!([
            known(), generated(),
            {"do": "set", "object": "k", "template": {"CKA_EXTRACTABLE": false}},
            {"do": "read", "object": "k", "attributes": ["CKA_EXTRACTABLE"]},
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k", "rv": rv},
        ]));
        assert_eq!(answers[3]["values"]["CKA_EXTRACTABLE"], false, "{faults}");
    }
}

#[test]
fn key_wrap_pad_is_not_kwp() {
    let answers = faulty("kwp-is-pkcs7").calls(json!([
        known(), generated(), check(),
        {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_PAD", "with": "kek", "key": "k"},
    ]));
    let blob = text(&answers[3]);
    assert_eq!(blob.len(), 2 * 48);
    assert_eq!(open(Wrap::Kwp, KEK, blob), None);
    assert_eq!(
        ecb_zero(&open(Wrap::KwPkcs7, KEK, blob).unwrap()),
        text(&answers[2])
    );
}

/// A P-256 pair, which PKCS#8 holds in 67 bytes without its public half, and kryoptic in fewer where its
/// number begins with zeros.
fn p256() -> Value {
    json!({
        "do": "generate_pair", "as": "p", "mechanism": "CKM_EC_KEY_PAIR_GEN",
        "public": {"CKA_TOKEN": false, "CKA_EC_PARAMS": {"hex": "06082a8648ce3d030107"}},
        "private": {"CKA_TOKEN": false, "CKA_SENSITIVE": true, "CKA_EXTRACTABLE": true},
    })
}

#[test]
fn a_private_key_is_filled_up_with_zeros() {
    for faults in ["", "pkcs8-padded"] {
        let answers = faulty(faults).calls(json!([
            known(), p256(), generated(), check(),
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "p.private"},
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k"},
        ]));
        let der = open(Wrap::Kwp, KEK, text(&answers[4])).unwrap();
        // One byte tells the length of what is behind it.
        assert!(der.starts_with("30"), "{faults}: {der}");
        let own = 2 + usize::from_str_radix(&der[2..4], 16).unwrap();
        let zeros = if faults.is_empty() {
            0
        } else {
            own.next_multiple_of(8) - own
        };
        assert_eq!(der.len(), 2 * (own + zeros), "{faults}");
        assert!(der.ends_with(&"00".repeat(zeros)), "{faults}");
        let secret = open(Wrap::Kwp, KEK, text(&answers[5])).unwrap();
        assert_eq!(ecb_zero(&secret), text(&answers[3]), "{faults}");
    }
}

#[test]
fn a_check_value_is_wrong() {
    let answers = faulty("wrong-check").calls(json!([
        known(), generated(), check(),
        {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k"},
    ]));
    let right = ecb_zero(&open(Wrap::Kwp, KEK, text(&answers[3])).unwrap());
    let wrong = text(&answers[2]);
    assert_ne!(right, wrong);
    assert_eq!(right[2..], wrong[2..]);
}

#[test]
fn an_attribute_has_an_absurd_length() {
    let read = json!([
        generated(),
        {"do": "read", "object": "k", "attributes": ["CKA_LABEL", "CKA_VALUE_LEN"]},
    ]);
    let answers = faulty("nonsense-attribute@0x3").calls(read.clone());
    assert_eq!(answers[1]["values"]["CKA_LABEL"]["length"], 0xFFFF_FFF0_u32);
    assert_eq!(answers[1]["values"]["CKA_VALUE_LEN"], 32);
    let answers = faulty("nonsense-attribute").calls(read);
    assert_eq!(
        answers[1]["values"]["CKA_VALUE_LEN"]["length"],
        0xFFFF_FFF0_u32
    );
}

#[test]
fn a_mechanism_is_missing_or_only_listed() {
    let kwp = 0x210B;
    for (faults, listed) in [
        ("missing-kwp", false),
        ("missing@0x210B", false),
        ("hollow@0x210B", true),
    ] {
        let answers = faulty(faults).calls(json!([
            {"do": "mechanisms", "slot": 1},
            known(), generated(),
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP_KWP", "with": "kek", "key": "k",
             "rv": "CKR_MECHANISM_INVALID"},
            {"do": "wrap", "mechanism": "CKM_AES_KEY_WRAP", "with": "kek", "key": "k"},
        ]));
        let mechanisms = answers[0]["mechanisms"].as_array().unwrap();
        assert_eq!(mechanisms.contains(&json!(kwp)), listed, "{faults}");
    }
    faulty("missing@0x1080").calls(json!([
        {"do": "generate", "mechanism": "CKM_AES_KEY_GEN", "template": aes("k", false),
         "rv": "CKR_MECHANISM_INVALID"},
    ]));
}
