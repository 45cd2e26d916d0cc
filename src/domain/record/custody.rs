//! What became of shares after they were handed out.

use serde::Deserialize;
use serde::Serialize;

/// One custodian in a drill.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Drilled {
    /// Share number, from 1.
    pub index: u8,
    /// Who holds it.
    pub custodian: String,
    /// Whether the share was there, whole and of the set.
    pub result: Possession,
    /// Why it is not proven. Where the custodian was absent, a human statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a drill found of a share.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Possession {
    /// It opened, it is whole, and it fits its commitment.
    Proven,
    /// It was brought, and it is not what it should be.
    Failed,
    /// It was not brought.
    Absent,
}

impl Possession {
    /// The word in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Failed => "failed",
            Self::Absent => "absent",
        }
    }
}

/// Why a drill gives no confidence that a key could be rebuilt, if it does not.
pub fn too_few_proven(key: &str, proven: u8, threshold: u8) -> Option<String> {
    (proven < threshold).then(|| {
        format!("the drill proved {proven} of the {threshold} shares that rebuild key {key}")
    })
}
