//! The real process is killed, as by `kill -9`, at every place where it writes: in the middle of the
//! write and behind it. It asks a token for something between two writes only, so every call is
//! between two of these places, too. What is left is taken up again and ends in a record that holds.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::hsm;
use crate::leaks::nothing_leaked;
use crate::source;
use crate::tokens::Kind;
use crate::tokens::Token;

/// Answers about everything that an interruption left: nothing of it is kept.
fn orphans(company: &Company) -> Vec<(String, String)> {
    let out = company.path("out");
    let mut answers = vec![("orphan/token:payments".to_owned(), "no".to_owned())];
    for folder in ["artifacts", "approvals"] {
        if !out.join(folder).exists() {
            continue;
        }
        for file in source::files(&out.join(folder)) {
            let path = file.strip_prefix(&out).unwrap().display().to_string();
            answers.push((format!("orphan/{path}"), "no".to_owned()));
        }
    }
    answers
}

type Run<'a> = &'a dyn Fn(&Company, &[(&str, &str)]) -> assert_cmd::Command;

/// Takes up what a killed process left, to a record that holds; whether there was anything.
fn taken_up(company: &Company, run: Run<'_>, name: &str) {
    let answers = orphans(company);
    let answers: Vec<(&str, &str)> = answers
        .iter()
        .map(|(id, answer)| (id.as_str(), answer.as_str()))
        .collect();
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap_or_default();
    let sealed = record.ends_with('\n')
        && record
            .lines()
            .last()
            .is_some_and(|line| line.contains("\"event\":{\"sealed\":"));
    if sealed {
        // Only signatures can be missing.
        company
            .verify()
            .assert()
            .try_code([0, 1].as_slice())
            .unwrap();
        return;
    }
    let mut command = run(company, &answers);
    if company.path("out").exists() {
        command.arg("--resume");
    }
    let done = command.assert();
    let said = crate::common::said(&done);
    assert_eq!(done.get_output().status.code(), Some(0), "{name}: {said}");
    let verified = company.verify().assert();
    let code = verified.get_output().status.code();
    assert_eq!(code, Some(0), "{name}: {said}");
}

/// Kills a run at a place; what it said, if it got there.
fn killed(company: &Company, run: Run<'_>, at: &str) -> Option<Output> {
    let done = run(company, &[]).args(["--kill-at", at]).output().unwrap();
    match (done.status.signal(), done.status.code()) {
        (Some(9), _) => Some(done),
        (_, Some(0)) => None,
        _ => panic!("{at}: {}", String::from_utf8_lossy(&done.stderr)),
    }
}

/// The record that a killed process left.
fn left(company: &Company) -> String {
    fs::read_to_string(company.path("out/record.jsonl")).unwrap_or_default()
}

#[test]
fn a_software_ceremony_that_is_killed_at_any_write_ends_in_a_record_that_holds() {
    let company = Company::new();
    let run: Run<'_> = &|company: &Company, change| company.run(change);
    let (mut kills, mut looks) = (0, 0);
    'all: for write in 0.. {
        for at in [format!("{write}"), format!("{write}:after")] {
            // Another ceremony of the same people.
            drop(fs::remove_dir_all(company.path("out")));
            for custodian in CUSTODIANS {
                let medium = company.path(&format!("media/{custodian}"));
                fs::remove_dir_all(&medium).unwrap();
                fs::create_dir(&medium).unwrap();
            }
            let Some(said) = killed(&company, run, &at) else {
                break 'all;
            };
            taken_up(&company, run, &at);
            kills += 1;
            // Looking takes longer than the ceremony, and a key that was lost is never wrapped there.
            let wrapped = company.path("out/artifacts/payments-for-aws/EncryptedKeyMaterial.bin");
            if kills % 8 == 0 && wrapped.exists() {
                nothing_leaked(&company, &said);
                looks += 1;
            }
        }
    }
    assert!(kills > 60 && looks > 4, "{kills}, {looks}");
}

/// A ceremony with an HSM that is killed at a place, and its token; nothing if it did not get there.
fn killed_with_hsm(at: &str) -> Option<(Company, Token)> {
    let token = Token::fresh(KIND, "ceremony");
    let company = hsm::company(&token, KIND);
    let run: Run<'_> = &|company: &Company, change| hsm::run(company, &token, change);
    killed(&company, run, at).map(|_| (company, token))
}

/// It is killed behind each write. Where that is the last one before a call of the token, it is taken
/// up again; so is one that is killed behind that call, in the write that follows.
#[test]
fn a_ceremony_with_an_hsm_that_is_killed_around_any_call_leaves_no_orphan() {
    let mut calls = 0;
    for write in FIRST_ENTRY.. {
        let Some((company, token)) = killed_with_hsm(&format!("{write}:after")) else {
            break;
        };
        let record = left(&company);
        let last = record.lines().last().unwrap_or_default();
        if last.contains("\"event\":{\"sealed\":") {
            break;
        }
        if !last.contains("\"event\":{\"calling\":") {
            continue;
        }
        let behind = killed_with_hsm(&(write + 1).to_string()).unwrap();
        for (company, token) in [(company, token), behind] {
            let run: Run<'_> = &|company: &Company, change| hsm::run(company, &token, change);
            taken_up(&company, run, &format!("write {write}: {last}"));
            assert_eq!(hsm::keys_in(&token), 0, "{last}");
        }
        calls += 1;
    }
    assert!(calls >= 4, "{calls}");
}

const KIND: Kind = Kind::Kryoptic;

/// A number of a write before the first entry behind the opening one.
const FIRST_ENTRY: u32 = 5;

#[test]
fn a_production_ceremony_cannot_be_told_to_die() {
    let company = Company::new();
    company.edit("mode: practice", "mode: production");
    let refused = company.run(&[]).args(["--kill-at", "3"]).assert().code(2);
    let said = crate::common::said(&refused);
    assert!(
        said.contains("`--kill-at` works in practice only"),
        "{said}"
    );
    assert!(!company.path("out").exists());
}
