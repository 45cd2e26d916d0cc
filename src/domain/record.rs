//! The record of one ceremony: entries, their canonical bytes and the hash that links them.
//!
//! Each entry is one line of RFC 8785 canonical JSON. `prev` is the SHA-256 of the line before
//! without its newline; in the first entry it is the SHA-256 of script.yaml. Nothing in an entry
//! can hold a [`crate::secret::Secret`]: that type has no way to be serialised.

mod access;
mod arrival;
mod counted;
mod custody;
mod exception;
mod given;
mod ledger;
mod library;
mod lifecycle;
mod organisation;
mod people;
mod readiness;
mod reconcile;
mod rotation;
mod token;

pub use crate::domain::record::access::AccessRow;
pub use crate::domain::record::access::AccessTable;
pub use crate::domain::record::arrival::Confirmed;
pub use crate::domain::record::counted::Counted;
pub use crate::domain::record::custody::Copied;
pub use crate::domain::record::custody::Drilled;
pub use crate::domain::record::custody::Fate;
pub use crate::domain::record::custody::OldShare;
pub use crate::domain::record::custody::OlderSet;
pub use crate::domain::record::custody::Possession;
pub use crate::domain::record::custody::Retired;
pub use crate::domain::record::custody::too_few_proven;
pub use crate::domain::record::exception::EXCEPTION_FORMAT;
pub use crate::domain::record::exception::Exception;
pub use crate::domain::record::exception::ExceptionRequest;
pub use crate::domain::record::exception::ExceptionSignature;
pub use crate::domain::record::given::External;
pub use crate::domain::record::given::Given;
pub use crate::domain::record::given::GivenBackup;
pub use crate::domain::record::given::GivenSet;
pub use crate::domain::record::given::GivenShare;
pub use crate::domain::record::ledger::Item;
pub use crate::domain::record::ledger::OnItem;
pub use crate::domain::record::library::Library;
pub use crate::domain::record::lifecycle::Closed;
pub use crate::domain::record::lifecycle::DestroyCancelled;
pub use crate::domain::record::lifecycle::DestroyRequested;
pub use crate::domain::record::lifecycle::Identified;
pub use crate::domain::record::lifecycle::Life;
pub use crate::domain::record::lifecycle::Moved;
pub use crate::domain::record::lifecycle::MovedAt;
pub use crate::domain::record::lifecycle::OpenSet;
pub use crate::domain::record::lifecycle::ProviderKey;
pub use crate::domain::record::lifecycle::Request;
pub use crate::domain::record::lifecycle::Scheduled;
pub use crate::domain::record::lifecycle::TOKEN;
pub use crate::domain::record::lifecycle::Told;
pub use crate::domain::record::lifecycle::identifying;
pub use crate::domain::record::lifecycle::in_token;
pub use crate::domain::record::lifecycle::token_uri;
pub use crate::domain::record::organisation::Pinned;
pub use crate::domain::record::people::Access;
pub use crate::domain::record::people::Acknowledged;
pub use crate::domain::record::people::Joined;
pub use crate::domain::record::people::Left;
pub use crate::domain::record::people::Opened;
pub use crate::domain::record::people::Permission;
pub use crate::domain::record::people::PersonMoved;
pub use crate::domain::record::people::Principal;
pub use crate::domain::record::people::Reviewed;
pub use crate::domain::record::people::Withdrawn;
pub use crate::domain::record::readiness::Readiness;
pub use crate::domain::record::readiness::ReadinessResult;
pub use crate::domain::record::reconcile::Covered;
pub use crate::domain::record::reconcile::Explained;
pub use crate::domain::record::reconcile::FINDINGS_FORMAT;
pub use crate::domain::record::reconcile::InLog;
pub use crate::domain::record::reconcile::KeyUse;
pub use crate::domain::record::reconcile::LogCounts;
pub use crate::domain::record::reconcile::LogFile;
pub use crate::domain::record::reconcile::LogFinding;
pub use crate::domain::record::reconcile::LogFindingKind;
pub use crate::domain::record::reconcile::LogFindings;
pub use crate::domain::record::reconcile::Reconciled;
pub use crate::domain::record::reconcile::RecordLine;
pub use crate::domain::record::reconcile::Strength;
pub use crate::domain::record::rotation::HeldLogs;
pub use crate::domain::record::rotation::LogsSeen;
pub use crate::domain::record::rotation::Needing;
pub use crate::domain::record::rotation::Replaced;
pub use crate::domain::record::rotation::SignedOff;
pub use crate::domain::record::token::Hsm;
pub use crate::domain::record::token::InToken;
pub use crate::domain::record::token::ModuleCertificate;
pub use crate::domain::record::token::Standard;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Challenge;
use crate::domain::finding::FIRST_RULE_SET;

