//! Shares: handed out, brought together, and what they rebuild.

use std::collections::BTreeSet;

use crate::domain::algorithm::KeyType;
use crate::domain::record::Did;
use crate::domain::record::Handed;
use crate::domain::record::Purpose;
use crate::domain::record::ShareSet;
use crate::domain::record::Step as StepEntry;
use crate::domain::record::Subject;
use crate::domain::record::unhex;
use crate::domain::script::At;
use crate::domain::script::Deliver;
use crate::domain::script::Id;
use crate::domain::script::RestoreTest;
use crate::domain::script::Split;
use crate::record::verify::steps::Held;
use crate::record::verify::steps::Walk;

/// Bytes of a share set's id.
const SET_ID: usize = 16;
/// The epoch of a set that was not made from another.
const FIRST_EPOCH: u32 = 1;

/// A new set, and what the script wants of it.
pub(super) struct Dealt<'a, 'b> {
    pub(super) key: &'b str,
    pub(super) set: &'a ShareSet,
    pub(super) epoch: u32,
    pub(super) threshold: u8,
    pub(super) holders: &'b [At<Id>],
    pub(super) deliver: Deliver,
}

impl<'a> Walk<'a, '_> {
    pub(super) fn handed(&mut self, handed: &'a Handed, due: Option<usize>) {
        let key = handed.key.as_str();
        let step = due
            .and_then(|index| self.script.steps.get(index))
            .map(|step| &step.value);
        let deals = step.is_some_and(|step| {
            !self.script.dealt_to(step).is_empty()
                && step.key().is_some_and(|label| label.as_str() == key)
        });
        if self.in_order && !deals {
            self.wrong(format!(
                "a share of key {key} is recorded as handed out where no split of it is due"
            ));
        }
        if unhex(&handed.set).is_none_or(|id| id.len() != SET_ID) {
            self.wrong(format!("`{}` is not the id of a share set", handed.set));
        }
        let used_before = self.void.contains(handed.set.as_str())
            || self.splits.values().any(|held| held.set == handed.set)
            || self
                .sets_of
                .get(handed.set.as_str())
                .is_some_and(|keys| keys.iter().any(|other| *other != key));
        if used_before {
            self.wrong(format!("share set {} exists already", handed.set));
        }
        self.handed.push(handed);
        if self.sets_of.entry(&handed.set).or_default().insert(key) {
            self.sets.entry(key).or_default().push(&handed.set);
        }
    }

    /// Shares of a split that an interruption cut short are void: the key is split anew.
    pub(super) fn cut_short(&mut self) {
        for handed in std::mem::take(&mut self.handed) {
            if self.void.insert(&handed.set) {
                self.tally.note(format!(
                    "void: share set {} of key {}, whose handing out was interrupted (line {})",
                    handed.set, handed.key, self.here.line
                ));
            }
        }
    }

    pub(super) fn split(&mut self, wanted: &Split, entry: &'a StepEntry) {
        let Did::Split {
            key,
            subject,
            check_values,
            set,
            self_check: _,
        } = &entry.did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.needs(key);
        let holders = self.dealt(&Dealt {
            key,
            set,
            epoch: FIRST_EPOCH,
            threshold: wanted.threshold.value,
            holders: self.script.among(wanted),
            deliver: wanted.delivers(),
        });
        self.subject(*subject, entry);
        self.components(wanted, *subject, set);
        match subject {
            Subject::Key | Subject::Component => self.same_key(key, check_values),
            Subject::BackupKey => {
                self.plausible(
                    &format!("{key} (backup key)"),
                    KeyType::Aes256,
                    check_values,
                );
            }
        }
        let held = Held {
            set: &set.id,
            epoch: set.epoch,
            threshold: set.threshold,
            custodians: holders,
        };
        self.splits.insert(key, held);
        self.made_of(key, entry);
    }

    /// Holds a new set against the shares that were handed out just before. Who has them, in order.
    pub(super) fn dealt(&mut self, dealt: &Dealt<'a, '_>) -> Vec<&'a str> {
        let Dealt {
            key,
            set,
            epoch,
            threshold: wanted,
            holders: to,
            deliver,
        } = *dealt;
        self.same(
            "that the threshold is",
            &set.threshold.to_string(),
            &wanted.to_string(),
        );
        let holders: Vec<&str> = set
            .shares
            .iter()
            .map(|share| share.custodian.as_str())
            .collect();
        self.same_people("that shares went to", &holders, to);
        if set.epoch != epoch {
            self.wrong(format!(
                "the share set has the epoch {}; a new one has {epoch}",
                set.epoch
            ));
        }
        for (share, index) in set.shares.iter().zip(1_u64..) {
            if u64::from(share.index) != index {
                self.wrong(format!(
                    "the share of {} has the number {}; in the script's order it is {index}",
                    share.custodian, share.index
                ));
            }
            if share.set != set.id || share.key != *key {
                self.wrong(format!(
                    "the share of {} belongs to another split",
                    share.custodian
                ));
            }
        }
        let commitments: BTreeSet<_> = set.shares.iter().map(|share| share.commitment).collect();
        let files: Vec<_> = set.shares.iter().filter_map(|share| share.sha256).collect();
        let distinct: BTreeSet<_> = files.iter().collect();
        if commitments.len() < set.shares.len() || distinct.len() < files.len() {
            self.wrong("two custodians have the same share");
        }
        for share in &set.shares {
            self.delivered(share, deliver);
        }
        let handed = std::mem::take(&mut self.handed);
        if !handed.iter().copied().eq(set.shares.iter()) {
            self.wrong(format!(
                "its shares are not the {} that were handed out just before",
                handed.len()
            ));
        }
        holders
    }

    /// A key that is too long for shares is kept under a backup key, as one artifact.
    pub(super) fn subject(&mut self, subject: Subject, entry: &StepEntry) {
        let backups = entry
            .artifacts
            .iter()
            .filter(|made| made.purpose == Purpose::Backup)
            .count();
        let wanted = match subject {
            Subject::Key | Subject::Component => 0,
            Subject::BackupKey => 1,
        };
        if backups != wanted || entry.artifacts.len() != wanted {
            self.wrong(format!(
                "{} artifacts are recorded, {backups} of them a backup; this split makes {wanted}",
                entry.artifacts.len()
            ));
        }
    }

    pub(super) fn restore_test(&mut self, wanted: &RestoreTest, did: &'a Did) {
        let Did::RestoreTest {
            key,
            set,
            with,
            check_values,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same_people("that shares were brought by", with, &wanted.with);
        self.rebuilt(key, set, with);
        if self.made.contains_key(key) {
            self.same_key(key, check_values);
        } else {
            self.same_as_given(key, check_values);
        }
    }

    /// Whether these people's shares of this set rebuild the key.
    pub(super) fn rebuilt(&mut self, key: &str, set: &str, with: &[String]) {
        let Some(held) = self.splits.get(key) else {
            self.wrong(format!("key {key} is not in shares"));
            return;
        };
        let (wanted, threshold) = (held.set, held.threshold);
        let distinct: BTreeSet<&str> = with.iter().map(String::as_str).collect();
        let strangers: Vec<&str> = distinct
            .iter()
            .copied()
            .filter(|person| !held.custodians.contains(person))
            .collect();
        if set != wanted {
            self.wrong(format!(
                "key {key} is recorded as rebuilt from share set {set}; it is in set {wanted}"
            ));
        }
        for person in strangers {
            self.wrong(format!("{person} holds no share of key {key}"));
        }
        if distinct.len() < with.len() {
            self.wrong("somebody is named twice");
        }
        if distinct.len() < usize::from(threshold) {
            self.wrong(format!(
                "{} shares rebuilt key {key}; {threshold} are needed",
                distinct.len()
            ));
        }
    }
}
