//! Rules that follow from who could reach a key: with the steps and people that break them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::access::fact::How;
use crate::domain::access::model::Exposure;
use crate::domain::access::model::Hand;
use crate::domain::access::model::Model;
use crate::domain::access::model::OfKey;
use crate::domain::access::model::Shares;
use crate::domain::access::set::Set;
use crate::domain::finding::ALONE;
use crate::domain::finding::BELOW_THRESHOLD;
use crate::domain::finding::Finding;
use crate::domain::finding::ONE_SHARE;
use crate::domain::finding::Rule;
use crate::domain::finding::SAME_MANAGER;
use crate::domain::finding::SAME_SITE;
use crate::domain::room::Room;
use crate::domain::script::Person;
use crate::domain::script::Place;
use crate::domain::text::list;

impl<'a> Room<'a> {
    /// Holds the script against who could reach its keys.
    pub(super) fn reached(&mut self, model: &Model<'a>) {
        self.alone(model);
        for of_key in model.keys.values() {
            let newest = of_key
                .sets
                .iter()
                .filter(|shares| shares.about.given)
                .count();
            for (number, shares) in (1..).zip(&of_key.sets) {
                self.two_shares(model, shares, number < newest);
                self.together(model, shares);
            }
        }
        for (key, of_key) in &model.keys {
            self.below_threshold(model, key, of_key);
        }
    }

    fn found(&mut self, finding: Finding, step: u32) {
        self.add(if step > 0 {
            finding.step(step)
        } else {
            finding
        });
    }

    /// One person, or nobody, is where a key is. Once said is enough.
    fn alone(&mut self, model: &Model<'a>) {
        let first = model
            .keys
            .iter()
            .flat_map(|(key, of_key)| of_key.exposures.iter().map(move |it| (*key, of_key, it)))
            .filter(|(_, _, it)| it.present.len() < 2)
            .min_by_key(|(_, _, it)| it.step);
        let Some((key, of_key, it)) = first else {
            return;
        };
        let since = arrived(of_key, it);
        let room = match list(&model.cast.ids(&it.present)) {
            nobody if it.present.is_empty() => format!("{nobody} is"),
            one => format!("only {one} is"),
        };
        let message = format!("key {key} is at the machine{since}, and {room} in the room");
        let finding = Finding::new(&ALONE, place(model, it.step), message)
            .hint("let a witness sign in before and out after it");
        self.found(finding, it.step);
    }

    /// Somebody comes to a second share of a set, over the whole ceremony.
    fn two_shares(&mut self, model: &Model<'a>, shares: &Shares<'a>, older: bool) {
        let mut first: BTreeMap<usize, &Hand> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for hand in &shares.hands {
            let before = *first.entry(hand.who).or_insert(hand);
            // Two shares that were made for one person are said where they are made.
            let dealt = before.how == How::Dealt && hand.how == How::Dealt && !older;
            if before.slot == hand.slot || dealt || !told.insert(hand.who) {
                continue;
            }
            let of = |slot: usize| shares.about.custodians.get(slot).copied().unwrap_or("?");
            let message = format!(
                "{} would have the shares of {} of key {}: that of {} {}, that of {} {}",
                model.cast.id(hand.who).unwrap_or("?"),
                list(&[of(before.slot), of(hand.slot)]),
                shares.about.key,
                of(before.slot),
                since(before.step),
                of(hand.slot),
                since(hand.step),
            );
            let finding = Finding::new(&ONE_SHARE, hand.place, message)
                .hint("give it to somebody who never had another share of this key in hand");
            self.found(finding, hand.step);
        }
    }

