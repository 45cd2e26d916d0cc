//! A key gets its next version, and the older one is let go.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;
use sha2::Digest as _;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::register::add;
use crate::register::ask;
use crate::register::json;
use crate::register::tells;
use crate::story::Story;

/// `make`, `rotate` and `sign-off`, held once.
struct Rotated {
    story: Story,
    register: PathBuf,
}

fn rotated() -> &'static Rotated {
    static ROTATED: OnceLock<Rotated> = OnceLock::new();
    ROTATED.get_or_init(|| {
        let story = Story::new(&first());
        let register = story.path("register");
        story.run("make", &[], &[]).code(0);
        add(&register, &[&story.path("make")]).code(0);
        let follows = ["--register", register.to_str().unwrap()];
        story.company.script(&next(&record_of(&story, "make")));
        story.run("rotate", &follows, &[]).code(0);
        add(&register, &[&story.path("rotate")]).code(0);
        story.company.script(&sign_off(&record_of(&story, "make")));
        story.run("sign-off", &follows, &[]).code(0);
        Rotated { story, register }
    })
}

fn record_of(story: &Story, out: &str) -> String {
    let record = fs::read(story.path(out).join("record.jsonl")).unwrap();
    keyrite::domain::record::hex(&sha2::Sha256::digest(record))
}

fn shipped() -> String {
    fs::read_to_string(repository("ceremonies/rotate-aws/script.yaml")).unwrap()
}

