//! A key goes on in its life: what a provider's operator runs, what the provider answered, and who
//! asked, did it and watched.

use crate::crypto::words::matches;
use crate::crypto::words::words;
use crate::domain::certificate::certificate;
use crate::domain::lifecycle::State;
use crate::domain::notice::notice;
use crate::domain::progress::number;
use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Identified;
use crate::domain::record::Life;
use crate::domain::record::Moved;
use crate::domain::record::Purpose;
use crate::domain::record::Typed;
use crate::domain::record::identifying;
use crate::domain::script::CancelDestroy;
use crate::domain::script::Close;
use crate::domain::script::Identify;
use crate::domain::script::Move;
use crate::domain::script::RequestDestroy;
use crate::domain::text::list;
use crate::engine::acts::closing;
use crate::engine::acts::run;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::store::ARTIFACTS;
use crate::providers::lifecycle::Act;

pub(super) fn moves(
    bench: &mut Bench<'_, '_>,
    index: usize,
    step: &Move,
) -> Result<Done, EngineError> {
    let n = number(index);
    let life = life(bench, step.key.as_str())?;
    approved(bench, index)?;
    if step.to.value == State::Destroyed {
        let open = life.open();
        if !open.is_empty() {
            return Err(EngineError::StillOpen {
                key: life.key,
                open,
            });
        }
    }
    let mut moved = life.planned(step);
    facts(bench, &life);
    bench.room.desk.say(Say::Fact {
        name: "from",
        value: &life.standing.words(),
    });
    asks(bench, n, step.requested_by.as_str(), step.because.as_str())?;
    for one in &mut moved.at {
        let act = Act::of(moved.to, moved.purpose, one.from);
        one.told = act_at(bench, n, &life, &one.at, &act, step.by.as_str())?;
    }
    seen(bench, n, step.seen_by.as_str())?;
    if moved.to == State::Destroyed {
        return certified(bench, &life, moved);
    }
    if moved.to == State::Compromised && !moved.notify.is_empty() {
        return noticed(bench, &life, moved);
    }
    Ok(Did::Move(moved).into())
}

pub(super) fn request_destroy(
    bench: &mut Bench<'_, '_>,
    index: usize,
    step: &RequestDestroy,
) -> Result<Done, EngineError> {
    let n = number(index);
    let life = life(bench, step.key.as_str())?;
    approved(bench, index)?;
    facts(bench, &life);
    let dependents: Vec<String> = step.dependents.iter().map(ToString::to_string).collect();
    let tenants: Vec<String> = step.tenants.iter().map(ToString::to_string).collect();
    impact(bench, &life, &dependents, &tenants);
    asks(bench, n, step.requested_by.as_str(), step.because.as_str())?;
    let now = bench.room.clock.now();
    let mut asked = life.asked(step, now, &bench.script.policy);
    for one in &mut asked.at {
        let days = (one.ends.seconds_since(now) / DAY).max(1);
        let act = Act::ScheduleDeletion(days);
        one.told = act_at(bench, n, &life, &one.at, &act, step.by.as_str())?;
    }
    seen(bench, n, step.seen_by.as_str())?;
    bench.room.desk.say(Say::Good(&format!(
        "nothing of key {} is destroyed before {}; until then a ceremony of kind cancel-destroy calls it off",
        asked.key,
        asked.not_before.date()
    )));
    Ok(Did::RequestDestroy(asked).into())
}

pub(super) fn cancel_destroy(
    bench: &mut Bench<'_, '_>,
    index: usize,
    step: &CancelDestroy,
) -> Result<Done, EngineError> {
    let n = number(index);
    let life = life(bench, step.key.as_str())?;
    approved(bench, index)?;
    facts(bench, &life);
    asks(bench, n, step.requested_by.as_str(), step.because.as_str())?;
    let mut cancelled = life.cancelled(step);
    for one in &mut cancelled.at {
        one.told = act_at(
            bench,
            n,
            &life,
            &one.at,
            &Act::CancelDeletion,
            step.by.as_str(),
        )?;
    }
    seen(bench, n, step.seen_by.as_str())?;
    bench.room.desk.say(Say::Good(&format!(
        "the destruction of key {} is called off; it is {}",
        life.key,
        life.standing.words()
    )));
    Ok(Did::CancelDestroy(cancelled).into())
}

