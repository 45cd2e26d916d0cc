//! Interrupted ceremonies on an HSM: what is left in the token is found, told and settled.

use std::fs;

use serde_json::json;

use crate::common::said;
use crate::hsm::company;
use crate::hsm::events;
use crate::hsm::first;
use crate::hsm::keys_in;
use crate::hsm::run;
use crate::tokens::Kind;
use crate::tokens::Token;

const KIND: Kind = Kind::Kryoptic;

/// The backup that was made, and whose shares nobody took.
const NO_BACKUP: [(&str, &str); 1] = [("orphan/artifacts/payments-backup.kwp", "no")];

#[test]
fn an_interrupted_ceremony_finds_its_key_in_the_token() {
    let token = Token::fresh(KIND, "ceremony");
    let company = company(&token, KIND);
    run(&company, &token, &[("5/medium/ben", "")])
        .assert()
        .code(4);
    assert_eq!(keys_in(&token), 1);
    let resumed = run(&company, &token, &NO_BACKUP)
        .arg("--resume")
        .assert()
        .code(0);
    let said = said(&resumed);
    assert!(
        said.contains("key payments is in the token, with the check values"),
        "{said}"
    );
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    assert_eq!(
        first(&events, "resumed")["keys"],
        json!({"payments": "present"})
    );
    assert_eq!(keys_in(&token), 0);
}

/// A ceremony that died after the token made the key, and before that was recorded.
fn died_in_generate(token: &Token) -> crate::common::Company {
    let company = company(token, KIND);
    run(&company, token, &[("5/medium/ben", "")])
        .assert()
        .code(4);
    cut_to_generate(&company);
    company
}