/// Format of records that this version writes.
pub const FORMAT: &str = "keyrite-record/v1";

/// SSHSIG namespaces: one meaning each, so that no stock check mistakes one for another.
pub mod namespace {
    /// Agrees to a sealed record of a practice or production ceremony.
    pub const RECORD: &str = "ceremony-record@keyrite";
    /// Disagrees with a sealed record.
    pub const DISSENT: &str = "ceremony-dissent@keyrite";
    /// Signs the record of a rehearsal, and nothing else.
    pub const REHEARSAL: &str = "ceremony-rehearsal@keyrite";
    /// Approves a script before it runs.
    pub const SCRIPT: &str = "ceremony-script@keyrite";
    /// Says what a register held on one day.
    pub const CHECKPOINT: &str = "register-checkpoint@keyrite";
    /// Approves one act inside a ceremony.
    pub const APPROVAL: &str = "ceremony-approval@keyrite";
    /// Signs an organisation file.
    pub const ORGANISATION: &str = "organisation@keyrite";
    /// Answers for one exception inside a ceremony.
    pub const EXCEPTION: &str = "ceremony-exception@keyrite";
}

/// How a key was destroyed, as the record says it.
pub mod method {
    /// In the HSM.
    pub const IN_TOKEN: &str =
        "destroyed in the token; a search finds nothing, and it can be neither read nor used";
    /// In the HSM, by a call after which the process was interrupted.
    pub const IN_TOKEN_BEFORE: &str =
        "destroyed in the token by the call before the interruption; a search finds nothing";
    /// In this process.
    pub const WIPED: &str = "wiped from the memory of the process that held it";
    /// It was in a process that ended before.
    pub const GONE: &str =
        "gone with the process that held it, at the interruption recorded before";
}

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The first eight digits, for places where a person only tells two apart.
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = unhex(text).ok_or(NotADigest)?;
        Ok(Self(bytes.try_into().map_err(|_| NotADigest)?))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Lower-case hexadecimal of public bytes.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| {
        char::from(if four < 10 {
            b'0' + four
        } else {
            b'a' + four - 10
        })
    };
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// Public bytes from lower-case hexadecimal; nothing if it is anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// A moment, to the second, in UTC: `2026-11-22T14:05:00Z`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Moment(Timestamp);

impl Moment {
    /// The moment, without its fraction of a second.
    pub fn new(time: Timestamp) -> Self {
        Self(Timestamp::from_second(time.as_second()).unwrap_or(time))
    }

    /// As a timestamp.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Seconds from `earlier` to here; negative if `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.as_second() - earlier.0.as_second()
    }

    /// So many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(Timestamp::from_second(self.0.as_second().saturating_add(seconds)).unwrap_or(self.0))
    }

    /// The date alone: `2026-11-22`.
    pub fn date(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let moment = Self::new(text.parse().map_err(serde::de::Error::custom)?);
        if moment.to_string() == *text {
            Ok(moment)
        } else {
            Err(serde::de::Error::custom(
                "expected a moment like 2026-11-22T14:05:00Z",
            ))
        }
    }
}

/// What the run is worth.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Real people and real keys that nobody will use.
    Practice,
    /// The real thing.
    Production,
    /// Throwaway keys, stand-in people, stand-in provider.
    Rehearsal,
}

impl Mode {
    /// The namespace of signatures over such a record.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Practice | Self::Production => namespace::RECORD,
            Self::Rehearsal => namespace::REHEARSAL,
        }
    }

    /// The namespace of disagreements with such a record.
    pub const fn dissent_namespace(self) -> &'static str {
        match self {
            Self::Practice | Self::Production => namespace::DISSENT,
            Self::Rehearsal => namespace::REHEARSAL,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Practice => "practice",
            Self::Production => "production",
            Self::Rehearsal => "rehearsal",
        })
    }
}

/// One line of the record.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Position, from 0.
    pub seq: u64,
    /// SHA-256 of the line before, or of the script in the first entry.
    pub prev: Digest,
    /// When it was written.
    pub at: Moment,
    /// What happened.
    pub event: Event,
}

impl Entry {
    /// The line without its newline: RFC 8785 canonical JSON.
    pub fn line(&self) -> Vec<u8> {
        // Every type below serialises to strings, small integers, lists and maps with string
        // keys, for which canonical JSON is always defined.
        serde_json_canonicalizer::to_vec(self).unwrap_or_default()
    }

