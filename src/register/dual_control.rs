//! Whether at least two people were there, and signed for it, whenever a key could be got at.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::store::RECORD;
use crate::engine::store::SCRIPT;
use crate::record::chain;
use crate::register::Rests;
use crate::register::error::RegisterError;

/// How many people a key is never without (PCI DSS 4.0.1, 3.7.6; CA/B BR 6.2.2).
const TOGETHER: usize = 2;

/// A step in which a key could be got at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sensitive {
    /// Number of the step; none where a key came back between two.
    pub step: Option<u32>,
    /// What was done.
    pub did: &'static str,
    /// The key, or the list of keys.
    pub key: String,
    /// Who was in the room, as people said.
    pub present: Vec<String>,
    /// Of those, who signed the record.
    pub signed: Vec<String>,
    /// Whose shares, or whose hands, it took.
    pub acted: Vec<String>,
    /// Who approved it with a signature of his own.
    pub approved: Vec<String>,
    /// Whether it was under dual control.
    pub holds: bool,
    /// Why not.
    pub because: Option<String>,
    /// Where it is told.
    pub rests_on: Rests,
}

/// The record of a ceremony of a register, if it is still the one that was verified.
///
/// # Errors
///
/// When it cannot be read, or is another one.
pub fn entries(
    register: &Path,
    folder: &str,
    record_sha256: Digest,
) -> Result<Vec<Entry>, RegisterError> {
    let dir = register.join(folder);
    let record = files::read_record(&dir.join(RECORD))?;
    let script = files::read_script(&dir.join(SCRIPT))?;
    if Digest::of(&record) != record_sha256 {
        return Err(RegisterError::RecordChanged(folder.to_owned()));
    }
    chain::parse(&record, &script).map_err(|error| EngineError::from(error).into())
}

/// Every step in which a key could be got at: of one key, or of all.
pub fn sensitive(
    folder: &str,
    signers: &[String],
    entries: &[Entry],
    key: Option<&str>,
) -> Vec<Sensitive> {
    let mut present: BTreeSet<&str> = BTreeSet::new();
    let mut approved: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for entry in entries {
        let (step, did, of, acted) = match &entry.event {
            Event::Step(step) => {
                if let Did::SignIn { people } = &step.did {
                    present.extend(people.iter().map(String::as_str));
                } else if let Did::SignOut { people } = &step.did {
                    present.retain(|id| !people.iter().any(|left| left == id));
                } else if let Did::Approve { by, .. } = &step.did {
                    approved.push(by);
                }
                let Some((of, acted)) = key_of(&step.did) else {
                    continue;
                };
                (Some(step.number), step.did.name(), of, acted)
            }
            Event::Recovered(back) => (None, "recovered", back.key.as_str(), back.with.clone()),
            Event::Open(_)
            | Event::Handed(_)
            | Event::BatchKey(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => continue,
        };
        if key.is_some_and(|key| key != of) {
            continue;
        }
        let signed: Vec<String> = present
            .iter()
            .filter(|id| signers.iter().any(|signer| signer == *id))
            .map(|id| (*id).to_owned())
            .collect();
        let because = if present.len() < TOGETHER {
            Some(match present.first() {
                Some(one) => format!("only {one} was in the room"),
                None => "nobody was in the room".to_owned(),
            })
        } else if signed.len() < TOGETHER {
            Some(format!(
                "{} of those in the room signed the record",
                signed.len()
            ))
        } else {
            None
        };
        let gives = matches!(did, "wrap" | "batch" | "destroy" | "close" | "move");
        all.push(Sensitive {
            step,
            did,
            key: of.to_owned(),
            present: present.iter().map(|id| (*id).to_owned()).collect(),
            signed,
            acted,
            approved: approved
                .iter()
                .filter(|_| gives)
                .map(ToString::to_string)
                .collect(),
            holds: because.is_none(),
            because,
            rests_on: Rests {
                ceremony: folder.into(),
                line: entry.seq + 1,
                at: entry.at,
            },
        });
    }
    all
}

/// The key that a step could get at, and whose shares it took.
fn key_of(did: &Did) -> Option<(&str, Vec<String>)> {
    if let Did::Generate { key, .. }
    | Did::Wrap { key, .. }
    | Did::Lock { key, .. }
    | Did::Destroy { key, .. }
    | Did::Batch { keys: key, .. } = did
    {
        return Some((key, Vec::new()));
    }
    if let Did::Close(closed) = did {
        return Some((&closed.key, vec![closed.by.clone(), closed.seen_by.clone()]));
    }
    // Of its moves the one that ends it.
    if let Did::Move(moved) = did
        && moved.to == State::Destroyed
    {
        return Some((&moved.key, vec![moved.by.clone(), moved.seen_by.clone()]));
    }
    if let Did::Retire(retired) = did {
        return Some((&retired.key, vec![retired.seen_by.clone()]));
    }
    if let Did::Split { key, set, .. } = did {
        let people = set.shares.iter().map(|share| share.custodian.clone());
        return Some((key, people.collect()));
    }
    if let Did::RestoreTest { key, with, .. }
    | Did::Restore { key, with, .. }
    | Did::Reshare { key, with, .. } = did
    {
        return Some((key, with.clone()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Moment;
    use crate::domain::record::Step;

    fn entries(steps: Vec<Did>) -> Vec<Entry> {
        (1..)
            .zip(steps)
            .map(|(number, did)| Entry {
                seq: u64::from(number),
                prev: Digest([0; 32]),
                at: Moment::new(jiff::Timestamp::UNIX_EPOCH),
                event: Event::Step(Box::new(Step {
                    number,
                    line: number,
                    says: String::new(),
                    did,
                    artifacts: Vec::new(),
                })),
            })
            .collect()
    }

    fn comes(people: &[&str]) -> Did {
        Did::SignIn {
            people: people.iter().map(ToString::to_string).collect(),
        }
    }

    fn destroys(key: &str) -> Did {
        Did::Destroy {
            key: key.to_owned(),
            r#where: "token".to_owned(),
            method: String::new(),
            found: None,
        }
    }

    #[test]
    fn one_person_alone_or_too_few_signatures_are_no_dual_control() {
        let leaves = Did::SignOut {
            people: vec!["eli".to_owned()],
        };
        let all = entries(vec![
            destroys("none"),
            comes(&["ana", "eli"]),
            destroys("both"),
            leaves,
            destroys("alone"),
        ]);
        let of = |signed: &[&str]| -> Vec<Option<String>> {
            let signed: Vec<String> = signed.iter().map(ToString::to_string).collect();
            let found = sensitive("000001-a", &signed, &all, None);
            found.into_iter().map(|step| step.because).collect()
        };
        let alone = |who: &str| Some(format!("{who} was in the room"));
        assert_eq!(
            of(&["ana", "eli"]),
            [alone("nobody"), None, alone("only ana")]
        );
        assert_eq!(
            of(&["ana", "fay"])[1].as_deref(),
            Some("1 of those in the room signed the record")
        );
        assert_eq!(sensitive("000001-a", &[], &all, Some("both")).len(), 1);
    }

    #[test]
    fn a_record_that_changed_while_it_was_read_proves_nothing() {
        let home = tempfile::tempdir().unwrap();
        for name in [RECORD, SCRIPT] {
            files::write_file(&home.path().join("000001-a").join(name), b"x").unwrap();
        }
        let error = super::entries(home.path(), "000001-a", Digest([0; 32])).unwrap_err();
        assert!(matches!(error, RegisterError::RecordChanged(_)), "{error}");
    }
}
