//! People come, go and rest.

use crate::domain::record::Did;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Pause;
use crate::domain::script::Role;
use crate::domain::text::list;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn sign_in(
    bench: &mut Bench<'_, '_>,
    n: u32,
    people: &[At<Id>],
) -> Result<Done, EngineError> {
    for id in people {
        let roles: Vec<&str> = bench
            .script
            .roles
            .of(id.as_str())
            .into_iter()
            .map(Role::spoken)
            .collect();
        let roles = if roles.is_empty() {
            "guest".to_owned()
        } else {
            list(&roles)
        };
        let text = format!(
            "{} ({roles}): are you here, and do you know what you will do?",
            bench.name(id.as_str())
        );
        confirm(
            bench,
            format!("{n}/present/{id}"),
            id.as_str(),
            text,
            "being here",
        )?;
    }
    Ok(Did::SignIn {
        people: ids(people),
    }
    .into())
}

pub(super) fn sign_out(
    bench: &mut Bench<'_, '_>,
    n: u32,
    people: &[At<Id>],
) -> Result<Done, EngineError> {
    for id in people {
        let text = format!(
            "{}: do you leave with everything that is yours?",
            bench.name(id.as_str())
        );
        confirm(
            bench,
            format!("{n}/left/{id}"),
            id.as_str(),
            text,
            "leaving",
        )?;
    }
    Ok(Did::SignOut {
        people: ids(people),
    }
    .into())
}

pub(super) fn pause(bench: &mut Bench<'_, '_>, n: u32, pause: &Pause) -> Result<Done, EngineError> {
    let began = bench.room.clock.now();
    bench.room.desk.say(Say::Note(&format!(
        "The break begins at {began}; be back by {}. Leave nobody alone with the machine.",
        began.plus_seconds(pause.r#for.seconds)
    )));
    let question = Question::confirmation(format!("{n}/back"), "Is everybody back?");
    if !bench.confirm(&question)? {
        return Err(EngineError::NotConfirmed {
            person: "the room".to_owned(),
            what: "the end of the break".to_owned(),
        });
    }
    Ok(Did::Break { began }.into())
}

fn confirm(
    bench: &mut Bench<'_, '_>,
    id: String,
    person: &str,
    text: String,
    what: &str,
) -> Result<(), EngineError> {
    let question = Question::confirmation(id, text).to(person);
    bench.until_right(|bench| {
        if bench.confirm(&question)? {
            Ok(())
        } else {
            Err(EngineError::NotConfirmed {
                person: person.to_owned(),
                what: what.to_owned(),
            })
        }
    })
}

fn ids(people: &[At<Id>]) -> Vec<String> {
    people.iter().map(ToString::to_string).collect()
}
