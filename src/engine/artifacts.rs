//! What a ceremony made, as its record tells it.

use std::path::Path;

use crate::domain::record::Artifact;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Handed;
use crate::domain::record::Purpose;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::store::RECORD;
use crate::engine::store::SCRIPT;
use crate::engine::store::STAND_IN_MEDIA;
use crate::record::chain;

/// Every file that the ceremony in `dir` made and that still counts, and its record. The shares of
/// a rehearsal are there too; those of a real ceremony are with their custodians.
pub fn made(dir: &Path) -> Result<Vec<Artifact>, EngineError> {
    let script = files::read_script(&dir.join(SCRIPT))?;
    let record = files::read_record(&dir.join(RECORD))?;
    let entries = chain::parse(&record, &script)?;
    let mut artifacts = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let Event::Step(step) = &entry.event else {
            continue;
        };
        let later = entries.get(position..).unwrap_or_default();
        artifacts.extend(
            step.artifacts
                .iter()
                .filter(|made| !is_void(&made.path, later))
                .cloned(),
        );
        if let Did::Split { set, .. } = &step.did
            && !is_void(&set.id, later)
        {
            artifacts.extend(set.shares.iter().filter_map(|share| stand_in(dir, share)));
        }
    }
    artifacts.push(artifact(RECORD.to_owned(), &record, Purpose::Record));
    Ok(artifacts)
}

/// Whether a later loss made an artifact or a share set void.
fn is_void(name: &str, later: &[Entry]) -> bool {
    later.iter().any(|entry| {
        matches!(&entry.event, Event::Lost(lost)
            if lost.void_artifacts.iter().chain(&lost.void_sets).any(|void| void == name))
    })
}

fn stand_in(dir: &Path, share: &Handed) -> Option<Artifact> {
    let path = format!(
        "{STAND_IN_MEDIA}/{}/{}",
        share.custodian,
        share.file.as_ref()?
    );
    let bytes = files::read(&dir.join(&path)).ok()?;
    Some(artifact(path, &bytes, Purpose::Share))
}

fn artifact(path: String, bytes: &[u8], purpose: Purpose) -> Artifact {
    Artifact {
        path,
        sha256: Digest::of(bytes),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        purpose,
    }
}
