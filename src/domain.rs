//! What a ceremony is: pure data and rules. No file, clock, random source or terminal.

pub mod algorithm;
pub mod record;
