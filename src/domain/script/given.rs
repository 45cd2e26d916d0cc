//! What earlier ceremonies left: keys in shares, as their sealed records tell.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;

use crate::domain::record;
use crate::domain::record::Digest;
use crate::domain::record::Subject;
use crate::domain::script::form::At;
use crate::domain::script::form::CheckName;
use crate::domain::script::form::CheckText;
use crate::domain::script::form::Id;
use crate::domain::script::form::RelativePath;
use crate::domain::script::form::SetName;
use crate::domain::script::receives::Deliver;

/// The check values of a key, by name.
type CheckTexts = BTreeMap<CheckName, CheckText>;

/// A key that an earlier ceremony left in shares.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// SHA-256 of the sealed record.jsonl of that ceremony.
    pub record: At<Digest>,
    /// What that ceremony was worth.
    pub mode: Option<At<GivenMode>>,
    /// Check values of the key.
    pub check_values: At<CheckTexts>,
    /// The shares.
    pub share_set: GivenSet,
    /// The key wrapped under the backup key that the shares rebuild.
    pub backup: Option<At<GivenBackup>>,
    /// Sets that were replaced, and whose shares may still rebuild the key.
    #[serde(default)]
    pub older: Vec<At<OlderSet>>,
}

/// What an earlier ceremony was worth.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum GivenMode {
    /// Real people and real keys that nobody will use.
    Practice,
    /// The real thing.
    Production,
}

impl GivenMode {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::Production => "production",
        }
    }
}

/// A share set that was replaced.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OlderSet {
    /// Its id.
    pub id: SetName,
    /// Its epoch.
    pub epoch: At<u32>,
    /// How many shares rebuild.
    pub threshold: u8,
    /// What the shares rebuild.
    pub subject: SubjectWord,
    /// Who had share 1, share 2 and so on.
    pub custodians: Vec<Id>,
}

impl OlderSet {
    /// As a record has it.
    pub fn recorded(&self) -> record::OlderSet {
        record::OlderSet {
            id: self.id.to_string(),
            epoch: self.epoch.value,
            threshold: self.threshold,
            subject: self.subject.into(),
            custodians: self.custodians.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A share set of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenSet {
    /// Its id.
    pub id: At<SetName>,
    /// Its epoch.
    pub epoch: At<u32>,
    /// How many shares rebuild.
    pub threshold: At<u8>,
    /// What the shares rebuild.
    pub subject: At<SubjectWord>,
    /// Check values of what the shares rebuild.
    pub check_values: At<CheckTexts>,
    /// One for each custodian, in order.
    pub shares: Vec<At<GivenShare>>,
}

/// What shares rebuild.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum SubjectWord {
    /// The key itself.
    Key,
    /// A backup key under which the key is wrapped.
    BackupKey,
    /// The key itself, of XOR components.
    Component,
}

/// A share of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenShare {
    /// Share number, from 1.
    pub index: u8,
    /// Who holds it.
    pub custodian: At<Id>,
    /// Salted commitment to the share.
    pub commitment: Digest,
    /// The file on the custodian's medium.
    pub file: Option<RelativePath>,
    /// How it reached its custodian; `age-file` if absent.
    pub deliver: Option<Deliver>,
}

/// A backup artifact of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenBackup {
    /// The file, in the script's folder.
    pub file: RelativePath,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

impl From<SubjectWord> for Subject {
    fn from(word: SubjectWord) -> Self {
        match word {
            SubjectWord::Key => Self::Key,
            SubjectWord::BackupKey => Self::BackupKey,
            SubjectWord::Component => Self::Component,
        }
    }
}

impl Given {
    /// As the first entry of a record has it.
    pub fn recorded(&self, key: &str) -> record::Given {
        let set = &self.share_set;
        record::Given {
            key: key.to_owned(),
            record: self.record.value,
            check_values: plain(&self.check_values),
            share_set: record::GivenSet {
                id: set.id.to_string(),
                epoch: set.epoch.value,
                threshold: set.threshold.value,
                subject: set.subject.value.into(),
                check_values: plain(&set.check_values),
                shares: set
                    .shares
                    .iter()
                    .map(|share| record::GivenShare {
                        index: share.index,
                        custodian: share.custodian.to_string(),
                        commitment: share.commitment,
                        file: share.file.as_ref().map(ToString::to_string),
                        delivery: share
                            .deliver
                            .map(|deliver| deliver.recorded(None))
                            .filter(|delivery| delivery.on_card()),
                    })
                    .collect(),
            },
            backup: self.backup.as_ref().map(|backup| record::GivenBackup {
                file: backup.file.to_string(),
                sha256: backup.sha256,
            }),
            older: self.older.iter().map(|set| set.recorded()).collect(),
        }
    }
}

fn plain(values: &CheckTexts) -> BTreeMap<String, String> {
    values
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

impl JsonSchema for Digest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
    }
}
