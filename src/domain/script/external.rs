//! A key that stays in the customer's HSM, and what the provider calls it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::record;
use crate::domain::script::form::At;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;

/// How a provider reaches a key that never leaves the customer's HSM.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// The provider's service, as `aws-xks`.
    pub service: At<Id>,
    /// The service's own names for the key and the way to it.
    pub identifiers: BTreeMap<Id, At<Line>>,
}

impl External {
    /// As the first entry of a record has it.
    pub fn recorded(&self, key: &str) -> record::External {
        record::External {
            key: key.to_owned(),
            service: self.service.to_string(),
            identifiers: self
                .identifiers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        }
    }
}
