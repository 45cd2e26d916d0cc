//! What may not stand in the source.

use std::fs;
use std::path::PathBuf;

use crate::source;

/// Words that mean unfinished work, split so that this file passes its own test.
const WORDS: &[(&str, &str)] = &[
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X"),
    ("dbg", "!"),
    ("todo", "!"),
    ("unimplemented", "!"),
];

#[test]
fn nothing_is_marked_as_unfinished() {
    let mut found = Vec::new();
    for file in ours(&["rs", "md", "py", "sh"]) {
        let text = fs::read_to_string(&file).unwrap();
        for (line, number) in text.lines().zip(1..) {
            for (head, tail) in WORDS {
                if holds(line, &[*head, *tail].concat()) {
                    found.push(format!("{}:{number}: {head}{tail}", file.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_waived_lint_has_a_reason() {
    let mut found = Vec::new();
    for file in ours(&["rs"]) {
        let text = fs::read_to_string(&file).unwrap();
        for line in without_reason(&text) {
            found.push(format!("{}:{line}", file.display()));
        }
    }
    assert!(found.is_empty(), "no reason:\n{}", found.join("\n"));
}

#[test]
fn one_file_speaks_to_c() {
    for file in source::rust_files(&source::root().join("src")) {
        let code = source::code(&fs::read_to_string(&file).unwrap());
        let speaks = code
            .lines()
            .any(|line| holds(line, "unsafe") || holds(line, "unsafe_code"));
        assert_eq!(
            speaks,
            file.ends_with("src/pkcs11/raw.rs"),
            "{}: unsafe belongs into src/pkcs11/raw.rs alone",
            file.display()
        );
    }
}

#[test]
fn every_test_file_is_listed() {
    let main = fs::read_to_string(source::root().join("tests/it/main.rs")).unwrap();
    for file in source::rust_files(&source::root().join("tests/it")) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let nested = file.parent() != Some(&source::root().join("tests/it"));
        assert!(
            nested || name == "main" || main.lines().any(|line| line == format!("mod {name};")),
            "tests/it/main.rs does not list {name}"
        );
    }
}

#[test]
fn the_checks_find_what_they_look_for() {
    assert!(holds(
        &["// TO", "DO: later"].concat(),
        &["TO", "DO"].concat()
    ));
    assert!(!holds(&["MASTO", "DON"].concat(), &["TO", "DO"].concat()));
    assert_eq!(without_reason("\n#[allow(dead_code)]\nfn f() {}"), [2]);
    assert_eq!(without_reason("#![expect(\n  a,\n  b\n)]"), [1]);
    assert_eq!(without_reason("#[cfg_attr(test, allow(a))]"), [1]);
    assert_eq!(without_reason("#[allow(a, reason = \"b\")]"), [0; 0]);
    assert_eq!(without_reason("// #[allow(a)]\nx.expect(\"b\");"), [0; 0]);
}

/// Our own files with one of these endings.
fn ours(endings: &[&str]) -> Vec<PathBuf> {
    ["src", "tests", "benches"]
        .iter()
        .map(|folder| source::root().join(folder))
        .filter(|folder| folder.exists())
        .flat_map(|folder| source::files(&folder))
        .filter(|path| {
            path.extension()
                .and_then(|ending| ending.to_str())
                .is_some_and(|ending| endings.contains(&ending))
        })
        .collect()
}

/// Whether `word` stands in the line by itself.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(source::is_word)
            && !line[at + word.len()..].starts_with(source::is_word)
    })
}

/// Lines of `allow` and `expect` attributes that give no reason.
fn without_reason(text: &str) -> Vec<usize> {
    let code = source::code(text);
    let mut lines = Vec::new();
    for (at, _) in code.match_indices('#') {
        let open = &code[at + 1..];
        let open = open.strip_prefix('!').unwrap_or(open);
        if !open.starts_with('[') {
            continue;
        }
        let attribute = &open[..source::bracket(open)];
        let waives = ["allow(", "expect("].iter().any(|name| {
            attribute
                .match_indices(name)
                .any(|(at, _)| !attribute[..at].ends_with(source::is_word))
        });
        if waives && !attribute.contains("reason") {
            lines.push(code[..at].matches('\n').count() + 1);
        }
    }
    lines
}
