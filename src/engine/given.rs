//! What a ceremony gives to later ones: its keys in shares, as the `given:` block of a script.

mod lifecycle;

use std::path::Path;

use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Given;
use crate::domain::record::GivenBackup;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::engine::bench::Backup;
use crate::engine::bench::State;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::record::chain;
use crate::record::verify::Verdict;
use crate::record::verify::verify;

/// What a ceremony left to later ones.
pub struct Left {
    /// Keys in shares.
    pub keys: Vec<Given>,
    /// Where keys are in their lives.
    pub lives: Vec<Life>,
    /// What came of verifying it.
    pub verdict: Verdict,
}

/// The keys that the ceremony in `dir` left, after everything in it was verified; one of them, or
/// all.
///
/// # Errors
///
/// When anything in the ceremony was altered, when it is not sealed, when it was a rehearsal, or
/// when it left no such key.
pub fn given(dir: &Path, key: Option<&str>) -> Result<Left, EngineError> {
    let dossier = dossier::read(dir)?;
    let verdict = verify(&dossier, None);
    if let Some(problem) = verdict.problems.first() {
        return Err(problem.clone().into());
    }
    let nothing = |because: String| EngineError::NothingGiven {
        dir: dir.to_owned(),
        because,
    };
    if verdict.mode == Some(Mode::Rehearsal) {
        return Err(nothing("it is a rehearsal".to_owned()));
    }
    let entries = chain::parse(&dossier.record, &dossier.script)?;
    let mut all = in_shares(&entries, verdict.record_sha256);
    let script = crate::domain::parse::parse(&dossier.script)
        .map_err(|finding| EngineError::Script(vec![*finding]))?;
    let mut lives = lifecycle::lives(&script, &entries, verdict.record_sha256);
    if let Some(key) = key {
        all.retain(|given| given.key == key);
        lives.retain(|life| life.key == key);
    }
    if all.is_empty() && lives.is_empty() {
        let which = key.map_or("no key".to_owned(), |key| format!("no key {key}"));
        return Err(nothing(format!("it left {which}")));
    }
    Ok(Left {
        keys: all,
        lives,
        verdict,
    })
}

fn in_shares(entries: &[Entry], record: Digest) -> Vec<Given> {
    let state = State::of(entries);
    let earlier: &[Given] = match entries.first().map(|entry| &entry.event) {
        Some(Event::Open(open)) => &open.given,
        Some(_) | None => &[],
    };
    state
        .splits
        .into_iter()
        .filter_map(|(key, split)| {
            let older = state.older.get(&key).cloned().unwrap_or_default();
            // What came from an earlier ceremony, and was not dealt anew, is still what that one made.
            let same = |given: &&Given| given.key == key && given.share_set.id == split.set.id;
            if let Some(given) = earlier.iter().find(same) {
                let given = given.clone();
                return Some(Given { older, ..given });
            }
            let backup = match split.backup {
                Some(Backup::Artifact(path)) => Some(GivenBackup {
                    sha256: artifact(entries, &path)?,
                    file: path.rsplit('/').next().unwrap_or_default().to_owned(),
                }),
                Some(Backup::Given(given)) => Some(given),
                None => None,
            };
            Some(Given {
                record,
                check_values: state.made.get(&key)?.clone(),
                share_set: split.set,
                backup,
                older,
                key,
            })
        })
        .collect()
}

/// SHA-256 of an artifact, as it was recorded.
fn artifact(entries: &[Entry], path: &str) -> Option<Digest> {
    entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Step(step) => Some(&step.artifacts),
            Event::Open(_)
            | Event::Handed(_)
            | Event::BatchKey(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => None,
        })
        .flatten()
        .find(|made| made.path == path)
        .map(|made| made.sha256)
}
