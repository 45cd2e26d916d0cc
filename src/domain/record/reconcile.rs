//! What a provider's log tells, held against what the records of a register say.
//!
//! The findings are one file of canonical JSON; the entry of a ceremony repeats what stands in it, so that
//! the file's digest follows from the record.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::record::Follows;
use crate::domain::record::Moment;

/// Format of the file with the findings.
pub const FINDINGS_FORMAT: &str = "keyrite-findings/v1";

/// A provider's log was held against the register.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reconciled {
    /// The file with the findings, as it was brought; its digest is that of `says` as canonical JSON.
    /// None in a rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<File>,
    /// What stands in it.
    pub says: Box<LogFindings>,
    /// Who fetched the log and held it against the register.
    pub by: String,
    /// Who watched.
    pub seen_by: String,
}

/// Somebody said what is behind a finding. A human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Explained {
    /// Id of the finding.
    pub finding: String,
    /// What is behind it.
    pub because: String,
    /// Who says so.
    pub by: String,
    /// Who answers for it, too.
    pub seen_by: String,
}

/// What a provider's log tells, held against a register.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogFindings {
    /// [`FINDINGS_FORMAT`].
    pub format: String,
    /// Provider id.
    pub provider: String,
    /// The files of the log, in the order of their digests.
    pub logs: Vec<LogFile>,
    /// The register's last record; none of an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<Follows>,
    /// Where the log begins, or where it was read from; none if nothing stands in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    /// Where it ends, or was read to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Moment>,
    /// By how many seconds the clocks may differ.
    pub skew: i64,
    /// Accounts and regions, vaults, key rings and mounts with keys of the records that it tells of, and
    /// when first and last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Covered>,
    /// How much of what was there.
    pub counts: LogCounts,
    /// What records tell and the log shows, too.
    pub seen: Vec<InLog>,
    /// What does not fit, or needs an answer.
    pub findings: Vec<LogFinding>,
    /// Who used which key.
    pub uses: Vec<KeyUse>,
}

/// A place at the provider of which a log tells.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Covered {
    /// The name of its keys, without their last part, in small letters.
    pub place: String,
    /// The first entry about any of them.
    pub from: Moment,
    /// The last one.
    pub to: Moment,
}

/// A file of a log.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// SHA-256 of its bytes, as it was delivered.
    pub sha256: Digest,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its name, without its folder.
    pub name: String,
}

/// How much a log tells of what.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogCounts {
    /// Entries about keys.
    pub events: u64,
    /// Entries that were delivered more than once.
    pub repeated: u64,
    /// Entries before or after the time that was asked for.
    pub outside: u64,
    /// Entries of another account or region than any key of the records.
    pub elsewhere: u64,
    /// Entries that change nothing.
    pub reads: u64,
    /// Entries that use a key.
    pub uses: u64,
    /// Of those, how many were counted without looking whether they were delivered before.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unheld: u64,
    /// Changes that records explain.
    pub explained: u64,
    /// Attempts that failed before the same was done as recorded.
    pub retried: u64,
    /// Changes that the provider made by itself, as records let expect.
    pub by_service: u64,
    /// What records tell and the log does not cover.
    pub not_covered: u64,
    /// Places of the log that could not be read.
    pub damaged: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A line of a record that the log bears out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InLog {
    /// Label of the key.
    pub key: String,
    /// What was done.
    pub what: String,
    /// The line that tells it.
    pub line: RecordLine,
    /// When the log says that it was.
    pub at: Moment,
    /// SHA-256 of the entry of the log.
    pub event: Digest,
    /// Who did it, by the provider's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What ties the two together.
    pub by: Strength,
}

/// What ties an entry of a log to a line of a record.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Key and time alone.
    Window,
    /// The provider's id of the material.
    Material,
    /// The import job.
    ImportJob,
    /// The digest of the policy.
    Policy,
    /// A check value of the key in the call.
    CheckValue,
    /// The name of the ceremony in the call.
    Ceremony,
}

impl Strength {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Window => "key and time only",
            Self::Material => "id of the material",
            Self::ImportJob => "import job",
            Self::Policy => "digest of the policy",
            Self::CheckValue => "check value",
            Self::Ceremony => "name of the ceremony",
        }
    }
}

