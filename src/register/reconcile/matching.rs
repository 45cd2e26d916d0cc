//! Finds for each change that a log tells of the line of a record that explains it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Moment;
use crate::domain::record::Strength;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::known::same;

/// A claim of a key, as it is matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// Label of the key; empty where it is about any.
    pub(super) key: &'a str,
    pub(super) claim: &'a Claim,
    /// Whether a log that covers its time must show it.
    pub(super) required: bool,
}

/// Which claim an event bears out, and by what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tie {
    pub(super) claim: usize,
    pub(super) by: Strength,
}

/// What explains which change.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// By the position of the event.
    pub(super) of_event: BTreeMap<usize, Tie>,
    /// Claims that an event bears out.
    pub(super) borne_out: BTreeSet<usize>,
}

/// Matches changes with claims: what names the same thing goes before what only fits in time.
pub(super) fn matched(claims: &[Told<'_>], events: &[LogEvent], skew: i64) -> Matches {
    let mut found = Matches::default();
    for exact in [true, false] {
        for (at, event) in events.iter().enumerate() {
            if event.outcome != LogOutcome::Done || found.of_event.contains_key(&at) {
                continue;
            }
            let free = |claim: usize| {
                let told = claims.get(claim);
                !found.borne_out.contains(&claim)
                    || told.is_some_and(|told| explains_many(told.claim.act))
            };
            let best = claims
                .iter()
                .enumerate()
                .filter(|(claim, told)| told.claim.act.fits(event.action) && free(*claim))
                .filter_map(|(claim, told)| {
                    let by = tie(told, event, claims).or_else(|| {
                        (!exact && in_time(told, event, skew)).then_some(Strength::Window)
                    })?;
                    Some((by, rank(told, event), claim))
                })
                .max_by_key(|(by, rank, claim)| (*by, *rank, std::cmp::Reverse(*claim)));
            if let Some((by, _, claim)) = best {
                found.of_event.insert(at, Tie { claim, by });
                found.borne_out.insert(claim);
            }
        }
    }
    found
}

/// One ceremony may ask for this more than once.
const fn explains_many(act: Act) -> bool {
    matches!(act, Act::Fetch | Act::Withdraw)
}

/// Of claims that fit equally well, that of the same meaning and the nearest time.
fn rank(told: &Told<'_>, event: &LogEvent) -> (bool, bool, std::cmp::Reverse<i64>) {
    let distance = event.at.seconds_since(told.claim.from).abs();
    let first = match told.claim.act {
        Act::Fetch => Action::FetchParameters,
        Act::Import => Action::Import,
        Act::Rotate => Action::Rotate,
        Act::Activate | Act::Enable => Action::Enable,
        Act::Disable => Action::Disable,
        Act::ProcessOnly | Act::Withdraw => Action::SetAccess,
        Act::ScheduleDeletion => Action::ScheduleDeletion,
        Act::CancelDeletion => Action::CancelDeletion,
        Act::Delete | Act::Gone => Action::Delete,
    };
    (
        !told.key.is_empty(),
        first == event.action,
        std::cmp::Reverse(distance),
    )
}

/// What in an event names a claim by itself, whenever it was.
fn tie(told: &Told<'_>, event: &LogEvent, claims: &[Told<'_>]) -> Option<Strength> {
    let claim = told.claim;
    let same_key = is_same_key(claim, event);
    let named = event.ceremony.as_deref();
    let texts = || {
        named
            .into_iter()
            .chain(event.says.get("description").map(String::as_str))
    };
    if let Some(import) = &claim.import {
        let names = |value: &String| {
            value.len() >= SHORTEST && texts().any(|text| text.contains(value.as_str()))
        };
        if import.check_values.iter().any(names) {
            return Some(Strength::CheckValue);
        }
    }
    if texts().any(|text| is_word_of(text, &claim.ceremony)) {
        let others = claims.iter().filter(|other| {
            other.claim.record == claim.record
                && other.claim.act == claim.act
                && other.claim.provider == claim.provider
        });
        // A ceremony for many keys names none of them by its own name.
        if same_key || others.count() == 1 {
            return Some(Strength::Ceremony);
        }
    }
    let job = claim
        .import
        .as_ref()
        .and_then(|import| import.wrapping_key_id.as_ref());
    let told_job = event.says.get("import-job");
    if let (Some(job), Some(told)) = (job, told_job)
        && same_key
        && same(job, told)
    {
        return Some(Strength::ImportJob);
    }
    None
}

/// A check value that is shorter could stand in any text.
const SHORTEST: usize = 10;

/// Whether a text holds a name, with nothing of another name around it.
fn is_word_of(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let behind = text
            .get(at + found.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(inside) && !behind.is_some_and(inside)
    })
}

/// Whether key and time fit.
fn in_time(told: &Told<'_>, event: &LogEvent, skew: i64) -> bool {
    let anybody = told.claim.act == Act::Withdraw;
    (anybody || is_same_key(told.claim, event)) && within(told.claim, event.at, skew)
}

pub(super) fn within(claim: &Claim, at: Moment, skew: i64) -> bool {
    at.seconds_since(claim.from) >= -skew && at.seconds_since(claim.until) <= skew
}

pub(super) fn is_same_key(claim: &Claim, event: &LogEvent) -> bool {
    match (&claim.key_id, &event.key) {
        (Some(one), Some(other)) => same(one, other),
        // The script does not say which key is to be filled.
        (None, Some(_)) => claim.act == Act::Import,
        // A change of rights that names no key, as of a whole vault.
        (_, None) => event.action == Action::SetAccess,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole_word() {
        assert!(is_word_of(
            "imported by keyrite payments-2026 ekcv",
            "payments-2026"
        ));
        assert!(is_word_of("payments", "payments"));
        assert!(!is_word_of("payments-2026", "payments"));
        assert!(!is_word_of("my_payments", "payments"));
    }
}
