//! Older versions that a step stops, notices of keys that are compromised, and counts of uses.

use std::collections::BTreeSet;

use crate::domain::finding::Finding;
use crate::domain::finding::LIFECYCLE;
use crate::domain::finding::ONE_PROVIDER_KEY;
use crate::domain::finding::REVOCATION;
use crate::domain::finding::ROTATION;
use crate::domain::finding::SHAPE;
use crate::domain::finding::SIGNERS;
use crate::domain::finding::STILL_NEEDED;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::lifecycle::State;
use crate::domain::progress::number;
use crate::domain::retire::stops;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Counted;
use crate::domain::script::Id;
use crate::domain::script::Life;
use crate::domain::script::Move;
use crate::domain::script::Statement;
use crate::domain::script::Step;
use crate::domain::text::nearest;

impl<'a> Room<'a> {
    /// Older versions that something still needs, or whose provider key holds the newer one, too.
    pub(super) fn gates(&mut self) {
        let script = self.script;
        for stop in stops(script) {
            let at = number(stop.index);
            for name in &stop.shared {
                let message = format!(
                    "the provider key {name} of {} holds {}, too: what stops the one stops the other",
                    stop.key, stop.newer
                );
                self.add(Finding::new(&ONE_PROVIDER_KEY, stop.place, message).step(at).hint(
                    "leave it: a provider that rotates within one key keeps its older material for decryption",
                ));
            }
            if stop.needed.is_empty() {
                continue;
            }
            let message = format!(
                "{} is stopped, and {} took its place: {}",
                stop.key,
                stop.newer,
                stop.needed.join("; ")
            );
            self.add(Finding::new(&STILL_NEEDED, stop.place, message).step(at).hint(
                "let every dependent be signed off (`re-encrypted` in a ceremony of kind `rotate`), or deactivate it: then it decrypts only",
            ));
            let mut waivers = script.waivers.iter();
            let waiver = waivers.find(|waiver| waiver.rule.as_str() == STILL_NEEDED.id);
            if let Some(waiver) = waiver
                && self.production()
                && script.policy.exceptions_signed_by.is_empty()
            {
                let message = format!(
                    "{} is stopped under an exception that nobody signs",
                    stop.key
                );
                self.add(
                    Finding::new(&SIGNERS, waiver.rule.place, message)
                        .step(at)
                        .hint("write `policy: {exceptions-signed-by: [approver]}`"),
                );
            }
        }
    }

    /// What is said of the version that took the place of a key.
    pub(super) fn replaced(&mut self, label: &Id, life: &At<Life>) {
        let Some(newer) = &life.replaced else {
            return;
        };
        if newer.by.value == *label {
            let message = format!("{label} takes its own place");
            self.add(
                Finding::new(&ROTATION, newer.by.place, message).hint("name the newer version"),
            );
        }
        let held = newer.reconciled.iter().map(|held| &held.value.at);
        for name in newer.also_in.iter().chain(held) {
            if !life.at.contains_key(name.as_str()) {
                let message = format!("nothing is known of key {label} at {}", name.value);
                let near = nearest(name.as_str(), life.at.keys().map(Id::as_str));
                let hint = near.map_or_else(
                    || "name a place of `at`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.add(Finding::new(&UNKNOWN_NAME, name.place, message).hint(hint));
            }
        }
        for held in &newer.reconciled {
            self.logs(&held.value.logs);
        }
        let mut names = BTreeSet::new();
        for one in &newer.dependents {
            if !names.insert(one.name.as_str()) {
                let message = format!("{} is named twice", one.name.value);
                self.add(
                    Finding::new(&ROTATION, one.name.place, message)
                        .hint("name every dependent once"),
                );
            }
            let logs = one.signed_off.as_ref().and_then(|it| it.logs.as_ref());
            if let Some(logs) = logs {
                self.logs(logs);
            }
        }
    }

    /// Whether a move says rightly since when a key may be known, and who is told.
    pub(super) fn noticed(&mut self, step: &'a Move) {
        let key = step.key.value.as_str();
        if step.to.value != State::Compromised {
            let since = step.since.as_ref().map(|day| day.place);
            let told = since.or_else(|| step.notify.first().map(|who| who.place));
            if let Some(place) = told {
                let message = format!(
                    "only of a key that is compromised somebody is told; key {key} becomes {}",
                    step.to.value
                );
                self.add(
                    Finding::new(&LIFECYCLE, place, message).hint("leave `since` and `notify` out"),
                );
            }
            return;
        }
        if step.notify.is_empty() {
            let message = format!("key {key} is compromised, and nobody who relies on it is told");
            self.add(Finding::new(&REVOCATION, step.to.place, message).hint(
                "name them: `notify: [WHO, …]`; the notice for them is written in the ceremony",
            ));
        }
    }

    /// Whether counts are of keys that the script knows.
    pub(super) fn counts(&mut self, statement: &'a Statement) {
        let mut seen = BTreeSet::new();
        for count in &statement.counts {
            self.count(count);
            if !seen.insert(count.key.as_str()) {
                let message = format!("the uses of {} stand twice", count.key.value);
                self.add(
                    Finding::new(&SHAPE, count.key.place, message).hint("count every key once"),
                );
            }
        }
    }

    fn count(&mut self, count: &'a At<Counted>) {
        let script = self.script;
        let label = count.key.as_str();
        let earlier = [
            script.versions.contains_key(label),
            script.given.contains_key(label),
            script.lifecycle.contains_key(label),
        ];
        if !earlier.contains(&true) {
            let message = format!("{label} is no key of an earlier ceremony here");
            self.add(Finding::new(&UNKNOWN_NAME, count.key.place, message).hint(format!(
                "add `versions: {{{label}: {{record: SHA-256}}}}`, or describe it under `given` or `lifecycle`"
            )));
        }
        if count.uses.is_none() && count.bytes.is_none() {
            let message = format!("nothing of {label} is counted");
            self.add(
                Finding::new(&SHAPE, count.place, message).hint("write `uses`, `bytes` or both"),
            );
        }
        if count.until.value.0 > self.today && self.today != jiff::civil::Date::MIN {
            let message = format!("uses of {label} are told until {}", count.until.value.0);
            self.add(
                Finding::new(&SHAPE, count.until.place, message)
                    .hint("write the last day that was counted"),
            );
        }
    }

    /// Whether a statement tells how much a key was used.
    pub(super) fn counted(&self) -> bool {
        self.script
            .steps
            .iter()
            .any(|step| matches!(&step.value, Step::Statement(it) if !it.counts.is_empty()))
    }
}
