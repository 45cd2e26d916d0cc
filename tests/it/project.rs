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
