//! The register on the disk: a folder of ceremony folders, each under its number.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Follows;
use crate::domain::record::Mode;
use crate::engine::copy::Copy;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::store::RECORD;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::verify::Verdict;
use crate::record::verify::verify;
use crate::register::error::RegisterError;

/// The file that makes a folder a register.
const MARKER: &str = "keyrite-register.json";
/// What version control leaves out.
const IGNORED: &str = ".gitignore";
/// Its format.
const FORMAT: &str = "keyrite-register/v1";

/// A register, and what lies in it. Nothing in it is verified yet.
#[derive(Debug)]
pub struct Shelf {
    dir: PathBuf,
    /// The folders of ceremonies, by number.
    pub folders: BTreeMap<u64, String>,
    /// Folders whose number another one has.
    pub doubled: Vec<(u64, String)>,
    /// What does not belong there.
    pub strangers: Vec<String>,
}

/// What a record says of its own place, before anything of it is verified.
#[derive(Clone, Debug)]
pub struct Claim {
    /// SHA-256 of the record.
    pub sha256: Digest,
    /// What it follows.
    pub follows: Option<Follows>,
}

impl Shelf {
    /// Looks into a register.
    ///
    /// # Errors
    ///
    /// When it is none, or cannot be read.
    pub fn open(dir: &Path) -> Result<Self, RegisterError> {
        let marker = dir.join(MARKER);
        if marker.symlink_metadata().is_err() {
            return Err(RegisterError::NotARegister(dir.to_owned()));
        }
        let marker: Option<Value> = serde_json::from_slice(&files::read(&marker)?).ok();
        let format = marker
            .as_ref()
            .and_then(|marker| marker.get("format")?.as_str());
        if format != Some(FORMAT) {
            return Err(RegisterError::Format {
                dir: dir.to_owned(),
                format: format.unwrap_or_default().to_owned(),
            });
        }
        let mut shelf = Self {
            dir: dir.to_owned(),
            folders: BTreeMap::new(),
            doubled: Vec::new(),
            strangers: Vec::new(),
        };
        for name in names(dir)? {
            if let Some(number) = number_of(&name) {
                match shelf.folders.entry(number) {
                    btree_map::Entry::Vacant(free) => drop(free.insert(name)),
                    btree_map::Entry::Occupied(_) => shelf.doubled.push((number, name)),
                }
            } else if name != MARKER && !is_passing(&name) {
                shelf.strangers.push(name);
            }
        }
        Ok(shelf)
    }

    /// Whether a folder is called a register.
    pub fn is_at(dir: &Path) -> bool {
        dir.join(MARKER).symlink_metadata().is_ok()
    }

    /// Where it lies.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a ceremony of it lies.
    pub fn path(&self, folder: &str) -> PathBuf {
        self.dir.join(folder)
    }

    /// The record that the next ceremony follows; none where there is no record.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn head(&self) -> Result<Option<Follows>, RegisterError> {
        let Some((number, folder)) = self.folders.last_key_value() else {
            return Ok(None);
        };
        Ok(Some(Follows {
            sequence: *number,
            sha256: self.claim(folder)?.sha256,
        }))
    }

    fn claim(&self, folder: &str) -> Result<Claim, RegisterError> {
        claim(&self.path(folder))
    }
}

/// Makes a register of a new or empty folder.
fn make(dir: &Path) -> Result<(), RegisterError> {
    if dir.symlink_metadata().is_ok() && names(dir)?.iter().any(|name| !is_passing(name)) {
        return Err(RegisterError::NotARegister(dir.to_owned()));
    }
    let text = format!("{{\"format\":\"{FORMAT}\"}}\n");
    // What is kept between questions is of one machine, and belongs into no repository.
    if dir.join(IGNORED).symlink_metadata().is_err() {
        files::write_file(&dir.join(IGNORED), b"/.keyrite-index*\n/.*.part\n")?;
    }
    files::write_file(&dir.join(MARKER), text.as_bytes())?;
    Ok(())
}

/// A ceremony that was taken in.
#[derive(Debug)]
pub struct Added {
    /// Its number.
    pub number: u64,
    /// Its folder.
    pub folder: String,
    /// What was found of it.
    pub verdict: Verdict,
    /// What it follows.
    pub follows: Option<Follows>,
}

/// A register that only this process writes.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    _lock: fs::File,
}

impl Writer {
    /// Opens a register for writing; makes it where there is nothing.
    ///
    /// # Errors
    ///
    /// When it is none, or somebody else writes it.
    pub fn open(dir: &Path) -> Result<Self, RegisterError> {
        if dir.join(MARKER).symlink_metadata().is_err() {
            make(dir)?;
        }
        let lock = files::open(&dir.join(MARKER))?;
        files::lock(&lock).map_err(|_| RegisterError::Busy(dir.to_owned()))?;
        Ok(Self {
            dir: dir.to_owned(),
            _lock: lock,
        })
    }