    /// How the ceremony began, if this is the entry that tells it.
    pub fn opened(&self) -> Option<&Open> {
        match &self.event {
            Event::Open(open) => Some(open),
            Event::Step(_)
            | Event::Handed(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::BatchKey(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => None,
        }
    }
}

/// What an entry tells.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The ceremony begins.
    Open(Box<Open>),
    /// A step of the script was done.
    Step(Box<Step>),
    /// A custodian confirmed a share; the split goes on.
    Handed(Handed),
    /// A key of a list was made and wrapped; the batch goes on.
    BatchKey(BatchKey),
    /// Something the script did not expect.
    Exception(Exception),
    /// The ceremony goes on after an interruption.
    Resumed(Resumed),
    /// A software key was lost with the process that held it.
    Lost(Lost),
    /// Custodians brought a software key back.
    Recovered(Recovered),
    /// A file, or a key in a token, that no entry explained.
    Orphan(Orphan),
    /// A token is about to be asked for something that it may not return from.
    Calling(Calling),
    /// The last entry.
    Sealed(Sealed),
}

/// A file and its digest.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Path relative to the ceremony directory, or a bare name for a file from elsewhere.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

/// A file made for the outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Path relative to the ceremony directory (or to `--out` of a one-shot command).
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Length.
    pub bytes: u64,
    /// What it is for.
    pub purpose: Purpose,
}

/// What an artifact is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The wrapped key, as the provider wants it.
    WrappedKey,
    /// The wrapped keys of a batch, with token and commands for each: a tar archive.
    WrappedKeys,
    /// The provider's import token.
    ImportToken,
    /// The commands for the person who uploads.
    Command,
    /// One custodian's share, encrypted.
    Share,
    /// A key wrapped under a backup key whose shares the custodians hold.
    Backup,
    /// How shares are used without keyrite.
    Recovery,
    /// The public half of a pair.
    PublicKey,
    /// What a custodian holds, in writing.
    Receipt,
    /// What a provider said of who can get at a key.
    Snapshot,
    /// What a provider's log tells, held against a register.
    Findings,
    /// The question of a challenge.
    Challenge,
    /// What a provider answered of a key.
    Answer,
    /// How a key was destroyed, in writing.
    Certificate,
    /// That a key is compromised, for those who rely on it.
    Notice,
    /// The record of the ceremony.
    Record,
}

/// A person as the record knows him.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Id in the script.
    pub id: String,
    /// Name as spoken.
    pub name: String,
    /// Roles held.
    pub roles: Vec<String>,
    /// `SHA256:…` of the signing key, as ssh-keygen prints it.
    #[serde(rename = "signs-with", skip_serializing_if = "Option::is_none")]
    pub signs_with: Option<String>,
}

/// A signature over the script, made before the run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptApproval {
    /// Who approved.
    pub by: String,
    /// The signature.
    pub signature: File,
}

/// Import parameters as they were read.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Input {
    /// Name in the script.
    pub name: String,
    /// Provider id.
    pub provider: String,
    /// Files it was read from, and the attestation; empty for the stand-in of a rehearsal. The file
    /// of a secret AES key is not among them.
    pub files: Vec<File>,
    /// SHA-256 of the wrapping key's SPKI DER; of an AES key, HMAC-SHA-256 under it over a fixed text.
    pub wrapping_key: Digest,
    /// Length of the wrapping key's modulus, or of the AES key.
    pub wrapping_key_bits: u32,
    /// The provider's id of the wrapping key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping_key_id: Option<String>,
    /// SHA-256 of the import token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_token: Option<Digest>,
    /// When the parameters expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Moment>,
    /// Who fetched the files. A human statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Fetched>,
    /// What the attestation says of the wrapping key, as far as it was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<String>,
    /// Check values of a secret AES key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub check_values: BTreeMap<String, String>,
}

/// Who fetched import parameters.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetched {
    /// Who.
    pub by: String,
    /// On which machine.
    pub on: String,
    /// Who saw it.
    pub seen_by: String,
}

impl From<&crate::domain::script::Fetched> for Fetched {
    fn from(fetched: &crate::domain::script::Fetched) -> Self {
        Self {
            by: fetched.by.to_string(),
            on: fetched.on.to_string(),
            seen_by: fetched.seen_by.to_string(),
        }
    }
}

/// A list of keys as it was read.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Name in the script.
    pub name: String,
    /// The file; none for the stand-in of a rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<File>,
    /// How many rows it has.
    pub keys: u64,
    /// SHA-256 of the names in their order, each ended by a newline.
    pub names: Digest,
}

/// Where a record stands in a register.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Follows {
    /// Number of the register's last record.
    pub sequence: u64,
    /// SHA-256 of that record.
    pub sha256: Digest,
}

/// The program that wrote the record.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `keyrite`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the running binary, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// What makes keys and wrapped keys that do not come from an HSM; older records do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<Library>,
}

