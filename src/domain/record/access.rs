//! Who could reach the keys, as the first entry of a record has it.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::access;
use crate::domain::access::Can;
use crate::domain::access::MODEL;

/// The access table of the script.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTable {
    /// Version of the model that it follows from.
    pub model: u32,
    /// Its rows.
    pub rows: Vec<AccessRow>,
}

/// A row: everybody of `all`, with any so many of `of`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccessRow {
    /// Label of the key, or name of the list.
    pub key: String,
    /// What they could do.
    pub can: Can,
    /// All of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// How many of `of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any: Option<u32>,
    /// For each share whoever had it in hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Vec<String>>,
    /// What is no person and needed besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Epoch of the shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// From which step on; from an earlier ceremony if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// The step that ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u32>,
}

impl AccessTable {
    /// As this version reckons.
    pub fn of(rows: Vec<access::Access>) -> Self {
        let row = |row: access::Access| AccessRow {
            key: row.key,
            can: row.can,
            all: row.ids.all,
            any: row.ids.any,
            of: row.ids.of,
            with: row.ids.with,
            epoch: row.epoch,
            from: row.from,
            until: row.until,
        };
        Self {
            model: MODEL,
            rows: rows.into_iter().map(row).collect(),
        }
    }
}
