//! A provider's logs on the disk: finds the files, reads them side by side, hands on what they tell in order.
//!
//! Two readings of the same files hand on the same things in the same order, whatever the machine.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread;

use sha2::Digest as _;
use sha2::Sha256;

use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Digest;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::providers::Provider;

/// Why logs are not read.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogsError {
    /// Folders without a file.
    #[error("no file of a log was found")]
    Nothing,
    /// More than a person means.
    #[error("there are more than {MAX_FILES} files")]
    TooMany,
}

impl Diagnose for LogsError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Nothing => "give the log's files, or the folder that holds them".to_owned(),
            Self::TooMany => "give the folder of one region or of one year at a time".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Nothing | Self::TooMany => Exit::Operator,
        }
    }
}

/// A file of a log.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct LogFile {
    /// As it was given, or below what was given.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
}

impl LogFile {
    /// For messages and records.
    pub fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }
}

/// The files of a log.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Logs {
    /// In the order in which they are read.
    pub files: Vec<LogFile>,
    /// What stands in the folders and is no plain file: links are not followed.
    pub left_out: Vec<PathBuf>,
}

impl Logs {
    /// Bytes of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// What came of one file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogRead {
    /// As [`LogFile::name`].
    pub name: String,
    /// SHA-256 of the file as it lies there, packed or not.
    pub sha256: Digest,
    /// How long it is.
    pub bytes: u64,
    /// What it held.
    pub tally: LogTally,
}

/// The most files that are read together.
const MAX_FILES: usize = 250_000;
/// Folders within each other; S3 has nine.
const MAX_DEPTH: usize = 32;
/// The most files that are read at the same time.
const MAX_WORKERS: usize = 8;
/// Items that go from a worker at once, and how often before they are taken.
const BATCH: usize = 64;
const QUEUE: usize = 16;

/// Finds the files: those given, and everything in folders that is not hidden, in the order of their names.
///
/// # Errors
///
/// When a folder cannot be read, and for [`LogsError`].
pub fn find(given: &[PathBuf]) -> Result<Logs, EngineError> {
    let mut logs = Logs::default();
    let mut seen = BTreeSet::new();
    for path in given {
        let kind = fs::metadata(path).map_err(|source| unread(path, source))?;
        if kind.is_dir() {
            walk(path, MAX_DEPTH, &mut seen, &mut logs)?;
        } else {
            // A named file that is none, or a pipe, is refused now and not in the middle.
            files::open(path)?;
            take(path, kind.len(), &mut seen, &mut logs)?;
        }
    }
    if logs.files.is_empty() {
        return Err(LogsError::Nothing.into());
    }
    logs.files.sort();
    logs.left_out.sort();
    Ok(logs)
}

fn walk(
    folder: &Path,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    logs: &mut Logs,
) -> Result<(), EngineError> {
    for entry in fs::read_dir(folder).map_err(|source| unread(folder, source))? {
        let entry = entry.map_err(|source| unread(folder, source))?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.metadata().map_err(|source| unread(&path, source))?;
        if kind.is_dir() && depth > 0 {
            walk(&path, depth - 1, seen, logs)?;
        } else if kind.is_file() {
            take(&path, kind.len(), seen, logs)?;
        } else {
            logs.left_out.push(path);
        }
    }
    Ok(())
}

/// Takes a file in, once, by whatever ways it was given.
fn take(
    path: &Path,
    bytes: u64,
    seen: &mut BTreeSet<PathBuf>,
    logs: &mut Logs,
) -> Result<(), EngineError> {
    let real = fs::canonicalize(path).map_err(|source| unread(path, source))?;
    if !seen.insert(real) {
        return Ok(());
    }
    if logs.files.len() >= MAX_FILES {
        return Err(LogsError::TooMany.into());
    }
    logs.files.push(LogFile {
        path: path.to_owned(),
        bytes,
    });
    Ok(())
}

