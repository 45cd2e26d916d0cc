//! Whatever stands in a register's index: answers come, and one that was cut off is not believed.
//!
//! The first byte says what is asked; where its highest bit is set, the next two say how much of the index
//! is left. The rest are edits of a good index.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;

use jiff::civil::date;
use keyrite::register::Register;
use keyrite::register::Scope;
use keyrite::register::Trust;
use tempfile::TempDir;

use super::edits;
use super::fixtures;

const REGISTER: &str = "story/register";
const INDEX: &str = ".keyrite-index";

/// A register, an index of it, and what it says of everything.
struct Good {
    home: TempDir,
    index: Vec<u8>,
    says: String,
    /// Whether the index can be relied on: not before files were left alone for a while.
    settled: bool,
    since: Instant,
}

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    static GOOD: OnceLock<Mutex<Good>> = OnceLock::new();
    let good = GOOD.get_or_init(|| Mutex::new(Good::new()));
    let mut good = good.lock().expect("no run before ended badly");
    good.settle();
    let path = good.home.path().join(INDEX);
    if how & 128 == 0 {
        let mut index = good.index.clone();
        edits::apply(&mut [&mut index], rest);
        fs::write(&path, index).expect("a file");
        let scope = match how % 4 {
            0 => Scope::All,
            1 => Scope::Ceremonies,
            2 => Scope::Key("payments-2024"),
            _ => Scope::Due(date(2026, 11, 22)),
        };
        let day = (how & 64 == 64).then(|| date(2025, 1, 1));
        Register::ask(good.home.path(), None, day, scope, Trust::Index).expect("an answer");
    } else {
        let left = rest
            .first_chunk()
            .map_or(0, |left| u16::from_be_bytes(*left));
        let left = good.index.len() * usize::from(left) / (1 << 16);
        fs::write(&path, &good.index[..left]).expect("a file");
        assert_eq!(said(good.home.path()), good.says);
    }
}

impl Good {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        copy(&fixtures::data(REGISTER), home.path());
        let says = said(home.path());
        let index = fs::read(home.path().join(INDEX)).expect("an index");
        Self {
            home,
            index,
            says,
            settled: false,
            since: Instant::now(),
        }
    }

    /// An index of what was written just now tells less: it is made once more when it can be relied on.
    fn settle(&mut self) {
        if !self.settled && self.since.elapsed() > Duration::from_secs(5) {
            self.settled = true;
            fs::write(self.home.path().join(INDEX), &self.index).expect("a file");
            assert_eq!(said(self.home.path()), self.says);
            self.index = fs::read(self.home.path().join(INDEX)).expect("an index");
        }
    }
}

/// Everything that a register says.
fn said(dir: &Path) -> String {
    let register = Register::read(dir, None, None).expect("a register");
    let materials: Result<Vec<String>, _> = register
        .materials
        .iter()
        .map(serde_json::to_string)
        .collect();
    let register = serde_json::to_string(&register).expect("it can be written");
    format!(
        "{register}\n{}",
        materials.expect("they can be written").join("\n")
    )
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir(&to).expect("a folder");
            copy(&from, &to);
        } else if entry.file_name() != INDEX {
            fs::copy(&from, &to).expect("a file");
        }
    }
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [0, 1, 2, 3, 64, 65].map(|how| vec![how]).into();
    all.extend([0_u8, 128, 255].map(|left| vec![128, left, 255]));
    // Into the tables and the head at the end.
    for place in 0..32 {
        all.push(vec![place % 4, 0, 255 - place, 0, 1, 1, b'9']);
    }
    all
}
