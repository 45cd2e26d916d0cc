//! What was said of an older version of a key.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::script::Logs;
use crate::domain::text::list;

/// The version that took the place of a key, and what is known of those who used the older one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Replaced {
    /// Label of the newer version.
    pub by: String,
    /// SHA-256 of the sealed record.jsonl of the ceremony that made it.
    pub record: Digest,
    /// Provider keys of the older version in which the newer one is, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<String>,
    /// What used the older one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<Needing>,
    /// What providers' logs say of the older one that were held against the register.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reconciled: Vec<HeldLogs>,
}

/// What a provider's logs say of a key at one of its places, as a ceremony recorded it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HeldLogs {
    /// The place.
    pub at: String,
    /// SHA-256 of the sealed record.jsonl of the last ceremony that tells so.
    pub record: Digest,
    /// The logs.
    pub logs: LogsSeen,
}

/// Something that used an older version of a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Needing {
    /// Its name.
    pub name: String,
    /// How it comes to use the next version.
    pub method: String,
    /// Who signed off that it needs the older one no more; nobody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_off: Option<SignedOff>,
}

/// Somebody signed off that a dependent needs an older version no more.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignedOff {
    /// SHA-256 of the sealed record.jsonl of the ceremony that tells so.
    pub record: Digest,
    /// Who.
    pub by: String,
    /// What it rests on.
    pub evidence: String,
    /// The provider's logs; nobody looked if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<LogsSeen>,
}

impl Replaced {
    /// Why the older version may not be disabled yet, each in a sentence; empty if it may. `quiet` is
    /// for how many seconds the provider's logs, where they were read, must show no decryption with it.
    pub fn still_needed(&self, quiet: Option<i64>) -> Vec<String> {
        if self.dependents.is_empty() {
            return vec!["nobody said what depends on it".to_owned()];
        }
        let signed_off = self.dependents.iter().filter_map(|one| one.needs(quiet));
        let held = self.reconciled.iter();
        let held = held.filter_map(|held| {
            let (days, quiet) = held.logs.too_loud(quiet)?;
            Some(format!(
                "the logs of {} that were held against the register are quiet for {days} days only, and the policy asks for {quiet}: {}",
                held.at,
                LogsSeen::words(Some(&held.logs))
            ))
        });
        signed_off.chain(held).collect()
    }

    /// What was not looked at before, where it may be disabled; `places` are those at which it is.
    pub fn nobody_looked(&self, places: &[&str]) -> Option<String> {
        let held = |place: &&str| self.reconciled.iter().any(|it| it.at == **place);
        let unheld: Vec<&str> = places.iter().copied().filter(|it| !held(it)).collect();
        if !places.is_empty() && unheld.is_empty() {
            return None;
        }
        let without: Vec<&str> = self
            .dependents
            .iter()
            .filter(|one| one.signed_off.as_ref().is_some_and(|it| it.logs.is_none()))
            .map(|one| one.name.as_str())
            .collect();
        if without.is_empty() {
            return None;
        }
        let what = if self.reconciled.is_empty() {
            format!("the provider's logs for {}", list(&without))
        } else {
            format!("the logs of {}", list(&unheld))
        };
        Some(format!("nobody looked into {what}"))
    }
}

impl Needing {
    fn needs(&self, quiet: Option<i64>) -> Option<String> {
        let name = &self.name;
        let Some(signed_off) = &self.signed_off else {
            return Some(format!(
                "nobody signed off that {name} ({}) needs it no more",
                self.method
            ));
        };
        let logs = signed_off.logs.as_ref()?;
        let (days, quiet) = logs.too_loud(quiet)?;
        Some(format!(
            "the logs that were read for {name} are quiet for {days} days only, and the policy asks for {quiet}: {}",
            LogsSeen::words(Some(logs))
        ))
    }
}

const DAY: i64 = 86_400;

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

    /// Whole days before the end of the logs on which nothing was decrypted.
    pub fn days_quiet(&self) -> Option<i64> {
        let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
        let since = self.last_decrypt.as_deref().unwrap_or(&self.from);
        Some(i64::from((day(&self.to)? - day(since)?).get_days()))
    }

    /// For how many days they are quiet, and for how many they should be, where that is more.
    fn too_loud(&self, quiet: Option<i64>) -> Option<(i64, i64)> {
        let (days, quiet) = (self.days_quiet()?, quiet?);
        (days * DAY < quiet).then_some((days, quiet / DAY))
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
