//! What was said of an older version of a key.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::script::Logs;

/// Provider logs in which decryption with an older version was looked for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogsSeen {
    /// First day of the logs.
    pub from: String,
    /// Last day of the logs.
    pub to: String,
    /// The last day on which something was decrypted with it; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_decrypt: Option<String>,
}

impl LogsSeen {
    /// As the script names them.
    pub fn of(logs: &Logs) -> Self {
        Self {
            from: logs.from.value.0.to_string(),
            to: logs.to.value.0.to_string(),
            last_decrypt: logs
                .last_decrypt
                .as_ref()
                .map(|day| day.value.0.to_string()),
        }
    }

    /// In words.
    pub fn words(logs: Option<&Self>) -> String {
        let Some(logs) = logs else {
            return "nobody looked into the provider's logs".to_owned();
        };
        let found = match &logs.last_decrypt {
            Some(day) => format!("last decryption on {day}"),
            None => "no decryption".to_owned(),
        };
        format!("provider's logs from {} to {}: {found}", logs.from, logs.to)
    }
}
