//! Who used a key, counted as the log goes by: nothing of a single use is kept.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::record::Digest;
use crate::domain::record::KeyUse;
use crate::domain::record::Moment;
use crate::domain::script::OfficeHours;

/// So many addresses are told for one principal; more are counted.
const ADDRESSES: usize = 16;
/// So many pairs of key and principal are told apart; the rest is counted together.
const ROWS: usize = 100_000;

/// How one principal used one key.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct UsedBy {
    /// Label of the key.
    pub key: String,
    /// The key at the provider.
    pub key_id: String,
    /// Its version or material, where the log tells it.
    pub version: Option<String>,
    /// Who, by the provider's name.
    pub principal: String,
    /// How often something was encrypted, wrapped or verified.
    pub encrypts: u64,
    /// How often something was decrypted, unwrapped or signed.
    pub decrypts: u64,
    /// The first time.
    pub first: Moment,
    /// The last time.
    pub last: Moment,
    /// The last time that something was decrypted, unwrapped or signed.
    pub last_decrypt: Option<Moment>,
    /// How often outside office hours.
    pub off_hours: u64,
    /// From where, and how often.
    pub from: BTreeMap<String, u64>,
    /// How often from other addresses than these.
    pub from_elsewhere: u64,
    /// SHA-256 of the first entry.
    #[serde(skip)]
    pub event: Digest,
    /// SHA-256 of the last one.
    #[serde(skip)]
    pub last_event: Digest,
}

/// All of them.
#[derive(Debug)]
pub struct Uses {
    hours: OfficeHours,
    rows: BTreeMap<(String, Option<String>, String), UsedBy>,
}

impl Uses {
    /// Begins with none.
    pub const fn new(hours: OfficeHours) -> Self {
        Self {
            hours,
            rows: BTreeMap::new(),
        }
    }

    /// Counts one use of a known key.
    pub fn count(&mut self, label: &str, key_id: &str, event: &LogEvent) {
        let version = event.version.clone().or_else(|| event.material.clone());
        let mut who = event.principal.clone().unwrap_or_else(|| "?".to_owned());
        let full = self.rows.len() >= ROWS;
        let name = (key_id.to_owned(), version.clone(), who.clone());
        if full && !self.rows.contains_key(&name) {
            "others".clone_into(&mut who);
        }
        let name = (key_id.to_owned(), version.clone(), who.clone());
        let row = self.rows.entry(name).or_insert_with(|| UsedBy {
            key: label.to_owned(),
            key_id: key_id.to_owned(),
            version,
            principal: who,
            encrypts: 0,
            decrypts: 0,
            first: event.at,
            last: event.at,
            last_decrypt: None,
            off_hours: 0,
            from: BTreeMap::new(),
            from_elsewhere: 0,
            event: event.sha256,
            last_event: event.sha256,
        });
        if event.action == Action::Decrypt {
            row.decrypts += 1;
            row.last_decrypt = row.last_decrypt.max(Some(event.at));
        } else {
            row.encrypts += 1;
        }
        if (event.at, event.sha256) < (row.first, row.event) {
            (row.first, row.event) = (event.at, event.sha256);
        }
        (row.last, row.last_event) = (row.last, row.last_event).max((event.at, event.sha256));
        row.off_hours += u64::from(!self.hours.is_in(event.at.timestamp()));
        if let Some(ip) = &event.source_ip {
            if row.from.len() < ADDRESSES || row.from.contains_key(ip) {
                *row.from.entry(ip.clone()).or_default() += 1;
            } else {
                row.from_elsewhere += 1;
            }
        }
    }

    /// One row for each key, version and principal.
    pub fn rows(&self) -> impl Iterator<Item = &UsedBy> {
        self.rows.values()
    }

    /// The same of each key and version.
    pub fn by_key(&self) -> Vec<KeyUse> {
        let mut all: BTreeMap<(&str, Option<&str>), KeyUse> = BTreeMap::new();
        for row in self.rows.values() {
            let name = (row.key_id.as_str(), row.version.as_deref());
            let sum = all.entry(name).or_insert_with(|| KeyUse {
                key: row.key.clone(),
                key_id: row.key_id.clone(),
                version: row.version.clone(),
                encrypts: 0,
                decrypts: 0,
                last_decrypt: None,
                last: row.last,
            });
            sum.encrypts += row.encrypts;
            sum.decrypts += row.decrypts;
            sum.last_decrypt = sum.last_decrypt.max(row.last_decrypt);
            sum.last = sum.last.max(row.last);
        }
        all.into_values().collect()
    }
}
