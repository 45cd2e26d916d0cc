//! Which record follows which: a record that is missing, doubled, or has two successors shows.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::register::Ceremony;
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

/// How the records of a register follow each other.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Links {
    /// What does not fit.
    pub wrong: Vec<Wrong>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// What the records say of each other.
pub(super) fn between(ceremonies: &[Ceremony]) -> Links {
    let by_digest: BTreeMap<Digest, &Ceremony> =
        ceremonies.iter().map(|one| (one.record, one)).collect();
    let mut successor: BTreeMap<Digest, &str> = BTreeMap::new();
    let mut seen: BTreeMap<Digest, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut unlinked = Vec::new();
    let mut newest: Option<&Ceremony> = None;
    let mut older = Vec::new();
    for one in ceremonies {
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
        match newest {
            Some(before) if one.rule_set < before.rule_set => older.push((one, before)),
            Some(_) | None => newest = Some(one),
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
            Some(before) if before.number != follows.sequence || before.number >= one.number => {
                say(
                    format!(
                        "it follows record {}, which has the number {} here",
                        follows.sequence, before.number
                    ),
                    LOOK,
                );
            }
            Some(before) => {
                // It names a record that was sealed before it began.
                if let (Some(ended), Some(began)) = (before.ended, one.began)
                    && began < ended
                {
                    say(
                        format!(
                            "it began at {began}, and {}, which it follows, ended at {ended}: their clocks disagree",
                            before.folder
                        ),
                        "find out which clock was wrong: every date of that ceremony rests on it",
                    );
                }
            }
        }
    }
    let note = (!unlinked.is_empty()).then(|| {
        format!(
            "{} not linked to what came before: nothing would show if a record between were dropped; `keyrite run --register` links the next one",
            match unlinked.as_slice() {
                [one] => format!("{one} is"),
                many => format!("{} ceremonies are", many.len()),
            }
        )
    });
    let mut notes: Vec<String> = note.into_iter().collect();
    // Nobody goes back to weaker rules without its being told.
    notes.extend(older.iter().take(MANY).map(|(one, before)| {
        format!(
            "{} was held to rule set {}, and {} before it to set {}: an older program ran it; `keyrite verify` tells which newer rules it breaks",
            one.folder, one.rule_set, before.folder, before.rule_set
        )
    }));
    Links { wrong, notes }
}

/// As many missing numbers as are worth naming one by one.
const MANY: usize = 10;
const LOOK: &str = "look for it in a copy of the register, and ask those who signed it: a record that was dropped is an incident";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Follows;
    use crate::domain::record::Mode;
    use crate::domain::record::Moment;

    /// A ceremony of ten seconds.
    fn ceremony(number: u64, began: i64, follows: Option<Follows>) -> Ceremony {
        let at = |seconds| Moment::new(jiff::Timestamp::from_second(seconds).unwrap());
        Ceremony {
            number,
            folder: format!("{number:06}-a"),
            ceremony: "a".to_owned(),
            title: String::new(),
            kind: "generate".to_owned(),
            mode: Mode::Practice,
            outcome: None,
            record: Digest::of(&number.to_be_bytes()),
            began: Some(at(began)),
            ended: Some(at(began + 10)),
            follows,
            rule_set: 1,
            signed: Vec::new(),
            dissents: Vec::new(),
            people: BTreeMap::new(),
        }
    }

    fn wrong(began: i64) -> Vec<String> {
        let first = ceremony(1, 1000, None);
        let follows = Follows {
            sequence: 1,
            sha256: first.record,
        };
        let links = between(&[first, ceremony(2, began, Some(follows))]);
        links.wrong.into_iter().map(|wrong| wrong.what).collect()
    }

    #[test]
    fn a_ceremony_that_went_back_to_an_older_rule_set_is_told() {
        let held = |sets: &[u32]| {
            let all = (1..).zip(sets).map(|(number, set)| Ceremony {
                rule_set: *set,
                ..ceremony(number, i64::try_from(number).unwrap() * 100, None)
            });
            let mut notes = between(&all.collect::<Vec<_>>()).notes;
            notes.retain(|note| note.contains("rule set"));
            notes
        };
        assert_eq!(held(&[1, 1, 2, 2]), [""; 0]);
        let told = held(&[1, 2, 1, 2, 1]);
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("000003-a was held to rule set 1, and 000002-a before it to set 2")
        );
        assert!(told[1].starts_with("000005-a was held to rule set 1, and 000004-a before it"));
    }

    #[test]
    fn a_ceremony_that_began_before_the_one_it_follows_was_sealed_had_another_clock() {
        assert!(wrong(1010).is_empty());
        assert_eq!(
            wrong(1009),
            [
                "it began at 1970-01-01T00:16:49Z, and 000001-a, which it follows, ended at 1970-01-01T00:16:50Z: their clocks disagree"
            ]
        );
    }
}
