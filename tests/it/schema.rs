//! The JSON Schema that editors use says the same as the parser.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use keyrite::domain::parse::parse;
use keyrite::domain::text::plain;

use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::source;

/// Writes what `keyrite schema` prints into `folder`.
fn schema_in(folder: &Path) -> PathBuf {
    let printed = keyrite().arg("schema").assert().code(0);
    let path = folder.join("schema.json");
    fs::write(&path, &printed.get_output().stdout).unwrap();
    path
}

/// What the schema says of each file, by another program: `path: valid` or `path: invalid: why`.
fn judged(files: &[PathBuf]) -> Vec<String> {
    assert!(!files.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let output = python()
        .arg(repository("tests/data/validate.py"))
        .arg(schema_in(folder.path()))
        .args(files)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len());
    lines
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    source::files(&repository("tests/data/scripts").join(folder))
}

fn parses(path: &Path) -> bool {
    parse(&fs::read(path).unwrap()).is_ok()
}

#[test]
fn every_shipped_script_is_valid() {
    let mut scripts = source::files(&repository("ceremonies"));
    scripts.retain(|path| path.ends_with("script.yaml"));
    for (path, line) in scripts.iter().zip(judged(&scripts)) {
        assert!(line.ends_with(": valid"), "{line}");
        assert!(parses(path), "{line}");
    }
}

#[test]
fn a_fault_of_shape_fails_schema_and_parser() {
    let files = fixtures("shape");
    for (path, line) in files.iter().zip(judged(&files)) {
        assert!(line.contains(": invalid: "), "{line}");
        assert!(!parses(path), "{line}");
    }
}

#[test]
fn a_fault_of_meaning_passes_schema_and_parser() {
    for folder in ["meaning", "waived"] {
        let files = fixtures(folder);
        for (path, line) in files.iter().zip(judged(&files)) {
            assert!(line.ends_with(": valid"), "{line}");
            assert!(parses(path), "{line}");
        }
    }
}

/// Every place of a script is changed in every way that another program thinks of.
#[test]
fn schema_and_parser_agree_about_every_small_change() {
    let folder = tempfile::tempdir().unwrap();
    let schema = schema_in(folder.path());
    let mut count = 0;
    let mut differ = Vec::new();
    for name in [
        "waived/waiver.yaml",
        "waived/everything.yaml",
        "waived/hsm.yaml",
        "waived/given.yaml",
        "waived/external.yaml",
    ] {
        let output = python()
            .arg(repository("tests/data/validate.py"))
            .arg(&schema)
            .arg("--changed")
            .arg(repository("tests/data/scripts").join(name))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            count += 1;
            let (word, text) = line.split_once(' ').unwrap();
            let parsed = parse(text.as_bytes());
            if parsed.is_ok() != (word == "valid") {
                let why = parsed.map_or_else(
                    |finding| format!("{}: {}", finding.place.column, finding.message),
                    |_| "read".to_owned(),
                );
                differ.push(format!("schema: {word}; parser: {why}; {}", plain(text)));
            }
        }
    }
    assert!(count > 1000, "{count}");
    let shown: Vec<&str> = differ.iter().take(20).map(String::as_str).collect();
    assert!(
        differ.is_empty(),
        "{} of {count}:\n{}",
        differ.len(),
        shown.join("\n")
    );
}

#[test]
fn no_object_of_the_schema_takes_unknown_fields() {
    let printed = keyrite().arg("schema").assert().code(0);
    let schema: serde_json::Value = serde_json::from_slice(&printed.get_output().stdout).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let mut open = Vec::new();
    look("", &schema, &mut open);
    assert!(open.is_empty(), "{}", open.join("\n"));
}

fn look(path: &str, value: &serde_json::Value, open: &mut Vec<String>) {
    if let Some(object) = value.as_object() {
        let fields = object.contains_key("properties") || object.contains_key("patternProperties");
        if fields && object.get("additionalProperties") != Some(&false.into()) {
            open.push(path.to_owned());
        }
        for (name, inner) in object {
            // A field of a script may be called as a word of the schema.
            if name != "required" {
                look(&format!("{path}/{name}"), inner, open);
            }
        }
    } else if let Some(list) = value.as_array() {
        for (index, inner) in list.iter().enumerate() {
            look(&format!("{path}/{index}"), inner, open);
        }
    }
}
