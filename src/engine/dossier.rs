//! Reads a ceremony directory for verification; nothing is written, nothing is trusted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::finding::RULE_SET;
use crate::domain::organisation::Within;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Open;
use crate::engine::arrival;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::organisation;
use crate::engine::store::ALLOWED_SIGNERS;
use crate::engine::store::APPROVALS;
use crate::engine::store::ARTIFACTS;
use crate::engine::store::DISSENT;
use crate::engine::store::ORGANISATION;
use crate::engine::store::ORPHANS;
use crate::engine::store::RECORD;
use crate::engine::store::SCRIPT;
use crate::engine::store::SIGNATURES;
use crate::engine::store::STAND_IN_MEDIA;
use crate::engine::store::VERIFY_PY;
use crate::engine::store::VERIFY_TXT;
use crate::record::verify::Dossier;
use crate::record::verify::FileSeen;

/// Folders deeper than this hold nothing of a ceremony.
const MAX_DEPTH: usize = 4;

/// Reads the ceremony in `dir`.
///
/// # Errors
///
/// [`EngineError::NoCeremony`] if script or record is missing, and when a file cannot be read.
/// What merely does not belong there is no error: it comes back among the strangers.
pub fn read(dir: &Path) -> Result<Dossier, EngineError> {
    for missing in [SCRIPT, RECORD] {
        if dir.join(missing).symlink_metadata().is_err() {
            return Err(EngineError::NoCeremony {
                dir: dir.to_owned(),
                missing,
            });
        }
    }
    let mut dossier = Dossier {
        answer_reader: Some(arrival::reread),
        ..Dossier::default()
    };
    let mut names = list(dir)?;
    // The record first: whether a folder belongs here can depend on it.
    names.sort_by_key(|name| name != RECORD);
    for name in names {
        let path = dir.join(&name);
        match (kind(&path), name.as_str()) {
            (Kind::File, SCRIPT) => dossier.script = files::read_script(&path)?,
            (Kind::File, RECORD) => dossier.record = files::read_record(&path)?,
            (Kind::File, ORGANISATION) => dossier.organisation = small(dir, name, &mut dossier)?,
            (Kind::File, ALLOWED_SIGNERS) => {
                dossier.allowed_signers = small(dir, name, &mut dossier)?.unwrap_or_default();
            }
            (Kind::File, VERIFY_TXT) => {
                dossier.verify_txt = small(dir, name, &mut dossier)?.unwrap_or_default();
            }
            (Kind::File, VERIFY_PY) => dossier.verify_py = small(dir, name, &mut dossier)?,
            (Kind::Folder, ARTIFACTS | APPROVALS | ORPHANS) => {
                files(dir, &name, 1, &mut dossier)?;
            }
            (Kind::Folder, SIGNATURES) => signatures(dir, &mut dossier)?,
            (Kind::Folder, DISSENT) => dissents(dir, &mut dossier)?,
            (Kind::Folder, STAND_IN_MEDIA) if is_rehearsal(&dossier.record) => {}
            (Kind::File | Kind::Folder | Kind::Other, _) => dossier.strangers.push(name),
        }
    }
    dossier.strangers.sort();
    Ok(dossier)
}

/// The organisation file that the ceremony in `dir` began with, and the day, where it did with one.
///
/// # Errors
///
/// When it cannot be read, or is none.
pub fn organisation(dir: &Path) -> Result<Option<(Arc<Within>, Date)>, EngineError> {
    let path = dir.join(ORGANISATION);
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let (within, _) = organisation::read(&path)?;
    let record = files::read_record(&dir.join(RECORD))?;
    Ok(first(&record).map(|entry| (Arc::new(within), organisation::day_of(entry.at))))
}

/// The rule set that the ceremony in `dir` began with. Where its record cannot be read, that is told of
/// when it is; until then the newest counts.
pub fn rule_set(dir: &Path) -> u32 {
    let record = files::read_record(&dir.join(RECORD));
    let begun = record.ok().and_then(|record| first(&record));
    begun
        .as_ref()
        .and_then(Entry::opened)
        .map_or(RULE_SET, Open::rule_set)
}

fn first(record: &[u8]) -> Option<Entry> {
    let line = record.split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok()
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Folder,
    /// Links, pipes, devices: nothing that a ceremony makes.
    Other,
}

/// What stands at a path. A name that is not UTF-8 is not found again under the one shown.
fn kind(path: &Path) -> Kind {
    match fs::symlink_metadata(path).map(|seen| seen.file_type()) {
        Ok(kind) if kind.is_file() => Kind::File,
        Ok(kind) if kind.is_dir() => Kind::Folder,
        Ok(_) | Err(_) => Kind::Other,
    }
}

