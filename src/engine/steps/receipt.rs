//! Custodians get in writing which share they hold.

use crate::domain::receipt::receipt;
use crate::domain::record::Did;
use crate::domain::record::Purpose;
use crate::domain::script::GiveReceipt;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::store::ARTIFACTS;

pub(super) fn give(bench: &mut Bench<'_, '_>, step: &GiveReceipt) -> Result<Done, EngineError> {
    let key = step.key.as_str();
    let split = bench.state.splits.get(key).cloned();
    let set = split
        .ok_or_else(|| EngineError::KeyGone(key.to_owned()))?
        .set;
    let mut artifacts = Vec::new();
    for id in &step.to {
        let person = id.as_str();
        let text = receipt(
            bench.script,
            bench.mode,
            &bench.state.ledger,
            key,
            &set,
            person,
        );
        // A script that names somebody without a share was refused before.
        let text = text.ok_or_else(|| EngineError::PersonLacks {
            person: person.to_owned(),
            field: "share",
        })?;
        let path = bench.free_path(&format!("{ARTIFACTS}/receipt-{key}-{person}"), ".txt");
        let made = bench
            .store
            .artifact(&path, text.as_bytes(), Purpose::Receipt)?;
        bench.room.desk.say(Say::Good(&format!(
            "{path} is for {}; it holds no secret",
            bench.name(person)
        )));
        artifacts.push(made);
    }
    let did = Did::Receipt {
        key: key.to_owned(),
        set: set.id,
        to: step.to.iter().map(ToString::to_string).collect(),
    };
    Ok(Done { did, artifacts })
}