/// First entry.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Open {
    /// [`FORMAT`].
    pub format: String,
    /// Id of the ceremony.
    pub ceremony: String,
    /// Title of the ceremony.
    pub title: String,
    /// Kind of ceremony.
    pub kind: String,
    /// What the run is worth.
    pub mode: Mode,
    /// The program.
    pub tool: Tool,
    /// The rule set that the script was held to; the first where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<u32>,
    /// SHA-256 of allowed_signers.
    pub allowed_signers: Digest,
    /// SHA-256 of VERIFY.txt.
    pub verify_txt: Digest,
    /// SHA-256 of verify.py, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_py: Option<Digest>,
    /// People with their roles.
    pub people: Vec<Person>,
    /// Approvals of the script.
    pub script_approvals: Vec<ScriptApproval>,
    /// Import parameters.
    pub inputs: Vec<Input>,
    /// Lists of keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<Batch>,
    /// The HSM, where keys live in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Hsm>,
    /// Keys of earlier ceremonies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// Where earlier ceremonies left keys in their lives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifecycle: Vec<Life>,
    /// Keys that a provider reaches from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external: Vec<External>,
    /// Things that custodians keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// The organisation file, where the ceremony rests on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Pinned>,
    /// What was looked at before the first step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readiness: Vec<Readiness>,
    /// Who could reach the keys, as it follows from the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<AccessTable>,
    /// Last record of the register, where one is kept.
    pub follows: Option<Follows>,
}

impl Open {
    /// The rule set that the script was held to.
    pub fn rule_set(&self) -> u32 {
        self.rules.unwrap_or(FIRST_RULE_SET)
    }
}

/// A step that was done.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Number in the script, from 1.
    pub number: u32,
    /// Line in the script.
    pub line: u32,
    /// The sentence spoken.
    pub says: String,
    /// What was done and found.
    pub did: Did,
    /// Files made.
    pub artifacts: Vec<Artifact>,
}

