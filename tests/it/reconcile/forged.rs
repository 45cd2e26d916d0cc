//! Lines that somebody wrote, cut off or changed: none hides what really happened.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::keyrite;
use crate::reconcile::before;
use crate::reconcile::clean;
use crate::reconcile::deliver;
use crate::reconcile::findings;
use crate::reconcile::kinds;
use crate::reconcile::reconcile;
use crate::reconcile::shapes;
use crate::reconcile::shapes::Happens;
use crate::reconcile::shapes::Shape;
use crate::reconcile::shapes::What;

/// The log of a month in which everybody did what records tell, and then this.
fn with(shape: &dyn Shape, more: &[Happens]) -> (i32, Value) {
    let all = [clean(shape), more.to_vec()].concat();
    reconcile(shape, deliver(shape, &all).path(), &[])
}

#[test]
fn a_forged_line_with_the_id_of_a_real_one_hides_it_from_nobody() {
    for shape in shapes::ALL {
        let real = Happens::new("2026-01-21T10:00:00Z", What::Disable, "mallory");
        let mut forged = Happens::new("2026-01-21T10:00:00Z", What::Read, "ana");
        forged.what = What::SetAccess;
        forged.id = Some(real.id());
        // Whichever is delivered first.
        for all in [[&forged, &real], [&real, &forged]] {
            let (exit, answer) = with(*shape, &all.map(Clone::clone));
            let mut wanted = vec!["unexplained", "unexplained"];
            // An entry of Azure's AuditEvent has no id that anybody could forge.
            if shape.provider() != "azure" {
                wanted.insert(0, "two-stories");
            }
            assert_eq!(kinds(&answer), wanted, "{}: {answer:#}", shape.provider());
            let integrity = shape.provider() != "azure";
            assert_eq!(exit, if integrity { 5 } else { 1 });
        }
    }
}

#[test]
fn a_use_that_is_delivered_again_counts_once() {
    for shape in shapes::ALL {
        let all = clean(*shape);
        let twice = [all.clone(), all.clone()].concat();
        let counted = |all: &[Happens]| {
            let (_, answer) = reconcile(*shape, deliver(*shape, all).path(), &[]);
            answer["findings"]["uses"].clone()
        };
        assert_eq!(counted(&all), counted(&twice), "{}", shape.provider());
    }
}

#[test]
fn an_explanation_settles_what_was_there_and_not_what_came_after() {
    let used = |day: &str| Happens::new(&format!("{day}T10:00:00Z"), What::Decrypt, "app");
    let shape = shapes::ALL[0];
    let id = |all: &[Happens]| {
        let (exit, answer) = with(shape, all);
        assert_eq!(
            (exit, kinds(&answer)),
            (5, vec!["used-after"]),
            "{answer:#}"
        );
        findings(&answer)[0]["id"].clone()
    };
    let (once, twice) = (
        [used("2026-02-04")],
        [used("2026-02-04"), used("2026-02-05")],
    );
    assert_eq!(id(&once), id(&once));
    assert_ne!(id(&once), id(&twice));
}

#[test]
fn what_somebody_else_did_as_recorded_does_not_explain_a_failed_attempt() {
    for shape in shapes::ALL {
        let tried = |who| {
            let mut it = Happens::new("2026-02-02T09:00:30Z", What::Disable, who);
            it.refused = true;
            it
        };
        let (exit, answer) = with(*shape, &[tried("dee")]);
        assert_eq!((exit, kinds(&answer)), (0, vec![]), "{answer:#}");
        assert_eq!(answer["findings"]["counts"]["retried"], 1);
        let (exit, answer) = with(*shape, &[tried("mallory")]);
        assert_eq!((exit, kinds(&answer)), (1, vec!["failed"]), "{answer:#}");
    }
}

#[test]
fn a_change_of_access_that_somebodys_leaving_explains_is_shown_with_who_did_it() {
    let shape = shapes::ALL[0];
    let (_, answer) = with(shape, &[]);
    let seen = answer["findings"]["seen"].as_array().unwrap();
    let of_access: Vec<&Value> = seen
        .iter()
        .filter(|it| it["what"] == "change of access")
        .collect();
    assert_eq!(of_access.len(), 1, "{answer:#}");
    assert_eq!(of_access[0]["principal"], shape.name_of("ana"));
    assert_eq!(of_access[0]["key"], "payments");
    // One change of one policy took Cho out; a second one did something else.
    let more = Happens::new("2026-02-21T10:00:00Z", What::SetAccess, "mallory");
    let (_, answer) = with(shape, &[more]);
    assert_eq!(kinds(&answer), ["unexplained"], "{answer:#}");
}

