//! Things that custodians keep: who has each, and where it is.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::finding::Finding;
use crate::domain::finding::LEDGER;
use crate::domain::finding::LEFT_OUT;
use crate::domain::finding::ONE_SHARE;
use crate::domain::finding::ORDER;
use crate::domain::finding::SAME_SITE;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::SHAPE;
use crate::domain::finding::SHARES;
use crate::domain::room::Room;
use crate::domain::room::Shares;
use crate::domain::script::At;
use crate::domain::script::GiveReceipt;
use crate::domain::script::HandOver;
use crate::domain::script::Id;
use crate::domain::script::Inspect;
use crate::domain::script::Item;
use crate::domain::script::Kind;
use crate::domain::script::Line;
use crate::domain::script::Place;
use crate::domain::script::PutAway;
use crate::domain::script::Step;
use crate::domain::script::TakeOut;
use crate::domain::text::list;
use crate::domain::text::nearest;

/// Where everything is.
#[derive(Default)]
pub(super) struct Shelf<'a> {
    items: BTreeMap<&'a str, Lies<'a>>,
}

/// How a thing is kept.
struct Lies<'a> {
    item: &'a Item,
    holder: &'a str,
    /// Whether it is in nobody's hand.
    away: bool,
    bagged: bool,
    inspected: bool,
    place: Option<&'a str>,
}

impl<'a> Room<'a> {
    /// Whether a key is only spoken of: a ceremony that moves shares brings none of them together.
    pub(super) fn only_in_shares(&self, label: &Id) -> bool {
        matches!(self.script.kind.value, Kind::Custody | Kind::People)
            && self.script.given.contains_key(label.as_str())
    }

