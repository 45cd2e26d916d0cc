//! The machine as the engine sees it: what can be looked at, and which program runs.

use std::path::Path;

use crate::domain::record::Tool;

/// What a look at the machine found: the words, and whether they mean `off`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// What was found.
    pub words: String,
    /// Whether it is off.
    pub off: bool,
}

/// The machine.
pub trait Host {
    /// Network interfaces that are up, and routes.
    fn network(&self) -> Found;
    /// Swap space in use.
    fn swap(&self) -> Found;
    /// Whether memory is kept out of swap space: `off` if all of it is locked.
    fn memory(&self) -> Found;
    /// Whether this process can leave a core dump.
    fn core_dumps(&self) -> Found;
    /// Whether somebody works at the machine from elsewhere.
    fn remote(&self) -> Found;
    /// Whether a program could keep what the terminal shows.
    fn recorder(&self) -> Found;
    /// The time zone that the machine is set to.
    fn zone(&self) -> String;
    /// The file system in which a folder is or is going to be; `off` if it lasts.
    fn place(&self, dir: &Path) -> Found;
    /// Identity of that file system: the UUID that was written into it when it was made.
    fn medium(&self, dir: &Path) -> Option<String>;
    /// Room in that file system, in bytes; nothing if the system does not say.
    fn space(&self, dir: &Path) -> Option<u64>;
    /// The program that runs.
    fn tool(&self) -> Tool;
}
