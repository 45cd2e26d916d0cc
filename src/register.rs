//! The register: what all records of an organisation say together.
//!
//! A fold over verified records: nothing in it is typed by hand, nothing that does not verify
//! counts, and every answer names the lines of the records that it rests on.

pub mod about;
pub mod access;
pub mod age;
mod arrivals;
pub mod backups;
pub mod checkpoint;
pub mod cryptoperiods;
pub mod custody;
pub mod decision;
pub mod departed;
pub mod deviations;
pub mod dual_control;
pub mod due;
pub mod duties;
pub mod error;
pub mod evidence;
pub mod folder;
pub mod held;
pub mod inventory;
pub mod keys;
pub mod leaving;
pub mod left;
pub mod lifecycle;
pub mod listed;
pub mod locations;
pub mod people;
pub mod proof;
pub mod provider_keys;
pub mod reconcile;
pub mod rotation;
pub mod shelf;
pub mod things;
pub mod used;

mod ceremony;
mod day;
mod fold;
mod gate;
mod index;
mod links;
mod pairs;
mod pile;
mod reading;
mod stamp;

pub use crate::register::ceremony::Ceremony;
pub use crate::register::reading::Scope;
pub use crate::register::reading::Trust;
pub use crate::register::reading::Verified;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Moment;
use crate::domain::text::nearest;
use crate::engine::error::EngineError;
use crate::error::Diagnose as _;
use crate::register::error::RegisterError;
use crate::register::folder::Folder;
use crate::register::keys::Material;
use crate::register::people::People;
use crate::register::people::Person;
use crate::register::reading::Found;
use crate::register::reading::Read;
use crate::register::things::Things;

/// A line of a record that an answer rests on.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Rests {
    /// Folder of the ceremony in the register.
    pub ceremony: Folder,
    /// Line of its record, from 1.
    pub line: u64,
    /// When it was written.
    pub at: Moment,
}

impl Rests {
    /// `000002-payments:14`.
    pub fn words(&self) -> String {
        format!("{}:{}", self.ceremony, self.line)
    }
}

/// Something in the register that does not hold.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Wrong {
    /// Folder of the ceremony, where it is about one.
    pub ceremony: Option<String>,
    /// Line of its record, from 1, where it is about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What all records say together.
///
/// An index keeps it between questions, and what is not skipped here goes into it by itself. Keep
/// every map in the order of its keys or of the records, and name a material by its record and label,
/// never by its position: a question may have read only some of them.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Register {
    /// How many ceremonies verify.
    pub records: usize,
    /// They, in the order of their numbers; left out of an answer about keys.
    #[serde(skip)]
    pub ceremonies: Vec<Ceremony>,
    /// Keys by what they are made of: one for each time that a key was made.
    #[serde(skip)]
    pub materials: Vec<Material>,
    /// What is due of materials, in the place of them in an answer about what is due.
    #[serde(skip)]
    pub due: Vec<due::Due>,
    /// Cards, envelopes, media, tokens and PIN parts.
    pub things: Things,
    /// HSMs that ceremonies worked on.
    pub hsms: inventory::Hsms,
    /// What went otherwise than rules or scripts say; left out of an answer about keys.
    #[serde(skip)]
    pub deviations: Vec<deviations::Deviation>,
    /// The people, and what providers say of them.
    #[serde(default)]
    pub people: People,
    /// What providers' logs told.
    #[serde(default)]
    pub logs: reconcile::state::Logs,
    /// What does not hold.
    pub wrong: Vec<Wrong>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// Number and digest of the last record, to be kept outside.
    pub head: Option<crate::domain::record::Follows>,
}

impl Register {
    /// The materials of a key, or of all.
    ///
    /// # Errors
    ///
    /// When no record names the key.
    pub fn of_key(&self, key: Option<&str>) -> Result<Vec<&Material>, RegisterError> {
        let Some(key) = key else {
            return Ok(self.materials.iter().collect());
        };
        let found: Vec<&Material> = self
            .materials
            .iter()
            .filter(|material| material.key == key)
            .collect();
        if found.is_empty() {
            let labels = self.materials.iter().map(|material| material.key.as_str());
            return Err(RegisterError::NoSuchKey {
                key: key.to_owned(),
                near: nearest(key, labels).map(str::to_owned),
            });
        }
        Ok(found)
    }
}

impl Register {
    /// Somebody whom a record names.
    ///
    /// # Errors
    ///
    /// When no record does.
    pub fn person(&self, id: &str) -> Result<&Person, RegisterError> {
        self.people.all.get(id).ok_or_else(|| {
            let known = self.people.all.keys().map(String::as_str);
            RegisterError::NoSuchPerson {
                person: id.to_owned(),
                near: nearest(id, known).map(str::to_owned),
            }
        })
    }
}

impl Wrong {
    fn of_error(folder: &str, error: &EngineError) -> Self {
        Self {
            ceremony: Some(folder.to_owned()),
            line: None,
            what: error.to_string(),
            hint: error.hint(),
        }
    }
}

#[cfg(test)]
impl Rests {
    /// A line that was written on that day.
    pub(crate) fn on(day: &str, line: u64) -> Self {
        let at: jiff::Timestamp = format!("{day}T09:00:00Z").parse().unwrap_or_default();
        Self {
            ceremony: "000001-c".into(),
            line,
            at: Moment::new(at),
        }
    }
}
