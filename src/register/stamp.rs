//! Whether a ceremony folder is as it was, without reading it.
//!
//! A stamp is the digest of what the file system says of everything below a folder: names, sizes,
//! inodes, and the times of the last change, which nobody sets at will. A file that was changed in
//! the same moment as it was looked at could keep its stamp; so a folder that changed just now is
//! compared by its bytes.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::Stat;
use rustix::fs::fstat;
use rustix::fs::open;
use rustix::fs::statat;
use sha2::Digest as _;
use sha2::Sha256;

use crate::domain::record::Digest;
use crate::engine::error::EngineError;
use crate::engine::files;

/// Folders deeper than this hold nothing of a ceremony.
const MAX_DEPTH: usize = 6;
/// File systems tell times no coarser than this, in seconds.
const COARSE: i64 = 2;

/// What the file system says of a folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    /// Of everything below it.
    pub sha256: Digest,
    /// Whether the last change is so long ago that a later one would show.
    pub settled: bool,
}

impl Stamp {
    /// Looks at a folder; what is in it comes back, too: each path below it, ended by a zero byte.
    pub(super) fn of(dir: &Path, now: Timestamp) -> io::Result<(Self, Vec<u8>)> {
        let mut made = Making::default();
        let mut listing = Vec::new();
        walk(dir, 0, &mut |path, found| {
            let name = name(dir, path);
            made.add(
                &name,
                [
                    found.size(),
                    found.ino(),
                    u64::from(found.mode()),
                    found.mtime().cast_unsigned(),
                    found.mtime_nsec().cast_unsigned(),
                    found.ctime().cast_unsigned(),
                    found.ctime_nsec().cast_unsigned(),
                ],
            );
            listing.extend(name);
            Ok(())
        })?;
        Ok((made.end(now), listing))
    }

    /// Looks at a folder of which it is known what was in it. Whatever came to it or went since changed
    /// the folder that it is in, so that nothing has to be listed.
    pub(super) fn again(dir: &Path, listing: &[u8], now: Timestamp) -> io::Result<Self> {
        let folder = open(dir, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        let mut made = Making::default();
        for name in listing.split_inclusive(|byte| *byte == 0) {
            let found = match name {
                b"\0" => fstat(&folder)?,
                _ => {
                    let path = OsStr::from_bytes(name.strip_suffix(b"\0").unwrap_or(name));
                    statat(&folder, path, AtFlags::SYMLINK_NOFOLLOW)?
                }
            };
            made.add(name, numbers(&found));
        }
        Ok(made.end(now))
    }
}

/// A stamp, while it is made.
#[derive(Default)]
struct Making {
    bytes: Vec<u8>,
    newest: i64,
}

impl Making {
    /// Takes what the file system says of a file: size, inode, mode, and seconds and nanoseconds of the
    /// last change of its bytes, then of anything of it.
    fn add(&mut self, name: &[u8], numbers: [u64; 7]) {
        self.bytes.extend(name);
        for number in numbers {
            self.bytes.extend(number.to_be_bytes());
        }
        let [.., changed, _] = numbers;
        self.newest = self.newest.max(changed.cast_signed());
    }

    fn end(self, now: Timestamp) -> Stamp {
        Stamp {
            sha256: Digest::of(&self.bytes),
            settled: self.newest + COARSE < now.as_second(),
        }
    }
}

/// The same as the standard library tells, from the call below it.
#[allow(
    clippy::unnecessary_cast,
    clippy::cast_sign_loss,
    reason = "the types of these fields differ from system to system"
)]
fn numbers(found: &Stat) -> [u64; 7] {
    [
        found.st_size as u64,
        found.st_ino as u64,
        u64::from(found.st_mode),
        found.st_mtime as u64,
        found.st_mtime_nsec as u64,
        found.st_ctime as u64,
        found.st_ctime_nsec as u64,
    ]
}

