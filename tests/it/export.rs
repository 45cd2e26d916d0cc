//! Events for a SIEM: as the published schema wants them, the same every time, and nothing of a record
//! that does not hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::said;
use crate::report::edit;
use crate::report::frozen;

fn exported(dir: &Path, more: &[&str], code: i32) -> String {
    let assert = keyrite()
        .arg("export")
        .arg(dir)
        .args(more)
        .assert()
        .code(code);
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn events(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the published schema says of the events.
pub(crate) fn against_the_schema(text: &str) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let output = python()
        .arg(repository("tests/data/documents/events.py"))
        .arg(file.path())
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn events_are_as_the_published_schema_wants_them() {
    let (_home, sound) = frozen();
    let (_other, altered) = frozen();
    edit(&altered.join("record.jsonl"), "8F2B1F", "8F2B1E");
    let company = Company::new();
    company.run(&[]).assert().code(0);
    let text = [
        exported(&sound, &[], 0),
        exported(&altered, &[], 5),
        exported(&company.path("out"), &[], 0),
    ]
    .concat();
    against_the_schema(&text).unwrap();
    let classes: BTreeSet<u64> = events(&text)
        .iter()
        .map(|event| event["class_uid"].as_u64().unwrap())
        .collect();
    assert_eq!(classes, BTreeSet::from([2003, 3004, 6003]));
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let (_home, dir) = frozen();
    let text = exported(&dir, &[], 0);
    let first = text.lines().next().unwrap();
    against_the_schema(first).unwrap();
    for (from, to) in [
        ("\"activity_id\":1", "\"activity_id\":7"),
        ("\"severity_id\":1", "\"severity_id\":50"),
        ("\"type_uid\":600301", "\"type_uid\":600302"),
        ("\"severity_id\":1,", ""),
        (
            "\"src_endpoint\":{\"name\":\"ceremony machine\"}",
            "\"src_endpoint\":{}",
        ),
        ("\"actor\":{\"app_name\":\"keyrite\"}", "\"actor\":{}"),
        (
            "\"status\":\"Success\"",
            "\"status\":\"Success\",\"nonsense\":1",
        ),
        ("\"log_name\":", "\"logname\":"),
    ] {
        assert!(first.contains(from), "{from}: {first}");
        let wrong = first.replacen(from, to, 1);
        let why = against_the_schema(&wrong).unwrap_err();
        assert!(why.starts_with("line 1"), "{to}: {why}");
    }
}

#[test]
fn every_line_is_one_event_and_goes_along_whole() {
    let (_home, dir) = frozen();
    let record = fs::read_to_string(dir.join("record.jsonl")).unwrap();
    let events = events(&exported(&dir, &[], 0));
    let told: Vec<&Value> = events
        .iter()
        .filter(|event| event["class_uid"] != 2003)
        .collect();
    assert_eq!(told.len(), record.lines().count());
    for ((number, line), event) in (1..).zip(record.lines()).zip(told) {
        let entry: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["unmapped"]["entry"], entry);
        assert_eq!(event["metadata"]["sequence"], number);
        assert_eq!(event["metadata"]["original_time"], entry["at"]);
    }
    let keys: Vec<&str> = events
        .iter()
        .filter(|event| event["class_uid"] == 3004)
        .map(|event| event["activity_name"].as_str().unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "Create", "Create", "Create", "Create", "Update", "Read", "Wrap", "Delete"
        ]
    );
}

#[test]
fn ids_are_those_of_the_lines_and_never_twice() {
    let (_home, dir) = frozen();
    let text = exported(&dir, &[], 0);
    assert_eq!(text, exported(&dir, &[], 0));
    let events = events(&text);
    let ids: BTreeSet<&str> = events
        .iter()
        .map(|event| event["metadata"]["uid"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), events.len());
    // The next line names the digest of the one before.
    let record = fs::read_to_string(dir.join("record.jsonl")).unwrap();
    let second: Value = serde_json::from_str(record.lines().nth(1).unwrap()).unwrap();
    assert_eq!(events[0]["metadata"]["uid"], second["prev"]);
}

#[test]
fn an_export_goes_on_where_the_last_one_ended() {
    let (_home, dir) = frozen();
    let all = events(&exported(&dir, &[], 0));
    let result = all.len() - 1;
    let since = |value: &str| events(&exported(&dir, &["--since", value], 0));
    for line in [0, 1, 9, 17, 99] {
        let rest = since(&line.to_string());
        assert_eq!(rest, all[line.min(result)..], "{line}");
    }
    // A moment is included: nothing is missed, and the ids tell what came twice.
    assert_eq!(since("2027-01-04T09:06:20Z"), all[14..]);
    assert_eq!(since("2027-01-04T11:06:20+02:00"), all[14..]);
    assert_eq!(since("2027-01-04T09:06:21Z"), all[15..]);
    let assert = keyrite()
        .arg("export")
        .arg(&dir)
        .args(["--since", "yesterday"])
        .assert()
        .code(2);
    assert!(said(&assert).contains("expected a number of lines, or a moment"));
}

#[test]
fn of_an_altered_record_only_that_is_told() {
    let (_home, dir) = frozen();
    edit(&dir.join("record.jsonl"), "8F2B1F", "8F2B1E");
    let events = events(&exported(&dir, &[], 5));
    assert!(events.len() > 1);
    for event in &events {
        assert_eq!(event["class_uid"], 2003);
        assert_eq!(event["severity_id"], 5);
        assert_eq!(event["compliance"]["status"], "Fail");
        assert!(event.get("unmapped").is_none());
    }
    let title = events[0]["finding_info"]["title"].as_str().unwrap();
    assert!(
        title.contains("line 5 of the record was changed"),
        "{title}"
    );
}

#[test]
fn a_missing_signature_is_told_and_its_arrival_is_another_event() {
    let (_home, dir) = frozen();
    let last = |code| events(&exported(&dir, &[], code)).pop().unwrap();
    let signed = last(0);
    assert_eq!(signed["compliance"]["status"], "Pass");
    fs::remove_file(dir.join("signatures/eli.sig")).unwrap();
    let unsigned = last(1);
    assert_eq!(unsigned["compliance"]["status"], "Warning");
    assert_ne!(unsigned["metadata"]["uid"], signed["metadata"]["uid"]);
}

#[test]
fn several_ceremonies_are_exported_one_after_the_other() {
    let (_home, one) = frozen();
    let (_other, two) = frozen();
    edit(&two.join("record.jsonl"), "8F2B1F", "8F2B1E");
    let assert = keyrite()
        .arg("export")
        .args([&one, &two, &one.join("nothing-here")])
        .assert()
        .code(5);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert_eq!(
        text,
        format!("{}{}", exported(&one, &[], 0), exported(&two, &[], 5))
    );
}
