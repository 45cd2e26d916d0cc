//! The sentences of the steps that move keys through their lives.

use crate::domain::lifecycle::State;
use crate::domain::script::At;
use crate::domain::script::CancelDestroy;
use crate::domain::script::Close;
use crate::domain::script::Id;
use crate::domain::script::Identify;
use crate::domain::script::Move;
use crate::domain::script::RequestDestroy;
use crate::domain::script::Script;
use crate::domain::text::list;

pub(super) fn moves(script: &Script, step: &Move) -> String {
    let at = match step.at.as_slice() {
        [] => String::new(),
        at => format!(" at {}", names(at)),
    };
    let by = script.name_of(step.by.as_str());
    let seen = script.name_of(step.seen_by.as_str());
    let asked = script.name_of(step.requested_by.as_str());
    let key = &step.key.value;
    match step.to.value {
        State::Active => {
            let only = step.purpose.as_ref().map_or(String::new(), |purpose| {
                format!(", to {} only", purpose.value)
            });
            format!("{by} puts key {key}{at} to use{only}, as {asked} asks; {seen} watches.")
        }
        State::Suspended => {
            format!("{by} stops the use of key {key}{at}, as {asked} asks; {seen} watches.")
        }
        State::Deactivated => format!(
            "{by} takes key {key}{at} out of use for anything new, as {asked} asks; {seen} watches."
        ),
        State::Compromised => format!(
            "{asked} reports key {key} as compromised; {by} stops its use where it can be; {seen} watches."
        ),
        State::Destroyed => format!(
            "Hold key {key} to be destroyed, as {asked} asks: {by} says that no copy is left; {seen} watches."
        ),
        State::PreActivation => format!("Move key {key}{at} to {}.", step.to.value),
    }
}

pub(super) fn request_destroy(script: &Script, step: &RequestDestroy) -> String {
    format!(
        "{} asks for the destruction of key {}; {} watches.",
        script.name_of(step.requested_by.as_str()),
        step.key.value,
        script.name_of(step.seen_by.as_str())
    )
}

pub(super) fn cancel_destroy(script: &Script, step: &CancelDestroy) -> String {
    format!(
        "{} calls off the destruction of key {}, as {} asks; {} watches.",
        script.name_of(step.by.as_str()),
        step.key.value,
        script.name_of(step.requested_by.as_str()),
        script.name_of(step.seen_by.as_str())
    )
}

pub(super) fn identify(script: &Script, step: &Identify) -> String {
    let people: Vec<&str> = step
        .by
        .iter()
        .map(|id| script.name_of(id.as_str()))
        .collect();
    format!(
        "{} type the name of key {} and words of its fingerprint: this key is to be destroyed.",
        list(&people),
        step.key.value
    )
}

pub(super) fn close(script: &Script, step: &Close) -> String {
    format!(
        "{} deletes key {} at {}; {} watches.",
        script.name_of(step.by.as_str()),
        step.key.value,
        step.at.value,
        script.name_of(step.seen_by.as_str())
    )
}

fn names(ids: &[At<Id>]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    list(&names)
}
