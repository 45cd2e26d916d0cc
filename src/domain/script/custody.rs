//! Steps about shares that custodians have already.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::script::form::At;
use crate::domain::script::form::Id;

/// Custodians prove that they have their shares; nothing is rebuilt.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// Label of the key whose shares they are.
    pub key: At<Id>,
    /// Who is asked, one at a time. They need not sign in: whoever does not come is recorded as absent.
    pub with: Vec<At<Id>>,
}
