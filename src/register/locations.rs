//! Every place where a key, or something that gives it back, is or was.

use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Moment;
use crate::domain::record::Subject;
use crate::register::Register;
use crate::register::Rests;
use crate::register::keys::Material;
use crate::register::keys::Set;
use crate::register::lifecycle::Place;

/// A place.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Location {
    /// Label of the key.
    pub key: String,
    /// What is there.
    pub kind: Kind,
    /// Where, in words.
    pub place: String,
    /// Whether it is there still.
    pub standing: Standing,
    /// Why, in words.
    pub says: String,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// What is at a place.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The key in an HSM.
    Hsm,
    /// The key at a provider.
    Provider,
    /// A share.
    Share,
    /// The key under a backup key.
    Backup,
}

impl Kind {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hsm => "hsm",
            Self::Provider => "provider",
            Self::Share => "share",
            Self::Backup => "backup",
        }
    }
}

/// Whether something is at its place still.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is there, as far as records tell.
    Open,
    /// It is gone, as records tell.
    Closed,
    /// It should be gone by now, and no record tells that it is.
    Unknown,
}

impl Standing {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "there",
            Self::Closed => "gone",
            Self::Unknown => "not known",
        }
    }
}

/// Every place of a key at that moment.
pub fn locations(register: &Register, material: &Material, now: Moment) -> Vec<Location> {
    let mut all = Vec::new();
    for here in &material.about.in_hsms {
        let (standing, says, last) = match &here.closed {
            Some(closed) => (Standing::Closed, "destroyed there".to_owned(), Some(closed)),
            None => (
                Standing::Open,
                "made or brought back there".to_owned(),
                None,
            ),
        };
        all.push(Location {
            key: material.key.clone(),
            kind: Kind::Hsm,
            place: format!("HSM {}, serial {}", here.label, here.serial),
            standing,
            says,
            rests_on: std::iter::once(&here.since).chain(last).cloned().collect(),
        });
    }
    providers(material, now, &mut all);
    for set in &material.sets {
        shares(register, material, set, &mut all);
    }
    for backup in &material.about.backups {
        let Some(set) = material.sets.iter().find(|set| set.id == backup.set) else {
            continue;
        };
        let retired = set.retired.as_ref();
        let (standing, says) = match retired {
            Some(retired) if !retired.live => (Standing::Closed, retired.says.clone()),
            Some(_) | None => (
                Standing::Open,
                format!(
                    "any {} shares of epoch {} open it",
                    set.threshold, set.epoch
                ),
            ),
        };
        let last = retired.map(|retired| &retired.rests_on);
        all.push(Location {
            key: material.key.clone(),
            kind: Kind::Backup,
            place: format!(
                "file {} of {}, and its copies",
                backup.path, backup.made.ceremony
            ),
            standing,
            says,
            rests_on: std::iter::once(&backup.made).chain(last).cloned().collect(),
        });
    }
    all
}

