//! Keys that went on in their lives: each step is held against the table of states, and against where
//! the steps before left the key.

use std::collections::BTreeMap;

use crate::domain::certificate::certificate;
use crate::domain::lifecycle::State;
use crate::domain::lifecycle::skips_deactivated;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Life;
use crate::domain::record::Moved;
use crate::domain::record::Open;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::record::identifying;
use crate::domain::script::CancelDestroy;
use crate::domain::script::Close;
use crate::domain::script::Identify;
use crate::domain::script::Move;
use crate::domain::script::RequestDestroy;
use crate::record::verify::steps::Walk;

/// Where keys are in their lives before an entry.
#[derive(Default)]
pub(super) struct Lives<'a> {
    lives: BTreeMap<String, Life>,
    /// The entries so far.
    entries: Vec<&'a Entry>,
}

impl<'a> Lives<'a> {
    pub(super) fn new(open: &Open) -> Self {
        let lives = open.lifecycle.iter();
        Self {
            lives: lives.map(|life| (life.key.clone(), life.clone())).collect(),
            entries: Vec::new(),
        }
    }

    /// Takes an entry into account, after it was looked at.
    pub(super) fn apply(&mut self, entry: &'a Entry) {
        self.entries.push(entry);
        if let Event::Step(step) = &entry.event {
            for life in self.lives.values_mut() {
                life.apply(&step.did);
            }
        }
    }
}

impl Walk<'_, '_> {
    pub(super) fn moves(&mut self, index: usize, wanted: &Move, entry: &StepEntry) {
        let Did::Move(moved) = &entry.did else {
            return;
        };
        let Some(life) = self.life(&moved.key, wanted.key.as_str()) else {
            return;
        };
        self.same("that the state is", moved.to.name(), wanted.to.value.name());
        self.reasons(
            (&moved.because, wanted.because.as_str()),
            Some((&moved.requested_by, wanted.requested_by.as_str())),
            (&moved.by, wanted.by.as_str()),
            (&moved.seen_by, wanted.seen_by.as_str()),
        );
        let mut planned = life.planned(wanted);
        for (one, other) in planned.at.iter_mut().zip(&moved.at) {
            one.told.clone_from(&other.told);
        }
        if planned != *moved {
            self.wrong(format!(
                "key {} is recorded as moved from elsewhere, or at other places, than it was",
                moved.key
            ));
        }
        for one in &moved.at {
            self.answered(&one.at, &one.told);
        }
        self.allowed(&life, moved);
        self.approved(index);
        if moved.to == State::Destroyed {
            self.destroyed(&life, moved, entry);
        } else if moved.to == State::Compromised && !moved.notify.is_empty() {
            self.noticed(&life, moved, entry);
        } else if !entry.artifacts.is_empty() {
            self.wrong("`move` makes no artifacts but the certificate of a destruction");
        }
    }

    fn allowed(&mut self, life: &Life, moved: &Moved) {
        let described = self.script.keys.get(moved.key.as_str());
        let skips = described.is_some_and(|key| skips_deactivated(&key.usages()));
        let mut forbidden = Vec::new();
        if moved.from.is_some()
            && let Err(error) = life.standing.moved(moved.to, moved.purpose, skips)
        {
            forbidden.push(format!("key {}: {error}", moved.key));
        }
        for one in &moved.at {
            let at = life.at.get(&one.at).map(|at| at.standing);
            if let Some(Err(error)) = at.map(|at| at.moved(moved.to, moved.purpose, skips)) {
                forbidden.push(format!("key {} at {}: {error}", moved.key, one.at));
            }
        }
        for what in forbidden {
            self.wrong(what);
        }
    }

    /// Nothing holds the key any more, and the certificate says what the record says.
    fn destroyed(&mut self, life: &Life, moved: &Moved, entry: &StepEntry) {
        let open = life.open();
        if !open.is_empty() {
            self.wrong(format!(
                "key {} is recorded as destroyed while these hold it: {}",
                moved.key,
                open.join(", ")
            ));
        }
        let text = certificate(
            self.script,
            self.open.mode,
            &self.lives.entries,
            life,
            moved,
        );
        let right = matches!(entry.artifacts.as_slice(), [made]
            if made.purpose == Purpose::Certificate && made.sha256 == Digest::of(text.as_bytes()));
        if !right {
            self.wrong(format!(
                "the certificate of the destruction of key {} does not say what the record says",
                moved.key
            ));
        }
    }

