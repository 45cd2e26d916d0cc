//! Somebody signs off that a dependent needs an older version of a key no more.

use crate::domain::record::Did;
use crate::domain::record::LogsSeen;
use crate::domain::script::ReEncrypted;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn sign_off(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &ReEncrypted,
) -> Result<Done, EngineError> {
    let by = step.by.as_str();
    let logs = step.logs.as_ref().map(|logs| LogsSeen::of(&logs.value));
    bench.room.desk.say(Say::Fact {
        name: "evidence",
        value: step.evidence.as_str(),
    });
    bench.room.desk.say(Say::Fact {
        name: "logs",
        value: &LogsSeen::words(logs.as_ref()),
    });
    let question = Question::confirmation(
        format!("{n}/re-encrypted/{by}"),
        format!(
            "{}: is nothing of {} left that only {} opens?",
            bench.name(by),
            step.dependent.value,
            step.key.value
        ),
    )
    .to(by);
    if !bench.confirm(&question)? {
        return Err(EngineError::NotConfirmed {
            person: by.to_owned(),
            what: format!("that {} was encrypted anew", step.dependent.value),
        });
    }
    Ok(Did::ReEncrypted {
        key: step.key.to_string(),
        dependent: step.dependent.to_string(),
        by: by.to_owned(),
        evidence: step.evidence.to_string(),
        logs,
    }
    .into())
}