pub(super) fn identify(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Identify,
) -> Result<Done, EngineError> {
    let life = life(bench, step.key.as_str())?;
    facts(bench, &life);
    let (dependents, tenants) = life
        .request
        .as_ref()
        .map_or_else(Default::default, |request| {
            (request.dependents.clone(), request.tenants.clone())
        });
    impact(bench, &life, &dependents, &tenants);
    let gone = || EngineError::KeyGone(life.key.clone());
    let (check_value, bytes) = identifying(&life.check_values).ok_or_else(gone)?;
    let all = words(&bytes);
    let half = (bytes.len() / 2).min(WORDS);
    let ranges = [(0, half), (half, bytes.len().min(2 * WORDS))];
    let mut by = Vec::new();
    for (id, (first, end)) in step.by.iter().zip(ranges) {
        let person = id.as_str();
        let name = bench.name(person);
        let question = Question::confirmation(
            format!("{n}/name/{person}"),
            format!("{name}: type the name of the key that is to be destroyed"),
        )
        .to(person)
        .asks(Asks::Fact(life.key.clone()));
        bench.until_right(|bench| {
            if bench.ask(&question)?.trim() == life.key {
                Ok(())
            } else {
                Err(EngineError::OtherKeyName)
            }
        })?;
        let due = all.get(first..end).unwrap_or_default().join(" ");
        let question = Question::confirmation(
            format!("{n}/key-words/{person}"),
            format!(
                "{name}: type words {} to {end} of its {check_value}, as `keyrite register show` names them",
                first + 1
            ),
        )
        .to(person)
        .asks(Asks::Fact(due));
        bench.until_right(|bench| {
            let typed = bench.ask(&question)?;
            let expected = bytes.get(first..end).unwrap_or_default();
            matches(&typed, expected, first).map_err(|wrong| EngineError::OtherKeyWord {
                position: wrong.0 + 1,
            })
        })?;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        by.push(Typed {
            person: person.to_owned(),
            from: number(first + 1),
            to: number(end),
        });
    }
    bench
        .room
        .desk
        .say(Say::Good(&format!("both mean key {}", life.key)));
    Ok(Did::Identify(Identified {
        key: life.key,
        check_value,
        by,
    })
    .into())
}

pub(super) fn close(
    bench: &mut Bench<'_, '_>,
    index: usize,
    step: &Close,
) -> Result<Done, EngineError> {
    let n = number(index);
    let life = life(bench, step.key.as_str())?;
    approved(bench, index)?;
    facts(bench, &life);
    let mut closed = life.closed(step);
    let (method, act) = closing(&life, step);
    closed.method = method;
    closed.told = act_at(bench, n, &life, &closed.at, &act, step.by.as_str())?;
    seen(bench, n, step.seen_by.as_str())?;
    Ok(Did::Close(closed).into())
}

/// The end of a key, in writing.
fn certified(bench: &mut Bench<'_, '_>, life: &Life, moved: Moved) -> Result<Done, EngineError> {
    let entries: Vec<&Entry> = bench.store.entries().iter().collect();
    let text = certificate(bench.script, bench.mode, &entries, life, &moved);
    let path = bench.free_path(&format!("{ARTIFACTS}/destruction-{}", life.key), ".txt");
    let made = bench
        .store
        .artifact(&path, text.as_bytes(), Purpose::Certificate)?;
    bench.room.desk.say(Say::Good(&format!(
        "{path} says how key {} was destroyed",
        life.key
    )));
    Ok(Done {
        did: Did::Move(moved),
        artifacts: vec![made],
    })
}

