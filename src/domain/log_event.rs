//! What a provider's log tells of keys, in one form for all providers.
//!
//! A reader of `providers` turns each entry of a log into an [`LogEvent`]; what it means is reckoned
//! from this form alone. Nothing in an event can be trusted more than the log that it came from.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::Moment;

/// One entry of a provider's log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogEvent {
    /// Provider id, as in scripts.
    pub provider: String,
    /// The provider's own name of what was done.
    pub name: String,
    /// What that is, in words that all providers share.
    pub action: Action,
    /// What came of it.
    pub outcome: LogOutcome,
    /// When the provider says it was.
    pub at: Moment,
    /// The key as the log names it: id, ARN, resource name, URI or path, without its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its version, where the provider numbers or names versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The provider's id of the key material (AWS `keyMaterialId`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Whether the provider did it by itself (expiry, end of a waiting period, scheduled rotation).
    #[serde(default, skip_serializing_if = "is_false")]
    pub by_service: bool,
    /// Where the call came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// The provider's id of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The provider's id of the entry; the same entry delivered twice has it twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Account, project, subscription or namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region or location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The ceremony that the call names (description of the material, label, correlation id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceremony: Option<String>,
    /// What else the call said that can be held against a record, by name (`valid-to`, `import-type`,
    /// `import-job`, `algorithm`, `pending-window-days`, `state`, `policy-sha256`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub says: BTreeMap<String, String>,
    /// SHA-256 of the entry's bytes as they stand in the log.
    pub sha256: Digest,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Where an entry stands in a log file; in the text itself, where the file is packed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogPlace {
    /// Line, from 1.
    pub line: u64,
    /// Offset of its first byte, from 0.
    pub byte: u64,
    /// Which entry of the file it is, from 1.
    pub entry: u64,
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, byte, entry } = self;
        write!(f, "line {line}, byte {byte} (entry {entry})")
    }
}

/// Something in a log that could not be read; reading went on behind it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogDamage {
    /// Where it begins.
    pub at: LogPlace,
    /// How many bytes were passed over.
    pub bytes: u64,
    /// What is wrong with them.
    pub why: Damaged,
}

/// What is wrong with a part of a log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damaged {
    /// It is no JSON.
    Broken,
    /// It ends before it is complete.
    CutOff,
    /// It is longer than any entry of a log.
    TooLong,
    /// The packed file is cut off or altered: nothing behind this place could be unpacked.
    Packing,
    /// It speaks of keys, and lacks what every entry of this log has.
    Unlike(String),
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken => f.write_str("it is no JSON"),
            Self::CutOff => f.write_str("it ends before it is complete"),
            Self::TooLong => write!(f, "it is longer than {} MiB", LONGEST_ENTRY >> 20),
            Self::Packing => f.write_str("the packed file is cut off or altered here"),
            Self::Unlike(why) => f.write_str(why),
        }
    }
}

/// The longest entry that is read; what providers write is far shorter.
pub const LONGEST_ENTRY: usize = 4 << 20;

/// What one file of a log held.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogTally {
    /// Entries, whatever they are about; what could not be read is not among them.
    pub entries: u64,
    /// Events about keys that they told of.
    pub events: u64,
    /// Places that could not be read.
    pub damaged: u64,
    /// When the earliest entry was written, whatever it is about: before that the log tells nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Moment>,
    /// When the latest was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Moment>,
}

/// What a reader finds in a log, in the order in which it stands there.
#[derive(Clone, Debug, PartialEq)]
pub enum LogItem {
    /// An event about a key, and the entry that tells of it.
    Event(Box<LogEvent>, LogPlace),
    /// A part that could not be read.
    Damage(LogDamage),
}

/// What was done, in words that all providers share.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A key, or a wrapping key for imports, was made at the provider.
    Create,
    /// Somebody fetched a wrapping key or import parameters.
    FetchParameters,
    /// Key material was imported.
    Import,
    /// Imported material was deleted on demand.
    DeleteMaterial,
    /// Imported material was deleted because its time was over.
    ExpireMaterial,
    /// Another version or material became current.
    Rotate,
    /// A rule for rotation was set.
    SetRotation,
    /// A key was disabled.
    Disable,
    /// A key was enabled.
    Enable,
    /// A deletion was asked for, and waits.
    ScheduleDeletion,
    /// A deletion that waited was called off, or a deleted key was brought back.
    CancelDeletion,
    /// A key or version is gone.
    Delete,
    /// Who may do what was changed: policy, role, grant, access rule.
    SetAccess,
    /// A name that points at a key was changed.
    Alias,
    /// A copy in another region.
    Replicate,
    /// The provider's own backup or restore of a key.
    Backup,
    /// Something of the key was changed, and the log does not say what.
    Update,
    /// Data was decrypted, unwrapped or signed.
    Decrypt,
    /// Data was encrypted, wrapped or verified, or a data key was made.
    Encrypt,
    /// A key or a list of keys was read.
    Read,
    /// Anything else that the log tells of keys.
    Other,
}

impl Action {
    /// Whether something of the key is another afterwards: what was done with it changes nothing of it.
    pub fn changes(self) -> bool {
        match self {
            Self::Encrypt | Self::Decrypt | Self::Read | Self::Other => false,
            Self::Create
            | Self::FetchParameters
            | Self::Import
            | Self::DeleteMaterial
            | Self::ExpireMaterial
            | Self::Rotate
            | Self::SetRotation
            | Self::Disable
            | Self::Enable
            | Self::ScheduleDeletion
            | Self::CancelDeletion
            | Self::Delete
            | Self::SetAccess
            | Self::Alias
            | Self::Replicate
            | Self::Backup
            | Self::Update => true,
        }
    }
}

/// What came of a call.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogOutcome {
    /// It was done, or accepted where the provider does it later.
    Done,
    /// It was refused or went wrong, with the provider's own word for it.
    Failed(String),
}
