//! Who gains and who loses access.

use std::collections::BTreeSet;

use crate::domain::access::Access;
use crate::domain::access::Can;
use crate::domain::access::access;
use crate::domain::diff::Change;
use crate::domain::diff::Consequence;
use crate::domain::diff::Way;
use crate::domain::diff::steps::Course;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Script;
use crate::domain::script::Step;

pub(super) fn changes(old: &Script, new: &Script, course: &Course<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut labels: Vec<&str> = old
        .keys
        .keys()
        .chain(new.keys.keys())
        .map(Id::as_str)
        .collect();
    labels.sort_unstable();
    labels.dedup();
    for label in labels {
        shares(old, new, label, &mut changes);
    }
    pin(old, new, &mut changes);
    table(old, new, course, &mut changes);
    changes
}

/// The shares that a key has when the ceremony is over: how many rebuild it, and who has one.
fn dealt<'a>(script: &'a Script, label: &str) -> Option<(u8, Vec<&'a str>)> {
    let here = script.steps.iter().rev().find_map(|step| {
        let threshold = if let Step::Split(split) = &step.value {
            split.threshold.value
        } else if let Step::Reshare(reshare) = &step.value {
            reshare.threshold.value
        } else {
            return None;
        };
        if step.key().is_none_or(|key| key.as_str() != label) {
            return None;
        }
        let holders = script.dealt_to(&step.value).iter().map(|id| id.as_str());
        Some((threshold, holders.collect()))
    });
    here.or_else(|| {
        let set = &script.given.get(label)?.share_set;
        let holders = set.shares.iter().map(|share| share.custodian.as_str());
        Some((set.threshold.value, holders.collect()))
    })
}

fn shares(old: &Script, new: &Script, label: &str, changes: &mut Vec<Change>) {
    let mut add = |way, careful, text: String| {
        changes.push(Change::new(Consequence::Access, way, text).careful(careful));
    };
    let (before, now) = (dealt(old, label), dealt(new, label));
    let set = |dealt: &Option<(u8, Vec<&str>)>| -> BTreeSet<String> {
        dealt
            .iter()
            .flat_map(|(_, holders)| holders.iter().map(ToString::to_string))
            .collect()
    };
    let (had, has) = (set(&before), set(&now));
    for id in has.difference(&had) {
        let text = format!("{} gets a share of key {label}", new.name_of(id));
        add(Way::Added, true, text);
    }
    for id in had.difference(&has) {
        let text = format!("{} gets no share of key {label} any more", old.name_of(id));
        add(Way::Removed, false, text);
    }
    if let (Some((was, holders_before)), Some((is, holders))) = (&before, &now)
        && (was != is || holders_before.len() != holders.len())
    {
        let (m, n) = (holders_before.len(), holders.len());
        let text = format!("{is} of {n} shares rebuild key {label}, not {was} of {m} any more");
        add(Way::Changed, is < was || n > m, text);
    }
}

/// Whoever types half of the PIN.
fn pin(old: &Script, new: &Script, changes: &mut Vec<Change>) {
    let ids = |holders: &[At<Id>]| -> BTreeSet<String> {
        holders.iter().map(|id| id.as_str().to_owned()).collect()
    };
    let (had, has) = (ids(old.token.pin_holders()), ids(new.token.pin_holders()));
    for id in has.difference(&had) {
        let text = format!("{} has half of the token's PIN", new.name_of(id));
        changes.push(Change::new(Consequence::Access, Way::Added, text).careful(true));
    }
    for id in had.difference(&has) {
        let text = format!(
            "{} has no half of the token's PIN any more",
            old.name_of(id)
        );
        let nobody = has.is_empty();
        changes.push(Change::new(Consequence::Access, Way::Removed, text).careful(nobody));
    }
}

/// Who, from which step, until which.
type Row = (String, Option<u32>, Option<u32>);

/// The tables of both, where they differ in more than the numbers of steps.
fn table(old: &Script, new: &Script, course: &Course<'_>, changes: &mut Vec<Change>) {
    let (before, now) = (access(old), access(new));
    let mut about: Vec<(&str, Can)> = Vec::new();
    for row in before.iter().chain(&now) {
        if !about.contains(&(row.key.as_str(), row.can)) {
            about.push((row.key.as_str(), row.can));
        }
    }
    for (key, can) in about {
        let of = |rows: &'_ [Access]| -> Vec<Access> {
            let same = |row: &&Access| row.key == key && row.can == can;
            rows.iter().filter(same).cloned().collect()
        };
        let (was, is) = (of(&before), of(&now));
        let moved: Vec<Row> = was
            .iter()
            .map(|row| {
                let to = |step: Option<u32>| step.map(|step| course.step_now(step));
                (row.who.clone(), to(row.from), to(row.until))
            })
            .collect();
        let stands: Vec<Row> = is
            .iter()
            .map(|row| (row.who.clone(), row.from, row.until))
            .collect();
        if moved == stands {
            continue;
        }
        let way = match (was.is_empty(), is.is_empty()) {
            (true, _) => Way::Added,
            (false, true) => Way::Removed,
            (false, false) => Way::Changed,
        };
        // What stands on both sides is left out.
        let lines = |word: &str, rows: &[Access], one: &[Row], other: &[Row]| -> Vec<String> {
            let rows = rows.iter().zip(one).filter(|(_, row)| !other.contains(row));
            rows.map(|(row, _)| format!("{word}: {}, {}", row.who, row.when()))
                .collect()
        };
        let mut details = lines("before", &was, &moved, &stands);
        details.extend(lines("now", &is, &stands, &moved));
        let can = can.words().replacen(" it", &format!(" key {key}"), 1);
        let text = format!("who could {can}");
        changes.push(
            Change::new(Consequence::Access, way, text)
                .careful(way != Way::Removed)
                .details(details),
        );
    }
}