    pub(super) fn items(&mut self) {
        let script = self.script;
        let mut serials: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        let mut shares: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        let mut bags: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, item) in &script.items {
            let name = name.as_str();
            self.known_person(&item.held_by);
            let serial = (item.what.value.name(), item.serial.value.as_str());
            if let Some(other) = serials.insert(serial, name) {
                let message = format!("{other} and {name} are both {} {}", serial.0, serial.1);
                self.add(
                    Finding::new(&SHAPE, item.serial.place, message)
                        .hint("things are told apart by their numbers: give each its own"),
                );
            }
            if let Some(share) = &item.share
                && self.known_key(&share.key)
            {
                let on = (share.key.value.as_str(), share.of.value.as_str());
                if let Some(other) = shares.insert(on, name) {
                    let message = format!(
                        "{other} and {name} both carry the share of {} of key {}",
                        on.1, on.0
                    );
                    self.add(
                        Finding::new(&ONE_SHARE, share.of.place, message)
                            .hint("a share is in one thing: a second copy is a second risk"),
                    );
                }
                let given = script.given.get(on.0);
                let among = given.map(|given| Shares::given(&given.value).holders);
                if among.is_some_and(|holders| !holders.contains(&on.1)) {
                    self.no_share_of(&share.of, on.0);
                }
            }
            let bag = item.bag.as_ref().map(Line::as_str);
            if let Some(other) = bag.and_then(|bag| bags.insert(bag, name)) {
                let message = format!("{other} and {name} are in one bag");
                self.ledger(
                    item.held_by.place,
                    message,
                    "a number names one bag and one thing: seal each in its own",
                );
            }
            let lies = Lies {
                item,
                holder: item.held_by.value.as_str(),
                away: item.r#where.is_some(),
                bagged: item.bag.is_some(),
                inspected: false,
                place: item.r#where.as_ref().map(Line::as_str),
            };
            self.shelf.items.insert(name, lies);
        }
    }

    fn no_share_of(&mut self, of: &At<Id>, key: &str) {
        self.add(
            Finding::new(
                &SHARES,
                of.place,
                format!("no share of key {key} was made for {}", of.value),
            )
            .hint("name the custodian whom the share was made for, whoever has it now"),
        );
    }

    pub(super) fn take_out(&mut self, step: &'a TakeOut) {
        self.acts(&step.by);
        self.watches(&step.seen_by, &[&step.by]);
        self.watches_own_share(&step.seen_by, &step.item);
        if !self.has(&step.item, &step.by) {
            return;
        }
        if let Some(lies) = self.shelf.items.get_mut(step.item.as_str()) {
            let was_away = std::mem::take(&mut lies.away);
            lies.inspected = false;
            lies.place = None;
            if !was_away {
                let message = format!("{} is out already", step.item.value);
                self.ledger(
                    step.item.place,
                    message,
                    "remove the step, or say where the thing is kept under `items`",
                );
            }
        }
    }

    pub(super) fn inspect(&mut self, step: &'a Inspect) {
        self.acts(&step.by);
        self.watches(&step.seen_by, &[&step.by]);
        self.watches_own_share(&step.seen_by, &step.item);
        if !self.has_in_hand(&step.item, &step.by) {
            return;
        }
        if let Some(lies) = self.shelf.items.get_mut(step.item.as_str()) {
            lies.inspected = true;
            if !lies.bagged {
                let message = format!("{} is in no bag that could be looked at", step.item.value);
                self.ledger(
                    step.item.place,
                    message,
                    "name the bag under `items`, or remove the step",
                );
            }
        }
    }

    pub(super) fn hand_over(&mut self, step: &'a HandOver) {
        self.acts(&step.from);
        self.acts(&step.to);
        self.watches(&step.seen_by, &[&step.from, &step.to]);
        self.watches_own_share(&step.seen_by, &step.item);
        let item = self.script.items.get(step.item.as_str());
        if item.is_some_and(|item| item.share.is_some()) {
            self.in_countries(std::slice::from_ref(&step.to));
        }
        if !self.has_in_hand(&step.item, &step.from) {
            return;
        }
        if step.from.value == step.to.value {
            let message = format!(
                "{} hands {} to nobody else",
                step.from.value, step.item.value
            );
            self.ledger(step.to.place, message, "name who keeps it from now on");
            return;
        }
        let to = step.to.value.as_str();
        if let Some(lies) = self.shelf.items.get_mut(step.item.as_str()) {
            lies.holder = to;
            // Whoever gets it looks at the bag himself.
            lies.inspected = false;
        }
    }

    pub(super) fn put_away(&mut self, step: &'a PutAway) {
        self.acts(&step.by);
        self.watches(&step.seen_by, &[&step.by]);
        self.watches_own_share(&step.seen_by, &step.item);
        if !self.has_in_hand(&step.item, &step.by) {
            return;
        }
        if let Some(lies) = self.shelf.items.get_mut(step.item.as_str()) {
            let unseen = lies.bagged && !lies.inspected;
            lies.away = true;
            lies.bagged = true;
            lies.inspected = false;
            lies.place = Some(step.r#where.as_str());
            let share = lies.item.share.as_ref();
            if let Some(key) = share.map(|share| share.key.value.as_str()) {
                self.in_one_place(key, step.r#where.as_str(), step.item.place);
            }
            self.safes(step.r#where.as_str(), &step.item);
            if unseen {
                let message = format!(
                    "{} is sealed in a bag again, and nobody looked at the one that it was in",
                    step.item.value
                );
                let hint = format!(
                    "add `inspect: {{item: {}, by: {}, seen-by: {}}}` before it",
                    step.item.value, step.by.value, step.seen_by.value
                );
                self.ledger(step.item.place, message, &hint);
            }
        }
    }

    pub(super) fn receipt(&mut self, step: &'a GiveReceipt, place: Place) {
        self.all_act(&step.to, place);
        if !self.known_key(&step.key) {
            return;
        }
        let key = step.key.value.as_str();
        let Some(shares) = self.shares_now(key) else {
            self.add(
                Finding::new(
                    &ORDER,
                    step.key.place,
                    format!("key {key} has not been split"),
                )
                .hint("put the `split` step before it"),
            );
            return;
        };
        let mut seen = BTreeSet::new();
        for id in &step.to {
            let to = id.value.as_str();
            if !seen.insert(to) {
                self.add(
                    Finding::new(&SHAPE, id.place, format!("{to} stands twice in the list"))
                        .hint("name everybody once"),
                );
            }
            let holds = shares.holders.iter().any(|of| self.holder(key, of) == to);
            if !holds && self.script.people.contains_key(to) {
                let holders: Vec<&str> = shares
                    .holders
                    .iter()
                    .map(|of| self.holder(key, of))
                    .collect();
                self.add(
                    Finding::new(
                        &SHARES,
                        id.place,
                        format!("{to} holds no share of key {key}"),
                    )
                    .hint(format!("shares of it are with {}", list(&holders))),
                );
            }
        }
    }

    /// Everything that is out is in somebody's pocket.
    pub(super) fn items_at_the_end(&mut self, place: Place) {
        let out: Vec<(&str, &str)> = self
            .shelf
            .items
            .iter()
            .filter(|(_, lies)| !lies.away)
            .map(|(name, lies)| (*name, lies.holder))
            .collect();
        for (name, holder) in out {
            self.add(
                Finding::new(
                    &LEFT_OUT,
                    place,
                    format!("{name} is in the hands of {holder} when the record is sealed"),
                )
                .hint(format!(
                    "add `put-away: {{item: {name}, by: {holder}, where: PLACE, seen-by: PERSON}}`"
                )),
            );
        }
    }

    fn ledger(&mut self, place: Place, message: String, hint: &str) {
        self.add(Finding::new(&LEDGER, place, message).hint(hint));
    }

    /// Somebody watches who does not do it himself.
    fn watches(&mut self, witness: &'a At<Id>, doers: &[&At<Id>]) {
        self.acts(witness);
        if doers.iter().any(|doer| doer.value == witness.value) {
            self.add(
                Finding::new(
                    &SEPARATION,
                    witness.place,
                    format!("{} does it and is the one who watches", witness.value),
                )
                .hint("let somebody else watch"),
            );
        }
    }

    /// Whether the thing is known and `by` is the one who has it.
    fn has(&mut self, item: &At<Id>, by: &At<Id>) -> bool {
        let script = self.script;
        let Some(lies) = self.shelf.items.get(item.as_str()) else {
            let near = nearest(item.as_str(), script.items.keys().map(Id::as_str));
            self.unknown("thing", "items", item.as_str(), item.place, near);
            return false;
        };
        let holder = lies.holder;
        let of_later = lies.item.share.as_ref().filter(|share| {
            self.shares_now(share.key.as_str())
                .is_none_or(|shares| !shares.holders.contains(&share.of.as_str()))
        });
        if let Some(share) = of_later
            && script.keys.contains_key(share.key.as_str())
            && !script.given.contains_key(share.key.as_str())
        {
            let message = format!(
                "{} carries a share of key {}, and none was made for {} yet",
                item.value, share.key.value, share.of.value
            );
            self.add(
                Finding::new(&ORDER, item.place, message).hint("put the `split` step before it"),
            );
        }
        if holder != by.value.as_str() && script.people.contains_key(by.as_str()) {
            let message = format!("{} does not have {}: {holder} has it", by.value, item.value);
            self.ledger(
                by.place,
                message,
                "a thing goes from hand to hand: add the `hand-over` that is missing",
            );
            return false;
        }
        true
    }

    /// The same, and it is not where it is kept.
    fn has_in_hand(&mut self, item: &At<Id>, by: &At<Id>) -> bool {
        if !self.has(item, by) {
            return false;
        }
        let lies = self.shelf.items.get_mut(item.as_str());
        let away = lies.is_some_and(|lies| std::mem::take(&mut lies.away));
        if away {
            let message = format!("{} is still where it is kept", item.value);
            let hint = format!(
                "add `take-out: {{item: {}, by: {}, purpose: …, seen-by: PERSON}}` before it",
                item.value, by.value
            );
            self.ledger(item.place, message, &hint);
        }
        true
    }

    /// Shares of a key, as they are now.
    fn shares_now(&self, key: &str) -> Option<Shares<'a>> {
        let split = self.keys.get(key).and_then(|state| state.shares.clone());
        let given = || {
            self.script
                .given
                .get(key)
                .map(|given| Shares::given(&given.value))
        };
        split.or_else(given)
    }

    /// Who has the share of `key` that was made for `of`.
    fn holder(&self, key: &str, of: &'a str) -> &'a str {
        self.shelf
            .items
            .values()
            .find(|lies| {
                lies.item
                    .share
                    .as_ref()
                    .is_some_and(|share| share.key.as_str() == key && share.of.as_str() == of)
            })
            .map_or(of, |lies| lies.holder)
    }

    /// The shares that a key has, or will have when it is split.
    pub(super) fn shares_to_come(&self, key: &str) -> Option<Shares<'a>> {
        let script = self.script;
        let split = script.steps.iter().find_map(|step| {
            let Step::Split(split) = &step.value else {
                return None;
            };
            let holders = script.among(split).iter().map(|id| id.as_str());
            (split.key.as_str() == key).then(|| Shares {
                threshold: split.threshold.value,
                holders: holders.collect(),
            })
        });
        self.shares_now(key).or(split)
    }

    /// What is kept in a place.
    pub(super) fn kept_in(&self, kept_at: &str) -> Vec<&'a str> {
        let there = self.shelf.items.iter();
        let there = there.filter(|(_, lies)| lies.place == Some(kept_at));
        there.map(|(name, _)| *name).collect()
    }

    /// Enough shares in one safe are as good as the key in it.
    fn in_one_place(&mut self, key: &'a str, kept_at: &'a str, place: Place) {
        let Some(shares) = self.shares_now(key) else {
            return;
        };
        let together: Vec<&str> = self
            .shelf
            .items
            .iter()
            .filter(|(_, lies)| lies.place == Some(kept_at))
            .filter(|(_, lies)| {
                let share = lies.item.share.as_ref();
                share.is_some_and(|share| share.key.as_str() == key)
            })
            .map(|(name, _)| *name)
            .collect();
        if together.len() >= usize::from(shares.threshold) {
            let message = format!(
                "{} are all kept in {kept_at}, and rebuild key {key}",
                list(&together)
            );
            self.add(
                Finding::new(&SAME_SITE, place, message)
                    .hint("keep them apart: one safe opened must not be enough"),
            );
        }
    }
}
