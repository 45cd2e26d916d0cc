//! Many ceremonies verified at once: found below folders, on all cores, told in their order.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::engine::batch::in_order;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::store::RECORD;
use crate::engine::store::SIGNATURES;
use crate::engine::store::VERIFY_TXT;
use crate::record::verify::Auditor;
use crate::record::verify::Verdict;
use crate::record::verify::verify_for;

/// A ceremony that was looked at.
#[derive(Debug)]
pub struct Audited {
    /// Its folder.
    pub dir: PathBuf,
    /// What came of it, if it could be read.
    pub result: Result<Verdict, EngineError>,
}

/// The folders of ceremonies below some folders, one after the other.
#[derive(Debug)]
pub struct Ceremonies {
    roots: std::vec::IntoIter<PathBuf>,
    /// The one that is being walked, until a ceremony was found in it.
    root: Option<PathBuf>,
    /// Folders to look at, and how deep they lie.
    stack: Vec<(PathBuf, usize)>,
}

impl Ceremonies {
    /// Looks below these folders. One that has none is told itself: that is an error of whoever
    /// named it.
    pub fn below(roots: Vec<PathBuf>) -> Self {
        Self {
            roots: roots.into_iter(),
            root: None,
            stack: Vec::new(),
        }
    }
}

impl Iterator for Ceremonies {
    type Item = (PathBuf, Result<(), EngineError>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((dir, depth)) = self.stack.pop() else {
                if let Some(barren) = self.root.take() {
                    return Some((barren, Ok(())));
                }
                let root = self.roots.next()?;
                self.stack.push((root.clone(), 0));
                self.root = Some(root);
                continue;
            };
            if is_ceremony(&dir) {
                self.root = None;
                return Some((dir, Ok(())));
            }
            match folders(&dir) {
                Ok(inner) if depth < MAX_DEPTH => {
                    let inner = inner.into_iter().rev();
                    self.stack.extend(inner.map(|dir| (dir, depth + 1)));
                }
                Ok(_) => {}
                // That it is not there, or no folder, is told when it is read.
                Err(_) if depth == 0 => {}
                Err(error) => return Some((dir, Err(error))),
            }
        }
    }
}

/// Whether a folder is of a ceremony, even one from which files were taken.
fn is_ceremony(dir: &Path) -> bool {
    [RECORD, VERIFY_TXT, SIGNATURES]
        .iter()
        .any(|name| dir.join(name).symlink_metadata().is_ok())
}

/// The folders in a folder, in the order of their names; links are not followed.
fn folders(dir: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let io = |source| EngineError::Io {
        doing: "list",
        path: dir.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        let half_written = dossier::is_half_written(&name.to_string_lossy());
        if entry.file_type().map_err(io)?.is_dir() && !half_written {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Verifies ceremonies on all cores; `keep` is told of each, in the order in which they come.
///
/// # Errors
///
/// None of a ceremony: what cannot be read is told as such.
pub fn audit(
    ceremonies: impl Iterator<Item = (PathBuf, Result<(), EngineError>)>,
    auditor: &Auditor<'_>,
    keep: &mut dyn FnMut(Audited),
) -> Result<(), EngineError> {
    in_order(
        &mut ceremonies.map(Ok),
        WINDOW,
        |(dir, found)| {
            let result = found
                .and_then(|()| dossier::read(&dir))
                .map(|dossier| verify_for(&dossier, auditor));
            Ok(Audited { dir, result })
        },
        &mut |audited| {
            audited.into_iter().for_each(&mut *keep);
            Ok(())
        },
    )
}

/// Folders deeper than this are not looked at.
const MAX_DEPTH: usize = 16;
/// How many are told together.
const WINDOW: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn found(roots: &[&Path]) -> Vec<PathBuf> {
        let roots = roots.iter().map(|root| root.to_path_buf()).collect();
        Ceremonies::below(roots).map(|(dir, _)| dir).collect()
    }

    #[test]
    fn ceremonies_are_found_in_order_and_those_without_their_record_are_not_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let make = |path: &str, file: &str| {
            let dir = home.path().join(path);
            fs::create_dir_all(&dir).unwrap();
            crate::engine::files::write_file(&dir.join(file), b"x").unwrap();
            dir
        };
        let second = make("2026/b", RECORD);
        let first = make("2026/a", RECORD);
        let robbed = make("2027/c", VERIFY_TXT);
        make("2027/.d.77.part", RECORD);
        make("notes", "text");
        // What lies in a ceremony is its own.
        make("2026/a/artifacts", RECORD);
        std::os::unix::fs::symlink(&first, home.path().join("link")).unwrap();
        let all = [first.clone(), second, robbed];
        assert_eq!(found(&[home.path()]), all);
        assert_eq!(found(&[&first]), all[..1]);
        let none = home.path().join("notes");
        let nowhere = home.path().join("nowhere");
        assert_eq!(
            found(&[&none, &first, &nowhere]),
            [none.clone(), first, nowhere.clone()]
        );
    }
}
