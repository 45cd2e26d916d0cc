//! What scripts and records say of a key besides what it is made of: why it is managed as it is, where
//! it may lie, where it was put, and how each import came about.

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::arrival::Verdict;
use crate::domain::record::Digest;
use crate::domain::record::InLog;
use crate::domain::script::Key;
use crate::register::Rests;
use crate::register::reconcile::claims::Claim;
use crate::register::used::Told;

/// What is said of a key besides.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// What it protects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_class: Option<String>,
    /// Who runs what uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operational_owner: Option<String>,
    /// The tenant whose key it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What is done if it is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_plan: Option<String>,
    /// Where key and data lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Box<Regions>>,
    /// How often it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// How many bytes it may process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Why it is managed as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<Decision>>,
    /// Where the newest script that tells its cryptoperiod is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_said: Option<Rests>,
    /// Where the newest script that describes it is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Rests>,
    /// Where people saw it, if no ceremony made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Box<Declared>>,
    /// HSMs that it was made in, or brought back into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_hsms: Vec<InHsm>,
    /// Files with the key under a backup key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backups: Vec<Backup>,
    /// How each import came about, in the order of `imports`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub import_proofs: Vec<ImportProof>,
    /// What records tell of its provider keys, and a log should show, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_providers: Vec<Claim>,
    /// What of it a log showed, and where that is recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logged: Vec<(InLog, Rests)>,
    /// What providers answered of its imports, in the order of the records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
    /// Services that call it from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called_by: Vec<CalledBy>,
    /// How much it was used, as people told it, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<Told>,
}

/// Where a key and its data lie, and under whose law.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Regions {
    /// Of the data.
    pub data: Vec<String>,
    /// Of the key.
    pub key: Vec<String>,
    /// Who operates the provider's service.
    pub legal_entity: Option<String>,
    /// Where both may lie; anywhere if absent.
    pub only: Option<Vec<String>>,
}

/// Why a key is managed as it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// The model: `provider`, `cmk`, `byok` or `hyok`.
    pub choice: String,
    /// Why.
    pub because: String,
    /// What it answers to.
    pub requirements: Vec<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When it is looked at again.
    #[serde(with = "crate::register::day")]
    pub reviewed_until: Date,
    /// Where the newest script that says so is told of.
    pub rests_on: Rests,
}

/// A key that people saw at its provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Declared {
    /// The provider.
    pub provider: String,
    /// The key there.
    pub key_id: String,
    /// The day on which the provider says that it was made.
    pub made_on: Option<String>,
    /// Who saw it.
    pub by: Vec<String>,
    /// Where that is recorded.
    pub rests_on: Rests,
}

/// An HSM with the key in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InHsm {
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// What finds the key in it, as RFC 7512 writes it.
    #[serde(default)]
    pub uri: Option<String>,
    /// Since when.
    pub since: Rests,
    /// When it was destroyed there.
    pub closed: Option<Rests>,
}

impl About {
    /// The copy that a ceremony itself made or brought back in an HSM, and did not destroy yet.
    pub(super) fn brought(&self, ceremony: &str) -> Option<&InHsm> {
        let mut here = self.in_hsms.iter().rev();
        here.find(|here| here.closed.is_none() && here.since.ceremony == ceremony)
    }

    /// What finds that copy is not in its HSM any more.
    pub(super) fn left_hsm(&mut self, uri: Option<&str>, rests: &Rests) {
        for here in &mut self.in_hsms {
            if here.uri.as_deref() == uri {
                here.closed.get_or_insert_with(|| rests.clone());
            }
        }
    }
}

/// A file with the key under a backup key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Backup {
    /// Where it lies in the folder of its ceremony.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// The share set that opens it.
    pub set: String,
    /// Where it was made.
    pub made: Rests,
}

/// How an import came about.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImportProof {
    /// SHA-256 of the wrapping key.
    pub wrapping_key: Digest,
    /// Where the wrapping key was compared over another channel.
    pub compared: Vec<Rests>,
    /// Where it was approved.
    pub approved: Option<Rests>,
    /// The restore test before it.
    pub tested: Option<Rests>,
    /// Where the first entry tells of the import parameters.
    pub parameters: Rests,
    /// Where it was wrapped.
    pub wrapped: Rests,
}

/// What a provider answered of an import.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answered {
    /// The input that it was wrapped for.
    pub r#for: String,
    /// Folder of the ceremony that wrapped it.
    pub wrapped_in: String,
    /// What came of it.
    pub verdict: Verdict,
    /// Whether nothing but the answer to the challenge proves it. Once recorded, that answer is known to
    /// everybody: given again, it proves nothing.
    #[serde(default)]
    pub by_challenge: bool,
    /// Where that is recorded.
    pub rests_on: Rests,
}

/// A service that calls a key from outside.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CalledBy {
    /// The service.
    pub service: String,
    /// Where that is recorded.
    pub rests_on: Rests,
}

impl About {
    /// What the newest script that names the key says of it; what it leaves out stays as it was.
    pub(super) fn describe(&mut self, key: &Key, rests: &Rests) {
        let keep = |old: &mut Option<String>, new: Option<String>| {
            if new.is_some() {
                *old = new;
            }
        };
        let text =
            |line: &Option<crate::domain::script::Line>| line.as_ref().map(ToString::to_string);
        let class = key.data_class.as_ref();
        keep(&mut self.data_class, class.map(ToString::to_string));
        keep(&mut self.operational_owner, text(&key.operational_owner));
        keep(&mut self.loss_plan, text(&key.loss_plan));
        keep(
            &mut self.tenant,
            key.tenant.as_ref().map(ToString::to_string),
        );
        if let Some(period) = &key.cryptoperiod {
            self.uses = period.uses.map(|count| count.0);
            self.bytes = period.bytes.map(|count| count.0);
            self.period_said = Some(rests.clone());
        }
        if let Some(regions) = &key.regions {
            let texts = |lines: &[crate::domain::script::At<crate::domain::script::Line>]| {
                lines.iter().map(ToString::to_string).collect()
            };
            self.regions = Some(Box::new(Regions {
                data: texts(&regions.data),
                key: texts(&regions.key),
                legal_entity: text(&regions.legal_entity),
                only: regions
                    .only
                    .as_ref()
                    .map(|only| only.iter().map(ToString::to_string).collect()),
            }));
        }
        if let Some(model) = &key.model {
            self.decision = Some(Box::new(Decision {
                choice: model.choice.name().to_owned(),
                because: model.because.to_string(),
                requirements: model.requirements.iter().map(ToString::to_string).collect(),
                decided_by: text(&model.decided_by),
                reviewed_until: model.reviewed_until.value.0,
                rests_on: rests.clone(),
            }));
        }
        self.said = Some(rests.clone());
    }
}
