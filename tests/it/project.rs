//! What the project's own files promise of each other.

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
    let table = page.split_once("where it is shown").unwrap().1;
    let mut rows = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, _claim, because, code, tests, _] = cells[..] else {
            panic!("{row}");
        };
        assert!(!because.is_empty(), "{row}");
        for path in quoted(code) {
            assert!(source::root().join("src").join(path).exists(), "{path}");
        }
        let mut named = 0;
        for test in quoted(tests) {
            let (module, name) = test.split_once("::").unwrap();
            let file = read(&format!("tests/it/{module}.rs"));
            assert!(file.contains(&format!("fn {name}()")), "{test}");
            named += 1;
        }
        assert!(named > 0, "{row}");
        rows += 1;
    }
    assert!(rows > 10, "{rows}");
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
