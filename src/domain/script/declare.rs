//! Keys that no ceremony makes, and where keys and their data lie.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::script::form::At;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;

/// Enters a key into the register that no ceremony makes: two people look at it at its provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Declare {
    /// Label of the key, described under `keys`.
    pub key: At<Id>,
    /// Provider id, as `aws-kms`.
    pub at: At<Id>,
    /// The key at the provider.
    pub key_id: At<Line>,
    /// The day on which the provider says that it was made.
    pub made_on: Option<At<Day>>,
    /// Who looks.
    pub by: At<Id>,
    /// Who looks, too.
    pub seen_by: At<Id>,
}

/// Where a key and its data lie. Three things, which differ more often than people think.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Regions {
    /// Regions of the data that the key protects.
    #[serde(default)]
    pub data: Vec<At<Line>>,
    /// Regions of the key.
    #[serde(default)]
    pub key: Vec<At<Line>>,
    /// Who operates the provider's service, and under whose law.
    pub legal_entity: Option<Line>,
    /// The regions in which key and data may lie; anywhere if absent.
    pub only: Option<Vec<Line>>,
}
