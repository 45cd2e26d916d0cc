//! Keys that outlive one HSM: backed up and locked in it, brought back in another; and keys that
//! never leave theirs.

use std::fs;

use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Event;
use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::said;
use crate::given::moved;
use crate::hsm::company;
use crate::hsm::events;
use crate::hsm::first;
use crate::hsm::run;
use crate::tokens::Kind;
use crate::tokens::Token;

/// The block between two fields of a script, the first included.
fn cut(text: &mut String, from: &str, to: &str, instead: &str) {
    let begin = text.find(from).unwrap();
    let end = begin + text[begin..].find(to).unwrap();
    text.replace_range(begin..end, instead);
}

/// Makes a script that recovers the key of `out` into `token` from that of the first ceremony.
fn recovery(company: &Company, token: &Token) {
    let given = keyrite()
        .arg("given")
        .arg(company.path("out"))
        .assert()
        .code(0);
    let given = String::from_utf8(given.get_output().stdout.clone()).unwrap();
    let mut text = fs::read_to_string(company.path("script.yaml")).unwrap();
    let core = format!(
        "token: {{core: pkcs11, label: \"{}\", serial: \"{}\"}}\n\n",
        token.label(),
        token.serial()
    );
    cut(&mut text, "token: ", "keys:", &core);
    cut(&mut text, "inputs:", "steps:", &format!("{given}\n"));
    cut(
        &mut text,
        "  - generate: ",
        "  - exception",
        "  - restore: {key: payments, with: [ben, dee]}\n",
    );
    text = text.replace("kind: import", "kind: recovery");
    fs::write(company.path("script.yaml"), text).unwrap();
    if given.contains("subject: backup-key") {
        let backup = "payments-backup.kwp";
        fs::copy(
            company.path(&format!("out/artifacts/{backup}")),
            company.path(backup),
        )
        .unwrap();
    }
}

/// `keyrite run` of the recovery.
fn recover(company: &Company, token: &Token) -> assert_cmd::Command {
    let steps = [(1, 1), (2, 2), (3, 3), (6, 4), (11, 5), (12, 6)];
    fs::write(company.path("again.yaml"), moved(company, &steps)).unwrap();
    let mut command = keyrite();
    command
        .arg("run")
        .arg(company.path("script.yaml"))
        .arg("--out")
        .arg(company.path("again"))
        .arg("--answers")
        .arg(company.path("again.yaml"))
        .envs(token.environment().iter().cloned())
        .arg("--module")
        .arg(token.module())
        .arg("--pin-file")
        .arg(token.pin_file());
    command
}

/// What somebody else's code finds of the key in a token: attributes, and a zero block encrypted.
fn seen(token: &Token) -> (Value, String) {
    let attributes = ["CKA_EXTRACTABLE", "CKA_SENSITIVE", "CKA_NEVER_EXTRACTABLE"];
    let answers = token.calls(json!([
        {"do": "find", "template": {"CKA_LABEL": "payments"}, "as": "key"},
        {"do": "read", "object": "key", "attributes": attributes},
        {"do": "encrypt", "mechanism": "CKM_AES_ECB", "key": "key", "data": "00".repeat(16)},
    ]));
    assert_eq!(answers[0]["found"], 1);
    let block = answers[2]["hex"].as_str().unwrap().to_uppercase();
    (answers[1]["values"].clone(), block)
}

