//! Why each key is managed as it is, who decided that, and whether it still holds.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

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
    let alike = Alike::of(register);
    materials
        .iter()
        .map(|material| Answer {
            key: material.key.clone(),
            owner: material.owner.clone(),
            about: &material.about,
            means: means(material),
            findings: findings(&alike, material, today),
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

/// Materials of tenants by what no two of them may have in common.
struct Alike<'a> {
    values: BTreeMap<&'a BTreeMap<String, String>, Vec<usize>>,
    sets: BTreeMap<&'a str, Vec<usize>>,
    all: &'a [Material],
}

impl<'a> Alike<'a> {
    fn of(register: &'a Register) -> Self {
        let mut alike = Self {
            values: BTreeMap::new(),
            sets: BTreeMap::new(),
            all: &register.materials,
        };
        for (at, material) in register.materials.iter().enumerate() {
            if material.about.tenant.is_some() {
                let same = alike.values.entry(&material.check_values);
                same.or_default().push(at);
                for set in &material.sets {
                    alike.sets.entry(&set.id).or_default().push(at);
                }
            }
        }
        alike
    }

    /// Materials with the same check values, or a share set in common, in the order of the records.
    fn with(&self, material: &Material) -> impl Iterator<Item = &'a Material> {
        let mut places: BTreeSet<&usize> = BTreeSet::new();
        if !material.check_values.is_empty() {
            let same = self.values.get(&material.check_values);
            places.extend(same.into_iter().flatten());
        }
        for set in &material.sets {
            places.extend(self.sets.get(set.id.as_str()).into_iter().flatten());
        }
        let all = self.all;
        places.into_iter().filter_map(|at| all.get(*at))
    }
}

fn findings(alike: &Alike<'_>, material: &Material, today: Date) -> Vec<Finding> {
    // Nobody decides any more how a destroyed key is managed.
    if material.is_destroyed() {
        return Vec::new();
    }
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
                find(what, false, vec![decision.rests_on.clone()]);
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
    for other in alike.with(material) {
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn of_tenant(key: &str, check_value: &str, tenant: &str) -> Material {
        let mut material = Material::blank(key, check_value);
        material.about.tenant = Some(tenant.to_owned());
        material.about.said = Some(Rests::on("2024-01-15", 1));
        material
    }

    fn findings_of(materials: Vec<Material>) -> Vec<Vec<Finding>> {
        let register = Register {
            materials,
            ..Register::default()
        };
        let all: Vec<&Material> = register.materials.iter().collect();
        decisions(&register, &all, date(2024, 2, 1))
            .into_iter()
            .map(|answer| answer.findings)
            .collect()
    }

    #[test]
    fn two_tenants_with_one_material_contradict_what_was_decided() {
        let both = vec![
            of_tenant("blue", "aa", "blue bank"),
            of_tenant("green", "aa", "green bank"),
        ];
        for findings in findings_of(both) {
            let clash: Vec<&Finding> = findings.iter().filter(|it| it.contradicts).collect();
            assert_eq!(clash.len(), 1, "{findings:?}");
            assert!(clash[0].what.ends_with("has the same material"));
            assert!(!clash[0].rests_on.is_empty());
        }
    }

    #[test]
    fn a_tenant_with_two_keys_and_two_tenants_with_a_key_each_are_well() {
        let apart = vec![
            of_tenant("blue", "aa", "blue bank"),
            of_tenant("navy", "aa", "blue bank"),
            of_tenant("green", "bb", "green bank"),
        ];
        for findings in findings_of(apart) {
            assert!(
                findings.iter().all(|finding| !finding.contradicts),
                "{findings:?}"
            );
        }
    }

    #[test]
    fn a_key_in_a_region_that_is_left_out_contradicts_what_was_decided() {
        let mut material = Material::blank("payments", "aa");
        material.about.regions = Some(Box::new(crate::register::about::Regions {
            key: vec!["us-east-1".to_owned()],
            only: Some(vec!["eu-west-1".to_owned()]),
            ..Default::default()
        }));
        let findings = findings_of(vec![material]);
        assert!(
            findings[0]
                .iter()
                .any(|it| it.contradicts && it.what.contains("us-east-1"))
        );
    }

    #[test]
    fn a_key_without_a_decision_is_told() {
        let findings = findings_of(vec![Material::blank("payments", "aa")]);
        assert_eq!(
            findings[0][0].what,
            "no record tells why it is managed as it is"
        );
    }
}
