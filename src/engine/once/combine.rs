//! A secret is rebuilt from its shares, outside a ceremony.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use crate::crypto::wrap::kwp_unwrap;
use crate::custody::gathering::Gathering;
use crate::custody::gathering::Trusted;
use crate::custody::share::ShareSet;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Subject;
use crate::engine::desk::Desk;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::once::OnceError;
use crate::engine::once::share::bring;
use crate::engine::once::share::identities;
use crate::engine::once::share::label;
use crate::engine::once::share::recorded;
use crate::engine::once::split::values;

/// Which shares, who opens them, and what becomes of the secret.
pub struct CombineOnce<'a> {
    /// Share files; `-` is a card that is typed in.
    pub shares: &'a [PathBuf],
    /// Identity files.
    pub identities: &'a [PathBuf],
    /// The file in which the secret is, where the shares rebuild a backup key.
    pub backup: Option<&'a Path>,
    /// A ceremony whose record the shares are held against.
    pub record: Option<&'a Path>,
    /// Where the secret goes, if anywhere.
    pub out: Option<&'a Path>,
}

/// What came of it.
pub struct Combined {
    /// What the shares say alike.
    pub set: ShareSet,
    /// Number of each share, and where it came from.
    pub shares: Vec<(u8, String)>,
    /// Check values of what the shares rebuilt; they are those that the shares name.
    pub check_values: BTreeMap<String, String>,
    /// Check values of the secret in the backup file, if there is one.
    pub in_backup: Option<BTreeMap<String, String>>,
}

/// Rebuilds a secret, holds it against its check value, and writes it where that is wished.
pub fn combine_once(desk: &mut dyn Desk, job: &CombineOnce<'_>) -> Result<Combined, EngineError> {
    if let Some(out) = job.out {
        files::refuse_existing(out)?;
    }
    let typed = job.shares.iter().filter(|path| path.as_os_str() == "-");
    let typed = typed.count();
    if typed > 1 && !desk.patient() {
        return Err(OnceError::OneFromInput.into());
    }
    let backup = job.backup.map(files::read).transpose()?;
    let mut identities = identities(desk, job.identities)?;
    let mut gathering = Gathering::new(None);
    let mut shares = Vec::new();
    let mut cards = 0;
    for path in job.shares {
        let mut label = label(path);
        if path.as_os_str() == "-" && typed > 1 {
            cards += 1;
            label = format!("card {cards}");
        }
        let share = bring(desk, path, &mut identities, &label)?;
        if shares.is_empty() {
            let trusted: Option<Trusted> = match job.record {
                Some(dir) => Some(recorded(dir, share.set().id)?),
                None => None,
            };
            gathering = Gathering::new(trusted);
        }
        shares.push((share.index(), label.clone()));
        gathering.add(share, &label)?;
    }
    let (rebuilt, set) = gathering.combine()?;
    let kind = match set.header.subject {
        Subject::Key | Subject::Component => set.header.kind,
        Subject::BackupKey => Some(KeyType::Aes256),
    };
    // What has no check values of this type is not what was split.
    let check_values = values(kind, &rebuilt).unwrap_or_default();
    set.confirm(&check_values)?;
    let (secret, in_backup) = match (set.header.subject, backup.zip(job.backup)) {
        (Subject::BackupKey, Some((blob, path))) => {
            let other = |_| OnceError::OtherBackup(path.to_owned());
            let secret = kwp_unwrap(&rebuilt, &blob).map_err(other)?;
            let found = values(set.header.kind, &secret)?;
            (secret, Some(found))
        }
        (Subject::Key | Subject::Component, Some(_)) => return Err(OnceError::NoBackup.into()),
        (Subject::BackupKey, None) if job.out.is_some() => {
            return Err(OnceError::BackupNeeded.into());
        }
        (Subject::Key | Subject::BackupKey | Subject::Component, None) => (rebuilt, None),
    };
    if let Some(out) = job.out {
        files::write_file(out, secret.expose())?;
    }
    Ok(Combined {
        set,
        shares,
        check_values,
        in_backup,
    })
}
