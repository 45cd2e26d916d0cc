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
use crate::register::reconcile::known::one_version;
use crate::register::reconcile::known::parts;
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

/// What ties an event to a claim, the best first.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Pass {
    /// It names what the record names.
    Exact,
    /// Key and time fit, and the provider's word for it.
    Meant,
    /// Key and time fit, and it may have been meant.
    Possible,
}

/// Matches changes with claims: what names the same thing goes before what only fits in time, and the provider's
/// word for an act before what may stand for it.
pub(super) fn matched(claims: &[Told<'_>], events: &[LogEvent], skew: i64) -> Matches {
    let mut found = Matches::default();
    let mut taken: BTreeSet<(usize, String)> = BTreeSet::new();
    let index = Index::of(claims);
    for pass in [Pass::Exact, Pass::Meant, Pass::Possible] {
        for (at, event) in events.iter().enumerate() {
            if event.outcome != LogOutcome::Done || found.of_event.contains_key(&at) {
                continue;
            }
            let name = event.key.as_deref().map(folded).unwrap_or_default();
            let mut best = None;
            for claim in index.candidates(event) {
                let Some(told) = claims.get(claim) else {
                    continue;
                };
                let act = told.claim.act;
                let gone = match act {
                    // One ceremony may ask for this more than once.
                    Act::Fetch => false,
                    // Whoever leaves is taken out of the policy of each key once.
                    Act::Withdraw => taken.contains(&(claim, name.clone())),
                    Act::Import
                    | Act::Rotate
                    | Act::Activate
                    | Act::Enable
                    | Act::Disable
                    | Act::ProcessOnly
                    | Act::ScheduleDeletion
                    | Act::CancelDeletion
                    | Act::Delete
                    | Act::Gone => found.borne_out.contains(&claim),
                };
                if gone || !act.fits(event.action, &event.provider) {
                    continue;
                }
                let in_time = || match pass {
                    Pass::Exact => false,
                    Pass::Meant => act.means() == event.action && in_time(told, event, skew),
                    Pass::Possible => in_time(told, event, skew),
                };
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
                taken.insert((claim, name));
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
                Some(id) => index
                    .by_key
                    .entry(folded(last(parts(id).0)))
                    .or_default()
                    .push(at),
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
        let of_key = event.key.as_deref().map(|key| folded(last(parts(key).0)));
        let of_key = of_key.and_then(|key| self.by_key.get(&key));
        let mut all: BTreeSet<usize> = of_key.into_iter().flatten().copied().collect();
        all.extend(&self.anywhere);
        if event.action == Action::Import {
            all.extend(&self.imports);
        }
        all
    }
}

/// Of claims that fit equally well, that of the same meaning and the nearest time.
fn rank(told: &Told<'_>, event: &LogEvent) -> (bool, bool, Reverse<i64>) {
    let distance = event.at.seconds_since(told.claim.from).abs();
    (
        !told.key.is_empty(),
        told.claim.act.means() == event.action,
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
    let fits = if told.claim.act == Act::Withdraw {
        takes_out(told.claim, event)
    } else {
        is_same_key(told.claim, event)
    };
    fits && within(told.claim, event.at, skew)
}

/// Whether a change of access may be what took somebody out: it is of the provider that calls him so, and does
/// not name him any more, as far as the log says whom it names.
fn takes_out(claim: &Claim, event: &LogEvent) -> bool {
    let Some(who) = claim.principal.as_deref() else {
        return true;
    };
    let its = who.starts_with("arn:") == (event.provider == "aws-kms");
    let named = event.says.get("principals").map(String::as_str);
    let mut named = named.unwrap_or_default().split(' ');
    its && !named.any(|name| name == who)
}

pub(super) fn within(claim: &Claim, at: Moment, skew: i64) -> bool {
    at.seconds_since(claim.from) >= -skew && at.seconds_since(claim.until) <= skew
}

pub(super) fn is_same_key(claim: &Claim, event: &LogEvent) -> bool {
    match (&claim.key_id, &event.key) {
        (Some(one), Some(other)) => {
            let (one, version) = parts(one);
            // What is turned to another version names that one.
            let told = event.version.as_deref();
            let told = told.filter(|_| event.action != Action::Rotate);
            same(one, other) && one_version(version, told)
        }
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

    fn day(text: &str) -> Moment {
        Moment::new(text.parse().unwrap())
    }

    fn claim(act: Act, provider: &str, key: Option<&str>, line: u64) -> Claim {
        Claim {
            act,
            provider: provider.to_owned(),
            key_id: key.map(str::to_owned),
            from: day("2026-02-02T09:00:00Z"),
            until: day("2026-02-02T09:10:00Z"),
            ceremony: "suspend".to_owned(),
            record: Digest::of(b"record"),
            rests_on: crate::register::Rests::on("2026-02-02", line),
            import: None,
            ends: None,
            principal: None,
        }
    }

    fn event(provider: &str, action: Action, key: &str, at: &str) -> LogEvent {
        LogEvent {
            provider: provider.to_owned(),
            name: format!("{action:?}"),
            action,
            outcome: LogOutcome::Done,
            at: day(at),
            key: Some(key.to_owned()),
            version: None,
            material: None,
            principal: None,
            by_service: false,
            source_ip: None,
            request_id: None,
            event_id: None,
            account: None,
            region: None,
            ceremony: None,
            says: BTreeMap::new(),
            sha256: Digest::of(at.as_bytes()),
        }
    }

    /// Which claim each event is matched with.
    fn ties(claims: &[Claim], events: &[LogEvent]) -> Vec<Option<usize>> {
        let told: Vec<Told<'_>> = claims
            .iter()
            .map(|claim| Told {
                key: if claim.act == Act::Withdraw { "" } else { "k" },
                claim,
                required: true,
            })
            .collect();
        let found = matched(&told, events, 60);
        let tie = |at: usize| found.of_event.get(&at).map(|tie| tie.claim);
        (0..events.len()).map(tie).collect()
    }

    const KEY: &str = "arn:aws:kms:eu-west-1:1:key/1";

    #[test]
    fn a_line_of_a_record_explains_one_event_and_no_second_one() {
        let claims = [claim(Act::Disable, "aws-kms", Some(KEY), 7)];
        let events = ["2026-02-02T09:01:00Z", "2026-02-02T09:02:00Z"]
            .map(|at| event("aws-kms", Action::Disable, KEY, at));
        assert_eq!(ties(&claims, &events), [Some(0), None]);
    }

    #[test]
    fn the_providers_word_goes_before_what_may_stand_for_it() {
        let claims = [claim(Act::Activate, "aws-kms", Some(KEY), 7)];
        let events = [
            event("aws-kms", Action::SetAccess, KEY, "2026-02-02T09:01:00Z"),
            event("aws-kms", Action::Enable, KEY, "2026-02-02T09:05:00Z"),
        ];
        assert_eq!(ties(&claims, &events), [None, Some(0)]);
        assert_eq!(ties(&claims, &events[..1]), [Some(0)]);
    }

    #[test]
    fn where_the_provider_has_a_word_for_it_a_change_of_access_enables_and_disables_nothing() {
        for act in [Act::Enable, Act::Disable] {
            for provider in ["aws-kms", "google-kms", "azure-managed-hsm"] {
                assert!(!act.fits(Action::SetAccess, provider), "{provider}");
            }
            assert!(act.fits(Action::SetAccess, "vault"));
            assert!(act.fits(Action::Update, "azure-key-vault"));
            assert!(!act.fits(Action::Update, "aws-kms"));
        }
        assert!(!Act::ScheduleDeletion.fits(Action::Disable, "aws-kms"));
    }

    #[test]
    fn a_version_that_a_record_names_is_shown_by_events_of_that_version_alone() {
        let key = "projects/p/locations/l/keyRings/r/cryptoKeys/pay";
        let third = format!("{key}/cryptoKeyVersions/3");
        let claims = [claim(Act::Disable, "google-kms", Some(&third), 7)];
        let mut events = [
            event("google-kms", Action::Disable, key, "2026-02-02T09:01:00Z"),
            event("google-kms", Action::Disable, key, "2026-02-02T09:02:00Z"),
        ];
        events[0].version = Some("4".to_owned());
        events[1].version = Some("3".to_owned());
        assert_eq!(ties(&claims, &events), [None, Some(0)]);
    }

    #[test]
    fn whoever_leaves_explains_one_change_of_each_policy_and_none_that_still_names_him() {
        let cho = "arn:aws:iam::1:user/cho";
        let mut claim = claim(Act::Withdraw, "", None, 7);
        claim.principal = Some(cho.to_owned());
        let at = |key, at| event("aws-kms", Action::SetAccess, key, at);
        let events = [
            at(KEY, "2026-02-02T09:01:00Z"),
            at(KEY, "2026-02-02T09:02:00Z"),
            at("arn:aws:kms:eu-west-1:1:key/2", "2026-02-02T09:03:00Z"),
        ];
        let claims = [claim];
        assert_eq!(ties(&claims, &events), [Some(0), None, Some(0)]);
        let mut named = events.clone();
        named[0].says.insert(
            "principals".to_owned(),
            format!("arn:aws:iam::1:user/ana {cho}"),
        );
        assert_eq!(ties(&claims, &named), [None, Some(0), Some(0)]);
        // Another provider calls nobody so.
        let other = event("google-kms", Action::SetAccess, KEY, "2026-02-02T09:01:00Z");
        assert_eq!(ties(&claims, &[other]), [None]);
    }
}
