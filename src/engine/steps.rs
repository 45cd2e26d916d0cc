//! The deeds: one file for each step of a script.

mod access_review;
mod approve;
mod availability;
mod batch;
mod compare;
mod confirm;
mod declare;
mod deliver;
mod destroy;
mod drill;
mod environment;
mod exception;
mod generate;
mod ledger;
mod lifecycle;
mod lock;
mod people;
mod re_encrypted;
mod receipt;
mod reconcile;
mod reshare;
mod restore;
mod restore_test;
mod retire;
mod split;
mod staff;
mod statement;
mod wrap;

pub use deliver::card_paper;
pub use exception::decide;
pub use exception::tell;
pub use restore_test::gather;
pub use restore_test::given_backup;
pub use restore_test::rebuild;
pub use wrap::Import;

use std::collections::BTreeMap;

use crate::domain::progress::number;
use crate::domain::record::Artifact;
use crate::domain::record::Did;
use crate::domain::record::Outcome;
use crate::domain::record::Sealed;
use crate::domain::script::Step;
use crate::engine::bench::Bench;
use crate::engine::error::EngineError;

/// What a step did, and the files it made.
pub struct Done {
    /// What it did.
    pub did: Did,
    /// Files made for the outside.
    pub artifacts: Vec<Artifact>,
}

impl From<Did> for Done {
    fn from(did: Did) -> Self {
        Self {
            did,
            artifacts: Vec::new(),
        }
    }
}

/// Does the step at `index`; nothing for the seal, which is no step entry.
pub fn perform(bench: &mut Bench<'_, '_>, index: usize) -> Result<Option<Done>, EngineError> {
    let script = bench.script;
    let Some(step) = script.steps.get(index) else {
        return Ok(None);
    };
    let n = number(index);
    Ok(Some(match &step.value {
        Step::SignIn(people) => people::sign_in(bench, n, people)?,
        Step::SignOut(people) => people::sign_out(bench, n, people)?,
        Step::Environment(environment) => environment::look(bench, n, environment)?,
        Step::Statement(statement) => statement::read(bench, n, statement)?,
        Step::Generate(key) => generate::generate(bench, n, key)?,
        Step::Split(split) => split::split(bench, n, split)?,
        Step::RestoreTest(test) => restore_test::test(bench, n, test)?,
        Step::Compare(compare) => compare::compare(bench, n, compare)?,
        Step::Approve(approve) => approve::approve(bench, index, approve)?,
        Step::Wrap(wrap) => wrap::wrap(bench, index, wrap)?,
        Step::Batch(step) => batch::batch(bench, index, step)?,
        Step::Availability(exercise) => availability::exercise(bench, n, exercise)?,
        Step::ReEncrypted(step) => re_encrypted::sign_off(bench, n, step)?,
        Step::Declare(step) => declare::declare(bench, n, step)?,
        Step::TakeOut(step) => ledger::take_out(bench, n, step)?,
        Step::Inspect(step) => ledger::inspect(bench, n, step)?,
        Step::HandOver(step) => ledger::hand_over(bench, n, step)?,
        Step::PutAway(step) => ledger::put_away(bench, n, step)?,
        Step::Receipt(step) => receipt::give(bench, step)?,
        Step::Join(step) => staff::join(bench, n, step)?,
        Step::Acknowledge(step) => staff::acknowledge(bench, n, step)?,
        Step::MovePerson(step) => staff::move_person(bench, n, step)?,
        Step::Leave(step) => staff::leave(bench, n, step)?,
        Step::Withdraw(step) => staff::withdraw(bench, n, step)?,
        Step::AccessReview(step) => access_review::review(bench, n, step)?,
        Step::Reconcile(step) => reconcile::reconcile(bench, n, step)?,
        Step::Explain(step) => reconcile::explain(bench, n, step)?,
        Step::Confirm(step) => confirm::confirm(bench, n, step)?,
        Step::Restore(restore) => restore::restore(bench, n, restore)?,
        Step::Drill(drill) => drill::drill(bench, n, drill)?,
        Step::Reshare(reshare) => reshare::reshare(bench, n, reshare)?,
        Step::Retire(retire) => retire::retire(bench, n, retire)?,
        Step::Lock(key) => lock::lock(bench, n, key)?,
        Step::Destroy(destroy) => destroy::destroy(bench, index, destroy)?,
        Step::Move(step) => lifecycle::moves(bench, index, step)?,
        Step::RequestDestroy(step) => lifecycle::request_destroy(bench, index, step)?,
        Step::CancelDestroy(step) => lifecycle::cancel_destroy(bench, index, step)?,
        Step::Identify(step) => lifecycle::identify(bench, n, step)?,
        Step::Close(step) => lifecycle::close(bench, index, step)?,
        Step::Exception(asked) => exception::ask(bench, n, asked)?,
        Step::Break(pause) => people::pause(bench, n, pause)?,
        Step::Seal => return Ok(None),
    }))
}

/// The last entry.
pub fn seal(bench: &Bench<'_, '_>, outcome: Outcome, reason: Option<String>) -> Sealed {
    Sealed {
        outcome,
        reason,
        signers: bench.script.record_signers(),
        namespace: bench.mode.namespace().to_owned(),
        quorum: bench.script.quorum(),
        exceptions: exception::count(bench.store.entries()),
        keys: BTreeMap::new(),
        void_sets: Vec::new(),
        void_artifacts: Vec::new(),
    }
}