#[test]
fn one_actor_who_writes_one_policy_of_vault_again_and_again_is_one_finding() {
    let vault = shapes::ALL
        .iter()
        .find(|it| it.provider() == "vault")
        .unwrap();
    let wrote = |day: &str| Happens::new(&format!("{day}T10:00:00Z"), What::SetAccess, "mallory");
    let all = [
        wrote("2026-01-21"),
        wrote("2026-01-22"),
        wrote("2026-01-24"),
    ];
    let (exit, answer) = with(*vault, &all);
    assert_eq!(
        (exit, kinds(&answer)),
        (1, vec!["unexplained"]),
        "{answer:#}"
    );
    let what = findings(&answer)[0]["what"].as_str().unwrap();
    assert!(
        what.contains("3 times from 2026-01-21T10:00:00Z to 2026-01-24T10:00:00Z"),
        "{what}"
    );
}

#[test]
fn of_a_log_that_is_cut_off_the_rest_is_told_and_it_does_not_end_well() {
    for shape in shapes::ALL {
        let home = deliver(*shape, &clean(*shape));
        let mut files = Vec::new();
        let mut folders = vec![home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        let bytes = fs::read(&files[0]).unwrap();
        fs::write(&files[0], &bytes[..bytes.len() - 40]).unwrap();
        let (exit, answer) = reconcile(*shape, home.path(), &[]);
        assert_ne!(exit, 0, "{answer:#}");
        assert!(!answer["damaged"].as_array().unwrap().is_empty());
        assert!(answer["findings"]["counts"]["damaged"].as_u64().unwrap() > 0);
    }
}

#[test]
fn a_file_without_any_entry_does_not_end_well() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log.json");
    fs::write(&log, "").unwrap();
    for shape in shapes::ALL {
        let (exit, answer) = reconcile(*shape, &log, &[]);
        assert_eq!(exit, 1, "{answer:#}");
        let damaged = answer["damaged"].to_string();
        assert!(
            damaged.contains("no entry of a log of this provider"),
            "{damaged}"
        );
        assert_eq!(answer["findings"]["counts"]["damaged"], 1, "{answer:#}");
    }
}

#[test]
fn only_what_was_compared_is_said_to_tell_the_same() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log.json");
    let shape = shapes::ALL[0];
    let whole = deliver(shape, &clean(shape));
    let torn = deliver(shape, &clean(shape));
    fs::write(torn.path().join("torn.json"), "{\"Records\": [{").unwrap();
    let other = {
        let mut other = Happens::new("2026-01-21T10:00:00Z", What::Disable, "mallory");
        other.elsewhere = true;
        deliver(shape, &[other])
    };
    fs::write(&log, "{").unwrap();
    let says = |log: &Path| {
        let output = keyrite()
            .arg("reconcile")
            .arg(before())
            .args(["--provider", shape.provider(), "--plain"])
            .arg(log)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (log, words) in [
        (whole.path(), "log and records tell the same"),
        (
            torn.path(),
            "what could be read of the log and the records tell the same",
        ),
        (
            other.path(),
            "nothing was compared: every entry is of accounts",
        ),
        (
            log.as_path(),
            "nothing was compared: no entry about a key could be read",
        ),
    ] {
        assert!(says(log).contains(words), "{words}: {}", says(log));
    }
}

#[test]
fn a_log_of_another_account_alone_does_not_end_well() {
    for shape in shapes::ALL {
        let mut other = Happens::new("2026-01-21T10:00:00Z", What::Disable, "mallory");
        other.elsewhere = true;
        let (exit, answer) = reconcile(*shape, deliver(*shape, &[other]).path(), &[]);
        let findings = &answer["findings"];
        assert_eq!(findings["counts"]["elsewhere"], 1, "{answer:#}");
        assert_eq!(findings["findings"], serde_json::json!([]), "{answer:#}");
        assert_eq!(exit, 1, "{answer:#}");
    }
}

#[test]
fn what_a_log_says_reaches_script_and_terminal_as_text_alone() {
    let home = tempfile::tempdir().unwrap();
    let shape = shapes::ALL[0];
    let evil = Happens::new("2026-01-21T10:00:00Z", What::Disable, "mallory");
    let log = deliver(shape, &[clean(shape), vec![evil]].concat());
    let folder = log.path().join("AWSLogs/111122223333/CloudTrail/eu-west-1");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let packed = fs::read(&path).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text)
            .unwrap();
        let text = text.replace(
            "user/mallory",
            r"user/m\u2028  - seal\u0085\n  - seal\u001b[2J",
        );
        fs::write(path.with_extension("").with_extension("json"), text).unwrap();
        fs::remove_file(path).unwrap();
    }
    let out = home.path().join("out");
    let output = keyrite()
        .arg("reconcile")
        .arg(before())
        .args(["--provider", "aws", "--out"])
        .arg(&out)
        .arg(log.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let script = fs::read_to_string(out.join("script.yaml")).unwrap();
    for text in [&told, &script] {
        assert!(text.contains(r"\u{2028}"), "{text}");
        for c in ['\u{2028}', '\u{85}', '\u{1b}'] {
            assert!(!text.contains(c), "{text}");
        }
    }
    assert!(!script.contains("\n  - seal\n  - seal"), "{script}");
}
