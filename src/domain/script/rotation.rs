//! Versions of keys: which one takes the place of which, and what depends on the older one.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::record;
use crate::domain::record::Digest;
use crate::domain::script::form::At;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;

/// An older version of a key, which an earlier ceremony made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// SHA-256 of the sealed record.jsonl of the ceremony that made it.
    pub record: At<Digest>,
    /// What uses it, and how each comes to use the next one.
    #[serde(default)]
    pub dependents: Vec<At<Dependent>>,
    /// How often its provider key was rotated on demand before, where the provider counts that.
    pub rotations: Option<At<u32>>,
}

/// The version that took the place of a key, and what is known of those who used the older one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Replaced {
    /// Label of the newer version.
    pub by: At<Id>,
    /// SHA-256 of the sealed record.jsonl of the ceremony that made it.
    pub record: At<Digest>,
    /// Provider keys of the older version in which the newer one is, too.
    #[serde(default)]
    pub also_in: Vec<At<Id>>,
    /// What used the older one.
    #[serde(default)]
    pub dependents: Vec<At<Needing>>,
    /// What providers' logs say of the older one that were held against the register.
    #[serde(default)]
    pub reconciled: Vec<At<HeldLogs>>,
}

/// What a provider's logs say of a key at one of its places, as a ceremony recorded it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldLogs {
    /// The place, of `at`.
    pub at: At<Id>,
    /// SHA-256 of the sealed record.jsonl of the last ceremony that tells so.
    pub record: At<Digest>,
    /// The logs.
    pub logs: At<Logs>,
}

/// Something that used an older version of a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Needing {
    /// Its name.
    pub name: At<Id>,
    /// How it comes to use the next version.
    pub method: At<Method>,
    /// Who signed off that it needs the older one no more; nobody if absent.
    pub signed_off: Option<At<SignedOff>>,
}

/// Somebody signed off that a dependent needs an older version no more.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedOff {
    /// SHA-256 of the sealed record.jsonl of the ceremony that tells so.
    pub record: At<Digest>,
    /// Who.
    pub by: Id,
    /// What it rests on.
    pub evidence: Line,
    /// The provider's logs; nobody looked if absent.
    pub logs: Option<At<Logs>>,
}

impl Replaced {
    /// As the first entry of a record has it.
    pub fn recorded(&self) -> record::Replaced {
        record::Replaced {
            by: self.by.to_string(),
            record: self.record.value,
            also_in: self.also_in.iter().map(ToString::to_string).collect(),
            dependents: self
                .dependents
                .iter()
                .map(|one| record::Needing {
                    name: one.name.to_string(),
                    method: one.method.value.name().to_owned(),
                    signed_off: one.signed_off.as_ref().map(|it| record::SignedOff {
                        record: it.record.value,
                        by: it.by.to_string(),
                        evidence: it.evidence.to_string(),
                        logs: it.logs.as_ref().map(|logs| record::LogsSeen::of(logs)),
                    }),
                })
                .collect(),
            reconciled: self
                .reconciled
                .iter()
                .map(|held| record::HeldLogs {
                    at: held.at.to_string(),
                    record: held.record.value,
                    logs: record::LogsSeen::of(&held.logs),
                })
                .collect(),
        }
    }
}

/// Something that uses a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dependent {
    /// Its name.
    pub name: At<Id>,
    /// How it comes to use the next version.
    pub method: At<Method>,
}

/// How something comes to use the next version of a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Method {
    /// The provider finds the version that it needs by itself.
    VersionTransparent,
    /// An alias is turned to it.
    Alias,
    /// What is encrypted is encrypted anew.
    ReEncrypt,
    /// It is stopped, changed and started again.
    Downtime,
}

impl Method {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VersionTransparent => "version-transparent",
            Self::Alias => "alias",
            Self::ReEncrypt => "re-encrypt",
            Self::Downtime => "downtime",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Somebody signs off that nothing of a dependent needs the older version any more.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReEncrypted {
    /// Label of the older version, described under `versions`.
    pub key: At<Id>,
    /// Which of its dependents.
    pub dependent: At<Id>,
    /// Who signs off.
    pub by: At<Id>,
    /// What it rests on: a report, a ticket, a query.
    pub evidence: At<Line>,
    /// The provider's logs that were reconciled; nobody looked if absent.
    pub logs: Option<At<Logs>>,
}

/// Provider logs in which decryption with the older version was looked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Logs {
    /// First day of the logs.
    pub from: At<Day>,
    /// Last day of the logs.
    pub to: At<Day>,
    /// The last day on which something was decrypted with it; none if absent.
    pub last_decrypt: Option<At<Day>>,
}
