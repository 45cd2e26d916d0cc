//! What a ceremony began with besides its script: keys of earlier ceremonies, and keys that a
//! provider reaches from outside.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Delivery;
use crate::domain::record::Digest;
use crate::domain::record::OlderSet;
use crate::domain::record::ShareSet;
use crate::domain::record::Subject;
use crate::domain::script::Kind;

/// A key that an earlier ceremony left in shares.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Given {
    /// Its label.
    pub key: String,
    /// SHA-256 of the sealed record.jsonl of that ceremony.
    pub record: Digest,
    /// Its check values.
    pub check_values: BTreeMap<String, String>,
    /// The shares.
    pub share_set: GivenSet,
    /// The key wrapped under the backup key that the shares rebuild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<GivenBackup>,
    /// Sets that were replaced, and whose shares may still rebuild the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<OlderSet>,
}

/// A share set of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenSet {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its epoch.
    pub epoch: u32,
    /// How many rebuild.
    pub threshold: u8,
    /// What they rebuild.
    pub subject: Subject,
    /// Check values of what they rebuild.
    pub check_values: BTreeMap<String, String>,
    /// One for each custodian.
    pub shares: Vec<GivenShare>,
}

impl GivenSet {
    /// The shares of a split, as a later ceremony or a later step is given them.
    pub fn new(set: &ShareSet, subject: Subject, check_values: &BTreeMap<String, String>) -> Self {
        Self {
            id: set.id.clone(),
            epoch: set.epoch,
            threshold: set.threshold,
            subject,
            check_values: check_values.clone(),
            shares: set
                .shares
                .iter()
                .map(|share| GivenShare {
                    index: share.index,
                    custodian: share.custodian.clone(),
                    commitment: share.commitment,
                    file: share.file.clone(),
                    delivery: share.delivery.filter(|delivery| delivery.on_card()),
                })
                .collect(),
        }
    }
}

impl Given {
    /// Sets whose end can be told in a ceremony of that kind: those that were replaced, and, where the
    /// key itself is destroyed, the last one.
    pub fn live_sets(&self, kind: &str) -> Vec<OlderSet> {
        let mut sets = self.older.clone();
        if kind == Kind::Destroy.name() {
            sets.push(OlderSet::from(&self.share_set));
        }
        sets
    }
}

/// A share of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GivenShare {
    /// Share number, from 1.
    pub index: u8,
    /// Who holds it.
    pub custodian: String,
    /// Salted commitment to the share.
    pub commitment: Digest,
    /// Name of the file on the custodian's medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How it reached its custodian, if on a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

/// A backup artifact of an earlier ceremony; not a file of this one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GivenBackup {
    /// Where the script names it.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

/// A key that never leaves the customer's HSM, as a provider's service calls it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// Its label.
    pub key: String,
    /// The provider's service.
    pub service: String,
    /// The service's own names.
    pub identifiers: BTreeMap<String, String>,
}
