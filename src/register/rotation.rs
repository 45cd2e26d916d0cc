//! Versions of a key: which took the place of which, and whether anything still needs the older one.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record;
use crate::domain::record::Digest;
use crate::domain::record::HeldLogs;
use crate::domain::record::LogsSeen;
use crate::domain::record::Needing;
use crate::domain::record::Replaced;
use crate::domain::script::OlderVersion;
use crate::engine::acts;
use crate::register::Rests;
use crate::register::keys::Material;
use crate::register::reconcile::quiet::OfLogs;

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
    /// Places in which the version is, too, that took its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<String>,
    /// How often each provider key was rotated on demand for it and the versions before it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rotations: BTreeMap<String, u32>,
    /// What reconciled logs say of it, by its places.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reconciled: BTreeMap<String, OfLogs>,
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
    /// SHA-256 of the record that tells so.
    pub record: Digest,
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

    /// The version that took its place, and what is known of those who used it, as a script has it.
    pub fn replaced(&self) -> Option<Replaced> {
        let newer = self.superseded.as_ref()?;
        let needing = |one: &Dependent| Needing {
            name: one.name.clone(),
            method: one.method.clone(),
            signed_off: one.signed_off.as_ref().map(|it| record::SignedOff {
                record: it.record,
                by: it.by.clone(),
                evidence: it.evidence.clone(),
                logs: it.logs.clone(),
            }),
        };
        Some(Replaced {
            by: newer.key.clone(),
            record: newer.origin,
            also_in: self.also_in.clone(),
            dependents: self.dependents.iter().map(needing).collect(),
            reconciled: self
                .reconciled
                .iter()
                .map(|(place, of)| of.held(place))
                .collect(),
        })
    }

    /// Why it may not be disabled yet, each in a sentence; empty if it may. What must be known first:
    /// which version took its place, what depended on it, and that nothing of that needs it.
    pub fn still_needed(&self) -> Vec<String> {
        match self.replaced() {
            Some(newer) => newer.still_needed(self.quiet),
            None => vec!["no other version took its place".to_owned()],
        }
    }

    /// What was not looked at before, where it may be disabled.
    pub fn nobody_looked(&self, places: &[&str]) -> Option<String> {
        self.replaced()?.nobody_looked(places)
    }

    /// What a script passes over whose policy asks for fewer quiet days than those before it: nobody
    /// stops an older version by leaving the policy out under which it was replaced.
    pub fn passed_over(&self, told: &Replaced, quiet: Option<i64>) -> Vec<String> {
        if quiet >= self.quiet {
            return Vec::new();
        }
        let by_script = told.still_needed(quiet);
        let mut needed = told.still_needed(self.quiet);
        needed.retain(|why| !by_script.contains(why));
        needed
    }

    /// What a ceremony says of the version that took the place of `key`, and the records do not; `stops`
    /// is whether it stops the older one, so that it must say it.
    pub fn contradicted(&self, key: &str, told: Option<&Replaced>, stops: bool) -> Vec<String> {
        let (known, told) = match (self.replaced(), told) {
            (None, None) => return Vec::new(),
            (Some(known), None) if stops => {
                return vec![format!(
                    "key {key} is stopped as if no other version took its place; by the records {} did",
                    known.by
                )];
            }
            (Some(_), None) => return Vec::new(),
            (None, Some(told)) => {
                return vec![format!(
                    "key {key} is given as replaced by {}, and no record tells so",
                    told.by
                )];
            }
            (Some(known), Some(told)) => (known, told),
        };
        let mut wrong = Vec::new();
        if (&known.by, known.record) != (&told.by, told.record) {
            wrong.push(format!(
                "key {key} is given as replaced by {}; by the records {} took its place",
                told.by, known.by
            ));
        }
        for name in known.also_in.iter().filter(|it| !told.also_in.contains(it)) {
            wrong.push(format!(
                "by the records the provider key {name} of {key} holds {}, too; the script does not say so",
                known.by
            ));
        }
        if stops {
            wrong.extend(other_logs(key, &known.reconciled, &told.reconciled));
        }
        let other = |name: &str| told.dependents.iter().find(|it| it.name == name);
        for one in known
            .dependents
            .iter()
            .filter(|it| other(&it.name).is_none())
        {
            wrong.push(format!(
                "by the records {} depends on key {key}; the script does not name it",
                one.name
            ));
        }
        for one in told.dependents.iter().filter(|it| it.signed_off.is_some()) {
            let recorded = known.dependents.iter().find(|it| it.name == one.name);
            if recorded.is_none_or(|recorded| recorded.signed_off != one.signed_off) {
                wrong.push(format!(
                    "{} is given as signed off, and no record tells that it needs key {key} no more",
                    one.name
                ));
            }
        }
        wrong
    }
}

