//! The way from a provider to a key is taken away and brought back.

use crate::domain::record::Did;
use crate::domain::record::Event;
use crate::domain::script::Availability;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::exception::decide;

pub(super) fn exercise(
    bench: &mut Bench<'_, '_>,
    n: u32,
    exercise: &Availability,
) -> Result<Done, EngineError> {
    let key = exercise.key.as_str();
    let by = exercise.by.as_str();
    let name = bench.name(by);
    if let Some(external) = bench.script.external.get(key) {
        bench.room.desk.say(Say::Fact {
            name: "service",
            value: external.service.as_str(),
        });
        for (name, value) in &external.identifiers {
            bench.room.desk.say(Say::Fact {
                name: name.as_str(),
                value: value.as_str(),
            });
        }
    }
    let asked = |what: &str, text: String| Question::input(format!("{n}/{what}/{by}"), text).to(by);
    let tried = bench.line(&asked(
        "tried",
        format!("{name}: how was the provider cut off from key {key}, or the fail-over begun?"),
    ))?;
    let happened = bench.line(&asked(
        "happened",
        format!("{name}: what did the provider's side show, and after how long?"),
    ))?;
    let question = Question::confirmation(
        format!("{n}/back/{by}"),
        format!("{name}: the way is open again. Can the provider use key {key} now?"),
    )
    .to(by);
    let back = bench.confirm(&question)?;
    if let Some(witness) = &exercise.seen_by {
        let witness = witness.as_str();
        let question = Question::confirmation(
            format!("{n}/seen/{witness}"),
            format!("{}: did you see this happen?", bench.name(witness)),
        )
        .to(witness);
        if !bench.confirm(&question)? {
            return Err(EngineError::NotConfirmed {
                person: witness.to_owned(),
                what: "the exercise".to_owned(),
            });
        }
    }
    if !back {
        let expected = format!("the provider can use key {key} again");
        let exception = decide(bench, n, expected, happened.clone())?;
        bench.record(Event::Exception(exception))?;
    }
    Ok(Did::Availability {
        key: key.to_owned(),
        by: by.to_owned(),
        tried,
        happened,
        back,
        seen_by: exercise.seen_by.as_ref().map(ToString::to_string),
    }
    .into())
}