/// Reads the files, as many at a time as the machine has processors; `watch` hears of bytes, `each` of what
/// stands in which file, the files in their order and each from its beginning to its end.
///
/// # Errors
///
/// When a file cannot be read to its end, and for a provider whose logs are not read.
pub fn read(
    provider: &dyn Provider,
    logs: &Logs,
    watch: &mut dyn FnMut(u64),
    each: &mut dyn FnMut(&LogFile, LogItem),
) -> Result<Vec<LogRead>, EngineError> {
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MAX_WORKERS)
        .min(logs.files.len())
        .max(1);
    thread::scope(|scope| {
        // Worker number w reads files w, w + n, w + 2n …, so that what comes next is always known.
        let from_workers: Vec<Receiver<Told>> = (0..workers)
            .map(|first| {
                let (teller, from) = sync_channel(QUEUE);
                scope.spawn(move || {
                    for file in logs.files.iter().skip(first).step_by(workers) {
                        let end = one(provider, file, &teller);
                        if teller.send(Told::End(end)).is_err() {
                            break;
                        }
                    }
                });
                from
            })
            .collect();
        let mut all = Vec::with_capacity(logs.files.len());
        for (file, from) in logs.files.iter().zip(from_workers.iter().cycle()) {
            // A worker that panics hangs up; its panic goes on when the scope ends.
            while let Ok(told) = from.recv() {
                match told {
                    Told::Bytes(bytes) => watch(bytes),
                    Told::Items(items) => {
                        for item in items {
                            each(file, item);
                        }
                    }
                    Told::End(end) => {
                        all.push(end?);
                        break;
                    }
                }
            }
        }
        Ok(all)
    })
}

/// What a worker tells.
enum Told {
    Bytes(u64),
    Items(Vec<LogItem>),
    End(Result<LogRead, EngineError>),
}

fn one(
    provider: &dyn Provider,
    file: &LogFile,
    teller: &SyncSender<Told>,
) -> Result<LogRead, EngineError> {
    let nobody_hears = Cell::new(false);
    let mut source = BufReader::with_capacity(
        CHUNK,
        Watched {
            file: files::open(&file.path)?,
            sha256: Sha256::new(),
            bytes: 0,
            failed: None,
            teller,
            nobody_hears: &nobody_hears,
        },
    );
    let mut items = Vec::with_capacity(BATCH);
    let read = provider.read_log(&mut source, &mut |item| {
        items.push(item);
        if items.len() == BATCH {
            let batch = std::mem::replace(&mut items, Vec::with_capacity(BATCH));
            if teller.send(Told::Items(batch)).is_err() {
                nobody_hears.set(true);
            }
        }
    });
    // What a damaged package hides behind it belongs to the file all the same.
    let drained = io::copy(&mut source, &mut io::sink());
    let watched = source.into_inner();
    if let Some(source) = watched.failed {
        return Err(unread(&file.path, source));
    }
    drained.map_err(|source| unread(&file.path, source))?;
    let tally = read?;
    if teller.send(Told::Items(items)).is_err() {
        nobody_hears.set(true);
    }
    Ok(LogRead {
        name: file.name(),
        sha256: Digest(watched.sha256.finalize().into()),
        bytes: watched.bytes,
        tally,
    })
}

/// How much is read at once.
const CHUNK: usize = 128 << 10;

/// A file that is hashed while it is read.
struct Watched<'a> {
    file: fs::File,
    sha256: Sha256,
    bytes: u64,
    failed: Option<io::Error>,
    teller: &'a SyncSender<Told>,
    nobody_hears: &'a Cell<bool>,
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.nobody_hears.get() {
            return Ok(0);
        }
        let read = match self.file.read(into) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                return Err(kind.into());
            }
        };
        self.sha256.update(into.get(..read).unwrap_or_default());
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        self.bytes += bytes;
        if bytes > 0 && self.teller.send(Told::Bytes(bytes)).is_err() {
            self.nobody_hears.set(true);
        }
        Ok(read)
    }
}

fn unread(path: &Path, source: io::Error) -> EngineError {
    EngineError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    }
}
