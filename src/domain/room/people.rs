//! People: roles, keys of their own, and who is in the room.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::finding::ABSENT;
use crate::domain::finding::Finding;
use crate::domain::finding::SHAPE;
use crate::domain::finding::SIGNERS;
use crate::domain::finding::SIGNING_KEY;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Deliver;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::script::Role;
use crate::domain::script::Step;

impl<'a> Room<'a> {
    pub(super) fn roles(&mut self) {
        let script = self.script;
        for role in Role::ALL {
            let mut seen = BTreeSet::new();
            for id in script.roles.holders(role) {
                self.known_person(id);
                if !seen.insert(id.as_str()) {
                    self.add(
                        Finding::new(
                            &SHAPE,
                            id.place,
                            format!("{} stands twice under `{}`", id.value, role.name()),
                        )
                        .hint("name everybody once"),
                    );
                }
            }
        }
        self.quorums();
        self.demanded();
        self.exception_signers();
        if self.production() {
            self.signers();
        }
        if script.roles.administrator.is_empty() {
            self.add(
                Finding::new(
                    &UNKNOWN_NAME,
                    Place { line: 1, column: 1 },
                    "nobody is the administrator",
                )
                .hint("add `administrator: [PERSON]` under `roles`"),
            );
        }
    }

    /// A quorum is of people who are there.
    fn quorums(&mut self) {
        let script = self.script;
        for (role, wanted) in &script.policy.signatures {
            let holders = script.roles.holders(*role).len();
            if !(1..=holders).contains(&usize::from(wanted.value)) {
                self.add(
                    Finding::new(
                        &SHAPE,
                        wanted.place,
                        format!(
                            "{} signatures are wanted of `{}`, which {holders} hold",
                            wanted.value,
                            role.name()
                        ),
                    )
                    .hint(format!("write a number from 1 to {holders}")),
                );
            }
        }
    }

    /// A signature that the policy wants is of somebody.
    fn demanded(&mut self) {
        let script = self.script;
        let policy = &script.policy;
        let wanted = policy.script_approved_by.iter();
        let wanted: BTreeSet<Role> = wanted.chain(&policy.record_signed_by).copied().collect();
        for role in wanted {
            if script.roles.holders(role).is_empty() {
                self.add(
                    Finding::new(
                        &SIGNERS,
                        script.mode.place,
                        format!(
                            "the policy wants a signature of `{}`, which nobody is",
                            role.name()
                        ),
                    )
                    .hint(format!("add `{}: [PERSON]` under `roles`", role.name())),
                );
            }
        }
    }

    /// An exception that nobody can sign would stop the ceremony.
    fn exception_signers(&mut self) {
        let script = self.script;
        for role in &script.policy.exceptions_signed_by {
            if script.roles.holders(*role).is_empty() {
                self.add(
                    Finding::new(
                        &SHAPE,
                        script.mode.place,
                        format!(
                            "exceptions are signed by `{}`, which nobody holds",
                            role.name()
                        ),
                    )
                    .hint("give the role to somebody, or take it out of `exceptions-signed-by`"),
                );
            }
        }
    }

    /// Nobody can be left out whose signature the record is worth nothing without.
    fn signers(&mut self) {
        let script = self.script;
        let place = script.mode.place;
        let approves = |id: &String| {
            !script
                .roles
                .administrator
                .iter()
                .any(|administrator| administrator.as_str() == id)
        };
        if !script.script_approvers().iter().any(approves) {
            self.add(
                Finding::new(
                    &SIGNERS,
                    place,
                    "nobody but the administrator approves this production script",
                )
                .hint("add `approver: [PERSON]` under `roles`"),
            );
        }
        if script.roles.witness.is_empty() {
            self.add(
                Finding::new(&SIGNERS, place, "nobody witnesses this production ceremony")
                    .hint("add `witness: [PERSON]` under `roles`"),
            );
        }
    }

    pub(super) fn keys_of_people(&mut self) {
        let script = self.script;
        let mut signers = script.record_signers();
        signers.extend(script.script_approvers());
        signers.extend(script.steps.iter().filter_map(|step| {
            if let Step::Approve(approve) = &step.value {
                Some(approve.by.to_string())
            } else {
                None
            }
        }));
        signers.sort();
        signers.dedup();
        for (id, person) in signers
            .iter()
            .filter_map(|id| script.people.get_key_value(id.as_str()))
        {
            if person.signs_with.is_none() {
                self.add(
                    Finding::new(
                        &SIGNING_KEY,
                        person.place,
                        format!("{id} must sign but has no signing key"),
                    )
                    .hint("add `signs-with:` and the person's OpenSSH public key"),
                );
            }
        }
        let custodians: BTreeSet<&str> = script
            .steps
            .iter()
            .filter(|step| step.delivers().is_some_and(Deliver::seals))
            .flat_map(|step| script.dealt_to(step))
            .map(|id| id.value.as_str())
            .collect();
        for (id, person) in custodians
            .iter()
            .filter_map(|id| script.people.get_key_value(*id))
        {
            if person.receives_shares_at.is_none() {
                self.add(
                    Finding::new(
                        &SIGNING_KEY,
                        person.place,
                        format!("{id} receives a share but has no recipient"),
                    )
                    .hint("add `receives-shares-at:` and the person's age recipient (age1…)"),
                );
            }
        }
    }

    pub(super) fn sign_in(&mut self, people: &'a [At<Id>]) {
        for id in people {
            if self.known_person(id) && !self.present.insert(id.value.as_str()) {
                self.add(
                    Finding::new(
                        &ABSENT,
                        id.place,
                        format!("{} is already in the room", id.value),
                    )
                    .hint("remove the name, or let the person sign out before"),
                );
            }
        }
    }

    pub(super) fn sign_out(&mut self, people: &'a [At<Id>]) {
        for id in people {
            self.acts(id);
            let id = id.value.as_str();
            if self.present.remove(id)
                && let Some(step) = self.step
            {
                self.gone.insert(id, step);
            }
        }
    }

    pub(super) fn all_act(&mut self, people: &'a [At<Id>], place: Place) {
        if people.is_empty() {
            self.add(Finding::new(&SHAPE, place, "nobody is named here").hint("name somebody"));
        }
        for id in people {
            self.acts(id);
        }
    }

    pub(super) fn acts(&mut self, id: &At<Id>) {
        self.acts_as(id.place, id.as_str());
    }

    pub(super) fn acts_as(&mut self, place: Place, id: &str) {
        if self.known(place, id) && !self.present.contains(id) {
            let (message, hint) = match self.gone.get(id) {
                Some(step) => (
                    format!("{id} left the room at step {step}"),
                    format!("let {id} sign out later, or sign in again before this step"),
                ),
                None => (
                    format!("{id} is not in the room"),
                    format!("add {id} to a `sign-in` step before this one"),
                ),
            };
            self.add(Finding::new(&ABSENT, place, message).hint(hint));
        }
    }

    /// People are told apart by their names.
    pub(super) fn names(&mut self) {
        let script = self.script;
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for (id, person) in &script.people {
            if let Some(other) = names.insert(person.name.as_str().to_lowercase(), id.as_str()) {
                self.add(
                    Finding::new(
                        &SHAPE,
                        person.place,
                        format!("{other} and {id} are both called {}", person.name),
                    )
                    .hint("names are read aloud: tell the two apart"),
                );
            }
        }
    }
}