fn providers(material: &Material, now: Moment, all: &mut Vec<Location>) {
    if let Some(declared) = &material.about.declared {
        all.push(Location {
            key: material.key.clone(),
            kind: Kind::Provider,
            place: format!("{} {}", declared.provider, declared.key_id),
            standing: Standing::Open,
            says: "the provider made it; people saw it there".to_owned(),
            rests_on: vec![declared.rests_on.clone()],
        });
    }
    for (at, import) in material.imports.iter().enumerate() {
        let place = (&import.provider, &import.key_id, &import.input);
        let later = material.imports.iter().skip(at + 1);
        let again = later
            .filter(|later| (&later.provider, &later.key_id, &later.input) == place)
            .count();
        // The last import to a place tells how it stands there.
        if again > 0 {
            continue;
        }
        let ends = import
            .valid_for
            .map(|seconds| import.wrapped.at.plus_seconds(seconds));
        let (standing, says) = match ends {
            Some(ends) if ends < now => (
                Standing::Unknown,
                format!(
                    "wrapped for it; the provider was to delete it on {}",
                    ends.date()
                ),
            ),
            Some(ends) => (
                Standing::Open,
                format!(
                    "wrapped for it; the provider is to delete it on {}",
                    ends.date()
                ),
            ),
            None => (
                Standing::Open,
                "wrapped for it; the provider keeps it until somebody deletes it".to_owned(),
            ),
        };
        let lived = material
            .life
            .at
            .values()
            .find(|place| place.provider == import.provider && place.key_id == import.key_id);
        let mut rests_on = vec![import.wrapped.clone()];
        let (standing, says) = match lived {
            Some(place) => lives(place, standing, says, &mut rests_on),
            None => (standing, says),
        };
        all.push(Location {
            key: material.key.clone(),
            kind: Kind::Provider,
            place: format!(
                "{} {}",
                import.provider,
                import.key_id.as_deref().unwrap_or(&import.input)
            ),
            standing,
            says,
            rests_on,
        });
    }
    // Provider keys of which only the scripts of later ceremonies tell.
    for place in material
        .life
        .at
        .values()
        .filter(|place| place.provider != "hsm")
    {
        let is_known = material
            .imports
            .iter()
            .any(|import| place.provider == import.provider && place.key_id == import.key_id);
        if is_known {
            continue;
        }
        let mut rests_on = vec![place.rests_on.clone()];
        let says = "it is there, as a ceremony was told".to_owned();
        let (standing, says) = lives(place, Standing::Open, says, &mut rests_on);
        all.push(Location {
            key: material.key.clone(),
            kind: Kind::Provider,
            place: format!(
                "{} {}",
                place.provider,
                place.key_id.as_deref().unwrap_or("(no id)")
            ),
            standing,
            says,
            rests_on,
        });
    }
}

/// What later ceremonies did with a provider key.
fn lives(
    place: &Place,
    standing: Standing,
    says: String,
    rests_on: &mut Vec<Rests>,
) -> (Standing, String) {
    if !rests_on.contains(&place.rests_on) {
        rests_on.push(place.rests_on.clone());
    }
    if place.standing.state == State::Destroyed {
        let closed = place.closed.as_ref();
        rests_on.extend(closed.map(|closed| closed.rests_on.clone()));
        rests_on.dedup();
        let method = closed.map_or("by its provider", |closed| closed.method.as_str());
        return (Standing::Closed, format!("deleted there: {method}"));
    }
    match &place.deletion {
        Some(deletion) => {
            rests_on.push(deletion.rests_on.clone());
            rests_on.dedup();
            let ends = deletion.ends.date();
            (
                standing,
                format!("{says}; its deletion is scheduled for {ends}"),
            )
        }
        None => (standing, says),
    }
}

fn shares(register: &Register, material: &Material, set: &Set, all: &mut Vec<Location>) {
    let what = match set.subject {
        Subject::Key | Subject::BackupKey => "share",
        Subject::Component => "component",
    };
    for share in &set.shares {
        let thing = register.things.carries(&set.id, &share.of);
        let holder = thing.map_or(share.of.as_str(), |thing| thing.holder.as_str());
        let bag = thing.and_then(|thing| thing.bag.as_deref());
        let place = thing.and_then(|thing| thing.r#where.as_deref());
        let mut words = format!(
            "{what} {} of epoch {}, with {holder}",
            share.index, set.epoch
        );
        if let Some(bag) = bag {
            words += &format!(", in bag {bag}");
        }
        if let Some(place) = place {
            words += &format!(", in {place}");
        }
        let retired = set.retired.as_ref();
        let (standing, says) = match retired {
            Some(retired) if !retired.live => (Standing::Closed, retired.says.clone()),
            Some(retired) => (Standing::Open, retired.says.clone()),
            None => (Standing::Open, format!("any {} rebuild", set.threshold)),
        };
        let mut rests_on = vec![share.delivered.clone()];
        rests_on.extend(thing.map(|thing| thing.rests_on.clone()));
        rests_on.extend(retired.map(|retired| retired.rests_on.clone()));
        all.push(Location {
            key: material.key.clone(),
            kind: Kind::Share,
            place: words,
            standing,
            says,
            rests_on,
        });
    }
}

/// Whether a key is gone from every place, and there was one.
pub fn all_closed(locations: &[Location]) -> bool {
    let closed = |location: &Location| location.standing == Standing::Closed;
    !locations.is_empty() && locations.iter().all(closed)
}
