//! What the stand-ins of a rehearsal wrote down by hand: beside their media, as files.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::engine::desk::Asks;
use crate::engine::files;
use crate::secret::Secret;

/// Writes down what was shown.
pub(super) fn copy(medium: &Path, asks: &Asks, text: &Secret) {
    // What cannot be written shows when it is typed back.
    drop(fs::create_dir_all(medium));
    let path = path(medium, asks);
    drop(fs::remove_file(&path));
    drop(files::write_file(&path, text.expose()));
}

/// The place of a line among those of a paper: the first number in what it is called.
pub(super) fn place(wants: &str) -> usize {
    let mut words = wants.split(' ');
    let number = words.find_map(|word| word.parse().ok());
    number.unwrap_or(1)
}

/// A line of a paper; an empty one if there is none.
pub(super) fn line(medium: &Path, asks: &Asks, place: usize) -> Secret {
    let text = files::read_secret(&path(medium, asks)).unwrap_or_else(|_| Secret::zeroed(0));
    let lines = text.expose().split(|byte| *byte == b'\n');
    let written = lines.filter(|line| !line.starts_with(b"#")).nth(place);
    let written = written.unwrap_or_default();
    Secret::init(written.len(), |to| to.copy_from_slice(written))
}

/// Another digit in place of the last.
pub(super) fn mistype(line: &mut Secret) {
    if let Some(digit) = line.expose_mut().last_mut() {
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
}

/// Where a paper lies.
pub(super) fn path(medium: &Path, asks: &Asks) -> PathBuf {
    let name = match asks {
        Asks::Paper(name) => name.as_str(),
        Asks::Line
        | Asks::Path
        | Asks::Time
        | Asks::Words(..)
        | Asks::CheckValue(_)
        | Asks::OneOf(_)
        | Asks::Bag(_)
        | Asks::Fact(_) => "paper",
    };
    medium.join(format!("{name}.txt"))
}
