//! What is to be done, and by when.

mod people;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Moment;
use crate::register::Register;
use crate::register::Rests;
use crate::register::arrivals;
use crate::register::custody::EVERY;
use crate::register::custody::Held;
use crate::register::custody::Standing;
use crate::register::custody::Status;
use crate::register::custody::standings;
use crate::register::inventory::Device;
use crate::register::inventory::item;
use crate::register::keys::Material;
use crate::register::rotation::rotations;
use crate::register::used::limits;

/// Something to be done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Due {
    /// By when.
    #[serde(with = "crate::register::day")]
    pub by: Date,
    /// What kind of thing it is.
    pub kind: Kind,
    /// The key it is about.
    pub key: Option<String>,
    /// Who has to do it.
    pub who: Option<String>,
    /// In a sentence.
    pub what: String,
    /// Whether the day is over.
    pub overdue: bool,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// What comes due.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A custodian shows that he has his share.
    Drill,
    /// Shares rebuild the key, to see that they do.
    RestoreTest,
    /// The provider deletes imported material.
    MaterialExpiry,
    /// The cryptoperiod of a key ends.
    Cryptoperiod,
    /// The choice of a model is looked at again.
    Review,
    /// A deputy gives back what he keeps.
    DeputyReturn,
    /// The certificate of an HSM becomes historical.
    Certificate,
    /// The time in which a destruction can be called off ends.
    DestructionWindow,
    /// What a provider's log told is explained.
    LogFinding,
    /// A custodian takes his duties on.
    Acknowledgement,
    /// Who can get at a key at its provider is looked at.
    AccessReview,
    /// The last signing key of somebody ends.
    SigningKey,
    /// A key that somebody may know is replaced and destroyed.
    Compromise,
    /// A provider key can be rotated a few times only.
    Rotations,
    /// The provider is asked whether what was wrapped arrived.
    Confirmation,
}

impl Kind {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::RestoreTest => "restore test",
            Self::MaterialExpiry => "material expiry",
            Self::Cryptoperiod => "cryptoperiod",
            Self::Review => "review",
            Self::DeputyReturn => "deputy's return",
            Self::Certificate => "certificate",
            Self::DestructionWindow => "destruction",
            Self::LogFinding => "log finding",
            Self::Acknowledgement => "acknowledgement",
            Self::AccessReview => "access review",
            Self::SigningKey => "signing key",
            Self::Compromise => "compromise",
            Self::Rotations => "last rotations",
            Self::Confirmation => "confirmation",
        }
    }
}

/// What no record of this version tells, so that it is not among what is due.
const NOT_LOOKED_AT: &[&str] = &[
    "uses and bytes of a cryptoperiod that nobody counted: `register age` names them",
    "whether imported material was deleted at the provider since, where no log was read",
];

/// What is not among what is due of this register, because no record tells of it.
pub fn not_looked_at(register: &Register) -> Vec<&'static str> {
    let mut all = NOT_LOOKED_AT.to_vec();
    all.extend(people::not_kept(register));
    all
}

/// Everything that is due by the day of `until`, as things stand on `today`, the first first.
pub fn due(register: &Register, today: Date, until: Date) -> Vec<Due> {
    let mut all = register.due.clone();
    for material in &register.materials {
        all.extend(of(register, material));
    }
    for thing in register.things.all() {
        if let Some(deputy) = &thing.deputy
            && let Ok(by) = deputy.until.parse::<Date>()
        {
            all.push(Due {
                by,
                kind: Kind::DeputyReturn,
                key: thing.share.as_ref().map(|share| share.key.clone()),
                who: Some(thing.holder.clone()),
                what: format!(
                    "{} gives {} {} back to {}",
                    thing.holder, thing.what, thing.serial, deputy.r#for
                ),
                overdue: false,
                rests_on: vec![deputy.rests.clone()],
            });
        }
    }
    people::due(register, today, &mut all);
    for device in register.hsms.all() {
        all.extend(certificate(device, today));
    }
    all.extend(register.logs.open().map(Due::of_finding));
    all.retain(|due| due.by <= until);
    for due in &mut all {
        due.overdue = due.by < today;
    }
    all.sort_by(|one, other| {
        (one.by, one.kind, &one.key, &one.who).cmp(&(other.by, other.kind, &other.key, &other.who))
    });
    all
}

