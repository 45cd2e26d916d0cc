//! Keys of earlier ceremonies that came back, and keys that stay in the HSM.

use std::collections::BTreeMap;

use crate::crypto::check_value;
use crate::domain::record::Did;
use crate::domain::record::Open;
use crate::domain::script::At;
use crate::domain::script::Availability;
use crate::domain::script::Core;
use crate::domain::script::Id;
use crate::domain::script::Restore;
use crate::record::verify::steps::Held;
use crate::record::verify::steps::Walk;

/// The share sets of earlier ceremonies.
pub(super) fn sets(open: &Open) -> BTreeMap<&str, Held<'_>> {
    open.given
        .iter()
        .map(|given| {
            let set = &given.share_set;
            let held = Held {
                set: &set.id,
                epoch: set.epoch,
                threshold: set.threshold,
                custodians: set.shares.iter().map(|it| it.custodian.as_str()).collect(),
            };
            (given.key.as_str(), held)
        })
        .collect()
}

impl<'a> Walk<'a, '_> {
    pub(super) fn restore(&mut self, wanted: &Restore, did: &'a Did) {
        let Did::Restore {
            key,
            r#type,
            set,
            with,
            check_values,
            token,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.in_token(key, token.as_ref());
        self.same_people("that shares were brought by", with, &wanted.with);
        if let Some(described) = self.script.keys.get(wanted.key.as_str()) {
            self.same(
                "that its type is",
                r#type.name(),
                described.r#type.value.name(),
            );
        }
        self.plausible(key, *r#type, check_values);
        self.rebuilt(key, set, with);
        self.same_as_given(key, check_values);
        self.made.insert(key.clone(), check_values.clone());
        self.in_process.insert(key);
        self.destroyed.remove(key.as_str());
    }

    /// Holds what shares rebuilt against what the earlier ceremony recorded.
    pub(super) fn same_as_given(&mut self, key: &str, found: &BTreeMap<String, String>) {
        let given = self.open.given.iter().find(|given| given.key == key);
        if given.is_none_or(|given| check_value::difference(found, &given.check_values).is_some()) {
            self.wrong(format!(
                "key {key} came back with check values that are not those it was given with"
            ));
        }
    }

    pub(super) fn lock(&mut self, wanted: &str, did: &Did) {
        let Did::Lock { key, refused } = did else {
            return;
        };
        self.same("that the key is", key, wanted);
        self.needs(key);
        if self.script.token.core.value == Core::Software {
            self.wrong(format!(
                "key {key} is recorded as locked, and it was in no HSM"
            ));
        }
        if refused.iter().all(|how| how.trim().is_empty()) {
            self.wrong(format!(
                "key {key} is recorded as locked, and nothing that was refused proves it"
            ));
        }
    }

    pub(super) fn availability(&mut self, wanted: &Availability, did: &Did) {
        let Did::Availability {
            key,
            by,
            tried,
            happened,
            back,
            seen_by,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same("that it was done by", by, wanted.by.as_str());
        let seen: Vec<&String> = seen_by.iter().collect();
        let watches: Vec<&At<Id>> = wanted.seen_by.iter().collect();
        self.same_people("that it was seen by", &seen, &watches);
        self.needs(key);
        if tried.trim().is_empty() || happened.trim().is_empty() {
            self.wrong("what was tried and what happened is not recorded");
        }
        if !back && !self.excepted {
            self.wrong(format!(
                "the provider could not use key {key} again, and no exception is recorded"
            ));
        }
    }
}
