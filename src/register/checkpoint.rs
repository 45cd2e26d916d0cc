//! Checkpoints of a register: made to be kept outside, and held against it later.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use serde::Serialize;

use crate::domain::checkpoint::Checkpoint;
use crate::domain::record::Digest;
use crate::domain::record::Follows;
use crate::domain::record::Moment;
use crate::domain::record::namespace;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::sign_later::signature_path;
use crate::engine::store::ALLOWED_SIGNERS;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::error::RecordError;
use crate::record::signing::PublicKey;
use crate::record::signing::Signature;
use crate::register::Register;
use crate::register::Wrong;
use crate::register::error::RegisterError;

/// What a checkpoint says, and how it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Held {
    /// The file.
    pub path: PathBuf,
    /// When it was made.
    pub at: Moment,
    /// The last record of that moment.
    pub head: Follows,
    /// How many records there were.
    pub count: u64,
    /// Whose signature holds.
    pub signed: Vec<String>,
    /// Who was asked to sign and did not.
    pub outstanding: Vec<String>,
}

/// A checkpoint of a register in which everything holds.
///
/// # Errors
///
/// When something does not hold, or there is no record.
pub fn make(register: &Register, dir: &Path, now: Moment) -> Result<Checkpoint, RegisterError> {
    if let Some(first) = register.wrong.first() {
        return Err(RegisterError::DoesNotHold {
            dir: dir.to_owned(),
            first: first.what.clone(),
        });
    }
    let last = register.ceremonies.last();
    let mut signers = BTreeMap::new();
    if let Some(last) = last {
        let list = files::read(&dir.join(&last.folder).join(ALLOWED_SIGNERS))?;
        let list =
            AllowedSigners::parse(&String::from_utf8_lossy(&list)).map_err(EngineError::from)?;
        let ended = last.ended.unwrap_or(now);
        for person in &last.signed {
            let keys = list.keys_for(person, last.mode.namespace(), ended);
            signers.extend(keys.first().map(|key| (person.clone(), key.to_line())));
        }
    }
    Checkpoint::of(&records(register), now, signers)
        .ok_or_else(|| RegisterError::Empty(dir.to_owned()))
}

/// Holds a checkpoint against a register; what does not fit goes to what is wrong with it.
///
/// # Errors
///
/// When the file cannot be read, or is none.
pub fn hold(
    register: &mut Register,
    path: &Path,
    trusted: Option<&AllowedSigners>,
) -> Result<Held, RegisterError> {
    let bytes = files::read(path)?;
    let checkpoint =
        Checkpoint::parse(&bytes).ok_or_else(|| RegisterError::NotACheckpoint(path.to_owned()))?;
    let mut wrong = checkpoint.held_against(&records(register));
    let mut held = Held {
        path: path.to_owned(),
        at: checkpoint.at,
        head: checkpoint.head.clone(),
        count: checkpoint.count,
        signed: Vec::new(),
        outstanding: Vec::new(),
    };
    for (person, key) in &checkpoint.signers {
        let signature = signature_path(path, person);
        if signature.symlink_metadata().is_err() {
            held.outstanding.push(person.clone());
            continue;
        }
        let signature = files::read(&signature)?;
        let keys = match trusted {
            Some(trusted) => trusted.keys_for(person, namespace::CHECKPOINT, checkpoint.at),
            None => PublicKey::parse(key).ok().into_iter().collect(),
        };
        match signed(&signature, &keys, &bytes) {
            Ok(()) => held.signed.push(person.clone()),
            Err(error) => wrong.push(format!("the signature of {person} does not hold: {error}")),
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    register.wrong.extend(wrong.into_iter().map(|what| Wrong {
        ceremony: None,
        line: None,
        what: format!("{name}: {what}"),
        hint: Some(
            "compare with a copy of the register of that day: this is an incident".to_owned(),
        ),
    }));
    Ok(held)
}

fn signed(signature: &[u8], keys: &[PublicKey], bytes: &[u8]) -> Result<(), RecordError> {
    let signature = Signature::parse(signature)?;
    let mut last = Err(RecordError::NotAPublicKey);
    for key in keys {
        last = signature.verify(namespace::CHECKPOINT, bytes, key);
        if last.is_ok() {
            break;
        }
    }
    last
}

fn records(register: &Register) -> Vec<(u64, Digest)> {
    let ceremonies = register.ceremonies.iter();
    ceremonies.map(|one| (one.number, one.record)).collect()
}
