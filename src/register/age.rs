//! How old keys are, and how that fits their cryptoperiods.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Mode;
use crate::register::Register;
use crate::register::Rests;
use crate::register::due::day;
use crate::register::due::moment_after;
use crate::register::keys::Material;
use crate::register::locations::all_closed;
use crate::register::locations::locations;
use crate::register::rotation::Rotations;
use crate::register::rotation::rotations;
use crate::register::used::Limit;
use crate::register::used::limits;

/// How old a key is on one day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Age {
    /// Label of the key.
    pub key: String,
    /// What the ceremony that made it is worth.
    pub mode: Option<Mode>,
    /// Its type.
    pub r#type: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Which of the keys that were made under this label it is, from 1, and how many there are.
    pub version: (usize, usize),
    /// The day on which it was made.
    #[serde(serialize_with = "as_text")]
    pub made_on: Option<Date>,
    /// How that is known.
    pub basis: Basis,
    /// How many days ago that is.
    pub days: Option<i64>,
    /// Its cryptoperiod, in words.
    pub cryptoperiod: Option<String>,
    /// The day on which its cryptoperiod ends.
    #[serde(serialize_with = "as_text")]
    pub ends_on: Option<Date>,
    /// How many days are left; negative if it is over.
    pub days_left: Option<i64>,
    /// Where it is in its life, in words; nowhere where only its provider knows.
    pub state: Option<String>,
    /// Label of the version that took its place.
    pub replaced_by: Option<String>,
    /// What its cryptoperiod allows in uses and bytes, and how much of it was used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// Provider keys that are rotated on demand a limited number of times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rotations: Vec<Rotations>,
    /// What follows.
    pub standing: Standing,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// How the day is known on which a key was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// A ceremony made it.
    Record,
    /// People read it at the provider.
    Provider,
    /// Nobody knows.
    Unknown,
}

/// How a key stands in its cryptoperiod.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its cryptoperiod goes on.
    Within,
    /// Its cryptoperiod is over.
    Over,
    /// Another version took its place; it protects nothing new.
    Replaced,
    /// It is deactivated; it protects nothing new.
    Deactivated,
    /// Somebody may know it, however young it is.
    Compromised,
    /// Records tell that it is gone from every place.
    Gone,
    /// It has no cryptoperiod, or nobody knows when it was made.
    Unknown,
}

/// How old every one of these keys is.
pub fn ages(register: &Register, materials: &[&Material], today: Date) -> Vec<Age> {
    let versions = Versions::of(register);
    materials
        .iter()
        .map(|material| age(register, &versions, material, today))
        .collect()
}

/// The keys that were made under each label, for every worth of ceremony in the order of the records.
struct Versions<'a>(BTreeMap<&'a str, Vec<&'a Material>>);

impl<'a> Versions<'a> {
    fn of(register: &'a Register) -> Self {
        let mut all: BTreeMap<&str, Vec<&Material>> = BTreeMap::new();
        for material in &register.materials {
            all.entry(&material.key).or_default().push(material);
        }
        Self(all)
    }

    /// Which of them a key is, from 1, and how many there are.
    fn place(&self, material: &Material) -> (usize, usize) {
        let same = self.0.get(material.key.as_str()).into_iter().flatten();
        let same = same.filter(|other| other.mode == material.mode);
        let (mut place, mut count) = (1, 0);
        for other in same {
            count += 1;
            if other.origin == material.origin {
                place = count;
            }
        }
        (place, count)
    }
}

fn age(register: &Register, versions: &Versions<'_>, material: &Material, today: Date) -> Age {
    let about = &material.about;
    let declared = about.declared.as_ref();
    let told = declared.and_then(|declared| declared.made_on.as_ref()?.parse().ok());
    let (made_on, basis, rests) = match (&material.made, told, declared) {
        (Some(made), _, _) => (Some(day(made.at)), Basis::Record, Some(made)),
        (None, Some(told), Some(declared)) => {
            (Some(told), Basis::Provider, Some(&declared.rests_on))
        }
        (None, _, declared) => (None, Basis::Unknown, declared.map(|it| &it.rests_on)),
    };
    let seconds = material.cryptoperiod.as_ref().map(|(seconds, _)| *seconds);
    let ends_on = made_on.zip(seconds).map(|(made, seconds)| {
        let from = material
            .made
            .as_ref()
            .map_or_else(|| moment_after(made), |made| made.at);
        day(from.plus_seconds(seconds))
    });
    let days_left = ends_on.map(|end| days(today, end));
    let version = versions.place(material);
    let gone = all_closed(&locations(register, material, moment_after(today)));
    let superseded = material.versions.superseded.as_ref();
    let life = &material.life;
    let limits = limits(material);
    let used_up = limits.iter().any(Limit::is_over);
    let counted = !limits.is_empty() && limits.iter().all(|limit| limit.told.is_some());
    let standing = match days_left {
        _ if gone || material.is_destroyed() => Standing::Gone,
        _ if life.standing.state == State::Compromised => Standing::Compromised,
        _ if life.standing.state == State::Deactivated => Standing::Deactivated,
        _ if superseded.is_some() || version.0 < version.1 => Standing::Replaced,
        Some(left) if left < 0 => Standing::Over,
        _ if used_up => Standing::Over,
        Some(_) => Standing::Within,
        // Without a time its uses or bytes are all that ends it.
        None if counted && material.cryptoperiod.is_none() => Standing::Within,
        None => Standing::Unknown,
    };
    let told = limits.iter().filter_map(|limit| limit.rests_on.clone());
    let told: Vec<Rests> = told.collect();
    Age {
        key: material.key.clone(),
        mode: material.mode,
        r#type: material.r#type.clone(),
        owner: material.owner.clone(),
        version,
        made_on,
        basis,
        days: made_on.map(|made| days(made, today)),
        cryptoperiod: material
            .cryptoperiod
            .as_ref()
            .map(|(_, words)| words.clone()),
        ends_on,
        days_left,
        state: life.state(declared.is_some()),
        replaced_by: superseded.map(|newer| newer.key.clone()),
        limits,
        rotations: rotations(material),
        standing,
        rests_on: rests
            .into_iter()
            .chain(&about.period_said)
            .chain(&life.rests_on)
            .cloned()
            .chain(told)
            .collect(),
    }
}

/// Days from one day to another; negative if the other is earlier.
fn days(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

#[expect(clippy::ref_option, reason = "the form that serde asks for")]
pub(super) fn as_text<S: serde::Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => to.collect_str(day),
        None => to.serialize_none(),
    }
}