    /// Takes a ceremony in: copies it, verifies the copy, and gives it the next number.
    ///
    /// # Errors
    ///
    /// When it does not verify, is not signed by everybody, is there already, or does not fit
    /// behind what is there.
    pub fn add(
        &self,
        from: &Path,
        trusted: Option<&AllowedSigners>,
    ) -> Result<Added, RegisterError> {
        let known = Shelf::open(&self.dir)?;
        if from.join(RECORD).symlink_metadata().is_err() {
            return Err(RegisterError::Engine(EngineError::NoCeremony {
                dir: from.to_owned(),
                missing: RECORD,
            }));
        }
        let copy = Copy::of(from, &self.dir)?;
        let dossier = dossier::read(copy.path())?;
        let verdict = verify(&dossier, trusted);
        accept(from, &verdict)?;
        let claim = claim_of(&dossier.record);
        let number = place(&known, from, &claim)?;
        let folder = format!("{number:06}-{}", verdict.ceremony);
        copy.put(&self.dir.join(&folder))?;
        Ok(Added {
            number,
            folder,
            verdict,
            follows: claim.follows,
        })
    }
}

/// What a register takes: a real ceremony that holds and is signed by everybody, or disagreed with.
fn accept(from: &Path, verdict: &Verdict) -> Result<(), RegisterError> {
    let dir = from.to_owned();
    if let Some((first, others)) = verdict.problems.split_first() {
        return Err(RegisterError::DoesNotVerify {
            dir,
            problem: first.clone(),
            others: others.len(),
        });
    }
    if verdict.mode == Some(Mode::Rehearsal) {
        return Err(RegisterError::Rehearsal(dir));
    }
    if !verdict.outstanding.is_empty() {
        return Err(RegisterError::NotSigned {
            dir,
            people: verdict.outstanding.clone(),
        });
    }
    Ok(())
}

/// The number that a record gets, if it fits behind those that are there.
fn place(shelf: &Shelf, from: &Path, claim: &Claim) -> Result<u64, RegisterError> {
    let dir = from.to_owned();
    let mut predecessor = None;
    for (number, folder) in &shelf.folders {
        let known = shelf.claim(folder)?;
        if known.sha256 == claim.sha256 {
            return Err(RegisterError::Registered {
                dir,
                known: folder.clone(),
            });
        }
        if let (Some(theirs), Some(ours)) = (&known.follows, &claim.follows)
            && theirs.sha256 == ours.sha256
        {
            return Err(RegisterError::Forked {
                dir,
                other: folder.clone(),
                number: theirs.sequence,
            });
        }
        if claim
            .follows
            .as_ref()
            .is_some_and(|follows| follows.sha256 == known.sha256)
        {
            predecessor = Some(*number);
        }
    }
    match (&claim.follows, predecessor) {
        (Some(follows), None) => {
            return Err(RegisterError::PredecessorMissing {
                dir,
                number: follows.sequence,
                sha256: follows.sha256,
            });
        }
        (Some(follows), Some(number)) if follows.sequence != number => {
            return Err(RegisterError::Misnumbered {
                dir,
                says: follows.sequence,
                is: number,
            });
        }
        (Some(_), Some(_)) | (None, _) => {}
    }
    let last = shelf.folders.last_key_value();
    Ok(last.map_or(1, |(number, _)| number + 1))
}

/// What the record in a folder says of its own place.
fn claim(dir: &Path) -> Result<Claim, RegisterError> {
    Ok(claim_of(&files::read_record(&dir.join(RECORD))?))
}

fn claim_of(record: &[u8]) -> Claim {
    let first = record.split(|byte| *byte == b'\n').next();
    let first: Option<Entry> = first.and_then(|line| serde_json::from_slice(line).ok());
    let follows = first.and_then(|entry| {
        if let Event::Open(open) = entry.event {
            open.follows
        } else {
            None
        }
    });
    Claim {
        sha256: Digest::of(record),
        follows,
    }
}

/// `000017-payments-2026` is number 17.
fn number_of(name: &str) -> Option<u64> {
    let (number, rest) = name.split_once('-')?;
    let plain = number.len() >= 6 && number.bytes().all(|c| c.is_ascii_digit());
    let number = number.parse().ok().filter(|number| *number > 0)?;
    (plain && !rest.is_empty()).then_some(number)
}

/// What version control, and a writer that died, leave in a folder.
fn is_passing(name: &str) -> bool {
    name.starts_with('.')
}

fn names(dir: &Path) -> Result<Vec<String>, EngineError> {
    let io = |source| EngineError::Io {
        doing: "list",
        path: dir.to_owned(),
        source,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_ceremony_begins_with_its_number() {
        assert_eq!(number_of("000017-payments-2026"), Some(17));
        assert_eq!(number_of("1234567-a"), Some(1_234_567));
        for other in ["17-a", "000000-a", "000017", "000017-", "a-b", "00001x-a"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }
}
