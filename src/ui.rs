//! The only module that prints or reads a terminal.

mod access;
pub mod answers;
pub mod bar;
pub mod difference;
pub mod printer;
pub mod private;
pub mod report;
pub mod stage;
pub mod terminal;
pub mod text;
pub mod verdict;
