//! How much a key was used, as people told it.

use serde::Deserialize;
use serde::Serialize;

/// How much a key was used since it was made. A human statement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Label of the key.
    pub key: String,
    /// How often it protected something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// How many bytes it protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The last day that is counted.
    pub until: String,
}

impl Counted {
    /// As people read it.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.uses.map(|uses| format!("{uses} uses")));
        parts.extend(self.bytes.map(|bytes| format!("{bytes} bytes")));
        format!(
            "key {}: {} until {}",
            self.key,
            parts.join(" and "),
            self.until
        )
    }
}
