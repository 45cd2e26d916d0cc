//! The one sentence of each step: on the screen, on paper and in the record.

mod confirm;
mod ledger;
mod reconcile;
mod staff;

pub use crate::domain::say::staff::thing;
mod lifecycle;

use crate::domain::script::Asked;
use crate::domain::script::At;
use crate::domain::script::Availability;
use crate::domain::script::Compare;
use crate::domain::script::Declare;
use crate::domain::script::Destroy;
use crate::domain::script::Drill;
use crate::domain::script::Environment;
use crate::domain::script::Id;
use crate::domain::script::MakeBatch;
use crate::domain::script::Parts;
use crate::domain::script::Pause;
use crate::domain::script::Reshare;
use crate::domain::script::Restore;
use crate::domain::script::RestoreTest;
use crate::domain::script::Retire;
use crate::domain::script::Script;
use crate::domain::script::Statement;
use crate::domain::script::Step;
use crate::domain::script::What;
use crate::domain::script::Where;
use crate::domain::script::Wrap;
use crate::domain::text::list;

/// The sentence of `step`.
pub fn say(script: &Script, step: &Step) -> String {
    let name = |id: &At<Id>| script.name_of(id.as_str()).to_owned();
    let names = |ids: &[At<Id>]| list(&ids.iter().map(name).collect::<Vec<_>>());
    match step {
        Step::SignIn(people) => format!(
            "{} {} in.",
            names(people),
            if people.len() == 1 { "signs" } else { "sign" }
        ),
        Step::SignOut(people) => format!(
            "{} {} out.",
            names(people),
            if people.len() == 1 { "signs" } else { "sign" }
        ),
        Step::Environment(Environment {
            network,
            swap,
            core_dumps,
            remote,
            recorder,
            clock,
        }) => {
            let mut looks = Vec::new();
            looks.extend(network.map(|_| "the network is off"));
            looks.extend(swap.map(|_| "swap is off"));
            looks.extend(core_dumps.map(|_| "core dumps are off"));
            looks.extend(remote.map(|_| "nobody works at the machine from elsewhere"));
            looks.extend(recorder.map(|_| "nothing records the terminal"));
            let machine = if looks.is_empty() {
                String::new()
            } else {
                format!("See that {}.", list(&looks))
            };
            let clock = clock.as_ref().map(|by| {
                format!(
                    "{} reads the time from a clock of their own.",
                    script.name_of(by.person())
                )
            });
            [machine, clock.unwrap_or_default()]
                .join(" ")
                .trim()
                .to_owned()
        }
        Step::Statement(Statement {
            text: _,
            by,
            counts: _,
        }) => {
            format!("Read the statement aloud; {} answer it.", names(by))
        }
        Step::Generate(key) => match script.keys.get(key.as_str()) {
            Some(described) => format!("Make the {} key {key}.", described.r#type.value),
            None => format!("Make the key {key}."),
        },
        Step::Split(split) => {
            let people = script.among(split);
            if split.parts() == Parts::Components {
                return format!(
                    "Split key {} into {} components, one each for {}; all of them make it.",
                    split.key.value,
                    people.len(),
                    names(people),
                );
            }
            format!(
                "Split key {} into {} shares, one each for {}; any {} of them rebuild it.",
                split.key.value,
                people.len(),
                names(people),
                split.threshold.value,
            )
        }
        Step::RestoreTest(RestoreTest { key, with }) => format!(
            "Rebuild key {} from the shares of {} and see that it is the same.",
            key.value,
            names(with)
        ),
        Step::Restore(Restore { key, with }) => format!(
            "Bring key {} back from the shares of {} and see that it is the same as when it was made.",
            key.value,
            names(with)
        ),
        Step::Drill(Drill { key, with }) => format!(
            "{} {} possession of a share of key {}; nothing is rebuilt.",
            names(with),
            if with.len() == 1 { "proves" } else { "prove" },
            key.value
        ),
        Step::Reshare(Reshare {
            key,
            with,
            threshold,
            among,
            deliver: _,
        }) => {
            let people = script.receivers(among);
            format!(
                "Rebuild key {} from the old shares of {} and deal it anew into {} shares, one each for {}; any {} of them rebuild it.",
                key.value,
                names(with),
                people.len(),
                names(people),
                threshold.value
            )
        }
        Step::Retire(Retire {
            key,
            epoch,
            seen_by,
            copies,
        }) => {
            let epoch = epoch
                .as_ref()
                .map_or(String::new(), |epoch| format!(" of epoch {}", epoch.value));
            let copies = match copies.len() {
                0 => String::new(),
                1 => " and of the copy of the old backup".to_owned(),
                n => format!(" and of {n} copies of the old backup"),
            };
            format!(
                "Say what became of the old shares of key {}{epoch}{copies}, seen by {}.",
                key.value,
                name(seen_by)
            )
        }
        Step::Compare(Compare {
            wrapping_key,
            channel,
            by,
            seen_by,
        }) => {
            let seen = seen_by
                .as_ref()
                .map_or(String::new(), |id| format!(", seen by {}", name(id)));
            format!(
                "{} type words of the fingerprint of wrapping key {} as heard over {channel}{seen}.",
                names(by),
                wrapping_key.value,
            )
        }
        Step::Approve(approve) => {
            let what = match approve.what {
                What::Import => "the import",
                What::Destroy => "the destruction",
                What::Move => "the move",
            };
            format!("{} approves {what} with a signature.", name(&approve.by))
        }
        Step::Batch(MakeBatch { keys, r#for }) => {
            let kind = script
                .batches
                .get(keys.as_str())
                .map(|batch| batch.key.r#type.value);
            let kind = kind.map_or(String::new(), |kind| format!("{kind} "));
            format!(
                "Make one {kind}key for each row of {} and wrap it for {}.",
                keys.value, r#for.value
            )
        }
        Step::Wrap(Wrap { key, r#for }) => match script.inputs.get(r#for.as_str()) {
            Some(input) => format!(
                "Wrap key {} for {} ({}, {}).",
                key.value, r#for.value, input.provider.value, input.algorithm.value
            ),
            None => format!("Wrap key {} for {}.", key.value, r#for.value),
        },
        Step::Lock(key) => format!("Lock key {key}: from now on nothing takes it out of the HSM."),
        Step::Availability(Availability { key, by, seen_by }) => {
            let seen = seen_by
                .as_ref()
                .map_or(String::new(), |id| format!(", seen by {}", name(id)));
            format!(
                "{} cuts the provider off from key {} and brings it back{seen}.",
                name(by),
                key.value
            )
        }
        Step::ReEncrypted(step) => format!(
            "{} signs off that nothing of {} needs key {} any more.",
            name(&step.by),
            step.dependent.value,
            step.key.value
        ),
        Step::Declare(Declare {
            key,
            at,
            key_id,
            by,
            seen_by,
            ..
        }) => format!(
            "{} and {} see key {key} at {at}, as {key_id}.",
            name(by),
            name(seen_by)
        ),
        Step::TakeOut(step) => ledger::take_out(script, step),
        Step::Inspect(step) => ledger::inspect(script, step),
        Step::HandOver(step) => ledger::hand_over(script, step),
        Step::PutAway(step) => ledger::put_away(script, step),
        Step::Receipt(step) => ledger::receipt(script, step),
        Step::Join(step) => staff::join(script, step),
        Step::Acknowledge(step) => staff::acknowledge(script, step),
        Step::MovePerson(step) => staff::move_person(script, step),
        Step::Leave(step) => staff::leave(script, step),
        Step::Withdraw(step) => staff::withdraw(script, step),
        Step::AccessReview(step) => staff::access_review(script, step),
        Step::Reconcile(step) => reconcile::reconcile(script, step),
        Step::Explain(step) => reconcile::explain(script, step),
        Step::Confirm(step) => confirm::confirm(script, step),
        Step::Destroy(Destroy {
            key,
            r#where: Where::Token,
        }) => {
            format!("Destroy key {} in the token.", key.value)
        }
        Step::Move(step) => lifecycle::moves(script, step),
        Step::RequestDestroy(step) => lifecycle::request_destroy(script, step),
        Step::CancelDestroy(step) => lifecycle::cancel_destroy(script, step),
        Step::Identify(step) => lifecycle::identify(script, step),
        Step::Close(step) => lifecycle::close(script, step),
        Step::Exception(Asked { by }) => {
            format!(
                "{} says whether anything went otherwise than written.",
                name(by)
            )
        }
        Step::Break(Pause { r#for }) => format!("Break for {for}."),
        Step::Seal => {
            let signers = script.record_signers();
            let signers: Vec<&str> = signers.iter().map(|id| script.name_of(id)).collect();
            format!("Seal the record; {} sign it.", list(&signers))
        }
    }
}