/// The last thing that the token was asked for is to make the key.
fn cut_to_generate(company: &crate::common::Company) {
    let path = company.path("out/record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = record.lines().collect();
    let at = kept
        .iter()
        .position(|line| line.contains("\"call\":\"generate\""))
        .unwrap();
    fs::write(&path, kept[..=at].join("\n") + "\n").unwrap();
    drop(fs::remove_dir_all(company.path("out/artifacts")));
    fs::create_dir(company.path("out/artifacts")).unwrap();
}

#[test]
fn a_key_that_no_entry_explains_is_adopted_if_the_room_says_so() {
    let token = Token::fresh(KIND, "ceremony");
    let company = died_in_generate(&token);
    let resumed = run(&company, &token, &[("orphan/token:payments", "yes")])
        .arg("--resume")
        .assert()
        .code(0);
    let said = said(&resumed);
    assert!(said.contains("the token was asked to make it"), "{said}");
    assert!(said.contains("Key payments is orphaned"), "{said}");
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    assert_eq!(first(&events, "orphan")["decision"], "adopted");
    let calls = events
        .iter()
        .filter(|(name, event)| name == "calling" && event["call"] == "generate");
    assert_eq!(calls.count(), 1);
}

#[test]
fn a_key_that_no_entry_explains_is_destroyed_if_the_room_says_no() {
    let token = Token::fresh(KIND, "ceremony");
    let company = died_in_generate(&token);
    run(&company, &token, &[("orphan/token:payments", "no")])
        .arg("--resume")
        .assert()
        .code(0);
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    let orphan = first(&events, "orphan");
    assert_eq!(
        (&orphan["decision"], &orphan["path"]),
        (&json!("destroyed"), &json!("token:payments"))
    );
    assert_eq!(keys_in(&token), 0);
}

#[test]
fn a_key_that_no_entry_explains_is_destroyed_when_the_ceremony_is_ended() {
    let token = Token::fresh(KIND, "ceremony");
    let company = died_in_generate(&token);
    let answers = [("4/abort", "yes"), ("4/abort/reason", "the room is needed")];
    run(&company, &token, &answers)
        .arg("--abort")
        .assert()
        .code(0);
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    assert_eq!(first(&events, "orphan")["decision"], "destroyed");
    assert_eq!(first(&events, "sealed")["outcome"], "aborted");
    assert_eq!(keys_in(&token), 0);
}

/// Somebody else destroys the key in the token.
fn take_away(token: &Token) {
    token.calls(json!([
        {"do": "find", "as": "key", "template": {"CKA_LABEL": "payments"}},
        {"do": "destroy", "object": "key"},
    ]));
}

#[test]
fn a_key_that_is_gone_comes_back_from_its_custodians() {
    let token = Token::fresh(KIND, "ceremony");
    let company = company(&token, KIND);
    run(&company, &token, &[("7/words/ana", "")])
        .assert()
        .code(4);
    take_away(&token);
    let resumed = run(&company, &token, &[]).arg("--resume").assert().code(0);
    let said = said(&resumed);
    assert!(said.contains("not in the token any more"), "{said}");
    company.verify().assert().code(0);
    let events = events(&company.path("out"));
    assert_eq!(
        first(&events, "resumed")["keys"],
        json!({"payments": "absent"})
    );
    assert!(events.iter().any(|(name, _)| name == "recovered"));
    assert_eq!(keys_in(&token), 0);
}

#[test]
fn a_key_that_is_gone_and_in_no_shares_ends_the_ceremony() {
    let token = Token::fresh(KIND, "ceremony");
    let company = company(&token, KIND);
    run(&company, &token, &[("5/medium/ben", "")])
        .assert()
        .code(4);
    take_away(&token);
    let stopped = run(&company, &token, &[NO_BACKUP[0], ("5/abort", "no")])
        .arg("--resume")
        .assert()
        .code(5);
    assert!(
        said(&stopped).contains("the token has it no more"),
        "{}",
        said(&stopped)
    );
    let change = [
        NO_BACKUP[0],
        ("5/abort", "yes"),
        ("5/abort/reason", "the key is gone"),
    ];
    run(&company, &token, &change)
        .arg("--resume")
        .assert()
        .code(0);
    let events = events(&company.path("out"));
    assert_eq!(first(&events, "sealed")["outcome"], "aborted");
}

#[test]
fn ending_a_ceremony_asks_what_becomes_of_its_keys_in_the_token() {
    for (answer, left, end) in [("yes", 0, "destroyed"), ("no", 1, "left")] {
        let token = Token::fresh(KIND, "ceremony");
        let company = company(&token, KIND);
        // Two keys, one of them nowhere else; that the other is gone ends the ceremony.
        let until = "until: 2099-12-31";
        company.edit(
            "steps:\n",
            &format!(
                "waivers:\n  - {{rule: no-backup, reason: tests, owner: ana, {until}}}\nsteps:\n"
            ),
        );
        company.edit(
            "  payments:\n",
            "  other: {type: aes-256, owner: payments-platform, cryptoperiod: {time: 1y}, model: {choice: byok, because: tests, reviewed-until: 2099-12-31}}\n  payments:\n",
        );
        company.edit(
            "  - generate: payments\n",
            "  - generate: payments\n  - generate: other\n",
        );
        run(&company, &token, &[("6/medium/ben", "")])
            .assert()
            .code(4);
        take_away(&token);
        let change = [
            NO_BACKUP[0],
            ("6/abort", "yes"),
            ("6/abort/reason", "a key is gone"),
            ("6/abort/destroy/other", answer),
        ];
        run(&company, &token, &change)
            .arg("--resume")
            .assert()
            .code(0);
        let events = events(&company.path("out"));
        assert_eq!(first(&events, "sealed")["keys"], json!({"other": end}));
        assert_eq!(keys_in(&token), left);
        let verified = company
            .verify()
            .args(["--format", "json"])
            .output()
            .unwrap();
        let verified = String::from_utf8(verified.stdout).unwrap();
        assert!(
            verified.contains(&format!("key other was {end}")),
            "{verified}"
        );
    }
}

#[test]
fn another_key_in_its_place_stops_the_resumption() {
    let token = Token::fresh(KIND, "ceremony");
    let company = company(&token, KIND);
    run(&company, &token, &[("5/medium/ben", "")])
        .assert()
        .code(4);
    let made = events(&company.path("out"));
    let id = first(&made, "generate")["token"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    take_away(&token);
    token.calls(json!([
        {"do": "generate", "as": "k", "mechanism": "CKM_AES_KEY_GEN", "template": {
            "CKA_CLASS": "secret", "CKA_KEY_TYPE": "aes", "CKA_TOKEN": true, "CKA_PRIVATE": true,
            "CKA_LABEL": "payments", "CKA_ID": {"hex": id}, "CKA_VALUE_LEN": 32,
            "CKA_ENCRYPT": true,
        }},
    ]));
    let stopped = run(&company, &token, &[]).arg("--resume").assert().code(5);
    let said = said(&stopped);
    assert!(said.contains("key payments in the token has the"), "{said}");
}

/// How often a function is called before the first step: what a trap must let pass.
fn calls_before(function: &str) -> usize {
    let mut token = Token::fresh(SHIM, "ceremony");
    let log = token.log_calls();
    let company = company(&token, KIND);
    run(&company, &token, &[("1/present/ana", "")])
        .assert()
        .code(4);
    let calls = fs::read_to_string(log).unwrap();
    calls.lines().filter(|call| *call == function).count()
}

const SHIM: Kind = Kind::Shim(&Kind::Kryoptic, "");

#[test]
fn a_module_that_hangs_dies_or_vanishes_leaves_a_ceremony_that_resumes() {
    let at = calls_before("C_GenerateKey") + 1;
    for fault in ["hang", "abort", "gone"] {
        let mut token = Token::fresh(SHIM, "ceremony");
        let company = company(&token, KIND);
        token.set_faults(&format!("{fault}@C_GenerateKey:{at}"));
        let stopped = run(&company, &token, &[])
            .args(["--token-timeout", "40"])
            .assert();
        let told = said(&stopped);
        let code = stopped.get_output().status.code();
        match fault {
            "hang" => {
                assert!(told.contains("did not return from C_GenerateKey"), "{told}");
                assert_eq!(code, Some(6));
            }
            "abort" => assert_eq!(code, None, "{told}"),
            _ => {
                assert!(told.contains("CKR_DEVICE_REMOVED"), "{told}");
                assert_eq!(code, Some(6), "{told}");
            }
        }
        token.set_faults("");
        let resumed = run(&company, &token, &[]).arg("--resume").assert().code(0);
        let told = said(&resumed);
        assert!(
            told.contains("while the token was asked to make it"),
            "{told}"
        );
        company.verify().assert().code(0);
        assert_eq!(keys_in(&token), 0);
    }
}
