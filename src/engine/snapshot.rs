//! What a provider says of who can get at a key, read from the files beside a script.

use std::path::Path;
use std::path::PathBuf;

use crate::domain::finding::Finding;
use crate::domain::finding::PROFILE;
use crate::domain::progress::number;
use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::record::Principal;
use crate::domain::script::AccessReview;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose as _;
use crate::providers::AccessRead;
use crate::providers::InputFile;
use crate::providers::provider;

/// The files and what they say.
#[derive(Debug)]
pub struct Snapshot {
    /// Name, digest and bytes of each.
    pub files: Vec<(File, Vec<u8>)>,
    /// Who can get at the key.
    pub access: AccessRead,
}

/// Reads files, each by its name for messages and its place.
///
/// # Errors
///
/// When a file cannot be read, or is none that the provider's tool prints.
pub fn read(
    provider_id: &str,
    key_id: &str,
    named: &[(String, PathBuf)],
) -> Result<Snapshot, EngineError> {
    let provider = provider(provider_id)?;
    let mut all = Vec::new();
    for (name, path) in named {
        let bytes = files::read(path)?;
        let file = File {
            path: name.clone(),
            sha256: Digest::of(&bytes),
        };
        all.push((file, bytes));
    }
    let inputs: Vec<InputFile> = all
        .iter()
        .map(|(file, bytes)| InputFile {
            name: file.path.clone(),
            bytes: bytes.clone(),
        })
        .collect();
    let access = provider.read_access(&inputs, key_id)?;
    Ok(Snapshot { files: all, access })
}

/// Reads the files of a step, inside `folder`.
///
/// # Errors
///
/// As [`read`].
pub fn of_step(step: &AccessReview, folder: &Path) -> Result<Snapshot, EngineError> {
    let named: Vec<(String, PathBuf)> = step
        .files
        .iter()
        .map(|path| (path.to_string(), folder.join(path.as_str())))
        .collect();
    read(step.provider.as_str(), step.key_id.as_str(), &named)
}

/// Reads those of every step, so that none is found wanting in the room.
///
/// # Errors
///
/// As [`read`].
pub fn of_script(script: &Script, folder: &Path) -> Result<(), EngineError> {
    for step in &script.steps {
        if let Step::AccessReview(review) = &step.value {
            of_step(review, folder)?;
        }
    }
    Ok(())
}

/// Reviews of providers whose policies are not understood, and of keys that they could name otherwise.
pub(super) fn findings(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let Step::AccessReview(review) = &step.value else {
            continue;
        };
        let known = provider(review.provider.as_str());
        let place = match &known {
            Ok(_) => review.key_id.place,
            Err(_) => review.provider.place,
        };
        let read = known.and_then(|known| known.read_access(&[], review.key_id.as_str()));
        if let Err(error) = read {
            findings.push(
                Finding::new(&PROFILE, place, error.to_string())
                    .hint(error.hint().unwrap_or_default())
                    .step(number(index)),
            );
        }
    }
    findings
}

/// Says whose each principal is, as script and organisation file have it.
pub fn assign(script: &Script, step: &AccessReview, principals: &mut [Principal]) {
    for principal in principals {
        let person = step.whose(script, principal.id.as_str());
        principal.person = person.map(str::to_owned);
        let service = step.services.get(principal.id.as_str());
        principal.service = service.map(ToString::to_string);
    }
}
