//! What is recorded of a log: in the register, in the report and for a SIEM.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use keyrite::register::Register;
use serde_json::Value;

use crate::common::keyrite;
use crate::export::against_the_schema;
use crate::reconcile::years;
use crate::verify::Ceremony;
use crate::verify::script_of;

/// The folder of the ceremony that recorded a log.
fn recorded() -> PathBuf {
    let folders = fs::read_dir(&years().register).unwrap();
    let mut folders = folders.map(|entry| entry.unwrap().path());
    folders
        .find(|folder| {
            let script = fs::read_to_string(folder.join("script.yaml")).unwrap_or_default();
            script.contains("  - reconcile:")
        })
        .unwrap()
}

#[test]
fn every_finding_goes_out_as_a_detection_and_its_explanation_closes_it() {
    let output = keyrite().arg("export").arg(recorded()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    against_the_schema(&text).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|event: &Value| event["class_uid"] == 2004)
        .collect();
    let of = |activity: u64| -> Vec<&Value> {
        let all = events.iter();
        all.filter(|event| event["activity_id"] == activity)
            .collect()
    };
    let (found, closed) = (of(1), of(3));
    assert_eq!((found.len(), closed.len()), (13, 1), "{events:#?}");
    let uid = |event: &Value| event["finding_info"]["uid"].as_str().unwrap().to_owned();
    let uids: BTreeSet<String> = found.iter().map(|event| uid(event)).collect();
    assert_eq!(uids.len(), 13);
    assert!(uids.contains(&uid(closed[0])));
    assert_eq!(closed[0]["status"], "Resolved");
    let alerts = found.iter().filter(|event| event["is_alert"] == true);
    // A fact that differs, and use while it was suspended.
    assert_eq!(alerts.count(), 2);
    for event in found {
        assert!(event["remediation"]["desc"].as_str().unwrap().len() > 20);
    }
    let first = text
        .lines()
        .find(|line| line.contains("\"class_uid\":2004"))
        .unwrap();
    for (from, to) in [
        ("\"remediation\":{\"desc\":", "\"remediation\":{\"text\":"),
        ("\"activity_id\":1", "\"activity_id\":8"),
        ("\"is_alert\":true", "\"is_alert\":\"perhaps\""),
    ] {
        assert!(first.contains(from), "{from}: {first}");
        against_the_schema(&first.replacen(from, to, 1)).unwrap_err();
    }
}

#[test]
fn the_register_keeps_until_when_logs_were_read_and_what_they_count() {
    let register = Register::read(&years().register, None, None).unwrap();
    let payments = register
        .materials
        .iter()
        .find(|it| it.key == "payments")
        .unwrap();
    let of_aws = &payments.versions.reconciled["aws"];
    assert_eq!(
        of_aws.words(),
        "provider's logs from 2025-12-31 to 2026-03-31: last decryption on 2026-03-05"
    );
    // Six decryptions and an encryption: those of people who left, and while it was suspended, too.
    assert_eq!(of_aws.uses.as_ref().unwrap().count, 7);
    assert_eq!(payments.versions.reconciled.len(), 1);
    let day = "2026-03-31".parse().unwrap();
    let before = Register::read(&years().register, None, Some(day)).unwrap();
    let payments = before
        .materials
        .iter()
        .find(|it| it.key == "payments")
        .unwrap();
    assert!(payments.versions.reconciled.is_empty());
}

#[test]
fn a_ceremony_that_only_explains_tells_so_in_its_report() {
    let script = String::from_utf8(script_of("reconcile-aws")).unwrap();
    let mut lines = script.split_inclusive('\n').collect::<Vec<_>>();
    lines.retain(|line| !line.contains("- reconcile: {"));
    let script = lines.concat();
    let ceremony = Ceremony::of(script.as_bytes());
    let output = keyrite()
        .arg("report")
        .arg(&ceremony.dir)
        .args(["--format", "md"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("says what is behind findings that another one recorded"),
        "{text}"
    );
    let row = text
        .lines()
        .find(|line| line.contains("2f1c8e5a9b3d4c60") && line.contains("recorded before"));
    assert!(row.unwrap().contains("on alert 4711"), "{text}");
    assert!(!text.contains("does not hold a provider's log against the records"));
}