/// One check value that a record has of the key that was made.
fn ecb3(company: &Company) -> String {
    let events = events(&company.path("out"));
    let made = first(&events, "generate");
    made["check-values"]["kcv.ecb3"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[track_caller]
fn from_one_hsm_to_another(kind: Kind) {
    let [one, other] = ["ceremony", "spare"].map(|label| Token::fresh(kind, label));
    let company = company(&one, kind);
    company.edit(
        "  - destroy: {key: payments, where: token}",
        "  - lock: payments",
    );
    run(&company, &one, &[]).assert().code(0);
    company.verify().assert().code(0);
    let of_first = events(&company.path("out"));
    let refused = first(&of_first, "lock")["refused"].as_array().unwrap();
    assert!(refused.len() > 1, "{refused:?}");
    let (attributes, block) = seen(&one);
    assert_eq!(attributes["CKA_EXTRACTABLE"], false);
    assert_eq!(block[..6], ecb3(&company));

    recovery(&company, &other);
    recover(&company, &other).assert().code(0);
    let verified = keyrite()
        .arg("verify")
        .arg(company.path("again"))
        .assert()
        .code(0);
    let told = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    assert!(
        told.contains("key payments is of an earlier ceremony"),
        "{told}"
    );
    let of_second = events(&company.path("again"));
    let back = first(&of_second, "restore");
    assert_eq!(
        back["check-values"],
        first(&of_first, "generate")["check-values"]
    );
    let (attributes, again) = seen(&other);
    assert_eq!(again, block);
    assert_eq!(attributes["CKA_EXTRACTABLE"], false);
    assert_eq!(attributes["CKA_SENSITIVE"], true);
    // It was made elsewhere, and no token says otherwise; kryoptic says nothing.
    assert_ne!(attributes["CKA_NEVER_EXTRACTABLE"], true);
}

#[test]
fn a_key_of_one_softhsm_comes_back_in_another_from_shares_and_backup() {
    from_one_hsm_to_another(Kind::SoftHsm);
}

#[test]
fn a_key_of_one_kryoptic_comes_back_in_another_from_shares_and_backup() {
    from_one_hsm_to_another(Kind::Kryoptic);
}

#[test]
fn a_key_that_was_made_in_software_comes_back_in_an_hsm() {
    let company = Company::new();
    company.run(&[]).assert().code(0);
    let token = Token::fresh(Kind::SoftHsm, "spare");
    recovery(&company, &token);
    recover(&company, &token).assert().code(0);
    keyrite()
        .arg("verify")
        .arg(company.path("again"))
        .assert()
        .code(0);
    let (attributes, block) = seen(&token);
    assert_eq!(attributes["CKA_EXTRACTABLE"], false);
    assert_eq!(block[..6], ecb3(&company));
}

/// A company whose script makes a key that a provider calls from outside.
fn external(token: &Token, kind: Kind) -> Company {
    let company = company(token, kind);
    let mut text = fs::read_to_string(company.path("script.yaml")).unwrap();
    text = text.replace("kind: import", "kind: external");
    cut(
        &mut text,
        "inputs:",
        "steps:",
        "external:\n  payments:\n    service: aws-xks\n    identifiers:\n      \
         custom-key-store-id: cks-1234567890abcdef0\n      xks-key-id: payments-2026\n      \
         xks-proxy-uri-endpoint: https://xks.example.com\n      \
         xks-proxy-uri-path: /kms/xks/v1\n      \
         xks-proxy-connectivity: PUBLIC_ENDPOINT\n\n",
    );
    cut(
        &mut text,
        "  - split: ",
        "  - exception",
        "  - lock: payments\n  - availability: {key: payments, by: ana, seen-by: eli}\n",
    );
    fs::write(company.path("script.yaml"), text).unwrap();
    company
}

/// `keyrite run` of a script with an external key; the last two answers may be others.
fn exercise(company: &Company, token: &Token, change: &[(&str, &str)]) -> assert_cmd::Command {
    let steps = [(1, 1), (2, 2), (3, 3), (11, 7), (12, 8)];
    let mut answers = moved(company, &steps);
    let mut said = vec![
        ("6/tried/ana", "the proxy was stopped for five minutes"),
        (
            "6/happened/ana",
            "Decrypt failed with KMSInvalidStateException after 250 ms",
        ),
        ("6/back/ana", "yes"),
        ("6/seen/eli", "yes"),
    ];
    for (id, answer) in change {
        said.retain(|(known, _)| known != id);
        said.push((id, answer));
    }
    for (id, answer) in said {
        let quoted = format!("{answer:?}");
        answers.extend([id, ": ", &quoted, "\n"]);
    }
    fs::write(company.path("again.yaml"), answers).unwrap();
    let mut command = keyrite();
    command
        .arg("run")
        .arg(company.path("script.yaml"))
        .arg("--out")
        .arg(company.path("out"))
        .arg("--answers")
        .arg(company.path("again.yaml"))
        .envs(token.environment().iter().cloned())
        .arg("--module")
        .arg(token.module())
        .arg("--pin-file")
        .arg(token.pin_file());
    command
}

#[test]
fn an_external_key_is_proved_never_extractable_and_its_exercise_is_recorded() {
    for kind in [Kind::SoftHsm, Kind::Kryoptic] {
        let token = Token::fresh(kind, "ceremony");
        let company = external(&token, kind);
        exercise(&company, &token, &[]).assert().code(0);
        company.verify().assert().code(0);
        let events = events(&company.path("out"));
        let open = first(&events, "open");
        assert_eq!(open["external"][0]["service"], "aws-xks");
        assert_eq!(
            open["external"][0]["identifiers"]["xks-key-id"],
            "payments-2026"
        );
        let exercised = first(&events, "availability");
        assert_eq!(exercised["tried"], "the proxy was stopped for five minutes");
        assert_eq!(exercised["back"], true);
        assert_eq!(exercised["seen-by"], "eli");
        let (attributes, _) = seen(&token);
        assert_eq!(attributes["CKA_NEVER_EXTRACTABLE"], true, "{kind:?}");
        assert_eq!(attributes["CKA_EXTRACTABLE"], false, "{kind:?}");
    }
}

#[test]
fn a_key_that_the_provider_cannot_use_again_is_an_exception() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = external(&token, Kind::SoftHsm);
    let change = [
        ("6/back/ana", "no"),
        (
            "6/exception/decided",
            "the proxy is repaired before the key is used",
        ),
        ("6/exception/decided-by", "fay"),
    ];
    exercise(&company, &token, &change).assert().code(0);
    let verified = company.verify().assert().code(0);
    let told = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    assert!(
        told.contains("the proxy is repaired before the key is used"),
        "{told}"
    );
}

#[test]
fn whoever_did_not_see_the_exercise_stops_the_ceremony() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = external(&token, Kind::SoftHsm);
    let said = said(
        &exercise(&company, &token, &[("6/seen/eli", "no")])
            .assert()
            .code(4),
    );
    assert!(
        said.contains("eli") && said.contains("the exercise"),
        "{said}"
    );
}

