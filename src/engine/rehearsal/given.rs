//! Throwaway keys that stand for those of earlier ceremonies, in shares on stand-in media.

use std::path::Path;

use crate::crypto::check_value;
use crate::crypto::random::Random;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap::kwp_wrap;
use crate::custody::card::Card;
use crate::custody::seal::seal;
use crate::custody::share::Header;
use crate::custody::share::deal;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Delivery;
use crate::domain::record::Digest;
use crate::domain::record::Given;
use crate::domain::record::Subject;
use crate::domain::script::Script;
use crate::engine::bench::Keyring;
use crate::engine::error::EngineError;
use crate::engine::open::Files;
use crate::engine::rehearsal::papers;
use crate::engine::steps::card_paper;
use crate::engine::store::STAND_IN_MEDIA;
use crate::secret::Secret;

/// Length of a backup key: AES-256.
const BACKUP_KEY: usize = 32;

/// A stand-in for every key of an earlier ceremony, and the files that its custodians have.
pub(super) fn stand_ins(
    script: &Script,
    keyring: &Keyring,
    random: &mut dyn Random,
) -> Result<(Vec<Given>, Files), EngineError> {
    let mut all = Vec::new();
    let mut files = Vec::new();
    for (label, given) in &script.given {
        let Some(described) = script.keys.get(label.as_str()) else {
            continue;
        };
        let mut given = given.recorded(label.as_str());
        stand_in(
            described.r#type.value,
            &mut given,
            keyring,
            random,
            &mut files,
        )?;
        all.push(given);
    }
    Ok((all, files))
}

fn stand_in(
    kind: KeyType,
    given: &mut Given,
    keyring: &Keyring,
    random: &mut dyn Random,
    files: &mut Files,
) -> Result<(), EngineError> {
    let key = SoftwareKey::twin(kind, random)?;
    given.check_values = key.check_values().into_map();
    let backup_key = match given.share_set.subject {
        Subject::Key | Subject::Component => None,
        Subject::BackupKey => Some(Secret::try_init(BACKUP_KEY, |bytes| random.fill(bytes))?),
    };
    if let (Some(backup_key), Some(backup)) = (&backup_key, &mut given.backup) {
        let blob = kwp_wrap(backup_key, key.material())?;
        backup.sha256 = Digest::of(&blob);
        files.push((format!("{STAND_IN_MEDIA}/{}", backup.file), blob));
    }
    let set = &mut given.share_set;
    set.check_values = match &backup_key {
        Some(backup_key) => check_value::of(KeyType::Aes256, backup_key)?.into_map(),
        None => given.check_values.clone(),
    };
    let header = Header {
        ceremony: "earlier".to_owned(),
        key: given.key.clone(),
        kind: Some(kind),
        subject: set.subject,
        epoch: set.epoch,
        threshold: set.threshold,
        total: u8::try_from(set.shares.len()).unwrap_or(u8::MAX),
        check_values: set.check_values.clone(),
    };
    let dealt = deal(
        backup_key.as_ref().unwrap_or(key.material()),
        header,
        random,
    )?;
    set.id = dealt.set.id.to_string();
    for (recorded, share) in set.shares.iter_mut().zip(&dealt.shares) {
        recorded.commitment = share.commitment();
        let medium = format!("{STAND_IN_MEDIA}/{}", recorded.custodian);
        if recorded.delivery == Some(Delivery::Card) {
            let paper = papers::path(Path::new(&medium), &card_paper(&set.id));
            let card = Card::of(share)?.to_text().expose().to_vec();
            files.push((paper.to_string_lossy().into_owned(), card));
            continue;
        }
        let file = recorded
            .file
            .get_or_insert_with(|| format!("{}-share-{}.age", given.key, recorded.index));
        // Custodians who take no part in this ceremony bring nothing.
        let recipient = keyring
            .get(&recorded.custodian)
            .and_then(|keys| keys.receiver.as_ref())
            .and_then(|receiver| receiver.keys().first());
        if let Some(recipient) = recipient {
            files.push((
                format!("{medium}/{file}"),
                seal(&share.to_text(), recipient)?,
            ));
        }
    }
    Ok(())
}
