//! What ceremonies tell of the people themselves, and of who can get at a key at a provider.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Answer;
use crate::domain::record::Digest;
use crate::domain::record::File;

/// Somebody joined. A human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Joined {
    /// Who.
    pub person: String,
    /// The roles that he may hold.
    pub roles: Vec<String>,
    /// Where he works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Whom he reports to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// Why.
    pub because: String,
    /// Who answers for it.
    pub seen_by: String,
}

/// People acknowledged their duties. A human statement, signed with the record.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acknowledged {
    /// The text.
    pub text: String,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its version.
    pub version: String,
    /// How many seconds it holds.
    pub valid_for: i64,
    /// Person and answer.
    pub answers: Vec<Answer>,
}

/// Somebody went to another site, manager or role. A human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PersonMoved {
    /// Who.
    pub person: String,
    /// Where he works from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Whom he reports to from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// The roles that he may hold from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// Why.
    pub because: String,
    /// Who answers for it.
    pub seen_by: String,
}

/// Somebody left. A human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Left {
    /// Who.
    pub person: String,
    /// His last day.
    pub on: String,
    /// Why.
    pub because: String,
    /// What he could get at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opens: Vec<Opened>,
    /// Who answers for it.
    pub seen_by: String,
}

/// Something that somebody who leaves can get at.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// What kind of thing.
    pub what: Access,
    /// Which one.
    pub of: String,
}

/// Somebody can not get at something any more. A human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Withdrawn {
    /// Who had it.
    pub person: String,
    /// What kind of thing.
    pub what: Access,
    /// Which one.
    pub of: String,
    /// How it was taken from him.
    pub how: String,
    /// Who did it.
    pub by: String,
    /// Who saw it.
    pub seen_by: String,
}

/// What somebody can get at.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Access {
    /// A share of a key; `of` is the share set.
    Share,
    /// A component of a key, which he has seen; `of` is the share set.
    Component,
    /// A card, medium, envelope, token or PIN part; `of` is what it is and its serial number.
    Thing,
    /// Half of the PIN of an HSM; `of` is its serial number.
    Pin,
    /// A name at a provider; `of` is that name.
    Principal,
    /// A role in ceremonies; `of` is its name.
    Role,
    /// Anything else, as a safe; `of` says what.
    Other,
}

impl Access {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Share,
        Self::Component,
        Self::Thing,
        Self::Pin,
        Self::Principal,
        Self::Role,
        Self::Other,
    ];

    /// The word in script and record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Component => "component",
            Self::Thing => "thing",
            Self::Pin => "pin",
            Self::Principal => "principal",
            Self::Role => "role",
            Self::Other => "other",
        }
    }
}

impl Serialize for Access {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// What a provider says of who can get at a key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reviewed {
    /// Label of the key.
    pub key: String,
    /// Provider id.
    pub provider: String,
    /// The key at the provider.
    pub key_id: String,
    /// The day on which it was fetched. A human statement, as is who fetched it.
    pub taken_on: String,
    /// The files as they were read; none in a rehearsal. A copy of each is an artifact.
    pub files: Vec<File>,
    /// Everybody whom they name, as far as the key is concerned.
    pub principals: Vec<Principal>,
    /// What they say and cannot be decided from them alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<String>,
    /// Which of the three kinds of policy the files do not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Who fetched it.
    pub by: String,
    /// Who saw it.
    pub seen_by: String,
}

/// Somebody or something that a provider knows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// The provider's name of it.
    pub id: String,
    /// What it is, as `user` or `role`.
    pub kind: String,
    /// What it can do with the key.
    pub can: Vec<Permission>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What it is for, where it is a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// One thing that a principal can do with a key.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// `use`, `manage`, `import`, `destroy`, `delegate` or `look`.
    pub class: String,
    /// Where that is said: the file and the statement in it.
    pub by: Vec<String>,
    /// Conditions that it depends on, which cannot be decided from the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
}
