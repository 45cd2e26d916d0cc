//! Who took custodians' duties on, for whom that runs out, and who has still to do it.

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::script::Role;
use crate::register::Register;
use crate::register::Rests;
use crate::register::due::day;
use crate::register::people::Person;

/// How it stands with somebody's duties.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Duty {
    /// Id of the person.
    pub person: String,
    /// His name.
    pub name: String,
    /// How it stands.
    pub state: DutyState,
    /// Version of the text that he answered last.
    pub version: Option<String>,
    /// The last day on which his acknowledgement holds, or held.
    #[serde(serialize_with = "crate::register::day::maybe::serialize")]
    pub until: Option<Date>,
    /// Why he has to, and what he answered.
    pub because: String,
    /// The lines that it rests on.
    pub rests_on: Vec<Rests>,
}

/// How it stands with an acknowledgement.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyState {
    /// Nobody recorded one.
    Missing,
    /// He did not agree.
    Refused,
    /// It held.
    RanOut,
    /// It holds, and not much longer.
    RunsOut,
    /// It holds.
    Valid,
}

impl DutyState {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::RanOut => "ran out",
            Self::RunsOut => "runs out",
            Self::Valid => "valid",
        }
    }

    /// Whether something is to be done now.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Missing | Self::Refused | Self::RanOut => true,
            Self::RunsOut | Self::Valid => false,
        }
    }
}

/// Everybody who holds a share that counts, was a custodian, or acknowledged something, and has not
/// left; `soon` is the day before which an acknowledgement that ends is told as running out.
pub fn duties(register: &Register, today: Date, soon: Date) -> Vec<Duty> {
    let mut all: Vec<Duty> = register
        .people
        .all
        .iter()
        .filter(|(_, person)| !person.gone_on(today))
        .filter_map(|(id, person)| duty(register, id, person, today, soon))
        .collect();
    all.sort_by(|one, other| (one.state, &one.person).cmp(&(other.state, &other.person)));
    all
}

fn duty(register: &Register, id: &str, person: &Person, today: Date, soon: Date) -> Option<Duty> {
    let mut rests_on = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    for material in &register.materials {
        let share = material
            .current()
            .filter(|set| set.still_rebuilds())
            .and_then(|set| set.shares.iter().find(|share| share.of == id));
        if let Some(share) = share {
            keys.push(&material.key);
            rests_on.push(share.delivered.clone());
        }
    }
    let custodian = person.held.get(Role::Custodians.name());
    rests_on.extend(custodian.filter(|_| keys.is_empty()).cloned());
    let last = person.last_acknowledgement();
    if rests_on.is_empty() && last.is_none() {
        return None;
    }
    let why = match keys.as_slice() {
        [] if custodian.is_some() => "was a custodian".to_owned(),
        [] => "acknowledged duties before".to_owned(),
        [one] => format!("holds a share of {one}"),
        [one, ..] => format!("holds shares of {} keys, as {one}", keys.len()),
    };
    let until = last.map(|last| day(last.until));
    let state = match (last, until) {
        (None, _) | (Some(_), None) => DutyState::Missing,
        (Some(last), Some(_)) if last.refused.is_some() => DutyState::Refused,
        (Some(_), Some(until)) if until < today => DutyState::RanOut,
        (Some(_), Some(until)) if until < soon => DutyState::RunsOut,
        (Some(_), Some(_)) => DutyState::Valid,
    };
    if let Some(last) = last {
        rests_on = vec![last.rests_on.clone()];
    }
    let said = last.and_then(|last| last.refused.as_deref());
    Some(Duty {
        person: id.to_owned(),
        name: person.name.clone(),
        state,
        version: last.map(|last| last.version.clone()),
        until: until.filter(|_| said.is_none()),
        because: said.map_or(why.clone(), |said| format!("{why}; said: {said}")),
        rests_on,
    })
}
