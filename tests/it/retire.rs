//! Older versions that are stopped, keys that are compromised, and keys left in an HSM: what the check,
//! the room and the verifier say.

use std::fs;
use std::sync::OnceLock;

use jiff::civil::Date;
use keyrite::domain::record::Did;
use keyrite::domain::record::Entry;
use keyrite::domain::record::ReadinessResult;
use keyrite::engine::lint::check;

use crate::common::keyrite;
use crate::common::one_line;
use crate::common::repository;
use crate::common::told;
use crate::story::Story;
use crate::verify::Ceremony;
use crate::verify::open_of;
use crate::verify::script_of;
use crate::verify::step;

fn shipped(name: &str) -> String {
    fs::read_to_string(repository(&format!("ceremonies/{name}/script.yaml"))).unwrap()
}

/// The rules that a script breaks, with what is said of each.
fn found(script: &str) -> Vec<(&'static str, String)> {
    let day: Date = "2026-11-22".parse().unwrap();
    let checked = check(script.as_bytes(), day).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let standing = checked.findings.iter().filter(|it| it.waived.is_none());
    standing
        .map(|finding| (finding.rule.id, finding.message.clone()))
        .collect()
}

/// The shipped script, in which nobody signed off that settlement needs the older version no more.
fn needed() -> String {
    let script = shipped("retire");
    let from = script.find("\n          signed-off: ").unwrap();
    let from = from + script[from + 1..].find("\n          signed-off: ").unwrap() + 1;
    let to = from + 1 + script[from + 1..].find('\n').unwrap();
    let mut script = script;
    script.replace_range(from..to, "");
    script
}

const MOVE: &str = "to: suspended, at: [google]";

