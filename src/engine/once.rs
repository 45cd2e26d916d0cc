//! One-shot work on secrets and shares, outside a ceremony.

pub mod combine;
pub mod kit;
pub mod share;
pub mod split;

use std::path::PathBuf;

use crate::error::Diagnose;
use crate::error::Exit;

/// Why a secret is not split, or not rebuilt, outside a ceremony.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// More shares than numbers for them.
    #[error("{0} shares cannot be made: 255 is the most")]
    TooMany(usize),
    /// As many are needed as there are.
    #[error("all {0} shares would be needed: whoever loses one loses the secret for everybody")]
    AllNeeded(u8),
    /// A share that is not a file of its own.
    #[error("{} is a link", .0.display())]
    Link(PathBuf),
    /// A share without anything in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// The secret is behind a backup that nobody named.
    #[error("the shares rebuild a backup key; the secret itself is in the backup file")]
    BackupNeeded,
    /// A backup where the shares hold the secret.
    #[error("the shares rebuild the secret itself: there is no backup to open")]
    NoBackup,
    /// A backup under another key.
    #[error("{} is not wrapped under the backup key that the shares rebuild, or was altered", .0.display())]
    OtherBackup(PathBuf),
    /// A ceremony that knows nothing of the share set.
    #[error("the ceremony in {} has no share set {set}", dir.display())]
    NotInRecord {
        /// The ceremony.
        dir: PathBuf,
        /// The share set.
        set: String,
    },
    /// More than one card from standard input.
    #[error("standard input holds one share only")]
    OneFromInput,
}

impl Diagnose for OnceError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::TooMany(_) => "name fewer recipients",
                Self::AllNeeded(_) => "take a lower threshold, or say `--all-needed`",
                Self::Link(_) => "name the file itself, on its custodian's medium",
                Self::Empty(_) => "read the custodian's medium again, or its duplicate",
                Self::BackupNeeded => "name the backup file with `--backup`",
                Self::NoBackup => "leave out `--backup`",
                Self::OtherBackup(_) => "bring the backup file of this split, as it was made",
                Self::NotInRecord { .. } => "name the ceremony that made these shares",
                Self::OneFromInput => "name files, or type the cards at a terminal",
            }
            .to_owned(),
        )
    }

    fn exit(&self) -> Exit {
        match self {
            Self::TooMany(_) | Self::AllNeeded(_) | Self::NoBackup | Self::OneFromInput => {
                Exit::Usage
            }
            Self::Link(_) | Self::Empty(_) | Self::BackupNeeded | Self::NotInRecord { .. } => {
                Exit::Operator
            }
            Self::OtherBackup(_) => Exit::Integrity,
        }
    }
}
