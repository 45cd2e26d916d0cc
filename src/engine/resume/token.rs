//! What an interruption left in a token that outlives the process.

use std::collections::BTreeMap;

use crate::crypto::check_value;
use crate::domain::record::Call;
use crate::domain::record::Digest;
use crate::domain::record::Event;
use crate::domain::record::Orphan;
use crate::domain::record::OrphanDecision;
use crate::domain::record::Outcome;
use crate::domain::record::TokenKey;
use crate::domain::script::Step;
use crate::engine::abort;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::resume::progress;
use crate::engine::token::error::TokenError;

/// Looks for every key of the ceremony in the token, and takes in what is there.
pub(super) fn look(bench: &mut Bench<'_, '_>) -> Result<BTreeMap<String, TokenKey>, EngineError> {
    let mut found = BTreeMap::new();
    if !bench.token.outlives_process() {
        return Ok(found);
    }
    let progress = progress(bench.script, bench.store.entries())?;
    let live = progress.live_keys();
    for label in bench.script.keys.keys() {
        let label = label.as_str();
        let plan = bench.plan(label)?;
        let there = bench.token.find(label, &plan)?;
        let state = match (there, live.contains_key(label)) {
            (true, true) if is_as_recorded(bench, label)?.is_none() => TokenKey::Present,
            (true, true) => TokenKey::Changed,
            (true, false) => TokenKey::Unexplained,
            (false, true) => TokenKey::Absent,
            (false, false) => continue,
        };
        found.insert(label.to_owned(), state);
    }
    Ok(found)
}

/// The check value in which the key in the token differs from the recorded one.
fn is_as_recorded(bench: &Bench<'_, '_>, label: &str) -> Result<Option<TokenError>, EngineError> {
    let found = bench.token.check_values(label)?.into_map();
    let recorded = bench.state.made.get(label);
    let other = recorded.and_then(|recorded| check_value::difference(&found, recorded));
    Ok(other.map(|(name, found, wanted)| TokenError::Changed {
        key: label.to_owned(),
        name,
        found,
        wanted,
    }))
}

/// Settles what was found, with the people in the room. The outcome, if they end the ceremony here.
pub(super) fn settle(bench: &mut Bench<'_, '_>) -> Result<Option<Outcome>, EngineError> {
    let found = bench.state.in_token.clone();
    let asked = last_call(bench);
    if let Some((key, call)) = &asked {
        bench.room.desk.say(Say::Note(&format!(
            "The interruption came while the token was asked to {} (key {key}).",
            call.words()
        )));
    }
    cut_short(bench);
    for (label, state) in &found {
        match state {
            TokenKey::Present => bench.room.desk.say(Say::Good(&format!(
                "key {label} is in the token, with the check values that are recorded"
            ))),
            TokenKey::Changed => {
                if let Some(error) = is_as_recorded(bench, label)? {
                    return Err(error.into());
                }
            }
            TokenKey::Unexplained => orphan(bench, label, true)?,
            TokenKey::Absent => {
                if asked == Some((label.clone(), Call::Destroy)) {
                    bench.room.desk.say(Say::Note(&format!(
                        "Key {label} was destroyed before the interruption; the step says so next."
                    )));
                } else if bench.state.splits.contains_key(label) {
                    bench.room.desk.say(Say::Note(&format!(
                        "Key {label} is not in the token any more; its custodians can bring it back."
                    )));
                } else if let Some(outcome) = gone(bench, label)? {
                    return Ok(Some(outcome));
                }
            }
        }
    }
    Ok(None)
}

