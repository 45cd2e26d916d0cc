//! Custody: a secret split among people, each part in an envelope that makes mistakes visible.
//!
//! # Bytes promised for ever
//!
//! Shares outlive the program that made them, so three layers never change under their names.
//!
//! * [`shamir`]: GF(2^8) with the polynomial 0x11b, one polynomial for each byte of the secret,
//!   its constant term that byte; share number x holds the values at x, for x = 1, 2, … n.
//! * [`share`]: the text `keyrite-share v1`: lines of ASCII, each `name value` and a newline, in one
//!   fixed order, so that `grep` and `cut` take it apart; what parses is written back as the same bytes.
//! * [`seal`]: an age file (X25519, armored) for one custodian, opened by any age program.
//!
//! A later format gets another first line; version 1 stays readable.

pub mod card;
pub mod components;
pub mod error;
pub mod gathering;
mod out;
pub mod seal;
pub mod shamir;
pub mod share;