/// What a script says of reconciled logs, and the records otherwise.
fn other_logs(key: &str, known: &[HeldLogs], told: &[HeldLogs]) -> Vec<String> {
    let words = |held: Option<&HeldLogs>| LogsSeen::words(held.map(|it| &it.logs));
    let of = |all: &[HeldLogs], at: &str| all.iter().find(|it| it.at == at).cloned();
    let places: BTreeSet<&str> = known.iter().chain(told).map(|it| it.at.as_str()).collect();
    places
        .into_iter()
        .filter_map(|at| {
            let (known, told) = (of(known, at), of(told, at));
            (known != told).then(|| {
                format!(
                    "of key {key} at {at} the script says: {}; by the records: {}",
                    words(told.as_ref()),
                    words(known.as_ref())
                )
            })
        })
        .collect()
}

/// How often a provider key was rotated on demand, of how often it can be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rotations {
    /// The provider.
    pub provider: String,
    /// The key there.
    pub key_id: String,
    /// How often.
    pub done: u32,
    /// How often at most.
    pub most: u32,
}

impl Rotations {
    /// Whether so few are left that another provider key is to be planned.
    pub const fn is_near(&self) -> bool {
        self.done + NEAR >= self.most
    }

    /// As people read it.
    pub fn words(&self) -> String {
        format!(
            "{} key {} was rotated {} of at most {} times",
            self.provider, self.key_id, self.done, self.most
        )
    }
}

/// How many rotations before the last one it is told: five years of yearly rotation.
const NEAR: u32 = 5;

