//! An older version of a key is not disabled while something still needs it: rotation gives new
//! data a new version, and what was protected before opens with the older one alone.
//!
//! To take it out of use for anything new (`deactivated`) stops nobody who reads. What stops is to
//! suspend it, to leave it suspended for good, to have a provider schedule its deletion, which
//! AWS, Azure, Google and Alibaba begin by disabling it, and to delete it. A key that is
//! compromised is stopped at once, whoever still needs it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::lifecycle::State;
use crate::domain::record::Did;
use crate::domain::record::Life;
use crate::domain::record::TOKEN;
use crate::domain::script::Move;
use crate::domain::script::Place;
use crate::domain::script::Script;
use crate::domain::script::Step;

/// A step that stops an older version of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stop {
    /// Index of the step.
    pub index: usize,
    /// Where it stands in the script.
    pub place: Place,
    /// Label of the older version.
    pub key: String,
    /// Label of the newer one.
    pub newer: String,
    /// Why it may not be stopped yet, each in a sentence; empty if it may.
    pub needed: Vec<String>,
    /// What nobody looked at, where something was not.
    pub unlooked: Option<String>,
    /// Provider keys that it stops, in which the newer version is, too.
    pub shared: Vec<String>,
}

impl Stop {
    /// The name under which it is among what is looked at before the first step.
    pub fn readiness(&self) -> String {
        format!("older version {}", self.key)
    }
}

/// Every step that stops an older version, in the order of the script.
pub fn stops(script: &Script) -> Vec<Stop> {
    let quiet = script.policy.no_decrypt_for.map(|span| span.seconds);
    let mut all = Vec::new();
    walk(script, |index, place, life, at| {
        if let Some(newer) = &life.replaced {
            let at_providers: Vec<&str> = life
                .at
                .iter()
                .filter(|(_, place)| place.provider != "hsm")
                .map(|(name, _)| name.as_str())
                .collect();
            all.push(Stop {
                index,
                place,
                key: life.key.clone(),
                newer: newer.by.clone(),
                needed: newer.still_needed(quiet),
                unlooked: newer.nobody_looked(&at_providers),
                shared: at
                    .into_iter()
                    .filter(|it| newer.also_in.contains(it))
                    .collect(),
            });
        }
    });
    all
}

/// Labels of all keys that a script stops, older versions or not.
pub fn stopping(script: &Script) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    walk(script, |_, _, life, _| {
        all.insert(life.key.clone());
    });
    all
}

/// Shows every step that stops a key, with the places at which it does.
fn walk(script: &Script, mut see: impl FnMut(usize, Place, &Life, Vec<String>)) {
    let mut lives: BTreeMap<String, Life> = script
        .lives()
        .into_iter()
        .map(|life| (life.key.clone(), life))
        .collect();
    for (index, step) in script.steps.iter().enumerate() {
        let life = step.value.key().and_then(|key| lives.get_mut(key.as_str()));
        let Some(life) = life else { continue };
        if let Some(at) = stopped(life, &step.value) {
            see(index, step.place, life, at);
        }
        if let Step::Move(step) = &step.value {
            life.apply(&Did::Move(life.planned(step)));
        }
    }
}

/// The places at which a step stops a key from processing what it protected; nothing if it stops
/// nobody.
fn stopped(life: &Life, step: &Step) -> Option<Vec<String>> {
    if let Step::Move(step) = step {
        return moved(life, step);
    }
    if let Step::RequestDestroy(step) = step {
        let places: Vec<String> = step.at.keys().map(ToString::to_string).collect();
        return (!places.is_empty()).then_some(places);
    }
    if let Step::Close(step) = step {
        return Some(vec![step.at.to_string()]);
    }
    matches!(step, Step::Destroy(_)).then(|| vec![TOKEN.to_owned()])
}

fn moved(life: &Life, step: &Move) -> Option<Vec<String>> {
    let planned = life.planned(step);
    let places = |from: &[State]| {
        let all = planned.at.iter().filter(|it| from.contains(&it.from));
        all.map(|it| it.at.clone()).collect::<Vec<_>>()
    };
    match step.to.value {
        State::Suspended => Some(places(&State::ALL)),
        // What is suspended stays disabled when it is taken out of use.
        State::Deactivated => {
            let stay = places(&[State::Suspended]);
            let whole = planned.from == Some(State::Suspended);
            (whole || !stay.is_empty()).then_some(stay)
        }
        State::Destroyed => Some(Vec::new()),
        State::PreActivation | State::Active | State::Compromised => None,
    }
}
