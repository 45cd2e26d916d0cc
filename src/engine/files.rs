//! Reading and writing files, for everybody who does.
//!
//! A file appears under its name whole or not at all: it is written beside, flushed to the disk,
//! and renamed to a name that must be free. Only plain files of a bounded size are read.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::domain::record::Digest;
use crate::engine::error::EngineError;
use crate::secret::Secret;

/// The longest file that is ever read: import parameters, shares and keys are far smaller.
const MAX_FILE: u64 = 1 << 20;
/// One byte more than is read from standard input.
pub(super) const MAX_SECRET_INPUT: usize = (1 << 20) + 1;
/// The longest record that is read.
const MAX_RECORD: u64 = 1 << 30;
/// The longest line of a record; no entry comes near it.
const MAX_LINE: usize = 16 << 20;

/// A fault that a rehearsal provokes at one of the places where the program writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The process dies half-way through the write.
    KillDuring,
    /// The process dies right after the write.
    KillAfter,
    /// The disk is full half-way through the write.
    DiskFull,
    /// The medium takes no writes.
    ReadOnly,
}

impl Fault {
    /// Every kind that can strike anywhere.
    pub const ALL: [Self; 3] = [Self::KillDuring, Self::KillAfter, Self::DiskFull];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KillDuring => "the process dies during the write",
            Self::KillAfter => "the process dies after the write",
            Self::DiskFull => "the disk is full",
            Self::ReadOnly => "the medium is read-only",
        }
    }
}

/// Counts writes and strikes at one of them. A live run never strikes.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    strike: Option<(u32, Fault)>,
    writes: u32,
    /// Whether the process really dies.
    really: bool,
    /// The step that goes on.
    step: u32,
    /// Whether somebody's own medium is written.
    on_medium: bool,
    /// What the writes were, in order, for the report of a rehearsal.
    places: Vec<Write>,
}

/// One write, for the report of a rehearsal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Write {
    /// Name of the file.
    pub name: String,
    /// The step in which it is; 0 before the first.
    pub step: u32,
    /// Whether it is on somebody's own medium.
    pub on_medium: bool,
}

impl Faults {
    /// Never strikes.
    pub fn none() -> Self {
        Self::default()
    }

    /// Strikes at the write of that number, from 0.
    pub fn at(write: u32, fault: Fault) -> Self {
        Self {
            strike: Some((write, fault)),
            ..Self::default()
        }
    }

    /// As [`Faults::at`], but the process dies of it as of `kill -9`.
    pub fn really_at(write: u32, fault: Fault) -> Self {
        Self {
            really: true,
            ..Self::at(write, fault)
        }
    }

    /// Says which step goes on.
    pub fn enter(&mut self, step: u32) {
        self.step = step;
    }

    /// Says whether somebody's own medium is written.
    pub(super) fn on_medium(&mut self, on_medium: bool) {
        self.on_medium = on_medium;
    }

    /// The end of a process that a fault kills; what comes back where it is only rehearsed.
    pub(super) fn killed(&self) -> EngineError {
        if self.really {
            // Nothing of this process runs after that; if it cannot be, an error ends it.
            let me = rustix::process::getpid();
            let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
        }
        EngineError::Killed
    }

    /// Whether it will strike at all.
    pub fn strikes(&self) -> bool {
        self.strike.is_some()
    }

    /// What was written so far, in order.
    pub fn places(&self) -> &[Write] {
        &self.places
    }

    pub(super) fn next(&mut self, path: &Path) -> Option<Fault> {
        let number = self.writes;
        self.writes += 1;
        self.places.push(Write {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            step: self.step,
            on_medium: self.on_medium,
        });
        self.strike
            .filter(|(at, _)| *at == number)
            .map(|(_, fault)| fault)
    }
}

/// Writes a file of a one-shot command or of a person: new, 0600, whole or not at all.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    make_folder(parent(path))?;
    write_new(path, bytes, &mut Faults::none())
}

/// Makes a folder and fills it; whole or not at all. Names may lie in folders below.
pub fn write_folder(
    dir: &Path,
    files: &[(String, Vec<u8>)],
    faults: &mut Faults,
) -> Result<(), EngineError> {
    refuse_existing(dir)?;
    let name = dir
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let building = parent(dir).join(format!(".{name}.{}.part", std::process::id()));
    // A leftover of this very name is of a process with this number that died.
    remove_tree(&building);
    match fill(&building, dir, files, faults).and_then(|()| rename_new(&building, dir)) {
        Ok(()) => Ok(()),
        Err(EngineError::Killed) => Err(EngineError::Killed),
        Err(error) => {
            remove_tree(&building);
            Err(error)
        }
    }
}