/// A line of a record, wherever its folder lies.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLine {
    /// SHA-256 of the record.
    pub record: Digest,
    /// The line, from 1.
    pub line: u64,
}

/// Something that a log and the records do not tell alike.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogFinding {
    /// 16 hexadecimal digits that stay the same whenever the same is found.
    pub id: String,
    /// What kind of thing it is.
    pub kind: LogFindingKind,
    /// Label of the key, where records know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The key as the log or the records name it at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// When the log says that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// SHA-256 of the entry of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Digest>,
    /// Who did it, by the provider's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The line of the record that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<RecordLine>,
    /// In a sentence.
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// What kind of thing a finding is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFindingKind {
    /// Log and record tell of the same, and differ in a fact.
    Mismatch,
    /// Two entries of the log have one id, and do not tell the same.
    TwoStories,
    /// A key was used when it could not be, by the records.
    UsedAfter,
    /// A change of a key that no ceremony explains.
    Unexplained,
    /// A change of a key that no record knows.
    UnknownKey,
    /// A key at the provider that no record knows.
    Orphan,
    /// A record tells of it, the log covers the time, and does not show it.
    Missing,
    /// Somebody who left did it.
    ByLeaver,
    /// Somebody tried to change a key and was refused.
    Failed,
}

impl LogFindingKind {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::TwoStories => "two-stories",
            Self::UsedAfter => "used-after",
            Self::Unexplained => "unexplained",
            Self::UnknownKey => "unknown-key",
            Self::Orphan => "orphan",
            Self::Missing => "missing",
            Self::ByLeaver => "by-leaver",
            Self::Failed => "failed",
        }
    }

    /// Whether log and records contradict each other, or the log itself, so that one is not what it claims.
    pub const fn contradicts(self) -> bool {
        match self {
            Self::Mismatch | Self::TwoStories | Self::UsedAfter => true,
            Self::Unexplained
            | Self::UnknownKey
            | Self::Orphan
            | Self::Missing
            | Self::ByLeaver
            | Self::Failed => false,
        }
    }
}

/// How a key was used, as the log tells.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeyUse {
    /// Label of the key.
    pub key: String,
    /// The key at the provider.
    pub key_id: String,
    /// Its version or material, where the log tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How often something was encrypted, wrapped or verified.
    pub encrypts: u64,
    /// How often something was decrypted, unwrapped or signed.
    pub decrypts: u64,
    /// The last time that something was decrypted, unwrapped or signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_decrypt: Option<Moment>,
    /// The last time of any use.
    pub last: Moment,
}

impl LogFinding {
    /// What was found, and how to call it.
    pub fn words(&self) -> String {
        format!("finding {}: {}", self.id, self.what)
    }
}

impl LogFindings {
    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings, small integers, lists and maps have a canonical form always.
        serde_json_canonicalizer::to_vec(self).unwrap_or_default()
    }

    /// What a rehearsal has in the place of a file.
    pub fn stand_in(provider: &str) -> Self {
        Self {
            format: FINDINGS_FORMAT.to_owned(),
            provider: provider.to_owned(),
            logs: Vec::new(),
            register: None,
            from: None,
            to: None,
            skew: 0,
            covers: Vec::new(),
            counts: LogCounts::default(),
            seen: Vec::new(),
            findings: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// What is said where there is no finding: a good end, unless logs were given and nothing in them was
    /// compared.
    pub fn without_findings(&self) -> Result<&'static str, &'static str> {
        let counts = &self.counts;
        if self.logs.is_empty() {
            Ok("no log was given; in what was given, nothing was found")
        } else if counts.events == 0 && counts.damaged > 0 {
            Err("nothing was compared: no entry about a key could be read")
        } else if self.covers.is_empty() && counts.elsewhere > 0 {
            Err(
                "nothing was compared: every entry is of accounts, regions or vaults in which no record knows a key",
            )
        } else if counts.damaged > 0 {
            Ok("what could be read of the log and the records tell the same")
        } else {
            Ok("log and records tell the same")
        }
    }

    /// The time that it covers, in words.
    pub fn period(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(_) | None, None) | (None, Some(_)) => "no time at all".to_owned(),
        }
    }
}