/// What those who rely on a compromised key are told, in writing.
fn noticed(bench: &mut Bench<'_, '_>, life: &Life, moved: Moved) -> Result<Done, EngineError> {
    let last = bench.store.entries().last().map(|entry| entry.at);
    let now = last.unwrap_or_else(|| bench.room.clock.now());
    let text = notice(bench.script, bench.mode, life, &moved, now);
    let path = bench.free_path(&format!("{ARTIFACTS}/revocation-{}", life.key), ".txt");
    let made = bench
        .store
        .artifact(&path, text.as_bytes(), Purpose::Notice)?;
    bench.room.desk.say(Say::Good(&format!(
        "{path} tells {} that key {} is compromised, and what to do; send it to them",
        list(&moved.notify),
        life.key
    )));
    Ok(Done {
        did: Did::Move(moved),
        artifacts: vec![made],
    })
}

/// What is done with one provider key, and what the provider answered.
fn act_at(
    bench: &mut Bench<'_, '_>,
    n: u32,
    life: &Life,
    name: &str,
    act: &Act,
    by: &str,
) -> Result<String, EngineError> {
    let gone = || EngineError::KeyGone(life.key.clone());
    let at = life.at.get(name).ok_or_else(gone)?;
    let place = at.key_id.as_deref().unwrap_or(name);
    bench.room.desk.say(Say::Fact {
        name: "at",
        value: &format!("{} {place}", at.provider),
    });
    for line in run(life, name, act).unwrap_or_default() {
        bench.room.desk.say(Say::Note(&line));
    }
    let who = bench.name(by);
    bench.line(
        &Question::input(
            format!("{n}/answer/{name}"),
            format!("{who}: what did {} answer, and at what time?", at.provider),
        )
        .to(by),
    )
}

fn life(bench: &Bench<'_, '_>, key: &str) -> Result<Life, EngineError> {
    let life = bench.state.lives.get(key).cloned();
    life.ok_or_else(|| EngineError::KeyGone(key.to_owned()))
}

fn facts(bench: &mut Bench<'_, '_>, life: &Life) {
    bench.room.desk.say(Say::Fact {
        name: "key",
        value: &life.key,
    });
    for (name, value) in &life.check_values {
        bench.room.desk.say(Say::Fact { name, value });
    }
}

/// What is lost with the key.
fn impact(bench: &mut Bench<'_, '_>, life: &Life, dependents: &[String], tenants: &[String]) {
    let none = |texts: &[String], nothing: &str| {
        if texts.is_empty() {
            nothing.to_owned()
        } else {
            list(texts)
        }
    };
    for (name, value) in [
        (
            "depends on it",
            none(dependents, "nothing that anybody named"),
        ),
        ("data lost of", none(tenants, "nobody that anybody named")),
        ("still holds it", none(&life.open(), "nothing")),
    ] {
        bench.room.desk.say(Say::Fact {
            name,
            value: &value,
        });
    }
}

/// Whoever asked says so.
fn asks(bench: &mut Bench<'_, '_>, n: u32, who: &str, because: &str) -> Result<(), EngineError> {
    let text = format!(
        "{}: do you ask for this, because: {because}?",
        bench.name(who)
    );
    confirmed(
        bench,
        format!("{n}/asks/{who}"),
        text,
        who,
        "asking for this",
    )
}

/// Whoever watched says so.
fn seen(bench: &mut Bench<'_, '_>, n: u32, who: &str) -> Result<(), EngineError> {
    let text = format!("{}: did you see this done as it is told?", bench.name(who));
    confirmed(
        bench,
        format!("{n}/seen/{who}"),
        text,
        who,
        "seeing this done",
    )
}

fn confirmed(
    bench: &mut Bench<'_, '_>,
    id: String,
    text: String,
    who: &str,
    what: &str,
) -> Result<(), EngineError> {
    let question = Question::confirmation(id, text).to(who);
    if bench.confirm(&question)? {
        return Ok(());
    }
    Err(EngineError::NotConfirmed {
        person: who.to_owned(),
        what: what.to_owned(),
    })
}

fn approved(bench: &mut Bench<'_, '_>, index: usize) -> Result<(), EngineError> {
    let now = bench.room.clock.now();
    if bench.needs_approval(index) && !bench.approved(index, now) {
        return Err(EngineError::NotApproved {
            step: number(index),
        });
    }
    Ok(())
}

/// How many words each person types at most; 2^-32 each to fit by chance.
const WORDS: usize = 4;
const DAY: i64 = 86_400;