/// Fills a folder that nobody can see yet; errors name files by their place to be.
fn fill(
    building: &Path,
    dir: &Path,
    files: &[(String, Vec<u8>)],
    faults: &mut Faults,
) -> Result<(), EngineError> {
    make_folder(building)?;
    for (name, bytes) in files {
        let path = building.join(name);
        make_folder(parent(&path))?;
        let fault = faults.next(&path);
        write_here(&path, bytes, fault).map_err(|source| EngineError::Io {
            doing: "write",
            path: dir.join(name),
            source,
        })?;
        if matches!(fault, Some(Fault::KillDuring | Fault::KillAfter)) {
            return Err(faults.killed());
        }
    }
    // The names inside must be on the disk before the folder appears under its own.
    for (name, _) in files {
        sync_folder(parent(&building.join(name)))?;
    }
    sync_folder(building)
}

/// Refuses a path at which something is.
pub fn refuse_existing(path: &Path) -> Result<(), EngineError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(EngineError::Exists(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(EngineError::Io {
            doing: "look at",
            path: path.to_owned(),
            source,
        }),
    }
}

/// Removes a file that an interrupted write left, if it is there.
pub fn remove_leftover(path: &Path) -> Result<(), EngineError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(parent(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(EngineError::Io {
            doing: "remove",
            path: path.to_owned(),
            source,
        }),
    }
}

/// Reads a file of at most 1 MiB.
pub fn read(path: &Path) -> Result<Vec<u8>, EngineError> {
    read_at_most(path, MAX_FILE)
}

/// Reads a script: one byte more than a script may have, so that its own check can say so.
pub fn read_script(path: &Path) -> Result<Vec<u8>, EngineError> {
    let mut file = open(path)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(crate::domain::parse::MAX_BYTES).unwrap_or(MAX_FILE) + 1;
    (&mut file)
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|source| EngineError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
    Ok(bytes)
}

/// Reads a record.
pub fn read_record(path: &Path) -> Result<Vec<u8>, EngineError> {
    read_lines(&mut open(path)?, path)
}

/// Reads a record that is open. What has no lines is none, and is given up before its end.
pub(super) fn read_lines(file: &mut fs::File, path: &Path) -> Result<Vec<u8>, EngineError> {
    let io = |source| EngineError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let length = file.metadata().map_err(io)?.len().min(MAX_RECORD);
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        let from = bytes.len();
        let piece = 1 << 20;
        if file.take(piece).read_to_end(&mut bytes).map_err(io)? == 0 {
            return Ok(bytes);
        }
        let read = bytes.get(from..).unwrap_or_default();
        line = match memchr::memrchr(b'\n', read) {
            Some(newline) => read.len() - newline,
            None => line + read.len(),
        };
        if from == 0 && line < read.len() {
            // It has lines. A buffer that grows would be copied again and again; where there is no room
            // for all of it, it will.
            let _ = bytes.try_reserve_exact(usize::try_from(length).unwrap_or(0));
        }
        if line > MAX_LINE {
            return Err(EngineError::LongLine {
                path: path.to_owned(),
                limit: MAX_LINE,
            });
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_RECORD {
            return Err(EngineError::TooLarge {
                path: path.to_owned(),
                limit: MAX_RECORD,
            });
        }
    }
}

/// Reads a file that holds a secret.
pub fn read_secret(path: &Path) -> Result<Secret, EngineError> {
    // Read into place of the right size, so that no growing buffer leaves copies behind.
    let file = open(path)?;
    let io = |source| EngineError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let length = file.metadata().map_err(io)?.len();
    if length > MAX_FILE {
        return Err(EngineError::TooLarge {
            path: path.to_owned(),
            limit: MAX_FILE,
        });
    }
    let mut reader = file;
    Secret::try_init(usize::try_from(length).unwrap_or(0), |place| {
        reader.read_exact(place)
    })
    .map_err(io)
}

/// Hashes what is left to read, piece by piece; how much it was.
pub(super) fn hash(from: &mut dyn io::Read, sha256: &mut sha2::Sha256) -> io::Result<u64> {
    use sha2::Digest as _;
    let mut piece = vec![0; 1 << 16];
    let mut all = 0;
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok(all);
        }
        sha256.update(piece.get(..read).unwrap_or_default());
        all += u64::try_from(read).unwrap_or(u64::MAX);
    }
}

