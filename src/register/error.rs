//! Why a register does not take something in, or does not answer.

use std::path::PathBuf;

use crate::domain::record::Digest;
use crate::domain::text::list;
use crate::engine::error::EngineError;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::record::verify::Problem;

/// Why a register does not take something in, or does not answer.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Nothing is given to be held against the register.
    #[error("no log is given")]
    NoLog,
    /// Two snapshots, and nobody says of which key.
    #[error("of which key the two snapshots are is not said")]
    WhichKey,
    /// A folder that holds other things.
    #[error("{} is no register", .0.display())]
    NotARegister(PathBuf),
    /// A register of another version.
    #[error("{} is a register of the format `{format}`, which this version does not know", dir.display())]
    Format {
        /// The register.
        dir: PathBuf,
        /// Its format.
        format: String,
    },
    /// Somebody else writes it.
    #[error("another process is writing the register {}", .0.display())]
    Busy(PathBuf),
    /// A ceremony that does not verify.
    #[error("{} does not verify{}: {}{}", dir.display(), problem.place.map_or(String::new(), |line| format!(" (record line {line})")), problem.what, more(*others))]
    DoesNotVerify {
        /// The ceremony.
        dir: PathBuf,
        /// What does not hold first.
        problem: Problem,
        /// How many more problems there are.
        others: usize,
    },
    /// A ceremony that not everybody has signed.
    #[error("{} is not signed yet by {}", dir.display(), list(people))]
    NotSigned {
        /// The ceremony.
        dir: PathBuf,
        /// Who has still to sign.
        people: Vec<String>,
    },
    /// A rehearsal.
    #[error("{} is a rehearsal, which says nothing about any key", .0.display())]
    Rehearsal(PathBuf),
    /// A record that is there already.
    #[error("{} is in the register already, as {known}", dir.display())]
    Registered {
        /// The ceremony.
        dir: PathBuf,
        /// Folder in the register.
        known: String,
    },
    /// Two successors of one record.
    #[error("{} follows record {number} of the register, which {other} follows already: two successors", dir.display())]
    Forked {
        /// The ceremony.
        dir: PathBuf,
        /// Folder of the other successor.
        other: String,
        /// Number of the record that both follow.
        number: u64,
    },
    /// The record that a ceremony follows is not there.
    #[error("{} follows record {number} ({sha256}), which is not in this register", dir.display())]
    PredecessorMissing {
        /// The ceremony.
        dir: PathBuf,
        /// Number that it names.
        number: u64,
        /// Digest that it names.
        sha256: Digest,
    },
    /// The record that a ceremony follows has another number.
    #[error("{} calls the record that it follows number {says}; in this register it is number {is}", dir.display())]
    Misnumbered {
        /// The ceremony.
        dir: PathBuf,
        /// Number that it names.
        says: u64,
        /// Number that it has.
        is: u64,
    },
    /// A key that no record names.
    #[error("no record of this register names a key {key}")]
    NoSuchKey {
        /// What was asked for.
        key: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// Somebody whom no record names.
    #[error("no record of this register names a person {person}")]
    NoSuchPerson {
        /// Who was asked for.
        person: String,
        /// Who may have been meant.
        near: Option<String>,
    },
    /// Neither a ceremony nor a key.
    #[error("this register has no ceremony {0}, and no record of it names such a key")]
    NoSuchRecord(String),
    /// A record is not the one that was verified.
    #[error("the record of {0} changed while it was read")]
    RecordChanged(String),
    /// A ceremony needs people whom no record names.
    #[error("no record names anybody as {role} who has not left and does nothing else")]
    NobodyIs {
        /// The role.
        role: &'static str,
    },
    /// A key that the register knows under no name of a provider.
    #[error("no record says what key {key} is called at {provider}")]
    NoKeyId {
        /// The key.
        key: String,
        /// The provider.
        provider: String,
    },
    /// A register in which something does not hold gets no checkpoint.
    #[error("something in {} does not hold: {first}", dir.display())]
    DoesNotHold {
        /// The register.
        dir: PathBuf,
        /// The first of what does not.
        first: String,
    },
    /// A register without records.
    #[error("{} has no record yet", .0.display())]
    Empty(PathBuf),
    /// A file that is no checkpoint.
    #[error("{} is no checkpoint that this version knows, or was altered", .0.display())]
    NotACheckpoint(PathBuf),
    /// Files.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => "; and one more problem".to_owned(),
        n => format!("; and {n} more problems"),
    }
}

