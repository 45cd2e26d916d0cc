//! Things that custodians keep: each step goes on from where the one before left a thing.

use std::collections::BTreeMap;

use crate::domain::ledger::Kept;
use crate::domain::ledger::Ledger;
use crate::domain::receipt::receipt;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::GivenSet;
use crate::domain::record::Open;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::script::GiveReceipt;
use crate::domain::script::HandOver;
use crate::domain::script::Inspect;
use crate::domain::script::PutAway;
use crate::domain::script::TakeOut;
use crate::record::verify::steps::Walk;

/// What is known of things and shares before an entry.
pub(super) struct Shelf {
    ledger: Ledger,
    sets: BTreeMap<String, GivenSet>,
}

impl Shelf {
    pub(super) fn new(open: &Open) -> Self {
        let sets = open.given.iter();
        Self {
            ledger: Ledger::new(&open.items),
            sets: sets
                .map(|given| (given.key.clone(), given.share_set.clone()))
                .collect(),
        }
    }

    /// Takes what a step did into account, after it was looked at.
    pub(super) fn apply(&mut self, did: &Did) {
        self.ledger.apply(did);
        if let Did::Split {
            key,
            subject,
            check_values,
            set,
            self_check: _,
        } = did
        {
            let set = GivenSet::new(set, *subject, check_values);
            self.sets.insert(key.clone(), set);
        }
    }
}

impl Walk<'_, '_> {
    pub(super) fn take_out(&mut self, wanted: &TakeOut, did: &Did) {
        let Did::TakeOut {
            item,
            by,
            bag,
            r#where,
            purpose,
            seen_by,
        } = did
        else {
            return;
        };
        self.same("that it was done by", by, wanted.by.as_str());
        self.same("that it was for", purpose, wanted.purpose.as_str());
        self.same("that it was seen by", seen_by, wanted.seen_by.as_str());
        let Some(kept) = self.kept(item, wanted.item.as_str(), by) else {
            return;
        };
        self.same_bag(&kept, bag.as_ref());
        match &kept.place {
            Some(place) if place == r#where => {}
            Some(place) => self.wrong(format!(
                "{item} is recorded as taken out of {where}; it was in {place}"
            )),
            None => self.wrong(format!("{item} is recorded as taken out, and it was out")),
        }
    }

    pub(super) fn inspect(&mut self, wanted: &Inspect, did: &Did) {
        let Did::Inspect {
            item,
            by,
            bag,
            found,
            whole,
            seen_by,
        } = did
        else {
            return;
        };
        self.same("that it was done by", by, wanted.by.as_str());
        self.same("that it was seen by", seen_by, wanted.seen_by.as_str());
        let Some(kept) = self.in_hand(item, wanted.item.as_str(), by) else {
            return;
        };
        self.same_bag(&kept, Some(bag));
        if found.trim().is_empty() {
            self.wrong("the number that was read on the bag is not recorded");
        }
        if *whole && found == bag {
            return;
        }
        let what = if *whole {
            format!("was in bag {found}, where bag {bag} was recorded")
        } else {
            format!("was in bag {found}, which was not whole")
        };
        self.tally
            .note(format!("{} {what} (line {})", kept.words(), self.here.line));
        if !self.excepted {
            self.wrong(format!(
                "the bag of {item} was not as it was sealed, and no exception is recorded"
            ));
        }
    }

    pub(super) fn hand_over(&mut self, wanted: &HandOver, did: &Did) {
        let Did::HandOver {
            item,
            from,
            to,
            bag,
            purpose,
            deputy_until,
            seen_by,
        } = did
        else {
            return;
        };
        self.same("that it was given by", from, wanted.from.as_str());
        self.same("that it was given to", to, wanted.to.as_str());
        self.same("that it was for", purpose, wanted.purpose.as_str());
        self.same("that it was seen by", seen_by, wanted.seen_by.as_str());
        let until = wanted.deputy_until.as_ref();
        let until = until.map_or_else(String::new, |day| day.value.0.to_string());
        let found = deputy_until.clone().unwrap_or_default();
        self.same("that a deputy keeps it until", &found, &until);
        if let Some(kept) = self.in_hand(item, wanted.item.as_str(), from) {
            self.same_bag(&kept, bag.as_ref());
        }
    }

    pub(super) fn put_away(&mut self, wanted: &PutAway, did: &Did) {
        let Did::PutAway {
            item,
            by,
            bag,
            r#where,
            seen_by,
        } = did
        else {
            return;
        };
        self.same("that it was done by", by, wanted.by.as_str());
        self.same("that it is in", r#where, wanted.r#where.as_str());
        self.same("that it was seen by", seen_by, wanted.seen_by.as_str());
        if bag.trim().is_empty() {
            self.wrong("the number of the bag is not recorded");
        }
        self.in_hand(item, wanted.item.as_str(), by);
        if let Some(other) = self.shelf.ledger.in_bag(bag, item) {
            let what = format!(
                "{item} was put into bag {bag}, in which {} is",
                other.words()
            );
            self.wrong(what);
        }
    }

    /// Receipts say what the record says: each is made again, and must be the same.
    pub(super) fn receipt(&mut self, wanted: &GiveReceipt, entry: &StepEntry) {
        let Did::Receipt { key, set, to } = &entry.did else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same_people("that it was for", to, &wanted.to);
        let Some(held) = self.shelf.sets.get(key).cloned() else {
            self.wrong(format!("key {key} is not in shares"));
            return;
        };
        self.same("that the share set is", set, &held.id);
        if to.len() != entry.artifacts.len() {
            self.wrong(format!(
                "{} receipts are recorded for {} people",
                entry.artifacts.len(),
                to.len()
            ));
        }
        for (person, made) in to.iter().zip(&entry.artifacts) {
            let text = receipt(
                self.script,
                self.open.mode,
                &self.shelf.ledger,
                key,
                &held,
                person,
            );
            let right = text.is_some_and(|text| Digest::of(text.as_bytes()) == made.sha256);
            if !right || made.purpose != Purpose::Receipt {
                self.wrong(format!(
                    "{} does not say what the record says of the share that {person} holds",
                    made.path
                ));
            }
        }
    }

    /// A thing that `by` has.
    fn kept(&mut self, item: &str, wanted: &str, by: &str) -> Option<Kept> {
        self.same("that the thing is", item, wanted);
        let kept = self.shelf.ledger.get(item).cloned();
        match &kept {
            None => self.wrong(format!("the first entry names no thing {item}")),
            Some(kept) if kept.holder != by => {
                self.wrong(format!("{by} did not have {item}: {} had it", kept.holder));
            }
            Some(_) => {}
        }
        kept
    }

    /// The same, and it is out.
    fn in_hand(&mut self, item: &str, wanted: &str, by: &str) -> Option<Kept> {
        let kept = self.kept(item, wanted, by)?;
        if let Some(place) = &kept.place {
            self.wrong(format!("{item} was still in {place}"));
        }
        Some(kept)
    }

    fn same_bag(&mut self, kept: &Kept, found: Option<&String>) {
        if kept.bag.as_ref() != found {
            self.wrong(format!(
                "{} is recorded in {}; it was in {}",
                kept.item.name,
                found.map_or_else(|| "no bag".to_owned(), |bag| format!("bag {bag}")),
                kept.bag_words()
            ));
        }
    }
}
