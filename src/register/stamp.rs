//! Whether a ceremony folder is as it was, without reading it.
//!
//! A stamp is the digest of what the file system says of everything below a folder: names, sizes,
//! inodes, and the times of the last change, which nobody sets at will. A file that was changed in
//! the same moment as it was looked at could keep its stamp; so a folder that changed just now is
//! compared by its bytes.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
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
    /// Looks at a folder.
    pub(super) fn of(dir: &Path, now: Timestamp) -> io::Result<Self> {
        let mut sha256 = Sha256::new();
        let mut newest = 0;
        walk(dir, 0, &mut |path, found| {
            sha256.update(name(dir, path));
            for number in [
                found.size(),
                found.ino(),
                u64::from(found.mode()),
                found.mtime().cast_unsigned(),
                found.mtime_nsec().cast_unsigned(),
                found.ctime().cast_unsigned(),
                found.ctime_nsec().cast_unsigned(),
            ] {
                sha256.update(number.to_be_bytes());
            }
            newest = newest.max(found.ctime());
            Ok(())
        })?;
        Ok(Self {
            sha256: Digest(sha256.finalize().into()),
            settled: newest + COARSE < now.as_second(),
        })
    }
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

    #[test]
    fn a_folder_that_nobody_touched_keeps_its_stamp() {
        let home = ceremony();
        let stamp = Stamp::of(home.path(), later()).unwrap();
        assert_eq!(Stamp::of(home.path(), later()).unwrap(), stamp);
        assert!(stamp.settled);
        assert!(!Stamp::of(home.path(), Timestamp::now()).unwrap().settled);
    }

    #[test]
    fn another_file_of_the_same_name_size_and_time_has_another_stamp() {
        let home = ceremony();
        let path = home.path().join("signatures/ana.sig");
        let before = Stamp::of(home.path(), later()).unwrap();
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
        assert_ne!(
            Stamp::of(home.path(), later()).unwrap().sha256,
            before.sha256
        );
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
