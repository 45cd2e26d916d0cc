//! Ceremonies whose keys live in an HSM, on real tokens.

use std::fs;
use std::path::Path;

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
    // Nothing is left in the token.
    assert_eq!(keys_in(&token), 0);
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
