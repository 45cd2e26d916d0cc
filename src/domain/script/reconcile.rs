//! Steps about a provider's log: what was found in it, and what is behind it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::script::form::At;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::form::RelativePath;

/// What a provider's log tells, held against the register, is read and recorded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reconcile {
    /// The provider, as `aws-kms`.
    pub provider: At<Id>,
    /// The file that `keyrite reconcile … --out DIR` wrote.
    pub findings: At<RelativePath>,
    /// Who fetched the log and held it against the register.
    pub by: At<Id>,
    /// Who saw it.
    pub seen_by: At<Id>,
}

/// Somebody says what is behind a finding, which is settled by it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Explain {
    /// Its id, as `keyrite reconcile` prints it.
    pub finding: At<Line>,
    /// What is behind it: a ticket, a mistake, an attack.
    pub because: Line,
    /// Who says so.
    pub by: At<Id>,
    /// Who answers for it, too.
    pub seen_by: At<Id>,
}
