//! Walks a script over a model of the room and says what cannot, or must not, happen.
//!
//! Who is present, which keys exist, which are in shares, tested, compared, approved, wrapped,
//! locked and destroyed. Whether a provider's algorithm can carry a key is asked elsewhere: this
//! module knows no provider.

mod access;
mod confirm;
mod custody;
mod declare;
mod duties;
mod gate;
mod given;
mod held;
mod imports;
mod keys;
mod kinds;
mod ledger;
mod lifecycle;
mod names;
mod people;
mod places;
mod reconcile;
mod reshare;
mod rotation;
mod staff;
mod token;
mod waivers;

pub use crate::domain::room::held::Held;
pub use crate::domain::room::held::held;
pub use crate::domain::room::waivers::waive;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::access::model::Model;
use crate::domain::estimate;
use crate::domain::finding::CRYPTOPERIOD;
use crate::domain::finding::Finding;
use crate::domain::finding::ORDER;
use crate::domain::finding::REVIEW_DUE;
use crate::domain::finding::SEAL_LAST;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::SHAPE;
use crate::domain::organisation;
use crate::domain::record::Life;
use crate::domain::room::ledger::Shelf;
use crate::domain::room::reshare::Older;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Given;
use crate::domain::script::Kind;
use crate::domain::script::Place;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::ScriptMode;
use crate::domain::script::Step;
use crate::domain::script::What;

/// Everything that is wrong with a script, in the order of the script; waivers not yet applied.
pub fn walk(script: &Script, today: Date) -> Vec<Finding> {
    let mut room = Room {
        script,
        step: None,
        findings: Vec::new(),
        present: BTreeSet::new(),
        gone: BTreeMap::new(),
        keys: BTreeMap::new(),
        compared: BTreeSet::new(),
        approved: BTreeSet::new(),
        exercised: BTreeSet::new(),
        asked_for: BTreeSet::new(),
        reshared: BTreeMap::new(),
        older: BTreeMap::new(),
        batches: BTreeSet::new(),
        signed_off: BTreeSet::new(),
        looked: false,
        short_handed: false,
        opened: false,
        restored: false,
        shelf: Shelf::default(),
        lives: BTreeMap::new(),
        identified: BTreeSet::new(),
        today,
    };
    room.findings.extend(organisation::of_script(script, today));
    room.findings
        .extend(organisation::of_policy(&script.policy));
    room.findings.extend(estimate::findings(script));
    room.roles();
    room.descriptions(today);
    room.fetchers();
    room.isolation();
    for (index, step) in script.steps.iter().enumerate() {
        room.step = u32::try_from(index + 1).ok();
        room.step(index, step);
    }
    room.step = None;
    room.end();
    room.reached(&Model::of(script));
    room.findings
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and none excludes another"
)]
struct Room<'a> {
    script: &'a Script,
    step: Option<u32>,
    findings: Vec<Finding>,
    present: BTreeSet<&'a str>,
    /// Who left, and at which step.
    gone: BTreeMap<&'a str, u32>,
    keys: BTreeMap<&'a str, KeyState<'a>>,
    compared: BTreeSet<&'a str>,
    /// Indexes of steps that an approval covers.
    approved: BTreeSet<usize>,
    /// Keys whose availability was exercised.
    exercised: BTreeSet<&'a str>,
    /// Keys of earlier ceremonies whose shares are asked for, and which do not come back.
    asked_for: BTreeSet<&'a str>,
    /// Shares of keys that were dealt anew.
    reshared: BTreeMap<&'a str, Shares<'a>>,
    /// Sets of shares that were replaced, and of which nobody was asked yet.
    older: BTreeMap<&'a str, Vec<Older>>,
    /// Lists whose keys were made.
    batches: BTreeSet<&'a str>,
    /// Older versions, and what was signed off of each.
    signed_off: BTreeSet<(&'a str, &'a str)>,
    looked: bool,
    /// Whether too few people were there at the last step that asks for them.
    short_handed: bool,
    /// Whether the token was opened with its PIN.
    opened: bool,
    /// Whether a key was brought back.
    restored: bool,
    /// Things that custodians keep.
    shelf: Shelf<'a>,
    /// Where keys are in their lives.
    lives: BTreeMap<&'a str, Life>,
    /// Keys that two people typed.
    identified: BTreeSet<&'a str>,
    /// The day of the check.
    today: Date,
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and none excludes another"
)]
struct KeyState<'a> {
    /// Who could rebuild it.
    shares: Option<Shares<'a>>,
    tested: bool,
    /// The inputs that it was wrapped for.
    wrapped: BTreeSet<&'a str>,
    /// Whether a copy of it left the token, wrapped or as a backup.
    taken_out: bool,
    locked: bool,
    destroyed: bool,
}

