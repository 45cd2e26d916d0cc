//! A ceremony is ended early: what is half-made is put away, and the record is sealed.

use std::collections::BTreeMap;

use crate::domain::record::EndOfKey;
use crate::domain::record::Event;
use crate::domain::record::Outcome;
use crate::domain::record::Sealed;
use crate::domain::script::Id;
use crate::domain::text::list;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::resume;
use crate::engine::steps;

/// Ends the ceremony for good, if the people in the room mean it.
pub fn abort(bench: &mut Bench<'_, '_>, n: u32) -> Result<Option<Outcome>, EngineError> {
    let question = Question::confirmation(
        format!("{n}/abort"),
        "End this ceremony for good? Keys that are not in shares are lost.",
    );
    if !bench.confirm(&question)? {
        return Ok(None);
    }
    let reason = bench.line(&Question::input(
        format!("{n}/abort/reason"),
        "Why is it ended?",
    ))?;
    // The record is closed next: nothing may be left that no entry explains.
    resume::orphans(bench)?;
    let (void_sets, void_artifacts) = void(bench, n)?;
    let keys = put_away(bench, n)?;
    let sealed = Sealed {
        keys,
        void_sets,
        void_artifacts,
        ..steps::seal(bench, Outcome::Aborted, Some(reason))
    };
    bench.record(Event::Sealed(sealed))?;
    bench.token.forget_all();
    Ok(Some(Outcome::Aborted))
}

/// Asks of each key whether what was made of it here still counts. Shares of a split that was not
/// ended never do.
fn void(bench: &mut Bench<'_, '_>, n: u32) -> Result<(Vec<String>, Vec<String>), EngineError> {
    let mut void = (Vec::new(), Vec::new());
    for label in bench.script.keys.keys().map(Id::as_str) {
        let (sets, artifacts) = resume::made_of(bench.store.entries(), label);
        let whole = bench.state.splits.get(label).map(|split| &split.set.id);
        let (whole, cut_short): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|set| Some(set) == whole);
        void.0.extend(cut_short);
        if whole.is_empty() && artifacts.is_empty() {
            continue;
        }
        let what: Vec<String> = whole
            .iter()
            .map(|set| format!("share set {set}"))
            .chain(artifacts.iter().cloned())
            .collect();
        bench.room.desk.say(Say::Note(&format!(
            "Made of key {label} so far: {}.",
            list(&what)
        )));
        let question = Question::confirmation(
            format!("{n}/abort/void/{label}"),
            "Is all of that void? (`no`: it is kept, and counts)",
        );
        if bench.confirm(&question)? {
            void.0.extend(whole);
            void.1.extend(artifacts);
        }
    }
    for set in &void.0 {
        bench.room.desk.say(Say::Note(&format!(
            "Shares of set {set} are void: whoever has one destroys it."
        )));
    }
    for path in &void.1 {
        let told = format!("{path} is void: do not use it.");
        bench.room.desk.say(Say::Note(&told));
    }
    Ok(void)
}

/// Asks of every key that outlives this process what is to become of it.
fn put_away(bench: &mut Bench<'_, '_>, n: u32) -> Result<BTreeMap<String, EndOfKey>, EngineError> {
    let mut ends = BTreeMap::new();
    if !bench.token.outlives_process() {
        return Ok(ends);
    }
    let script = bench.script;
    for label in script.keys.keys().map(Id::as_str) {
        if !bench.token.holds(label) {
            continue;
        }
        let question = Question::confirmation(
            format!("{n}/abort/destroy/{label}"),
            format!("Destroy key {label} in the token? (`no` leaves it there)"),
        );
        let end = if bench.confirm(&question)? {
            let method = bench.token.destroy(label)?;
            let told = format!("key {label}: {method}");
            bench.room.desk.say(Say::Good(&told));
            EndOfKey::Destroyed
        } else {
            EndOfKey::Left
        };
        ends.insert(label.to_owned(), end);
    }
    Ok(ends)
}
