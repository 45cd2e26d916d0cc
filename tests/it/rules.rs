//! Every rule has a script that breaks it and no other, and that a few lines away is right: so a rule
//! that stops finding anything, or begins to find too much, is noticed by its own name.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::civil::Date;
use jiff::civil::date;
use keyrite::domain::finding::RULES;
use keyrite::domain::several::Named;
use keyrite::domain::several::several;
use keyrite::domain::token_profile::TokenProfile;
use keyrite::engine::lint;
use keyrite::engine::organisation;

use crate::common::repository;
use crate::source;

/// The day on which the fixtures are judged.
const TODAY: Date = date(2026, 11, 22);
/// In how many lines a script that breaks a rule differs from one that is right.
const A_FEW_LINES: usize = 10;
/// Rules that no script breaks by itself, each with where it is shown.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "token-lies",
        "shows when the token is used: hsm_faults and tokens::faults",
    ),
    ("held-before", "is about a register: register::held"),
    ("old-share", "is about a register: register::held"),
];

struct Fixture {
    name: String,
    text: String,
    /// The rules that it breaks.
    breaks: BTreeSet<&'static str>,
}

fn broken(bytes: &[u8], path: &Path, profile: Option<&TokenProfile>) -> BTreeSet<&'static str> {
    let Ok(within) = organisation::beside(bytes, path, None) else {
        return BTreeSet::from(["organisation"]);
    };
    match lint::check_within(bytes, TODAY, profile, within) {
        Ok(checked) => {
            let standing = checked.findings.iter().filter(|it| it.waived.is_none());
            standing.map(|finding| finding.rule.id).collect()
        }
        Err(finding) => BTreeSet::from([finding.rule.id]),
    }
}

fn read(path: &PathBuf, profile: Option<&TokenProfile>) -> Fixture {
    let bytes = fs::read(path).unwrap();
    Fixture {
        name: path.display().to_string(),
        breaks: broken(&bytes, path, profile),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn fixtures() -> Vec<Fixture> {
    let profile = fs::read(repository("tests/data/token-profiles/softhsm-2.6.1.json")).unwrap();
    let profile = TokenProfile::read(&profile).unwrap();
    let folder = |name: &str| source::files(&repository(&format!("tests/data/scripts/{name}")));
    let mut fixtures: Vec<Fixture> = ["text", "shape", "meaning"]
        .into_iter()
        .flat_map(folder)
        .map(|path| read(&path, None))
        .collect();
    let token = folder("token");
    fixtures.extend(token.iter().map(|path| read(path, Some(&profile))));
    // A pair that is right one by one.
    let pair = ["one-name-a", "one-name-b"].map(|name| {
        read(
            &repository(&format!("tests/data/scripts/several/{name}.yaml")),
            None,
        )
    });
    let scripts = pair
        .each_ref()
        .map(|one| keyrite::domain::parse::parse(one.text.as_bytes()).unwrap());
    let named: Vec<Named<'_>> = pair
        .iter()
        .zip(&scripts)
        .map(|(one, script)| Named {
            path: &one.name,
            script,
        })
        .collect();
    let found = several(&named);
    let mut pair = pair;
    for (index, finding) in found {
        pair[index].breaks.insert(finding.rule.id);
    }
    fixtures.extend(pair);
    fixtures
}

/// Scripts that break nothing, or nothing that nobody answers for.
fn right() -> Vec<Fixture> {
    let mut paths = source::files(&repository("tests/data/scripts/waived"));
    paths.extend(source::files(&repository("tests/data/scripts/token")));
    paths.extend(
        source::files(&repository("ceremonies"))
            .into_iter()
            .filter(|path| path.ends_with("script.yaml")),
    );
    let right: Vec<Fixture> = paths.iter().map(|path| read(path, None)).collect();
    for one in &right {
        assert!(one.breaks.is_empty(), "{}: {:?}", one.name, one.breaks);
    }
    right
}

/// Lines that say something, and how often each stands there.
fn lines(text: &str) -> BTreeMap<&str, usize> {
    let mut lines = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() && !line.starts_with('#') {
            *lines.entry(line).or_default() += 1;
        }
    }
    lines
}

fn apart(one: &str, other: &str) -> usize {
    let (one, other) = (lines(one), lines(other));
    let all: BTreeSet<&&str> = one.keys().chain(other.keys()).collect();
    all.into_iter()
        .map(|line| {
            let count = |lines: &BTreeMap<&str, usize>| lines.get(*line).copied().unwrap_or(0);
            count(&one).abs_diff(count(&other))
        })
        .sum()
}

/// Scripts that break one rule, and are a few lines from one that is right.
fn almost_right() -> Vec<Fixture> {
    let right = right();
    let mut fixtures = fixtures();
    fixtures.retain(|fixture| {
        fixture.breaks.len() == 1
            && right
                .iter()
                .any(|right| apart(&fixture.text, &right.text) <= A_FEW_LINES)
    });
    fixtures
}

/// Rules that no fixture shows, if the rule `off` found nothing.
fn unshown(fixtures: &[Fixture], off: Option<&str>) -> Vec<&'static str> {
    let shows = |id: &'static str| {
        fixtures.iter().any(|fixture| {
            let mut found = fixture.breaks.iter().filter(|rule| Some(**rule) != off);
            found.next() == Some(&id) && found.next().is_none()
        })
    };
    RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !ELSEWHERE.iter().any(|(elsewhere, _)| elsewhere == id))
        .filter(|id| !shows(id))
        .collect()
}

#[test]
fn every_rule_is_broken_alone_by_a_script_that_is_a_few_lines_from_right() {
    assert_eq!(unshown(&almost_right(), None), [""; 0]);
}

#[test]
fn a_rule_that_finds_nothing_any_more_is_missed_by_its_name() {
    let fixtures = almost_right();
    for rule in RULES {
        if ELSEWHERE.iter().any(|(id, _)| *id == rule.id) {
            continue;
        }
        let missed = unshown(&fixtures, Some(rule.id));
        assert!(missed.contains(&rule.id), "{}", rule.id);
    }
}
