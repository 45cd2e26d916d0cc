//! Something went otherwise than written.

use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Exception;
use crate::domain::script::Asked;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn ask(bench: &mut Bench<'_, '_>, n: u32, asked: &Asked) -> Result<Done, EngineError> {
    let by = asked.by.as_str();
    let question = Question::confirmation(
        format!("{n}/otherwise/{by}"),
        format!(
            "{}: did anything go otherwise than written, beyond what is recorded already?",
            bench.name(by)
        ),
    )
    .to(by);
    let told = if bench.room.desk.confirm(&question)? {
        Some(tell(bench, n)?)
    } else {
        None
    };
    Ok(Did::Exception {
        by: by.to_owned(),
        told,
    }
    .into())
}

/// Asks what happened.
pub fn tell(bench: &mut Bench<'_, '_>, n: u32) -> Result<Exception, EngineError> {
    let expected = bench.line(&asked(n, "expected", "What was expected?"))?;
    let happened = bench.line(&asked(n, "happened", "What happened?"))?;
    decide(bench, n, expected, happened)
}

/// Asks what was decided about something that the program saw itself.
pub(super) fn decide(
    bench: &mut Bench<'_, '_>,
    n: u32,
    expected: String,
    happened: String,
) -> Result<Exception, EngineError> {
    let decided = bench.line(&asked(n, "decided", "What was decided?"))?;
    let who = asked(
        n,
        "decided-by",
        "Who decided? (id of a person in the script)",
    );
    let decided_by = bench.until_right(|bench| {
        let id = bench.line(&who)?;
        if bench.script.people.contains_key(id.as_str()) {
            Ok(id)
        } else {
            Err(EngineError::Nobody(id))
        }
    })?;
    Ok(Exception {
        step: n,
        expected,
        happened,
        decided,
        decided_by,
    })
}

fn asked(n: u32, name: &str, text: &str) -> Question {
    Question::input(format!("{n}/exception/{name}"), text)
}

/// How many exceptions a record holds.
pub(super) fn count(entries: &[Entry]) -> u32 {
    let count = entries
        .iter()
        .filter(|entry| match &entry.event {
            Event::Exception(_) => true,
            Event::Step(step) => matches!(&step.did, Did::Exception { told: Some(_), .. }),
            Event::Open(_)
            | Event::Handed(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::BatchKey(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => false,
        })
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