/// The digest of every name and byte below a folder.
pub(super) fn content(dir: &Path) -> Result<Digest, EngineError> {
    let mut sha256 = Sha256::new();
    walk(dir, 0, &mut |path, found| {
        sha256.update(name(dir, path));
        if found.is_file() {
            let (digest, _) = files::digest(path, u64::MAX).map_err(io::Error::other)?;
            sha256.update(digest.0);
        }
        Ok(())
    })
    .map_err(|source| EngineError::Io {
        doing: "look at",
        path: dir.to_owned(),
        source,
    })?;
    Ok(Digest(sha256.finalize().into()))
}

/// The path below the folder; it ends where no other byte of it can.
fn name(dir: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(dir).unwrap_or(path);
    [below.as_os_str().as_encoded_bytes(), b"\0"].concat()
}

/// Everything below a folder, itself included, in the order of names.
fn walk(
    path: &Path,
    depth: usize,
    tell: &mut dyn FnMut(&Path, &fs::Metadata) -> io::Result<()>,
) -> io::Result<()> {
    // The folder of a ceremony may be a link; what lies in it is none.
    let found = match depth {
        0 => fs::metadata(path)?,
        _ => fs::symlink_metadata(path)?,
    };
    tell(path, &found)?;
    if found.is_dir() && depth < MAX_DEPTH {
        let mut inside = fs::read_dir(path)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        inside.sort();
        for path in inside {
            walk(&path, depth + 1, tell)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ceremony() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        files::write_file(&home.path().join("record.jsonl"), b"{}\n").unwrap();
        files::write_file(&home.path().join("signatures/ana.sig"), b"sig").unwrap();
        home
    }

    fn later() -> Timestamp {
        Timestamp::now() + jiff::SignedDuration::from_secs(60)
    }

    /// By a look into the folder, and by one that knows what is in it.
    fn stamp(home: &tempfile::TempDir, now: Timestamp) -> Stamp {
        let (stamp, listing) = Stamp::of(home.path(), now).unwrap();
        assert_eq!(Stamp::again(home.path(), &listing, now).unwrap(), stamp);
        stamp
    }

    #[test]
    fn what_comes_to_a_folder_or_goes_changes_the_stamp_without_a_listing() {
        let home = ceremony();
        let (before, listing) = Stamp::of(home.path(), later()).unwrap();
        let again = || Stamp::again(home.path(), &listing, later());
        assert_eq!(again().unwrap(), before);
        let other = home.path().join("signatures/ben.sig");
        files::write_file(&other, b"sig").unwrap();
        assert_ne!(again().unwrap(), before);
        fs::remove_file(home.path().join("signatures/ana.sig")).unwrap();
        assert!(again().is_err(), "what is gone has no stamp");
    }

    #[test]
    fn a_folder_that_nobody_touched_keeps_its_stamp() {
        let home = ceremony();
        let first = stamp(&home, later());
        assert_eq!(stamp(&home, later()), first);
        assert!(first.settled);
        assert!(!stamp(&home, Timestamp::now()).settled);
    }

    #[test]
    fn another_file_of_the_same_name_size_and_time_has_another_stamp() {
        let home = ceremony();
        let path = home.path().join("signatures/ana.sig");
        let before = stamp(&home, later());
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::rename(&path, home.path().join("other")).unwrap();
        files::write_file(&path, b"gis").unwrap();
        fs::remove_file(home.path().join("other")).unwrap();
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(time)
            .unwrap();
        assert_ne!(stamp(&home, later()).sha256, before.sha256);
    }

    #[test]
    fn bytes_and_names_make_the_content() {
        let (one, other) = (ceremony(), ceremony());
        let before = content(one.path()).unwrap();
        assert_eq!(content(one.path()).unwrap(), before);
        assert_eq!(content(other.path()).unwrap(), before);
        let path = one.path().join("signatures/ana.sig");
        fs::rename(&path, one.path().join("signatures/ben.sig")).unwrap();
        assert_ne!(content(one.path()).unwrap(), before);
    }
}
