//! What formats.md says of answers in JSON is what the program prints.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Map;
use serde_json::Value;

use crate::common::keyrite;
use crate::common::repository;
use crate::verify::copy;

/// Rows of the table, and what is asked of a register for each; `-` stands for the register.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("verify", &["verify", "-"]),
    ("list", &["list", "-"]),
    ("show", &["show", "-"]),
    ("due", &["due", "-", "--within", "10000d"]),
    ("custody", &["custody", "-"]),
    ("age", &["age", "-"]),
    ("cryptoperiods", &["cryptoperiods", "-"]),
    ("locations", &["locations", "-"]),
    ("backups", &["backups", "-"]),
    ("deviations", &["deviations", "-"]),
    ("inventory", &["inventory", "-"]),
    ("prove", &["prove", "import", "-", "payments"]),
    ("who", &["who", "-", "payments"]),
    ("access show", &["access", "show", "-"]),
    ("person list", &["person", "list", "-"]),
    ("acknowledgements", &["acknowledgements", "-"]),
    ("matrix", &["matrix", "-"]),
    ("prove departed", &["prove", "departed", "-", "dee"]),
    (
        "prove dual-control",
        &["prove", "dual-control", "-", "payments"],
    ),
];

/// Fields of every answer, and of every line of a record; the text above the table has them.
const EVERYWHERE: [&str; 2] = ["wrong", "notes"];

#[test]
fn every_field_and_word_of_an_answer_of_the_register_stands_in_its_row() {
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    copy(&repository("tests/data/story/three-years"), &register);
    let manual = fs::read_to_string(repository("src/manual/formats.md")).unwrap();
    let (_, table) = manual.split_once("| command | fields |").unwrap();
    let mut unknown = BTreeSet::new();
    for (name, question) in QUESTIONS {
        let row = table
            .lines()
            .find_map(|line| line.strip_prefix(&format!("| `{name}` | ")))
            .unwrap();
        let mut command = keyrite();
        command.arg("register");
        for word in *question {
            match *word {
                "-" => command.arg(&register),
                word => command.arg(word),
            };
        }
        let output = command.args(["--format", "json"]).output().unwrap();
        let answer: Map<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
        let fields = answer
            .iter()
            .filter(|(field, _)| !EVERYWHERE.contains(&field.as_str()));
        for (field, value) in fields {
            tell(row, name, field, value, &mut unknown);
            let Value::Array(items) = value else { continue };
            // Others are told elsewhere.
            if !row.contains(&format!("{field} [{{")) {
                continue;
            }
            for (field, value) in items.iter().filter_map(Value::as_object).flatten() {
                tell(row, name, field, value, &mut unknown);
            }
        }
    }
    assert_eq!(unknown, BTreeSet::new());
}

/// A field that is not in the row; or its value, where the row lists the words that it may be.
fn tell(row: &str, name: &str, field: &str, value: &Value, unknown: &mut BTreeSet<String>) {
    let mut words = row.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    if !words.any(|word| word == field) {
        unknown.insert(format!("{name}: {field}"));
    }
    let lists_words = [" is `", " `"]
        .iter()
        .any(|it| row.contains(&format!("{field}{it}")));
    if let Some(word) = value.as_str()
        && lists_words
        && !row.contains(&format!("`{word}`"))
    {
        unknown.insert(format!("{name}: {field} {word}"));
    }
}