/// What a step did, under the step's own name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Did {
    /// People came. A human statement.
    SignIn {
        /// Who.
        people: Vec<String>,
    },
    /// People left. A human statement.
    SignOut {
        /// Who.
        people: Vec<String>,
    },
    /// The machine was looked at.
    Environment {
        /// What was asked and found.
        checks: Vec<EnvironmentCheck>,
    },
    /// A text was read and answered. A human statement.
    Statement {
        /// The text.
        text: String,
        /// Person and answer.
        answers: Vec<Answer>,
        /// How much keys were used, as they told it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        counts: Vec<Counted>,
    },
    /// A key was made.
    Generate {
        /// Its label.
        key: String,
        /// Its type.
        r#type: KeyType,
        /// What made it.
        made_by: String,
        /// What checked it.
        checked_by: String,
        /// Its check values.
        check_values: BTreeMap<String, String>,
        /// What the HSM says of it, where it is in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<InToken>,
    },
    /// A key was split and every share confirmed.
    Split {
        /// Its label.
        key: String,
        /// What was split.
        subject: Subject,
        /// Check values of what was split.
        check_values: BTreeMap<String, String>,
        /// Share set.
        set: ShareSet,
        /// How the backup of a key in an HSM was made and checked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        self_check: Vec<String>,
    },
    /// Custodians' shares rebuilt what was split, and it was the same.
    RestoreTest {
        /// Label of the key.
        key: String,
        /// Share set.
        set: String,
        /// Whose shares.
        with: Vec<String>,
        /// Check values of what was rebuilt.
        check_values: BTreeMap<String, String>,
    },
    /// Custodians' shares brought back a key of an earlier ceremony.
    Restore {
        /// Its label.
        key: String,
        /// Its type.
        r#type: KeyType,
        /// Share set.
        set: String,
        /// Whose shares.
        with: Vec<String>,
        /// Its check values, equal to those of that ceremony.
        check_values: BTreeMap<String, String>,
        /// What the HSM says of it, where it is in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<InToken>,
    },
    /// Custodians were asked to prove that they have their shares; nothing was rebuilt.
    Drill {
        /// Label of the key.
        key: String,
        /// Share set.
        set: String,
        /// Its epoch.
        epoch: u32,
        /// How many shares rebuild.
        threshold: u8,
        /// Everybody who was asked, and what came of it.
        shares: Vec<Drilled>,
        /// How many shares are proven.
        proven: u8,
    },
    /// New shares of a key were dealt, every one was brought back, and they rebuilt the same key.
    Reshare {
        /// Label of the key.
        key: String,
        /// Whose old shares rebuilt it.
        with: Vec<String>,
        /// The set that is replaced. It stands until an entry says what became of its shares.
        replaces: String,
        /// What was split.
        subject: Subject,
        /// Check values of what was split.
        check_values: BTreeMap<String, String>,
        /// The new share set.
        set: ShareSet,
        /// Check values of the key that the new shares rebuilt.
        rebuilt: BTreeMap<String, String>,
        /// How the backup of a key in an HSM was made and checked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        self_check: Vec<String>,
    },
    /// What became of the shares of a set that was replaced. A human statement.
    Retire(Retired),
    /// Two people heard the wrapping key's fingerprint and typed words of it.
    Compare {
        /// Input.
        wrapping_key: String,
        /// SHA-256 of its SPKI DER.
        sha256: Digest,
        /// How it was heard.
        channel: String,
        /// Who typed which words, or which bytes of the check value.
        by: Vec<Typed>,
        /// Who watched.
        seen_by: Option<String>,
        /// The check values that were typed, where the wrapping key is a secret AES key.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        check_values: BTreeMap<String, String>,
    },
    /// Somebody signed an approval.
    Approve {
        /// Who.
        by: String,
        /// What for.
        what: String,
        /// The request that was signed.
        request: File,
        /// The signature.
        signature: File,
        /// Until when it holds.
        expires: Moment,
    },
    /// A key was wrapped.
    Wrap {
        /// Its label.
        key: String,
        /// Input.
        r#for: String,
        /// Provider id.
        provider: String,
        /// The provider's name of the algorithm.
        algorithm: String,
        /// SHA-256 of the wrapping key's SPKI DER.
        wrapping_key: Digest,
        /// SHA-256 of the import token.
        import_token: Option<Digest>,
        /// How the wrap was checked.
        self_check: Vec<String>,
        /// A question that only somebody with the key can answer, for the provider.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challenge: Option<Challenge>,
    },
    /// Nothing can take the key out of the HSM any more.
    Lock {
        /// Its label.
        key: String,
        /// What was tried to take it out afterwards, and what the HSM answered.
        refused: Vec<String>,
    },
    /// The way from a provider to a key was taken away and brought back. A human statement.
    Availability {
        /// Its label.
        key: String,
        /// Who did it and told what happened.
        by: String,
        /// What was tried.
        tried: String,
        /// What happened.
        happened: String,
        /// Whether the provider could use the key again afterwards.
        back: bool,
        /// Who watched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen_by: Option<String>,
    },
    /// Somebody signed off that nothing of a dependent needs an older version. A human statement.
    ReEncrypted {
        /// Label of the older version.
        key: String,
        /// What depended on it.
        dependent: String,
        /// Who signed off.
        by: String,
        /// What it rests on.
        evidence: String,
        /// Provider logs that were looked into; nobody looked if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logs: Option<LogsSeen>,
    },
    /// A key that no ceremony made, as people found it at its provider. A human statement.
    Declare {
        /// Its label.
        key: String,
        /// Its type.
        r#type: KeyType,
        /// By which model it is managed.
        model: String,
        /// Provider id.
        provider: String,
        /// The key at the provider.
        key_id: String,
        /// The day on which the provider says that it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_on: Option<String>,
        /// Who looked.
        by: String,
        /// Who looked, too.
        seen_by: String,
    },
    /// A thing was taken out of its place. A human statement.
    TakeOut {
        /// Its name.
        item: String,
        /// Who took it out.
        by: String,
        /// Number of the bag that it is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bag: Option<String>,
        /// Where it was.
        r#where: String,
        /// What for.
        purpose: String,
        /// Who watched.
        seen_by: String,
    },
    /// A bag was looked at before it was opened. A human statement.
    Inspect {
        /// Name of the thing in it.
        item: String,
        /// Who looked.
        by: String,
        /// The number that the bag had when it was last told of.
        bag: String,
        /// The number that two people read on it.
        found: String,
        /// Whether it was whole.
        whole: bool,
        /// Who looked, too.
        seen_by: String,
    },
    /// A thing went into somebody else's keeping. A human statement.
    HandOver {
        /// Its name.
        item: String,
        /// Who had it.
        from: String,
        /// Who has it now.
        to: String,
        /// Number of the bag that it is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bag: Option<String>,
        /// What for.
        purpose: String,
        /// The day on which a deputy gives it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_until: Option<String>,
        /// Who watched.
        seen_by: String,
    },
    /// A thing was sealed in a bag and put into a place. A human statement.
    PutAway {
        /// Its name.
        item: String,
        /// Who put it there.
        by: String,
        /// The number that two people read on the bag.
        bag: String,
        /// Where it is.
        r#where: String,
        /// Who watched.
        seen_by: String,
    },
    /// Custodians got in writing which share they hold.
    Receipt {
        /// Label of the key.
        key: String,
        /// Share set.
        set: String,
        /// Who got one, in the order of the artifacts.
        to: Vec<String>,
    },
    /// Somebody joined. A human statement.
    Join(Joined),
    /// People acknowledged their duties. A human statement.
    Acknowledge(Acknowledged),
    /// Somebody went to another site, manager or role. A human statement.
    MovePerson(PersonMoved),
    /// Somebody left. A human statement.
    Leave(Left),
    /// Somebody can not get at something any more. A human statement.
    Withdraw(Withdrawn),
    /// What a provider says of who can get at a key.
    AccessReview(Reviewed),
    /// A provider's log was held against the register.
    Reconcile(Reconciled),
    /// Somebody said what is behind a finding. A human statement.
    Explain(Explained),
    /// What a provider answered of a key that an earlier ceremony wrapped for it.
    Confirm(Confirmed),
    /// A key was destroyed.
    Destroy {
        /// Its label.
        key: String,
        /// Where.
        r#where: String,
        /// How.
        method: String,
        /// Check values of what was found in the token, of a key that an earlier ceremony left there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<BTreeMap<String, String>>,
    },
    /// A key went to another state. A human statement, as far as a provider is concerned.
    Move(Moved),
    /// Somebody asked for the destruction of a key. A human statement.
    RequestDestroy(DestroyRequested),
    /// A destruction that was asked for was called off. A human statement.
    CancelDestroy(DestroyCancelled),
    /// Two people typed which key it is that will be destroyed.
    Identify(Identified),
    /// A provider key was deleted. A human statement.
    Close(Closed),
    /// Somebody was asked whether anything went otherwise. A human statement.
    Exception {
        /// Who answered.
        by: String,
        /// What he told, if anything.
        told: Option<Exception>,
    },
    /// A pause.
    Break {
        /// When it began.
        began: Moment,
    },
    /// Every key of a list was made and wrapped; each has an entry before this one.
    Batch {
        /// Name of the list.
        keys: String,
        /// Input.
        r#for: String,
        /// Provider id.
        provider: String,
        /// The provider's name of the algorithm.
        algorithm: String,
        /// Type of the keys.
        r#type: KeyType,
        /// SHA-256 of the wrapping key's SPKI DER; where each key has its own, of all of them.
        wrapping_key: Digest,
        /// How many keys there are.
        made: u64,
        /// What made them.
        made_by: String,
        /// What checked them.
        checked_by: String,
        /// How the wraps were checked.
        self_check: Vec<String>,
    },
}

