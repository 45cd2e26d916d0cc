//! What a ceremony is: pure data and rules. No file, clock, random source or terminal.

pub mod access;
pub mod algorithm;
pub mod approval;
pub mod attributes;
pub mod certificate;
pub mod checkpoint;
pub mod diff;
pub mod dissent;
pub mod estimate;
pub mod finding;
pub mod ledger;
pub mod lifecycle;
pub mod log_event;
pub mod organisation;
pub mod parse;
pub mod progress;
pub mod receipt;
pub mod record;
pub mod requirement;
pub mod room;
pub mod say;
pub mod script;
pub mod several;
pub mod text;
pub mod token_facts;
pub mod token_profile;