/// Whatever is due of a material, at any time, whenever that is asked.
pub(super) fn of(register: &Register, material: &Material) -> Vec<Due> {
    let mut all = Vec::new();
    if material.is_destroyed() {
        return all;
    }
    // Neither the day by which a share is to be proven nor which of them count depends on the day of
    // the question.
    let any = Moment::new(jiff::Timestamp::UNIX_EPOCH);
    for standing in standings(register, &[material], any) {
        if standing.counts() {
            drills(&standing, &mut all);
        }
    }
    restore_test(material, &mut all);
    expiry(material, &mut all);
    period(material, &mut all);
    destruction(material, &mut all);
    compromise(material, &mut all);
    arrivals::due(material, &mut all);
    all
}

/// From the day on which it was reported.
fn compromise(material: &Material, all: &mut Vec<Due>) {
    let life = &material.life;
    let Some(told) = &life.rests_on else { return };
    if life.standing.state != State::Compromised {
        return;
    }
    let key = &material.key;
    let first = match &material.versions.superseded {
        Some(newer) => format!("{} takes its place", newer.key),
        None => "another key takes its place".to_owned(),
    };
    all.push(Due {
        by: day(told.at),
        kind: Kind::Compromise,
        key: Some(key.clone()),
        who: material.owner.clone(),
        what: format!(
            "key {key} is compromised: {first}, what it protects is protected anew, and it is destroyed"
        ),
        overdue: false,
        rests_on: vec![told.clone()],
    });
}

/// Until when a destruction can be called off, and from when on it is to be finished.
fn destruction(material: &Material, all: &mut Vec<Due>) {
    let key = &material.key;
    let mut push = |by, who: Option<&String>, what: String, rests: &Rests| {
        all.push(Due {
            by,
            kind: Kind::DestructionWindow,
            key: Some(key.clone()),
            who: who.cloned(),
            what,
            overdue: false,
            rests_on: vec![rests.clone()],
        });
    };
    for place in material.life.at.values() {
        if let Some(deletion) = &place.deletion {
            let id = place.key_id.as_deref().unwrap_or("its key");
            let what = format!(
                "{} deletes {id} with key {key}; until then it can be called off, and afterwards somebody sees that it is gone",
                place.provider
            );
            push(day(deletion.ends), None, what, &deletion.rests_on);
        }
    }
    if let Some(asked) = &material.life.request {
        let what = format!("the destruction of key {key} may be done from then on, or called off");
        let by = day(asked.request.not_before);
        push(by, Some(&asked.request.by), what, &asked.rests_on);
    }
}

fn drills(standing: &Standing, all: &mut Vec<Due>) {
    for held in &standing.shares {
        let Held { index, holder, .. } = held;
        let key = &standing.key;
        let (by, what) = match held.status {
            Status::Proven | Status::Delivered | Status::Overdue => (
                day(held.due),
                format!("{holder} proves that share {index} of key {key} is there"),
            ),
            Status::Absent => (
                day(held.due),
                format!("{holder} proves share {index} of key {key}, which was not brought"),
            ),
            // A share that is lost cannot be proven; `custody` tells of it.
            Status::Lost => continue,
        };
        all.push(Due {
            by,
            kind: Kind::Drill,
            key: Some(key.clone()),
            who: Some(holder.clone()),
            what,
            overdue: false,
            rests_on: held.rests_on.clone(),
        });
    }
}

fn restore_test(material: &Material, all: &mut Vec<Due>) {
    let Some(set) = material.current() else {
        return;
    };
    let every = material.restore_test_every.unwrap_or(EVERY);
    let last = set.tested.as_ref().unwrap_or(&set.dealt);
    all.push(Due {
        by: day(last.at.plus_seconds(every)),
        kind: Kind::RestoreTest,
        key: Some(material.key.clone()),
        who: None,
        what: format!(
            "key {} is rebuilt from {} shares, to see that they do it",
            material.key, set.threshold
        ),
        overdue: false,
        rests_on: vec![last.clone()],
    });
}

/// Only the last import to one place counts: it replaced what was there.
fn expiry(material: &Material, all: &mut Vec<Due>) {
    for (at, import) in material.imports.iter().enumerate() {
        let place = |place: &crate::register::keys::ForImport| {
            (
                place.provider.clone(),
                place.key_id.clone(),
                place.input.clone(),
            )
        };
        let later = material.imports.iter().skip(at + 1);
        let replaced = later.map(place).any(|later| later == place(import));
        // Somebody deleted it there before the provider would.
        let there = material.life.at.get(&import.input);
        let gone = there.is_some_and(|there| there.standing.state == State::Destroyed);
        let Some(seconds) = import.valid_for.filter(|_| !replaced && !gone) else {
            continue;
        };
        all.push(Due {
            by: day(import.wrapped.at.plus_seconds(seconds)),
            kind: Kind::MaterialExpiry,
            key: Some(material.key.clone()),
            who: None,
            what: format!(
                "{} deletes the material of key {} ({}), if it was imported on the day of the ceremony",
                import.provider,
                material.key,
                import.key_id.as_deref().unwrap_or(&import.input)
            ),
            overdue: false,
            rests_on: vec![import.wrapped.clone()],
        });
    }
}

