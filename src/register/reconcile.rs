//! Holds a provider's log against what all records tell of its keys.
//!
//! Events are taken one by one, and only changes are kept: of uses nothing remains but counts. What a
//! log cannot show, it does not deny: a record is missing in a log only where the log covers its time.

pub mod claims;
pub mod known;
pub mod proof;
pub mod quiet;
pub mod script;
pub mod state;
pub mod uses;

mod closed;
mod delivered;
mod expected;
mod matching;
mod mismatch;
mod outcome;
mod several;
mod words;

use std::collections::BTreeMap;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Covered;
use crate::domain::record::FINDINGS_FORMAT;
use crate::domain::record::LogCounts;
use crate::domain::record::LogFile;
use crate::domain::record::LogFindings;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Outcome;
use crate::register::Register;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::closed::OutOfUse;
use crate::register::reconcile::delivered::Delivered;
use crate::register::reconcile::known::Known;
use crate::register::reconcile::matching::Told;
use crate::register::reconcile::outcome::Deciding;
use crate::register::reconcile::uses::UsedBy;
use crate::register::reconcile::uses::Uses;

/// Seconds by which clocks may differ, where nothing else is said.
pub const SKEW: i64 = 15 * 60;

/// How a log is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Id of the provider, as findings have it.
    pub provider: &'a str,
    /// Ids in records whose keys the log tells of.
    pub ids: &'a [&'a str],
    /// Seconds by which clocks may differ.
    pub skew: i64,
    /// Nothing before counts.
    pub from: Option<Moment>,
    /// Nothing after counts.
    pub to: Option<Moment>,
}

/// A log that is held against a register.
#[derive(Debug)]
pub struct Reconciliation<'a> {
    register: &'a Register,
    settings: Settings<'a>,
    known: Known,
    changes: Vec<LogEvent>,
    delivered: Delivered,
    covers: BTreeMap<String, (Moment, Moment)>,
    uses: Uses,
    claims: Vec<Told<'a>>,
    out_of_use: OutOfUse,
    counts: LogCounts,
    first: Option<Moment>,
    last: Option<Moment>,
    inventory: Option<Vec<String>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Reconciled {
    /// What is recorded.
    pub findings: LogFindings,
    /// Who used which key.
    pub uses: Vec<UsedBy>,
    /// What records tell and the log does not cover, with the label of the key.
    pub not_covered: Vec<(String, Claim)>,
}

impl<'a> Reconciliation<'a> {
    /// Begins with a register and an empty log.
    pub fn new(register: &'a Register, settings: Settings<'a>) -> Self {
        let claims = claims(register, settings.ids);
        Self {
            register,
            settings,
            known: Known::of(register, settings.ids),
            out_of_use: OutOfUse::of(&claims),
            claims,
            changes: Vec::new(),
            delivered: Delivered::default(),
            covers: BTreeMap::new(),
            uses: Uses::new(register.logs.office_hours.clone().unwrap_or_default()),
            counts: LogCounts::default(),
            first: settings.from,
            last: settings.to,
            inventory: None,
        }
    }

    /// Takes one event, in any order.
    pub fn take(&mut self, event: LogEvent) {
        self.counts.events += 1;
        let Settings { from, to, .. } = self.settings;
        if from.is_some_and(|from| event.at < from) || to.is_some_and(|to| event.at > to) {
            self.counts.outside += 1;
            return;
        }
        if let Some(place) = self.known.place_of(&event) {
            let span = self.covers.entry(place).or_insert((event.at, event.at));
            *span = (span.0.min(event.at), span.1.max(event.at));
        }
        let known = event.key.as_deref();
        let known =
            known.and_then(|name| self.known.find(name, event.version.as_deref(), event.at));
        if event.action.changes() {
            if known.is_none() && !self.known.is_here(&event) {
                self.counts.elsewhere += 1;
            } else if !self
                .delivered
                .keep(event, &mut self.changes, self.settings.skew)
            {
                self.counts.repeated += 1;
            }
            return;
        }
        let is_use = matches!(event.action, Action::Decrypt | Action::Encrypt);
        match known {
            Some(key) if is_use && event.outcome == LogOutcome::Done => {
                if !self.delivered.is_new(&event) {
                    self.counts.repeated += 1;
                    return;
                }
                self.counts.uses += 1;
                self.uses.count(&key.label, &key.key_id, &event);
                let skew = self.settings.skew;
                self.out_of_use.used(&key.label, &key.key_id, &event, skew);
            }
            None if is_use && !self.known.is_here(&event) => self.counts.elsewhere += 1,
            Some(_) | None => self.counts.reads += 1,
        }
    }

