//! Many ceremonies at once: found below folders, told in one line each, summed up, and as JUnit.

use std::fs;
use std::path::Path;

use keyrite::domain::record::Digest;
use keyrite::domain::record::Follows;
use serde_json::Value;

use crate::common::keyrite;
use crate::common::python;
use crate::common::said;
use crate::verify::Ceremony;
use crate::verify::copy;
use crate::verify::open_of;

/// Runs `keyrite verify` and returns its exit code and what it said on standard output.
fn verify(arguments: &[&str], dirs: &[&Path]) -> (i32, String) {
    let output = keyrite()
        .arg("verify")
        .args(arguments)
        .args(dirs)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

/// A folder with ceremonies below it: two that hold, one that lacks a signature, one that was
/// altered, and things that are no ceremony.
fn archive() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let good = Ceremony::small();
    for year in ["2026", "2027"] {
        fs::create_dir(home.path().join(year)).unwrap();
    }
    let place = |path: &str| {
        copy(&good.dir, &home.path().join(path));
        home.path().join(path)
    };
    place("2026/a");
    place("2027/b");
    let lacking = place("2026/c");
    fs::remove_file(lacking.join("signatures/eli.sig")).unwrap();
    let altered = place("2027/d");
    let record = fs::read_to_string(altered.join("record.jsonl")).unwrap();
    fs::write(
        altered.join("record.jsonl"),
        record.replace("Ana Ruiz", "Ana Cruz"),
    )
    .unwrap();
    fs::create_dir(home.path().join("notes")).unwrap();
    fs::write(home.path().join("notes/text"), "no ceremony").unwrap();
    home
}

#[test]
fn of_many_only_what_does_not_hold_is_told_in_full() {
    let home = archive();
    let (code, text) = verify(&[], &[home.path()]);
    assert_eq!(code, 5, "{text}");
    let begins: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(['✓', '✗']))
        .map(|line| line.split_once(": ").unwrap().0)
        .collect();
    let root = home.path().display();
    let wanted = [
        format!("✓ {root}/2026/a"),
        format!("✗ {root}/2026/c"),
        format!("✓ {root}/2027/b"),
        format!("✗ {root}/2027/d"),
    ];
    assert_eq!(begins, wanted, "{text}");
    assert!(text.contains("still to sign: eli"), "{text}");
    assert!(text.contains("line 1 of the record was changed"), "{text}");
    assert!(
        text.ends_with("4 ceremonies: 2 hold, 1 lacks something, 1 does not hold\n"),
        "{text}"
    );
    // Nothing is told of what holds besides its line.
    assert!(!text.contains("SHA256:") || !text.contains("signed by ana"));
    fs::remove_dir_all(home.path().join("2027/d")).unwrap();
    assert_eq!(verify(&[], &[home.path()]).0, 1);
    fs::remove_dir_all(home.path().join("2026/c")).unwrap();
    assert_eq!(verify(&[], &[home.path()]).0, 0);
}

#[test]
fn every_check_of_every_ceremony_stands_in_the_json() {
    let home = archive();
    let (code, text) = verify(&["--format", "json"], &[home.path()]);
    assert_eq!(code, 5);
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["holds"], false);
    assert_eq!(all["counts"]["hold"], 2);
    assert_eq!(all["counts"]["lack-something"], 1);
    assert_eq!(all["counts"]["do-not-hold"], 1);
    let ceremonies = all["ceremonies"].as_array().unwrap();
    assert_eq!(ceremonies.len(), 4);
    let standing = |ceremony: &Value, id: &str| {
        let checks = ceremony["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == id).unwrap();
        check["standing"].as_str().unwrap().to_owned()
    };
    let [good, lacking, _, altered] = ceremonies.as_slice() else {
        panic!("{text}")
    };
    for id in [
        "script",
        "chain",
        "canonical",
        "steps",
        "files",
        "signatures",
    ] {
        assert_eq!(standing(good, id), "holds", "{id}");
    }
    for id in ["keys", "programs"] {
        assert_eq!(standing(good, id), "unknown", "{id}");
    }
    assert_eq!(standing(good, "word"), "asserted");
    assert_eq!(standing(lacking, "signatures"), "missing");
    assert_eq!(lacking["short"][0]["role"], "witness");
    assert_eq!(standing(altered, "chain"), "fails");
    assert_eq!(altered["checks"][1]["line"], 1);
    assert_eq!(standing(altered, "steps"), "unknown");
    assert_eq!(altered["exit"], 5);
}

