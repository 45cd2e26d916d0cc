//! The register: what all records of an organisation say together.
//!
//! A fold over verified records: nothing in it is typed by hand, nothing that does not verify
//! counts, and every answer names the lines of the records that it rests on.

pub mod custody;
pub mod due;
pub mod error;
pub mod keys;
pub mod shelf;
pub mod things;

mod ceremony;
mod fold;
mod links;

pub use crate::register::ceremony::Ceremony;

use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::record::Entry;
use crate::domain::record::Moment;
use crate::domain::script::Script;
use crate::domain::text::nearest;
use crate::engine::batch::in_order;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::error::Diagnose as _;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::chain;
use crate::record::verify::Verdict;
use crate::record::verify::verify;
use crate::register::error::RegisterError;
use crate::register::keys::Material;
use crate::register::shelf::Shelf;
use crate::register::things::Things;

/// How many ceremonies are held in memory at once: verified, and not yet folded.
const WINDOW: usize = 16;

/// A line of a record that an answer rests on.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Rests {
    /// Folder of the ceremony in the register.
    pub ceremony: String,
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
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
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
#[derive(Debug, Default)]
pub struct Register {
    /// The ceremonies that verify, in the order of their numbers.
    pub ceremonies: Vec<Ceremony>,
    /// Keys by what they are made of: one for each time that a key was made.
    pub materials: Vec<Material>,
    /// Cards, envelopes, media, tokens and PIN parts.
    pub things: Things,
    /// What does not hold.
    pub wrong: Vec<Wrong>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// Number and digest of the last record, to be kept outside.
    pub head: Option<crate::domain::record::Follows>,
}

/// One ceremony, verified.
struct Read {
    number: u64,
    folder: String,
    found: Result<(Verdict, Script, Vec<Entry>), EngineError>,
}

impl Register {
    /// Verifies every record in the folder, on all cores, and folds those that hold. Those that
    /// ended after the day of `as_of` do not count.
    ///
    /// # Errors
    ///
    /// When the folder is no register.
    pub fn read(
        dir: &Path,
        trusted: Option<&AllowedSigners>,
        as_of: Option<Date>,
    ) -> Result<Self, RegisterError> {
        let shelf = Shelf::open(dir)?;
        let mut register = Self::default();
        links::on_the_shelf(&shelf, &mut register.wrong);
        let jobs = shelf.folders.iter();
        let mut jobs = jobs.map(|(number, folder)| Ok((*number, folder.clone())));
        let mut fold = fold::Fold::new(&mut register, as_of);
        in_order(
            &mut jobs,
            WINDOW,
            |(number, folder)| {
                let found = hold(&shelf.path(&folder), trusted);
                Ok(Read {
                    number,
                    folder,
                    found,
                })
            },
            &mut |window| {
                for read in window {
                    fold.take(read);
                }
                Ok(())
            },
        )?;
        fold.end();
        links::between(&mut register);
        Ok(register)
    }

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

/// Reads a ceremony and holds it against everything that can be checked.
fn hold(
    dir: &Path,
    trusted: Option<&AllowedSigners>,
) -> Result<(Verdict, Script, Vec<Entry>), EngineError> {
    let dossier = dossier::read(dir)?;
    let verdict = verify(&dossier, trusted);
    if let Some(problem) = verdict.problems.first() {
        return Err(problem.clone().into());
    }
    let script = crate::domain::parse::parse(&dossier.script)
        .map_err(|finding| EngineError::Script(vec![*finding]))?;
    let entries = chain::parse(&dossier.record, &dossier.script)?;
    Ok((verdict, script, entries))
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