/// Shares of a key, of this ceremony or of an earlier one.
#[derive(Clone)]
struct Shares<'a> {
    threshold: u8,
    holders: Vec<&'a str>,
}

impl<'a> Shares<'a> {
    fn given(given: &'a Given) -> Self {
        let holders = given.share_set.shares.iter();
        Self {
            threshold: given.share_set.threshold.value,
            holders: holders.map(|share| share.custodian.as_str()).collect(),
        }
    }
}

impl<'a> Room<'a> {
    fn add(&mut self, mut finding: Finding) {
        finding.step = finding.step.or(self.step);
        self.findings.push(finding);
    }

    fn production(&self) -> bool {
        self.script.mode.value == ScriptMode::Production
    }

    /// Keys that exist at the end and of which this is true.
    fn labels(&self, which: impl Fn(&KeyState<'a>) -> bool) -> Vec<&'a str> {
        self.keys
            .iter()
            .filter(|(_, key)| !key.destroyed && which(key))
            .map(|(label, _)| *label)
            .collect()
    }

    fn descriptions(&mut self, today: Date) {
        self.token();
        self.names();
        self.given();
        self.lives();
        self.gates();
        self.external();
        self.items();
        self.versions();
        self.duties();
        self.beside_data();
        self.mixed();
        let script = self.script;
        let batches = script
            .batches
            .iter()
            .map(|(name, batch)| (name, &batch.key));
        for (label, key) in script.keys.iter().chain(batches) {
            self.usages(label, key);
            if let Some(model) = &key.model
                && model.reviewed_until.value.0 < today
            {
                self.add(
                    Finding::new(
                        &REVIEW_DUE,
                        model.reviewed_until.place,
                        format!(
                            "the choice of model for {label} was to be reviewed by {}",
                            model.reviewed_until.value.0
                        ),
                    )
                    .hint("review it and write the next date"),
                );
            }
            self.decided(label, key);
            let without_period = key.cryptoperiod.as_ref().is_none_or(|period| {
                period.time.is_none() && period.uses.is_none() && period.bytes.is_none()
            });
            if self.production() && without_period {
                self.add(
                    Finding::new(
                        &CRYPTOPERIOD,
                        key.place,
                        format!("{label} has no cryptoperiod"),
                    )
                    .hint("add `cryptoperiod: {time: 1y}`, or uses or bytes"),
                );
            }
        }
        if self.production() {
            self.keys_of_people();
        }
    }

    fn step(&mut self, index: usize, step: &'a At<Step>) {
        self.of_its_kind(step);
        self.hands(&step.value);
        let at = step.place;
        match &step.value {
            Step::SignIn(people) => self.sign_in(people),
            Step::SignOut(people) => self.sign_out(people),
            Step::Environment(environment) => {
                self.looked = true;
                let nothing = environment.network.is_none()
                    && environment.swap.is_none()
                    && environment.core_dumps.is_none()
                    && environment.remote.is_none()
                    && environment.recorder.is_none()
                    && environment.clock.is_none();
                if nothing {
                    self.add(
                        Finding::new(&SHAPE, step.place, "nothing is looked at")
                            .hint("name what must hold: `{network: off, swap: off, clock: read-by PERSON}`"),
                    );
                }
                if let Some(clock) = &environment.clock {
                    self.acts_as(clock.place, clock.person());
                }
            }
            Step::Statement(statement) => {
                self.all_act(&statement.by, step.place);
                self.counts(statement);
            }
            Step::Generate(key) => self.generate(key),
            Step::Split(split) => self.split(split, step.place),
            Step::RestoreTest(test) => self.restore_test(test, step.place),
            Step::Restore(restore) => {
                self.restored = true;
                self.restore(restore, step.place);
            }
            Step::Drill(drill) => self.drill(drill, step.place),
            Step::Reshare(reshare) => self.reshare(reshare, step.place),
            Step::Retire(retire) => self.retire(retire, step.place),
            Step::Compare(compare) => {
                self.known_input(&compare.wrapping_key);
                self.all_act(&compare.by, step.place);
                let typists: BTreeSet<&str> =
                    compare.by.iter().map(|id| id.value.as_str()).collect();
                if typists.len() != 2 || compare.by.len() != 2 {
                    self.add(
                        Finding::new(
                            &SHAPE,
                            step.place,
                            "a comparison takes two different people who type",
                        )
                        .hint("write `by: [ONE, OTHER]`"),
                    );
                }
                if let Some(witness) = &compare.seen_by {
                    self.acts(witness);
                    if typists.contains(witness.value.as_str()) {
                        self.add(
                            Finding::new(
                                &SEPARATION,
                                witness.place,
                                format!("{} types and is the one who watches", witness.value),
                            )
                            .hint("let somebody else watch"),
                        );
                    }
                }
                self.compared.insert(compare.wrapping_key.value.as_str());
            }
            Step::Approve(approve) => {
                self.acts(&approve.by);
                let is_approver = self
                    .script
                    .roles
                    .holders(Role::Approver)
                    .iter()
                    .any(|id| id.value == approve.by.value);
                if !is_approver && self.script.people.contains_key(approve.by.as_str()) {
                    self.add(
                        Finding::new(
                            &SEPARATION,
                            approve.by.place,
                            format!("{} is no approver", approve.by),
                        )
                        .hint("name somebody who holds the role, or give the role"),
                    );
                }
                let covered: Vec<usize> = self
                    .script
                    .covered_by(index, approve)
                    .into_iter()
                    .map(|(index, _)| index)
                    .collect();
                if covered.is_empty() {
                    let what = match approve.what {
                        What::Import => "no wrap follows",
                        What::Destroy => "no destruction follows",
                        What::Move => "no move follows",
                    };
                    self.add(
                        Finding::new(
                            &ORDER,
                            step.place,
                            format!("the approval covers nothing: {what}"),
                        )
                        .hint("put it before what it approves"),
                    );
                }
                self.approved.extend(covered);
            }
            Step::Wrap(wrap) => self.wrap(index, wrap, step.place),
            Step::Batch(batch) => self.batch(index, batch, step.place),
            Step::Lock(key) => self.lock(key),
            Step::Availability(exercise) => self.availability(exercise),
            Step::ReEncrypted(step) => self.re_encrypted(step),
            Step::Declare(step) => self.declare(step),
            Step::TakeOut(step) => self.take_out(step),
            Step::Inspect(step) => self.inspect(step),
            Step::HandOver(step) => self.hand_over(step),
            Step::PutAway(step) => self.put_away(step),
            Step::Receipt(step) => self.receipt(step, at),
            Step::Join(step) => self.join(step),
            Step::Acknowledge(step) => self.acknowledge(step, at),
            Step::MovePerson(step) => self.move_person(step, at),
            Step::Leave(step) => self.leave(step),
            Step::Withdraw(step) => self.withdraw(step),
            Step::AccessReview(step) => self.access_review(step, at),
            Step::Reconcile(step) => self.reconcile(step),
            Step::Explain(step) => self.explain(step),
            Step::Confirm(step) => self.confirm(step, at),
            Step::Destroy(destroy) => self.destroy(destroy, step.place),
            Step::Move(step) => self.moves(index, step, at),
            Step::RequestDestroy(step) => self.request_destroy(index, step, at),
            Step::CancelDestroy(step) => self.cancel_destroy(index, step, at),
            Step::Identify(step) => self.identify(step, at),
            Step::Close(step) => self.close(index, step, at),
            Step::Exception(asked) => self.acts(&asked.by),
            Step::Break(_) => {}
            Step::Seal => {
                if index + 1 != self.script.steps.len() {
                    self.add(
                        Finding::new(&SEAL_LAST, step.place, "the seal is not the last step")
                            .hint("nothing can be recorded after the seal; move it to the end"),
                    );
                }
            }
        }
        self.attendance(step);
    }

    fn end(&mut self) {
        let place = self
            .script
            .steps
            .last()
            .map_or(Place { line: 1, column: 1 }, |step| step.place);
        if !matches!(
            self.script.steps.last().map(|step| &step.value),
            Some(Step::Seal)
        ) {
            self.add(
                Finding::new(&SEAL_LAST, place, "the script does not end with the seal")
                    .hint("add `- seal`"),
            );
        }
        match self.script.token.core.value {
            Core::Software => {
                for label in self.labels(|key| key.shares.is_none() && key.wrapped.is_empty()) {
                    self.no_copy(label, place);
                }
            }
            Core::Pkcs11 => self.left_in_the_hsm(place),
        }
        self.exercised(place);
        self.items_at_the_end(place);
        if self.script.kind.value == Kind::Recovery && !self.restored {
            self.add(
                Finding::new(
                    &ORDER,
                    self.script.kind.place,
                    "the recovery brings back no key",
                )
                .hint("add a `restore` step, or choose another kind"),
            );
        }
        self.did_its_kind();
        self.old_epochs();
        self.batches_made();
        let script = self.script;
        for (label, key) in &script.keys {
            let asked_for = self.asked_for.contains(label.as_str());
            let made = self.keys.contains_key(label.as_str());
            if !made && !asked_for && !self.only_in_shares(label) {
                self.add(
                    Finding::new(
                        &ORDER,
                        key.place,
                        format!("key {label} is described but never made"),
                    )
                    .hint(if script.given.contains_key(label.as_str()) {
                        "add a `restore` step or remove the key"
                    } else {
                        "add a `generate` step or remove the key"
                    }),
                );
            }
        }
    }
}
