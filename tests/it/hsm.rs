//! Ceremonies whose keys live in an HSM, on real tokens.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::said;
use crate::tokens::Kind;
use crate::tokens::Token;

/// The algorithm of AWS KMS that a token can do.
const fn algorithm(kind: Kind) -> &'static str {
    match kind {
        Kind::SoftHsm | Kind::P11Kit => "RSAES_OAEP_SHA_1",
        Kind::Kryoptic | Kind::Nss | Kind::Shim(..) => "RSAES_OAEP_SHA_256",
    }
}

/// A company whose script keeps its key in `token`.
pub(crate) fn company(token: &Token, kind: Kind) -> Company {
    let company = Company::new();
    company.edit(
        "token: {core: software}",
        &format!(
            "token: {{core: pkcs11, label: \"{}\", serial: \"{}\", certificate: {{number: 4703, level: 3}}}}",
            token.label(),
            token.serial()
        ),
    );
    company.edit("RSAES_OAEP_SHA_256", algorithm(kind));
    company
}

/// `keyrite run`, with the token at hand.
pub(crate) fn run(
    company: &Company,
    token: &Token,
    change: &[(&str, &str)],
) -> assert_cmd::Command {
    let mut command = company.run(change);
    command
        .envs(token.environment().iter().cloned())
        .arg("--module")
        .arg(token.module())
        .arg("--pin-file")
        .arg(token.pin_file());
    command
}

/// The events of a record, each under its name.
pub(crate) fn events(dir: &Path) -> Vec<(String, Value)> {
    fs::read_to_string(dir.join("record.jsonl"))
        .unwrap()
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            let (name, event) = entry["event"].as_object().unwrap().iter().next().unwrap();
            if name == "step" {
                let did = event["did"].as_object().unwrap().iter().next().unwrap();
                (did.0.clone(), did.1.clone())
            } else {
                (name.clone(), event.clone())
            }
        })
        .collect()
}

/// How many keys are in a token.
#[track_caller]
pub(crate) fn keys_in(token: &Token) -> u64 {
    let classes = ["public", "private", "secret"];
    let calls: Vec<Value> = classes
        .map(|class| json!({"do": "find", "template": {"CKA_CLASS": class}}))
        .into();
    let found = token.calls(json!(calls));
    found.iter().map(|it| it["found"].as_u64().unwrap()).sum()
}

pub(crate) fn first<'a>(events: &'a [(String, Value)], name: &str) -> &'a Value {
    &events.iter().find(|(it, _)| it == name).unwrap().1
}

#[test]
fn a_ceremony_on_softhsm_runs_to_a_record_that_verifies() {
    whole(Kind::SoftHsm);
}

#[test]
fn a_ceremony_on_kryoptic_runs_to_a_record_that_verifies() {
    whole(Kind::Kryoptic);
}

#[test]
fn what_p11_kit_does_not_carry_is_refused_before_anything_is_made() {
    // Its protocol knows no AES key wrap with padding, so nothing can be backed up through it.
    let token = Token::fresh(Kind::P11Kit, "ceremony");
    let company = company(&token, Kind::P11Kit);
    let told = said(&run(&company, &token, &[]).assert().code(6));
    assert!(
        told.contains("AES-KWP") && told.contains("CKR_MECHANISM_INVALID"),
        "{told}"
    );
    assert!(!company.path("out").exists());
}

#[track_caller]
fn whole(kind: Kind) {
    let token = Token::fresh(kind, "ceremony");
    let company = company(&token, kind);
    run(&company, &token, &[]).assert().code(0);
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    let facts = &first(&events, "open")["token"];
    assert_eq!(facts["facts"]["label"], token.label());
    assert_eq!(facts["facts"]["serial"], token.serial());
    assert_eq!(facts["certificate"], json!({"number": 4703, "level": 3}));
    let made = first(&events, "generate");
    let attributes = made["token"]["attributes"].as_array().unwrap();
    assert!(
        attributes
            .iter()
            .any(|it| it["name"] == "CKA_SENSITIVE" && it["found"] == json!({"value": "true"})),
        "{attributes:?}"
    );
    assert_eq!(made["token"].get("differences"), None, "{made}");
    // Nothing is left in the token.
    assert_eq!(keys_in(&token), 0);
}

#[test]
fn pairs_are_made_backed_up_and_wrapped_in_the_token() {
    for kind in ["rsa-2048", "ec-p256", "ec-p521"] {
        let token = Token::fresh(Kind::Kryoptic, "ceremony");
        let company = company(&token, Kind::Kryoptic);
        company.edit("type: aes-256", &format!("type: {kind}"));
        company.edit("RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256");
        company.edit("valid-for: 300d", "valid-for: never");
        run(&company, &token, &[]).assert().code(0);
        company.verify().assert().code(0);
        let events = events(&company.path("out"));
        assert_eq!(first(&events, "split")["subject"], "backup-key", "{kind}");
        assert_eq!(keys_in(&token), 0);
    }
}

