//! Whether a script that makes the next version of a key names the older one rightly.

use std::collections::BTreeSet;

use crate::domain::finding::Finding;
use crate::domain::finding::KIND;
use crate::domain::finding::ROTATION;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Kind;
use crate::domain::script::Place;
use crate::domain::script::ReEncrypted;
use crate::domain::text::nearest;

impl<'a> Room<'a> {
    /// Which version takes the place of which.
    pub(super) fn versions(&mut self) {
        let script = self.script;
        let mut replaced = BTreeSet::new();
        for (label, key) in &script.keys {
            let Some(older) = &key.supersedes else {
                continue;
            };
            self.rotates(older.place);
            if !script.versions.contains_key(older.as_str()) {
                let names = script.versions.keys().map(Id::as_str);
                let near = nearest(older.as_str(), names);
                let hint = near.map_or_else(
                    || format!("add `versions: {{{}: {{record: SHA-256}}}}`", older.value),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("no version {} is described", older.value);
                self.add(Finding::new(&UNKNOWN_NAME, older.place, message).hint(hint));
            }
            if !replaced.insert(older.as_str()) {
                let message = format!(
                    "{} and another key take the place of {}",
                    label, older.value
                );
                self.add(
                    Finding::new(&ROTATION, older.place, message)
                        .hint("let one version take the place of one"),
                );
            }
            if script.given.contains_key(label.as_str()) {
                let message = format!("{label} is a key of an earlier ceremony, not a new version");
                self.add(
                    Finding::new(&ROTATION, older.place, message)
                        .hint("make a new key, with a label of its own"),
                );
            }
        }
        for batch in script.batches.values() {
            if let Some(record) = &batch.supersedes {
                self.rotates(record.place);
            }
        }
        for (label, version) in &script.versions {
            if script.keys.contains_key(label.as_str()) {
                let message = format!("{label} is the older version and a key of this ceremony");
                self.add(
                    Finding::new(&ROTATION, version.place, message)
                        .hint("give the new version a label of its own"),
                );
            }
            let mut names = BTreeSet::new();
            for dependent in &version.dependents {
                if !names.insert(dependent.name.as_str()) {
                    let message = format!("{} is named twice", dependent.name.value);
                    self.add(
                        Finding::new(&ROTATION, dependent.place, message)
                            .hint("name every dependent once"),
                    );
                }
            }
        }
    }

    /// Only a rotation puts one version in the place of another.
    fn rotates(&mut self, place: Place) {
        if self.script.kind.value != Kind::Rotate {
            let message = "a version takes the place of another one in a ceremony of its own kind";
            self.add(Finding::new(&KIND, place, message).hint("write `kind: rotate`"));
        }
    }

    /// Whether a rotation makes or signs off anything.
    pub(super) fn rotated(&self) -> bool {
        let script = self.script;
        let made = |older: bool, label: &str| older && self.keys.contains_key(label);
        let keys = script.keys.iter();
        let mut keys = keys.map(|(label, key)| (key.supersedes.is_some(), label.as_str()));
        let mut batches = script.batches.iter();
        keys.any(|(older, label)| made(older, label))
            || batches.any(|(name, batch)| {
                batch.supersedes.is_some() && self.batches.contains(name.as_str())
            })
            || !self.signed_off.is_empty()
            || self.counted()
    }

    pub(super) fn re_encrypted(&mut self, step: &'a ReEncrypted) {
        self.acts(&step.by);
        let script = self.script;
        let Some(version) = script.versions.get(step.key.as_str()) else {
            let message = format!("no version {} is described", step.key.value);
            let hint = format!(
                "add `versions: {{{}: {{record: SHA-256}}}}`",
                step.key.value
            );
            self.add(Finding::new(&UNKNOWN_NAME, step.key.place, message).hint(hint));
            return;
        };
        let names = || version.dependents.iter().map(|known| known.name.as_str());
        if !names().any(|name| name == step.dependent.as_str()) {
            let message = format!(
                "{} does not depend on {}",
                step.dependent.value, step.key.value
            );
            let hint = nearest(step.dependent.as_str(), names()).map_or_else(
                || "describe it under `dependents` of the version".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.add(Finding::new(&UNKNOWN_NAME, step.dependent.place, message).hint(hint));
        }
        if !self
            .signed_off
            .insert((step.key.as_str(), step.dependent.as_str()))
        {
            let message = format!("{} is signed off twice", step.dependent.value);
            self.add(
                Finding::new(&ROTATION, step.dependent.place, message)
                    .hint("sign every dependent off once"),
            );
        }
        if let Some(logs) = &step.logs {
            self.logs(logs);
        }
    }

    pub(super) fn logs(&mut self, logs: &At<crate::domain::script::Logs>) {
        let (from, to) = (logs.from.value.0, logs.to.value.0);
        let last = logs.last_decrypt.as_ref().map(|day| day.value.0);
        if from > to || last.is_some_and(|last| last < from || last > to) {
            self.add(
                Finding::new(&ROTATION, logs.place, "these days of logs do not follow each other")
                    .hint("write the first and the last day of the logs, and the last decryption between them"),
            );
        }
    }
}
