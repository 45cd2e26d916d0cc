//! Whether a ceremony folder is as it was, without reading it.
//!
//! A stamp is what the file system says of everything below a folder: names, sizes, inodes, and the
//! times of the last change, which nobody sets at will. A file that was changed in the same moment as
//! it was looked at could keep its stamp; so a folder that changed just now is compared by its bytes.

use std::ffi::CStr;
use std::fs;
use std::io;
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
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Stamp {
    /// Of everything below it, itself included: a path that ends with a zero byte, then [`NUMBERS`].
    pub seen: Vec<u8>,
    /// Whether the last change is so long ago that a later one would show.
    pub settled: bool,
}

/// What is told of a file: size, inode, mode, and seconds and nanoseconds of the last change of its
/// bytes, then of anything of it.
type Numbers = [u64; 7];
/// Bytes of that in a stamp.
const NUMBERS: usize = size_of::<Numbers>();

impl Stamp {
    /// Looks at a folder.
    pub(super) fn of(dir: &Path, now: Timestamp) -> io::Result<Self> {
        let mut seen = Vec::new();
        let mut newest = i64::MIN;
        walk(dir, 0, &mut |path, found| {
            seen.extend(name(dir, path));
            seen.extend(bytes([
                found.size(),
                found.ino(),
                u64::from(found.mode()),
                found.mtime().cast_unsigned(),
                found.mtime_nsec().cast_unsigned(),
                found.ctime().cast_unsigned(),
                found.ctime_nsec().cast_unsigned(),
            ]));
            newest = newest.max(found.ctime());
            Ok(())
        })?;
        Ok(Self {
            seen,
            settled: newest.saturating_add(COARSE) < now.as_second(),
        })
    }
}

/// Whether everything in a folder is still as it was seen. Whatever came to it or went since changed the
/// folder that it is in, so that nothing has to be listed; whatever cannot be looked at is not as it was.
pub(super) fn is_still(dir: &Path, mut seen: &[u8]) -> bool {
    let Ok(folder) = open(dir, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) else {
        return false;
    };
    // Of a folder that could not be looked at nothing is known.
    let mut same = !seen.is_empty();
    while same && !seen.is_empty() {
        let Some((name, then, rest)) = first(seen) else {
            return false;
        };
        let found = if name.is_empty() {
            fstat(&folder)
        } else {
            statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)
        };
        same = found.is_ok_and(|found| bytes(numbers(&found)) == *then);
        seen = rest;
    }
    same
}

/// The first path of a stamp, and what is told of it.
fn first(seen: &[u8]) -> Option<(&CStr, &[u8; NUMBERS], &[u8])> {
    let name = CStr::from_bytes_until_nul(seen).ok()?;
    let (_, behind) = seen.split_at_checked(name.count_bytes() + 1)?;
    let (numbers, rest) = behind.split_first_chunk()?;
    Some((name, numbers, rest))
}

fn bytes(numbers: Numbers) -> [u8; NUMBERS] {
    let mut bytes = [0; NUMBERS];
    let (places, _) = bytes.as_chunks_mut();
    for (place, number) in places.iter_mut().zip(numbers) {
        *place = number.to_be_bytes();
    }
    bytes
}

/// The same as the standard library tells, from the call below it.
#[allow(
    clippy::unnecessary_cast,
    clippy::cast_sign_loss,
    reason = "the types of these fields differ from system to system"
)]
fn numbers(found: &Stat) -> Numbers {
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
    use std::os::unix::fs::FileExt as _;
    use std::os::unix::fs::PermissionsExt as _;

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

    fn stamp(home: &tempfile::TempDir, now: Timestamp) -> Stamp {
        let stamp = Stamp::of(home.path(), now).unwrap();
        assert!(is_still(home.path(), &stamp.seen));
        stamp
    }

    #[test]
    fn what_comes_to_a_folder_or_goes_or_changes_shows_without_a_listing() {
        type Change<'a> = &'a dyn Fn(&Path);
        let changes: [(&str, Change<'_>); 5] = [
            ("a new file", &|home| {
                files::write_file(&home.join("signatures/ben.sig"), b"sig").unwrap();
            }),
            ("a new folder", &|home| {
                fs::create_dir(home.join("dissent")).unwrap();
            }),
            ("a file that is gone", &|home| {
                fs::remove_file(home.join("signatures/ana.sig")).unwrap();
            }),
            ("other bytes of the same length in the same file", &|home| {
                let path = home.join("record.jsonl");
                let time = fs::metadata(&path).unwrap().modified().unwrap();
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.write_all_at(b"[]", 0).unwrap();
                file.set_modified(time).unwrap();
            }),
            ("other rights", &|home| {
                let path = home.join("record.jsonl");
                fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
            }),
        ];
        for (what, change) in changes {
            let home = ceremony();
            let seen = stamp(&home, later()).seen;
            change(home.path());
            assert!(!is_still(home.path(), &seen), "{what}");
        }
    }

    #[test]
    fn a_folder_of_which_nothing_was_seen_and_a_stamp_that_is_cut_off_are_not_believed() {
        let home = ceremony();
        let seen = stamp(&home, later()).seen;
        for length in [0, 1, NUMBERS, seen.len() - 1] {
            assert!(!is_still(home.path(), &seen[..length]), "{length}");
        }
        assert!(!is_still(&home.path().join("gone"), &seen));
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
        assert_ne!(stamp(&home, later()).seen, before.seen);
        assert!(!is_still(home.path(), &before.seen));
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
