//! A custodian's own drill, outside a ceremony: the same check of one share, against the record of the
//! ceremony that dealt it.

use std::path::Path;
use std::path::PathBuf;

use crate::custody::error::ShareError;
use crate::custody::gathering::Trusted;
use crate::custody::gathering::prove;
use crate::custody::seal::Identities;
use crate::custody::seal::open;
use crate::custody::seal::wants_passphrase;
use crate::custody::share::Share;
use crate::engine::desk::Desk;
use crate::engine::desk::Question;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::given::given;

/// A share that was proved. Nothing in it is secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proven {
    /// Label of the key.
    pub key: String,
    /// Share set.
    pub set: String,
    /// Its epoch.
    pub epoch: u32,
    /// How many shares rebuild.
    pub threshold: u8,
    /// How many there are.
    pub total: usize,
    /// Number of the share.
    pub index: u8,
    /// Who holds it by the record.
    pub custodian: String,
}

/// Opens the share in `file` and holds it against the verified record of the ceremony in `record`; it
/// is wiped at once.
///
/// # Errors
///
/// When the ceremony does not hold, or knows no shares of that key; when the share does not open, is not
/// whole, is of another set or an old epoch, or does not fit its commitment.
pub fn drill(
    desk: &mut dyn Desk,
    file: &Path,
    identity_files: &[PathBuf],
    record: &Path,
) -> Result<Proven, EngineError> {
    let (keys, _) = given(record, None)?;
    let label = file.display().to_string();
    let sealed = files::read(file)?;
    let mut identities = Identities::default();
    for path in identity_files {
        add(desk, &mut identities, path)?;
    }
    if wants_passphrase(&sealed, &label)? {
        let question = Question::input("passphrase", format!("the passphrase of {label}"));
        identities.add_passphrase(desk.secret(&question)?);
    }
    let text = open(&sealed, &identities, &label)?;
    let share = Share::parse(&text, &label)?;
    drop(text);
    let key = share.set().header.key.clone();
    let nothing = || EngineError::NothingGiven {
        dir: record.to_owned(),
        because: format!("it left no key {key} in shares"),
    };
    let set = keys
        .into_iter()
        .find(|given| given.key == key)
        .map(|given| given.share_set)
        .ok_or_else(nothing)?;
    let trusted = Trusted::from_record(&key, &set).ok_or_else(nothing)?;
    let index = prove(share, &label, trusted)?;
    let holder = set.shares.iter().find(|share| share.index == index);
    let custodian = holder.map_or_else(String::new, |share| share.custodian.clone());
    Ok(Proven {
        key,
        epoch: set.epoch,
        threshold: set.threshold,
        total: set.shares.len(),
        set: set.id,
        index,
        custodian,
    })
}

/// Takes in an identity file; the passphrase of an encrypted one is asked for.
fn add(desk: &mut dyn Desk, identities: &mut Identities, path: &Path) -> Result<(), EngineError> {
    let file = files::read_secret(path)?;
    let label = path.display().to_string();
    match identities.add(&file, None, &label) {
        Err(ShareError::PassphraseNeeded { .. }) => {
            let question = Question::input("passphrase", format!("the passphrase of {label}"));
            let passphrase = desk.secret(&question)?;
            Ok(identities.add(&file, Some(&passphrase), &label)?)
        }
        other => Ok(other?),
    }
}
