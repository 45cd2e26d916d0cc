//! A secret is split among recipients, outside a ceremony.

use std::collections::BTreeMap;
use std::path::Path;

use crate::crypto::check_value;
use crate::crypto::error::CryptoError;
use crate::crypto::random::Random;
use crate::crypto::wrap::kwp_wrap;
use crate::custody::seal::Recipient;
use crate::custody::seal::distinct;
use crate::custody::seal::seal;
use crate::custody::share::Header;
use crate::custody::share::NO_CEREMONY;
use crate::custody::share::SHARE;
use crate::custody::share::ShareSet;
use crate::custody::share::deal;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Artifact;
use crate::domain::record::Digest;
use crate::domain::record::Purpose;
use crate::domain::record::Subject;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::once::OnceError;
use crate::engine::once::kit;
use crate::secret::Secret;

/// What is split, among whom, and where the shares go.
pub struct SplitOnce<'a> {
    /// The secret.
    pub secret: Secret,
    /// Its type, where somebody said it.
    pub kind: Option<KeyType>,
    /// What it is called.
    pub label: &'a str,
    /// How many shares rebuild it.
    pub threshold: u8,
    /// Whether all may be needed.
    pub all_needed: bool,
    /// One for each share.
    pub recipients: &'a [Recipient],
    /// Folder that is made.
    pub out: &'a Path,
}

/// What came of it.
pub struct SplitDone {
    /// The files, paths relative to the folder.
    pub artifacts: Vec<Artifact>,
    /// What the shares say alike.
    pub set: ShareSet,
    /// Check values of the secret; those of the backup key, where one is split, are in the set.
    pub check_values: BTreeMap<String, String>,
}

/// Splits a secret; every refusal comes before anything is made, and what is made appears whole or
/// not at all.
pub fn split_once(
    job: &SplitOnce<'_>,
    random: &mut dyn Random,
    faults: &mut Faults,
) -> Result<SplitDone, EngineError> {
    files::refuse_existing(job.out)?;
    let Ok(total) = u8::try_from(job.recipients.len()) else {
        return Err(OnceError::TooMany(job.recipients.len()).into());
    };
    if job.threshold == total && total > 1 && !job.all_needed {
        return Err(OnceError::AllNeeded(total).into());
    }
    let names: Vec<String> = (1..=total).map(|index| format!("share {index}")).collect();
    let pairs: Vec<_> = names
        .iter()
        .map(String::as_str)
        .zip(job.recipients)
        .collect();
    distinct(&pairs)?;
    let check_values = values(job.kind, &job.secret)?;
    let mut files: Vec<(String, Vec<u8>, Purpose)> = Vec::new();
    let name = file_name(job.label);
    // Whatever is longer than a share can be stays wrapped under a key that is split in its place.
    let backup_key = if job.secret.len() > *SHARE.end() {
        let key = Secret::try_init(BACKUP_KEY, |bytes| random.fill(bytes))?;
        let blob = kwp_wrap(&key, &job.secret)?;
        files.push((format!("{name}-backup.kwp"), blob, Purpose::Backup));
        Some(key)
    } else {
        None
    };
    let header = Header {
        ceremony: NO_CEREMONY.to_owned(),
        key: job.label.to_owned(),
        kind: job.kind,
        subject: if backup_key.is_some() {
            Subject::BackupKey
        } else {
            Subject::Key
        },
        epoch: 1,
        threshold: job.threshold,
        total,
        check_values: match &backup_key {
            Some(key) => check_value::of(KeyType::Aes256, key)?.into_map(),
            None => check_values.clone(),
        },
    };
    let dealt = deal(backup_key.as_ref().unwrap_or(&job.secret), header, random)?;
    drop(backup_key);
    let set = dealt.set.id.to_string();
    let short = set.get(..8).unwrap_or(&set);
    for (share, recipient) in dealt.shares.iter().zip(job.recipients) {
        let file = format!("{name}-{short}-share-{}-of-{total}.age", share.index());
        files.push((file, seal(&share.to_text(), recipient)?, Purpose::Share));
    }
    for (name, text) in kit::FILES {
        files.push((name.to_owned(), text.as_bytes().to_vec(), Purpose::Recovery));
    }
    let artifacts = files
        .iter()
        .map(|(path, bytes, purpose)| Artifact {
            path: path.clone(),
            sha256: Digest::of(bytes),
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            purpose: *purpose,
        })
        .collect();
    let files: Vec<(String, Vec<u8>)> = files
        .into_iter()
        .map(|(name, bytes, _)| (name, bytes))
        .collect();
    files::write_folder(job.out, &files, faults)?;
    Ok(SplitDone {
        artifacts,
        set: dealt.set,
        check_values,
    })
}

/// The check values of a secret, by its type where somebody said it.
pub(super) fn values(
    kind: Option<KeyType>,
    secret: &Secret,
) -> Result<BTreeMap<String, String>, EngineError> {
    let typed = kind.map(|kind| check_value::of(kind, secret));
    // Nobody is told here that a pair is weak; it has the check value of its bytes.
    let values = typed.filter(|values| {
        let flawed = |error: &CryptoError| {
            matches!(error, CryptoError::Flawed { .. } | CryptoError::KeyExponent)
        };
        !values.as_ref().is_err_and(flawed)
    });
    Ok(values
        .unwrap_or_else(|| check_value::of_untyped(secret))?
        .into_map())
}

/// A label as part of a file's name.
fn file_name(label: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name: String = label
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .take(64)
        .collect();
    name.trim_start_matches(['.', '-']).to_owned()
}

/// Length of a backup key.
const BACKUP_KEY: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_becomes_a_name_without_folders_and_hidden_files() {
        assert_eq!(file_name("payments 2026"), "payments-2026");
        assert_eq!(file_name("../etc/passwd"), "etc-passwd");
        assert_eq!(file_name(&"a".repeat(300)).len(), 64);
    }
}
