//! A signed disagreement with a sealed record.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;

/// What somebody signs who does not agree: canonical JSON in `dissent/PERSON.json`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dissent {
    /// Id of the ceremony.
    pub ceremony: String,
    /// Why, in the person's own words.
    pub reason: String,
    /// SHA-256 of record.jsonl, the whole file.
    pub record: Digest,
}

impl Dissent {
    /// The bytes that are signed: RFC 8785 canonical JSON.
    pub fn bytes(&self) -> Vec<u8> {
        // Three strings always have a canonical form.
        serde_json_canonicalizer::to_vec(self).unwrap_or_default()
    }
}
