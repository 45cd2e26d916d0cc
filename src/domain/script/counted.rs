//! How much a key was used, as people tell it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::record;
use crate::domain::script::Count;
use crate::domain::script::form::At;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;

/// How much a key was used since it was made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Label of the key.
    pub key: At<Id>,
    /// How often it protected something.
    pub uses: Option<Count>,
    /// How many bytes it protected.
    pub bytes: Option<Count>,
    /// The last day that is counted.
    pub until: At<Day>,
}

impl Counted {
    /// As a record has it.
    pub fn recorded(&self) -> record::Counted {
        record::Counted {
            key: self.key.to_string(),
            uses: self.uses.map(|count| count.0),
            bytes: self.bytes.map(|count| count.0),
            until: self.until.value.0.to_string(),
        }
    }
}