impl Did {
    /// The step's name in the script.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => "sign-in",
            Self::SignOut { .. } => "sign-out",
            Self::Environment { .. } => "environment",
            Self::Statement { .. } => "statement",
            Self::Generate { .. } => "generate",
            Self::Split { .. } => "split",
            Self::RestoreTest { .. } => "restore-test",
            Self::Restore { .. } => "restore",
            Self::Drill { .. } => "drill",
            Self::Reshare { .. } => "reshare",
            Self::Retire(_) => "retire",
            Self::Compare { .. } => "compare",
            Self::Approve { .. } => "approve",
            Self::Wrap { .. } => "wrap",
            Self::Lock { .. } => "lock",
            Self::Availability { .. } => "availability",
            Self::ReEncrypted { .. } => "re-encrypted",
            Self::Declare { .. } => "declare",
            Self::TakeOut { .. } => "take-out",
            Self::Inspect { .. } => "inspect",
            Self::HandOver { .. } => "hand-over",
            Self::PutAway { .. } => "put-away",
            Self::Receipt { .. } => "receipt",
            Self::Join(_) => "join",
            Self::Acknowledge(_) => "acknowledge",
            Self::MovePerson(_) => "move-person",
            Self::Leave(_) => "leave",
            Self::Withdraw(_) => "withdraw",
            Self::AccessReview(_) => "access-review",
            Self::Reconcile(_) => "reconcile",
            Self::Explain(_) => "explain",
            Self::Confirm(_) => "confirm",
            Self::Destroy { .. } => "destroy",
            Self::Move(_) => "move",
            Self::RequestDestroy(_) => "request-destroy",
            Self::CancelDestroy(_) => "cancel-destroy",
            Self::Identify(_) => "identify",
            Self::Close(_) => "close",
            Self::Exception { .. } => "exception",
            Self::Break { .. } => "break",
            Self::Batch { .. } => "batch",
        }
    }

    /// Whether nobody can check it later: it rests on what people said in the room.
    pub const fn rests_on_word(&self) -> bool {
        matches!(
            self,
            Self::SignIn { .. }
                | Self::SignOut { .. }
                | Self::Statement { .. }
                | Self::Availability { .. }
                | Self::ReEncrypted { .. }
                | Self::Declare { .. }
                | Self::Retire(_)
                | Self::TakeOut { .. }
                | Self::Inspect { .. }
                | Self::HandOver { .. }
                | Self::PutAway { .. }
                | Self::Join(_)
                | Self::Acknowledge(_)
                | Self::MovePerson(_)
                | Self::Leave(_)
                | Self::Withdraw(_)
                | Self::Explain(_)
                | Self::Move(_)
                | Self::RequestDestroy(_)
                | Self::CancelDestroy(_)
                | Self::Close(_)
                | Self::Exception { .. }
                | Self::Break { .. }
        )
    }
}

