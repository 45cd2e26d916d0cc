//! What was done, held against what was written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::diff::Change;
use crate::domain::diff::Consequence;
use crate::domain::diff::Side;
use crate::domain::diff::Way;
use crate::domain::diff::tree;
use crate::domain::progress::number;
use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Exception;
use crate::domain::record::Outcome;
use crate::domain::record::Possession;
use crate::domain::record::Step;
use crate::domain::say::say;
use crate::domain::text::list;

/// Everything in a record that the script did not say would happen.
pub fn happened(side: Side<'_>, entries: &[Entry]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut done = BTreeSet::new();
    for entry in entries {
        event(side, &entry.event, &mut changes);
        if let Event::Step(step) = &entry.event {
            done.insert(step.number);
        }
        if let Event::Lost(lost) = &entry.event {
            done.retain(|number| *number < lost.back_to);
        }
    }
    not_done(side, entries, &done, &mut changes);
    changes
}

fn told(way: Way, text: String) -> Change {
    Change::new(Consequence::Done, way, text).careful(true)
}

fn event(side: Side<'_>, event: &Event, changes: &mut Vec<Change>) {
    if let Event::Step(step) = event {
        of_step(side, step, changes);
    } else if let Event::Exception(exception) = event {
        changes.push(of_exception(side, exception));
    } else if let Event::Resumed(resumed) = event {
        let torn = resumed
            .torn
            .map_or("", |_| "; a half-written line was cut off");
        changes.push(told(
            Way::Changed,
            format!(
                "it was interrupted before step {} and went on{torn}",
                resumed.next_step
            ),
        ));
    } else if let Event::Lost(lost) = event {
        changes.push(told(
            Way::Removed,
            format!(
                "key {} was lost, and made anew from step {} on: {}",
                lost.key, lost.back_to, lost.why
            ),
        ));
    } else if let Event::Recovered(recovered) = event {
        changes.push(told(
            Way::Added,
            format!(
                "key {} was rebuilt from the shares of {}",
                recovered.key,
                names(side, &recovered.with)
            ),
        ));
    } else if let Event::Orphan(orphan) = event {
        changes.push(told(
            Way::Added,
            format!(
                "{} was found, and no entry explains it; {} had it {}",
                orphan.path,
                side.script.name_of(&orphan.by),
                orphan.decision.words()
            ),
        ));
    } else if let Event::Sealed(sealed) = event
        && sealed.outcome == Outcome::Aborted
    {
        let why = sealed.reason.as_deref().unwrap_or("no reason is recorded");
        changes.push(told(Way::Removed, format!("it was ended early: {why}")));
    }
}

fn of_exception(side: Side<'_>, exception: &Exception) -> Change {
    told(
        Way::Changed,
        format!(
            "exception at step {}: {}",
            exception.step, exception.happened
        ),
    )
    .details(vec![
        format!("expected: {}", exception.expected),
        format!("decided: {}", exception.decided),
        format!("by: {}", side.script.name_of(&exception.decided_by)),
    ])
}

fn of_step(side: Side<'_>, step: &Step, changes: &mut Vec<Change>) {
    let at = |text: String| format!("step {}: {text}", step.number);
    if let Did::Environment { checks } = &step.did {
        for check in checks.iter().filter(|check| !check.holds) {
            changes.push(told(
                Way::Changed,
                at(format!(
                    "{} was to be {}, and was {}",
                    check.name, check.wanted, check.found
                )),
            ));
        }
    }
    if let Did::Statement { answers, .. } = &step.did {
        for answer in answers.iter().filter(|answer| !answer.agrees) {
            let words = answer.words.as_deref().unwrap_or_default();
            let who = side.script.name_of(&answer.person);
            changes.push(told(
                Way::Changed,
                at(format!("{who} did not agree to the statement: {words}")),
            ));
        }
    }
    if let Did::Exception {
        told: Some(told), ..
    } = &step.did
    {
        changes.push(of_exception(side, told));
    }
    if let Did::Drill { shares, .. } = &step.did {
        for share in shares
            .iter()
            .filter(|share| share.result != Possession::Proven)
        {
            let who = side.script.name_of(&share.custodian);
            changes.push(told(Way::Removed, at(format!("{who} proved no share"))));
        }
    }
    if let Did::Inspect {
        item,
        bag,
        found,
        whole,
        ..
    } = &step.did
        && (!whole || bag != found)
    {
        changes.push(told(
            Way::Changed,
            at(format!(
                "the bag of {item} was to be {bag} and whole; it was {found}{}",
                if *whole { "" } else { ", and not whole" }
            )),
        ));
    }
    if let Did::Availability {
        back: false, key, ..
    } = &step.did
    {
        changes.push(told(
            Way::Changed,
            at(format!("key {key} was not within reach again")),
        ));
    }
    people(side, step, changes);
}

/// Who did it, where the record names others than the script.
fn people(side: Side<'_>, step: &Step, changes: &mut Vec<Change>) {
    let index = usize::try_from(step.number).unwrap_or(0).checked_sub(1);
    let written = index
        .and_then(|index| tree::items(side.tree, "steps").get(index))
        .and_then(Value::as_object)
        .and_then(|map| map.values().next());
    let did = serde_json::to_value(&step.did).unwrap_or_default();
    let did = did.as_object().and_then(|map| map.values().next());
    let (Some(written), Some(did)) = (written, did) else {
        return;
    };
    let comes = if matches!(step.did, Did::SignOut { .. }) {
        "sign out"
    } else {
        "sign in"
    };
    for (field, does) in [
        ("people", comes),
        ("with", "bring a share"),
        ("by", "do it"),
        ("seen-by", "watch"),
    ] {
        let wanted = if field == "people" {
            Some(written)
        } else {
            tree::field(written, field)
        };
        let were = tree::field(did, field).and_then(ids);
        let (Some(wanted), Some(were)) = (wanted.and_then(ids), were) else {
            continue;
        };
        for id in wanted.difference(&were) {
            let who = side.script.name_of(id);
            let text = format!("step {}: {who} was to {does}, and did not", step.number);
            changes.push(told(Way::Removed, text));
        }
        for id in were.difference(&wanted) {
            let who = side.script.name_of(id);
            let text = format!("step {}: {who} did {does}, and was not to", step.number);
            changes.push(told(Way::Added, text));
        }
    }
}