    /// Enough shares come to be under one manager, or at one site.
    fn together(&mut self, model: &Model<'a>, shares: &Shares<'a>) {
        if shares.about.threshold < 2 {
            return;
        }
        let script = self.script;
        type Field = fn(&Person) -> Option<&str>;
        let manager: Field = |person| person.manager.as_ref().map(|text| text.value.as_str());
        let site: Field = |person| person.site.as_ref().map(|text| text.value.as_str());
        let rules: [(&'static Rule, Field, &str); 2] = [
            (&SAME_MANAGER, manager, "report to"),
            (&SAME_SITE, site, "keep their shares at"),
        ];
        for (rule, field, what) in rules {
            let mut groups: BTreeMap<&str, (BTreeSet<usize>, Vec<&Hand>)> = BTreeMap::new();
            for hand in &shares.hands {
                let Some(id) = model.cast.id(hand.who) else {
                    continue;
                };
                let person = script.people.get(id);
                let Some(value) = person.and_then(|person| field(&person.value)) else {
                    continue;
                };
                let (slots, hands) = groups.entry(value).or_default();
                // That one person has two of them is said already.
                if hands.iter().any(|had| had.who == hand.who) {
                    continue;
                }
                let was_enough = slots.len() >= shares.about.threshold;
                slots.insert(hand.slot);
                hands.push(hand);
                // What earlier ceremonies left is not of this script.
                if was_enough || slots.len() < shares.about.threshold || hand.step == 0 {
                    continue;
                }
                let people = hands.iter().filter_map(|hand| model.cast.id(hand.who));
                let people: Vec<&str> = people.collect();
                let path = match hand.how {
                    How::Dealt => String::new(),
                    How::InHand => format!(
                        ": {id} has that of {} from step {} on",
                        shares.about.custodians.get(hand.slot).unwrap_or(&"?"),
                        hand.step
                    ),
                };
                let message = format!(
                    "{} all {what} {value} and could rebuild key {}{path}",
                    list(&people),
                    shares.about.key
                );
                let finding =
                    Finding::new(rule, hand.place, message).hint("choose custodians further apart");
                self.found(finding, hand.step);
            }
        }
    }

    /// Fewer people than shares are needed have the key, and nobody else was there to see it.
    fn below_threshold(&mut self, model: &Model<'a>, key: &str, of_key: &OfKey<'a>) {
        let Some(needed) = of_key.sets.last().map(|shares| shares.about.threshold) else {
            return;
        };
        let few = |it: &&Exposure| it.takeable && (2..needed).contains(&it.present.len());
        if let Some(it) = of_key.exposures.iter().find(few) {
            let message = format!(
                "only {} are in the room while key {key} is at the machine{}, and its shares take {needed} people",
                list(&model.cast.ids(&it.present)),
                arrived(of_key, it)
            );
            self.too_few(model, message, it.step, needed);
            return;
        }
        for shares in &of_key.sets {
            let Some((all, any, step)) = opened(model, shares) else {
                continue;
            };
            let needed = shares.about.threshold;
            let more = match any {
                0 => String::new(),
                any => format!(" and any {any} more"),
            };
            let message = format!(
                "{}{more} could rebuild key {key}, which takes {needed} shares: nobody else is in the room while shares of others are opened",
                list(&model.cast.ids(&all)),
            );
            self.too_few(model, message, step, needed);
            return;
        }
    }

    fn too_few(&mut self, model: &Model<'a>, message: String, step: u32, needed: usize) {
        let finding = Finding::new(&BELOW_THRESHOLD, place(model, step), message).hint(format!(
            "let {needed} people or more be in the room then, or waive this with a reason"
        ));
        self.found(finding, step);
    }
}

/// Fewer people than the threshold who have enough shares, since some were opened in a machine that was
/// theirs alone: who, how many more, and in which step.
fn opened(model: &Model<'_>, shares: &Shares<'_>) -> Option<(Set, usize, u32)> {
    if shares.shown.is_empty() {
        return None;
    }
    let people = model.cast.people();
    let terms = shares.reach().terms;
    terms
        .into_iter()
        .filter(|term| term.fewest(&people) < shares.about.threshold)
        .find_map(|term| {
            let theirs = |(_, present, _): &&(usize, Set, u32)| present.is_within(&term.all);
            let (_, _, step) = shares.shown.iter().find(theirs)?;
            Some((term.all, term.any, *step))
        })
}

/// Since when a key is there, if that is not the step itself.
fn arrived(of_key: &OfKey<'_>, it: &Exposure) -> String {
    let lives = of_key
        .lives
        .filter(|(from, _)| it.usable && *from < it.step);
    lives.map_or(String::new(), |(from, _)| format!(" since step {from}"))
}

fn since(step: u32) -> String {
    if step == 0 {
        "from the beginning".to_owned()
    } else {
        format!("from step {step} on")
    }
}

fn place(model: &Model<'_>, step: u32) -> Place {
    model.place(step).unwrap_or(Place { line: 1, column: 1 })
}
