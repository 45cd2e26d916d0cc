//! The questions of auditors on the command line: what is printed, and how they end.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::one_line;
use crate::common::repository;
use crate::source;
use crate::verify::copy;
use crate::years::years;

fn ask(question: &[&str], more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = keyrite();
    command.arg("register").args(question);
    command.arg(&years().register).args(more).assert()
}

#[track_caller]
fn json(question: &[&str], more: &[&str], code: i32) -> Value {
    let more = [more, &["--format", "json"]].concat();
    let assert = ask(question, &more).code(code);
    let answer: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(answer["wrong"], serde_json::json!([]));
    answer
}

/// What is printed for people, as one line; every line of it is at most 80 columns wide.
#[track_caller]
fn text(question: &[&str], more: &[&str], code: i32) -> String {
    let assert = ask(question, more).code(code);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    for line in text.lines() {
        let token = line.split_whitespace().count() < 3;
        assert!(line.chars().count() <= 80 || token, "{line}");
    }
    one_line(&text)
}

/// Every line that an answer names is there, and was written when it says.
#[track_caller]
fn rests(answer: &Value) -> usize {
    match answer {
        Value::Object(fields) => {
            let line = (fields.get("ceremony"), fields.get("line"), fields.get("at"));
            if let (Some(Value::String(folder)), Some(Value::Number(line)), Some(at)) = line {
                let record = years().register.join(folder).join("record.jsonl");
                let record = fs::read_to_string(record).unwrap();
                let line = usize::try_from(line.as_u64().unwrap()).unwrap();
                let entry: Value =
                    serde_json::from_str(record.lines().nth(line - 1).unwrap()).unwrap();
                assert_eq!(entry["at"], *at);
                return 1;
            }
            fields.values().map(rests).sum()
        }
        Value::Array(all) => all.iter().map(rests).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

const DAY: [&str; 2] = ["--as-of", "2024-10-15"];

#[test]
fn every_answer_names_lines_of_records_that_say_so() {
    for (question, code) in [
        (&["age"][..], 1),
        (&["cryptoperiods"], 0),
        (&["locations"], 0),
        (&["backups"], 0),
        (&["decision"], 0),
        (&["deviations"], 0),
        (&["due"], 1),
        (&["prove", "import"], 1),
        (&["prove", "destroyed"], 5),
    ] {
        let answer = json(question, &DAY, code);
        assert!(rests(&answer) > 0, "{question:?}: {answer:#}");
        assert_eq!(answer["as-of"], "2024-10-15");
    }
}

#[test]
fn age_tells_what_is_too_old_and_of_what_nobody_knows() {
    let words = text(&["age"], &DAY, 1);
    for part in [
        "payments (aes-256) made 2024-01-15, 274 days ago, by a ceremony",
        "cryptoperiod 2 years, until 2026-01-14",
        "made 2023-06-01, 502 days ago, as the provider says",
        "its cryptoperiod is over since 137 days",
        "nobody can say whether it is too old",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let more = [
        years().register.to_str().unwrap(),
        "payments",
        "--as-of",
        "2024-10-15",
    ];
    keyrite()
        .args(["register", "age"])
        .args(more)
        .assert()
        .code(0);
    let more = [years().register.to_str().unwrap(), "paymets"];
    keyrite()
        .args(["register", "age"])
        .args(more)
        .assert()
        .code(1);
}

#[test]
fn decision_says_plainly_that_after_an_import_the_provider_holds_the_key() {
    let words = text(&["decision"], &DAY, 0);
    for part in [
        "model byok because the regulator asks for key provenance answers to PCI DSS 3.7.1 decided by Fay Lind",
        "from its import on the provider holds it, too, and uses it",
        "the provider makes, keeps and uses the key; who may use it, and until when, is ours to say",
        "under Amazon Web Services EMEA SARL, Luxembourg",
        "if it is lost cards are read again from the scheme",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(
        text(&["decision"], &["--as-of", "2025-02-15"], 1)
            .contains("was to be looked at again by 2025-01-31")
    );
}

#[test]
fn locations_tells_every_copy_and_what_should_be_gone() {
    let words = text(&["locations"], &["--as-of", "2025-10-01"], 1);
    for part in [
        "the provider was to delete it on 2025-09-14",
        "vault transit/keys/payments wrapped for it; the provider keeps it until somebody deletes it",
        "share 2 of epoch 2, with fay, in bag TEB-4711, in safe 6 in Porto",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn backups_can_be_asked_for_by_the_age_of_their_test() {
    let all = |more: &[&str], code| {
        let answer = json(&["backups"], more, code);
        answer["backups"].as_array().unwrap().len()
    };
    assert_eq!(all(&DAY, 0), 3);
    let since = |span| ["--as-of", "2024-10-15", "--untested-since", span];
    assert_eq!(all(&since("365d"), 0), 0);
    assert_eq!(all(&since("30d"), 1), 1);
}

#[test]
fn the_list_shows_materials_and_the_keys_that_providers_have_of_them() {
    let answer = json(&["list"], &[], 0);
    let keys: Vec<(String, usize)> = answer["provider-keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let place = format!("{} {}", key["provider"], key["key-id"]).replace('"', "");
            (place, key["versions"].as_array().unwrap().len())
        })
        .collect();
    let aws = |id: &str| format!("aws-kms arn:aws:kms:eu-west-1:111122223333:key/{id}");
    assert_eq!(
        keys,
        [
            (aws("0a1b2c3d-1111-2222-3333-444455556666"), 1),
            // Imported, and imported again.
            (aws("1234abcd-12ab-34cd-56ef-1234567890ab"), 2),
            (aws("2026abcd-12ab-34cd-56ef-1234567890ab"), 1),
            (aws("5678abcd-12ab-34cd-56ef-1234567890ab"), 1),
            (aws("99998888-7777-6666-5555-444433332222"), 1),
            ("vault transit/keys/payments".to_owned(), 1),
        ]
    );
    let words = text(&["list"], &[], 0);
    assert!(
        words.contains("Material payments (aes-256): made 2024-01-15"),
        "{words}"
    );
    assert!(
        words.contains("orders (aes-256): made by its provider"),
        "{words}"
    );
}

#[test]
fn deviations_are_told_with_what_was_decided() {
    let words = text(&["deviations"], &DAY, 0);
    assert!(words.contains("2024-09-02 exception step 5: expected: the door is shut; happened: it stood open for a minute; decided by eli: go on: nobody came in"), "{words}");
    let later = ["--since", "2024-10-01", "--as-of", "2024-10-15"];
    assert!(text(&["deviations"], &later, 0).contains("no deviation is told of"));
}

#[test]
fn what_is_proved_is_told_point_by_point() {
    let words = text(&["prove", "import"], &DAY, 1);
    for part in [
        "shown a ceremony made the key, and recorded its check values (000002-payments-2024:5)",
        "not known aws-kms answered that this material arrived",
        "not proved: of something no record tells",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let words = text(&["prove", "destroyed"], &DAY, 5);
    assert!(
        words.contains("not so: records show the opposite"),
        "{words}"
    );
}

/// The registers of tests/data are frozen: what they answer stays, whatever is built later.
#[test]
fn the_frozen_registers_are_answered_as_they_were() {
    let home = tempfile::tempdir().unwrap();
    for (name, day, limit) in [
        ("register", "2025-10-01", 1_000_000),
        ("three-years", "2026-09-01", 1_500_000),
    ] {
        let register = home.path().join(name);
        copy(&repository(&format!("tests/data/story/{name}")), &register);
        for question in ["age", "decision", "locations", "due"] {
            let assert = keyrite()
                .args(["register", question])
                .arg(&register)
                .args(["--as-of", day])
                .assert();
            let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
            assert_golden(&format!("tests/it/golden/{name}/{question}.txt"), &text);
        }
        let size: u64 = source::files(&register)
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum();
        assert!(size < limit, "{name}: {size}");
    }
}

/// By another program: `sha256sum` checks the folder, `ssh-keygen` a signature in it.
#[test]
fn evidence_leads_from_requirements_to_lines_that_others_can_check() {
    let home = tempfile::tempdir().unwrap();
    for (framework, missing) in [
        ("pci-dss-4.0.1", "3.7.9 10.4.1"),
        ("nist-800-57", ""),
        ("cabf-br", "5.4.3"),
    ] {
        let out = home.path().join(framework);
        let more = [
            "--framework",
            framework,
            "--as-of",
            "2024-10-15",
            "--out",
            out.to_str().unwrap(),
        ];
        let code = i32::from(!missing.is_empty());
        let answer = json(&["evidence"], &more, code);
        assert!(rests(&answer) > 5);
        let not: Vec<&str> = answer["requirements"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["standing"] == "not-evidenced")
            .map(|row| row["number"].as_str().unwrap())
            .collect();
        assert_eq!(not.join(" "), missing);
        let sums = Command::new("sha256sum")
            .args(["--check", "--quiet", "--strict", "SHA256SUMS"])
            .current_dir(&out)
            .status()
            .unwrap();
        assert!(sums.success());
        for index in ["index.md", "index.html"] {
            let text = fs::read_to_string(out.join(index)).unwrap();
            assert!(text.contains("000002-payments-2024:5"), "{index}");
            assert_eq!(
                text.contains("NOT EVIDENCED"),
                !missing.is_empty(),
                "{index}"
            );
        }
        ssh_keygen_holds(&out.join("records/000002-payments-2024"));
        // Ceremonies that ended later are not there.
        assert!(!out.join("records/000009-payments-renewed").exists());
        assert!(!out.join("records/000002-payments-2024/artifacts").exists());
        // What is there is not written over.
        ask(&["evidence"], &more).code(1);
    }
    let more = ["--framework", "pci", "--out", "x"];
    ask(&["evidence"], &more).code(2);
}

fn ssh_keygen_holds(dir: &Path) {
    let record = fs::File::open(dir.join("record.jsonl")).unwrap();
    let status = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-f", "allowed_signers", "-I", "ana"])
        .args(["-n", "ceremony-record@keyrite", "-s", "signatures/ana.sig"])
        .current_dir(dir)
        .stdin(record)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}