/// Tells whose shares are void: a split that was cut short is made again, with other shares.
fn cut_short(bench: &mut Bench<'_, '_>) {
    let next = progress(bench.script, bench.store.entries()).map(|progress| progress.next());
    let next = next.ok().flatten();
    let due = next.and_then(|index| bench.script.steps.get(index));
    let anew = due.is_some_and(|step| matches!(step.value, Step::Reshare(_)));
    if !bench.token.outlives_process() && !anew {
        return;
    }
    let mut void = BTreeMap::new();
    for entry in bench.store.entries() {
        match &entry.event {
            Event::Handed(handed) => {
                void.insert(handed.set.clone(), handed.key.clone());
            }
            Event::Step(_) => void.clear(),
            Event::Open(_)
            | Event::BatchKey(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => {}
        }
    }
    for (set, key) in void {
        bench.room.desk.say(Say::Note(&format!(
            "Shares of set {set} are void: whoever has one destroys it. Key {key} is split again."
        )));
    }
}

/// A key that is nowhere any more: the ceremony can only be ended.
fn gone(bench: &mut Bench<'_, '_>, label: &str) -> Result<Option<Outcome>, EngineError> {
    bench.room.desk.say(Say::Note(&format!(
        "Key {label} is recorded, it is not in the token any more, and nobody has shares of it."
    )));
    let next = progress(bench.script, bench.store.entries())?.next_number();
    match abort::abort(bench, next)? {
        Some(outcome) => Ok(Some(outcome)),
        None => Err(TokenError::Gone(label.to_owned()).into()),
    }
}

/// What the token was asked for last, if nothing is recorded after it.
fn last_call(bench: &Bench<'_, '_>) -> Option<(String, Call)> {
    let last = bench
        .store
        .entries()
        .iter()
        .rev()
        .find(|entry| !matches!(entry.event, Event::Resumed(_) | Event::Orphan(_)))?;
    match &last.event {
        Event::Calling(calling) => Some((calling.key.clone(), calling.call)),
        Event::Open(_)
        | Event::Step(_)
        | Event::Handed(_)
        | Event::BatchKey(_)
        | Event::Exception(_)
        | Event::Resumed(_)
        | Event::Lost(_)
        | Event::Recovered(_)
        | Event::Orphan(_)
        | Event::Sealed(_) => None,
    }
}

/// Destroys every key that no entry explains: the ceremony ends, and no step takes it for its own.
pub(super) fn unexplained(bench: &mut Bench<'_, '_>) -> Result<(), EngineError> {
    for (label, state) in bench.state.in_token.clone() {
        match state {
            TokenKey::Unexplained => orphan(bench, &label, false)?,
            TokenKey::Present | TokenKey::Changed | TokenKey::Absent => {}
        }
    }
    Ok(())
}

/// A key that no entry explains: the step that is due takes it for its own where the ceremony goes
/// on, or it is destroyed.
fn orphan(bench: &mut Bench<'_, '_>, label: &str, goes_on: bool) -> Result<(), EngineError> {
    let next = progress(bench.script, bench.store.entries())?.next();
    let step = next.and_then(|index| bench.script.steps.get(index));
    let makes = goes_on
        && step.is_some_and(|step| {
            matches!(step.value, Step::Generate(_) | Step::Restore(_))
                && step.value.key().is_some_and(|key| key.as_str() == label)
        });
    bench.room.desk.say(Say::Note(&format!(
        "Key {label} is orphaned: it is in the token, but no entry says so."
    )));
    let adopts = makes
        && bench.confirm(&Question::confirmation(
            format!("orphan/token:{label}"),
            format!("Is key {label} the one that this ceremony made? (`no` destroys it)"),
        ))?;
    let values = bench.token.check_values(label)?.into_map();
    let canonical = serde_json_canonicalizer::to_vec(&values).unwrap_or_default();
    let (decision, by) = match (adopts, makes) {
        (true, _) => (OrphanDecision::Adopted, "the room"),
        (false, true) => (OrphanDecision::Destroyed, "the room"),
        (false, false) => (OrphanDecision::Destroyed, "keyrite"),
    };
    // Recorded first, as for files.
    bench.record(Event::Orphan(Orphan {
        path: format!("token:{label}"),
        sha256: Digest::of(&canonical),
        from: None,
        decision,
        by: by.to_owned(),
    }))?;
    if !adopts {
        let method = bench.token.destroy(label)?;
        bench
            .room
            .desk
            .say(Say::Good(&format!("key {label}: {method}")));
    }
    Ok(())
}
