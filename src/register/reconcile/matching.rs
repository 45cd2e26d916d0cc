//! Finds for each change that a log tells of the line of a record that explains it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::record::Strength;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::known::folded;
use crate::register::reconcile::known::last;
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
    let index = Index::of(claims);
    for exact in [true, false] {
        for (at, event) in events.iter().enumerate() {
            if event.outcome != LogOutcome::Done || found.of_event.contains_key(&at) {
                continue;
            }
            let mut best = None;
            for claim in index.candidates(event) {
                let Some(told) = claims.get(claim) else {
                    continue;
                };
                let taken = found.borne_out.contains(&claim) && !explains_many(told.claim.act);
                if taken || !told.claim.act.fits(event.action) {
                    continue;
                }
                let in_time = || !exact && in_time(told, event, skew);
                let by = tie(told, event, &index).or_else(|| in_time().then_some(Strength::Window));
                if let Some(by) = by {
                    // One material may go to many keys: its own key goes before everything else.
                    let same_key = is_same_key(told.claim, event);
                    best = best.max(Some((same_key, by, rank(told, event), Reverse(claim))));
                }
            }
            if let Some((_, by, _, Reverse(claim))) = best {
                found.of_event.insert(at, Tie { claim, by });
                found.borne_out.insert(claim);
            }
        }
    }
    found
}

/// Claims by what an event can name of them.
struct Index<'a> {
    /// By the last part of the key's name.
    by_key: BTreeMap<String, Vec<usize>>,
    /// Those that name no key.
    anywhere: Vec<usize>,
    /// Imports: an upload that names its ceremony may have gone into another key.
    imports: Vec<usize>,
    /// How many imports of a ceremony there are at a provider.
    of_ceremony: BTreeMap<(Digest, &'a str), usize>,
}

impl<'a> Index<'a> {
    fn of(claims: &[Told<'a>]) -> Self {
        let mut index = Self {
            by_key: BTreeMap::new(),
            anywhere: Vec::new(),
            imports: Vec::new(),
            of_ceremony: BTreeMap::new(),
        };
        for (at, told) in claims.iter().enumerate() {
            let claim = told.claim;
            match &claim.key_id {
                Some(id) => index.by_key.entry(folded(last(id))).or_default().push(at),
                None => index.anywhere.push(at),
            }
            if claim.act == Act::Import {
                index.imports.push(at);
                let ceremony = (claim.record, claim.provider.as_str());
                *index.of_ceremony.entry(ceremony).or_default() += 1;
            }
        }
        index
    }

    /// The claims that an event may bear out, each once.
    fn candidates(&self, event: &LogEvent) -> BTreeSet<usize> {
        let of_key = event.key.as_deref().map(|key| folded(last(key)));
        let of_key = of_key.and_then(|key| self.by_key.get(&key));
        let mut all: BTreeSet<usize> = of_key.into_iter().flatten().copied().collect();
        all.extend(&self.anywhere);
        if event.action == Action::Import {
            all.extend(&self.imports);
        }
        all
    }
}

/// One ceremony may ask for this more than once.
const fn explains_many(act: Act) -> bool {
    matches!(act, Act::Fetch | Act::Withdraw)
}

/// Of claims that fit equally well, that of the same meaning and the nearest time.
fn rank(told: &Told<'_>, event: &LogEvent) -> (bool, bool, Reverse<i64>) {
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
        Reverse(distance),
    )
}

/// What in an event names a claim by itself, whenever it was.
fn tie(told: &Told<'_>, event: &LogEvent, index: &Index<'_>) -> Option<Strength> {
    let claim = told.claim;
    let same_key = is_same_key(claim, event);
    let named = event.ceremony.as_deref().into_iter();
    let said = event.says.get("description").map(String::as_str);
    let texts = || named.clone().chain(said);
    if let Some(import) = &claim.import {
        let names = |value: &String| {
            value.len() >= SHORTEST && texts().any(|text| text.contains(value.as_str()))
        };
        if import.check_values.iter().any(names) {
            return Some(Strength::CheckValue);
        }
    }
    if texts().any(|text| is_word_of(text, &claim.ceremony)) {
        // A ceremony for many keys names none of them by its own name.
        let ceremony = (claim.record, claim.provider.as_str());
        let alone = claim.act == Act::Import && index.of_ceremony.get(&ceremony) == Some(&1);
        if same_key || alone {
            return Some(Strength::Ceremony);
        }
    }
    let import = claim.import.as_ref();
    let job = import.and_then(|import| import.wrapping_key_id.as_ref());
    if let (Some(job), Some(told)) = (job, event.says.get("import-job"))
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
