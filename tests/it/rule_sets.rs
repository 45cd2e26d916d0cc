//! A record is held to the rules of its day, which it names; nobody hides behind a number.

use std::fs;
use std::sync::OnceLock;

use jiff::civil::date;
use keyrite::domain::finding::RULE_SET;
use keyrite::engine::dossier;
use keyrite::engine::lint;
use keyrite::record::verify::Verdict;
use keyrite::record::verify::check::Check;
use keyrite::record::verify::verify;

use crate::common::repository;
use crate::verify::Ceremony;
use crate::verify::open_of;
use crate::verify::script_of;

/// A script that breaks a rule of the second set, and none of the first.
fn script() -> Vec<u8> {
    let script = String::from_utf8(script_of("generate-and-split")).unwrap();
    let script = script.replace(
        "\nsteps:\n",
        "\npolicy: {custody-countries: [ES]}\n\nsteps:\n",
    );
    script.into_bytes()
}

/// The record of its rehearsal, as it says of itself under which rules it was made.
fn recorded(rules: Option<u32>) -> Ceremony {
    static PLAYED: OnceLock<Ceremony> = OnceLock::new();
    let ceremony = PLAYED.get_or_init(|| Ceremony::of(&script())).copied();
    ceremony.collude(|entries| open_of(entries).rules = rules);
    ceremony
}

fn rules_of(verdict: &Verdict) -> &str {
    let mut checks = verdict.checks.iter();
    &checks
        .find(|checked| checked.check == Check::Rules)
        .unwrap()
        .says
}

#[test]
fn a_record_is_held_to_every_rule_of_its_own_set() {
    recorded(Some(RULE_SET)).is_refused(&["custody-country", "nobody answers for it"]);
}

#[test]
fn a_rule_that_came_later_makes_no_old_record_wrong_but_is_told() {
    for rules in [None, Some(1)] {
        let verdict = recorded(rules).holds();
        assert_eq!(verdict.rule_set, Some(1));
        let says = rules_of(&verdict);
        assert!(
            says.contains(&format!("rule set 1 of {RULE_SET}")),
            "{says}"
        );
        assert!(says.contains("newer rule"), "{says}");
        let mut notes = verdict.notes.iter();
        assert!(
            notes.any(|note| note.contains("refused today") && note.contains("custody-country")),
            "{:?}",
            verdict.notes
        );
    }
}

#[test]
fn a_record_of_a_set_that_there_is_not_is_refused_and_held_to_every_rule() {
    let newer = RULE_SET + 1;
    for (set, words) in [(newer, "this program knows"), (0, "there never was")] {
        let ceremony = recorded(Some(set));
        ceremony.is_refused(&[&format!("rule set {set}"), words]);
        ceremony.is_refused(&["custody-country"]);
    }
}

#[test]
fn who_lowers_the_number_breaks_the_chain() {
    let ceremony = Ceremony::small();
    let record = String::from_utf8(ceremony.read("record.jsonl")).unwrap();
    let named = format!("\"rules\":{RULE_SET}");
    assert!(record.contains(&named));
    ceremony.write("record.jsonl", record.replace(&named, "\"rules\":1"));
    ceremony.is_refused(&["changed"]);
}

#[test]
fn records_from_before_the_numbers_hold() {
    let story = repository("tests/data/story/register");
    for ceremony in ["000001-payments-2024", "000010-payments-2026"] {
        let folder = story.join(ceremony);
        let record = fs::read_to_string(folder.join("record.jsonl")).unwrap();
        assert!(!record.contains("\"rules\":"));
        let verdict = verify(&dossier::read(&folder).unwrap(), None);
        assert!(verdict.problems.is_empty(), "{:#?}", verdict.problems);
        assert_eq!(verdict.rule_set, Some(1));
        let says = rules_of(&verdict);
        assert!(
            says.contains(&format!("rule set 1 of {RULE_SET}")),
            "{says}"
        );
    }
}

#[test]
fn a_ceremony_that_was_begun_goes_on_by_the_rules_that_it_began_with() {
    let (script, today) = (script(), date(2026, 11, 22));
    assert!(lint::accept_by(&script, today, None, 1).is_ok());
    assert!(lint::accept_by(&script, today, None, RULE_SET).is_err());
    let folder = repository("tests/data/story/register/000001-payments-2024");
    assert_eq!(dossier::rule_set(&folder), 1);
    assert_eq!(dossier::rule_set(&Ceremony::small().dir), RULE_SET);
}
