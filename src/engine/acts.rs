//! What a provider's operator runs at the steps that move keys through their lives.

use std::collections::BTreeMap;

use crate::domain::progress::number;
use crate::domain::record::Did;
use crate::domain::record::Life;
use crate::domain::record::Moment;
use crate::domain::script::Close;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::providers::lifecycle::Act;
use crate::providers::lifecycle::commands;
use crate::providers::lifecycle::lifecycle;
use crate::providers::lifecycle::way;

/// Where something is done, and the commands for it.
pub type Acts = Vec<(String, Vec<String>)>;

/// The acts of every step by its number, as the script describes its keys.
pub fn acts(script: &Script) -> BTreeMap<u32, Acts> {
    let mut lives: BTreeMap<&str, Life> = script
        .lifecycle
        .iter()
        .map(|(label, life)| (label.as_str(), life.recorded(label.as_str())))
        .collect();
    let mut all = BTreeMap::new();
    for (index, step) in script.steps.iter().enumerate() {
        let life = step.value.key().and_then(|key| lives.get_mut(key.as_str()));
        let Some(life) = life else { continue };
        let Some((did, acts)) = acts_at(script, life, &step.value) else {
            continue;
        };
        let commands = acts
            .iter()
            .filter_map(|(name, act)| Some((name.clone(), run(life, name, act)?)));
        all.insert(number(index), commands.collect());
        life.apply(&did);
    }
    all
}

/// The commands for an act at one of the places of a key.
pub fn run(life: &Life, name: &str, act: &Act) -> Option<Vec<String>> {
    let at = life.at.get(name)?;
    Some(commands(&at.provider, at.key_id.as_deref(), act))
}

/// The provider's way by which a place is deleted, and what is done there.
pub fn closing(life: &Life, step: &Close) -> (String, Act) {
    let at = life.at.get(step.at.as_str());
    let scheduled = at.is_some_and(|at| at.deletion_ends.is_some());
    let usual = way(at.map_or("", |at| at.provider.as_str()), scheduled);
    let method = step
        .method
        .as_ref()
        .map_or(usual, |it| it.as_str())
        .to_owned();
    let act = if scheduled {
        Act::SeeDeleted
    } else {
        Act::Delete(method.clone())
    };
    (method, act)
}

fn acts_at(script: &Script, life: &Life, step: &Step) -> Option<(Did, Vec<(String, Act)>)> {
    if let Step::Move(step) = step {
        let moved = life.planned(step);
        let act = |from| Act::of(moved.to, moved.purpose, from);
        let acts = moved.at.iter().map(|at| (at.at.clone(), act(at.from)));
        let acts = acts.collect();
        return Some((Did::Move(moved), acts));
    }
    if let Step::RequestDestroy(step) = step {
        let begin = Moment::new(jiff::Timestamp::UNIX_EPOCH);
        let asked = life.asked(step, begin, &script.policy);
        let days = |ends: Moment| Act::ScheduleDeletion(ends.seconds_since(begin) / DAY);
        let acts = asked.at.iter().map(|at| (at.at.clone(), days(at.ends)));
        let acts = acts.collect();
        return Some((Did::RequestDestroy(asked), acts));
    }
    if let Step::CancelDestroy(step) = step {
        let cancelled = life.cancelled(step);
        let acts = cancelled.at.iter();
        let acts = acts
            .map(|at| (at.at.clone(), Act::CancelDeletion))
            .collect();
        return Some((Did::CancelDestroy(cancelled), acts));
    }
    if let Step::Close(step) = step {
        let (_, act) = closing(life, step);
        let acts = vec![(step.at.to_string(), act)];
        return Some((Did::Close(life.closed(step)), acts));
    }
    None
}

/// Whether what stops a key at that provider stops every version of it that was imported.
pub fn stops_together(provider: &str) -> bool {
    lifecycle(provider).is_some_and(|known| known.together)
}

/// How often one key at that provider is rotated on demand at most, where it counts.
pub fn rotations(provider: &str) -> Option<u32> {
    lifecycle(provider)?.rotations
}

const DAY: i64 = 86_400;