/// SHA-256 and length of a file that is not held as a whole.
pub fn digest(path: &Path, limit: u64) -> Result<(Digest, u64), EngineError> {
    use sha2::Digest as _;
    let mut sha256 = sha2::Sha256::new();
    let mut file = open(path)?.take(limit.saturating_add(1));
    let read = hash(&mut file, &mut sha256).map_err(|source| EngineError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    if read > limit {
        return Err(EngineError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok((Digest(sha256.finalize().into()), read))
}

fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    open(path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| EngineError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(EngineError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// Locks a file for this process alone, or says that another one has it. A program that is being started by
/// this process holds what is open for a moment, until it runs: so a lock that was just let go may not be free
/// at once, and is waited for.
pub fn lock(file: &fs::File) -> io::Result<()> {
    let mut tries = PATIENCE;
    loop {
        match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::AGAIN) if tries > 0 => {
                tries -= 1;
                thread::sleep(BETWEEN);
            }
            ended => return ended.map_err(io::Error::from),
        }
    }
}

/// So often a lock is tried again, for half a second in all.
const PATIENCE: u32 = 25;
const BETWEEN: Duration = Duration::from_millis(20);

/// Opens a plain file for reading.
pub fn open(path: &Path) -> Result<fs::File, EngineError> {
    // A FIFO or device would block or never end: only plain files are read, and looked at when they are
    // open, since another may come into the place of one that was looked at.
    let io = |source| EngineError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
        .open(path)
        .map_err(io)?;
    let kind = file.metadata().map_err(io)?;
    if kind.is_dir() {
        return Err(io(io::Error::other("it is a folder")));
    }
    if !kind.is_file() {
        return Err(io(io::Error::other("it is no plain file")));
    }
    Ok(file)
}

pub(super) fn make_folder(path: &Path) -> Result<(), EngineError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| EngineError::Io {
            doing: "make",
            path: path.to_owned(),
            source,
        })
}

/// Writes a file beside its place, flushed to the disk, and then puts it there.
pub(super) fn write_new(path: &Path, bytes: &[u8], faults: &mut Faults) -> Result<(), EngineError> {
    refuse_existing(path)?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let beside = parent(path).join(format!(".{name}.{}.part", std::process::id()));
    let io = |source| EngineError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    // A leftover of this very name is of a process with this number that died.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        Ok(()) | Err(_) => {}
    }
    let fault = faults.next(path);
    let done = write_here(&beside, bytes, fault)
        .map_err(io)
        .and_then(|()| match fault {
            Some(Fault::KillDuring) => Err(faults.killed()),
            Some(Fault::KillAfter | Fault::DiskFull | Fault::ReadOnly) | None => {
                rename_new(&beside, path)
            }
        });
    match done {
        Err(EngineError::Killed) => return Err(EngineError::Killed),
        // What could not be finished is not left behind; if even that fails, resuming finds it.
        Err(_) => drop(fs::remove_file(&beside)),
        Ok(()) => {}
    }
    done?;
    if fault == Some(Fault::KillAfter) {
        return Err(faults.killed());
    }
    Ok(())
}

/// Puts a file in the place of another, which may be missing: a cache, and nothing else. Whoever
/// reads at that moment has either the old one or the new one.
pub fn replace(
    path: &Path,
    fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    faults: &mut Faults,
) -> Result<(), EngineError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent(path).join(format!(".{name}.{}.part", std::process::id()));
    let fault = faults.next(path);
    // A leftover of this very name is of a process with this number that died.
    drop(fs::remove_file(&beside));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|file| {
            let mut file = io::BufWriter::with_capacity(1 << 16, file);
            fill(&mut file)?;
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            struck(&mut file, &[], fault)?;
            file.sync_data()
        });
    let io = |source| EngineError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    if matches!(fault, Some(Fault::KillDuring)) {
        return Err(EngineError::Killed);
    }
    let done = written.and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        drop(fs::remove_file(&beside));
    }
    done.map_err(io)?;
    match fault {
        Some(Fault::KillAfter) => Err(EngineError::Killed),
        Some(Fault::KillDuring | Fault::DiskFull | Fault::ReadOnly) | None => {
            sync_folder(parent(path))
        }
    }
}

/// Makes a file, 0600, and waits until its bytes are on the disk.
fn write_here(path: &Path, bytes: &[u8], fault: Option<Fault>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    struck(&mut file, bytes, fault)?;
    file.sync_data()
}

/// Writes all, or half where a fault strikes.
pub(super) fn struck(file: &mut fs::File, bytes: &[u8], fault: Option<Fault>) -> io::Result<()> {
    match fault {
        None | Some(Fault::KillAfter) => file.write_all(bytes),
        Some(Fault::KillDuring) => file.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default()),
        Some(Fault::ReadOnly) => Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem)),
        Some(Fault::DiskFull) => {
            file.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
    }
}

/// Renames to a name that must be free, and waits until that is on the disk.
pub(super) fn rename_new(from: &Path, to: &Path) -> Result<(), EngineError> {
    use rustix::fs::CWD;
    use rustix::fs::RenameFlags;
    use rustix::fs::renameat_with;
    use rustix::io::Errno;
    let io = |source| EngineError::Io {
        doing: "make",
        path: to.to_owned(),
        source,
    };
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Err(EngineError::Exists(to.to_owned())),
        // Some file systems of removable media do not know the flag.
        Err(Errno::INVAL | Errno::NOSYS) => {
            refuse_existing(to)?;
            fs::rename(from, to).map_err(io)?;
        }
        Err(errno) => return Err(io(errno.into())),
    }
    sync_folder(parent(to))
}

/// Waits until the names in a folder are on the disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), EngineError> {
    fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| EngineError::Io {
            doing: "flush",
            path: path.to_owned(),
            source,
        })
}

fn remove_tree(path: &Path) {
    // A leftover is hidden, named after the process, and holds nothing that is not elsewhere.
    drop(fs::remove_dir_all(path));
}

pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    }
}
