//! The record as bytes: its chain of lines, signatures over it, and who may sign.
//!
//! Everything here can be checked with `sha256sum` and `ssh-keygen` instead.

pub mod agent;
pub mod allowed_signers;
pub mod chain;
pub mod error;
pub mod signing;
pub mod verify;