/// Totals of a JUnit file as Python's XML reader sees them: suites, cases, failures, errors, skipped.
fn totals(xml: &str) -> Vec<usize> {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("junit.xml");
    fs::write(&file, xml).unwrap();
    let code = "import sys, xml.etree.ElementTree as t\n\
                r = t.parse(sys.argv[1]).getroot()\n\
                n = lambda x: len(r.findall('.//' + x))\n\
                s = lambda k: sum(int(e.get(k)) for e in r)\n\
                assert (s('tests'), s('failures'), s('errors'), s('skipped')) == (n('testcase'), n('failure'), n('error'), n('skipped'))\n\
                print(len(r), n('testcase'), n('failure'), n('error'), n('skipped'))";
    let output = python().args(["-c", code]).arg(&file).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

#[test]
fn junit_has_a_suite_for_each_ceremony_and_a_case_for_each_check() {
    let home = archive();
    let (code, xml) = verify(&["--format", "junit"], &[home.path()]);
    assert_eq!(code, 5);
    let totals_found = totals(&xml);
    let [suites, cases, failures, errors, skipped] = totals_found.as_slice() else {
        panic!("{xml}")
    };
    assert_eq!((*suites, *errors), (4, 0), "{xml}");
    // A missing signature; a changed name breaks the chain, is not the script's, and not signed.
    assert_eq!(*failures, 4, "{xml}");
    assert!(*cases > 4 * 14 && *skipped >= 4 * 3, "{xml}");
    let required = ["--format", "junit", "--require", "production"];
    let (code, xml) = verify(&required, &[&home.path().join("2026/a")]);
    assert_eq!(code, 1);
    assert!(
        xml.contains("name=\"required\"><failure type=\"required\""),
        "{xml}"
    );
    let (code, xml) = verify(&["--format", "junit"], &[&home.path().join("notes")]);
    assert_eq!((code, totals(&xml)), (1, vec![1, 1, 0, 1, 0]), "{xml}");
}

#[test]
fn a_ceremony_whose_record_was_taken_away_is_not_passed_over() {
    let home = archive();
    fs::remove_file(home.path().join("2026/a/record.jsonl")).unwrap();
    let assert = keyrite().arg("verify").arg(home.path()).assert().code(5);
    assert!(said(&assert).contains("holds no ceremony: record.jsonl is missing"));
}

#[test]
fn programs_are_held_against_the_auditor_s_list() {
    // The rehearsals of these tests name no digest; a record says which program wrote it.
    let good = Ceremony::small();
    good.collude(|entries| open_of(entries).tool.sha256 = Some(Digest::of(b"a program")));
    let home = tempfile::tempdir().unwrap();
    let list = home.path().join("SHA256SUMS");
    let judge = |text: &str| {
        fs::write(&list, text).unwrap();
        verify(&["--programs", list.to_str().unwrap()], &[&good.dir])
    };
    let (code, text) = judge(&format!("{}  keyrite\n", Digest::of(b"a program")));
    assert_eq!(code, 0, "{text}");
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("all of them on your list"), "{text}");
    let (code, text) = judge(&format!("{}  keyrite\n", Digest::of(b"another")));
    assert_eq!(code, 5, "{text}");
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("is not on your list of programs"), "{text}");
    fs::write(&list, "keyrite\n").unwrap();
    let assert = keyrite()
        .args(["verify", "--programs"])
        .arg(&list)
        .arg(&good.dir)
        .assert()
        .code(1);
    assert!(said(&assert).contains("line 1 of"));
    assert!(said(&assert).contains("does not begin with a SHA-256 digest"));
}

#[test]
fn records_that_follow_the_same_one_are_a_fork() {
    let home = tempfile::tempdir().unwrap();
    let first = Ceremony::production();
    let before = Digest::of(&first.read("record.jsonl"));
    copy(&first.dir, &home.path().join("1"));
    let follows = |place: &str, sequence: u64, title: &str| {
        let next = Ceremony::production();
        next.collude(|entries| {
            let follows = Follows {
                sequence,
                sha256: before,
            };
            open_of(entries).follows = Some(follows);
            // Two that are not the same.
            open_of(entries).tool.version = title.to_owned();
        });
        copy(&next.dir, &home.path().join(place));
    };
    follows("2", 1, "one");
    // Read on the day after: these ceremonies are of 2027.
    let (_, text) = verify(&[], &[home.path()]);
    assert!(!text.contains("forked"), "{text}");
    assert!(!text.contains("not among these"), "{text}");
    let (_, text) = verify(&[], &[&home.path().join("2"), &home.path().join("2")]);
    assert!(text.contains("which is not among these"), "{text}");
    follows("3", 1, "two");
    let (code, text) = verify(&[], &[home.path()]);
    assert_eq!(code, 5);
    assert!(text.contains("the register was forked"), "{text}");
    let (_, text) = verify(&["--format", "json"], &[home.path()]);
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["forks"].as_array().unwrap().len(), 1);
}

#[test]
fn a_record_that_made_a_key_and_is_not_there_is_asked_for() {
    let story = crate::common::repository("tests/data/story/three-years");
    let made = story.join("000002-payments-2024");
    let brought_back = story.join("000004-payments-to-vault");
    let record = Digest::of(&fs::read(made.join("record.jsonl")).unwrap()).to_string();
    let asked_for = |dirs: &[&Path]| {
        let (code, text) = verify(&["--format", "json"], dirs);
        assert_eq!(code, 0, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["earlier-records-elsewhere"]
            .to_string()
            .contains(&record)
    };
    assert!(asked_for(&[&brought_back]));
    assert!(!asked_for(&[&made, &brought_back]));
}
