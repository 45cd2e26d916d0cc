//! A key that an earlier ceremony left in an HSM is found there by what that one recorded, held
//! against it, and destroyed.

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::told;
use crate::hsm_room::Room;
use crate::hsm_room::keys_in;
use crate::tokens::Kind;
use crate::tokens::Token;

/// The request that an earlier ceremony recorded.
const REQUEST: &str = "    request: {by: ben, at: \"2026-03-02T10:14:07Z\", not-before: \"2026-03-09T10:14:07Z\", because: the HSM is taken out of service, dependents: [], tenants: []}\n";

/// A key that was made, backed up and locked in a token, and the script that destroys it there.
fn left(token: &Token) -> Room {
    let room = Room::shipped("hsm-generate-backup", &[]);
    room.name(token);
    room.run(token, "first", &[]).assert().code(0);
    let first = room.path("first");
    let given = keyrite().arg("given").arg(&first).assert().code(0);
    let given = String::from_utf8(given.get_output().stdout.clone()).unwrap();
    fs::copy(
        first.join("artifacts/payments-backup.kwp"),
        room.path("payments-backup.kwp"),
    )
    .unwrap();
    let path = repository("ceremonies/hsm-destroy/script.yaml");
    let mut text = fs::read_to_string(path).unwrap();
    let begins = text.find("given: ").unwrap();
    let ends = text.find("steps:").unwrap();
    text.replace_range(begins..ends, &format!("{given}{REQUEST}\n"));
    room.script(&text, &[]);
    room.name(token);
    room
}

/// The key is destroyed, once for all tests that only look.
fn destroyed() -> &'static (Room, Token) {
    static DONE: OnceLock<(Room, Token)> = OnceLock::new();
    DONE.get_or_init(|| {
        let token = Token::fresh(Kind::Kryoptic, "ceremony");
        let room = left(&token);
        assert_eq!(keys_in(&token), 1);
        room.run(&token, "out", &[]).assert().code(0);
        (room, token)
    })
}

#[test]
fn a_key_of_an_earlier_ceremony_is_found_held_against_its_record_and_destroyed() {
    let (room, token) = destroyed();
    // Somebody else's program finds nothing either.
    assert_eq!(keys_in(token), 0);
    let verified = room.verify("out");
    assert!(verified.contains("holds"), "{verified}");
    let destroy = room.event("out", "destroy");
    let made = room.events("first");
    let made = &made.iter().find(|(name, _)| name == "generate").unwrap().1;
    for (name, value) in destroy["found"].as_object().unwrap() {
        assert_eq!(&made["check-values"][name], value, "{name}");
    }
    assert!(destroy["found"]["kcv.ecb3"].is_string(), "{destroy}");
    let certificate = room.path("out/artifacts/destruction-payments.txt");
    let certificate = fs::read_to_string(certificate).unwrap();
    for words in [
        &format!("in the HSM, pkcs11:serial={}", token.serial()),
        "which had these check values",
        "a search finds nothing",
        "copies of its backup destroyed: safe of the Lisbon site",
    ] {
        assert!(certificate.contains(words), "{words}: {certificate}");
    }
}

#[test]
fn the_register_tells_that_the_key_is_gone_from_its_hsm() {
    let (room, _) = destroyed();
    let register = room.path("register");
    for out in ["first", "out"] {
        let mut add = keyrite();
        add.args(["register", "add"]).arg(&register);
        add.arg(room.path(out)).assert().code(0);
    }
    let mut show = keyrite();
    show.args(["register", "show"]).arg(&register);
    let show = show.args(["payments", "--format", "json"]).assert().code(5);
    let show: Value = serde_json::from_slice(&show.get_output().stdout).unwrap();
    // The script made the request up: the register knows of none.
    let wrong = show["wrong"].as_array().unwrap();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(
        wrong[0]["what"],
        "no record tells that anybody asked for the destruction of key payments"
    );
    let life = &show["keys"][0]["life"];
    assert_eq!(life["at"]["token"]["standing"]["state"], "destroyed");
    assert_eq!(life["standing"]["state"], "destroyed");
}

#[test]
fn nothing_begins_where_the_key_is_another_one_or_not_there() {
    let token = Token::fresh(Kind::Kryoptic, "ceremony");
    let room = left(&token);
    let script = fs::read_to_string(room.path("script.yaml")).unwrap();
    let of = |from: &str, to: char| {
        let at = script.find(from).unwrap() + from.len();
        script[at..]
            .chars()
            .take_while(|it| *it != to)
            .collect::<String>()
    };
    let ecb3 = of("kcv.ecb3: \"", '"');
    let id = of(";id=", '"');
    for (name, from, to, says) in [
        (
            "other values",
            format!("kcv.ecb3: \"{ecb3}\""),
            "kcv.ecb3: \"00FF00\"".to_owned(),
            "key payments in the token has the kcv.ecb3",
        ),
        (
            "other id",
            id,
            "%AA".repeat(16),
            "the token has no key of type aes-256 called payments",
        ),
    ] {
        fs::write(room.path("script.yaml"), script.replace(&from, &to)).unwrap();
        let stopped = room.run(&token, "out", &[]).assert();
        assert_ne!(stopped.get_output().status.code(), Some(0), "{name}");
        assert!(told(&stopped).contains(says), "{name}: {}", told(&stopped));
        assert!(!room.path("out").exists(), "{name}");
        assert_eq!(keys_in(&token), 1, "{name}");
    }
    fs::write(room.path("script.yaml"), &script).unwrap();
    // Interrupted before the destruction: it is found again. Interrupted after it: that is told.
    room.run(&token, "out", &[("3/name/cho", "")])
        .assert()
        .code(4);
    let resumed = room
        .run(&token, "out", &[])
        .arg("--resume")
        .assert()
        .code(0);
    assert!(
        told(&resumed).contains("key payments is in the token, with the check values"),
        "{}",
        told(&resumed)
    );
    assert_eq!(keys_in(&token), 0);
    room.verify("out");
    let record = room.path("out/record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    let kept: Vec<&str> = text.lines().collect();
    let call = |line: &&&str| line.contains("\"call\":\"destroy\"");
    let at = kept.iter().position(|line| call(&line)).unwrap();
    fs::write(&record, kept[..=at].join("\n") + "\n").unwrap();
    fs::remove_dir_all(room.path("out/signatures")).unwrap();
    fs::remove_file(room.path("out/artifacts/destruction-payments.txt")).unwrap();
    let resumed = room
        .run(&token, "out", &[])
        .arg("--resume")
        .assert()
        .code(0);
    assert!(
        told(&resumed).contains("was destroyed before the interruption"),
        "{}",
        told(&resumed)
    );
    let destroy = room.event("out", "destroy");
    assert!(
        destroy["method"]
            .as_str()
            .unwrap()
            .contains("before the interruption")
    );
    assert_eq!(destroy["found"], Value::Null);
    room.verify("out");
}
