//! `keyrite diff`: what a reviewer is told.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;

const PRODUCTION: &str = "tests/data/scripts/waived/production.yaml";
const HSM: &str = "tests/data/scripts/waived/hsm.yaml";
const CEREMONY: &str = "ceremonies/generate-and-split/script.yaml";

fn diff(old: &str, new: &str, more: &[&str]) -> Assert {
    keyrite()
        .current_dir(repository("."))
        .args(["diff", "--as-of", "2026-11-22", old, new])
        .args(more)
        .assert()
}

fn printed(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// Compares a script with itself after some changes.
fn changed(script: &str, pairs: &[(&str, &str)], more: &[&str]) -> Assert {
    let folder = tempfile::tempdir().unwrap();
    let mut text = fs::read_to_string(repository(script)).unwrap();
    fs::write(folder.path().join("before.yaml"), &text).unwrap();
    for (from, to) in pairs {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    fs::write(folder.path().join("after.yaml"), text).unwrap();
    keyrite()
        .current_dir(folder.path())
        .args(["diff", "--as-of", "2026-11-22", "before.yaml", "after.yaml"])
        .args(more)
        .assert()
}

/// What is written instead of what.
type Edits = &'static [(&'static str, &'static str)];

/// Pairs that a reviewer meets, by name.
const PAIRS: &[(&str, &str, Edits)] = &[
    (
        "leaver",
        PRODUCTION,
        &[
            (
                "  custodians: [ben, cho, dee]",
                "  custodians: [ben, dee, gil]",
            ),
            (
                "\n  fay: {name",
                "\n  gil: {name: Gil Sato, site: faro, manager: lou, receives-shares-at: passphrase, signs-with: \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDrafPZ338bDq2BsJZ9OPZfTjFLlC64sIUam0ZQBPVDN\"}\n  fay: {name",
            ),
            (
                "  - sign-in: [ana, ben, cho, dee, eli, fay]",
                "  - sign-in: [ana, ben, dee, eli, fay, gil]",
            ),
            (
                "      by: [ana, ben, cho, dee]",
                "      by: [ana, ben, dee, gil]",
            ),
            ("by: [ana, cho]", "by: [ana, gil]"),
            ("sign-out: [ben, cho, dee]", "sign-out: [ben, dee, gil]"),
        ],
    ),
    (
        "weaker",
        PRODUCTION,
        &[
            ("  - restore-test: {key: payments, with: [ben, dee]}\n", ""),
            (
                "  - compare: {wrapping-key: aws, channel: phone, by: [ana, cho], seen-by: eli}\n",
                "",
            ),
            (
                "    wrapping-key-spec: RSA_4096\n",
                "    wrapping-key-spec: RSA_2048\n",
            ),
            (
                "\nsteps:\n",
                "\nwaivers:\n  - {rule: compare-before-wrap, reason: no time, owner: ana, until: 2099-12-31}\n  - {rule: restore-before-wrap, reason: no time, owner: ana, until: 2099-12-31}\n\npolicy:\n  targets: 3\n\nsteps:\n",
            ),
        ],
    ),
    (
        "hsm",
        HSM,
        &[
            ("  - exception", "  - lock: payments\n  - exception"),
            ("pin: [ana, fay]", "pin: [ana, eli]"),
            ("threshold: 2", "threshold: 3"),
        ],
    ),
    (
        "earlier-wrap",
        PRODUCTION,
        &[
            ("  - wrap: {key: payments, for: aws}\n", ""),
            (
                "  - split:",
                "  - wrap: {key: payments, for: aws}\n  - split:",
            ),
        ],
    ),
];

#[test]
fn what_a_reviewer_is_told_is_kept() {
    for (name, script, pairs) in PAIRS {
        let assert = changed(script, pairs, &[]).code(1);
        let text = printed(&assert);
        assert_golden(&format!("tests/it/golden/diff/{name}.txt"), &text);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let plain = printed(&changed(script, pairs, &["--plain"]).code(1));
        assert_golden(&format!("tests/it/golden/diff/{name}-plain.txt"), &plain);
        assert!(plain.is_ascii() || !plain.contains('\u{1b}'), "{plain}");
    }
}

#[test]
fn the_json_has_every_change_of_the_text() {
    for (_, script, pairs) in PAIRS {
        let text = printed(&changed(script, pairs, &["--plain"]).code(1));
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let assert = changed(script, pairs, &["--format", "json"]).code(1);
        let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        assert_eq!(object["same"], false);
        let changes = object["changes"].as_array().unwrap();
        for change in changes {
            let told = change["text"].as_str().unwrap();
            let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(&told), "{told}");
        }
        let careful = changes.iter().filter(|it| it["careful"] == true).count();
        assert_eq!(object["careful"], careful);
    }
}

#[test]
fn the_same_is_code_0_and_so_are_other_comments() {
    let text = printed(&diff(PRODUCTION, PRODUCTION, &[]).code(0));
    assert!(text.ends_with("\nthe same\n"), "{text}");
    let text = printed(&changed(PRODUCTION, &[("# A ", "# The ")], &[]).code(0));
    assert!(
        text.contains("the same, but for comments or layout\n"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_read_is_not_told_as_a_difference() {
    let assert = diff(PRODUCTION, "no-such-script.yaml", &[]).code(2);
    assert!(said(&assert).contains("no-such-script.yaml"));
    let assert = diff(PRODUCTION, "tests/data/scripts/text/empty.yaml", &[]).code(3);
    assert!(said(&assert).contains("error["), "{}", said(&assert));
    assert!(printed(&assert).is_empty());
    // A folder without a record.
    diff(PRODUCTION, "tests", &[]).code(2);
}

/// One played rehearsal for all tests.
fn played() -> &'static Path {
    static PLAYED: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = PLAYED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        keyrite()
            .current_dir(repository("."))
            .args(["rehearse", CEREMONY, "--seed", "00", "--out"])
            .arg(folder.path().join("played"))
            .assert()
            .code(0);
        folder
    });
    folder.path()
}

#[test]
fn a_record_that_went_as_written_is_the_same_as_its_script() {
    let dir = played().join("played");
    let text = printed(&diff(CEREMONY, dir.to_str().unwrap(), &[]).code(0));
    assert!(text.contains("note: it is of a rehearsal\n"), "{text}");
    assert!(text.ends_with("\nthe same\n"), "{text}");
}

#[test]
fn a_record_of_another_script_is_told_as_scripts_are() {
    let dir = played().join("played");
    let old = "ceremonies/hsm-generate-backup/script.yaml";
    let text = printed(&diff(old, dir.to_str().unwrap(), &[]).code(1));
    assert!(text.contains("\nAccess\n"), "{text}");
    assert!(
        text.contains("the token in which keys live changes"),
        "{text}"
    );
}

#[test]
fn a_record_that_does_not_hold_is_code_5() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["script.yaml", "record.jsonl"] {
        fs::copy(played().join("played").join(name), folder.path().join(name)).unwrap();
    }
    let record = folder.path().join("record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replacen("Ana Ruiz", "Ann Ruiz", 1)).unwrap();
    let assert = diff(CEREMONY, folder.path().to_str().unwrap(), &[]).code(5);
    assert!(printed(&assert).is_empty());
}
