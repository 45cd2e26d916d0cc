//! Duties that one person does not have together.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::finding::APPROVER_APART;
use crate::domain::finding::ATTENDANCE;
use crate::domain::finding::CUSTODIAN_APART;
use crate::domain::finding::Finding;
use crate::domain::finding::IMPORTER_APART;
use crate::domain::finding::Rule;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::WITNESS_EXECUTES;
use crate::domain::room::Room;
use crate::domain::room::Shares;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::script::Role;
use crate::domain::script::Step;
use crate::domain::text::list;

/// Roles that one person does not hold together, and the rule that says so.
static APART: &[(Role, Role, &Rule)] = &[
    (Role::Administrator, Role::Custodians, &CUSTODIAN_APART),
    (Role::Operator, Role::Custodians, &CUSTODIAN_APART),
    (Role::Custodians, Role::Witness, &CUSTODIAN_APART),
    (Role::Administrator, Role::Approver, &APPROVER_APART),
    (Role::Operator, Role::Approver, &APPROVER_APART),
    (Role::Requester, Role::Approver, &APPROVER_APART),
    (Role::Importer, Role::Custodians, &IMPORTER_APART),
    (Role::Administrator, Role::Witness, &WITNESS_EXECUTES),
    (Role::Operator, Role::Witness, &WITNESS_EXECUTES),
    (Role::Importer, Role::Witness, &WITNESS_EXECUTES),
    (Role::Administrator, Role::Auditor, &WITNESS_EXECUTES),
    (Role::Operator, Role::Auditor, &WITNESS_EXECUTES),
    (Role::Importer, Role::Auditor, &WITNESS_EXECUTES),
    (Role::Custodians, Role::Auditor, &WITNESS_EXECUTES),
    (Role::Custodians, Role::Approver, &SEPARATION),
    (Role::Witness, Role::Approver, &SEPARATION),
];

impl<'a> Room<'a> {
    /// Who holds two roles, or does what his role forbids.
    pub(super) fn duties(&mut self) {
        let script = self.script;
        for (one, other, rule) in APART {
            for id in script.roles.holders(*one) {
                if self.holds(id.as_str(), *other) {
                    self.add(
                        Finding::new(
                            rule,
                            id.place,
                            format!(
                                "{} is both {} and {}",
                                id.value,
                                one.spoken(),
                                other.spoken()
                            ),
                        )
                        .hint("give one of the roles to somebody else"),
                    );
                }
            }
        }
        for (one, other) in &script.policy.apart {
            let known =
                |(a, b, _): &&(Role, Role, &Rule)| (a, b) == (one, other) || (a, b) == (other, one);
            if APART.iter().any(|it| known(&it)) {
                continue;
            }
            for id in script.roles.holders(*one) {
                if self.holds(id.as_str(), *other) {
                    let message = format!(
                        "{} is both {} and {}, which the policy keeps apart",
                        id.value,
                        one.spoken(),
                        other.spoken()
                    );
                    self.add(
                        Finding::new(&SEPARATION, id.place, message)
                            .hint("give one of the roles to somebody else"),
                    );
                }
            }
        }
        let receivers = self.receivers_of_shares();
        for (holder, place) in &receivers {
            for role in [Role::Administrator, Role::Operator, Role::Witness] {
                if self.holds(holder, role) {
                    let message = format!(
                        "{holder} gets a share and is {}",
                        role.spoken_with_article()
                    );
                    self.add(Finding::new(&CUSTODIAN_APART, *place, message).hint(
                        "give the share, or the role, to somebody else: whoever runs or watches the ceremony must not be able to rebuild",
                    ));
                }
            }
            if self.holds(holder, Role::Importer) && !self.holds(holder, Role::Custodians) {
                let message = format!("{holder} gets a share and uploads keys to the provider");
                self.add(
                    Finding::new(&IMPORTER_APART, *place, message)
                        .hint("let somebody without a share upload"),
                );
            }
        }
        for (name, input) in &script.inputs {
            let Some(fetched) = &input.fetched else {
                continue;
            };
            let by = &fetched.by;
            if self.holds(by.as_str(), Role::Custodians) || receivers.contains_key(by.as_str()) {
                let message = format!("{by} fetched input {name} and has a share of a key");
                self.add(Finding::new(&IMPORTER_APART, by.place, message).hint(
                    "let somebody without a share fetch import parameters: whoever can swap the wrapping key needs no share",
                ));
            }
            self.executes(by, "fetches import parameters");
        }
        for id in script.token.pin_holders() {
            self.executes(id, "types half of the PIN");
        }
    }