    /// Takes into account from when to when a file was written, whatever it tells of, and how much of it
    /// could not be read.
    pub fn file(&mut self, first: Option<Moment>, last: Option<Moment>, damaged: u64) {
        self.counts.damaged += damaged;
        if self.settings.from.is_none()
            && let Some(first) = first
        {
            self.first = Some(self.first.map_or(first, |known| known.min(first)));
        }
        if self.settings.to.is_none()
            && let Some(last) = last
        {
            self.last = Some(self.last.map_or(last, |known| known.max(last)));
        }
    }

    /// Takes the keys that the provider lists.
    pub fn inventory(&mut self, names: Vec<String>) {
        self.inventory = Some(names);
    }

    /// Decides what fits what.
    pub fn finish(mut self, mut logs: Vec<LogFile>) -> Reconciled {
        let two_stories: Vec<Vec<LogEvent>> = self
            .delivered
            .contradictions()
            .map(|all| {
                all.iter()
                    .filter_map(|at| self.changes.get(*at).cloned())
                    .collect()
            })
            .collect();
        self.changes.sort_by_key(|event| (event.at, event.sha256));
        logs.sort();
        let mut deciding = Deciding::new(
            self.register,
            &self.settings,
            &self.known,
            &self.claims,
            &self.changes,
            (self.first, self.last),
        );
        deciding.changes();
        deciding.two_stories(two_stories);
        deciding.missing();
        deciding.uses(&self.uses, &self.out_of_use);
        if let Some(names) = &self.inventory {
            deciding.orphans(names);
        }
        let decided = deciding.end();
        let mut counts = self.counts;
        counts.unheld = self.delivered.unheld;
        counts.explained = decided.counts.explained;
        counts.retried = decided.counts.retried;
        counts.by_service = decided.counts.by_service;
        counts.not_covered = decided.counts.not_covered;
        counts.reads += decided.counts.reads;
        let findings = LogFindings {
            format: FINDINGS_FORMAT.to_owned(),
            provider: self.settings.provider.to_owned(),
            logs,
            register: self.register.head.clone(),
            from: self.first,
            to: self.last,
            skew: self.settings.skew,
            covers: self
                .covers
                .into_iter()
                .map(|(place, (from, to))| Covered { place, from, to })
                .collect(),
            counts,
            seen: decided.seen,
            findings: decided.findings,
            uses: self.uses.by_key(),
        };
        Reconciled {
            findings,
            uses: self.uses.rows().cloned().collect(),
            not_covered: decided.not_covered,
        }
    }
}

/// Everything that records tell of keys at these providers.
fn claims<'a>(register: &'a Register, ids: &[&str]) -> Vec<Told<'a>> {
    let real = |claim: &Claim| {
        let ceremony = register
            .ceremonies
            .iter()
            .find(|it| it.record == claim.record);
        ceremony
            .is_some_and(|it| it.mode == Mode::Production && it.outcome == Some(Outcome::Complete))
    };
    let mut all = Vec::new();
    for material in &register.materials {
        let claims = material.about.at_providers.iter();
        for claim in claims.filter(|claim| ids.contains(&claim.provider.as_str())) {
            all.push(Told {
                key: &material.key,
                claim,
                required: claim.act.must_show() && real(claim),
            });
        }
    }
    for claim in &register.logs.withdrawn {
        all.push(Told {
            key: "",
            claim,
            required: false,
        });
    }
    all
}