#[test]
fn what_stops_an_older_version_is_refused_while_somebody_needs_it_and_nothing_else_is() {
    assert_eq!(found(&shipped("retire")), []);
    let needed = needed();
    let one = |script: &str| {
        let found = found(script);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    let (rule, says) = one(&needed);
    assert_eq!(rule, "still-needed");
    assert!(
        says.contains("nobody signed off that settlement (version-transparent) needs it no more"),
        "{says}"
    );
    // To take it out of use for anything new stops nobody who reads.
    let only_reads = needed
        .replace("kind: suspend", "kind: deactivate")
        .replace("state: deactivated\n", "state: active\n")
        .replace(MOVE, "to: deactivated");
    assert_eq!(found(&only_reads), []);
    // A suspended provider key that is deactivated stays disabled.
    let stays = only_reads.replace("state: active, purpose: process", "state: suspended");
    assert_eq!(one(&stays).0, "still-needed");
    // A compromised one is stopped at once.
    let known = needed
        .replace("kind: suspend", "kind: compromise")
        .replace(MOVE, "to: compromised, notify: [everybody]");
    assert_eq!(found(&known), []);
    // A provider that schedules a deletion disables the key first; a request alone stops nothing.
    let request = |at: &str| {
        let step = format!(
            "request-destroy: {{key: payments-2026, dependents: [], tenants: [], {at}because:"
        );
        needed
            .replace("kind: suspend", "kind: destroy")
            .replace("what: move", "what: destroy")
            .replace(
                &format!("move: {{key: payments-2026, {MOVE}, because:"),
                &step,
            )
    };
    assert_eq!(one(&request("at: {google: 30d}, ")).0, "still-needed");
    assert_eq!(found(&request("")), []);
    // What no version replaced is no older version.
    let from = needed.find("    replaced:\n").unwrap();
    let to = needed.find("\nsteps:").unwrap();
    let mut alone = needed.clone();
    alone.replace_range(from..to, "");
    assert_eq!(found(&alone), []);
}

#[test]
fn reconciled_logs_in_which_an_older_version_decrypts_too_late_keep_it_from_being_stopped() {
    let held = |at: &str, days: &str| {
        let line = format!(
            "      reconciled: [{{at: {at}, record: \"{}\", logs: {{{days}}}}}]\n",
            "ab".repeat(32)
        );
        shipped("retire").replace("\nsteps:", &format!("{line}\nsteps:"))
    };
    let quiet = "from: 2027-01-01, to: 2027-06-30, last-decrypt: 2027-03-01";
    assert_eq!(found(&held("google", quiet)), []);
    let loud = "from: 2027-01-01, to: 2027-06-30, last-decrypt: 2027-05-11";
    let all = found(&held("google", loud));
    assert_eq!(all.len(), 1, "{all:?}");
    let (rule, says) = &all[0];
    assert_eq!(*rule, "still-needed");
    assert!(
        says.contains(
            "the logs of google that were held against the register are quiet for 50 days only"
        ),
        "{says}"
    );
    assert_eq!(found(&held("googel", quiet))[0].0, "unknown-name");
    let turned = "from: 2027-06-30, to: 2027-01-01";
    assert!(
        found(&held("google", turned))
            .iter()
            .any(|(rule, _)| *rule == "rotation")
    );
    // Who asked the logs themselves need not ask those who signed off.
    let says = |script: &str| {
        let script = keyrite::domain::parse::parse(script.as_bytes()).unwrap();
        keyrite::domain::retire::stops(&script).remove(0).unlooked
    };
    assert!(says(&shipped("retire")).unwrap().contains("settlement"));
    assert_eq!(says(&held("google", quiet)), None);
}

#[test]
fn in_production_somebody_signs_the_exception_under_which_a_needed_version_is_stopped() {
    let waiver = "waivers:\n  - {rule: still-needed, reason: its archive is closed, owner: Kim Berg, until: 2027-12-31}\n\nsteps:";
    let script = needed()
        .replace("mode: practice", "mode: production")
        .replace("\nsteps:", &format!("\n{waiver}"));
    let says = |script: &str| {
        let found = found(script);
        let mut found = found.iter();
        found.any(|(rule, says)| {
            *rule == "signers" && says.contains("is stopped under an exception that nobody signs")
        })
    };
    assert!(says(&script));
    let policy = "policy: {no-decrypt-for: 90d, exceptions-signed-by: [approver]}";
    assert!(!says(
        &script.replace("policy: {no-decrypt-for: 90d}", policy)
    ));
}

#[test]
fn a_version_that_is_needed_is_stopped_only_with_an_exception_before_the_first_step() {
    let waiver = "waivers:\n  - {rule: still-needed, reason: its archive is closed, owner: Kim Berg, until: 2099-12-31}\n\nsteps:";
    let policy = "policy: {no-decrypt-for: 90d, exceptions-signed-by: [approver]}";
    let script = needed()
        .replace("\nsteps:", &format!("\n{waiver}"))
        .replace("policy: {no-decrypt-for: 90d}", policy);
    let story = Story::new(&script);
    let stopped = story.run("refused", &[], &[("ready/go-on", "no")]);
    let stopped = stopped.code(1);
    assert!(
        told(&stopped).contains("nobody signed off that settlement"),
        "{}",
        told(&stopped)
    );
    assert!(!story.path("refused").exists());
    let fay = story.path("keys/fay");
    let answers = [
        ("ready/go-on", "yes"),
        ("1/exception/decided", "go on: its archive is closed"),
        ("1/exception/decided-by", "ben"),
        ("1/exception/signs/fay", fay.to_str().unwrap()),
    ];
    story.run("held", &[], &answers).code(0);
    let mut verify = keyrite();
    let verified = verify
        .arg("verify")
        .arg(story.path("held"))
        .assert()
        .code(0);
    let verified = String::from_utf8_lossy(&verified.get_output().stdout).into_owned();
    let verified = one_line(&verified);
    for words in [
        "not ready at the start: older version payments-2026: nobody signed off that settlement",
        "decided: go on: its archive is closed, by ben; signed by fay (approver)",
    ] {
        assert!(verified.contains(words), "{words}: {verified}");
    }
    // The record says so, or it is refused.
    let record = Ceremony::at(story.path("held"));
    let lie = record.copied();
    lie.rewrite(|entries| {
        let looks = &mut open_of(entries).readiness;
        for look in looks
            .iter_mut()
            .filter(|it| it.name.starts_with("older version"))
        {
            look.result = ReadinessResult::Holds;
        }
    });
    lie.is_refused(&[
        "step 3 stops payments-2026, which is still needed, and the record does not say so",
    ]);
}

#[test]
fn the_record_says_where_nobody_looked_into_the_logs() {
    let story = Story::new(&shipped("retire"));
    story.run("held", &[], &[]).code(0);
    let record = fs::read_to_string(story.path("held/record.jsonl")).unwrap();
    let says = "every dependent signed off that it needs it no more; nobody looked into the provider's logs for settlement";
    assert!(record.contains(says), "{record}");
}

#[test]
fn whoever_relies_on_a_compromised_key_gets_a_notice_that_the_record_stands_for() {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    let good = GOOD.get_or_init(|| Ceremony::of(&script_of("compromise")));
    good.holds();
    let path = "artifacts/revocation-payments.txt";
    let text = String::from_utf8(good.read(path)).unwrap();
    for words in [
        "keyrite-revocation/v1\n",
        "Key         payments\n",
        "Is at       aws-kms key arn:aws:kms:eu-west-1:111122223333:key/",
        "Since       2026-11-14\n",
        "For         settlement, platform team\n",
        "Replaced by no other version yet\n",
        "Protect nothing more with it",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    type Lie = fn(&mut Vec<Entry>);
    let other = "the notice that key payments is compromised does not say what the record says";
    let lies: [(Lie, &str); 3] = [
        (|it| step(it, "move").artifacts.clear(), other),
        (|it| moved(it, |said| said.since = None), other),
        (
            |it| moved(it, |said| said.notify.truncate(1)),
            "is recorded as moved from elsewhere",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = good.copied();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
    let ceremony = good.copied();
    ceremony.write(path, text.replace("2026-11-14", "2026-11-15"));
    ceremony.is_refused(&[path]);
}

fn moved(entries: &mut [Entry], change: impl FnOnce(&mut keyrite::domain::record::Moved)) {
    if let Did::Move(said) = &mut step(entries, "move").did {
        change(said);
    }
}

#[test]
fn a_record_that_lies_about_what_was_destroyed_in_an_hsm_is_refused() {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    let good = GOOD.get_or_init(|| Ceremony::of(&script_of("hsm-destroy")));
    good.holds();
    type Lie = fn(&mut Vec<Entry>);
    let other = "has other check values than key payments";
    let lies: [(Lie, &str); 3] = [
        (|it| seen(it, None), "nothing tells that it was the one"),
        (|it| seen(it, Some("000000")), other),
        (|it| seen(it, Some("")), other),
    ];
    for (lie, words) in lies {
        let ceremony = good.copied();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
}

/// Another check value of what was found; none of it if empty.
fn seen(entries: &mut [Entry], value: Option<&str>) {
    if let Did::Destroy { found, .. } = &mut step(entries, "destroy").did {
        let values = |value: &str| {
            let named = Some(("kcv.ecb3".to_owned(), value.to_owned()));
            named
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect()
        };
        *found = value.map(values);
    }
}

#[test]
fn a_script_that_stops_a_version_as_if_it_had_not_been_replaced_is_refused_beside_its_records() {
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    crate::register::copy(&repository("tests/data/story/three-years"), &register);
    let script = fs::read_to_string(register.join("000026-deactivate/script.yaml")).unwrap();
    for later in ["000026-deactivate", "000027-destroy", "000028-compromise"] {
        fs::remove_dir_all(register.join(later)).unwrap();
    }
    let path = home.path().join("script.yaml");
    let says = |to: &str| {
        let script = script.replace("to: deactivated", &format!("to: {to}"));
        fs::write(&path, script).unwrap();
        let mut check = keyrite();
        check.arg("check").arg(&path).arg("--register");
        let output = check.arg(&register).output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        one_line(&String::from_utf8(told).unwrap())
    };
    let words = "key payments is stopped as if no other version took its place; by the records payments-2026 did";
    assert!(says("suspended").contains(words), "{}", says("suspended"));
    // What is deactivated still processes what it protected.
    assert!(!says("deactivated").contains(words));
}
