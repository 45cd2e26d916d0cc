//! Where the fixtures of the tests are.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// A place below tests/data: the tests and this package find it from different folders.
pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("tests/data"))
        .find(|data| data.is_dir())
        .expect("tests/data")
        .join(path)
}

/// The bytes of one.
pub(crate) fn bytes(path: &str) -> Vec<u8> {
    fs::read(data(path)).expect("a fixture")
}

/// Every file below a folder that is no longer than a fuzzer can work with, in order of their names.
pub(crate) fn below(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![data(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of fixtures") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
        .into_iter()
        .filter_map(|path| {
            let bytes = fs::read(&path).expect("a fixture");
            (bytes.len() <= LONGEST).then_some((path, bytes))
        })
        .collect()
}

/// Longer inputs teach a fuzzer nothing in the time that there is.
const LONGEST: usize = 1 << 16;
