//! A tar archive that only grows: what a batch leaves for the person who uploads.
//!
//! POSIX ustar, so that any `tar` opens it. Every file is plain, 0600, of nobody, with the time 0.
//! It is written at its end, flushed before the record names what was written, and cut back to what
//! the record names after an interruption.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Seek as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest as _;
use sha2::Sha256;

use crate::domain::record::Digest;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Fault;
use crate::engine::files::Faults;

/// Everything in a tar is padded to this.
const BLOCK: usize = 512;

/// An archive open for writing.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    file: fs::File,
    length: u64,
    sha256: Sha256,
}

impl Archive {
    /// Makes an empty one at a path that must be free.
    pub fn create(path: &Path) -> Result<Self, EngineError> {
        files::make_folder(files::parent(path))?;
        files::refuse_existing(path)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| io_error("make", path, source))?;
        files::sync_folder(files::parent(path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length: 0,
            sha256: Sha256::new(),
        })
    }

    /// Opens one to go on behind `length`, which must be all there is.
    pub fn reopen(path: &Path, length: u64) -> Result<Self, EngineError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|source| io_error("open", path, source))?;
        let mut sha256 = Sha256::new();
        let read = files::hash(&mut file, &mut sha256);
        let read = read.map_err(|source| io_error("read", path, source))?;
        if read != length {
            return Err(EngineError::ArchiveLength {
                path: path.to_owned(),
                found: read,
                wanted: length,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            sha256,
        })
    }

    /// How long it is.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends entries made by [`entry`] and waits until they are on the disk.
    pub fn append(&mut self, entries: &[&[u8]], faults: &mut Faults) -> Result<(), EngineError> {
        let bytes = entries.concat();
        let fault = faults.next(&self.path);
        let written =
            files::struck(&mut self.file, &bytes, fault).and_then(|()| self.file.sync_data());
        match (written, fault) {
            (Ok(()), Some(Fault::KillDuring | Fault::KillAfter)) => {
                return Err(faults.killed());
            }
            (Ok(()), Some(Fault::DiskFull | Fault::ReadOnly) | None) => {}
            (Err(source), _) => {
                // What the record names stays; the rest goes.
                let undone = self
                    .file
                    .set_len(self.length)
                    .and_then(|()| self.file.seek(io::SeekFrom::Start(self.length)))
                    .and_then(|_| self.file.sync_all());
                let source = undone.err().unwrap_or(source);
                return Err(io_error("append to", &self.path, source));
            }
        }
        self.sha256.update(&bytes);
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Ends it as tar wants it. Its digest and length.
    pub fn finish(mut self, faults: &mut Faults) -> Result<(Digest, u64), EngineError> {
        self.append(&[&[0; 2 * BLOCK]], faults)?;
        Ok((Digest(self.sha256.finalize().into()), self.length))
    }
}

/// What follows the first `length` bytes of the archive at `path`: its digest, if there is anything.
///
/// # Errors
///
/// [`EngineError::ArchiveLength`] if there is less than that.
pub fn tail(path: &Path, length: u64) -> Result<Option<Digest>, EngineError> {
    let mut file = files::open(path)?;
    let found = file
        .metadata()
        .map_err(|source| io_error("read", path, source))?
        .len();
    if found < length {
        return Err(EngineError::ArchiveLength {
            path: path.to_owned(),
            found,
            wanted: length,
        });
    }
    if found == length {
        return Ok(None);
    }
    let mut sha256 = Sha256::new();
    file.seek(io::SeekFrom::Start(length))
        .and_then(|_| files::hash(&mut file, &mut sha256))
        .map_err(|source| io_error("read", path, source))?;
    Ok(Some(Digest(sha256.finalize().into())))
}

/// Cuts the archive at `path` back to `length`.
pub fn cut(path: &Path, length: u64) -> Result<(), EngineError> {
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(length).and_then(|()| file.sync_all()))
        .map_err(|source| io_error("cut", path, source))
}

/// One plain file as a tar has it: header, bytes, padding.
pub fn entry(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| {
        if let Some(place) = header.get_mut(at..at + text.len()) {
            place.copy_from_slice(text);
        }
    };
    // Names are `KEY/FILE`: 60 characters, a slash, and less than 39.
    put(0, name.as_bytes().get(..100).unwrap_or(name.as_bytes()));
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", bytes.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(place) = header.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    let mut entry = Vec::with_capacity(BLOCK + bytes.len().next_multiple_of(BLOCK));
    entry.extend_from_slice(&header);
    entry.extend_from_slice(bytes);
    entry.resize(entry.len().next_multiple_of(BLOCK), 0);
    entry
}

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> EngineError {
    EngineError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_goes_on_behind_what_was_recorded_and_has_the_digest_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/keys.tar");
        let mut faults = Faults::none();
        let mut archive = Archive::create(&path).unwrap();
        assert!(archive.is_empty());
        archive
            .append(&[&entry("one/a.bin", b"1")], &mut faults)
            .unwrap();
        let length = archive.len();
        assert_eq!(length, 1024);
        // Killed in the middle of the next one.
        let mut strikes = Faults::at(0, Fault::KillDuring);
        let killed = archive.append(&[&entry("two/a.bin", b"2")], &mut strikes);
        assert!(matches!(killed, Err(EngineError::Killed)));
        assert!(matches!(
            Archive::reopen(&path, length),
            Err(EngineError::ArchiveLength {
                found: 1536,
                wanted: 1024,
                ..
            })
        ));
        assert!(tail(&path, length).unwrap().is_some());
        cut(&path, length).unwrap();
        assert_eq!(tail(&path, length).unwrap(), None);
        let mut archive = Archive::reopen(&path, length).unwrap();
        archive
            .append(&[&entry("two/a.bin", b"2")], &mut faults)
            .unwrap();
        let (digest, length) = archive.finish(&mut faults).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!((digest, length), (Digest::of(&bytes), 3 * 1024));
        assert!(tail(&path, length + 1).is_err());
    }

    #[test]
    fn a_full_disk_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.tar");
        let mut archive = Archive::create(&path).unwrap();
        let mut full = Faults::at(0, Fault::DiskFull);
        assert!(archive.append(&[&entry("a", b"1")], &mut full).is_err());
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        archive
            .append(&[&entry("a", b"1")], &mut Faults::none())
            .unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 1024);
    }
}