    pub(super) fn request_destroy(&mut self, index: usize, wanted: &RequestDestroy, did: &Did) {
        let Did::RequestDestroy(asked) = did else {
            return;
        };
        let Some(life) = self.life(&asked.key, wanted.key.as_str()) else {
            return;
        };
        self.reasons(
            (&asked.because, wanted.because.as_str()),
            Some((&asked.requested_by, wanted.requested_by.as_str())),
            (&asked.by, wanted.by.as_str()),
            (&asked.seen_by, wanted.seen_by.as_str()),
        );
        let mut planned = life.asked(wanted, asked.asked_at, &self.script.policy);
        for (one, other) in planned.at.iter_mut().zip(&asked.at) {
            one.told.clone_from(&other.told);
            self.answered(&other.at, &other.told);
        }
        if planned != *asked {
            self.wrong(format!(
                "the destruction of key {} is asked for with other facts than the script and the policy have",
                asked.key
            ));
        }
        let within = self.here.at.is_some_and(|at| asked.asked_at <= at)
            && self
                .here
                .before
                .is_none_or(|before| asked.asked_at >= before);
        if !within {
            self.wrong(
                "the moment of the request does not lie between this entry and the one before",
            );
        }
        self.approved(index);
    }

    pub(super) fn cancel_destroy(&mut self, index: usize, wanted: &CancelDestroy, did: &Did) {
        let Did::CancelDestroy(cancelled) = did else {
            return;
        };
        let Some(life) = self.life(&cancelled.key, wanted.key.as_str()) else {
            return;
        };
        self.reasons(
            (&cancelled.because, wanted.because.as_str()),
            Some((&cancelled.requested_by, wanted.requested_by.as_str())),
            (&cancelled.by, wanted.by.as_str()),
            (&cancelled.seen_by, wanted.seen_by.as_str()),
        );
        let mut planned = life.cancelled(wanted);
        for (one, other) in planned.at.iter_mut().zip(&cancelled.at) {
            one.told.clone_from(&other.told);
            self.answered(&other.at, &other.told);
        }
        if planned != *cancelled {
            self.wrong("deletions are recorded as called off that were not scheduled, or the other way round");
        }
        self.approved(index);
    }

    pub(super) fn identify(&mut self, wanted: &Identify, did: &Did) {
        let Did::Identify(identified) = did else {
            return;
        };
        let Some(life) = self.life(&identified.key, wanted.key.as_str()) else {
            return;
        };
        let people: Vec<&str> = identified.by.iter().map(|it| it.person.as_str()).collect();
        self.same_people("that it was typed by", &people, &wanted.by);
        let due = identifying(&life.check_values);
        if due.is_none_or(|(name, _)| name != identified.check_value) {
            self.wrong("words of another check value are recorded as typed");
        }
        let apart = match identified.by.as_slice() {
            [one, other] => one.from == 1 && one.to < other.from && other.from <= other.to,
            _ => false,
        };
        if !apart {
            self.wrong("two people are to type different words; something else is recorded");
        }
    }

    pub(super) fn close(&mut self, index: usize, wanted: &Close, did: &Did) {
        let Did::Close(closed) = did else {
            return;
        };
        let Some(life) = self.life(&closed.key, wanted.key.as_str()) else {
            return;
        };
        self.same("that the place is", &closed.at, wanted.at.as_str());
        self.reasons(
            ("", ""),
            None,
            (&closed.by, wanted.by.as_str()),
            (&closed.seen_by, wanted.seen_by.as_str()),
        );
        if let Some(method) = &wanted.method {
            self.same(
                "that the way of deleting is",
                &closed.method,
                method.as_str(),
            );
        } else if closed.method.trim().is_empty() {
            self.wrong("no way of deleting is recorded");
        }
        self.answered(&closed.at, &closed.told);
        let open = life
            .at
            .get(&closed.at)
            .is_some_and(|at| at.standing.state != State::Destroyed);
        if !open {
            self.wrong(format!(
                "key {} at {} is recorded as deleted; it was not there",
                closed.key, closed.at
            ));
        }
        self.approved(index);
    }

    fn life(&mut self, key: &str, wanted: &str) -> Option<Life> {
        self.same("that the key is", key, wanted);
        let life = self.lives.lives.get(key).cloned();
        if life.is_none() {
            self.wrong(format!("nothing is recorded of the life of key {key}"));
        }
        life
    }

    fn reasons(
        &mut self,
        because: (&str, &str),
        asked: Option<(&str, &str)>,
        by: (&str, &str),
        seen: (&str, &str),
    ) {
        self.same("that the reason is", because.0, because.1);
        if let Some((found, wanted)) = asked {
            self.same("that it was asked for by", found, wanted);
        }
        self.same("that it was done by", by.0, by.1);
        self.same("that it was seen by", seen.0, seen.1);
    }

    fn answered(&mut self, at: &str, told: &str) {
        if told.trim().is_empty() {
            self.wrong(format!("nobody told what the provider of {at} answered"));
        }
    }
}
