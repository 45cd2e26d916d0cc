//! What was looked at before the first step, and what was found.

use serde::Deserialize;
use serde::Serialize;

/// One look before the first step.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Readiness {
    /// What was looked at.
    pub name: String,
    /// What was found.
    pub found: String,
    /// What that is worth.
    pub result: ReadinessResult,
    /// `program`, or the person who says so.
    pub by: String,
}

/// What a look before the first step came to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadinessResult {
    /// It is as the script wants it.
    Holds,
    /// It is not as the script wants it.
    Fails,
    /// The script does not say how it is to be.
    Noted,
}

impl ReadinessResult {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "does not hold",
            Self::Noted => "noted: the script does not say how it is to be",
        }
    }
}