/// Changes the record as its author could: the chain is made anew. That nobody signed it so is one
/// more thing that `verify` says.
fn rewritten(company: &Company, change: impl FnOnce(&mut Vec<Entry>)) -> String {
    let record = company.path("out/record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    let mut entries: Vec<Entry> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    change(&mut entries);
    let mut prev = Digest::of(&fs::read(company.path("out/script.yaml")).unwrap());
    let mut bytes = Vec::new();
    for entry in &mut entries {
        entry.prev = prev;
        let line = entry.line();
        prev = Digest::of(&line);
        bytes.extend(line);
        bytes.push(b'\n');
    }
    fs::write(&record, bytes).unwrap();
    let verified = company.verify().assert().code(5);
    fs::write(&record, text).unwrap();
    let told = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    // Lines end where the terminal does.
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the step of that name did.
fn did<'a>(entries: &'a mut [Entry], name: &str) -> &'a mut Did {
    entries
        .iter_mut()
        .find_map(|entry| {
            if let Event::Step(step) = &mut entry.event
                && step.did.name() == name
            {
                Some(&mut step.did)
            } else {
                None
            }
        })
        .unwrap()
}

#[test]
fn a_record_cannot_lie_about_an_external_key() {
    let token = Token::fresh(Kind::SoftHsm, "ceremony");
    let company = external(&token, Kind::SoftHsm);
    exercise(&company, &token, &[]).assert().code(0);
    let told = rewritten(&company, |entries| {
        if let Did::Lock { refused, .. } = did(entries, "lock") {
            refused.clear();
        }
    });
    assert!(
        told.contains("nothing that was refused proves it"),
        "{told}"
    );
    let told = rewritten(&company, |entries| {
        if let Did::Lock { key, .. } = did(entries, "lock") {
            *key = "savings".to_owned();
        }
    });
    assert!(
        told.contains("the record says that the key is `savings`"),
        "{told}"
    );
    let told = rewritten(&company, |entries| {
        if let Did::Availability { back, .. } = did(entries, "availability") {
            *back = false;
        }
    });
    assert!(told.contains("could not use key payments again"), "{told}");
    let told = rewritten(&company, |entries| {
        if let Did::Availability { tried, .. } = did(entries, "availability") {
            tried.clear();
        }
    });
    assert!(
        told.contains("what was tried and what happened is not recorded"),
        "{told}"
    );
    let told = rewritten(&company, |entries| {
        if let Did::Availability { by, seen_by, .. } = did(entries, "availability") {
            *by = "eli".to_owned();
            *seen_by = None;
        }
    });
    assert!(told.contains("that it was done by `eli`"), "{told}");
    assert!(told.contains("that it was seen by []"), "{told}");
    let told = rewritten(&company, |entries| {
        if let Event::Open(open) = &mut entries[0].event {
            open.external[0].service = "google-ekm".to_owned();
        }
    });
    assert!(
        told.contains("names the external keys otherwise than the script"),
        "{told}"
    );
    let told = rewritten(&company, |entries| {
        if let Did::Generate { token, .. } = did(entries, "generate") {
            let token = token.as_mut().unwrap();
            token
                .attributes
                .retain(|read| read.name != "CKA_NEVER_EXTRACTABLE");
        }
    });
    assert!(
        told.contains("it does not say that the key could never be taken out"),
        "{told}"
    );
}
