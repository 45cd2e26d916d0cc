//! What went otherwise than rules and scripts say, over all ceremonies.

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Exception;
use crate::register::Register;
use crate::register::Rests;
use crate::register::due::day;

/// Something that went otherwise.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deviation {
    /// What kind of thing: `waiver`, `exception`, `environment`, `disagreement`, `interruption`,
    /// `lost-key`, `recovered-key`, `unexplained`, `aborted`, `log-finding`.
    pub kind: String,
    /// In a sentence.
    pub what: String,
    /// Where that is recorded.
    pub rests_on: Rests,
    /// The file that tells it, where it is not the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Deviation {
    pub(super) fn new(kind: &str, what: String, rests: &Rests) -> Self {
        Self {
            kind: kind.to_owned(),
            what,
            rests_on: rests.clone(),
            file: None,
        }
    }

    /// What one line of a record tells.
    pub(super) fn of(entry: &Entry, rests: &Rests) -> Vec<Self> {
        let new = |kind: &str, what: String| Self::new(kind, what, rests);
        match &entry.event {
            Event::Exception(exception) => vec![new("exception", told(exception))],
            Event::Resumed(resumed) => {
                let what = format!(
                    "the ceremony was interrupted, and went on at step {}",
                    resumed.next_step
                );
                vec![new("interruption", what)]
            }
            Event::Lost(lost) => {
                vec![new(
                    "lost-key",
                    format!("key {} was lost: {}", lost.key, lost.why),
                )]
            }
            Event::Recovered(recovered) => {
                let with = recovered.with.join(", ");
                let what = format!(
                    "key {} was brought back from the shares of {with}",
                    recovered.key
                );
                vec![new("recovered-key", what)]
            }
            Event::Orphan(orphan) => {
                let done = orphan.decision.words();
                let what = format!(
                    "no entry explains {}: {done}, decided by {}",
                    orphan.path, orphan.by
                );
                vec![new("unexplained", what)]
            }
            Event::Step(step) => of_step(&step.did, rests),
            Event::Open(_)
            | Event::Handed(_)
            | Event::BatchKey(_)
            | Event::Calling(_)
            | Event::Sealed(_) => Vec::new(),
        }
    }
}

fn of_step(did: &Did, rests: &Rests) -> Vec<Deviation> {
    let mut all = Vec::new();
    if let Did::Exception {
        told: Some(exception),
        ..
    } = did
    {
        all.push(Deviation::new("exception", told(exception), rests));
    }
    if let Did::Environment { checks } = did {
        for check in checks.iter().filter(|check| !check.holds) {
            let what = format!(
                "{}: wanted {}, found {}",
                check.name, check.wanted, check.found
            );
            all.push(Deviation::new("environment", what, rests));
        }
    }
    if let Did::Statement { answers, .. } = did {
        for answer in answers.iter().filter(|answer| !answer.agrees) {
            let words = answer.words.as_deref().unwrap_or("without words");
            let what = format!("{} did not agree: {words}", answer.person);
            all.push(Deviation::new("disagreement", what, rests));
        }
    }
    if let Did::Reconcile(reconciled) = did {
        for finding in &reconciled.says.findings {
            all.push(Deviation::new("log-finding", finding.words(), rests));
        }
    }
    all
}

fn told(exception: &Exception) -> String {
    format!(
        "step {}: expected: {}; happened: {}; decided by {}: {}",
        exception.step,
        exception.expected,
        exception.happened,
        exception.decided_by,
        exception.decided
    )
}

/// Every deviation since a day, in the order of the records.
pub fn deviations(register: &Register, since: Option<Date>) -> Vec<Deviation> {
    let mut all = register.deviations.clone();
    for ceremony in &register.ceremonies {
        for (person, reason) in &ceremony.dissents {
            let Some(at) = ceremony.ended else { continue };
            let rests = Rests {
                ceremony: ceremony.folder.as_str().into(),
                line: 1,
                at,
            };
            let what = format!("{person} signed a disagreement with the record: {reason}");
            all.push(Deviation {
                file: Some(format!("dissent/{person}.json")),
                ..Deviation::new("disagreement", what, &rests)
            });
        }
    }
    all.retain(|deviation| since.is_none_or(|since| day(deviation.rests_on.at) >= since));
    all.sort_by(|one, other| one.rests_on.cmp(&other.rests_on));
    all
}