#[test]
fn a_locked_key_stays_in_the_token_and_comes_out_no_more() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::SoftHsm);
    // The step before the last but one takes the place of another one.
    company.edit(
        "  - destroy: {key: payments, where: token}",
        "  - lock: payments",
    );
    run(&company, &token, &[]).assert().code(0);
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    let refused = first(&events, "lock")["refused"].as_array().unwrap();
    assert!(
        refused
            .iter()
            .any(|it| it.as_str().unwrap().contains("CKR_KEY_UNEXTRACTABLE")),
        "{refused:?}"
    );
    let found = token.calls(json!([
        {"do": "find", "as": "k", "template": {"CKA_LABEL": "payments"}},
        {"do": "read", "object": "k", "attributes": ["CKA_EXTRACTABLE"]},
    ]));
    assert_eq!(found[1]["values"]["CKA_EXTRACTABLE"], false);
}

/// A list of modules that has this one.
fn machine_list(company: &Company, token: &Token, sha256: &str) -> PathBuf {
    let path = company.path("machine.yaml");
    let arguments = token
        .init_args()
        .map_or(String::new(), |text| format!(", init-args: \"{text}\""));
    let text = format!(
        "schema: keyrite-machine/v1\nmodules:\n  - {{path: {}, sha256: \"{sha256}\"{arguments}}}\n",
        token.module().display()
    );
    fs::write(&path, text).unwrap();
    path
}

fn digest(path: &Path) -> String {
    keyrite::domain::record::Digest::of(&fs::read(path).unwrap()).to_string()
}

#[test]
fn a_module_that_the_machine_lists_needs_no_name() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::SoftHsm);
    let list = machine_list(&company, &token, &digest(token.module()));
    let mut command = company.run(&[]);
    command
        .envs(token.environment().iter().cloned())
        .arg("--machine")
        .arg(list)
        .arg("--pin-file")
        .arg(token.pin_file());
    command.assert().code(0);
}

#[test]
fn a_module_that_is_not_the_one_listed_is_not_loaded() {
    let token = Token::fresh(Kind::Shim(&Kind::Kryoptic, ""), "ceremony");
    let company = company(&token, Kind::Kryoptic);
    let list = machine_list(&company, &token, &"0".repeat(64));
    let told = said(
        &run(&company, &token, &[])
            .arg("--machine")
            .arg(&list)
            .assert()
            .code(6),
    );
    assert!(told.contains("has the SHA-256"), "{told}");
    let other = run(&company, &token, &[])
        .arg("--machine")
        .arg(machine_list(
            &company,
            &Token::fresh(Kind::SoftHsm, "other"),
            &"0".repeat(64),
        ))
        .assert()
        .code(6);
    assert!(said(&other).contains("is not in"), "{}", said(&other));
    assert!(!company.path("out").exists());
}

#[test]
fn without_a_module_nothing_begins() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::SoftHsm);
    let told = said(&company.run(&[]).assert().code(1));
    assert!(told.contains("no PKCS#11 module is named"), "{told}");
    assert!(!company.path("out").exists());
}

#[test]
fn a_module_for_a_script_in_software_is_refused() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let told = said(&run(&Company::new(), &token, &[]).assert().code(1));
    assert!(
        told.contains("not in an HSM, and --module was given"),
        "{told}"
    );
}

#[test]
fn a_pin_file_that_others_can_read_is_refused() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::SoftHsm);
    fs::set_permissions(token.pin_file(), fs::Permissions::from_mode(0o644)).unwrap();
    let told = said(&run(&company, &token, &[]).assert().code(1));
    assert!(told.contains("can be read by others"), "{told}");
    assert!(!company.path("out").exists());
}

#[test]
fn what_a_token_does_otherwise_than_it_says_is_told_and_recorded() {
    let token = Token::fresh(Kind::Shim(&Kind::Kryoptic, "local-false"), "ceremony");
    let company = company(&token, Kind::Kryoptic);
    let told = said(&run(&company, &token, &[]).assert().code(0));
    assert!(
        told.contains("the token is not to be believed about key payments: CKA_LOCAL is false"),
        "{told}"
    );
    let events = events(&company.path("out"));
    let made = first(&events, "generate");
    assert_eq!(
        made["token"]["differences"][0]["name"], "CKA_LOCAL",
        "{made}"
    );
    company.verify().assert().code(0);
}

#[test]
fn what_a_token_cannot_wrap_stops_before_anything_is_made() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::Kryoptic);
    let told = said(&run(&company, &token, &[]).assert().code(6));
    assert!(told.contains("this token cannot wrap aes-256"), "{told}");
    assert!(
        told.contains("what this token can do here is RSAES_OAEP_SHA_1"),
        "{told}"
    );
    assert!(!company.path("out").exists());
    assert_eq!(keys_in(&token), 0);
}

#[test]
fn a_token_that_uses_another_hash_than_it_was_asked_for_is_caught_before_anything_is_made() {
    let token = Token::fresh(Kind::Shim(&Kind::Kryoptic, "oaep-sha1"), "ceremony");
    let company = company(&token, Kind::Kryoptic);
    let told = said(&run(&company, &token, &[]).assert().code(6));
    assert!(told.contains("SHA-1"), "{told}");
    assert!(!company.path("out").exists());
}

#[test]
fn a_wrong_pin_stops_before_anything_is_made() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = company(&token, Kind::SoftHsm);
    fs::write(token.pin_file(), "00000000\n").unwrap();
    let said = said(&run(&company, &token, &[]).assert().code(1));
    assert!(said.contains("the PIN is not that of token"), "{said}");
    assert!(!company.path("out").exists());
}
