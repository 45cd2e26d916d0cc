//! Runs scripts: owns the traits for people and clock, the ceremony directory, and the steps.
//!
//! A step has either not begun or is recorded: each entry is on disk before the next step starts,
//! and nothing is made before everything that can be checked has been checked.

pub mod abort;
pub mod acts;
pub mod archive;
pub mod arrival;
pub mod artifacts;
pub mod audit;
pub mod batch;
pub mod bench;
pub mod clock;
pub mod copy;
pub mod desk;
pub mod dossier;
pub mod error;
pub mod files;
pub mod findings;
mod fips_lint;
pub mod given;
pub mod host;
pub mod inputs;
mod isolation;
pub mod left;
pub mod life_lint;
pub mod lint;
pub mod list;
pub mod logs;
pub mod once;
pub mod open;
pub mod organisation;
pub mod plugins;
pub mod possession;
pub mod readiness;
pub mod ready;
pub mod rehearsal;
pub mod resume;
pub mod rotation_lint;
pub mod run;
pub mod serves;
pub mod sign_later;
pub mod signing;
pub mod snapshot;
pub mod steps;
pub mod store;
pub mod token;
pub mod token_lint;
pub mod typing;
pub mod wrap_once;
