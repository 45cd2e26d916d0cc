//! Keys: made or brought back, wrapped, destroyed.

use crate::domain::finding::DECISION;
use crate::domain::finding::ENVIRONMENT_FIRST;
use crate::domain::finding::Finding;
use crate::domain::finding::GIVEN;
use crate::domain::finding::NO_COPY;
use crate::domain::finding::ORDER;
use crate::domain::finding::REMOVED;
use crate::domain::finding::RESTORE_BEFORE_WRAP;
use crate::domain::finding::RESTORE_FIRST;
use crate::domain::room::KeyState;
use crate::domain::room::Room;
use crate::domain::room::Shares;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Destroy;
use crate::domain::script::Id;
use crate::domain::script::Key;
use crate::domain::script::Kind;
use crate::domain::script::Place;
use crate::domain::script::Restore;
use crate::domain::script::Wrap;

impl<'a> Room<'a> {
    pub(super) fn generate(&mut self, key: &'a At<Id>) {
        self.looked_before(key.place, "made");
        if !self.known_key(key) {
            return;
        }
        if self.script.given.contains_key(key.as_str()) {
            self.add(
                Finding::new(
                    &GIVEN,
                    key.place,
                    format!(
                        "key {} is of an earlier ceremony, and would be made again",
                        key.value
                    ),
                )
                .hint("bring it back with a `restore` step, or take it out of `given`"),
            );
        }
        self.begin(key, KeyState::default(), "made");
    }

    /// Why a key is managed as it is, is decided before it is made.
    pub(super) fn decided(&mut self, label: &Id, key: &At<Key>) {
        // Of a key that was made before, the ceremony that made it says so.
        let before = self.script.given.contains_key(label.as_str())
            || self.script.lifecycle.contains_key(label.as_str());
        if !self.production() || before {
            return;
        }
        let missing = match (&key.data_class, &key.model) {
            (Some(_), Some(_)) => return,
            (None, Some(_)) => "what it protects",
            (Some(_), None) => "why it is managed as it is",
            (None, None) => "what it protects, nor why it is managed as it is",
        };
        self.add(
            Finding::new(
                &DECISION,
                key.place,
                format!("{label} does not say {missing}"),
            )
            .hint(
                "add `data-class: …` and `model: {choice: byok, because: …, reviewed-until: DAY}`",
            ),
        );
    }

    pub(super) fn restore(&mut self, restore: &'a Restore, place: Place) {
        self.all_act(&restore.with, place);
        self.looked_before(place, "brought back");
        let key = &restore.key;
        if !self.known_key(key) {
            return;
        }
        let Some(given) = self.script.given.get(key.as_str()) else {
            self.add(
                Finding::new(
                    &GIVEN,
                    key.place,
                    format!("nothing is known of earlier shares of key {}", key.value),
                )
                .hint(
                    "`keyrite given DIR` prints the `given:` block of the ceremony that split it",
                ),
            );
            self.begin(key, KeyState::default(), "brought back");
            return;
        };
        let shares = Shares::given(&given.value);
        self.brought(key, &restore.with, &shares, place);
        let state = KeyState {
            shares: Some(shares),
            // It is held against its check values as it comes back.
            tested: true,
            ..KeyState::default()
        };
        self.begin(key, state, "brought back");
    }

    pub(super) fn looked_before(&mut self, place: Place, how: &str) {
        if self.production() && !self.looked {
            self.looked = true;
            self.add(
                Finding::new(
                    &ENVIRONMENT_FIRST,
                    place,
                    format!("a key is {how} before the machine was looked at"),
                )
                .hint("add an `environment` step before it"),
            );
        }
    }

    fn begin(&mut self, key: &'a At<Id>, state: KeyState<'a>, how: &str) {
        self.token_is_open(key.place);
        if self.keys.insert(key.value.as_str(), state).is_some() {
            self.add(
                Finding::new(
                    &ORDER,
                    key.place,
                    format!("key {} is {how} a second time", key.value),
                )
                .hint("describe a second key under `keys` and make that one"),
            );
        }
    }

    pub(super) fn wrap(&mut self, index: usize, wrap: &'a Wrap, place: Place) {
        self.leaves_for(index, &wrap.r#for, place);
        let described = self.script.keys.get(wrap.key.as_str());
        self.may_leave(wrap.key.as_str(), described, place);
        self.stays(&wrap.key, place);
        self.taken_out(&wrap.key, place);
        self.target(wrap, place);
        let Some(state) = self.live_key(&wrap.key) else {
            return;
        };
        state.taken_out = true;
        let untested = state.shares.is_none() || !state.tested;
        if untested {
            let message = format!(
                "key {} is wrapped before shares of it passed a restore test",
                wrap.key
            );
            self.add(Finding::new(&RESTORE_BEFORE_WRAP, place, message).hint(
                "imported material can expire or be deleted; keep shares that are known to work: `split`, then `restore-test`",
            ));
        }
    }

    pub(super) fn destroy(&mut self, destroy: &'a Destroy, place: Place) {
        if self.script.kind.value == Kind::Destroy {
            self.destroy_in_token(&destroy.key, place);
            return;
        }
        let Some(state) = self.live_key(&destroy.key) else {
            return;
        };
        state.destroyed = true;
        let lost = state.shares.is_none() && state.wrapped.is_empty();
        let untested = state.shares.is_some() && !state.tested;
        if untested {
            let message = format!(
                "key {} is destroyed before its shares passed a restore test",
                destroy.key
            );
            self.add(
                Finding::new(&RESTORE_FIRST, place, message).hint("put a `restore-test` before it"),
            );
        } else if lost {
            self.no_copy(destroy.key.value.as_str(), place);
        }
    }

    pub(super) fn no_copy(&mut self, label: &str, place: Place) {
        let hint = match self.script.token.core.value {
            Core::Software => "a software key lives in this process only; split it",
            Core::Pkcs11 => "split it before it is destroyed",
        };
        self.add(
            Finding::new(
                &NO_COPY,
                place,
                format!("key {label} is neither in shares nor at a provider when it ends"),
            )
            .hint(hint),
        );
    }

    /// The state of a key that can be used now; a finding otherwise.
    pub(super) fn live_key(&mut self, id: &At<Id>) -> Option<&mut KeyState<'a>> {
        if !self.known_key(id) {
            return None;
        }
        let trouble = match self.keys.get(id.as_str()) {
            None => Some((
                &ORDER,
                "has not been made yet",
                "put the `generate` step before this one",
            )),
            Some(key) if key.destroyed => Some((
                &REMOVED,
                "is already destroyed",
                "put this step before the `destroy` step",
            )),
            Some(_) => None,
        };
        if let Some((rule, trouble, hint)) = trouble {
            self.add(
                Finding::new(rule, id.place, format!("key {} {trouble}", id.value)).hint(hint),
            );
            return None;
        }
        self.keys.get_mut(id.as_str())
    }
}
