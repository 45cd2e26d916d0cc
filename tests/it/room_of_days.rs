//! A room that is the same on every day of a story: its clock, its machine, and how its scripts are
//! approved.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use keyrite::domain::record::Moment;
use keyrite::domain::record::Tool;
use keyrite::engine::clock::Clock;
use keyrite::engine::host::Found;
use keyrite::engine::host::Host;

/// An approval of a script, made with OpenSSH's own tool.
pub(crate) fn approve(key: &Path, script: &Path, out: &Path) {
    let made = script.with_extension("yaml.sig");
    drop(fs::remove_file(&made));
    let status = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", "ceremony-script@keyrite", "-f"])
        .arg(key)
        .arg(script)
        .status()
        .unwrap();
    assert!(status.success());
    fs::rename(made, out).unwrap();
}

/// A clock that goes on by twenty seconds each time somebody looks.
#[derive(Clone)]
pub(crate) struct Days(pub(crate) Rc<Cell<Moment>>);

impl Days {
    pub(crate) fn at(day: &str) -> Self {
        let begin: jiff::Timestamp = format!("{day}T09:00:00Z").parse().unwrap();
        Self(Rc::new(Cell::new(Moment::new(begin))))
    }
}

impl Clock for Days {
    fn now(&mut self) -> Moment {
        self.0.set(self.0.get().plus_seconds(20));
        self.0.get()
    }
}

/// A machine on which everything is off that should be.
pub(crate) struct Quiet;

impl Host for Quiet {
    fn network(&self) -> Found {
        off("no interface is up")
    }

    fn swap(&self) -> Found {
        off("none")
    }

    fn memory(&self) -> Found {
        off("locked")
    }

    fn core_dumps(&self) -> Found {
        off("limit 0")
    }

    fn remote(&self) -> Found {
        off("nobody works from elsewhere")
    }

    fn recorder(&self) -> Found {
        off("none")
    }

    fn zone(&self) -> String {
        "UTC".to_owned()
    }

    fn place(&self, _dir: &Path) -> Found {
        off("a disk")
    }

    fn medium(&self, _dir: &Path) -> Option<String> {
        None
    }

    fn space(&self, _dir: &Path) -> Option<u64> {
        None
    }

    fn tool(&self) -> Tool {
        Tool {
            name: "keyrite".to_owned(),
            version: "0.1.0".to_owned(),
            sha256: None,
            library: None,
        }
    }
}

fn off(words: &str) -> Found {
    Found {
        words: words.to_owned(),
        off: true,
    }
}
