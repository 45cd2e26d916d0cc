//! What is done with the bytes that a fuzzer makes up, and where it begins.
//!
//! Each target says of one reader what must hold for every input. Targets are plain functions, so that the
//! tests of keyrite compile them and replay seeds and earlier findings without a fuzzer.

pub mod answers;
pub mod card;
pub mod index;
pub mod kwp;
pub mod logs;
pub mod parameters;
pub mod record;
pub mod script;
pub mod share;
pub mod signature;
pub mod verify;

mod edits;
mod fixtures;

/// One reader, and what must hold of it.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
    /// Inputs to begin with, made from the fixtures of the tests.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident),*) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: $name::run,
            seeds: $name::seeds,
        }),*];
    };
}

targets![
    answers, card, index, kwp, logs, parameters, record, script, share, signature, verify
];

/// Writes what a target begins with into the folder that `KEYRITE_FUZZ_SEEDS` names, before the fuzzer reads
/// its corpus.
pub fn begin(name: &str) {
    let Some(folder) = std::env::var_os("KEYRITE_FUZZ_SEEDS").map(std::path::PathBuf::from) else {
        return;
    };
    for target in TARGETS.iter().filter(|target| target.name == name) {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            let path = folder.join(format!("seed-{number:03}"));
            std::fs::write(path, seed).expect("the folder for seeds can be written");
        }
    }
}
