//! Shares: who gets them, who brings them, and whether they are far enough apart.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::finding::ALL_SHARES_NEEDED;
use crate::domain::finding::Finding;
use crate::domain::finding::ORDER;
use crate::domain::finding::SHARES;
use crate::domain::room::Room;
use crate::domain::room::Shares;
use crate::domain::script::Among;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Deliver;
use crate::domain::script::Id;
use crate::domain::script::Parts;
use crate::domain::script::Place;
use crate::domain::script::RestoreTest;
use crate::domain::script::Split;

impl<'a> Room<'a> {
    pub(super) fn split(&mut self, split: &'a Split, place: Place) {
        let holders = self.script.among(split);
        let deliver = split.delivers();
        let parts = split.parts();
        self.deals(
            holders,
            &split.among,
            &split.threshold,
            deliver,
            parts,
            place,
        );
        if parts == Parts::Components {
            self.has_components(split, place);
        }
        self.stays(&split.key, place);
        self.taken_out(&split.key, place);
        if let Some(state) = self.live_key(&split.key) {
            state.tested = false;
            state.taken_out = true;
            let shares = Shares {
                threshold: split.threshold.value,
                holders: holders.iter().map(|id| id.as_str()).collect(),
            };
            if state.shares.replace(shares).is_some() {
                self.add(
                    Finding::new(
                        &ORDER,
                        place,
                        format!("key {} is split a second time", split.key),
                    )
                    .hint("split a key once; a ceremony of `kind: reshare` deals new shares"),
                );
            }
        }
    }

    /// Whether shares can be dealt so.
    pub(super) fn deals(
        &mut self,
        holders: &'a [At<Id>],
        among: &'a Among,
        threshold: &At<u8>,
        deliver: Deliver,
        parts: Parts,
        place: Place,
    ) {
        if let Among::People(people) = among {
            for id in people {
                self.known_person(id);
            }
        }
        for id in holders {
            self.acts(id);
        }
        self.in_countries(holders);
        let total = holders.len();
        let at = threshold.place;
        let threshold = usize::from(threshold.value);
        let mut seen = BTreeSet::new();
        for id in holders.iter().filter(|id| !seen.insert(id.value.as_str())) {
            self.add(
                Finding::new(
                    &SHARES,
                    place,
                    format!("{} would get more than one share", id.value),
                )
                .hint("one person, one share"),
            );
        }
        if deliver.seals() {
            self.keys_apart(holders);
        }
        if !(2..=255).contains(&total) {
            self.add(
                Finding::new(
                    &SHARES,
                    place,
                    format!("shares for {total}; a split has 2 to 255"),
                )
                .hint("name the custodians under `roles`, or list them in `among`"),
            );
        } else if parts == Parts::Components {
            if threshold != total {
                self.add(
                    Finding::new(&SHARES, at, format!("{threshold} of {total} components")).hint(
                        format!("all components are needed: write `threshold: {total}`"),
                    ),
                );
            }
        } else if threshold < 2 {
            self.add(
                Finding::new(&SHARES, at, "one share alone would rebuild the key")
                    .hint("a threshold is at least 2"),
            );
        } else if threshold > total {
            self.add(
                Finding::new(
                    &SHARES,
                    at,
                    format!("{threshold} shares would be needed, but only {total} are made"),
                )
                .hint("lower the threshold or name more custodians"),
            );
        } else if threshold == total {
            self.add(
                Finding::new(
                    &ALL_SHARES_NEEDED,
                    at,
                    format!("all {total} shares are needed; one lost share loses the key"),
                )
                .hint("make one share more than the threshold, or waive this with a reason"),
            );
        }
    }

    /// A component has the form of the key, which must be one in this process.
    fn has_components(&mut self, split: &Split, place: Place) {
        let script = self.script;
        let key = script.keys.get(split.key.as_str());
        let symmetric = key.is_none_or(|key| key.r#type.value.is_symmetric());
        if !symmetric || script.token.core.value != Core::Software {
            let message = format!("key {} cannot be split into components", split.key.value);
            self.add(
                Finding::new(&SHARES, place, message)
                    .hint("components are of AES and HMAC keys in software; split it into shares"),
            );
        }
    }

    /// Whoever has a key that opens two shares has two shares, as a deputy too.
    fn keys_apart(&mut self, holders: &[At<Id>]) {
        let script = self.script;
        let mut known: BTreeMap<Cow<'_, str>, &str> = BTreeMap::new();
        for id in holders {
            let person = script.people.get(id.as_str());
            let Some(receives) = person.and_then(|person| person.receives_shares_at.as_ref())
            else {
                continue;
            };
            for key in receives.keys() {
                let first = *known.entry(key).or_insert(id.as_str());
                if first != id.as_str() {
                    let message = format!(
                        "a key that opens the share of {} opens that of {first} as well",
                        id.value
                    );
                    self.add(Finding::new(&SHARES, receives.place, message).hint(
                        "one person, one share, as a deputy too: give each share keys of its own",
                    ));
                }
            }
        }
    }

    pub(super) fn restore_test(&mut self, test: &'a RestoreTest, place: Place) {
        self.all_act(&test.with, place);
        let label = test.key.value.as_str();
        if self.script.given.contains_key(label) && !self.keys.contains_key(label) {
            self.looked_before(place, "rebuilt");
            self.token_is_open(place);
            if self.known_key(&test.key)
                && let Some(shares) = self.shares_of(&test.key)
            {
                self.brought(&test.key, &test.with, &shares, place);
            }
            return;
        }
        let Some(state) = self.live_key(&test.key) else {
            return;
        };
        let Some(shares) = state.shares.clone() else {
            let message = format!("key {} has not been split", test.key);
            self.add(Finding::new(&ORDER, place, message).hint("put the `split` step before it"));
            return;
        };
        state.tested = true;
        self.brought(&test.key, &test.with, &shares, place);
    }

    /// Whether the shares of `with` rebuild the key.
    pub(super) fn brought(
        &mut self,
        key: &At<Id>,
        with: &'a [At<Id>],
        shares: &Shares<'_>,
        place: Place,
    ) {
        self.hold_shares(key, with, shares, place);
        let people: BTreeSet<&str> = with.iter().map(|id| id.value.as_str()).collect();
        if people.len() < usize::from(shares.threshold) {
            self.add(
                Finding::new(
                    &SHARES,
                    place,
                    format!(
                        "{} brought, {} needed",
                        match people.len() {
                            1 => "1 share is".to_owned(),
                            n => format!("{n} shares are"),
                        },
                        match shares.threshold {
                            1 => "1 is".to_owned(),
                            n => format!("{n} are"),
                        }
                    ),
                )
                .hint("name as many custodians as the threshold"),
            );
        }
    }
}
