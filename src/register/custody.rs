//! Share sets: who holds what, when it was proven last, and whether the key can still be rebuilt.

use serde::Serialize;

use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Subject;
use crate::domain::text::list;
use crate::register::Register;
use crate::register::Rests;
use crate::register::keys::Material;
use crate::register::keys::Set;
use crate::register::keys::Share;

/// How long a proof of possession and a restore test count where no script says so: a year, as the
/// custodians' acknowledgement does (PCI DSS 4.0.1, 3.7.8). No standard names an interval.
pub const EVERY: i64 = 365 * 86_400;

/// More shares than the threshold must be proven, so that losing one is no loss of the key.
const MARGIN: usize = 1;

/// A share set on one day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    /// Label of the key.
    pub key: String,
    /// What the ceremony that dealt it is worth.
    pub mode: Option<Mode>,
    /// Id of the set.
    pub set: String,
    /// Its epoch.
    pub epoch: u32,
    /// Whether a later set took its place; its shares still rebuild what they rebuilt.
    pub superseded: bool,
    /// How many rebuild.
    pub threshold: u8,
    /// What they rebuild.
    pub subject: Subject,
    /// When it was dealt.
    pub dealt: Rests,
    /// The last time that shares of it rebuilt the key.
    pub tested: Option<Rests>,
    /// Whether the key can be rebuilt.
    pub state: State,
    /// The same in a sentence.
    pub says: String,
    /// What to do, where something is to be done.
    pub hint: Option<String>,
    /// How many shares are proven.
    pub proven: usize,
    /// One for each custodian.
    pub shares: Vec<Held>,
}

/// Whether the key of a set can be rebuilt.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Enough shares are proven to lose one, and none is missed.
    Well,
    /// Enough shares are proven now, with nothing to spare, or one is missed.
    Warning,
    /// Nobody has shown within the interval that enough shares are there.
    Unproven,
    /// Too few shares are left.
    Lost,
    /// A later set took its place, and its shares may still rebuild the key.
    Live,
    /// A later set took its place, and it rebuilds nothing any more.
    Dead,
}

/// A share on one day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Held {
    /// Its number.
    pub index: u8,
    /// The custodian whom it was made for.
    pub of: String,
    /// Who has it now.
    pub holder: String,
    /// What is known of it.
    pub status: Status,
    /// Why it is not proven, where somebody said so.
    pub why: Option<String>,
    /// The day by which it is to be proven again.
    pub due: Moment,
    /// What the last proof was.
    pub proof: Option<String>,
    /// Its bag, as the ledger has it.
    pub bag: Option<String>,
    /// Where it is, as the ledger has it.
    pub r#where: Option<String>,
    /// Where it is recorded that its bag was opened.
    pub opened: Option<Rests>,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// What is known of a share.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was shown to be there and whole, within the interval.
    Proven,
    /// Its custodian took it, within the interval, and has not shown it since.
    Delivered,
    /// The interval is over.
    Overdue,
    /// It was asked for and not brought.
    Absent,
    /// It was brought, and it is not what it should be.
    Lost,
}

impl Status {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Delivered => "not proven yet",
            Self::Overdue => "overdue",
            Self::Absent => "not brought",
            Self::Lost => "lost",
        }
    }
}

impl Standing {
    /// Whether anybody is asked for its shares.
    pub fn counts(&self) -> bool {
        !self.superseded && self.state != State::Dead
    }
}

/// How every share set of these materials stands at that moment.
pub fn standings(register: &Register, materials: &[&Material], now: Moment) -> Vec<Standing> {
    let mut all = Vec::new();
    for material in materials {
        let newest = material.current().map(|set| set.id.as_str());
        for set in &material.sets {
            let superseded = newest != Some(set.id.as_str());
            all.push(standing(register, material, set, superseded, now));
        }
    }
    all
}

fn standing(
    register: &Register,
    material: &Material,
    set: &Set,
    superseded: bool,
    now: Moment,
) -> Standing {
    let every = material.drill_every.unwrap_or(EVERY);
    let shares: Vec<Held> = set
        .shares
        .iter()
        .map(|share| held(register, set, share, every, now))
        .collect();
    // Also where no later set took its place: the key is destroyed.
    let (state, says, hint) = if superseded || set.retired.is_some() {
        replaced(set)
    } else {
        judge(set, &shares)
    };
    Standing {
        key: material.key.clone(),
        mode: material.mode,
        set: set.id.clone(),
        epoch: set.epoch,
        superseded,
        threshold: set.threshold,
        subject: set.subject,
        dealt: set.dealt.clone(),
        tested: set.tested.clone(),
        state,
        says,
        hint,
        proven: count(&shares, Status::Proven),
        shares,
    }
}

fn held(register: &Register, set: &Set, share: &Share, every: i64, now: Moment) -> Held {
    let thing = register.things.carries(&set.id, &share.of);
    let since = share.proven.as_ref().map_or(&share.delivered, |(at, _)| at);
    let mut rests_on = vec![since.clone()];
    let mut due = since.at.plus_seconds(every);
    let mut why = None;
    let status = match &share.missed {
        Some((rests, found, told)) => {
            rests_on.push(rests.clone());
            due = rests.at;
            why = Some(told.clone());
            if *found == crate::domain::record::Possession::Absent.name() {
                Status::Absent
            } else {
                Status::Lost
            }
        }
        None if now > due => Status::Overdue,
        None if share.proven.is_some() => Status::Proven,
        None => Status::Delivered,
    };
    rests_on.extend(thing.map(|thing| thing.rests_on.clone()));
    Held {
        index: share.index,
        of: share.of.clone(),
        holder: thing.map_or_else(|| share.of.clone(), |thing| thing.holder.clone()),
        status,
        why,
        due,
        proof: share.proven.as_ref().map(|(_, by)| by.clone()),
        bag: thing.and_then(|thing| thing.bag.clone()),
        r#where: thing.and_then(|thing| thing.r#where.clone()),
        opened: thing.and_then(|thing| thing.opened.clone()),
        rests_on,
    }
}

