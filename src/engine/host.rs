//! The machine as the engine sees it: what can be looked at, and which program runs.

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
    /// The program that runs.
    fn tool(&self) -> Tool;
}
