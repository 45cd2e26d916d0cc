//! What records tell of providers' logs: what was found, and what is behind it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::Explained;
use crate::domain::record::KeyUse;
use crate::domain::record::LogFinding;
use crate::domain::record::Moment;
use crate::domain::record::Reconciled;
use crate::domain::record::Reviewed;
use crate::domain::script::OfficeHours;
use crate::register::Rests;
use crate::register::reconcile::claims::Claim;

/// What records tell of providers' logs.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Logs {
    /// The reconciliations, in the order of the records.
    pub read: Vec<LogRead>,
    /// What was found, by its id.
    pub findings: BTreeMap<String, KnownFinding>,
    /// People who were taken out of policies.
    pub withdrawn: Vec<Claim>,
    /// The files of access reviews, by the key at the provider.
    pub policies: Vec<Policy>,
    /// When people are at work, as the policy of the newest ceremony says that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office_hours: Option<OfficeHours>,
}

/// A log was held against the register.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogRead {
    /// Provider id.
    pub provider: String,
    /// Where the log begins.
    pub from: Option<Moment>,
    /// Where it ends.
    pub to: Option<Moment>,
    /// How keys were used in that time.
    pub uses: Vec<KeyUse>,
    /// Where that is recorded.
    pub rests_on: Rests,
}

/// Something that was found, and what is behind it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnownFinding {
    /// Provider id.
    pub provider: String,
    /// What was found.
    pub finding: LogFinding,
    /// Where it was recorded first.
    pub rests_on: Rests,
    /// What is behind it; open if absent.
    pub explained: Option<Explanation>,
}

/// What is behind a finding, as somebody told it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// What.
    pub because: String,
    /// Who said so.
    pub by: String,
    /// Who answers for it, too.
    pub seen_by: String,
    /// Where that is recorded.
    pub rests_on: Rests,
}

/// A policy that was reviewed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Policy {
    /// The key at the provider.
    pub key_id: String,
    /// SHA-256 of each file that was looked through.
    pub files: Vec<Digest>,
    /// Where that is recorded.
    pub rests_on: Rests,
}

impl Logs {
    pub(in crate::register) fn reviewed(&mut self, review: &Reviewed, rests: &Rests) {
        self.policies.push(Policy {
            key_id: review.key_id.clone(),
            files: review.files.iter().map(|file| file.sha256).collect(),
            rests_on: rests.clone(),
        });
    }

    pub(in crate::register) fn read(&mut self, of: &Reconciled, rests: &Rests) {
        let says = &of.says;
        self.read.push(LogRead {
            provider: says.provider.clone(),
            from: says.from,
            to: says.to,
            uses: says.uses.clone(),
            rests_on: rests.clone(),
        });
        for finding in &says.findings {
            // What was found before stays as it was told first, and explained.
            self.findings
                .entry(finding.id.clone())
                .or_insert_with(|| KnownFinding {
                    provider: says.provider.clone(),
                    finding: finding.clone(),
                    rests_on: rests.clone(),
                    explained: None,
                });
        }
    }

    /// Whether a finding of that id is known.
    pub(in crate::register) fn explain(&mut self, explained: &Explained, rests: &Rests) -> bool {
        let Some(known) = self.findings.get_mut(&explained.finding) else {
            return false;
        };
        known.explained = Some(Explanation {
            because: explained.because.clone(),
            by: explained.by.clone(),
            seen_by: explained.seen_by.clone(),
            rests_on: rests.clone(),
        });
        true
    }

    /// What nobody explained yet.
    pub fn open(&self) -> impl Iterator<Item = &KnownFinding> {
        self.findings.values().filter(|it| it.explained.is_none())
    }
}
