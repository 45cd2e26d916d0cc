//! What ceremonies about shares do, and do not do.

use std::collections::BTreeSet;

use crate::domain::finding::Finding;
use crate::domain::finding::GIVEN;
use crate::domain::finding::KIND;
use crate::domain::finding::SHAPE;
use crate::domain::finding::SHARES;
use crate::domain::room::Room;
use crate::domain::room::Shares;
use crate::domain::room::reconcile::is_about_a_log;
use crate::domain::room::staff::is_about_people;
use crate::domain::script::At;
use crate::domain::script::Drill;
use crate::domain::script::Id;
use crate::domain::script::Kind;
use crate::domain::script::Place;
use crate::domain::script::Step;
use crate::domain::text::list;

impl<'a> Room<'a> {
    /// Whether a ceremony of this kind does such a thing with a key.
    pub(super) fn of_its_kind(&mut self, step: &At<Step>) {
        let does_something = step.key().is_some() || matches!(step.value, Step::Batch(_));
        let drills = matches!(step.value, Step::Drill(_));
        let (fits, does) = match self.script.kind.value {
            Kind::Drill => (drills, "a drill only asks custodians to prove their shares"),
            Kind::RestoreTest => (
                drills || matches!(step.value, Step::RestoreTest(_)),
                "a restore test only rebuilds a key of an earlier ceremony and compares it",
            ),
            Kind::Custody => (
                drills || matches!(step.value, Step::Receipt(_)),
                "a ceremony of custody only moves things from hand to hand and place to place",
            ),
            Kind::People => (
                drills || matches!(step.value, Step::Receipt(_)),
                "a ceremony about people does nothing with a key",
            ),
            Kind::Reconcile => (false, "a reconciliation does nothing with a key"),
            Kind::Declare => (
                matches!(step.value, Step::Declare(_)),
                "a declaration only tells of keys that no ceremony makes",
            ),
            Kind::Confirm => (
                matches!(step.value, Step::Confirm(_)),
                "a confirmation only holds what providers answered against earlier records",
            ),
            Kind::Reshare => (
                drills
                    || matches!(
                        step.value,
                        Step::RestoreTest(_) | Step::Reshare(_) | Step::Retire(_)
                    ),
                "a reshare only deals shares anew and asks what became of the old ones",
            ),
            Kind::Activate
            | Kind::Suspend
            | Kind::Resume
            | Kind::Deactivate
            | Kind::Compromise
            | Kind::Destroy
            | Kind::CancelDestroy => (
                drills || self.lives_on(&step.value),
                "a ceremony of this kind only moves a key to where its name says",
            ),
            Kind::Generate | Kind::Import | Kind::Recovery | Kind::External | Kind::Rotate => {
                let own = if matches!(step.value, Step::Declare(_)) {
                    Some("write `kind: declare`")
                } else if matches!(step.value, Step::Confirm(_)) {
                    Some(
                        "confirm it in a ceremony of its own, after the upload: `keyrite confirm --out` writes it",
                    )
                } else if matches!(step.value, Step::Reshare(_) | Step::Retire(_)) {
                    Some("write `kind: reshare`")
                } else if step.value.is_of_a_life() {
                    Some("the kinds of ceremony are in the manual, under Formats")
                } else {
                    None
                };
                if let Some(hint) = own {
                    let message =
                        format!("`{}` belongs to a ceremony of its own kind", step.name());
                    self.add(Finding::new(&KIND, step.place, message).hint(hint));
                }
                return;
            }
        };
        if does_something && !fits {
            let message = format!("{does}; `{}` does more", step.name());
            self.add(Finding::new(&KIND, step.place, message).hint(
                "remove the step, or choose the kind of ceremony by what is done with the key",
            ));
        }
    }

