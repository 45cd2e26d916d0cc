//! Why a share was refused.

use crate::crypto::random::RandomFailed;
use crate::custody::card::error::CardError;
use crate::error::Diagnose;
use crate::error::Exit;

/// Why a share, a recipient or an identity was refused.
///
/// Messages name shares by number, custodian or set, never by content. `share` is what the caller
/// called the text while its number was still unknown: a file name, or `the share of Ana`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// No keyrite-share v1, or not as this program writes it.
    #[error("{share} is malformed in line {line}: {what}")]
    Malformed {
        /// What the caller called it.
        share: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// Well formed, but read or typed wrongly somewhere.
    #[error("{share} does not match its checksum")]
    Checksum {
        /// What the caller called it.
        share: String,
    },
    /// From another split.
    #[error("share {index} of {custodian} belongs to set {found}, not to set {wanted}")]
    Foreign {
        /// Share number.
        index: u8,
        /// Who brought it.
        custodian: String,
        /// Its set.
        found: String,
        /// The set that is being gathered.
        wanted: String,
    },
    /// Entered before.
    #[error("share {index} of {custodian} was already entered by {first}")]
    Repeated {
        /// Share number.
        index: u8,
        /// Who brought it now.
        custodian: String,
        /// Who brought it first.
        first: String,
    },
    /// From before or after a reshare.
    #[error("share {index} of {custodian} is of epoch {found}, not of epoch {wanted}")]
    Epoch {
        /// Share number.
        index: u8,
        /// Who brought it.
        custodian: String,
        /// Its epoch.
        found: u32,
        /// The epoch that is being gathered.
        wanted: u32,
    },
    /// Fewer shares than rebuild the secret.
    #[error("{have} of the {need} shares that set {set} needs have been entered")]
    TooFew {
        /// Entered.
        have: u8,
        /// Needed.
        need: u8,
        /// The set, or `?` before the first share.
        set: String,
    },
    /// The share does not fit its commitment.
    #[error("share {index} of {custodian} does not fit its commitment in set {set}")]
    Altered {
        /// Share number.
        index: u8,
        /// Who brought it.
        custodian: String,
        /// The set.
        set: String,
    },
    /// The share lists other commitments, or another threshold, than the record.
    #[error("share {index} of {custodian} disagrees with the record about set {set}")]
    NotAsRecorded {
        /// Share number.
        index: u8,
        /// Who brought it.
        custodian: String,
        /// The set.
        set: String,
    },
    /// Shares of one set describe it differently, and most of them agree.
    #[error(
        "the shares of {} describe set {set} otherwise than those of {}", .differ.join(", "), .agree.join(", ")
    )]
    Differ {
        /// The set.
        set: String,
        /// The largest group that agrees.
        agree: Vec<String>,
        /// All others.
        differ: Vec<String>,
    },
    /// Shares of one set describe it differently, and no group is the largest.
    #[error("the shares of {} each describe set {set} differently", .custodians.join(", "))]
    DifferEvenly {
        /// The set.
        set: String,
        /// Who brought them.
        custodians: Vec<String>,
    },
    /// What was rebuilt is not what was split.
    #[error("the {need} shares of set {set} rebuild a secret with other check values")]
    WrongKey {
        /// The set.
        set: String,
        /// How many were combined.
        need: u8,
    },
    /// Not 2 ≤ threshold ≤ total ≤ 255.
    #[error("{threshold} of {total} shares cannot be made")]
    Threshold {
        /// How many should rebuild.
        threshold: u8,
        /// How many should be made.
        total: u8,
    },
    /// Not 16 to 64 bytes.
    #[error("a secret of {len} bytes cannot be split")]
    SecretLength {
        /// Its length.
        len: usize,
    },
    /// A name that a line of a share cannot hold.
    #[error("the {field} cannot be written into a share")]
    Unwritable {
        /// Which.
        field: &'static str,
    },
    /// No age file.
    #[error("{file} is not an age file")]
    NotAge {
        /// What the caller called it.
        file: String,
    },
    /// An age file that was cut or changed.
    #[error("{file} is a damaged age file")]
    Damaged {
        /// What the caller called it.
        file: String,
    },
    /// Sealed to somebody else.
    #[error("none of the identities opens {file}")]
    CannotOpen {
        /// What the caller called it.
        file: String,
    },
    /// A text that is no recipient.
    #[error("the age recipient is not valid: {why}")]
    Recipient {
        /// Why.
        why: &'static str,
    },
    /// A kind of recipient or identity that this version leaves out.
    #[error("{what} are not built in this version")]
    NotBuilt {
        /// Which, in the plural.
        what: &'static str,
    },
    /// A line of an identity file that is no identity.
    #[error("{file} has no readable age identity in line {line}")]
    Identity {
        /// What the caller called it.
        file: String,
        /// Line, from 1.
        line: usize,
    },
    /// An identity file without an identity, or no identity file at all.
    #[error("there is no age identity in {file}")]
    NoIdentity {
        /// What the caller called it.
        file: String,
    },
    /// An encrypted identity file without a passphrase.
    #[error("the identity file {file} is encrypted")]
    PassphraseNeeded {
        /// What the caller called it.
        file: String,
    },
    /// An encrypted identity file that the passphrase does not open.
    #[error("the passphrase does not open the identity file {file}")]
    PassphraseWrong {
        /// What the caller called it.
        file: String,
    },
    /// An encrypted share, and no passphrase.
    #[error("{file} is encrypted with a passphrase")]
    ShareLocked {
        /// What the caller called it.
        file: String,
    },
    /// An encrypted share that the passphrase does not open.
    #[error("the passphrase does not open {file}")]
    ShareStaysLocked {
        /// What the caller called it.
        file: String,
    },
    /// A passphrase that is too easy to guess, or hard to type again.
    #[error("the passphrase does not do: {why}")]
    PassphraseWeak {
        /// What it lacks.
        why: &'static str,
    },
    /// Not typed twice alike.
    #[error("the two passphrases differ")]
    PassphraseDiffers,
    /// A passphrase beside recipients; age takes it alone.
    #[error("a passphrase stands beside age recipients")]
    PassphraseBeside,
    /// SSH keys are not built into this program.
    #[error("SSH keys are not built into this program")]
    SshNotBuilt,
    /// A plugin that may not run.
    #[error("the age plugin {plugin} may not run: {why}")]
    PluginRefused {
        /// Its name, as `yubikey`.
        plugin: String,
        /// Why.
        why: String,
    },
    /// A plugin that could not do its work.
    #[error("the age plugin {plugin} failed: {said}")]
    PluginFailed {
        /// Its name, as `yubikey`.
        plugin: String,
        /// What it said.
        said: String,
    },
    /// A component that hides nothing.
    #[error("component {index} is all zeros")]
    ZeroComponent {
        /// Its number.
        index: u8,
    },
    /// Two components that cancel each other.
    #[error("components {first} and {second} are equal, or of different lengths")]
    EqualComponents {
        /// One.
        first: u8,
        /// The other.
        second: u8,
    },
    /// Components that make no key.
    #[error("the components make a key of zeros")]
    ZeroKey,
    /// One recipient for two custodians.
    #[error("{first} and {second} have the same age recipient")]
    DuplicateRecipient {
        /// One custodian.
        first: String,
        /// The other.
        second: String,
    },
    /// The age library could not write; it only writes to memory here.
    #[error("the age file could not be made")]
    SealFailed,
    /// A card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