/// One look at the machine.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentCheck {
    /// What was looked at.
    pub name: String,
    /// What the script wants.
    pub wanted: String,
    /// What was found.
    pub found: String,
    /// Whether that is what was wanted.
    pub holds: bool,
    /// `program`, or the person who looked.
    pub by: String,
}

/// An answer to a statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Who.
    pub person: String,
    /// Whether he agreed.
    pub agrees: bool,
    /// His words, if he did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// Who typed which words of a fingerprint.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// Who.
    pub person: String,
    /// First word, from 1.
    pub from: u32,
    /// Last word.
    pub to: u32,
}

/// What the shares rebuild.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The key itself.
    Key,
    /// A backup key under which the key is wrapped (an artifact).
    BackupKey,
    /// The key itself, of XOR components.
    Component,
}

/// The shares of one split.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShareSet {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Goes up at each reshare.
    pub epoch: u32,
    /// How many rebuild.
    pub threshold: u8,
    /// One for each custodian.
    pub shares: Vec<Handed>,
}

/// One share as it was handed over.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Handed {
    /// Label of the key.
    pub key: String,
    /// Share set.
    pub set: String,
    /// Share number, from 1.
    pub index: u8,
    /// Who holds it.
    pub custodian: String,
    /// Name of the file on the custodian's medium; none of a card that was copied by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// SHA-256 of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Salted commitment to the share.
    pub commitment: Digest,
    /// How it reached its custodian; where nothing is said, as a file sealed to one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// SHA-256 of each recipient that the file is sealed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Digest>,
    /// Check values of a component, as if it were a key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub check_values: BTreeMap<String, String>,
}

/// How a share reached its custodian.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// As a file that each of its recipients opens.
    AgeFile,
    /// As a file that a passphrase opens.
    AgePassphrase,
    /// As a card that the custodian copied by hand and typed back.
    Card,
    /// As a card to print, a file that is not encrypted.
    CardFile,
}

impl Delivery {
    /// The word in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgeFile => "age-file",
            Self::AgePassphrase => "age-passphrase",
            Self::Card => "card",
            Self::CardFile => "card-file",
        }
    }

    /// Whether it is a card, which nothing seals.
    pub const fn on_card(self) -> bool {
        matches!(self, Self::Card | Self::CardFile)
    }
}

/// One key of a list, made and wrapped.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BatchKey {
    /// Name of the list.
    pub batch: String,
    /// Input.
    pub r#for: String,
    /// Row of the list, from 1.
    pub row: u64,
    /// Name of the key.
    pub key: String,
    /// Its check values.
    pub check_values: BTreeMap<String, String>,
    /// SHA-256 of its own wrapping key's SPKI DER, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping_key: Option<Digest>,
    /// SHA-256 of its own import token, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_token: Option<Digest>,
    /// A question that only somebody with the key can answer, where one was posed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// Its files in the archive.
    pub files: Vec<File>,
    /// Length of the archive after its last file.
    pub archive: u64,
}

impl BatchKey {
    /// Where the archive lies, relative to the ceremony directory.
    pub fn archive_of(batch: &str, input: &str) -> String {
        format!("artifacts/{batch}-for-{input}.tar")
    }

    /// Where its archive lies.
    pub fn archive_path(&self) -> String {
        Self::archive_of(&self.batch, &self.r#for)
    }
}

/// Goes on after an interruption.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Resumed {
    /// First step that has no entry.
    pub next_step: u32,
    /// SHA-256 of a half-written last line that was cut off, if there was one.
    pub torn: Option<Digest>,
    /// The program that goes on.
    pub tool: Tool,
    /// Keys of the ceremony in an HSM, as they were found there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, TokenKey>,
}

/// How a key stands in the token after an interruption, beside what is recorded.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKey {
    /// It is there, with the check values that are recorded.
    Present,
    /// It is there, with other check values.
    Changed,
    /// It is recorded, and not there.
    Absent,
    /// It is there, and not recorded.
    Unexplained,
}

/// A software key is gone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lost {
    /// Its label.
    pub key: String,
    /// Why it cannot be brought back.
    pub why: String,
    /// Share sets that are void with it.
    pub void_sets: Vec<String>,
    /// Artifacts that are void with it.
    pub void_artifacts: Vec<String>,
    /// The step that is done again.
    pub back_to: u32,
}