impl Diagnose for RegisterError {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotARegister(_) => {
                "name the folder of a register; `keyrite register add` makes one in a new or empty folder"
            }
            Self::Format { .. } => "use the version of keyrite that wrote it, or a later one",
            Self::Busy(_) => "let it finish; reading needs no waiting",
            Self::DoesNotVerify { dir, .. } => {
                return Some(format!(
                    "`keyrite verify {}` tells everything; a record that was altered is an incident",
                    dir.display()
                ));
            }
            Self::NotSigned { .. } => {
                "each of them runs `keyrite sign DIR --as PERSON --key FILE`; then add it again"
            }
            Self::Rehearsal(_) => "add the ceremony that was run afterwards",
            Self::Registered { .. } => "nothing is left to do: a register has every record once",
            Self::Forked { .. } => {
                "find out why two ceremonies began from one state, and who knew of both; a register has one line of records"
            }
            Self::PredecessorMissing { .. } => {
                "add the ceremony that it follows first; if there is none, a record was dropped: treat it as an incident"
            }
            Self::Misnumbered { .. } => {
                "records were renumbered, dropped or added out of turn since: compare with the copy that the auditor keeps"
            }
            Self::NoSuchKey {
                near: Some(near), ..
            } => return Some(format!("did you mean `{near}`?")),
            Self::NoSuchPerson {
                near: Some(near), ..
            } => return Some(format!("did you mean `{near}`?")),
            Self::NoSuchPerson { near: None, .. } => {
                "`keyrite register person list REGISTER` lists the people by their ids"
            }
            Self::NoSuchRecord(_) => {
                "`keyrite register list REGISTER` lists the ceremonies, `keyrite register show REGISTER` the keys"
            }
            Self::RecordChanged(_) => "ask again; if it goes on, find out who writes it",
            Self::NobodyIs { .. } => {
                "copy the nearest script of `ceremonies/` and name the people in it"
            }
            Self::NoLog => {
                "give its files or the folder that they are in, a list of keys with `--inventory`, or two snapshots with `--access`"
            }
            Self::WhichKey => "give its name at the provider with `--key-id`",
            Self::NoKeyId { .. } => "give it with `--key-id`",
            Self::NoSuchKey { near: None, .. } => "`keyrite register show REGISTER` lists the keys",
            Self::DoesNotHold { dir, .. } => {
                return Some(format!(
                    "`keyrite register verify {}` tells everything",
                    dir.display()
                ));
            }
            Self::Empty(_) => "add a ceremony first",
            Self::NotACheckpoint(_) => {
                "`keyrite register checkpoint` writes one; every byte of it counts"
            }
            Self::Engine(error) => return error.hint(),
        };
        Some(text.to_owned())
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NotARegister(_)
            | Self::Busy(_)
            | Self::NotSigned { .. }
            | Self::Rehearsal(_)
            | Self::Registered { .. }
            | Self::Empty(_)
            | Self::NoSuchKey { .. }
            | Self::NoSuchPerson { .. }
            | Self::NoSuchRecord(_)
            | Self::NobodyIs { .. }
            | Self::NoKeyId { .. } => Exit::Operator,
            Self::Format { .. } | Self::NoLog | Self::WhichKey => Exit::Usage,
            Self::DoesNotVerify { .. }
            | Self::DoesNotHold { .. }
            | Self::NotACheckpoint(_)
            | Self::Forked { .. }
            | Self::PredecessorMissing { .. }
            | Self::RecordChanged(_)
            | Self::Misnumbered { .. } => Exit::Integrity,
            Self::Engine(error) => error.exit(),
        }
    }
}