fn period(material: &Material, all: &mut Vec<Due>) {
    // What protects nothing any more, as an older version, is not counted in days.
    let over = match material.life.standing.state {
        State::Deactivated | State::Compromised | State::Destroyed => true,
        State::PreActivation | State::Active | State::Suspended => false,
    };
    if !over && material.versions.superseded.is_none() {
        cryptoperiod(material, all);
        used_up(material, all);
        last_rotations(material, all);
    }
    if let Some(review) = &material.reviewed_until {
        all.push(Due {
            by: review.by,
            kind: Kind::Review,
            key: Some(material.key.clone()),
            who: material.owner.clone(),
            what: format!("the choice of model for key {} is reviewed", material.key),
            overdue: false,
            rests_on: vec![review.rests_on.clone()],
        });
    }
}

fn cryptoperiod(material: &Material, all: &mut Vec<Due>) {
    let declared = material.about.declared.as_ref();
    let told = declared.and_then(|it| Some((it.made_on.as_ref()?.parse().ok()?, &it.rests_on)));
    let made = material.made.as_ref().map(|made| (made.at, made));
    let made = made.or_else(|| told.map(|(day, rests)| (moment_after(day), rests)));
    if let (Some((at, made)), Some((seconds, words))) = (made, &material.cryptoperiod) {
        all.push(Due {
            by: day(at.plus_seconds(*seconds)),
            kind: Kind::Cryptoperiod,
            key: Some(material.key.clone()),
            who: material.owner.clone(),
            what: format!(
                "the cryptoperiod of key {} ends, {words} after it was made",
                material.key
            ),
            overdue: false,
            rests_on: vec![made.clone()],
        });
    }
}

/// When all uses or bytes are used that a cryptoperiod allows.
fn used_up(material: &Material, all: &mut Vec<Due>) {
    for limit in limits(material) {
        if let Some(by) = limit.reached_on {
            all.push(Due {
                by,
                kind: Kind::Cryptoperiod,
                key: Some(material.key.clone()),
                who: material.owner.clone(),
                what: format!(
                    "the cryptoperiod of key {} ends: {}",
                    material.key,
                    limit.words()
                ),
                overdue: false,
                rests_on: limit.rests_on.into_iter().collect(),
            });
        }
    }
}

/// Before the next version needs it, another provider key is planned.
fn last_rotations(material: &Material, all: &mut Vec<Due>) {
    let Some(made) = &material.made else {
        return;
    };
    let seconds = material
        .cryptoperiod
        .as_ref()
        .map_or(0, |(seconds, _)| *seconds);
    for one in rotations(material).iter().filter(|one| one.is_near()) {
        all.push(Due {
            by: day(made.at.plus_seconds(seconds)),
            kind: Kind::Rotations,
            key: Some(material.key.clone()),
            who: material.owner.clone(),
            what: format!(
                "another key is planned at {} for the versions after {}: {}",
                one.provider,
                material.key,
                one.words()
            ),
            overdue: false,
            rests_on: vec![made.clone()],
        });
    }
}

/// From the day on which its certificate ends, an HSM is fit for nothing new.
fn certificate(device: &Device, today: Date) -> Option<Due> {
    let item = item(device, today);
    let facts = &device.facts;
    let number = device.certificate.as_ref()?.number;
    Some(Due {
        by: item.until?,
        kind: Kind::Certificate,
        key: None,
        who: None,
        what: format!(
            "CMVP certificate {number} of HSM {}, serial {}, becomes historical",
            facts.label, facts.serial
        ),
        overdue: false,
        rests_on: device.certificate_rests_on.iter().cloned().collect(),
    })
}

/// The day of a moment, in UTC.
pub fn day(at: Moment) -> Date {
    at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The last second of a day, in UTC.
pub fn moment_after(day: Date) -> Moment {
    let end = day.at(23, 59, 59, 0).to_zoned(jiff::tz::TimeZone::UTC);
    // Days that a script or a person can name are far from the ends of time.
    Moment::new(end.map_or(jiff::Timestamp::MAX, |end| end.timestamp()))
}
