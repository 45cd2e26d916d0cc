//! What the project's own files promise of each other.

use std::collections::BTreeMap;
use std::fs;

use crate::source;

fn read(path: &str) -> String {
    fs::read_to_string(source::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Names of what lies in a folder, without its README.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(source::root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    names.sort();
    names
}

#[test]
fn this_version_has_a_heading_in_the_changelog() {
    let heading = format!("## {} - ", env!("CARGO_PKG_VERSION"));
    assert!(
        read("CHANGELOG.md")
            .lines()
            .any(|line| line.starts_with(&heading))
    );
}

#[test]
fn every_ceremony_is_explained_and_listed() {
    let index = read("ceremonies/README.md");
    for name in names("ceremonies") {
        assert!(read(&format!("ceremonies/{name}/README.md")).contains("**Why.**"));
        assert!(index.contains(&format!("({name}/README.md)")), "{name}");
    }
}

#[test]
fn every_page_is_in_the_manual() {
    let manual = read("src/manual.rs");
    for (folder, below) in [("src/manual", ""), ("src/manual/decisions", "decisions/")] {
        for name in names(folder) {
            let page = format!("include_str!(\"manual/{below}{name}\")");
            assert!(name == "decisions" || manual.contains(&page), "{name}");
        }
    }
}

#[test]
fn every_defence_in_the_threat_model_names_code_and_tests_that_exist() {
    let page = read("src/manual/threats.md");
    let mut rows = 0;
    for row in rows_of(&page) {
        if let Some(code) = row.get("code") {
            for path in quoted(code) {
                assert!(source::root().join("src").join(path).exists(), "{path}");
            }
        }
        let Some(tests) = row.get("tests") else {
            continue;
        };
        let mut named = 0;
        for test in quoted(tests) {
            let (module, name) = test.split_once("::").unwrap();
            // Whole features have a file of their own; rules of one file are at its bottom.
            let folder = if module.contains('/') {
                "src"
            } else {
                "tests/it"
            };
            let file = read(&format!("{folder}/{module}.rs"));
            assert!(file.contains(&format!("fn {name}()")), "{test}");
            named += 1;
        }
        assert!(named > 0, "{row:?}");
        assert!(row.values().all(|cell| !cell.is_empty()), "{row:?}");
        rows += 1;
    }
    assert!(rows > 60, "{rows}");
}

#[test]
fn the_threat_model_goes_through_every_step_and_every_format() {
    let page = read("src/manual/threats.md");
    let steps = read("src/domain/script/step.rs");
    let (_, names) = steps.split_once("const NAMES: ").unwrap();
    let (names, _) = names.split_once("];").unwrap();
    let mut wanted: Vec<&str> = names.split('"').skip(1).step_by(2).collect();
    let rows = rows_of(&page);
    let cells = rows.iter().filter_map(|row| row.get("step"));
    let mut found: Vec<&str> = cells.flat_map(|cell| quoted(cell)).collect();
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted);

    let formats = read("src/manual/formats.md");
    let headings = formats.lines().filter(|line| line.starts_with('#'));
    let versioned = headings
        .flat_map(quoted)
        .map(|name| name.trim_start_matches("schema: "))
        .filter(|name| name.ends_with("v1"));
    let mut count = 0;
    for format in versioned {
        assert!(page.contains(&format!("`{format}`")), "{format}");
        count += 1;
    }
    assert!(count > 10, "{count}");
}

/// The rows of all tables of a page, each cell under the name of its column.
fn rows_of(page: &str) -> Vec<BTreeMap<&str, &str>> {
    let cells = |line| -> Vec<&str> { str::split(line, '|').map(str::trim).collect() };
    let mut rows = Vec::new();
    let mut head: Option<Vec<&str>> = None;
    for line in page.lines() {
        if !line.starts_with('|') {
            head = None;
        } else if let Some(head) = &head {
            let cells = cells(line);
            assert_eq!(cells.len(), head.len(), "{line}");
            if !line.starts_with("|---") {
                let named = head.iter().copied().zip(cells);
                rows.push(named.filter(|(name, _)| !name.is_empty()).collect());
            }
        } else {
            head = Some(cells(line));
        }
    }
    rows
}

/// What stands between backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_decision_says_what_it_costs() {
    for name in names("src/manual/decisions") {
        let page = read(&format!("src/manual/decisions/{name}"));
        let mut rest = page.as_str();
        for part in [
            "**Question.**",
            "**Facts.**",
            "**Decision.**",
            "**What it costs.**",
            "**When to reopen.**",
        ] {
            rest = rest
                .split_once(part)
                .unwrap_or_else(|| panic!("{name}: {part}"))
                .1;
        }
        assert!(
            page.lines().count() <= 30,
            "{name} is more than half a page"
        );
    }
}