    /// Whoever is dealt a share in this script outside the roles, and where it says so.
    fn receivers_of_shares(&self) -> BTreeMap<&'a str, Place> {
        let script = self.script;
        let mut receivers = BTreeMap::new();
        for step in &script.steps {
            for id in script.dealt_to(&step.value) {
                if !self.holds(id.as_str(), Role::Custodians) {
                    receivers.entry(id.as_str()).or_insert(id.place);
                }
            }
        }
        receivers
    }

    fn holds(&self, id: &str, role: Role) -> bool {
        let holders = self.script.roles.holders(role);
        holders.iter().any(|held| held.as_str() == id)
    }

    /// What a step makes people do with their hands is done by nobody who only watches.
    pub(super) fn hands(&mut self, step: &'a Step) {
        let (people, does): (Vec<&At<Id>>, &str) = match step {
            Step::RestoreTest(test) => (test.with.iter().collect(), "brings a share"),
            Step::Restore(restore) => (restore.with.iter().collect(), "brings a share"),
            Step::Reshare(reshare) => (reshare.with.iter().collect(), "brings a share"),
            Step::Drill(drill) => (drill.with.iter().collect(), "proves a share"),
            Step::Compare(compare) => (compare.by.iter().collect(), "types a fingerprint"),
            Step::Availability(exercise) => (vec![&exercise.by], "cuts off a provider"),
            Step::TakeOut(out) => (vec![&out.by], "takes a thing out"),
            Step::HandOver(over) => (vec![&over.from, &over.to], "has a thing in hand"),
            Step::PutAway(away) => (vec![&away.by], "puts a thing away"),
            Step::Retire(retire) => (
                retire.copies.iter().map(|copy| &copy.by).collect(),
                "destroys a copy of a backup",
            ),
            Step::Withdraw(withdraw) => {
                (vec![&withdraw.by], "takes away what somebody could get at")
            }
            Step::AccessReview(review) => (vec![&review.by], "fetches what a provider says"),
            Step::Reconcile(step) => (vec![&step.by], "fetches a provider's log"),
            Step::Explain(step) => (vec![&step.by], "explains a finding"),
            Step::Confirm(step) => (vec![&step.by], "fetches what a provider answers"),
            Step::Move(step) => (vec![&step.by], "changes a key at its provider"),
            Step::RequestDestroy(step) => (vec![&step.by], "schedules a deletion"),
            Step::CancelDestroy(step) => (vec![&step.by], "calls a deletion off"),
            Step::Identify(step) => (step.by.iter().collect(), "types which key is destroyed"),
            Step::Close(step) => (vec![&step.by], "deletes a key at its provider"),
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Join(_)
            | Step::Acknowledge(_)
            | Step::MovePerson(_)
            | Step::Leave(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Generate(_)
            | Step::Split(_)
            | Step::Approve(_)
            | Step::Wrap(_)
            | Step::Batch(_)
            | Step::Declare(_)
            | Step::ReEncrypted(_)
            | Step::Lock(_)
            | Step::Inspect(_)
            | Step::Receipt(_)
            | Step::Destroy(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Seal => return,
        };
        let mut said = BTreeSet::new();
        for id in people {
            if said.insert(id.as_str()) {
                self.executes(id, does);
            }
        }
    }

    /// Somebody carries something out who should only watch.
    fn executes(&mut self, id: &At<Id>, does: &str) {
        for role in [Role::Witness, Role::Auditor] {
            if self.holds(id.as_str(), role) {
                let message = format!("{id} is {} and {does}", role.spoken_with_article());
                self.add(
                    Finding::new(&WITNESS_EXECUTES, id.place, message)
                        .hint("let somebody else do it: whoever watches carries out nothing"),
                );
            }
        }
    }

    /// Whoever watches over a share is not the one whom it was made for.
    pub(super) fn watches_own_share(&mut self, witness: &At<Id>, item: &At<Id>) {
        let thing = self.script.items.get(item.as_str());
        let share = thing.and_then(|thing| thing.share.as_ref());
        if let Some(share) = share.filter(|share| share.of.value == witness.value) {
            let message = format!(
                "{} watches over {}, which carries the share of key {} made for {}",
                witness.value, item.value, share.key.value, share.of.value
            );
            self.add(
                Finding::new(&CUSTODIAN_APART, witness.place, message)
                    .hint("let somebody watch whose share it is not"),
            );
        }
    }

    /// Who must be there while a key is made, split or rebuilt.
    pub(super) fn attendance(&mut self, step: &'a At<Step>) {
        let (label, custodians) = match &step.value {
            Step::Generate(key) => (key, true),
            Step::Split(split) => (&split.key, true),
            Step::RestoreTest(test) => (&test.key, true),
            Step::Restore(restore) => (&restore.key, true),
            Step::Reshare(reshare) => (&reshare.key, true),
            Step::Wrap(wrap) => (&wrap.key, false),
            Step::Batch(batch) => (&batch.keys, false),
            Step::Destroy(destroy) => (&destroy.key, false),
            Step::Close(close) => (&close.key, false),
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Drill(_)
            | Step::Retire(_)
            | Step::Compare(_)
            | Step::Approve(_)
            | Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Declare(_)
            | Step::ReEncrypted(_)
            | Step::Join(_)
            | Step::Acknowledge(_)
            | Step::MovePerson(_)
            | Step::Leave(_)
            | Step::Withdraw(_)
            | Step::AccessReview(_)
            | Step::Reconcile(_)
            | Step::Explain(_)
            | Step::Confirm(_)
            | Step::Lock(_)
            | Step::Availability(_)
            | Step::TakeOut(_)
            | Step::Inspect(_)
            | Step::HandOver(_)
            | Step::PutAway(_)
            | Step::Receipt(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Seal => return,
        };
        if !self.production() {
            return;
        }
        let script = self.script;
        let mut missing: Vec<String> = [Role::Administrator, Role::Witness]
            .into_iter()
            .filter(|role| {
                // That nobody holds the role at all is another finding.
                let holders = script.roles.holders(*role);
                !holders.is_empty() && !holders.iter().any(|id| self.present.contains(id.as_str()))
            })
            .map(|role| format!("no {}", role.spoken()))
            .collect();
        let shares = self.shares_to_come(label.as_str()).filter(|_| custodians);
        if let Some(Shares { threshold, holders }) = shares {
            let there = holders.iter().filter(|id| self.present.contains(*id));
            let there = there.count();
            if there < usize::from(threshold) {
                missing.push(format!("{there} of the {threshold} custodians needed"));
            }
        }
        let short_before = std::mem::replace(&mut self.short_handed, !missing.is_empty());
        if self.short_handed && !short_before {
            let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
            let message = format!(
                "at `{}` of {} there is {} in the room",
                step.value.name(),
                label.value,
                list(&missing)
            );
            self.add(
                Finding::new(&ATTENDANCE, step.place, message)
                    .hint("let them sign in before, and out after it"),
            );
        }
    }
}
