//! The organisation file that a ceremony rests on.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::ScriptApproval;

/// The organisation file as it was when the ceremony began; it lies in the ceremony directory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Id of the organisation.
    pub id: String,
    /// Which version of the file.
    pub version: u32,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Who signed it.
    pub signatures: Vec<ScriptApproval>,
}