fn count(shares: &[Held], status: Status) -> usize {
    shares.iter().filter(|held| held.status == status).count()
}

/// What is left of a set whose place a later one took.
fn replaced(set: &Set) -> (State, String, Option<String>) {
    let hint = || {
        Some("let its shares be destroyed in view (step `retire`), or rotate the key".to_owned())
    };
    match &set.retired {
        Some(retired) if retired.live => (State::Live, retired.says.clone(), hint()),
        Some(retired) => (State::Dead, retired.says.clone(), None),
        None => (
            State::Live,
            format!(
                "any {} of its shares still rebuild what they rebuilt: nobody told what became of them",
                set.threshold
            ),
            hint(),
        ),
    }
}

/// Whether the key can be rebuilt, in a sentence, and what to do.
fn judge(set: &Set, shares: &[Held]) -> (State, String, Option<String>) {
    let threshold = usize::from(set.threshold);
    let total = shares.len();
    let proven = count(shares, Status::Proven);
    let left = total - count(shares, Status::Lost);
    let missed: Vec<&str> = shares
        .iter()
        .filter(|held| held.status != Status::Proven)
        .map(|held| held.holder.as_str())
        .collect();
    let counts = format!("{proven} of {total} shares are proven, and {threshold} rebuild the key");
    let drill = || {
        Some(format!(
            "let {} prove possession: a ceremony of kind `drill`",
            list(&missed)
        ))
    };
    let wanted = total.min(threshold + MARGIN);
    let opened: Vec<&str> = shares
        .iter()
        .filter(|held| held.opened.is_some())
        .map(|held| held.holder.as_str())
        .collect();
    if left < threshold {
        let says = format!(
            "{left} of {total} shares are left, and {threshold} rebuild the key: this set rebuilds nothing"
        );
        return (
            State::Lost,
            says,
            Some("make a new key, or a new share set where the key still is in an HSM".to_owned()),
        );
    }
    if proven < threshold {
        return (
            State::Unproven,
            format!("{counts}: nobody has shown that it can be"),
            drill(),
        );
    }
    if count(shares, Status::Lost) > 0 {
        let hint = "reshare while enough custodians still can".to_owned();
        return (
            State::Warning,
            format!("{counts}, and one is lost"),
            Some(hint),
        );
    }
    if !opened.is_empty() {
        let hint =
            "whoever opened a bag may know the share in it: reshare, or record why not".to_owned();
        let says = format!(
            "{counts}; the bag of {} was not as it was sealed",
            list(&opened)
        );
        return (State::Warning, says, Some(hint));
    }
    if proven < wanted {
        let says = format!("{counts}: with one less, nothing is proven");
        return (State::Warning, says, drill());
    }
    let late = count(shares, Status::Overdue) + count(shares, Status::Absent);
    if late > 0 {
        return (
            State::Warning,
            format!("{counts}; others are to be proven again"),
            drill(),
        );
    }
    (State::Well, counts, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Moment;

    fn rests() -> Rests {
        Rests {
            ceremony: "000001-a".into(),
            line: 1,
            at: Moment::new(jiff::Timestamp::UNIX_EPOCH),
        }
    }

    fn judged(threshold: u8, statuses: &[Status]) -> State {
        let set = Set {
            id: String::new(),
            epoch: 1,
            threshold,
            subject: Subject::Key,
            dealt: rests(),
            tested: None,
            retired: None,
            shares: Vec::new(),
        };
        let held = |status: &Status| Held {
            index: 1,
            of: "ben".to_owned(),
            holder: "ben".to_owned(),
            status: *status,
            why: None,
            due: rests().at,
            proof: None,
            bag: None,
            r#where: None,
            opened: None,
            rests_on: Vec::new(),
        };
        let shares: Vec<Held> = statuses.iter().map(held).collect();
        judge(&set, &shares).0
    }

    #[test]
    fn a_set_is_well_only_while_it_can_lose_a_share_and_none_is_missed() {
        use Status::Absent;
        use Status::Delivered;
        use Status::Lost;
        use Status::Overdue;
        use Status::Proven;
        for (threshold, statuses, state) in [
            (2, &[Proven, Proven, Proven][..], State::Well),
            (2, &[Proven, Proven, Proven, Delivered], State::Well),
            (2, &[Proven, Proven, Proven, Overdue], State::Warning),
            (2, &[Proven, Proven, Proven, Absent], State::Warning),
            (2, &[Proven, Proven, Proven, Lost], State::Warning),
            (2, &[Proven, Proven, Delivered], State::Warning),
            (2, &[Proven, Proven], State::Well),
            (2, &[Proven, Delivered, Delivered], State::Unproven),
            (2, &[Overdue, Overdue, Overdue], State::Unproven),
            (2, &[Absent, Absent, Lost], State::Unproven),
            (2, &[Proven, Lost, Lost], State::Lost),
            (3, &[Lost, Proven, Lost, Proven], State::Lost),
        ] {
            assert_eq!(
                judged(threshold, statuses),
                state,
                "{threshold} {statuses:?}"
            );
        }
    }
}
