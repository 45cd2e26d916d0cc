//! People join, acknowledge, move, leave, and lose what they could get at.

use crate::domain::record::Acknowledged;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Joined;
use crate::domain::record::Left;
use crate::domain::record::Opened;
use crate::domain::record::PersonMoved;
use crate::domain::record::Withdrawn;
use crate::domain::say::thing;
use crate::domain::script::Acknowledge;
use crate::domain::script::Join;
use crate::domain::script::Leave;
use crate::domain::script::MovePerson;
use crate::domain::script::Role;
use crate::domain::script::Withdraw;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::ledger::agrees;
use crate::engine::steps::ledger::saw;
use crate::engine::steps::statement::answers;

pub(super) fn join(bench: &mut Bench<'_, '_>, n: u32, step: &Join) -> Result<Done, EngineError> {
    let (person, by) = (step.person.as_str(), step.seen_by.as_str());
    let text = format!(
        "{}: do you answer for it that {} joins?",
        bench.name(by),
        bench.name(person)
    );
    agrees(bench, format!("{n}/joins/{by}"), by, text, "the joining")?;
    let described = bench.script.people.get(person);
    let site = described.and_then(|it| it.site.as_ref());
    let manager = described.and_then(|it| it.manager.as_ref());
    Ok(Did::Join(Joined {
        person: person.to_owned(),
        roles: words(&step.roles),
        site: site.map(ToString::to_string),
        manager: manager.map(ToString::to_string),
        because: step.because.to_string(),
        seen_by: by.to_owned(),
    })
    .into())
}

pub(super) fn acknowledge(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Acknowledge,
) -> Result<Done, EngineError> {
    let text = step.text.as_str();
    bench.room.desk.say(Say::Aloud(text));
    let asked = ("acknowledges", "do you understand this, and take it on?");
    let answers = answers(bench, n, &step.by, asked)?;
    Ok(Did::Acknowledge(Acknowledged {
        text: text.to_owned(),
        sha256: Digest::of(text.as_bytes()),
        version: step.version.to_string(),
        valid_for: step.holds_for().seconds,
        answers,
    })
    .into())
}

pub(super) fn move_person(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &MovePerson,
) -> Result<Done, EngineError> {
    let by = step.seen_by.as_str();
    let text = format!(
        "{}: do you answer for it that {} moves?",
        bench.name(by),
        bench.name(step.person.as_str())
    );
    agrees(bench, format!("{n}/moves/{by}"), by, text, "the move")?;
    Ok(Did::MovePerson(PersonMoved {
        person: step.person.to_string(),
        site: step.site.as_ref().map(ToString::to_string),
        manager: step.manager.as_ref().map(ToString::to_string),
        roles: step.roles.as_ref().map(|roles| words(roles)),
        because: step.because.to_string(),
        seen_by: by.to_owned(),
    })
    .into())
}

pub(super) fn leave(bench: &mut Bench<'_, '_>, n: u32, step: &Leave) -> Result<Done, EngineError> {
    let (person, by) = (step.person.as_str(), step.seen_by.as_str());
    for opens in &step.opens {
        bench.room.desk.say(Say::Fact {
            name: opens.what.name(),
            value: opens.of.as_str(),
        });
    }
    let text = format!(
        "{}: do you answer for it that {} leaves on {}?",
        bench.name(by),
        bench.name(person),
        step.on.value.0
    );
    agrees(bench, format!("{n}/leaves/{by}"), by, text, "the leaving")?;
    let opens = step.opens.iter().map(|opens| Opened {
        what: opens.what,
        of: opens.of.to_string(),
    });
    Ok(Did::Leave(Left {
        person: person.to_owned(),
        on: step.on.value.0.to_string(),
        because: step.because.to_string(),
        opens: opens.collect(),
        seen_by: by.to_owned(),
    })
    .into())
}

pub(super) fn withdraw(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Withdraw,
) -> Result<Done, EngineError> {
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let text = format!(
        "{}: can {} no longer get at {}, as it was said: {}?",
        bench.name(by),
        bench.name(step.person.as_str()),
        thing(step.what.value, step.of.as_str()),
        step.how
    );
    agrees(bench, format!("{n}/withdraws/{by}"), by, text, "taking it")?;
    saw(bench, n, seen_by)?;
    Ok(Did::Withdraw(Withdrawn {
        person: step.person.to_string(),
        what: step.what.value,
        of: step.of.to_string(),
        how: step.how.to_string(),
        by: by.to_owned(),
        seen_by: seen_by.to_owned(),
    })
    .into())
}

fn words(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}