impl Diagnose for ShareError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Malformed { .. } => {
                "compare that line with the custodian's own copy and enter it again".to_owned()
            }
            Self::Checksum { .. } => {
                "read it again from the custodian's own copy, line by line".to_owned()
            }
            Self::Foreign { wanted, .. } => format!("look for the share marked `set {wanted}`"),
            Self::Repeated { .. } => "ask another custodian for a share".to_owned(),
            Self::Epoch { wanted, .. } => format!("look for the share marked `epoch {wanted}`"),
            Self::TooFew { have, need, .. } => {
                format!(
                    "ask other custodians; still missing: {}",
                    need.saturating_sub(*have)
                )
            }
            Self::Altered { custodian, .. } => format!(
                "stop: the checksum fits an altered share; keep {custodian}'s medium as evidence and ask another custodian"
            ),
            Self::NotAsRecorded { custodian, .. } => {
                format!("stop: keep {custodian}'s medium as evidence and ask another custodian")
            }
            Self::Differ { differ, .. } => format!(
                "stop: go on without the shares of {}, and keep their media as evidence",
                differ.join(", ")
            ),
            Self::DifferEvenly { .. } => {
                "bring one more share, or the ceremony's record, to see which of them was altered"
                    .to_owned()
            }
            Self::WrongKey { .. } => {
                "stop: use nothing that was rebuilt; write an exception and keep every share"
                    .to_owned()
            }
            Self::Threshold { .. } => {
                "take a threshold of at least 2 and at most the number of shares".to_owned()
            }
            Self::SecretLength { .. } => {
                "split a secret of 16 to 64 bytes; for a longer key, split a backup key".to_owned()
            }
            Self::Unwritable { .. } => {
                "use printable ASCII on one line, without a space at either end".to_owned()
            }
            Self::NotAge { .. } => {
                "name the file that the ceremony gave to the custodian".to_owned()
            }
            Self::Damaged { .. } => {
                "read the custodian's medium again, or its duplicate".to_owned()
            }
            Self::CannotOpen { .. } => {
                "bring the identity whose recipient the ceremony used for this custodian".to_owned()
            }
            Self::Recipient { .. } => {
                "copy the line `age1…` that age-keygen printed for this custodian".to_owned()
            }
            Self::NotBuilt { .. } => "use an X25519 key pair made by age-keygen".to_owned(),
            Self::Identity { .. } | Self::NoIdentity { .. } => {
                "name a file made by age-keygen, with a line `AGE-SECRET-KEY-1…`".to_owned()
            }
            Self::PassphraseNeeded { .. } => "give its passphrase".to_owned(),
            Self::PassphraseWrong { .. } | Self::ShareStaysLocked { .. } => {
                "type the passphrase again".to_owned()
            }
            Self::ZeroComponent { .. } | Self::EqualComponents { .. } | Self::ZeroKey => {
                "stop: use nothing of these components, and let whoever made them make others"
                    .to_owned()
            }
            Self::ShareLocked { .. } => "give the passphrase that seals it".to_owned(),
            Self::PassphraseWeak { .. } => {
                "take six words or more that dice chose from a list of words".to_owned()
            }
            Self::PassphraseDiffers => "type the same passphrase twice".to_owned(),
            Self::PassphraseBeside => {
                "write `passphrase` alone, or recipients alone: age seals with one or the others"
                    .to_owned()
            }
            Self::SshNotBuilt => {
                "use an X25519 key pair made by age-keygen, or build with `cargo build --features ssh-recipients`"
                    .to_owned()
            }
            Self::PluginRefused { .. } => {
                "list its path and SHA-256 under `age-plugins` in /etc/keyrite/machine.yaml"
                    .to_owned()
            }
            Self::PluginFailed { .. } => {
                "plug in the hardware that belongs to it and try again".to_owned()
            }
            Self::DuplicateRecipient { .. } => {
                "let each custodian make an own key pair with age-keygen".to_owned()
            }
            Self::SealFailed => return None,
            Self::Card(error) => return error.hint(),
            Self::Random(_) => "restart the machine; do not go on without random bytes".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Altered { .. }
            | Self::NotAsRecorded { .. }
            | Self::Differ { .. }
            | Self::DifferEvenly { .. }
            | Self::ZeroComponent { .. }
            | Self::EqualComponents { .. }
            | Self::ZeroKey
            | Self::WrongKey { .. } => Exit::Integrity,
            Self::Malformed { .. }
            | Self::Checksum { .. }
            | Self::Foreign { .. }
            | Self::Repeated { .. }
            | Self::Epoch { .. }
            | Self::TooFew { .. }
            | Self::NotAge { .. }
            | Self::Damaged { .. }
            | Self::CannotOpen { .. }
            | Self::Recipient { .. }
            | Self::Identity { .. }
            | Self::NoIdentity { .. }
            | Self::PassphraseNeeded { .. }
            | Self::PassphraseWrong { .. }
            | Self::ShareLocked { .. }
            | Self::ShareStaysLocked { .. }
            | Self::PassphraseWeak { .. }
            | Self::PassphraseDiffers
            | Self::PassphraseBeside
            | Self::DuplicateRecipient { .. } => Exit::Operator,
            Self::Threshold { .. }
            | Self::SecretLength { .. }
            | Self::Unwritable { .. }
            | Self::NotBuilt { .. }
            | Self::SshNotBuilt
            | Self::PluginRefused { .. } => Exit::Usage,
            Self::SealFailed => Exit::Internal,
            Self::Card(error) => error.exit(),
            Self::PluginFailed { .. } | Self::Random(_) => Exit::Device,
        }
    }
}
