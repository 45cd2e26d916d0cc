//! The tokens of the tests are what the tests take them for.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use serde_json::json;

use super::Kind;
use super::Token;

const KINDS: [Kind; 5] = [
    Kind::SoftHsm,
    Kind::Kryoptic,
    Kind::Nss,
    Kind::P11Kit,
    Kind::Shim(&Kind::SoftHsm, ""),
];

#[test]
fn a_fresh_token_is_empty_and_makes_a_key_that_another_process_finds() {
    for kind in KINDS {
        let token = Token::fresh(kind, "fresh");
        let answers = token.calls(json!([
            {"do": "find", "template": {"CKA_CLASS": "secret"}},
            {"do": "generate", "mechanism": "CKM_AES_KEY_GEN", "template": aes("kept", true)},
        ]));
        assert_eq!(answers[0]["found"], 0, "{kind:?}");
        let answers = token.calls(json!([
            {"do": "find", "template": {"CKA_LABEL": "kept"}, "as": "kept"},
            {"do": "read", "object": "kept", "attributes": ["CKA_VALUE_LEN", "CKA_VALUE"]},
        ]));
        assert_eq!(answers[1]["values"]["CKA_VALUE_LEN"], 32, "{kind:?}");
        assert!(answers[1]["values"]["CKA_VALUE"]["hex"].is_null());
    }
}

#[test]
fn a_blank_token_is_not_initialised() {
    const INITIALISED: u64 = 0x400;
    let flags = |token: &Token| {
        let answers = token.raw_calls(&[json!({"do": "initialize"}), json!({"do": "slots"})]);
        answers[1]["slots"][0]["flags"].as_u64().unwrap()
    };
    for kind in [Kind::SoftHsm, Kind::Kryoptic] {
        assert_eq!(flags(&Token::blank(kind)) & INITIALISED, 0, "{kind:?}");
        assert_ne!(
            flags(&Token::fresh(kind, "made")) & INITIALISED,
            0,
            "{kind:?}"
        );
    }
}

#[test]
fn two_tokens_of_a_kind_do_not_share_objects() {
    for kind in KINDS {
        let [one, other] = ["one", "other"].map(|label| Token::fresh(kind, label));
        one.calls(json!([
            {"do": "generate", "mechanism": "CKM_AES_KEY_GEN", "template": aes("mine", true)},
        ]));
        let answers = other.calls(json!([{"do": "find", "template": {"CKA_CLASS": "secret"}}]));
        assert_eq!(answers[0]["found"], 0, "{kind:?}");
    }
}

#[test]
fn the_user_must_log_in_with_the_pin_of_the_file() {
    for kind in KINDS {
        let token = Token::fresh(kind, "login");
        let mode = token.pin_file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let pin = std::fs::read_to_string(token.pin_file()).unwrap();
        let open = json!({"do": "open", "label": token.label(), "serial": token.serial()});
        token.raw_calls(&[
            json!({"do": "initialize"}),
            open,
            json!({"do": "login", "pin": "11111111", "rv": "CKR_PIN_INCORRECT"}),
            json!({"do": "login", "pin": pin.trim_end()}),
            json!({"do": "logout"}),
        ]);
    }
}

#[test]
fn opensc_logs_in_and_lists_mechanisms() {
    // pkcs11-tool cannot hand NSS the folder of its token.
    for kind in [
        Kind::SoftHsm,
        Kind::Kryoptic,
        Kind::P11Kit,
        Kind::Shim(&Kind::SoftHsm, ""),
    ] {
        let token = Token::fresh(kind, "opensc");
        let said = token.pkcs11_tool(&["--login", "--list-mechanisms"]);
        assert!(said.contains("AES-KEY-GEN"), "{kind:?}: {said}");
        token.pkcs11_tool(&[
            "--login",
            "--keygen",
            "--key-type",
            "AES:32",
            "--label",
            "theirs",
        ]);
        let said = token.pkcs11_tool(&["--login", "--list-objects"]);
        assert!(said.contains("theirs"), "{kind:?}: {said}");
    }
}

#[test]
fn a_uri_names_module_label_and_serial() {
    let token = Token::fresh(Kind::SoftHsm, "büro 1;a");
    assert_eq!(token.label(), "büro 1;a");
    let serial = token.serial();
    let uri = token.uri();
    assert!(
        uri.starts_with(&format!(
            "pkcs11:token=b%C3%BCro%201%3Ba;serial={serial}?module-path=%2Fusr%2Flib%2F"
        )),
        "{uri}"
    );
    let module = token.module().file_name().unwrap().to_str().unwrap();
    assert!(uri.ends_with(&format!("%2F{module}")), "{uri}");
}

#[test]
fn keyrite_is_run_where_it_finds_the_token() {
    let token = Token::fresh(Kind::Kryoptic, "environment");
    let command = token.keyrite();
    let given: Vec<_> = command
        .get_envs()
        .map(|(name, _)| name.to_owned())
        .collect();
    for (name, value) in token.environment() {
        assert!(given.iter().any(|given| given == name), "{name}");
        assert!(std::path::Path::new(value).exists(), "{name}");
    }
    assert_eq!(token.init_args(), None);
    assert!(Token::fresh(Kind::Nss, "").init_args().is_some());
}

#[test]
fn p11_kit_hides_what_it_does_not_know() {
    let kwp = |kind| {
        let token = Token::fresh(kind, "poor");
        let open = token.raw_calls(&[json!({"do": "initialize"}), json!({"do": "slots"})]);
        let slot = &open[1]["slots"][0]["slot"];
        let answers = token.calls(json!([{"do": "mechanisms", "slot": slot}]));
        let mechanisms = answers[0]["mechanisms"].as_array().unwrap();
        mechanisms.contains(&json!(0x210A))
    };
    assert!(kwp(Kind::SoftHsm));
    assert!(!kwp(Kind::P11Kit));
}

#[test]
fn the_server_of_p11_kit_ends_with_the_token() {
    let token = Token::fresh(Kind::P11Kit, "served");
    let server = token.server.as_ref().unwrap().id();
    token.calls(json!([]));
    let running = || std::path::Path::new(&format!("/proc/{server}")).exists();
    assert!(running());
    drop(token);
    assert!(!running());
}

/// An AES-256 key that may be wrapped.
pub(super) fn aes(label: &str, stays: bool) -> Value {
    json!({
        "CKA_TOKEN": stays, "CKA_LABEL": label, "CKA_VALUE_LEN": 32, "CKA_PRIVATE": true,
        "CKA_SENSITIVE": true, "CKA_EXTRACTABLE": true, "CKA_ENCRYPT": true, "CKA_DECRYPT": true,
        "CKA_WRAP": true, "CKA_UNWRAP": true,
    })
}
