//! Which record follows which: a record that is missing, doubled, or has two successors shows.

use std::collections::BTreeMap;

use crate::domain::record::Digest;
use crate::register::Register;
use crate::register::Wrong;
use crate::register::shelf::Shelf;

/// What the names of the folders tell.
pub(super) fn on_the_shelf(shelf: &Shelf, wrong: &mut Vec<Wrong>) {
    for (number, folder) in &shelf.doubled {
        let other = shelf.folders.get(number).map_or("", String::as_str);
        wrong.push(Wrong {
            ceremony: Some(folder.clone()),
            line: None,
            what: format!("{other} has the number {number}, too; this one is not read"),
            hint: Some("find out who put it there, then move it away".to_owned()),
        });
    }
    for name in &shelf.strangers {
        wrong.push(Wrong {
            ceremony: None,
            line: None,
            what: format!("{name} does not belong to a register"),
            hint: Some("find out who put it there, then move it away".to_owned()),
        });
    }
    let last = shelf.folders.last_key_value().map_or(0, |(last, _)| *last);
    let missing: Vec<u64> = (1..=last)
        .filter(|number| !shelf.folders.contains_key(number))
        .take(MANY)
        .collect();
    for number in missing {
        wrong.push(Wrong {
            ceremony: None,
            line: None,
            what: format!("record {number} is missing: the numbers of the others go on behind it"),
            hint: Some(LOOK.to_owned()),
        });
    }
}

/// What the records say of each other.
pub(super) fn between(register: &mut Register) {
    let by_digest: BTreeMap<Digest, u64> = register
        .ceremonies
        .iter()
        .map(|one| (one.record, one.number))
        .collect();
    let mut successor: BTreeMap<Digest, &str> = BTreeMap::new();
    let mut seen: BTreeMap<Digest, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut unlinked = Vec::new();
    for one in &register.ceremonies {
        let mut say = |what: String, hint: &str| {
            wrong.push(Wrong {
                ceremony: Some(one.folder.clone()),
                line: Some(1),
                what,
                hint: Some(hint.to_owned()),
            });
        };
        if let Some(other) = seen.insert(one.record, &one.folder) {
            say(
                format!("it is the record of {other} once more"),
                "move one of the two away, and find out how it came there",
            );
            continue;
        }
        let Some(follows) = &one.follows else {
            if one.number > 1 {
                unlinked.push(one.folder.as_str());
            }
            continue;
        };
        if let Some(other) = successor.insert(follows.sha256, &one.folder) {
            say(
                format!(
                    "a fork: it follows record {}, and so does {other}",
                    follows.sequence
                ),
                "find out why two ceremonies began from one state, and who knew of both",
            );
        }
        match by_digest.get(&follows.sha256) {
            None => say(
                format!(
                    "it follows record {} ({}), which is not here or does not verify",
                    follows.sequence, follows.sha256
                ),
                LOOK,
            ),
            Some(number) if *number != follows.sequence || *number >= one.number => say(
                format!(
                    "it follows record {}, which has the number {number} here",
                    follows.sequence
                ),
                LOOK,
            ),
            Some(_) => {}
        }
    }
    if !unlinked.is_empty() {
        register.notes.push(format!(
            "{} not linked to what came before: nothing would show if a record between were dropped; `keyrite run --register` links the next one",
            match unlinked.as_slice() {
                [one] => format!("{one} is"),
                many => format!("{} ceremonies are", many.len()),
            }
        ));
    }
    register.wrong.extend(wrong);
}

/// As many missing numbers as are worth naming one by one.
const MANY: usize = 10;
const LOOK: &str = "look for it in a copy of the register, and ask those who signed it: a record that was dropped is an incident";
