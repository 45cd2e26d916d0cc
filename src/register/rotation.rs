//! Versions of a key: which took the place of which, and whether anything still needs the older one.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::LogsSeen;
use crate::domain::script::OlderVersion;
use crate::domain::text::list;
use crate::register::Rests;

const DAY: i64 = 86_400;

/// What is known of a material as a version among others.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Versions {
    /// The version whose place it took.
    pub supersedes: Option<Version>,
    /// The version that took its place.
    pub superseded: Option<Version>,
    /// What uses it, as the ceremonies that came after it say.
    pub dependents: Vec<Dependent>,
    /// Seconds for which nothing may have been decrypted with it before it is disabled, as the policy
    /// of the newest ceremony says.
    pub quiet: Option<i64>,
}

/// Another version of a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Version {
    /// Its label.
    pub key: String,
    /// SHA-256 of the record of the ceremony that made it.
    pub origin: Digest,
    /// Where it is told that one took the place of the other.
    pub rests_on: Rests,
}

/// Something that uses an older version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dependent {
    /// Its name.
    pub name: String,
    /// How it comes to use the next version.
    pub method: String,
    /// Where it is described.
    pub rests_on: Rests,
    /// Who signed off that it needs the older version no more.
    pub signed_off: Option<SignedOff>,
}

/// Somebody signed off that a dependent needs an older version no more.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SignedOff {
    /// Who.
    pub by: String,
    /// What it rests on.
    pub evidence: String,
    /// The provider's logs; nobody looked if absent.
    pub logs: Option<LogsSeen>,
    /// Where that is recorded.
    pub rests_on: Rests,
}

impl Versions {
    /// A ceremony describes it as an older version.
    pub(super) fn described(&mut self, version: &OlderVersion, quiet: Option<i64>, rests: &Rests) {
        self.quiet = quiet.or(self.quiet);
        for dependent in &version.dependents {
            let name = dependent.name.as_str();
            let method = dependent.method.value.name().to_owned();
            match self.dependents.iter_mut().find(|known| known.name == name) {
                Some(known) => known.method = method,
                None => self.dependents.push(Dependent {
                    name: name.to_owned(),
                    method,
                    rests_on: rests.clone(),
                    signed_off: None,
                }),
            }
        }
    }

    /// A dependent was signed off.
    pub(super) fn signed_off(&mut self, dependent: &str, signed_off: SignedOff) {
        let known = self
            .dependents
            .iter_mut()
            .find(|known| known.name == dependent);
        if let Some(known) = known {
            known.signed_off = Some(signed_off);
        }
    }

    /// Why it may not be disabled yet, each in a sentence; empty if it may. What must be known first:
    /// which version took its place, what depended on it, and that nothing of that needs it.
    pub fn still_needed(&self) -> Vec<String> {
        if self.superseded.is_none() {
            return vec!["no other version took its place".to_owned()];
        }
        if self.dependents.is_empty() {
            return vec!["nobody said what depends on it".to_owned()];
        }
        self.dependents
            .iter()
            .filter_map(|one| self.needs(one))
            .collect()
    }

    fn needs(&self, dependent: &Dependent) -> Option<String> {
        let name = &dependent.name;
        let Some(signed_off) = &dependent.signed_off else {
            return Some(format!(
                "nobody signed off that {name} ({}) needs it no more",
                dependent.method
            ));
        };
        let (Some(quiet), Some(logs)) = (self.quiet, &signed_off.logs) else {
            return None;
        };
        let days = days_quiet(logs)?;
        (days * DAY < quiet).then(|| {
            format!(
                "the logs that were read for {name} are quiet for {days} days only, and the policy asks for {}: {}",
                quiet / DAY,
                LogsSeen::words(Some(logs))
            )
        })
    }

    /// What was not looked at before, where it may be disabled.
    pub fn nobody_looked(&self) -> Option<String> {
        let without: Vec<&str> = self
            .dependents
            .iter()
            .filter(|one| one.signed_off.as_ref().is_some_and(|it| it.logs.is_none()))
            .map(|one| one.name.as_str())
            .collect();
        (!without.is_empty()).then(|| {
            format!(
                "nobody looked into the provider's logs for {}",
                list(&without)
            )
        })
    }
}

/// Whole days before the end of the logs on which nothing was decrypted.
fn days_quiet(logs: &LogsSeen) -> Option<i64> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let since = logs.last_decrypt.as_deref().unwrap_or(&logs.from);
    Some(i64::from((day(&logs.to)? - day(since)?).get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Moment;

    fn rests() -> Rests {
        Rests {
            ceremony: "000001-a".to_owned(),
            line: 1,
            at: Moment::new(jiff::Timestamp::UNIX_EPOCH),
        }
    }

    fn dependent(name: &str) -> Dependent {
        Dependent {
            name: name.to_owned(),
            method: "re-encrypt".to_owned(),
            rests_on: rests(),
            signed_off: None,
        }
    }

    fn replaced(dependents: &[&str], quiet: Option<i64>) -> Versions {
        Versions {
            superseded: Some(Version {
                key: "next".to_owned(),
                origin: Digest::of(b""),
                rests_on: rests(),
            }),
            dependents: dependents.iter().map(|name| dependent(name)).collect(),
            quiet,
            ..Versions::default()
        }
    }

    fn signed_off(logs: Option<(&str, &str, Option<&str>)>) -> SignedOff {
        SignedOff {
            by: "ana".to_owned(),
            evidence: "report 7".to_owned(),
            logs: logs.map(|(from, to, last)| LogsSeen {
                from: from.to_owned(),
                to: to.to_owned(),
                last_decrypt: last.map(str::to_owned),
            }),
            rests_on: rests(),
        }
    }

    #[test]
    fn a_version_is_needed_until_every_dependent_is_signed_off() {
        assert_eq!(
            Versions::default().still_needed(),
            ["no other version took its place"]
        );
        assert_eq!(
            replaced(&[], None).still_needed(),
            ["nobody said what depends on it"]
        );
        let mut versions = replaced(&["billing", "archive"], None);
        versions.signed_off("billing", signed_off(None));
        assert_eq!(
            versions.still_needed(),
            ["nobody signed off that archive (re-encrypt) needs it no more"]
        );
        versions.signed_off("archive", signed_off(None));
        assert!(versions.still_needed().is_empty());
    }

    #[test]
    fn logs_that_were_read_must_be_quiet_for_as_long_as_the_policy_says() {
        let quiet = Some(90 * DAY);
        for (logs, needed) in [
            (None, false),
            (Some(("2026-01-01", "2026-04-01", None)), false),
            (Some(("2026-01-01", "2026-03-31", None)), true),
            (
                Some(("2026-01-01", "2026-06-01", Some("2026-03-03"))),
                false,
            ),
            (Some(("2026-01-01", "2026-06-01", Some("2026-03-04"))), true),
        ] {
            let mut versions = replaced(&["billing"], quiet);
            versions.signed_off("billing", signed_off(logs));
            assert_eq!(!versions.still_needed().is_empty(), needed, "{logs:?}");
        }
    }

    #[test]
    fn it_is_said_where_nobody_looked_into_logs() {
        let mut versions = replaced(&["billing", "archive"], Some(DAY));
        versions.signed_off("billing", signed_off(None));
        versions.signed_off(
            "archive",
            signed_off(Some(("2026-01-01", "2026-04-01", None))),
        );
        assert_eq!(
            versions.nobody_looked().unwrap(),
            "nobody looked into the provider's logs for billing"
        );
    }
}
