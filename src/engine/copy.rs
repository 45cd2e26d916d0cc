//! Copies a folder: whole and flushed under a hidden name first, then under its own.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use crate::engine::error::EngineError;
use crate::engine::files;

/// A copy that nobody can see yet; what is not [put](Copy::put) somewhere goes away.
#[derive(Debug)]
pub struct Copy {
    building: PathBuf,
}

impl Copy {
    /// Copies every plain file below `from` into a hidden folder of `into`.
    ///
    /// # Errors
    ///
    /// When something cannot be read or written, or is neither a plain file nor a folder.
    pub fn of(from: &Path, into: &Path) -> Result<Self, EngineError> {
        let building = into.join(format!(".incoming.{}.part", std::process::id()));
        // A leftover of this very name is of a process with this number that died.
        drop(fs::remove_dir_all(&building));
        let copy = Self { building };
        copy_folder(from, &copy.building)?;
        Ok(copy)
    }

    /// Where the copy is.
    pub fn path(&self) -> &Path {
        &self.building
    }

    /// Gives the copy its name, which must be free.
    ///
    /// # Errors
    ///
    /// When the name is taken, or the disk does not take it.
    pub fn put(self, name: &Path) -> Result<(), EngineError> {
        files::rename_new(&self.building, name)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.building));
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), EngineError> {
    let io = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| EngineError::Io {
            doing,
            path,
            source,
        }
    };
    files::make_folder(to)?;
    for entry in fs::read_dir(from).map_err(io("list", from))? {
        let entry = entry.map_err(io("list", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(io("look at", &source))?;
        if kind.is_dir() {
            copy_folder(&source, &target)?;
        } else if kind.is_file() {
            let mut read = files::open(&source)?;
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&target)
                .map_err(io("write", &target))?;
            io::copy(&mut read, &mut file).map_err(io("copy", &source))?;
            file.sync_data().map_err(io("write", &target))?;
        } else {
            let other = io::Error::other("it is neither a plain file nor a folder");
            return Err(io("copy", &source)(other));
        }
    }
    files::sync_folder(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_every_file_and_is_seen_only_under_its_name() {
        let home = tempfile::tempdir().unwrap();
        let from = home.path().join("from");
        files::write_file(&from.join("a"), b"1").unwrap();
        files::write_file(&from.join("b/c"), b"2").unwrap();
        let into = home.path().join("into");
        files::make_folder(&into).unwrap();
        let copy = Copy::of(&from, &into).unwrap();
        copy.put(&into.join("name")).unwrap();
        assert_eq!(files::read(&into.join("name/b/c")).unwrap(), b"2");
        assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
    }

    #[test]
    fn a_copy_that_is_not_put_anywhere_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let from = home.path().join("from");
        files::write_file(&from.join("a"), b"1").unwrap();
        let into = home.path().join("into");
        files::write_file(&into.join("taken"), b"").unwrap();
        drop(Copy::of(&from, &into).unwrap());
        let taken = Copy::of(&from, &into).unwrap().put(&into.join("taken"));
        assert!(matches!(taken, Err(EngineError::Exists(_))));
        assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let from = home.path().join("from");
        files::make_folder(&from).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", from.join("link")).unwrap();
        let error = Copy::of(&from, home.path()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("neither a plain file nor a folder")
        );
    }
}
