//! Things that custodians keep, as the first entry of a record has them.

use serde::Deserialize;
use serde::Serialize;

/// A thing that somebody keeps, as it is when the ceremony begins.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// Name in the script.
    pub name: String,
    /// `card`, `envelope`, `medium`, `token` or `pin-part`.
    pub what: String,
    /// Its own number.
    pub serial: String,
    /// The share that is on it or in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<OnItem>,
    /// Who keeps it.
    pub held_by: String,
    /// Number of the bag that it is sealed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag: Option<String>,
    /// Where it is kept; in its keeper's hand if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
}

/// The share that a thing carries.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OnItem {
    /// Label of the key.
    pub key: String,
    /// The custodian whom the share was made for.
    pub of: String,
}