/// Ids in a field: one, several, or those of things that people did.
fn ids(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::String(id) => Some(BTreeSet::from([id.clone()])),
        Value::Array(all) => all
            .iter()
            .map(|one| {
                let id = one
                    .as_str()
                    .or_else(|| tree::field(one, "person")?.as_str());
                id.map(str::to_owned)
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn not_done(side: Side<'_>, entries: &[Entry], done: &BTreeSet<u32>, changes: &mut Vec<Change>) {
    // The seal has an entry of its own.
    let is_sealed = entries
        .last()
        .is_some_and(|entry| matches!(entry.event, Event::Sealed(_)));
    let steps = &side.script.steps;
    for (index, step) in steps.iter().enumerate() {
        let number = number(index);
        let is_seal = step.value.name() == "seal";
        let is_done = done.contains(&number) || (is_seal && is_sealed);
        if !is_done {
            let text = format!(
                "step {number} was not done: {}",
                say(side.script, &step.value)
            );
            changes.push(told(Way::Removed, text));
        }
    }
}

fn names(side: Side<'_>, ids: &[String]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| side.script.name_of(id)).collect();
    list(&names)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::parse::parse;
    use crate::domain::parse::tree;
    use crate::domain::record::Digest;
    use crate::domain::record::Lost;
    use crate::domain::record::Moment;
    use crate::domain::record::Sealed;

    const SCRIPT: &[u8] = include_bytes!("../../../tests/data/scripts/waived/production.yaml");

    fn told(events: Vec<Event>) -> Vec<String> {
        let entries: Vec<Entry> = events
            .into_iter()
            .map(|event| Entry {
                seq: 0,
                prev: Digest::of(b""),
                at: Moment::new(Timestamp::UNIX_EPOCH),
                event,
            })
            .collect();
        let (script, tree) = (parse(SCRIPT).unwrap(), tree(SCRIPT).unwrap());
        let side = Side {
            script: &script,
            tree: &tree,
        };
        let changes = happened(side, &entries);
        assert!(
            changes
                .iter()
                .all(|it| it.careful && it.consequence == Consequence::Done)
        );
        changes.into_iter().map(|change| change.text).collect()
    }

    fn step(number: u32, did: Did) -> Event {
        Event::Step(Box::new(Step {
            number,
            line: 1,
            says: String::new(),
            did,
            artifacts: Vec::new(),
        }))
    }

    fn people(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn whoever_came_instead_of_another_is_told() {
        let came = people(&["ana", "ben", "cho", "eli", "fay", "hal"]);
        let told = told(vec![step(1, Did::SignIn { people: came })]);
        for line in [
            "step 1: Dee Marsh was to sign in, and did not",
            "step 1: hal did sign in, and was not to",
        ] {
            assert!(told.iter().any(|it| it == line), "{line}: {told:#?}");
        }
        let as_written = people(&["fay", "eli", "dee", "cho", "ben", "ana"]);
        let told = self::told(vec![step(1, Did::SignIn { people: as_written })]);
        assert!(
            !told.iter().any(|it| it.starts_with("step 1:")),
            "{told:#?}"
        );
    }

    #[test]
    fn an_exception_a_loss_and_an_early_end_are_told_with_what_was_not_done() {
        let exception = Exception {
            step: 5,
            expected: "a share".to_owned(),
            happened: "the card printer failed".to_owned(),
            decided: "go on with media".to_owned(),
            decided_by: "eli".to_owned(),
            request: None,
            signatures: Vec::new(),
        };
        let told = told(vec![
            step(
                1,
                Did::Exception {
                    by: "eli".to_owned(),
                    told: Some(exception.clone()),
                },
            ),
            Event::Exception(exception),
            Event::Lost(Lost {
                key: "payments".to_owned(),
                why: "the process was killed".to_owned(),
                void_sets: Vec::new(),
                void_artifacts: Vec::new(),
                back_to: 1,
            }),
            Event::Sealed(Sealed {
                outcome: Outcome::Aborted,
                reason: Some("fire alarm".to_owned()),
                signers: Vec::new(),
                namespace: String::new(),
                quorum: std::collections::BTreeMap::new(),
                exceptions: 1,
                void_sets: Vec::new(),
                void_artifacts: Vec::new(),
                keys: std::collections::BTreeMap::new(),
            }),
        ]);
        let exception = "exception at step 5: the card printer failed";
        assert_eq!(
            told.iter().filter(|it| *it == exception).count(),
            2,
            "{told:#?}"
        );
        for line in [
            "key payments was lost, and made anew from step 1 on: the process was killed",
            "it was ended early: fire alarm",
            "step 4 was not done: Make the aes-256 key payments.",
        ] {
            assert!(told.iter().any(|it| it == line), "{line}: {told:#?}");
        }
        // What a loss undid was not done; the seal was.
        assert!(
            told.iter().any(|it| it.starts_with("step 1 was not done")),
            "{told:#?}"
        );
        assert!(
            !told.iter().any(|it| it.starts_with("step 13 ")),
            "{told:#?}"
        );
    }
}
