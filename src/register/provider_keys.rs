//! Keys as providers have them: each with the materials that were wrapped for it, one after the other.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::register::Register;
use crate::register::Rests;

/// A key at a provider.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProviderKey {
    /// The provider.
    pub provider: String,
    /// The key there; the name of the input, where no script names the key.
    pub key_id: String,
    /// The materials, the newest last.
    pub versions: Vec<Version>,
}

/// A material that a provider key has or had.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Version {
    /// Label of the key that the material is of.
    pub key: String,
    /// SHA-256 of the record of the ceremony that made or declared it.
    pub origin: String,
    /// Whether the provider made it, as people saw there.
    pub declared: bool,
    /// Where it was wrapped or declared.
    pub rests_on: Rests,
}

/// Every provider key, by provider and id. One material may be in many of them.
pub fn provider_keys(register: &Register) -> Vec<ProviderKey> {
    let mut all: BTreeMap<(String, String), Vec<Version>> = BTreeMap::new();
    for material in &register.materials {
        let version = |declared, rests: &Rests| Version {
            key: material.key.clone(),
            origin: material.origin.to_string(),
            declared,
            rests_on: rests.clone(),
        };
        if let Some(declared) = &material.about.declared {
            let place = (declared.provider.clone(), declared.key_id.clone());
            let versions = all.entry(place).or_default();
            versions.push(version(true, &declared.rests_on));
        }
        for import in &material.imports {
            let id = import.key_id.as_ref().unwrap_or(&import.input);
            let versions = all.entry((import.provider.clone(), id.clone()));
            versions.or_default().push(version(false, &import.wrapped));
        }
    }
    all.into_iter()
        .map(|((provider, key_id), mut versions)| {
            versions.sort_by_key(|version| version.rests_on.at);
            ProviderKey {
                provider,
                key_id,
                versions,
            }
        })
        .collect()
}
