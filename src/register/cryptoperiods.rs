//! Which cryptoperiod every key has, by type of key.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::register::Rests;
use crate::register::keys::Material;

/// Keys of one type.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OfType {
    /// The type.
    pub r#type: String,
    /// What is defined for each.
    pub keys: Vec<Period>,
}

/// The cryptoperiod of a key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Period {
    /// Label of the key.
    pub key: String,
    /// Time, in words.
    pub time: Option<String>,
    /// Operations.
    pub uses: Option<u64>,
    /// Bytes processed.
    pub bytes: Option<u64>,
    /// Where the newest script that says so is told of.
    pub rests_on: Option<Rests>,
}

impl Period {
    /// Whether any end is defined.
    pub fn is_defined(&self) -> bool {
        self.time.is_some() || self.uses.is_some() || self.bytes.is_some()
    }

    /// As people read it.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.time.clone());
        parts.extend(self.uses.map(|uses| format!("{uses} uses")));
        parts.extend(self.bytes.map(|bytes| format!("{bytes} bytes")));
        if parts.is_empty() {
            "none is defined".to_owned()
        } else {
            parts.join(", or ")
        }
    }
}

/// What is defined, by type of key.
pub fn cryptoperiods(materials: &[&Material]) -> Vec<OfType> {
    let mut all: BTreeMap<String, Vec<Period>> = BTreeMap::new();
    for material in materials {
        let about = &material.about;
        let kind = material
            .r#type
            .clone()
            .unwrap_or_else(|| "unknown".to_owned());
        let time = material
            .cryptoperiod
            .as_ref()
            .map(|(_, words)| words.clone());
        all.entry(kind).or_default().push(Period {
            key: material.key.clone(),
            time,
            uses: about.uses,
            bytes: about.bytes,
            rests_on: about.period_said.clone(),
        });
    }
    all.into_iter()
        .map(|(r#type, keys)| OfType { r#type, keys })
        .collect()
}
