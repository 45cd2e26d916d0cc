//! Every integration test, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should stop at once"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests write fixtures and run other people's programs"
)]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test may explain itself"
)]

mod abort;
mod agent;
mod aws;
mod batch;
mod ceremonies;
mod check;
mod checkpoint;
mod common;
mod components;
mod confirm;
mod custody;
mod declare;
mod diff;
mod errors;
mod exceptions;
mod export;
mod forbidden;
mod formats;
mod frozen_kit;
mod fuzz;
mod generated;
mod given;
mod hostile;
mod hsm;
mod hsm_ceremonies;
mod hsm_destroy;
mod hsm_faults;
mod hsm_given;
mod hsm_once;
mod hsm_pin;
mod hsm_reshare;
mod hsm_resume;
mod hsm_room;
mod hsm_slow;
mod kills;
mod layering;
mod leaks;
mod ledger;
mod lifecycle;
mod limits;
mod memory;
mod mistakes;
mod once;
mod once_terminal;
mod organisation;
mod paper;
mod people;
mod people_record;
mod pkcs11_keys;
mod pkcs11_trial;
mod print;
mod project;
mod providers;
mod questions;
mod quorum;
mod readiness;
mod readme;
mod recipients;
mod reconcile;
mod recovery;
mod refusals;
mod register;
mod register_index;
mod report;
mod reshare;
mod retire;
mod room_of_days;
mod rotation;
mod rule_sets;
mod rules;
mod run;
mod schema;
mod share_kinds;
mod signatures;
mod source;
mod stops;
mod story;
mod supply;
mod tamper;
mod tamper_life;
mod terminal;
mod terminal_shares;
mod three_years;
mod three_years_answers;
mod tokens;
mod verify;
mod verify_given;
mod verify_imports;
mod verify_many;
mod verify_shares;
mod version;
mod walk;
mod whole_life;
mod wrap;
mod wycheproof;
mod years;
mod years_room;
