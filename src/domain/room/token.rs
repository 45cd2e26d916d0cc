//! The token: how it is found, who opens it, and what may be taken out of it.

use std::collections::BTreeSet;

use crate::domain::finding::Finding;
use crate::domain::finding::HSM_ONLY;
use crate::domain::finding::LOCKED;
use crate::domain::finding::NO_BACKUP;
use crate::domain::finding::SHAPE;
use crate::domain::finding::UNLOCKED;
use crate::domain::finding::USAGE;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Id;
use crate::domain::script::Key;
use crate::domain::script::Kind;
use crate::domain::script::Place;
use crate::domain::script::Usage;
use crate::domain::text::list;

/// Levels of FIPS 140.
const LEVELS: std::ops::RangeInclusive<u32> = 1..=4;

impl<'a> Room<'a> {
    pub(super) fn token(&mut self) {
        let token = &self.script.token;
        let fields = [
            ("label", token.label.is_some()),
            ("serial", token.serial.is_some()),
            ("pin", token.pin.is_some()),
            ("certificate", token.certificate.is_some()),
        ];
        match token.core.value {
            Core::Software => {
                if let Some((field, _)) = fields.into_iter().find(|(_, there)| *there) {
                    self.add(
                        Finding::new(
                            &SHAPE,
                            token.place,
                            format!("a software token has no {field}"),
                        )
                        .hint("remove it"),
                    );
                }
            }
            Core::Pkcs11 => {
                for (field, _) in fields.into_iter().take(2).filter(|(_, there)| !there) {
                    self.add(
                        Finding::new(
                            &SHAPE,
                            token.place,
                            format!("the {field} of the token is missing"),
                        )
                        .hint("a token is found by its label and its serial number; `keyrite token list` shows both"),
                    );
                }
                self.pin_halves();
            }
        }
        let level = token.certificate.as_ref().and_then(|it| it.level.as_ref());
        if let Some(level) = level.filter(|level| !LEVELS.contains(&level.value)) {
            self.add(
                Finding::new(
                    &SHAPE,
                    level.place,
                    format!("a certificate of level {}", level.value),
                )
                .hint("the levels are 1 to 4; leave it out if you do not know"),
            );
        }
    }

    fn pin_halves(&mut self) {
        let Some(people) = &self.script.token.pin else {
            return;
        };
        let distinct: BTreeSet<&str> = people.iter().map(|id| id.as_str()).collect();
        for id in people.iter() {
            self.known_person(id);
        }
        if people.len() != 2 || distinct.len() != 2 {
            self.add(
                Finding::new(
                    &SHAPE,
                    people.place,
                    "a PIN is split between two different people",
                )
                .hint("write `pin: [ONE, OTHER]`, or leave it out"),
            );
        }
    }

    /// The first step that needs the token needs those who have its PIN.
    pub(super) fn token_is_open(&mut self, place: Place) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        let script = self.script;
        for id in script.token.pin_holders() {
            if script.people.contains_key(id.as_str()) {
                self.acts_as(place, id.as_str());
            }
        }
    }

    pub(super) fn usages(&mut self, label: &Id, key: &At<Key>) {
        let Some(usages) = &key.usages else {
            return;
        };
        let kind = key.r#type.value;
        let possible: Vec<&str> = Usage::possible(kind).iter().map(|it| it.name()).collect();
        if usages.is_empty() {
            self.add(
                Finding::new(
                    &USAGE,
                    key.place,
                    format!("{label} may be used for nothing"),
                )
                .hint("name usages, or leave `usages` out"),
            );
        }
        let mut seen = BTreeSet::new();
        for usage in usages {
            if !seen.insert(usage.value) {
                self.add(
                    Finding::new(
                        &USAGE,
                        usage.place,
                        format!("`{}` stands twice", usage.value),
                    )
                    .hint("name every usage once"),
                );
            } else if !possible.contains(&usage.value.name()) {
                self.add(
                    Finding::new(
                        &USAGE,
                        usage.place,
                        format!(
                            "{label} is of type {kind} and cannot be used for `{}`",
                            usage.value
                        ),
                    )
                    .hint(format!("such a key can {}", list(&possible))),
                );
            }
        }
    }

    pub(super) fn lock(&mut self, key: &'a At<Id>) {
        if self.script.token.core.value == Core::Software {
            self.add(
                Finding::new(
                    &HSM_ONLY,
                    key.place,
                    format!(
                        "key {} is in the memory of this process and cannot be locked",
                        key.value
                    ),
                )
                .hint("remove the step, or keep the key in an HSM (`core: pkcs11`)"),
            );
        }
        let Some(state) = self.live_key(key) else {
            return;
        };
        if std::mem::replace(&mut state.locked, true) {
            self.add(
                Finding::new(
                    &LOCKED,
                    key.place,
                    format!("key {} is locked already", key.value),
                )
                .hint("lock a key once, after the last step that takes it out"),
            );
        }
    }

    /// A step takes a copy of the key out of the token.
    pub(super) fn taken_out(&mut self, key: &At<Id>, place: Place) {
        let locked = self
            .keys
            .get(key.as_str())
            .is_some_and(|state| state.locked && !state.destroyed);
        if locked {
            self.add(
                Finding::new(
                    &LOCKED,
                    place,
                    format!(
                        "key {} is locked before; the HSM gives it to nobody any more",
                        key.value
                    ),
                )
                .hint("put the `lock` step after the last step that splits or wraps the key"),
            );
        }
    }

    /// Keys that outlive the ceremony in an HSM.
    pub(super) fn left_in_the_hsm(&mut self, place: Place) {
        for label in self.labels(|key| key.taken_out && !key.locked) {
            self.add(
                Finding::new(
                    &UNLOCKED,
                    place,
                    format!("key {label} can still be taken out of the HSM when it ends"),
                )
                .hint(format!(
                    "add `lock: {label}` after the last step that splits or wraps it"
                )),
            );
        }
        if self.script.kind.value == Kind::External {
            for label in self.labels(|key| !key.taken_out && !key.locked) {
                self.add(
                    Finding::new(
                        &UNLOCKED,
                        place,
                        format!("nothing proves that key {label} cannot be taken out of the HSM"),
                    )
                    .hint(format!(
                        "add `lock: {label}` after it is made: every way out is tried, and must fail"
                    )),
                );
            }
            return;
        }
        for label in self.labels(|key| key.shares.is_none()) {
            self.add(
                Finding::new(
                    &NO_BACKUP,
                    place,
                    format!("key {label} is in one HSM, and in no shares"),
                )
                .hint("split it, then test and lock it; an HSM can break"),
            );
        }
    }
}
