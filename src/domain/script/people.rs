//! Steps about the people themselves: they join, acknowledge, move, leave, and lose what they had.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::IntoDeserializer as _;

use crate::domain::record::Access;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::form::At;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::form::Prose;
use crate::domain::script::form::RelativePath;
use crate::domain::script::form::Span;

/// Somebody joins: from now on he may hold roles.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Join {
    /// Who.
    pub person: At<Id>,
    /// The roles that he may hold.
    pub roles: Vec<Role>,
    /// Why.
    pub because: Line,
    /// Who answers for it.
    pub seen_by: At<Id>,
}

/// People acknowledge their duties; the record that they sign has the text.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acknowledge {
    /// The text that is read aloud.
    pub text: Prose,
    /// Its version, as your organisation counts.
    pub version: Line,
    /// Who acknowledges it.
    pub by: Vec<At<Id>>,
    /// How long it holds; a year if absent (PCI DSS 4.0.1, 3.7.8).
    pub valid_for: Option<Span>,
}

/// Somebody goes to another site, manager or role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MovePerson {
    /// Who.
    pub person: At<Id>,
    /// Where he works from now on.
    pub site: Option<Line>,
    /// Whom he reports to from now on.
    pub manager: Option<Line>,
    /// The roles that he may hold from now on.
    pub roles: Option<Vec<Role>>,
    /// Why.
    pub because: Line,
    /// Who answers for it.
    pub seen_by: At<Id>,
}

/// Somebody leaves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Leave {
    /// Who.
    pub person: At<Id>,
    /// His last day.
    pub on: At<Day>,
    /// Why.
    pub because: Line,
    /// What he can get at, and must not any more: `keyrite register person leave` lists it.
    #[serde(default)]
    pub opens: Vec<At<Opens>>,
    /// Who answers for it.
    pub seen_by: At<Id>,
}

/// Something that somebody who leaves can get at.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opens {
    /// What kind of thing.
    pub what: Access,
    /// Which one, as the register calls it.
    pub of: Line,
}

/// Somebody can not get at something any more.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Withdraw {
    /// Who had it.
    pub person: At<Id>,
    /// What kind of thing.
    pub what: At<Access>,
    /// Which one, as the register calls it.
    pub of: Line,
    /// How it was taken from him, as `PIN changed by its two new holders`.
    pub how: Line,
    /// Who did it.
    pub by: At<Id>,
    /// Who saw it.
    pub seen_by: At<Id>,
}

/// What a provider says of who can get at a key is read and looked through.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccessReview {
    /// Label of the key.
    pub key: At<Id>,
    /// The provider, as `aws-kms`.
    pub provider: At<Id>,
    /// The key at the provider: its whole name, as an ARN.
    pub key_id: At<Line>,
    /// What the provider's own tool printed: policy of the key, policies of people, grants.
    pub files: Vec<At<RelativePath>>,
    /// The day on which it was fetched.
    pub taken_on: At<Day>,
    /// Whose each principal is, by the provider's name.
    #[serde(default)]
    pub principals: BTreeMap<Line, At<Id>>,
    /// Principals that are programs, by the provider's name, and what each is for.
    #[serde(default)]
    pub services: BTreeMap<Line, Line>,
    /// Who fetched it.
    pub by: At<Id>,
    /// Who saw it.
    pub seen_by: At<Id>,
}

impl<'de> Deserialize<'de> for Access {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::deserialize(text.into_deserializer())
    }
}

impl AccessReview {
    /// Whose a principal is: as the step says, or the organisation file of the script. A program is
    /// nobody's.
    pub fn whose<'a>(&'a self, script: &'a Script, principal: &str) -> Option<&'a str> {
        if self.services.contains_key(principal) {
            return None;
        }
        let named = self.principals.get(principal).map(|at| &at.value);
        let within = script.within.as_deref();
        let known = within.and_then(|it| it.organisation.whose(self.provider.as_str(), principal));
        named.or(known).map(Id::as_str)
    }
}

impl Acknowledge {
    /// How long it holds.
    pub fn holds_for(&self) -> Span {
        self.valid_for.unwrap_or(Span::years(1))
    }
}
