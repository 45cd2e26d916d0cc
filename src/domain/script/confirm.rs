//! Keys that earlier ceremonies wrapped for providers, and what the providers answered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::algorithm::KeyType;
use crate::domain::arrival;
use crate::domain::arrival::Challenge;
use crate::domain::arrival::Expected;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::script::form::At;
use crate::domain::script::form::CheckName;
use crate::domain::script::form::CheckText;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::form::RelativePath;

/// A key that an earlier ceremony wrapped, as its record tells.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wrapped {
    /// SHA-256 of the sealed record.jsonl of that ceremony.
    pub record: At<Digest>,
    /// Check values of the key.
    pub check_values: At<BTreeMap<CheckName, CheckText>>,
    /// What it was wrapped for, by the names of the inputs.
    pub r#for: BTreeMap<Id, At<Sent>>,
}

/// One wrap.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sent {
    /// Provider id, as `aws-kms`.
    pub provider: At<Id>,
    /// The key at the provider, where the ceremony named it.
    pub key_id: Option<At<Line>>,
    /// When it was wrapped.
    pub at: Moment,
    /// The moment at which the provider deletes the material.
    pub ends: Option<Moment>,
    /// Whether the ceremony decided that the provider keeps the material until somebody deletes it.
    #[serde(default)]
    pub never_ends: bool,
    /// The provider's id of the wrapping key, or of the import job.
    pub wrapping_key_id: Option<Line>,
    /// A question that only somebody with the key can answer.
    pub challenge: Option<Challenge>,
}

/// Holds what a provider answered against what a ceremony recorded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Confirm {
    /// Label of the key, described under `wrapped`.
    pub key: At<Id>,
    /// The input that it was wrapped for.
    pub r#for: At<Id>,
    /// What the provider's own tool printed.
    pub answers: Vec<At<RelativePath>>,
    /// Who fetched it.
    pub by: At<Id>,
    /// Who saw it.
    pub seen_by: At<Id>,
}

impl Wrapped {
    /// What the ceremony recorded of one wrap.
    pub fn expected(&self, input: &str, kind: KeyType) -> Option<Expected> {
        let sent = &self.r#for.get(input)?.value;
        let ends = match (sent.ends, sent.never_ends) {
            (Some(moment), _) => Some(arrival::Ends::At(moment)),
            (None, true) => Some(arrival::Ends::Never),
            (None, false) => None,
        };
        let check_values = self.check_values.iter();
        Some(Expected {
            provider: sent.provider.to_string(),
            key_id: sent.key_id.as_ref().map(ToString::to_string),
            kind,
            check_values: check_values
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            at: sent.at,
            ends,
            wrapping_key_id: sent.wrapping_key_id.as_ref().map(ToString::to_string),
            challenge: sent.challenge.clone(),
        })
    }
}
