//! What a provider answered of a key that an earlier ceremony wrapped for it.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::arrival::Fact;
use crate::domain::arrival::Verdict;
use crate::domain::record::Digest;
use crate::domain::record::File;

/// A provider's answer, held against what the ceremony recorded.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Confirmed {
    /// Label of the key.
    pub key: String,
    /// The input that it was wrapped for.
    pub r#for: String,
    /// Provider id.
    pub provider: String,
    /// The key at the provider, where the ceremony named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// SHA-256 of the record of that ceremony.
    pub record: Digest,
    /// The answers as they were read. A copy of each is an artifact, in this order.
    pub answers: Vec<File>,
    /// What each of them says.
    pub facts: Vec<Fact>,
    /// What comes of them all.
    pub verdict: Verdict,
    /// Who fetched them. A human statement.
    pub by: String,
    /// Who saw it. A human statement.
    pub seen_by: String,
}
