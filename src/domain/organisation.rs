//! The organisation file: people with ids that last over ceremonies, their signing keys, the roles
//! they may hold, sites, policy, and machines. Signed by those whom it names; a run pins its bytes.

mod findings;
mod join;
mod machine;

pub use crate::domain::organisation::findings::findings;
pub use crate::domain::organisation::findings::of_policy;
pub use crate::domain::organisation::findings::of_script;
pub use crate::domain::organisation::join::join;
pub use crate::domain::organisation::machine::Allowed;
pub use crate::domain::organisation::machine::AllowedPlugin;
pub use crate::domain::organisation::machine::Machine;

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::IntoDeserializer as _;

use crate::domain::record::Digest;
use crate::domain::script::At;
use crate::domain::script::Country;
use crate::domain::script::Day;
use crate::domain::script::Id;
use crate::domain::script::KeyLine;
use crate::domain::script::Line;
use crate::domain::script::Policy;
use crate::domain::script::Receives;
use crate::domain::script::Role;

/// An organisation, as far as its ceremonies go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "keyrite organisation file")]
pub struct Organisation {
    /// Version of this format.
    pub schema: Version,
    /// Short name of the organisation.
    pub organisation: At<Id>,
    /// Its name as spoken.
    pub title: Line,
    /// Which version of the file this is, from 1.
    pub version: At<u32>,
    /// SHA-256 of the version before; absent in the first.
    pub follows: Option<At<Digest>>,
    /// Who must sign this file, and every later version that follows it.
    pub signed_by: Vec<At<Id>>,
    /// Everybody who may take part in ceremonies, by an id that stays.
    pub people: BTreeMap<Id, At<Member>>,
    /// Places, by a short name.
    #[serde(default)]
    pub sites: BTreeMap<Id, At<Site>>,
    /// What is demanded beyond the rules of the program.
    #[serde(default)]
    pub policy: Policy,
    /// What ceremony machines may load and run, by a short name.
    #[serde(default)]
    pub machines: BTreeMap<Id, At<Machine>>,
}

/// Version of the format.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(remote = "Self")]
pub enum Version {
    /// The first.
    #[serde(rename = "keyrite-organisation/v1")]
    V1,
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::deserialize(text.into_deserializer())
    }
}

/// Somebody who may take part.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Member {
    /// Name as spoken.
    pub name: Line,
    /// Whom this person reports to.
    pub manager: Option<At<Line>>,
    /// Where this person works and keeps things; one of `sites`.
    pub site: Option<At<Id>>,
    /// OpenSSH public keys of the person's signatures, and when each is valid.
    #[serde(default)]
    pub signing_keys: Vec<At<SigningKey>>,
    /// What the person's shares are sealed to.
    pub receives_shares_at: Option<At<Receives>>,
    /// Roles that the person may hold; none where nothing is said.
    #[serde(default)]
    pub may_be: Vec<At<Role>>,
    /// The names that providers know the person by, as an ARN, by the provider's id.
    #[serde(default)]
    pub principals: BTreeMap<Id, Vec<At<Line>>>,
}

/// A signing key, and when it is valid.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SigningKey {
    /// The OpenSSH public key.
    pub key: At<KeyLine>,
    /// First day.
    pub valid_from: At<Day>,
    /// Last day; no end where nothing is said.
    pub valid_to: Option<At<Day>>,
}

impl Organisation {
    /// Whose name at a provider that is.
    pub fn whose(&self, provider: &str, principal: &str) -> Option<&Id> {
        let has = |member: &Member| {
            let names = member.principals.get(provider).into_iter().flatten();
            names.into_iter().any(|name| name.as_str() == principal)
        };
        let mut people = self.people.iter();
        people.find(|(_, member)| has(member)).map(|(id, _)| id)
    }
}

impl SigningKey {
    /// Whether it is valid on that day.
    pub fn is_valid(&self, day: Date) -> bool {
        self.valid_from.value.0 <= day && self.valid_to.as_ref().is_none_or(|to| day <= to.value.0)
    }
}

impl Member {
    /// The key that counts on that day: of several the newest. Nothing where none is valid.
    pub fn key_on(&self, day: Date) -> Option<&At<SigningKey>> {
        self.signing_keys
            .iter()
            .filter(|key| key.is_valid(day))
            .max_by_key(|key| key.valid_from.value)
    }
}

/// A place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its country, as `PT`.
    pub country: At<Country>,
    /// What lies there.
    #[serde(default)]
    pub holds: Vec<Holds>,
}

/// What can lie at a site.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Holds {
    /// What the keys protect.
    Data,
    /// Backups of keys.
    Backups,
}

impl<'de> Deserialize<'de> for Holds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::deserialize(text.into_deserializer())
    }
}

/// An organisation file that was found, and the signatures beside it.
#[derive(Clone, Debug)]
pub struct Within {
    /// What it says.
    pub organisation: Organisation,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Signatures over the bytes, by person; nothing is known yet of whether they hold.
    pub signatures: BTreeMap<String, Vec<u8>>,
}

/// The JSON Schema of organisation files, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Organisation).to_value()
}
