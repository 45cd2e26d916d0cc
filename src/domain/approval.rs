//! What an approver signs in the room, and how long it holds.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::progress::number;
use crate::domain::record::Batch;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::say::say;
use crate::domain::script::Approve;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;

/// Format of requests that this version writes.
pub const FORMAT: &str = "keyrite-approval/v1";

/// What an approver signs: canonical JSON, namespace `ceremony-approval@keyrite`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequest {
    /// [`FORMAT`].
    pub format: String,
    /// Id of the ceremony.
    pub ceremony: String,
    /// SHA-256 of the record's last line before.
    pub head: Digest,
    /// Number of the step.
    pub step: u32,
    /// `import` or `destroy`.
    pub what: String,
    /// Who is asked.
    pub by: String,
    /// What is approved.
    pub targets: Vec<Target>,
    /// Until when.
    pub expires: Moment,
}

impl ApprovalRequest {
    /// The bytes that are signed: RFC 8785 canonical JSON.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings, small integers, lists and maps with string keys always have a canonical form.
        serde_json_canonicalizer::to_vec(self).unwrap_or_default()
    }

    /// What exactly it is for, in words.
    pub fn told(&self) -> String {
        let targets: Vec<String> = self.targets.iter().map(Target::told).collect();
        format!(
            "the {} of {}, until {}",
            self.what,
            list(&targets),
            self.expires
        )
    }
}

/// One act that is approved.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// Number of the step.
    pub step: u32,
    /// Label of the key.
    pub key: String,
    /// Check values of the key.
    pub check_values: BTreeMap<String, String>,
    /// How many keys of a list, and which list; absent for a single key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// What is done, of a step about the life of a key: its sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub does: Option<String>,
    /// Where it goes; absent for a destruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
}

impl Target {
    fn told(&self) -> String {
        let mut told = match &self.batch {
            Some(batch) => format!("the {} keys of list {}", batch.keys, self.key),
            None => format!("key {}", self.key),
        };
        let values = self.check_values.iter();
        let values: Vec<String> = values
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        if !values.is_empty() {
            told = format!("{told} ({})", values.join(", "));
        }
        if let Some(does) = &self.does {
            told = format!("{told}: {does}");
        }
        if let Some(import) = &self.import {
            let key_id = import
                .key_id
                .as_deref()
                .unwrap_or("a key named at the upload");
            told = format!(
                "{told} into {} {key_id} under the wrapping key {}",
                import.provider, import.wrapping_key
            );
        }
        told
    }
}

/// Where a key goes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Import {
    /// Input.
    pub r#for: String,
    /// Provider id.
    pub provider: String,
    /// The provider's name of the algorithm.
    pub algorithm: String,
    /// The key at the provider, where the script or the parameters name it.
    pub key_id: Option<String>,
    /// SHA-256 of the wrapping key's SPKI DER.
    pub wrapping_key: Digest,
}

/// An approval covers a key that was not made: its label.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("key {0} was not made")]
pub struct NotMade(pub String);

/// What the approval at `index` covers, with the check values of the keys as they were `made`.
///
/// # Errors
///
/// When a key is not made yet.
pub fn targets(
    script: &Script,
    index: usize,
    approve: &Approve,
    made: &BTreeMap<String, BTreeMap<String, String>>,
    batches: &[Batch],
    import: impl Fn(&str) -> Option<Import>,
) -> Result<Vec<Target>, NotMade> {
    let mut targets = Vec::new();
    for (at, step) in script.covered_by(index, approve) {
        let import = step.input().and_then(|input| import(input.as_str()));
        if let Step::Batch(batch) = step {
            let name = batch.keys.as_str();
            let list = batches.iter().find(|batch| batch.name == name);
            targets.push(Target {
                step: number(at),
                key: name.to_owned(),
                check_values: BTreeMap::new(),
                does: None,
                batch: Some(list.ok_or_else(|| NotMade(name.to_owned()))?.clone()),
                import,
            });
            continue;
        }
        let Some(key) = step.key().map(|key| key.as_str()) else {
            continue;
        };
        let life = script.lifecycle.get(key).filter(|_| step.is_of_a_life());
        let check_values = match life {
            Some(life) => life.recorded(key).check_values,
            None => made
                .get(key)
                .ok_or_else(|| NotMade(key.to_owned()))?
                .clone(),
        };
        targets.push(Target {
            step: number(at),
            key: key.to_owned(),
            check_values,
            does: life.map(|_| say(script, step)),
            batch: None,
            import,
        });
    }
    Ok(targets)
}

/// How many seconds an approval holds: 24 hours if the script does not say.
pub fn validity(approve: &Approve) -> i64 {
    const DEFAULT: i64 = 24 * 3600;
    approve.valid_for.map_or(DEFAULT, |span| span.seconds)
}