    /// A ceremony does what its kind says.
    pub(super) fn did_its_kind(&mut self) {
        let script = self.script;
        let has = |which: fn(&Step) -> bool| script.steps.iter().any(|step| which(&step.value));
        let (done, message, hint) = match script.kind.value {
            Kind::Drill => (
                has(|step| matches!(step, Step::Drill(_))),
                "the drill asks nobody for a share",
                "add a `drill` step, or choose another kind",
            ),
            Kind::RestoreTest => (
                has(|step| matches!(step, Step::RestoreTest(_))),
                "the restore test rebuilds no key",
                "add a `restore-test` step, or choose another kind",
            ),
            Kind::Custody => (
                has(|step| {
                    matches!(
                        step,
                        Step::TakeOut(_) | Step::Inspect(_) | Step::HandOver(_) | Step::PutAway(_)
                    )
                }),
                "nothing is moved, and nothing is looked at",
                "add a `hand-over` or another step of the ledger, or choose another kind",
            ),
            Kind::People => (
                has(is_about_people),
                "nobody joins, acknowledges, moves or leaves",
                "add a `join`, `acknowledge`, `leave` or `access-review` step, or choose another kind",
            ),
            Kind::Reconcile => (
                has(is_about_a_log),
                "no log is held against the register, and nothing is explained",
                "add a `reconcile` or `explain` step, or choose another kind",
            ),
            Kind::Declare => (
                has(|step| matches!(step, Step::Declare(_))),
                "the declaration declares no key",
                "add a `declare` step, or choose another kind",
            ),
            Kind::Confirm => (
                has(|step| matches!(step, Step::Confirm(_))),
                "the confirmation holds no answer against anything",
                "add a `confirm` step, or choose another kind",
            ),
            Kind::Reshare => (
                has(|step| matches!(step, Step::Reshare(_) | Step::Retire(_))),
                "the reshare deals no shares",
                "add a `reshare` step, or choose another kind",
            ),
            Kind::Activate
            | Kind::Suspend
            | Kind::Resume
            | Kind::Deactivate
            | Kind::Compromise
            | Kind::Destroy
            | Kind::CancelDestroy => (
                self.lived_on(),
                "the key is not moved to where the kind of the ceremony says",
                "add a `move`, `request-destroy` or `cancel-destroy` step, or choose another kind",
            ),
            Kind::Rotate => (
                self.rotated(),
                "the rotation makes no new version, signs nothing off and counts nothing",
                "write `supersedes` into the new key and make it, or choose another kind",
            ),
            Kind::Generate | Kind::Import | Kind::Recovery | Kind::External => {
                return;
            }
        };
        if !done {
            self.add(Finding::new(&KIND, script.kind.place, message).hint(hint));
        }
    }

    pub(super) fn drill(&mut self, drill: &'a Drill, place: Place) {
        if drill.with.is_empty() {
            self.add(Finding::new(&SHAPE, place, "nobody is named here").hint("name somebody"));
        }
        for id in &drill.with {
            self.known_person(id);
        }
        if !self.known_key(&drill.key) {
            return;
        }
        if let Some(shares) = self.shares_of(&drill.key) {
            self.hold_shares(&drill.key, &drill.with, &shares, place);
        }
    }

    /// Shares that were dealt before, here or in an earlier ceremony; a finding where there are none.
    pub(super) fn shares_of(&mut self, key: &'a At<Id>) -> Option<Shares<'a>> {
        let here = self.keys.get(key.as_str());
        if let Some(shares) = here.and_then(|state| state.shares.clone()) {
            return Some(shares);
        }
        let label = key.value.as_str();
        if let Some(dealt) = self.reshared.get(label) {
            return Some(dealt.clone());
        }
        if let Some(given) = self.script.given.get(label) {
            self.asked_for.insert(label);
            return Some(Shares::given(&given.value));
        }
        self.add(
            Finding::new(
                &GIVEN,
                key.place,
                format!("nothing is known of shares of key {}", key.value),
            )
            .hint("`keyrite given DIR` prints the `given:` block of the ceremony that split it"),
        );
        // One finding is enough: the key is not missed at the end, too.
        self.asked_for.insert(label);
        None
    }

    /// Whether everybody in `with` holds one of the shares, and is named once.
    pub(super) fn hold_shares(
        &mut self,
        key: &At<Id>,
        with: &'a [At<Id>],
        shares: &Shares<'_>,
        place: Place,
    ) {
        let script = self.script;
        let people: BTreeSet<&str> = with.iter().map(|id| id.value.as_str()).collect();
        for id in with
            .iter()
            .filter(|id| script.people.contains_key(id.as_str()))
            .filter(|id| !shares.holders.contains(&id.as_str()))
        {
            self.add(
                Finding::new(
                    &SHARES,
                    id.place,
                    format!("{} holds no share of key {}", id.value, key),
                )
                .hint(format!("it was split among {}", list(&shares.holders))),
            );
        }
        if people.len() != with.len() {
            self.add(
                Finding::new(&SHARES, place, "somebody is named twice").hint("name everybody once"),
            );
        }
    }
}