/// Reads a file; one that is larger than anything that belongs here is a stranger.
fn small(
    dir: &Path,
    relative: String,
    dossier: &mut Dossier,
) -> Result<Option<Vec<u8>>, EngineError> {
    match files::read(&dir.join(&relative)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(EngineError::TooLarge { .. }) => {
            dossier.strangers.push(relative);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Names in a folder, in their order. A name that is not UTF-8 comes back with its bytes replaced:
/// it belongs to nothing and is only told.
fn list(folder: &Path) -> Result<Vec<String>, EngineError> {
    let io = |source| EngineError::Io {
        doing: "list",
        path: folder.to_owned(),
        source,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        names.push(
            entry
                .map_err(io)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    Ok(names)
}

fn is_rehearsal(record: &[u8]) -> bool {
    first(record).is_some_and(
        |entry| matches!(entry.event, Event::Open(open) if open.mode == Mode::Rehearsal),
    )
}

/// Every file below `folder`, with its digest.
fn files(dir: &Path, folder: &str, depth: usize, dossier: &mut Dossier) -> Result<(), EngineError> {
    for name in list(&dir.join(folder))? {
        let relative = format!("{folder}/{name}");
        let path = dir.join(&relative);
        match kind(&path) {
            // An archive of a batch is as long as its list.
            Kind::File if folder == ARTIFACTS && is_archive(&name) => {
                let (sha256, bytes) = files::digest(&path, u64::MAX)?;
                let content = None;
                let seen = FileSeen {
                    sha256,
                    bytes,
                    content,
                };
                dossier.files.insert(relative, seen);
            }
            Kind::File => {
                if let Some(bytes) = small(dir, relative.clone(), dossier)? {
                    dossier.files.insert(relative, seen(&path, folder, bytes));
                }
            }
            Kind::Folder if depth < MAX_DEPTH => files(dir, &relative, depth + 1, dossier)?,
            Kind::Folder | Kind::Other => dossier.strangers.push(relative),
        }
    }
    Ok(())
}

fn is_archive(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "tar")
}

fn seen(path: &Path, folder: &str, bytes: Vec<u8>) -> FileSeen {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_answer = folder == ARTIFACTS && name.starts_with("answer-");
    let is_pem = path.extension().is_some_and(|ending| ending == "pem");
    let is_read = folder == APPROVALS || is_pem || is_answer;
    FileSeen {
        sha256: Digest::of(&bytes),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        content: is_read.then_some(bytes),
    }
}

fn signatures(dir: &Path, dossier: &mut Dossier) -> Result<(), EngineError> {
    for (name, relative) in plain_files(dir, SIGNATURES, dossier)? {
        match name.strip_suffix(".sig") {
            Some(person) => {
                if let Some(bytes) = small(dir, relative, dossier)? {
                    dossier.signatures.insert(person.to_owned(), bytes);
                }
            }
            None => dossier.strangers.push(relative),
        }
    }
    Ok(())
}

fn dissents(dir: &Path, dossier: &mut Dossier) -> Result<(), EngineError> {
    let mut made: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut signed: BTreeMap<String, (Vec<u8>, String)> = BTreeMap::new();
    for (name, relative) in plain_files(dir, DISSENT, dossier)? {
        let Some(bytes) = small(dir, relative.clone(), dossier)? else {
            continue;
        };
        if let Some(person) = name.strip_suffix(".json.sig") {
            signed.insert(person.to_owned(), (bytes, relative));
        } else if let Some(person) = name.strip_suffix(".json") {
            made.insert(person.to_owned(), bytes);
        } else {
            dossier.strangers.push(relative);
        }
    }
    for (person, json) in made {
        let signature = signed.remove(&person).map(|(bytes, _)| bytes);
        dossier.dissents.insert(person, (json, signature));
    }
    // The signature is written before what it is over: alone, it is the rest of an interruption.
    let left = signed.into_values().map(|(_, relative)| relative);
    dossier.half_written.extend(left);
    Ok(())
}

/// Name and path of every plain file in a folder without folders. What an interrupted write left
/// is set aside.
fn plain_files(
    dir: &Path,
    folder: &str,
    dossier: &mut Dossier,
) -> Result<Vec<(String, String)>, EngineError> {
    let mut found = Vec::new();
    for name in list(&dir.join(folder))? {
        let relative = format!("{folder}/{name}");
        match kind(&dir.join(&relative)) {
            Kind::File if is_half_written(&name) => dossier.half_written.push(relative),
            Kind::File => found.push((name, relative)),
            Kind::Folder | Kind::Other => dossier.strangers.push(relative),
        }
    }
    Ok(found)
}

/// Whether a file is one that the store had not yet given its name: `.NAME.PROCESS.part`.
pub(super) fn is_half_written(name: &str) -> bool {
    let process = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix(".part"))
        .and_then(|name| name.rsplit_once('.'));
    process
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}