/// The ceremony without a provider: nothing has to be fetched.
fn without_wrap(script: &str) -> String {
    let from = script.find("inputs:").unwrap();
    let to = script.find("versions:").unwrap();
    let mut script = script.to_owned();
    script.replace_range(from..to, "");
    let gone = ["- compare:", "- approve:", "- wrap:"];
    let lines = script.lines();
    let lines = lines.filter(|line| !gone.iter().any(|word| line.trim().starts_with(word)));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// What the older version was made by.
fn first() -> String {
    let script = without_wrap(&shipped());
    let from = script.find("versions:").unwrap();
    let to = script.find("steps:").unwrap();
    let mut script = script;
    script.replace_range(from..to, "");
    script
        .replace("rotate-aws", "make-first")
        .replace("kind: rotate", "kind: generate")
        .replace("    supersedes: payments-2026\n", "")
        .replace("payments-2027", "payments-2026")
}

fn next(record: &str) -> String {
    without_wrap(&shipped()).replace(
        "3363447631b01a6a0c07a18c1a8a2521d4a0908d94fb4d83e882a06120582a78",
        record,
    )
}

fn sign_off(record: &str) -> String {
    let script = next(record);
    let from = script.find("keys:").unwrap();
    let to = script.find("versions:").unwrap();
    let mut script = script.replace("ceremony: rotate-aws", "ceremony: sign-off");
    let shift = script.find("keys:").unwrap();
    script.replace_range(shift..shift + (to - from), "");
    let from = script.find("  - generate:").unwrap();
    let to = script.find("  - exception:").unwrap();
    script.replace_range(
        from..to,
        "  - re-encrypted: {key: payments-2026, dependent: payments-database, by: ana, evidence: query 4711, logs: {from: 2027-01-01, to: 2027-06-30, last-decrypt: 2027-02-11}}
  - re-encrypted: {key: payments-2026, dependent: settlement, by: ana, evidence: the provider finds the version}
",
    );
    script
}

fn shown(register: &std::path::Path, key: &str) -> Value {
    json(&["show", register.to_str().unwrap(), key], 0)["keys"][0]["versions"].clone()
}

#[test]
fn a_version_takes_the_place_of_the_older_one_which_is_needed_until_it_is_signed_off() {
    let rotated = rotated();
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    add(
        &register,
        &[&rotated.story.path("make"), &rotated.story.path("rotate")],
    )
    .code(0);
    let older = shown(&register, "payments-2026");
    assert_eq!(older["superseded"]["key"], "payments-2027");
    assert_eq!(
        older["superseded"]["rests-on"]["ceremony"],
        "000002-rotate-aws"
    );
    assert_eq!(older["quiet"], 90 * 86_400);
    let newer = shown(&register, "payments-2027");
    assert_eq!(newer["supersedes"]["key"], "payments-2026");
    assert_eq!(newer["superseded"], Value::Null);
    let words = register.to_str().unwrap();
    tells(
        &ask(&["show", words, "payments-2026"]).code(0),
        &[
            "replaced by payments-2027, ",
            "depends on it payments-database (re-encrypt), ",
            "may be disabled no: nobody signed off that payments-database (re-encrypt) needs it no more; nobody signed off that settlement (version-transparent) needs it no more",
        ],
    );
    // The end of a cryptoperiod is due of the version in use alone.
    let due = json(&["due", words, "--within", "30y"], 0)["due"].clone();
    let ending: Vec<&Value> = due
        .as_array()
        .unwrap()
        .iter()
        .filter(|due| due["kind"] == "cryptoperiod")
        .map(|due| &due["key"])
        .collect();
    assert_eq!(ending, ["payments-2027"]);

    add(&register, &[&rotated.story.path("sign-off")]).code(0);
    tells(
        &ask(&["show", words, "payments-2026"]).code(0),
        &[
            "signed off payments-database: query 4711 (ana); provider's logs from 2027-01-01 to 2027-06-30: last decryption on 2027-02-11",
            "signed off settlement: the provider finds the version (ana); nobody looked into the provider's logs",
            "may be disabled yes, but nobody looked into the provider's logs for settlement",
        ],
    );
}

/// AWS KMS rotates a key on demand 25 times: the first import is none of them, each newer version is one,
/// and what was done before the register began is told by the script.
#[test]
fn a_provider_key_is_rotated_as_often_as_records_tell_and_no_oftener() {
    let of = |script: &str, older: &str, newer: &str| {
        script
            .replace("payments-2026", "OLDER")
            .replace("payments-2027", newer)
            .replace("OLDER", older)
            .replace("ceremony: rotate-aws", &format!("ceremony: make-{newer}"))
    };
    let first = shipped();
    let from = first.find("versions:").unwrap();
    let to = first.find("policy:").unwrap();
    let first = [&first[..from], &first[to..]].concat();
    let first = of(&first, "none", "payments-2026")
        .replace("    supersedes: none\n", "")
        .replace("kind: rotate", "kind: import");
    let story = Story::new(&first);
    let register = story.path("register");
    let words = register.to_str().unwrap();
    let rotations = |key: &str| {
        let age = json(&["age", words, key], 0);
        age["keys"][0]["rotations"][0]["done"].clone()
    };
    story.run("first", &[], &[]).code(0);
    add(&register, &[&story.path("first")]).code(0);
    assert_eq!(rotations("payments-2026"), Value::Null);

    let next = |record: &str, older: &str, newer: &str, more: &str| {
        let placeholder = "3363447631b01a6a0c07a18c1a8a2521d4a0908d94fb4d83e882a06120582a78";
        of(&shipped(), older, newer).replace(
            &format!("    record: \"{placeholder}\""),
            &format!("{more}    record: \"{record}\""),
        )
    };
    let told = "    rotations: 24\n";
    let record = record_of(&story, "first");
    story
        .company
        .script(&next(&record, "payments-2026", "payments-2027", told));
    story.run("second", &["--register", words], &[]).code(0);
    add(&register, &[&story.path("second")]).code(0);
    assert_eq!(rotations("payments-2027"), 25);
    tells(
        &ask(&["due", words, "--within", "2y"]),
        &["another key is planned at aws-kms for the versions after payments-2027"],
    );

    let record = record_of(&story, "second");
    story
        .company
        .script(&next(&record, "payments-2027", "payments-2028", ""));
    let refused = story.run("third", &["--register", words], &[]).code(3);
    tells(&refused, &["was rotated 25 times, and 25 is all"]);
}

#[test]
fn two_versions_that_take_the_place_of_one_are_named() {
    let rotated = rotated();
    let story = &rotated.story;
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    let other = next(&record_of(story, "make"))
        .replace("ceremony: rotate-aws", "ceremony: rotate-again")
        .replace("payments-2027", "payments-2028");
    let again = Story::new(&first());
    again.company.script(&other);
    again.run("again", &[], &[]).code(0);
    let dirs = [
        story.path("make"),
        story.path("rotate"),
        again.path("again"),
    ];
    let dirs: Vec<&std::path::Path> = dirs.iter().map(PathBuf::as_path).collect();
    add(&register, &dirs).code(0);
    tells(
        &ask(&["show", register.to_str().unwrap()]).code(5),
        &["payments-2028 takes the place of payments-2026, and so does payments-2027"],
    );
}

#[test]
fn an_older_version_that_no_record_made_is_told_of() {
    let rotated = rotated();
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    let again = Story::new(&next(&"0".repeat(64)));
    again.run("again", &[], &[]).code(0);
    add(&register, &[&again.path("again")]).code(0);
    tells(
        &ask(&["show", register.to_str().unwrap()]).code(0),
        &["the ceremony that made the older version payments-2026 is not in this register"],
    );
    assert!(rotated.register.exists());
}

#[test]
fn what_was_signed_off_is_what_the_script_says() {
    let rotated = rotated();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("sign-off");
    crate::register::copy(&rotated.story.path("sign-off"), &dir);
    let path = dir.join("record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("query 4711", "query 4712"),
        ("2027-02-11", "2027-02-12"),
        (
            "\"dependent\":\"settlement\"",
            "\"dependent\":\"settlemint\"",
        ),
    ] {
        assert!(record.contains(from), "{from}");
        fs::write(&path, record.replace(from, to)).unwrap();
        keyrite().arg("verify").arg(&dir).assert().code(5);
    }
}

#[test]
fn a_rotation_names_versions_and_dependents_rightly() {
    let good = next(&"0".repeat(64));
    let off = sign_off(&"0".repeat(64));
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            &good,
            "kind: rotate",
            "kind: generate",
            "a version takes the place of another one in a ceremony of its own kind",
        ),
        (
            &good,
            "supersedes: payments-2026",
            "supersedes: payments-2025",
            "no version payments-2025 is described",
        ),
        (
            &good,
            "    supersedes: payments-2026\n",
            "",
            "the rotation makes no new version, signs nothing off and counts nothing",
        ),
        (
            &good,
            "  payments-2027:\n",
            "  payments-2026:\n",
            "payments-2026 is the older version and a key of this ceremony",
        ),
        (
            &good,
            "name: settlement",
            "name: payments-database",
            "payments-database is named twice",
        ),
        (
            &off,
            "dependent: settlement",
            "dependent: setlement",
            "setlement does not depend on payments-2026",
        ),
        (
            &off,
            "dependent: settlement",
            "dependent: payments-database",
            "payments-database is signed off twice",
        ),
        (
            &off,
            "re-encrypted: {key: payments-2026, dependent: settlement",
            "re-encrypted: {key: payments-2020, dependent: settlement",
            "no version payments-2020 is described",
        ),
        (
            &off,
            "last-decrypt: 2027-02-11",
            "last-decrypt: 2028-02-11",
            "these days of logs do not follow each other",
        ),
        (
            &off,
            "method: re-encrypt",
            "method: reencrypt",
            "unknown word `reencrypt`",
        ),
    ];
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("script.yaml");
    for (script, from, to, message) in cases {
        assert!(script.contains(from), "{from}");
        fs::write(&path, script.replace(from, to)).unwrap();
        let assert = keyrite().arg("check").arg(&path).assert().code(3);
        let out = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        let all = format!("{out} {}", said(&assert));
        let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(message), "{message}: {all}");
    }
}
