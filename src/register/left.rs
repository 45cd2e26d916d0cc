//! What all records together give to the next ceremony: one of them may have dealt the shares that count,
//! another one moved the key, and a third one wrapped it for a provider.

use std::path::Path;

use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Digest;
use crate::domain::record::Given;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::domain::record::OlderSet;
use crate::domain::record::OpenSet;
use crate::domain::record::ProviderKey;
use crate::engine::error::EngineError;
use crate::engine::given::given;
use crate::register::Register;
use crate::register::Rests;
use crate::register::error::RegisterError;
use crate::register::keys::Material;
use crate::register::keys::Set;

/// What is known of keys, as a script begins with it.
#[derive(Debug)]
pub struct Left {
    /// Keys in shares, and what the ceremonies that made them are worth.
    pub keys: Vec<(Given, Option<Mode>)>,
    /// Where keys are in their lives.
    pub lives: Vec<Life>,
    /// The newest version of each, which a rotation replaces.
    pub newest: Vec<Newest>,
    /// Keys that have a label of another one that was made later.
    pub passed_over: Vec<Rests>,
}

/// A version that no other one replaced yet.
#[derive(Debug, Serialize)]
pub struct Newest {
    /// Its label.
    #[serde(skip)]
    pub key: String,
    /// SHA-256 of the record of the ceremony that made it.
    pub record: Digest,
    /// How often its provider key was rotated on demand.
    #[serde(skip_serializing_if = "is_none")]
    pub rotations: u32,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What the records of the register in `dir` leave of a key, or of all. Of keys under one label it is the
/// newest that is not destroyed.
///
/// # Errors
///
/// When no record names the key, when nothing is left of it, or when the ceremony that dealt its shares
/// cannot be read.
pub fn left(register: &Register, dir: &Path, key: Option<&str>) -> Result<Left, RegisterError> {
    let mut left = Left {
        keys: Vec::new(),
        lives: Vec::new(),
        newest: Vec::new(),
        passed_over: Vec::new(),
    };
    let mut labels: Vec<&str> = Vec::new();
    let all = register.of_key(key)?;
    let there = all.iter().rev().filter(|material| {
        material.life.standing.state != State::Destroyed && material.about.declared.is_none()
    });
    for material in there {
        if labels.contains(&material.key.as_str()) {
            left.passed_over.extend(material.made.clone());
            continue;
        }
        labels.push(&material.key);
        if let Some(set) = material.current() {
            let given = in_shares(material, set, dir)?;
            left.keys.extend(given.map(|given| (given, material.mode)));
        }
        left.lives.push(life(register, material));
        let versions = &material.versions;
        if versions.superseded.is_none() {
            left.newest.push(Newest {
                key: material.key.clone(),
                record: material.origin,
                rotations: versions.rotations.values().max().copied().unwrap_or(0),
            });
        }
    }
    left.keys.reverse();
    left.lives.reverse();
    left.newest.reverse();
    if left.lives.is_empty() {
        let which = key.map_or("any key".to_owned(), |key| format!("key {key}"));
        let because = format!("nothing is left of {which}");
        let dir = dir.to_owned();
        return Err(EngineError::NothingGiven { dir, because }.into());
    }
    Ok(left)
}

/// Its shares, as the ceremony that dealt them recorded them; and which older ones still count by now.
fn in_shares(material: &Material, set: &Set, dir: &Path) -> Result<Option<Given>, RegisterError> {
    let folder = dir.join(&*set.dealt.ceremony);
    let dealt = given(&folder, Some(&material.key))?.keys;
    let dealt = dealt.into_iter().find(|given| given.share_set.id == set.id);
    let older = material.sets.iter().filter(|older| older.id != set.id);
    let older = older
        .filter(|older| older.still_rebuilds())
        .map(|older| OlderSet {
            id: older.id.clone(),
            epoch: older.epoch,
            threshold: older.threshold,
            subject: older.subject,
            custodians: older.shares.iter().map(|share| share.of.clone()).collect(),
        });
    let older = older.collect();
    Ok(dealt.map(|given| Given { older, ..given }))
}

fn life(register: &Register, material: &Material) -> Life {
    let lived = &material.life;
    let places = lived.at.iter().map(|(name, place)| {
        let place = ProviderKey {
            provider: place.provider.clone(),
            key_id: place.key_id.clone(),
            standing: place.standing,
            deletion_ends: place.deletion.as_ref().map(|deletion| deletion.ends),
        };
        (name.clone(), place)
    });
    let sets = material.sets.iter().filter(|set| set.still_rebuilds());
    let sets = sets.map(|set| OpenSet {
        id: set.id.clone(),
        epoch: set.epoch,
    });
    Life {
        key: material.key.clone(),
        record: told_last(register, material),
        check_values: material.check_values.clone(),
        standing: lived.standing,
        at: places.collect(),
        share_sets: sets.collect(),
        request: lived.request.as_ref().map(|asked| asked.request.clone()),
        replaced: material.versions.replaced(),
    }
}

/// The record that told of its life last.
fn told_last(register: &Register, material: &Material) -> Digest {
    let lived = &material.life;
    let places = lived.at.values().map(|place| &place.rests_on);
    let request = lived.request.as_ref().map(|asked| &asked.rests_on);
    let called_off = lived.called_off.iter().map(|off| &off.rests_on);
    let last = places
        .chain(&material.made)
        .chain(&lived.rests_on)
        .chain(request)
        .chain(called_off)
        .max_by_key(|rests| (rests.at, &rests.ceremony));
    let told = last.and_then(|last| {
        let mut ceremonies = register.ceremonies.iter();
        ceremonies.find(|ceremony| *ceremony.folder == *last.ceremony)
    });
    told.map_or(material.origin, |ceremony| ceremony.record)
}
