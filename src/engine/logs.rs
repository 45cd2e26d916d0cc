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
    Walk::at_most(MAX_FILES).all(given)
}

/// Goes through what was given.
struct Walk {
    most: usize,
    seen: BTreeSet<PathBuf>,
    logs: Logs,
}

impl Walk {
    fn at_most(most: usize) -> Self {
        Self {
            most,
            seen: BTreeSet::new(),
            logs: Logs::default(),
        }
    }

    fn all(mut self, given: &[PathBuf]) -> Result<Logs, EngineError> {
        for path in given {
            let kind = fs::metadata(path).map_err(|source| unread(path, source))?;
            if kind.is_dir() {
                self.folder(path, MAX_DEPTH)?;
            } else {
                // A named file that is none, or a pipe, is refused now and not in the middle.
                files::open(path)?;
                self.take(path, kind.len())?;
            }
        }
        if self.logs.files.is_empty() {
            return Err(LogsError::Nothing.into());
        }
        self.logs.files.sort();
        self.logs.left_out.sort();
        Ok(self.logs)
    }

    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), EngineError> {
        for entry in fs::read_dir(folder).map_err(|source| unread(folder, source))? {
            let entry = entry.map_err(|source| unread(folder, source))?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let kind = entry.metadata().map_err(|source| unread(&path, source))?;
            if kind.is_dir() && depth > 0 {
                self.folder(&path, depth - 1)?;
            } else if kind.is_file() {
                self.take(&path, kind.len())?;
            } else {
                self.logs.left_out.push(path);
            }
        }
        Ok(())
    }

    /// Takes a file in, once, by whatever ways it was given.
    fn take(&mut self, path: &Path, bytes: u64) -> Result<(), EngineError> {
        let real = fs::canonicalize(path).map_err(|source| unread(path, source))?;
        if !self.seen.insert(real) {
            return Ok(());
        }
        if self.logs.files.len() >= self.most {
            return Err(LogsError::TooMany.into());
        }
        self.logs.files.push(LogFile {
            path: path.to_owned(),
            bytes,
        });
        Ok(())
    }
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

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests write the logs that they read"
)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::domain::log_event::Damaged;
    use crate::providers::ProviderError;
    use crate::providers::provider;

    const TRAIL: &[u8] = include_bytes!("../../tests/data/logs/aws/trail.json");

    /// A folder as CloudTrail fills it.
    fn bucket() -> tempfile::TempDir {
        let bucket = tempfile::tempdir().unwrap();
        for (region, day) in [("eu-west-1", 2), ("eu-west-1", 1), ("eu-central-1", 3)] {
            let folder = bucket.path().join(format!(
                "AWSLogs/210987654321/CloudTrail/{region}/2026/03/{day:02}"
            ));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("b.json"), TRAIL).unwrap();
            fs::write(folder.join("a.json"), TRAIL).unwrap();
        }
        bucket
    }

    fn names(logs: &Logs, under: &Path) -> Vec<String> {
        let name = |file: &LogFile| {
            let path = file.path.strip_prefix(under).unwrap();
            let parts: Vec<_> = path
                .iter()
                .skip(3)
                .map(|part| part.to_string_lossy())
                .collect();
            parts.join("/")
        };
        logs.files.iter().map(name).collect()
    }

    #[test]
    fn files_of_a_bucket_are_found_in_the_order_of_their_names_whatever_the_disk_says() {
        let bucket = bucket();
        let logs = find(&[bucket.path().to_owned()]).unwrap();
        assert_eq!(
            names(&logs, bucket.path()),
            [
                "eu-central-1/2026/03/03/a.json",
                "eu-central-1/2026/03/03/b.json",
                "eu-west-1/2026/03/01/a.json",
                "eu-west-1/2026/03/01/b.json",
                "eu-west-1/2026/03/02/a.json",
                "eu-west-1/2026/03/02/b.json",
            ]
        );
        assert_eq!(logs.bytes(), 6 * u64::try_from(TRAIL.len()).unwrap());
    }

    #[test]
    fn a_file_is_read_once_links_are_not_followed_and_hidden_files_left_alone() {
        let bucket = bucket();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("other.json"), TRAIL).unwrap();
        symlink(outside.path(), bucket.path().join("link")).unwrap();
        symlink(
            outside.path().join("other.json"),
            bucket.path().join("one.json"),
        )
        .unwrap();
        fs::write(bucket.path().join(".DS_Store"), "x").unwrap();
        let first = find(&[bucket.path().to_owned()]).unwrap();
        assert_eq!(first.files.len(), 6);
        assert_eq!(
            first.left_out,
            [bucket.path().join("link"), bucket.path().join("one.json")]
        );
        let again = [bucket.path().to_owned(), first.files[2].path.clone()];
        assert_eq!(find(&again).unwrap(), first);
        // What a person names is read, link or not.
        let named = find(&[bucket.path().join("one.json")]).unwrap();
        assert_eq!(named.files.len(), 1);
    }

    #[test]
    fn what_holds_no_log_is_refused() {
        let empty = tempfile::tempdir().unwrap();
        let error = find(&[empty.path().to_owned()]).unwrap_err();
        assert!(matches!(error, EngineError::Logs(LogsError::Nothing)));
        assert_eq!(error.to_string(), "no file of a log was found");
        let missing = find(&[empty.path().join("a.json")]).unwrap_err();
        assert!(missing.to_string().starts_with("cannot read "));
        let device = find(&[PathBuf::from("/dev/null")]).unwrap_err();
        assert!(device.to_string().contains("no plain file"));
        let bucket = bucket();
        let error = Walk::at_most(5)
            .all(&[bucket.path().to_owned()])
            .unwrap_err();
        assert!(matches!(error, EngineError::Logs(LogsError::TooMany)));
        assert!(error.hint().unwrap().contains("one region"));
        assert_eq!(error.exit(), Exit::Operator);
    }

    /// What is handed on, with the file it stands in.
    fn items(logs: &Logs) -> (Vec<(String, LogItem)>, Vec<LogRead>, u64) {
        let (mut all, mut bytes) = (Vec::new(), 0);
        let aws = provider("aws-kms").unwrap();
        let read = read(aws, logs, &mut |more| bytes += more, &mut |file, item| {
            all.push((file.name(), item));
        });
        (all, read.unwrap(), bytes)
    }

    #[test]
    fn files_are_read_side_by_side_and_told_one_after_the_other() {
        let bucket = bucket();
        let broken = bucket
            .path()
            .join("AWSLogs/210987654321/CloudTrail/eu-west-1/broken.json.gz");
        fs::write(&broken, b"\x1f\x8bbroken").unwrap();
        let logs = find(&[bucket.path().to_owned()]).unwrap();
        let (all, read, bytes) = items(&logs);
        assert_eq!(all.len(), 6 * 17 + 1);
        let mut files: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        files.dedup();
        let wanted: Vec<String> = logs.files.iter().map(LogFile::name).collect();
        assert_eq!(files, wanted);
        assert_eq!(bytes, logs.bytes());
        let told: Vec<&str> = read.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(told, wanted);
        for file in &read {
            let bytes = fs::read(&file.name).unwrap();
            assert_eq!(file.sha256, Digest::of(&bytes));
            assert_eq!(file.bytes, u64::try_from(bytes.len()).unwrap());
            let good = !file.name.ends_with("gz");
            assert_eq!(
                (file.tally.events, file.tally.damaged),
                if good { (17, 0) } else { (0, 1) }
            );
        }
        let damage = all.iter().find_map(|(_, item)| match item {
            LogItem::Damage(damage) => Some(damage.why.clone()),
            LogItem::Event(..) => None,
        });
        assert_eq!(damage, Some(Damaged::Packing));
        assert_eq!(items(&logs), (all, read, bytes));
    }

    #[test]
    fn a_file_that_is_gone_meanwhile_and_a_provider_without_a_reader_end_the_reading() {
        let bucket = bucket();
        let logs = find(&[bucket.path().to_owned()]).unwrap();
        let alibaba = provider("alibaba").unwrap();
        let error = read(alibaba, &logs, &mut |_| {}, &mut |_, _| {}).unwrap_err();
        assert!(matches!(
            error,
            EngineError::Provider(ProviderError::NoLog { .. })
        ));
        assert_eq!(error.exit(), Exit::Usage);
        fs::remove_file(&logs.files[1].path).unwrap();
        let aws = provider("aws-kms").unwrap();
        let mut seen = 0;
        let error = read(aws, &logs, &mut |_| {}, &mut |_, _| seen += 1).unwrap_err();
        assert!(error.to_string().contains("b.json"));
        assert_eq!(seen, 17);
    }
}