/// Provider keys that a version is in and that are rotated a limited number of times.
pub fn rotations(material: &Material) -> Vec<Rotations> {
    let counted = material.versions.rotations.iter();
    counted
        .filter_map(|(key_id, done)| {
            let mut places = material.life.at.values();
            let place = places.find(|place| place.key_id.as_ref() == Some(key_id))?;
            Some(Rotations {
                provider: place.provider.clone(),
                key_id: key_id.clone(),
                done: *done,
                most: acts::rotations(&place.provider)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Moment;

    const DAY: i64 = 86_400;

    fn rests() -> Rests {
        Rests {
            ceremony: "000001-a".into(),
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
            record: Digest::of(b"sign-off"),
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
    fn a_script_that_leaves_the_policy_out_is_held_to_that_of_the_records() {
        let mut versions = replaced(&["billing"], Some(90 * DAY));
        let logs = Some(("2026-01-01", "2026-06-01", Some("2026-05-31")));
        versions.signed_off("billing", signed_off(logs));
        let told = versions.replaced().unwrap();
        for (quiet, over) in [
            (None, 1),
            (Some(DAY), 1),
            (Some(90 * DAY), 0),
            (Some(99 * DAY), 0),
        ] {
            assert_eq!(versions.passed_over(&told, quiet).len(), over, "{quiet:?}");
        }
        // A policy that was never there is none that could be left out.
        versions.quiet = None;
        assert_eq!(versions.passed_over(&told, None), [""; 0]);
    }

    #[test]
    fn it_is_said_where_nobody_looked_into_logs() {
        let mut versions = replaced(&["billing", "archive"], Some(DAY));
        versions.signed_off("billing", signed_off(None));
        versions.signed_off(
            "archive",
            signed_off(Some(("2026-01-01", "2026-04-01", None))),
        );
        let says = "nobody looked into the provider's logs for billing";
        assert_eq!(versions.nobody_looked(&[]).unwrap(), says);
        assert_eq!(versions.nobody_looked(&["aws"]).unwrap(), says);
        let rests_on = Rests::on("2026-04-01", 5);
        let of = OfLogs {
            record: Digest::of(b"log"),
            from: rests_on.at,
            to: rests_on.at,
            last_decrypt: None,
            uses: None,
            rests_on,
        };
        versions.reconciled.insert("aws".to_owned(), of);
        assert_eq!(versions.nobody_looked(&["aws"]), None);
        assert_eq!(
            versions.nobody_looked(&["aws", "google"]).unwrap(),
            "nobody looked into the logs of google"
        );
    }

    #[test]
    fn a_script_that_stops_an_older_version_tells_of_it_what_the_records_tell() {
        let mut known = replaced(&["billing"], None);
        known.also_in = vec!["aws".to_owned()];
        let told = known.replaced().unwrap();
        let says = |known: &Versions, told: Option<&Replaced>, stops| {
            known.contradicted("older", told, stops).join("; ")
        };
        assert_eq!(says(&known, Some(&told), true), "");
        assert_eq!(says(&Versions::default(), None, true), "");
        // What reconciled logs say, and nothing else.
        let mut held = known.clone();
        held.reconciled.insert(
            "aws".to_owned(),
            OfLogs {
                record: Digest::of(b"log"),
                from: Rests::on("2026-01-01", 1).at,
                to: Rests::on("2026-04-01", 1).at,
                last_decrypt: None,
                uses: None,
                rests_on: Rests::on("2026-04-02", 5),
            },
        );
        let all = held.replaced().unwrap();
        assert_eq!(says(&held, Some(&all), true), "");
        assert_eq!(says(&held, Some(&told), false), "");
        for (known, told) in [(&held, &told), (&known, &all)] {
            let said = says(known, Some(told), true);
            assert!(
                said.contains("of key older at aws the script says") && said.contains("2026-04-01"),
                "{said}"
            );
        }
        // Only what is stopped must be told of.
        assert_eq!(says(&known, None, false), "");
        assert!(says(&known, None, true).contains("by the records next did"));
        let unknown = says(&Versions::default(), Some(&told), false);
        assert!(unknown.contains("no record tells so"), "{unknown}");
        let other = |change: fn(&mut Replaced)| {
            let mut told = told.clone();
            change(&mut told);
            says(&known, Some(&told), true)
        };
        for (said, words) in [
            (
                other(|it| it.by = "third".to_owned()),
                "by the records next took its place",
            ),
            (
                other(|it| it.also_in.clear()),
                "the provider key aws of older holds next, too",
            ),
            (
                other(|it| it.dependents.clear()),
                "by the records billing depends on key older",
            ),
            (
                other(|it| {
                    it.dependents[0].signed_off = Some(record::SignedOff {
                        record: Digest::of(b"sign-off"),
                        by: "ana".to_owned(),
                        evidence: "report 7".to_owned(),
                        logs: None,
                    });
                }),
                "billing is given as signed off, and no record tells",
            ),
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }

    #[test]
    fn rotations_of_a_provider_key_are_told_before_the_last_one() {
        let near = |done| {
            let one = Rotations {
                provider: "aws-kms".to_owned(),
                key_id: "arn:1".to_owned(),
                done,
                most: 25,
            };
            one.is_near()
        };
        assert_eq!([19, 20, 25].map(near), [false, true, true]);
        assert_eq!(acts::rotations("aws-kms"), Some(25));
        assert_eq!(acts::rotations("google-kms"), None);
    }
}
