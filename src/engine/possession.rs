//! A custodian's own drill, outside a ceremony: the same check of one share, against the record of the
//! ceremony that dealt it.

use std::path::Path;
use std::path::PathBuf;

use crate::custody::gathering::Trusted;
use crate::custody::gathering::prove;
use crate::engine::desk::Desk;
use crate::engine::error::EngineError;
use crate::engine::given::given;
use crate::engine::once::share::bring;
use crate::engine::once::share::identities;
use crate::engine::once::share::label;

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
    let keys = given(record, None)?.keys;
    let label = label(file);
    let mut identities = identities(desk, identity_files)?;
    let share = bring(desk, file, &mut identities, &label)?;
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
