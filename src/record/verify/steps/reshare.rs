//! Shares that were dealt anew, and what became of the old ones.

use crate::domain::algorithm::KeyType;
use crate::domain::record::Did;
use crate::domain::record::Fate;
use crate::domain::record::OlderSet;
use crate::domain::record::Open;
use crate::domain::record::Retired;
use crate::domain::record::Step as StepEntry;
use crate::domain::record::Subject;
use crate::domain::script::Reshare;
use crate::domain::script::Retire;
use crate::record::verify::steps::Held;
use crate::record::verify::steps::Walk;
use crate::record::verify::steps::custody::Dealt;

/// A set that was replaced: whose it is, and the set.
pub(super) type Older = (String, OlderSet);

/// Sets that were replaced in earlier ceremonies, and may still rebuild a key.
pub(super) fn older(open: &Open) -> Vec<Older> {
    let of_key = |given: &crate::domain::record::Given| -> Vec<Older> {
        let key = &given.key;
        let sets = given.live_sets(&open.kind).into_iter();
        sets.map(|set| (key.clone(), set)).collect()
    };
    open.given.iter().flat_map(of_key).collect()
}

impl<'a> Walk<'a, '_> {
    pub(super) fn reshare(&mut self, wanted: &Reshare, entry: &'a StepEntry) {
        let Did::Reshare {
            key,
            with,
            replaces,
            subject,
            check_values,
            set,
            rebuilt,
            self_check: _,
        } = &entry.did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same_people("that old shares were brought by", with, &wanted.with);
        self.rebuilt(key, replaces, with);
        self.same_as_given(key, rebuilt);
        let old = self.splits.get(key.as_str());
        let epoch = old.map_or(1, |held| held.epoch).saturating_add(1);
        let given = self.open.given.iter().find(|given| given.key == *key);
        let replaced = given
            .map(|given| OlderSet::from(&given.share_set))
            .filter(|set| set.id == *replaces);
        let script = self.script;
        let holders = self.dealt(&Dealt {
            key,
            set,
            epoch,
            threshold: wanted.threshold.value,
            holders: script.receivers(&wanted.among),
            deliver: wanted.delivers(),
        });
        self.subject(*subject, entry);
        match subject {
            Subject::Key | Subject::Component => self.same_as_given(key, check_values),
            Subject::BackupKey => {
                let name = format!("{key} (backup key)");
                self.plausible(&name, KeyType::Aes256, check_values);
            }
        }
        let held = Held {
            set: &set.id,
            epoch: set.epoch,
            threshold: set.threshold,
            custodians: holders,
        };
        self.splits.insert(key, held);
        self.older.extend(replaced.map(|set| (key.clone(), set)));
        self.resharing.insert(key);
        self.made_of(key, entry);
        self.tally.note(format!(
            "key {key} was dealt anew as share set {}, epoch {} (line {}); it replaces share set {replaces}",
            set.id, set.epoch, self.here.line
        ));
    }

    pub(super) fn retire(&mut self, wanted: &Retire, did: &'a Did) {
        let Did::Retire(retired) = did else {
            return;
        };
        self.same("that the key is", &retired.key, wanted.key.as_str());
        self.same(
            "that it was seen by",
            &retired.seen_by,
            wanted.seen_by.as_str(),
        );
        let of_key = |(key, set): &&Older| {
            let epoch = wanted.epoch.as_ref().map(|epoch| epoch.value);
            *key == retired.key && epoch.is_none_or(|epoch| set.epoch == epoch)
        };
        let Some((_, set)) = self.older.iter().rfind(of_key).cloned() else {
            self.wrong(format!(
                "no shares of key {} were replaced before",
                retired.key
            ));
            return;
        };
        self.of_the_old_set(retired, &set);
        self.told(retired);
        let copies: Vec<(&str, &str)> = retired
            .copies
            .iter()
            .map(|copy| (copy.at.as_str(), copy.by.as_str()))
            .collect();
        let listed: Vec<(&str, &str)> = wanted
            .copies
            .iter()
            .map(|copy| (copy.at.as_str(), copy.by.as_str()))
            .collect();
        if copies != listed {
            self.wrong("the copies of the old backup are not those that the script lists");
        }
        if retired.all_copies.is_some() != (set.subject == Subject::BackupKey) {
            self.wrong(
                "whether all copies of the old backup are known is recorded where there is none, or not where there is one",
            );
        }
        if retired.surviving != Retired::count(&retired.shares)
            || retired.live != retired.still_rebuilds()
        {
            self.wrong(format!(
                "{} old shares are recorded as surviving, and the epoch as {}; by what became of each it is otherwise",
                retired.surviving,
                if retired.live { "live" } else { "dead" }
            ));
        }
        self.tally
            .note(format!("{} (line {})", retired.words(), self.here.line));
        self.resharing.remove(retired.key.as_str());
        if !retired.live {
            self.older.retain(|(_, older)| older.id != set.id);
        }
    }

    fn of_the_old_set(&mut self, retired: &Retired, set: &OlderSet) {
        let found = (&retired.set, retired.epoch, retired.threshold);
        if found != (&set.id, set.epoch, set.threshold) {
            self.wrong(format!(
                "share set {}, epoch {}, is recorded as replaced; it is set {}, epoch {}",
                retired.set, retired.epoch, set.id, set.epoch
            ));
        }
        let people: Vec<&str> = retired
            .shares
            .iter()
            .map(|share| share.custodian.as_str())
            .collect();
        let in_order = (1_usize..)
            .zip(&retired.shares)
            .all(|(index, share)| usize::from(share.index) == index);
        if people != set.custodians || !in_order {
            self.wrong(format!(
                "old shares of [{}] are told of; they were [{}]'s",
                people.join(", "),
                set.custodians.join(", ")
            ));
        }
    }

    /// Whatever was not destroyed in view rests on somebody's word.
    fn told(&mut self, retired: &Retired) {
        for share in &retired.shares {
            let told = share
                .told
                .as_deref()
                .is_some_and(|told| !told.trim().is_empty());
            let destroyed = share.fate == Fate::Destroyed;
            if destroyed == told {
                self.wrong(format!(
                    "what became of old share {} of {} is not told, or told of a share that is destroyed",
                    share.index, share.custodian
                ));
            }
        }
    }

    /// A key that was dealt anew, and whose old shares nobody asked about.
    pub(super) fn old_epochs(&mut self) {
        for key in std::mem::take(&mut self.resharing) {
            self.tally.note(format!(
                "nobody was asked about the old shares of key {key}: they still rebuild it"
            ));
        }
    }
}
