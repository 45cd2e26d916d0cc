//! Why each key is managed as it is, who decided that, and whether it still holds.

use jiff::civil::Date;
use serde::Serialize;

use crate::register::Register;
use crate::register::Rests;
use crate::register::about::About;
use crate::register::keys::Material;

/// Why a key is managed as it is, on one day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answer<'r> {
    /// Label of the key.
    pub key: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What is said of it.
    #[serde(flatten)]
    pub about: &'r About,
    /// What the model means for who holds the key.
    pub means: &'static str,
    /// What is wrong or missing.
    pub findings: Vec<Finding>,
}

/// What is wrong with a decision, or missing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What.
    pub what: String,
    /// Whether records contradict what was decided.
    pub contradicts: bool,
    /// The lines that this rests on.
    pub rests_on: Vec<Rests>,
}

/// The decision on each of these keys.
pub fn decisions<'r>(
    register: &Register,
    materials: &[&'r Material],
    today: Date,
) -> Vec<Answer<'r>> {
    materials
        .iter()
        .map(|material| Answer {
            key: material.key.clone(),
            owner: material.owner.clone(),
            about: &material.about,
            means: means(material),
            findings: findings(register, material, today),
        })
        .collect()
}

fn means(material: &Material) -> &'static str {
    let choice = material.about.decision.as_ref();
    match choice.map_or("", |decision| decision.choice.as_str()) {
        "provider" => {
            "the provider makes, keeps and uses the key; we do not decide who may use it, nor when it is rotated"
        }
        "cmk" => {
            "the provider makes, keeps and uses the key; who may use it, and until when, is ours to say"
        }
        "byok" => {
            "we make the key and keep a copy; from its import on the provider holds it, too, and uses it"
        }
        "hyok" => {
            "we make the key and keep it; the provider calls for each use, and we can stop it"
        }
        _ => "nobody decided",
    }
}

fn findings(register: &Register, material: &Material, today: Date) -> Vec<Finding> {
    let about = &material.about;
    let here: Vec<Rests> = about
        .said
        .iter()
        .chain(&material.made)
        .take(1)
        .cloned()
        .collect();
    let mut all = Vec::new();
    let mut find = |what: String, contradicts, rests_on: Vec<Rests>| {
        all.push(Finding {
            what,
            contradicts,
            rests_on,
        });
    };
    match &about.decision {
        None => find(
            "no record tells why it is managed as it is".to_owned(),
            false,
            here.clone(),
        ),
        Some(decision) => {
            if decision.reviewed_until < today {
                let what = format!(
                    "the choice was to be looked at again by {}",
                    decision.reviewed_until
                );
                find(what, false, here.clone());
            }
            let imported: Vec<Rests> = material
                .imports
                .iter()
                .map(|import| import.wrapped.clone())
                .collect();
            if decision.choice != "byok" && !imported.is_empty() {
                let what = format!(
                    "the model is `{}`, and the key was wrapped for a provider",
                    decision.choice
                );
                find(what, true, imported);
            }
        }
    }
    if let Some(regions) = &about.regions
        && let Some(only) = &regions.only
    {
        for region in regions.data.iter().chain(&regions.key) {
            if !only.contains(region) {
                find(
                    format!("{region} is not among the regions that are allowed"),
                    true,
                    here.clone(),
                );
            }
        }
    }
    for other in &register.materials {
        let (Some(tenant), Some(others)) = (&about.tenant, &other.about.tenant) else {
            continue;
        };
        let is_other = tenant != others;
        let same_set = material
            .sets
            .iter()
            .any(|set| other.sets.iter().any(|known| known.id == set.id));
        let same = !material.check_values.is_empty() && material.check_values == other.check_values;
        if is_other && (same || same_set) {
            let what = format!(
                "key {} of tenant {others} has the same {}",
                other.key,
                if same { "material" } else { "share set" }
            );
            let rests = here.iter().chain(&other.about.said).cloned().collect();
            find(what, true, rests);
        }
    }
    all
}
