//! Which material a record means by a label.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;

/// Positions of materials by what records call them: the ceremony that made them, and those that
/// went on with them; and by the keys of providers that people declared.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(in crate::register) struct Known {
    by_label: BTreeMap<String, BTreeMap<Digest, usize>>,
    declared: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Known {
    /// What a record means by a label.
    pub(super) fn get(&self, record: Digest, label: &str) -> Option<usize> {
        self.by_label.get(label)?.get(&record).copied()
    }

    pub(super) fn put(&mut self, record: Digest, label: &str, at: usize) {
        self.by_label
            .entry(label.to_owned())
            .or_default()
            .insert(record, at);
    }

    /// Everything that any record means by a label, in the order of the records.
    pub(super) fn under(&self, label: &str) -> Vec<usize> {
        let all = self.by_label.get(label);
        let mut all: Vec<usize> = all
            .into_iter()
            .flat_map(BTreeMap::values)
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What people saw as that key of a provider.
    pub(super) fn declared(&self, provider: &str, key_id: &str) -> Option<usize> {
        self.declared.get(provider)?.get(key_id).copied()
    }

    pub(super) fn declare(&mut self, provider: &str, key_id: &str, at: usize) {
        let keys = self.declared.entry(provider.to_owned()).or_default();
        keys.insert(key_id.to_owned(), at);
    }
}