/// A software key is back.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recovered {
    /// Its label.
    pub key: String,
    /// Share set.
    pub set: String,
    /// Whose shares.
    pub with: Vec<String>,
    /// Its check values, equal to those recorded when it was made.
    pub check_values: BTreeMap<String, String>,
}

/// What a token is about to be asked for: an interruption that follows came in the middle of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Calling {
    /// The step.
    pub step: u32,
    /// Label of the key.
    pub key: String,
    /// What for.
    pub call: Call,
}

/// What a token does with a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Makes it.
    Generate,
    /// Exports it under a new backup key.
    BackUp,
    /// Brings it back from a backup, to see that it can be.
    Rebuild,
    /// Brings it back from a backup.
    Restore,
    /// Wraps it for a provider.
    Wrap,
    /// Switches off that it can be exported.
    Lock,
    /// Destroys it.
    Destroy,
}

impl Call {
    /// What it leaves undone, after `while the token was asked to`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Generate => "make it",
            Self::BackUp => "export it under a backup key",
            Self::Rebuild => "bring it back from its backup for a test",
            Self::Restore => "bring it back from its backup",
            Self::Wrap => "wrap it",
            Self::Lock => "lock it",
            Self::Destroy => "destroy it",
        }
    }
}

/// A file, or a key in a token, that no entry explained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Orphan {
    /// Where it was; `token:LABEL` for a key.
    pub path: String,
    /// SHA-256 of its bytes; of a key, of its check values as canonical JSON.
    pub sha256: Digest,
    /// What was done with it.
    pub decision: OrphanDecision,
    /// Who decided.
    pub by: String,
    /// Where it begins, if it is the end of an archive whose beginning is explained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// What is done with something that no entry explains.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrphanDecision {
    /// Moved to `orphans/`, kept as evidence; a file.
    Kept,
    /// Removed.
    Destroyed,
    /// Taken for the key that the step was to make; a key in a token.
    Adopted,
}

impl OrphanDecision {
    /// What became of it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Kept => "kept as evidence in orphans/",
            Self::Destroyed => "destroyed",
            Self::Adopted => "adopted",
        }
    }
}

/// Last entry.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sealed {
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was aborted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who must sign.
    pub signers: Vec<String>,
    /// Namespace of their signatures.
    pub namespace: String,
    /// How many holders of a role are enough, where not all of them have to sign.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quorum: BTreeMap<String, u8>,
    /// How many exceptions were recorded.
    pub exceptions: u32,
    /// What became of the keys in an HSM when the ceremony was ended early.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, EndOfKey>,
    /// Share sets that rebuild nothing that is in use, when the ceremony was ended early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub void_sets: Vec<String>,
    /// Artifacts that nobody may use, when the ceremony was ended early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub void_artifacts: Vec<String>,
}

/// What became of a key in an HSM when its ceremony was ended early.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndOfKey {
    /// It was destroyed, with proof.
    Destroyed,
    /// It was left in the token.
    Left,
}

/// How a ceremony ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step was done.
    Complete,
    /// The people in the room ended it.
    Aborted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_canonical_line() {
        let entry = Entry {
            seq: 3,
            prev: Digest::of(b"x"),
            at: "2026-11-22T14:05:00Z"
                .parse::<Timestamp>()
                .map(Moment::new)
                .unwrap(),
            event: Event::Step(Box::new(Step {
                number: 1,
                line: 12,
                says: "Ana signs in.".to_owned(),
                did: Did::SignIn {
                    people: vec!["ana".to_owned()],
                },
                artifacts: vec![],
            })),
        };
        assert_eq!(
            String::from_utf8(entry.line()).unwrap(),
            r#"{"at":"2026-11-22T14:05:00Z","event":{"step":{"artifacts":[],"did":{"sign-in":{"people":["ana"]}},"line":12,"number":1,"says":"Ana signs in."}},"prev":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","seq":3}"#
        );
        assert_eq!(
            serde_json::from_slice::<Entry>(&entry.line()).unwrap(),
            entry
        );
    }

    #[test]
    fn moments_with_fractions_or_offsets_are_refused() {
        for text in [
            "\"2026-11-22T14:05:00.5Z\"",
            "\"2026-11-22T14:05:00+01:00\"",
            "\"2026-11-22\"",
        ] {
            assert!(serde_json::from_str::<Moment>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn digests_are_lower_case_hexadecimal_only() {
        assert_eq!("AA".repeat(32).parse::<Digest>(), Err(NotADigest));
        assert!("aa".repeat(32).parse::<Digest>().is_ok());
    }
}
